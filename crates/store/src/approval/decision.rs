//! What approvers said.

use super::key;
use crate::{
    Page, PageRequest, Result, Transaction,
    request::{COLUMNS, NAMES, RequestRow},
};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{PrincipalId, RequestId},
    request::Verdict,
    time::Duration,
};

/// What one approver said.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DecisionRow {
    /// Who.
    pub approver_id: PrincipalId,
    /// What they are called.
    pub approver_name: String,
    /// In whose place, where it was in somebody's.
    pub for_id: Option<PrincipalId>,
    /// What that one is called.
    pub for_name: Option<String>,
    /// Yes or no.
    pub verdict: Verdict,
    /// Why.
    pub justification: String,
    seconds: Option<i64>,
    /// When.
    pub decided_at: DateTime<Utc>,
    stage: i64,
}

impl DecisionRow {
    /// Whose word it is: from each seat is spoken once.
    pub fn seat(&self) -> PrincipalId {
        self.for_id.unwrap_or(self.approver_id)
    }

    /// Who said it, and for whom.
    pub fn by(&self) -> String {
        match &self.for_name {
            Some(other) => format!("{} for {other}", self.approver_name),
            None => self.approver_name.clone(),
        }
    }

    /// At most how long was granted, where that is less than was asked for.
    pub fn granted(&self) -> Option<Duration> {
        self.seconds.map(Duration::seconds)
    }

    /// In which stage, from 1.
    pub fn stage(&self) -> u8 {
        u8::try_from(self.stage).unwrap_or(1)
    }
}

/// Writes down what an approver said, for themselves or in somebody's place, in the stage at which the request stands: whoever does
/// has taken it. Tells whether it is the first that they said to this request, and the first that was said from that seat, in
/// whichever stage.
pub async fn append_decision(
    tx: &mut Transaction,
    request: RequestId,
    (by, instead_of): (PrincipalId, Option<PrincipalId>),
    verdict: Verdict,
    justification: &str,
    granted: Option<Duration>,
    at: DateTime<Utc>,
) -> Result<bool> {
    let appended = tx
        .query(
            "INSERT INTO approval_decision (request_id, approver_id, for_id, verdict, justification, seconds, decided_at, stage)
             SELECT id, $2, $3, $4, $5, $6, $7, COALESCE(stage, 1)
               FROM schedule_request
              WHERE id = $1
             ON CONFLICT DO NOTHING",
        )
        .bind(request)
        .bind(by)
        .bind(instead_of)
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
        "SELECT d.approver_id, p.display_name AS approver_name, d.for_id, o.display_name AS for_name, d.verdict,
                d.justification, d.seconds, d.decided_at, d.stage
           FROM approval_decision AS d
           JOIN principal AS p ON p.id = d.approver_id
           LEFT JOIN principal AS o ON o.id = d.for_id
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
