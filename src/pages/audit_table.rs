//! The audit log of one user, group or service principal, and the table of events that all logs share.
//!
//! What a log is narrowed to stands in the address; that is a [`Narrowed`].

mod narrowed;
mod rows;

pub use narrowed::Narrowed;
pub(super) use narrowed::use_narrowed;

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{EmptyState, LinkButton},
    error::AppError,
    pages::loaded::loaded,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use narrowed::{AuditFilter, OnlyOne};
use rows::AuditTable;
use serde::{Deserialize, Serialize};
use stint_domain::{
    audit::Category,
    id::{AuditEventId, PrincipalId, RequestId, RoleId},
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
