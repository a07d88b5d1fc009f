//! What waits for somebody: found through the roles that they decide on, not through all requests there ever were.

use super::{by_expiry, key, range::RANGES};
use crate::{
    Builder, Page, PageRequest, Result, Transaction,
    request::{COLUMNS, NAMES, RequestRow},
};
use chrono::{DateTime, Utc};
use stint_domain::{id::PrincipalId, request::RequestKind};
use uuid::Uuid;

/// Whose inbox it is, and what of it is looked at.
#[derive(Clone, Debug)]
pub struct Inbox {
    /// Who looks: what they asked for themselves, or have decided on, is not for them.
    pub own: PrincipalId,
    /// What they approve as: a user, a group, or a role whose holders decide.
    pub approvers: Vec<Uuid>,
    /// Whether they may assign roles, and so decide on extending and renewing assignments.
    pub is_administrator: bool,
    /// Only this kind of request; all where there is none.
    pub kind: Option<RequestKind>,
}

/// What waits for somebody at `at`, the first to expire first.
pub async fn list_inbox(
    tx: &mut Transaction,
    inbox: &Inbox,
    at: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Page<RequestRow>> {
    let rows = waiting(tx.build(COLUMNS), inbox, at, page).fetch_all().await?;
    Ok(by_expiry(page, rows))
}

fn waiting<'c>(query: Builder<'c>, inbox: &Inbox, at: DateTime<Utc>, page: &PageRequest) -> Builder<'c> {
    let mut query = to_approvers(query.push("SELECT id FROM ("), inbox, at, page);
    for range in RANGES {
        if inbox.is_administrator && range.of_administrators && range.is_of(inbox.kind) {
            query = range
                .after(query.push(" UNION ALL "), at, page)
                .push(" AND (principal_id <> ")
                .bind(inbox.own)
                .push(") IS TRUE ORDER BY expires_at, id")
                .limit(page.limit())
                .push(") AS part");
        }
    }
    query
        .push(") AS inbox ORDER BY expires_at, id")
        .limit(page.limit())
        .push(NAMES)
        .push(" ORDER BY q.expires_at, q.id")
}

/// What approvers decide on: activations, and their extensions. Who is an approver and a backup approver has it once.
fn to_approvers<'c>(query: Builder<'c>, inbox: &Inbox, at: DateTime<Utc>, page: &PageRequest) -> Builder<'c> {
    let query = to_side(query, false, inbox, at, page).push(" UNION ");
    to_side(query, true, inbox, at, page)
}

/// What those decide on who are approvers of the stage at which it stands, or its backup approvers where it has taken long.
fn to_side<'c>(
    query: Builder<'c>,
    is_backup: bool,
    inbox: &Inbox,
    at: DateTime<Utc>,
    page: &PageRequest,
) -> Builder<'c> {
    let own = inbox.own;
    let query = query
        .push(
            "SELECT id, expires_at FROM (SELECT w.id, w.expires_at
               FROM (SELECT DISTINCT role_id, scope, stage FROM role_approver WHERE approver_id IN ",
        )
        .bind_list(inbox.approvers.iter().copied())
        .push(if is_backup { " AND is_backup" } else { " AND NOT is_backup" })
        .push(
            ") AS a
               JOIN schedule_request AS w ON w.role_id = a.role_id AND w.settings_scope = a.scope AND w.stage = a.stage
              WHERE w.status = 'PendingApproval'
                AND ",
        );
    // `IS TRUE` keeps the index by expiry from being used: that has those too which have not waited for long.
    let query = if is_backup {
        query.push("w.escalates_at <= ").bind(at).push(" AND (w.expires_at > ").bind(at).push(") IS TRUE")
    } else {
        query.push("w.expires_at > ").bind(at)
    };
    let mut query = query
        .push(" AND (w.principal_id <> ")
        .bind(own)
        .push(") IS TRUE AND NOT EXISTS (SELECT 1 FROM approval_decision AS d WHERE d.request_id = w.id AND d.approver_id = ")
        .bind(own)
        .push(")");
    if let Some(kind) = inbox.kind {
        // `IS TRUE` keeps the index of kinds from being used: that has every role's.
        query = query.push(" AND (w.action = ").bind(kind.action()).push(") IS TRUE");
    }
    if let Some((expires_at, id)) = key(page) {
        query = query.push(" AND (w.expires_at, w.id) > (").bind(expires_at).push(", ").bind(id).push(")");
    }
    query.push(" ORDER BY w.expires_at, w.id").limit(page.limit()).push(") AS asked")
}

/// How the database would find the first page of an inbox, for tests.
#[cfg(feature = "test-support")]
pub async fn explain_inbox(tx: &mut Transaction, inbox: &Inbox, at: DateTime<Utc>) -> Result<String> {
    let first = PageRequest::first();
    let lines: Vec<String> = if tx.is_sqlite() {
        let query = tx.build("EXPLAIN QUERY PLAN ").push(COLUMNS);
        let rows: Vec<(i64, i64, i64, String)> = waiting(query, inbox, at, &first).fetch_all().await?;
        rows.into_iter().map(|(.., line)| line).collect()
    } else {
        let query = tx.build("EXPLAIN ").push(COLUMNS);
        let rows: Vec<(String,)> = waiting(query, inbox, at, &first).fetch_all().await?;
        rows.into_iter().map(|(line,)| line).collect()
    };
    Ok(lines.join("\n"))
}
