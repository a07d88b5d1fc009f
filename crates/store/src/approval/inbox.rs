//! What waits for somebody: found through the roles that they decide on, not through all requests there ever were.

use super::{by_expiry, key};
use crate::{
    Builder, Page, PageRequest, Result, Transaction,
    request::{COLUMNS, NAMES, RequestRow},
};
use chrono::{DateTime, Utc};
use stint_domain::id::PrincipalId;
use uuid::Uuid;

/// What waits for any of these approvers at `at`, but for what is somebody's own and what they have decided on: the first to
/// expire first. An approver is a user, a group, or a role whose holders decide.
pub async fn list_inbox(
    tx: &mut Transaction,
    approvers: &[Uuid],
    own: PrincipalId,
    at: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Page<RequestRow>> {
    let rows = inbox(tx.build(COLUMNS), approvers, own, at, page).fetch_all().await?;
    Ok(by_expiry(page, rows))
}

fn inbox<'c>(
    query: Builder<'c>,
    approvers: &[Uuid],
    own: PrincipalId,
    at: DateTime<Utc>,
    page: &PageRequest,
) -> Builder<'c> {
    let mut query = query
        .push(
            "SELECT w.id
               FROM (SELECT DISTINCT role_id, scope FROM role_approver WHERE approver_id IN ",
        )
        .bind_list(approvers.iter().copied())
        .push(
            ") AS a
               JOIN schedule_request AS w ON w.role_id = a.role_id AND w.settings_scope = a.scope
              WHERE w.status = 'PendingApproval'
                AND w.expires_at > ",
        )
        .bind(at)
        .push(" AND (w.principal_id <> ")
        .bind(own)
        .push(") IS TRUE AND NOT EXISTS (SELECT 1 FROM approval_decision AS d WHERE d.request_id = w.id AND d.approver_id = ")
        .bind(own)
        .push(")");
    if let Some((expires_at, id)) = key(page) {
        query = query.push(" AND (w.expires_at, w.id) > (").bind(expires_at).push(", ").bind(id).push(")");
    }
    query
        .push(" ORDER BY w.expires_at, w.id")
        .limit(page.limit())
        .push(NAMES)
        .push(" ORDER BY q.expires_at, q.id")
}

/// How the database would find the first page of an inbox, for tests.
#[cfg(feature = "test-support")]
pub async fn explain_inbox(tx: &mut Transaction, approver: Uuid, at: DateTime<Utc>) -> Result<String> {
    let (approvers, own) = ([approver], approver.into());
    let lines: Vec<String> = if tx.is_sqlite() {
        let query = tx.build("EXPLAIN QUERY PLAN ").push(COLUMNS);
        let rows: Vec<(i64, i64, i64, String)> =
            inbox(query, &approvers, own, at, &PageRequest::first()).fetch_all().await?;
        rows.into_iter().map(|(.., line)| line).collect()
    } else {
        let query = tx.build("EXPLAIN ").push(COLUMNS);
        let rows: Vec<(String,)> =
            inbox(query, &approvers, own, at, &PageRequest::first()).fetch_all().await?;
        rows.into_iter().map(|(line,)| line).collect()
    };
    Ok(lines.join("\n"))
}
