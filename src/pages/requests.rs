//! Everything that waits for a decision, of everybody, for administrators.

use crate::{
    components::{
        Breadcrumb, CommandBar, CommandLink, Confirm, EmptyState, LocalTime, PageHeader, Pagination, Table,
    },
    encoded::{Encoded, page_data},
    error::AppError,
    form::use_form,
    pages::{
        approvals::{KindTabs, RequestList, RequestShown},
        loaded::{Problem, loaded, query},
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::{id::RequestId, request::RequestKind};

/// A page of what waits, and what the person who looks may do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingList {
    /// The requests.
    pub list: RequestList,
    /// Why they may not cancel any.
    pub denied: Option<String>,
}

/// Everything that waits for a decision, the first to expire first: all, or what is of one kind.
#[server(endpoint = "list_pending_requests")]
pub async fn list_pending_requests(kind: String, after: String) -> Result<Encoded<PendingList>, AppError> {
    use crate::encoded::encode;
    use stint_domain::authz::{Action, Target};
    use stint_engine::{requests, store::PageRequest};
    let mut op = crate::server::read().await?;
    let kind = RequestKind::from_slug(&kind);
    let page = requests::list_pending_all(&mut op, kind, &PageRequest::after(Some(after))).await?;
    let denied = op.denial(Action::UpdateRoleAssignments, &Target::directory())?;
    encode(PendingList { list: RequestList::of(&op, page)?, denied })
}

/// Takes somebody's request back for them.
#[server(endpoint = "cancel_for_other")]
pub async fn cancel_for_other(id: RequestId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::approvals::cancel(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The request was cancelled.");
    Ok(())
}

/// The page.
#[component]
pub fn Requests() -> impl IntoView {
    let (kind, after) = (query("kind"), query("after"));
    let form = use_form::<CancelForOther>();
    let list =
        page_data(move || (kind.get(), after.get()), |(kind, after)| list_pending_requests(kind, after));
    view! {
        <Title text="Pending requests" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("Pending requests".into(), None)] />
        <PageHeader title="Pending requests" subtitle=Some("Everything that waits for a decision, whoever decides".into()) icon="clock" />
        <CommandBar>
            <CommandLink href=paths::REQUESTS icon="refresh" label="Refresh" />
            <CommandLink href=paths::APPROVALS icon="approve" label="Approve requests" />
        </CommandBar>
        <KindTabs label="Pending requests" path=paths::REQUESTS kind />
        <Problem words=form.error_besides(&[]) />
        {loaded(list, move |list| {
            let address = form.address();
            view! { <Pending list address kind=kind.get_untracked() after=after.get_untracked() /> }
        })}
    }
    .into_any()
}

#[component]
fn Pending(list: PendingList, address: String, kind: String, after: String) -> impl IntoView {
    let PendingList { list: RequestList { requests, next }, denied } = list;
    if requests.is_empty() {
        return view! {
            <EmptyState icon="clock" title="No results"><p>"Nothing waits for a decision."</p></EmptyState>
        }
        .into_any();
    }
    let page = |after: &str| paths::with_query(paths::REQUESTS, &[("kind", &kind), ("after", after)]);
    let first = (!after.is_empty()).then(|| page(""));
    let next = next.as_deref().map(page);
    let rows: Vec<_> = requests
        .into_iter()
        .map(|request| view! { <PendingRow request address=address.clone() denied=denied.clone() /> })
        .collect();
    view! {
        <Table caption="Pending requests">
            <thead>
                <tr>
                    <th scope="col">"Role"</th>
                    <th scope="col">"Request type"</th>
                    <th scope="col">"Requestor"</th>
                    <th scope="col">"Scope"</th>
                    <th scope="col">"Request time"</th>
                    <th scope="col">"Reason"</th>
                    <th scope="col">"Expires"</th>
                    <th scope="col">"Action"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pagination previous=first next />
    }
    .into_any()
}

#[component]
fn PendingRow(request: RequestShown, address: String, denied: Option<String>) -> impl IntoView {
    let id = format!("cancel-{}", request.id);
    let form_id = format!("{id}-form");
    let label = format!("Cancel {} of {}", request.role, request.requestor);
    view! {
        <tr>
            <td data-label="Role"><a href=paths::approval(request.id)>{request.role.clone()}</a></td>
            <td data-label="Request type">{request.what}</td>
            <td data-label="Requestor"><a href=paths::user(request.requestor_id)>{request.requestor.clone()}</a></td>
            <td data-label="Scope">{request.scope}</td>
            <td data-label="Request time" class="nowrap"><LocalTime at=request.asked_at /></td>
            <td data-label="Reason" class="words">{request.reason}</td>
            <td data-label="Expires" class="nowrap">{request.expires_at.map(|at| view! { <LocalTime at /> })}</td>
            <td data-label="Action" class="row-actions">
                <Confirm
                    id
                    title=format!("Cancel the request of {}?", request.requestor)
                    trigger="Cancel"
                    trigger_icon="dismiss"
                    trigger_class="button button-subtle"
                    trigger_label=Some(label)
                    confirm_label="Cancel request"
                    keep_label="Keep request"
                    danger=true
                    denied
                >
                    <form method="post" action=address id=form_id>
                        <input type="hidden" name="id" value=request.id.to_string() />
                        <p>"Nobody can approve it any more. The requestor is told."</p>
                    </form>
                </Confirm>
            </td>
        </tr>
    }
    .into_any()
}
