//! The audit log of one user, group or service principal, and the table of events that all logs share.
//!
//! What a log is narrowed to stands in the address; that is a [`Narrowed`].

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        Badge, Button, EmptyState, Fact, Facts, FilterBar, LinkButton, LocalTime, QueryForm, Select, Table,
        TextInput,
    },
    error::AppError,
    pages::loaded::{loaded, query},
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stint_domain::{
    audit::Category,
    id::{AuditEventId, PrincipalId, RequestId, RoleId},
    scope::{Scope, ScopePath},
};
use uuid::Uuid;

/// An event in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditItem {
    /// Its id.
    pub id: AuditEventId,
    /// Its place in the chain.
    pub seq: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What it concerns.
    pub category: Category,
    /// What happened.
    pub activity: String,
    /// Who did it; nobody where Stint itself did.
    pub actor: Option<PrincipalId>,
    /// What the actor was called then.
    pub actor_name: String,
    /// To whom or what.
    pub target: Option<Uuid>,
    /// What the target was called then.
    pub target_name: Option<String>,
    /// Which role it was about, and what that was called then.
    pub role: Option<(RoleId, String)>,
    /// Where.
    pub scope: Option<String>,
    /// Why.
    pub justification: Option<String>,
    /// Under which ticket.
    pub ticket: Option<String>,
    /// What changed.
    pub detail: Option<String>,
    /// From which address.
    pub source: Option<String>,
    /// The request behind it.
    pub request: Option<RequestId>,
    /// The first bytes of its seal.
    pub seal: String,
}

/// A page of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditList {
    /// The events, the latest first.
    pub events: Vec<AuditItem>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Id and name of each role that can be chosen; none where roles are not asked for.
    pub roles: Vec<(String, String)>,
}

#[cfg(feature = "ssr")]
impl From<stint_engine::store::audit::AuditEventRow> for AuditItem {
    fn from(row: stint_engine::store::audit::AuditEventRow) -> Self {
        let seal = row.hash.first_chunk().map(|bytes| format!("{:016x}", u64::from_be_bytes(*bytes)));
        Self {
            id: row.id,
            seq: row.seq,
            at: row.at,
            category: row.category,
            activity: row.activity,
            actor: row.actor_id,
            actor_name: row.actor_name,
            target: row.target_id,
            target_name: row.target_name,
            role: row.role_id.zip(row.role_name),
            scope: row.scope,
            justification: row.justification,
            ticket: row.ticket,
            detail: row.detail,
            source: row.source,
            request: row.request_id,
            seal: seal.unwrap_or_default(),
        }
    }
}

/// What a log is narrowed to, as it stands in the address. What cannot be read narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// The page.
    pub path: String,
    /// One tab of the page, where it has tabs.
    pub tab: String,
    /// One category.
    pub category: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// One role's id.
    pub role: String,
    /// One actor's id.
    pub actor: String,
    /// One target's id.
    pub target: String,
    /// Where the page of the list begins.
    pub after: String,
    /// Whether to offer roles to choose from.
    pub by_role: bool,
}

impl Narrowed {
    /// The address of this part of the log.
    fn link(&self) -> String {
        let query = [
            ("tab", &self.tab),
            ("category", &self.category),
            ("from", &self.from),
            ("to", &self.to),
            ("role", &self.role),
            ("actor", &self.actor),
            ("target", &self.target),
            ("after", &self.after),
        ];
        paths::with_query(&self.path, &query.map(|(name, value)| (name, value.as_str())))
    }

    /// The same from the latest event on, changed.
    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut changed = Self { after: String::new(), ..self.clone() };
        change(&mut changed);
        changed.link()
    }

    fn is_narrowed(&self) -> bool {
        let parts = [&self.category, &self.from, &self.to, &self.role, &self.actor, &self.target];
        parts.into_iter().any(|part| !part.is_empty())
    }
}

/// What the address narrows the log on the page at `path` to.
pub(super) fn use_narrowed(path: impl Into<String>) -> Signal<Narrowed> {
    let path = path.into();
    let (tab, category, from, to) = (query("tab"), query("category"), query("from"), query("to"));
    let (role, actor, target, after) = (query("role"), query("actor"), query("target"), query("after"));
    Memo::new(move |_| Narrowed {
        path: path.clone(),
        tab: tab.get(),
        category: category.get(),
        from: from.get(),
        to: to.get(),
        role: role.get(),
        actor: actor.get(),
        target: target.get(),
        after: after.get(),
        by_role: false,
    })
    .into()
}

/// Names the person who is signed in, as actor or as target.
pub(super) const ME: &str = "me";

/// Events, the latest first. Days are those of UTC, both included.
#[server(endpoint = "list_audit_events")]
pub async fn list_audit_events(
    category: String,
    from: String,
    to: String,
    role: String,
    actor: String,
    target: String,
    after: String,
    #[server(default)] by_role: bool,
) -> Result<Encoded<AuditList>, AppError> {
    use crate::encoded::encode;
    use crate::form::parse_date;
    use stint_engine::store::{PageRequest, audit::Filter};
    let mut op = crate::server::read().await?;
    let own = op.actor()?.id;
    let who = |text: &str| if text == ME { Some(own) } else { text.parse().ok() };
    let filter = Filter {
        actor: who(&actor),
        target: who(&target).map(stint_domain::id::PrincipalId::as_uuid),
        role: role.parse().ok(),
        category: Category::ALL.into_iter().find(|known| known.slug() == category),
        since: parse_date(&from),
        until: parse_date(&to).and_then(|day| day.checked_add_days(chrono::Days::new(1))),
    };
    let page = stint_engine::audit::list(&mut op, &filter, &PageRequest::after(Some(after))).await?;
    let roles = if by_role { stint_engine::roles::list(&op, "")? } else { Vec::new() };
    let roles = roles.into_iter().map(|role| (role.id.to_string(), role.name)).collect();
    encode(AuditList { events: page.items.into_iter().map(Into::into).collect(), next: page.next, roles })
}

/// Asks for the events of a part of a log.
pub(super) async fn list_narrowed(part: Narrowed) -> Result<Encoded<AuditList>, AppError> {
    let Narrowed { category, from, to, role, actor, target, after, by_role, .. } = part;
    list_audit_events(category, from, to, role, actor, target, after, by_role).await
}

/// What was done to a user, group or service principal: a tab of its page, at `path`.
#[component]
pub fn AuditLogs(
    /// To whom or what.
    target: PrincipalId,
    /// The page's address.
    path: String,
) -> impl IntoView {
    let part = use_narrowed(path);
    let list = page_data(move || Narrowed { target: target.to_string(), ..part.get() }, list_narrowed);
    view! {
        {loaded(list, move |list| {
            // The target is the page's own: it need not stand in the address.
            let part = Narrowed { target: String::new(), ..part.get_untracked() };
            view! { <AuditListing list part /> }
        })}
    }
    .into_any()
}

/// The filters and the table of a log.
#[component]
pub fn AuditListing(
    /// The events.
    list: AuditList,
    /// Which part of the log that is.
    part: Narrowed,
) -> impl IntoView {
    let roles = list.roles.clone();
    let newest = (!part.after.is_empty()).then(|| part.with(|_| ()));
    let older = list.next.clone().map(|next| part.with(|part| part.after = next));
    let table = if list.events.is_empty() {
        let why = if part.is_narrowed() {
            "Nothing that fits these filters was recorded."
        } else {
            "Nothing was recorded yet."
        };
        view! { <EmptyState icon="audit" title="No results"><p>{why}</p></EmptyState> }.into_any()
    } else {
        view! { <AuditTable events=list.events.clone() part=part.clone() /> }.into_any()
    };
    view! {
        <AuditFilter part=part.clone() roles />
        <OnlyOne events=list.events part />
        {table}
        <nav class="pagination" aria-label="Pages">
            {newest.map(|href| view! { <LinkButton href icon="chevron-left">"Newest"</LinkButton> })}
            {older.map(|href| view! { <LinkButton href icon="chevron-right">"Older"</LinkButton> })}
        </nav>
    }
    .into_any()
}

#[component]
fn AuditFilter(part: Narrowed, roles: Vec<(String, String)>) -> impl IntoView {
    let any = |words: &str| (String::new(), words.to_owned());
    let categories: Vec<_> = std::iter::once(any("Any category"))
        .chain(Category::ALL.map(|category| (category.slug().to_owned(), category.label().to_owned())))
        .collect();
    let roles = (!roles.is_empty()).then(|| {
        let options: Vec<_> = std::iter::once(any("Any role")).chain(roles).collect();
        view! { <Select id="audit-role" name="role" options value=part.role.clone() aria_label=Some("Role".to_owned()) /> }
    });
    let clear = part.is_narrowed().then(|| {
        let nothing = Narrowed { path: part.path.clone(), tab: part.tab.clone(), ..Narrowed::default() };
        view! { <LinkButton href=nothing.link()>"Clear"</LinkButton> }
    });
    let hidden = [("tab", part.tab), ("actor", part.actor), ("target", part.target)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view();
    view! {
        <QueryForm action=part.path class="filter-bar">
            <FilterBar>
                <Select id="audit-category" name="category" options=categories value=part.category aria_label=Some("Category".to_owned()) />
                {roles}
                <label class="secondary" for="audit-from">"From"</label>
                <TextInput id="audit-from" name="from" value=part.from kind="date" />
                <label class="secondary" for="audit-to">"to"</label>
                <TextInput id="audit-to" name="to" value=part.to kind="date" />
                <span class="secondary">"(UTC)"</span>
                {hidden}
                <Button submit=true>"Apply"</Button>
                {clear}
            </FilterBar>
        </QueryForm>
    }
    .into_any()
}

/// Says that only one requestor's or one target's events are shown, and leads back to all.
#[component]
fn OnlyOne(events: Vec<AuditItem>, part: Narrowed) -> impl IntoView {
    let first = events.first();
    let actor = (!part.actor.is_empty()).then(|| {
        let name = first.map_or_else(|| part.actor.clone(), |event| event.actor_name.clone());
        ("Requestor", name, part.with(|part| part.actor.clear()))
    });
    let target = (!part.target.is_empty()).then(|| {
        let name = first.and_then(|event| event.target_name.clone()).unwrap_or_else(|| part.target.clone());
        ("Primary target", name, part.with(|part| part.target.clear()))
    });
    let only = |(what, name, all): (&str, String, String)| {
        view! { <p class="cluster">{format!("{what}: ")}<strong>{name}</strong><a href=all>"Show all"</a></p> }
    };
    actor.into_iter().chain(target).map(only).collect_view()
}

#[component]
fn AuditTable(events: Vec<AuditItem>, part: Narrowed) -> impl IntoView {
    let row = move |event: AuditItem| {
        let actor = match event.actor {
            Some(id) => view! { <a href=paths::user(id)>{event.actor_name.clone()}</a> }.into_any(),
            None => event.actor_name.clone().into_any(),
        };
        let role = event.role.clone().map(|(id, name)| view! { <a href=paths::role(id)>{name}</a> });
        view! {
            <tr>
                <td data-label="Time" class="nowrap"><LocalTime at=event.at /></td>
                <td data-label="Requestor">{actor}</td>
                <td data-label="Action">{event.activity.clone()}</td>
                <td data-label="Primary target">{event.target_name.clone()}</td>
                <td data-label="Role">{role}</td>
                <td data-label="Scope">{event.scope.as_deref().map(scope_in_words)}</td>
                <td data-label="Reason">{event.justification.clone()}</td>
                <td data-label="Details"><AuditDetails event part=part.clone() /></td>
            </tr>
        }
    };
    view! {
        <Table caption="Audit events">
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    <th scope="col">"Requestor"</th>
                    <th scope="col">"Action"</th>
                    <th scope="col">"Primary target"</th>
                    <th scope="col">"Role"</th>
                    <th scope="col">"Scope"</th>
                    <th scope="col">"Reason"</th>
                    <th scope="col">"Details"</th>
                </tr>
            </thead>
            <tbody>{events.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
    .into_any()
}

fn scope_in_words(path: &str) -> AnyView {
    match path.parse::<ScopePath>().map(|scope| scope.kind()) {
        Ok(Scope::Directory) => "Directory".into_any(),
        Ok(Scope::AdministrativeUnit(id)) => {
            view! { <a href=paths::administrative_unit(id)>"Administrative unit"</a> }.into_any()
        }
        Ok(Scope::Object(_)) => "Application".into_any(),
        Ok(Scope::Resource) | Err(_) => path.to_owned().into_any(),
    }
}

#[component]
fn AuditDetails(event: AuditItem, part: Narrowed) -> impl IntoView {
    let text =
        |label: &'static str, value: Option<String>| value.map(|value| view! { <Fact label>{value}</Fact> });
    let code = |label: &'static str, value: Option<String>| {
        value.map(|value| view! { <Fact label><code class="mono">{value}</code></Fact> })
    };
    // Only the log of everything is narrowed to one requestor or target; the others are that already.
    let narrow = (part.path == paths::AUDIT).then(|| {
        let actor = event.actor.map(|id| part.with(|part| part.actor = id.to_string()));
        let target = event.target.map(|id| part.with(|part| part.target = id.to_string()));
        view! {
            <p class="cluster">
                {actor.map(|href| view! { <a href=href>"Only this requestor"</a> })}
                {target.map(|href| view! { <a href=href>"Only this target"</a> })}
            </p>
        }
    });
    view! {
        <details>
            <summary>"Details"</summary>
            <Facts>
                <Fact label="Category"><Badge>{event.category.label()}</Badge></Fact>
                {text("What changed", event.detail)}
                {text("Ticket", event.ticket)}
                {text("Source address", event.source)}
                {code("Request ID", event.request.map(|id| id.to_string()))}
                {code("Event ID", Some(event.id.to_string()))}
                {code("Seal", Some(format!("{} {}...", event.seq, event.seal)))}
            </Facts>
            {narrow}
        </details>
    }
    .into_any()
}
