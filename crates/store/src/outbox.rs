//! News to be carried outside, written in the transaction of the change that it tells of.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::id::OutboxId;

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OutboxRow {
    /// Its id.
    pub id: OutboxId,
    /// What it is about.
    pub topic: String,
    /// What it says, as JSON.
    pub payload: String,
    /// How often it was tried.
    pub attempts: i64,
}

/// Writes a piece of news, to be carried at once.
pub async fn append(
    tx: &mut Transaction,
    id: OutboxId,
    topic: &str,
    payload: String,
    at: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO outbox (id, topic, payload, state, attempts, due_at, created_at)
         VALUES ($1, $2, $3, 'queued', 0, $4, $4)",
    )
    .bind(id)
    .bind(topic.to_owned())
    .bind(payload)
    .bind(at)
    .execute_one()
    .await
}

/// Takes the next piece that is due, until `until`: whoever has not finished by then loses it to another.
pub async fn claim(
    tx: &mut Transaction,
    at: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<OutboxRow>> {
    tx.query(
        "UPDATE outbox
            SET state = 'claimed', attempts = attempts + 1, due_at = $2
          WHERE state IN ('queued', 'claimed')
            AND due_at <= $1
            AND id = (SELECT id
                        FROM outbox
                       WHERE state IN ('queued', 'claimed')
                         AND due_at <= $1
                       ORDER BY due_at, id
                       LIMIT 1)
        RETURNING id, topic, payload, attempts",
    )
    .bind(at)
    .bind(until)
    .fetch_optional()
    .await
}

/// Notes that a piece was carried.
pub async fn finish(tx: &mut Transaction, id: OutboxId) -> Result<()> {
    tx.query("UPDATE outbox SET state = 'done', last_error = NULL WHERE id = $1").bind(id).execute_one().await
}

/// Notes that a piece could not be carried: to be tried again at `retry_at`, or never.
pub async fn fail(
    tx: &mut Transaction,
    id: OutboxId,
    error: &str,
    retry_at: Option<DateTime<Utc>>,
) -> Result<()> {
    match retry_at {
        Some(retry_at) => {
            tx.query("UPDATE outbox SET state = 'queued', last_error = $2, due_at = $3 WHERE id = $1")
                .bind(id)
                .bind(error.to_owned())
                .bind(retry_at)
                .execute_one()
                .await
        }
        None => {
            tx.query("UPDATE outbox SET state = 'failed', last_error = $2 WHERE id = $1")
                .bind(id)
                .bind(error.to_owned())
                .execute_one()
                .await
        }
    }
}
