//! The sign-in log: who signed in or tried to. What it is narrowed to stands in the address.

use crate::{
    components::{
        Address, Badge, BadgeKind, Breadcrumb, Button, CommandBar, CommandLink, DateRange, EmptyState,
        FilterBar, LinkButton, LocalTime, MessageBar, MessageKind, PageHeader, Pagination, QueryForm, Select,
        Table, TextInput,
    },
    encoded::{Encoded, page_data},
    error::AppError,
    pages::loaded::{loaded, query},
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::{id::PrincipalId, sign_in::Outcome};

/// Names the person who is signed in.
pub(super) const ME: &str = "me";

/// A try in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInItem {
    /// When.
    pub at: DateTime<Utc>,
    /// Who, and what they were called then; nobody where the name is unknown.
    pub person: Option<(PrincipalId, String)>,
    /// What they signed in with.
    pub user_name: Option<String>,
    /// Into what.
    pub application: String,
    /// How.
    pub method: String,
    /// What came of it.
    pub result: Outcome,
    /// From which address.
    pub source: Option<String>,
    /// With what, in words.
    pub device: Option<String>,
}

/// A page of tries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInList {
    /// The tries, the latest first.
    pub sign_ins: Vec<SignInItem>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// What failed again and again within the last day, the latest first; only where the whole log is asked for.
    pub alerts: Vec<AlertItem>,
}

/// Signing in that failed again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertItem {
    /// When that was told.
    pub at: DateTime<Utc>,
    /// To which account, and what its person signs in with; nothing where it is about the address.
    pub account: Option<(PrincipalId, String)>,
    /// Where the last failure came from.
    pub source: Option<String>,
}

/// Tries to sign in, the latest first. A person is an id, a user name, an address or `me`; days are those of UTC, both included.
#[server(endpoint = "list_sign_ins")]
pub async fn list_sign_ins(
    person: String,
    result: String,
    from: String,
    to: String,
    after: String,
) -> Result<Encoded<SignInList>, AppError> {
    use crate::{encoded::encode, server::downloads::sign_in_filter};
    use stint_engine::{
        sign_in_alerts, sign_ins,
        store::{PageRequest, sign_in::SignInRow},
    };
    let mut op = crate::server::read().await?;
    let filter = sign_in_filter(&mut op, &person, &result, &from, &to).await?;
    let is_first = after.is_empty();
    let page = sign_ins::list(&mut op, &filter, &PageRequest::after(Some(after))).await?;
    let alerts =
        if is_first && person.is_empty() { sign_in_alerts::list(&mut op).await? } else { Vec::new() };
    let alert = |alert: sign_in_alerts::Alert| AlertItem {
        at: alert.at,
        account: alert.account,
        source: alert.source,
    };
    let item = |row: SignInRow| SignInItem {
        at: row.at,
        person: row.principal_id.zip(row.display_name),
        user_name: row.user_name,
        application: row.application,
        method: row.method.label().to_owned(),
        result: row.result,
        source: row.source,
        device: row.device,
    };
    encode(SignInList {
        sign_ins: page.items.into_iter().map(item).collect(),
        next: page.next,
        alerts: alerts.into_iter().map(alert).collect(),
    })
}

/// Which part of the log is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Part {
    person: String,
    result: String,
    from: String,
    to: String,
    after: String,
}

impl Part {
    fn link(&self, path: &str, more: &[(&str, &str)]) -> String {
        let query = [
            ("person", self.person.as_str()),
            ("result", &self.result),
            ("from", &self.from),
            ("to", &self.to),
            ("after", &self.after),
        ];
        paths::with_query(path, &[&query, more].concat())
    }

    fn first_page(&self) -> Self {
        Self { after: String::new(), ..self.clone() }
    }

    fn is_narrowed(&self) -> bool {
        [&self.person, &self.result, &self.from, &self.to].into_iter().any(|part| !part.is_empty())
    }
}

/// The page.
#[component]
pub fn SignInLogs() -> impl IntoView {
    let asked = |name| query(name).get_untracked();
    let part = Part {
        person: asked("person"),
        result: asked("result"),
        from: asked("from"),
        to: asked("to"),
        after: asked("after"),
    };
    let wanted = part.clone();
    let list = page_data(
        move || wanted.clone(),
        |Part { person, result, from, to, after }| list_sign_ins(person, result, from, to, after),
    );
    view! {
        <Title text="Sign-in logs" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("Sign-in logs".into(), None)] />
        <PageHeader title="Sign-in logs" subtitle=Some("Who signed in or tried to, from where, and what came of it".into()) icon="person" />
        {loaded(list, move |list| view! { <Listing list part=part.clone() /> })}
    }
    .into_any()
}

#[component]
fn Listing(list: SignInList, part: Part) -> impl IntoView {
    let whole = part.first_page();
    let first = (!part.after.is_empty()).then(|| whole.link(paths::SIGN_IN_LOGS, &[]));
    let next = list.next.map(|after| Part { after, ..part.clone() }.link(paths::SIGN_IN_LOGS, &[]));
    let file = |format: &str| whole.link(paths::EXPORT_SIGN_INS, &[("format", format)]);
    let (csv, json, again) = (file("csv"), file("json"), whole.link(paths::SIGN_IN_LOGS, &[]));
    view! {
        <CommandBar>
            <CommandLink href=again icon="refresh" label="Refresh" />
            <CommandLink href=csv icon="download" label="Download CSV" />
            <CommandLink href=json icon="download" label="Download JSON" />
        </CommandBar>
        <Alerts alerts=list.alerts />
        <Filter part=part />
        <SignInTable sign_ins=list.sign_ins is_own=false />
        <Pagination previous=first next />
    }
    .into_any()
}

/// What failed again and again, with the way to the tries themselves.
#[component]
fn Alerts(alerts: Vec<AlertItem>) -> impl IntoView {
    if alerts.is_empty() {
        return ().into_any();
    }
    let items: Vec<_> = alerts.into_iter().map(|alert| view! { <AlertLine alert /> }).collect();
    view! {
        <MessageBar kind=MessageKind::Warning title=Some("Repeated failures within the last day".to_owned())>
            <ul>{items}</ul>
        </MessageBar>
    }
    .into_any()
}

#[component]
fn AlertLine(alert: AlertItem) -> impl IntoView {
    let only = |who: &str| paths::with_query(paths::SIGN_IN_LOGS, &[("person", who)]);
    let source = match alert.source {
        Some(source) => view! { <a href=only(&source)>{source.clone()}</a> }.into_any(),
        None => "an unknown address".into_any(),
    };
    let what = match alert.account {
        Some((id, name)) => {
            view! { "Signing in as "<a href=only(&id.to_string())>{name}</a>" failed again and again, last from "{source} }
                .into_any()
        }
        None => {
            view! { "Signing in from "{source}" failed again and again, to whichever accounts" }.into_any()
        }
    };
    view! { <li>{what}", "<LocalTime at=alert.at />"."</li> }.into_any()
}

#[component]
fn Filter(part: Part) -> impl IntoView {
    let results: Vec<_> = std::iter::once((String::new(), "Any result".to_owned()))
        .chain(Outcome::ALL.map(|result| (result.slug().to_owned(), result.label().to_owned())))
        .collect();
    let clear =
        part.is_narrowed().then(|| view! { <LinkButton href=paths::SIGN_IN_LOGS>"Clear"</LinkButton> });
    view! {
        <QueryForm action=paths::SIGN_IN_LOGS.to_owned() class="filter-bar">
            <FilterBar>
                <TextInput
                    id="sign-ins-person"
                    name="person"
                    value=part.person
                    placeholder=Some("User name or IP address".to_owned())
                    aria_label=Some("User name or IP address".to_owned())
                />
                <Select id="sign-ins-result" name="result" options=results value=part.result aria_label=Some("Result".to_owned()) />
                <DateRange id="sign-ins" from=part.from to=part.to />
                <Button submit=true>"Apply"</Button>
                {clear}
            </FilterBar>
        </QueryForm>
    }
    .into_any()
}

/// Tries as a table; one's own do not say who.
#[component]
pub(super) fn SignInTable(sign_ins: Vec<SignInItem>, is_own: bool) -> impl IntoView {
    if sign_ins.is_empty() {
        return view! {
            <EmptyState icon="person" title="No results"><p>"Nobody signed in or tried to in this part of the log."</p></EmptyState>
        }
        .into_any();
    }
    let rows: Vec<_> = sign_ins.into_iter().map(|item| view! { <SignInRow item is_own /> }).collect();
    view! {
        <Table caption="Sign-ins">
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    {(!is_own).then(|| view! { <th scope="col">"User"</th> })}
                    <th scope="col">"Application"</th>
                    <th scope="col">"Method"</th>
                    <th scope="col">"Result"</th>
                    <th scope="col">"Address"</th>
                    <th scope="col">"Device"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any()
}

#[component]
fn SignInRow(item: SignInItem, is_own: bool) -> impl IntoView {
    let who = (!is_own).then(|| {
        let who = match item.person {
            Some((id, name)) => {
                let only = paths::with_query(paths::SIGN_IN_LOGS, &[("person", &id.to_string())]);
                let only_label = format!("Only this user: {name}");
                // One thing beside its label, where the row is a card.
                view! {
                    <div>
                        <a href=paths::user(id)>{name}</a>
                        {item.user_name.map(|address| view! { <p class="secondary"><Address address /></p> })}
                        <a href=only aria-label=only_label>"Only this user"</a>
                    </div>
                }
                .into_any()
            }
            None => view! { <span class="secondary">"Nobody of this name"</span> }.into_any(),
        };
        view! { <td data-label="User" class="breaks">{who}</td> }
    });
    let kind = match item.result {
        Outcome::Success => BadgeKind::Success,
        Outcome::MustChangePassword | Outcome::Slowed => BadgeKind::Warning,
        _ => BadgeKind::Danger,
    };
    view! {
        <tr>
            <td data-label="Time" class="nowrap"><LocalTime at=item.at /></td>
            {who}
            <td data-label="Application">{item.application}</td>
            <td data-label="Method">{item.method}</td>
            <td data-label="Result"><Badge kind>{item.result.label()}</Badge></td>
            <td data-label="Address" class="breaks">{item.source}</td>
            <td data-label="Device">{item.device}</td>
        </tr>
    }
    .into_any()
}
