//! What waits for a decision, and what those said who decide.
//!
//! A request waits for the approvers in a role's settings (an activation, the extension of one) or for those who may assign
//! roles (the extension or renewal of an assignment). It waits while its status says so and its time to decide is not over. Whatever ends the waiting is one conditional
//! update of the status: of all who try at once, one changes the row, and the others are told that they did not.

mod decision;
mod inbox;
mod range;
mod stage;

pub use decision::{DecisionRow, append_decision, list_decided, list_decisions};
#[cfg(feature = "test-support")]
pub use inbox::explain_inbox;
pub use inbox::{Inbox, Order, list_inbox};
pub use stage::{Watched, begin_stage, list_by_moment};

use self::range::RANGES;
use crate::{
    Page, PageRequest, Result, Transaction,
    request::{COLUMNS, NAMES, RequestRow},
};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{PrincipalId, RequestId, RoleId, ScheduleId},
    request::{RequestKind, RequestStatus},
    scope::ScopePath,
};

/// How a request is closed.
#[derive(Clone, Debug)]
pub struct Closing {
    /// What becomes of it.
    pub status: RequestStatus,
    /// Who closes it.
    pub by: Option<PrincipalId>,
    /// Why, where no approver decided.
    pub reason: Option<String>,
    /// The assignment that it made.
    pub schedule: Option<ScheduleId>,
}

/// Takes a request that waits at `at` for this transaction: others who would decide on it wait. Tells whether it does wait.
pub async fn take(tx: &mut Transaction, id: RequestId, at: DateTime<Utc>) -> Result<bool> {
    let taken = tx
        .query(
            "UPDATE schedule_request
                SET status = status
              WHERE id = $1
                AND status IN ('PendingApproval', 'PendingAdminDecision')
                AND expires_at > $2",
        )
        .bind(id)
        .bind(at)
        .execute()
        .await?;
    Ok(taken == 1)
}

/// Closes a request that waits at `at`. Tells whether that was a change: of several who try at once, it is for one.
pub async fn close(
    tx: &mut Transaction,
    id: RequestId,
    closing: &Closing,
    at: DateTime<Utc>,
) -> Result<bool> {
    let closed = tx
        .query(
            "UPDATE schedule_request
                SET status = $2, closed_by = $3, close_reason = $4, schedule_id = $5, completed_at = $6
              WHERE id = $1
                AND status IN ('PendingApproval', 'PendingAdminDecision')
                AND expires_at > $6",
        )
        .bind(id)
        .bind(closing.status)
        .bind(closing.by)
        .bind(closing.reason.clone())
        .bind(closing.schedule)
        .bind(at)
        .execute()
        .await?;
    Ok(closed == 1)
}

/// Writes down that the time to decide is over. Tells whether that was a change.
pub async fn expire(tx: &mut Transaction, id: RequestId, at: DateTime<Utc>) -> Result<bool> {
    let expired = tx
        .query(
            "UPDATE schedule_request
                SET status = 'TimedOut', completed_at = expires_at
              WHERE id = $1
                AND status IN ('PendingApproval', 'PendingAdminDecision')
                AND expires_at <= $2",
        )
        .bind(id)
        .bind(at)
        .execute()
        .await?;
    Ok(expired == 1)
}

/// Everything of one kind, or of all, that waits at `at`, the first to expire first.
pub async fn list_pending(
    tx: &mut Transaction,
    kind: Option<RequestKind>,
    at: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Page<RequestRow>> {
    let mut query = tx.build(COLUMNS).push("SELECT id FROM (");
    let mut union = "";
    for range in RANGES.iter().filter(|range| range.is_of(kind)) {
        query = range.after(query.push(union), at, page).push(" ORDER BY expires_at, id").limit(page.limit());
        query = query.push(") AS part");
        union = " UNION ALL ";
    }
    let query = query
        .push(") AS waiting ORDER BY expires_at, id")
        .limit(page.limit())
        .push(NAMES)
        .push(" ORDER BY q.expires_at, q.id");
    Ok(by_expiry(page, query.fetch_all().await?))
}

fn key(page: &PageRequest) -> Option<(DateTime<Utc>, RequestId)> {
    page.key::<(DateTime<Utc>, RequestId)>().filter(|&(at, _)| at >= DateTime::UNIX_EPOCH)
}

fn by_expiry(page: &PageRequest, rows: Vec<RequestRow>) -> Page<RequestRow> {
    page.page(rows, |row| (row.expires_at, row.id))
}

/// What has waited too long at `at` and does not say so yet; at most `most`.
pub async fn list_due(tx: &mut Transaction, at: DateTime<Utc>, most: i64) -> Result<Vec<RequestRow>> {
    let mut query = tx.build(COLUMNS).push("SELECT id FROM (");
    let mut union = "";
    for range in RANGES {
        query = range.begin(query.push(union)).push(" AND expires_at <= ").bind(at);
        query = query.push(" ORDER BY expires_at, id").limit(most).push(") AS part");
        union = " UNION ALL ";
    }
    query.push(") AS due ORDER BY expires_at, id").limit(most).push(NAMES).fetch_all().await
}

/// The activation of this role at this scope, or the extension of one, that somebody has asked for and that is open, whether or not its time is over.
pub async fn find_open(
    tx: &mut Transaction,
    principal: PrincipalId,
    role: RoleId,
    scope: &ScopePath,
) -> Result<Option<RequestRow>> {
    let rows = tx
        .build(COLUMNS)
        .push("SELECT id FROM schedule_request WHERE status = 'PendingApproval' AND principal_id = ")
        .bind(principal)
        .push(" AND role_id = ")
        .bind(role)
        .push(" AND scope = ")
        .bind(scope.clone())
        .push(NAMES)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().next())
}

/// What somebody waits for at `at`, whoever decides on it.
pub async fn list_of_principal(
    tx: &mut Transaction,
    principal: PrincipalId,
    at: DateTime<Utc>,
) -> Result<Vec<RequestRow>> {
    let mut query = tx.build(COLUMNS);
    for start in [
        "SELECT id FROM schedule_request WHERE status = 'PendingApproval' AND principal_id = ",
        " UNION ALL SELECT id FROM schedule_request WHERE status = 'PendingAdminDecision' AND principal_id = ",
    ] {
        query = query.push(start).bind(principal).push(" AND expires_at > ").bind(at);
    }
    query.push(NAMES).fetch_all().await
}

/// The request to extend or renew an assignment or activation that is open, whether or not its time is over.
pub async fn find_of_assignment(tx: &mut Transaction, assignment: ScheduleId) -> Result<Option<RequestRow>> {
    let rows = tx
        .build(COLUMNS)
        .push(
            "SELECT id FROM schedule_request
              WHERE status IN ('PendingApproval', 'PendingAdminDecision') AND assignment_id = ",
        )
        .bind(assignment)
        .push(NAMES)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().next())
}

/// What waits at `at` to activate an eligibility or to extend an activation of it.
pub async fn list_of_eligibility(
    tx: &mut Transaction,
    eligibility: ScheduleId,
    at: DateTime<Utc>,
) -> Result<Vec<RequestRow>> {
    tx.build(COLUMNS)
        .push("SELECT id FROM schedule_request WHERE status = 'PendingApproval' AND eligibility_id = ")
        .bind(eligibility)
        .push(" AND expires_at > ")
        .bind(at)
        .push(NAMES)
        .fetch_all()
        .await
}
