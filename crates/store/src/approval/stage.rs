//! The stages that a request goes through, and the moments in them at which time does something.

use crate::{Result, Transaction, cursor::Cursor};
use chrono::{DateTime, Utc};
use stint_domain::{id::RequestId, settings::StageBegun};
use uuid::Uuid;

/// Lets a request that waits at `at` in the stage before begin its next. Tells whether that was a change.
pub async fn begin_stage(
    tx: &mut Transaction,
    id: RequestId,
    stage: &StageBegun,
    at: DateTime<Utc>,
) -> Result<bool> {
    let begun = tx
        .query(
            "UPDATE schedule_request
                SET stage = $2, approvals_needed = $3, escalates_at = $4, reminds_at = $5
              WHERE id = $1
                AND status = 'PendingApproval'
                AND stage = $2 - 1
                AND expires_at > $6",
        )
        .bind(id)
        .bind(i64::from(stage.number))
        .bind(i64::from(stage.needed))
        .bind(stage.escalates_at)
        .bind(stage.reminds_at)
        .bind(at)
        .execute()
        .await?;
    Ok(begun == 1)
}

/// A moment in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched {
    /// From then on backup approvers decide too.
    Escalation,
    /// Then those are reminded who have not decided.
    Reminder,
}

impl Watched {
    const fn column(self) -> &'static str {
        match self {
            Self::Escalation => "escalates_at",
            Self::Reminder => "reminds_at",
        }
    }
}

/// The requests that wait at `until` and whose moment comes after `last` and not after `until`, in that order, with the stages at
/// which they stand.
pub async fn list_by_moment(
    tx: &mut Transaction,
    watched: Watched,
    last: Cursor,
    until: DateTime<Utc>,
    most: i64,
) -> Result<Vec<(Cursor, i64)>> {
    let column = watched.column();
    let query = tx
        .build("SELECT ")
        .push(column)
        .push(", id, stage FROM schedule_request WHERE status = 'PendingApproval' AND (");
    let query = query
        .push(column)
        .push(", id) > (")
        .bind(last.at)
        .push(", ")
        .bind(last.id)
        .push(") AND ")
        .push(column);
    let query = query.push(" <= ").bind(until).push(" AND expires_at > ").bind(until);
    let query = query.push(" ORDER BY ").push(column).push(", id").limit(most);
    let rows: Vec<(DateTime<Utc>, Uuid, i64)> = query.fetch_all().await?;
    Ok(rows.into_iter().map(|(at, id, stage)| (Cursor { at, id }, stage)).collect())
}
