//! What waits for an approval, and what approvers said.
//!
//! A request waits while its status says so and its time to decide is not over. Whatever ends the waiting is one conditional
//! update of the status: of all who try at once, one changes the row, and the others are told that they did not.

use crate::{
    Builder, Page, PageRequest, Result, Transaction,
    request::{COLUMNS, NAMES, RequestRow},
};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{PrincipalId, RequestId, RoleId, ScheduleId},
    request::{RequestStatus, Verdict},
    scope::ScopePath,
    time::Duration,
};
use uuid::Uuid;

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
                AND status = 'PendingApproval'
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
                AND status = 'PendingApproval'
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
                AND status = 'PendingApproval'
                AND expires_at <= $2",
        )
        .bind(id)
        .bind(at)
        .execute()
        .await?;
    Ok(expired == 1)
}

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

/// Everything that waits at `at`, the first to expire first.
pub async fn list_pending(
    tx: &mut Transaction,
    at: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Page<RequestRow>> {
    let mut query = tx
        .build(COLUMNS)
        .push("SELECT id FROM schedule_request WHERE status = 'PendingApproval' AND expires_at > ")
        .bind(at);
    if let Some((expires_at, id)) = key(page) {
        query = query.push(" AND (expires_at, id) > (").bind(expires_at).push(", ").bind(id).push(")");
    }
    let query = query
        .push(" ORDER BY expires_at, id")
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
    tx.build(COLUMNS)
        .push("SELECT id FROM schedule_request WHERE status = 'PendingApproval' AND expires_at <= ")
        .bind(at)
        .push(" ORDER BY expires_at, id")
        .limit(most)
        .push(NAMES)
        .fetch_all()
        .await
}

/// The request for this role at this scope that somebody has open, whether or not its time is over.
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

/// What somebody waits for at `at`.
pub async fn list_of_principal(
    tx: &mut Transaction,
    principal: PrincipalId,
    at: DateTime<Utc>,
) -> Result<Vec<RequestRow>> {
    tx.build(COLUMNS)
        .push("SELECT id FROM schedule_request WHERE status = 'PendingApproval' AND principal_id = ")
        .bind(principal)
        .push(" AND expires_at > ")
        .bind(at)
        .push(NAMES)
        .fetch_all()
        .await
}

/// What waits at `at` to activate an eligibility.
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

/// What one approver said.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DecisionRow {
    /// Who.
    pub approver_id: PrincipalId,
    /// What they are called.
    pub approver_name: String,
    /// Yes or no.
    pub verdict: Verdict,
    /// Why.
    pub justification: String,
    seconds: Option<i64>,
    /// When.
    pub decided_at: DateTime<Utc>,
}

impl DecisionRow {
    /// At most how long was granted, where that is less than was asked for.
    pub fn granted(&self) -> Option<Duration> {
        self.seconds.map(Duration::seconds)
    }
}

/// Writes down what an approver said. Tells whether it is the first that they said to this request.
pub async fn append_decision(
    tx: &mut Transaction,
    request: RequestId,
    by: PrincipalId,
    verdict: Verdict,
    justification: &str,
    granted: Option<Duration>,
    at: DateTime<Utc>,
) -> Result<bool> {
    let appended = tx
        .query(
            "INSERT INTO approval_decision (request_id, approver_id, verdict, justification, seconds, decided_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT DO NOTHING",
        )
        .bind(request)
        .bind(by)
        .bind(verdict)
        .bind(justification.to_owned())
        .bind(granted.map(Duration::as_seconds))
        .bind(at)
        .execute()
        .await?;
    Ok(appended == 1)
}

/// What approvers said to a request, in the order in which they did.
pub async fn list_decisions(tx: &mut Transaction, request: RequestId) -> Result<Vec<DecisionRow>> {
    tx.query(
        "SELECT d.approver_id, p.display_name AS approver_name, d.verdict, d.justification, d.seconds, d.decided_at
           FROM approval_decision AS d
           JOIN principal AS p ON p.id = d.approver_id
          WHERE d.request_id = $1
          ORDER BY d.decided_at, d.approver_id",
    )
    .bind(request)
    .fetch_all()
    .await
}

/// What somebody has decided on, the latest first.
pub async fn list_decided(
    tx: &mut Transaction,
    by: PrincipalId,
    page: &PageRequest,
) -> Result<Page<(RequestRow, DateTime<Utc>)>> {
    let mut query =
        tx.build("SELECT request_id, decided_at FROM approval_decision WHERE approver_id = ").bind(by);
    if let Some((at, id)) = key(page) {
        query = query.push(" AND (decided_at, request_id) < (").bind(at).push(", ").bind(id).push(")");
    }
    let rows: Vec<(RequestId, DateTime<Utc>)> =
        query.push(" ORDER BY decided_at DESC, request_id DESC").limit(page.limit()).fetch_all().await?;
    let found = page.page(rows, |&(id, at)| (at, id));
    let ids = found.items.iter().map(|&(id, _)| id);
    let requests: Vec<RequestRow> = tx
        .build(COLUMNS)
        .push("SELECT id FROM schedule_request WHERE id IN ")
        .bind_list(ids)
        .push(NAMES)
        .fetch_all()
        .await?;
    let with_request = |(id, at): (RequestId, _)| {
        requests.iter().find(|request| request.id == id).cloned().map(|request| (request, at))
    };
    Ok(Page { items: found.items.into_iter().filter_map(with_request).collect(), next: found.next })
}
