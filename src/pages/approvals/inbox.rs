//! The inbox: what waits for the decision of the person who is signed in.

use super::{KindTabs, RequestList, RequestShown};
use crate::{
    components::{
        Breadcrumb, Button, ButtonKind, Checkbox, CommandBar, CommandLink, EmptyState, Field as FormField,
        FilterBar, LocalTime, MessageBar, MessageKind, PageHeader, Pagination, QueryForm, Select, Table,
        TextArea, TextInput,
    },
    encoded::{Encoded, page_data},
    error::AppError,
    form::{Form, use_form},
    pages::{
        loaded::{Problem, loaded, query},
        step_up::ConfirmYourself,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use stint_domain::{
    id::RequestId,
    refusal::Field,
    request::{RequestKind, Verdict},
};

/// The requests that the person who is signed in may decide: all, or those of one kind. `sort` is `newest`, `requestor` or
/// `role`; else the first to expire is the first.
#[server(endpoint = "list_approvals")]
pub async fn list_approvals(
    kind: String,
    sort: String,
    q: String,
    after: String,
) -> Result<Encoded<RequestList>, AppError> {
    use crate::encoded::encode;
    use stint_engine::{
        approvals::{self, Order, View},
        store::PageRequest,
    };
    let mut op = crate::server::read().await?;
    let order = match sort.as_str() {
        "newest" => Order::Newest,
        "requestor" => Order::Requestor,
        "role" => Order::Role,
        _ => Order::Expiry,
    };
    let view = View { kind: RequestKind::from_slug(&kind), order, search: q };
    let page = approvals::list(&mut op, &view, &PageRequest::after(Some(after))).await?;
    let waiting: Result<_, AppError> = page
        .items
        .into_iter()
        .map(|waiting| {
            let instead_of = waiting.instead_of.map(|other| other.name);
            Ok(RequestShown { instead_of, ..RequestShown::of(&op, waiting.request)? })
        })
        .collect();
    encode(RequestList { requests: waiting?, next: page.next })
}

/// What came of one of several decisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Whose request it was, for which role.
    pub request: String,
    /// What was wrong; nothing where it was decided.
    pub problem: Option<String>,
}

/// Decides several requests with one justification, each by itself.
#[server(endpoint = "decide_requests")]
pub async fn decide_requests(
    #[server(default)] ids: BTreeMap<String, String>,
    verdict: Verdict,
    #[server(default)] justification: String,
) -> Result<Vec<Decided>, AppError> {
    use crate::{
        form::Check,
        server::{operation::answer, read, write},
    };
    use stint_domain::text::Justification;
    use stint_engine::approvals::{self, Grant};
    let mut check = Check::default();
    let reason = check.take(Field::Justification, Justification::parse(&justification));
    read().await?.actor()?;
    let ids: Vec<RequestId> = ids.values().filter_map(|id| id.parse().ok()).take(200).collect();
    if ids.is_empty() {
        check.missing(Field::Form, "Select at least one request.");
    }
    let Some(reason) = reason else { return Err(answer(check.refused())) };
    check.done().map_err(answer)?;
    // What one of them asks for beyond being signed in is asked once for all, before any is decided.
    let mut op = read().await?;
    for &id in ids.iter().filter(|_| verdict == Verdict::Approve) {
        let found = approvals::find(&mut op, id).await.ok();
        if let Some(refusal) = found.and_then(|found| found.step_up).and_then(|step_up| step_up.refusal()) {
            return Err(answer(AppError::refused(refusal)));
        }
    }
    drop(op);
    let mut outcomes = Vec::new();
    for id in ids {
        let mut op = write().await?;
        let request = match approvals::find(&mut op, id).await {
            Ok(found) => format!("{} for {}", found.role.name, found.request.principal_name),
            Err(_) => "A request".to_owned(),
        };
        let decided = match verdict {
            Verdict::Approve => {
                approvals::approve(&mut op, id, reason.clone(), Grant::AsAsked).await.map(drop)
            }
            Verdict::Deny => approvals::deny(&mut op, id, reason.clone()).await,
        };
        let problem = match decided {
            Ok(()) => op.commit().await.err(),
            Err(error) => Some(error),
        };
        outcomes.push(Decided { request, problem: problem.map(|error| error.to_string()) });
    }
    Ok(outcomes)
}

/// The page.
#[component]
pub fn Approvals() -> impl IntoView {
    let (kind, sort, q, after) = (query("kind"), query("sort"), query("q"), query("after"));
    let form = use_form::<DecideRequests>();
    let list = page_data(
        move || (kind.get(), sort.get(), q.get(), after.get()),
        |(kind, sort, q, after)| list_approvals(kind, sort, q, after),
    );
    let page = move |after: &str| {
        let (kind, sort, q) = (kind.get_untracked(), sort.get_untracked(), q.get_untracked());
        paths::with_query(paths::APPROVALS, &[("kind", &kind), ("sort", &sort), ("q", &q), ("after", after)])
    };
    view! {
        <Title text="Approve requests" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("Approve requests".into(), None)] />
        <PageHeader title="Approve requests" subtitle=Some("Activations, extensions and renewals that wait for your decision".into()) icon="approve" />
        <CommandBar>
            <CommandLink href=paths::APPROVALS icon="refresh" label="Refresh" />
            <CommandLink href=paths::MY_REQUESTS icon="clock" label="My requests" />
            <CommandLink href=paths::SUBSTITUTE icon="person" label="My substitute" />
        </CommandBar>
        <KindTabs label="Approve requests" path=paths::APPROVALS kind />
        {move || view! { <Search kind=kind.get() sort=sort.get() q=q.get_untracked() /> }}
        <Outcomes form />
        {loaded(list, move |list| {
            let first = (!after.get_untracked().is_empty()).then(|| page(""));
            let next = list.next.as_deref().map(page);
            view! { <Inbox list form first next searched=!q.get_untracked().is_empty() /> }
        })}
    }
    .into_any()
}

/// What is looked for, and in which order.
#[component]
fn Search(kind: String, sort: String, q: String) -> impl IntoView {
    let orders =
        [("", "Expires first"), ("newest", "Newest first"), ("requestor", "Requestor"), ("role", "Role")];
    let orders = orders.map(|(slug, words)| (slug.to_owned(), words.to_owned())).to_vec();
    view! {
        <QueryForm action=paths::APPROVALS class="filter-bar">
            <FilterBar>
                <input type="hidden" name="kind" value=kind />
                <TextInput id="q" name="q" value=q kind="search" placeholder=Some("Search by requestor or role".to_owned()) aria_label=Some("Search by requestor or role".to_owned()) />
                <Select id="sort" name="sort" options=orders value=sort aria_label=Some("Sort by".to_owned()) />
                <Button submit=true>"Search"</Button>
            </FilterBar>
        </QueryForm>
    }
    .into_any()
}

/// What came of the decisions, one line each.
#[component]
fn Outcomes(form: Form<DecideRequests>) -> impl IntoView {
    let decided: Option<Vec<Decided>> =
        form.posted_outcome().and_then(|json| serde_json::from_str(&json).ok());
    decided.map(|decided| {
        let lines = decided.into_iter().map(|Decided { request, problem }| match problem {
            None => view! { <li>{request}": recorded"</li> }.into_any(),
            Some(problem) => view! { <li><strong>{request}": "</strong>{problem}</li> }.into_any(),
        });
        let lines: Vec<_> = lines.collect();
        view! { <MessageBar kind=MessageKind::Info title=Some("Your decisions".to_owned())><ul>{lines}</ul></MessageBar> }
    })
}

#[component]
fn Inbox(
    list: RequestList,
    form: Form<DecideRequests>,
    first: Option<String>,
    next: Option<String>,
    searched: bool,
) -> impl IntoView {
    let RequestList { requests, .. } = list;
    if requests.is_empty() {
        return view! {
            <EmptyState icon="approve" title="No results">
                <p>{if searched { "No request fits this search." } else { "Nothing waits for your decision." }}</p>
            </EmptyState>
        }
        .into_any();
    }
    let rows: Vec<_> = requests
        .into_iter()
        .enumerate()
        .map(|(index, request)| view! { <InboxRow index request /> })
        .collect();
    view! {
        <form method="post" action=form.address() class="stack">
            <Table caption="Requests">
                <thead>
                    <tr>
                        <th scope="col"><span class="visually-hidden">"Select"</span></th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Request type"</th>
                        <th scope="col">"Requestor"</th>
                        <th scope="col">"Scope"</th>
                        <th scope="col">"Request time"</th>
                        <th scope="col">"Reason"</th>
                        <th scope="col">"Duration"</th>
                        <th scope="col">"Expires"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <Problem words=form.error_besides(&[Field::Justification, Field::SecondFactor]) />
            <div class="form stack">
                <ConfirmYourself shown=None error=form.error_at(Field::SecondFactor) />
                <FormField label="Justification" for_id="justification" required=true hint=Some("One for all that are selected; requestors and auditors read it.".into()) error=form.error_at(Field::Justification)>
                    <TextArea id="justification" name="justification" value=form.value("justification", "") maxlength=500 counter=true />
                </FormField>
                <div class="panel-actions">
                    <Button kind=ButtonKind::Primary submit=true name=Some("verdict".into()) value=Some("approve".into())>"Approve"</Button>
                    <Button kind=ButtonKind::Danger submit=true name=Some("verdict".into()) value=Some("deny".into())>"Deny"</Button>
                </div>
            </div>
        </form>
        <Pagination previous=first next />
    }
    .into_any()
}

#[component]
fn InboxRow(index: usize, request: RequestShown) -> impl IntoView {
    view! {
        <tr>
            <td class="check">
                <Checkbox
                    id=format!("request-{index}")
                    name=format!("ids[{index}]")
                    value=request.id.to_string()
                    label=format!("Select {} of {}", request.role, request.requestor)
                    label_hidden=true
                />
            </td>
            <td data-label="Role">
                <a href=paths::approval(request.id)>{request.role}</a>
                {request.instead_of.map(|other| view! { <br /><span class="secondary">{format!("for {other}")}</span> })}
            </td>
            <td data-label="Request type">{request.what}</td>
            <td data-label="Requestor">{request.requestor}</td>
            <td data-label="Scope">{request.scope}</td>
            <td data-label="Request time" class="nowrap"><LocalTime at=request.asked_at /></td>
            <td data-label="Reason" class="words">{request.reason}</td>
            <td data-label="Duration" class="nowrap">{request.length.in_words()}</td>
            <td data-label="Expires" class="nowrap">{request.expires_at.map(|at| view! { <LocalTime at /> })}</td>
        </tr>
    }
    .into_any()
}
