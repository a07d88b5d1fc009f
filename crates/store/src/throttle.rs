//! What may be tried only so often.
//!
//! One moment a key: until when the tries so far are paid for, at the price of one try each. What the price is, and how far ahead
//! of the clock is too far, is the engine's business.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};

/// How a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ThrottleRow {
    /// Until when the tries so far are paid for.
    pub paid_until: DateTime<Utc>,
    /// When somebody who has to wait was last written down.
    pub noted_at: Option<DateTime<Utc>>,
}

/// How a key stands, if it was ever tried.
pub async fn find(tx: &mut Transaction, key: Vec<u8>) -> Result<Option<ThrottleRow>> {
    tx.query("SELECT paid_until, noted_at FROM throttle WHERE key = $1").bind(key).fetch_optional().await
}

/// How a key stands, taken for this transaction: others who take it wait. One that was never tried stands at `at`.
pub async fn take(tx: &mut Transaction, key: Vec<u8>, at: DateTime<Utc>) -> Result<ThrottleRow> {
    tx.query(
        "INSERT INTO throttle (key, paid_until)
         VALUES ($1, $2)
         ON CONFLICT (key) DO UPDATE SET key = excluded.key
         RETURNING paid_until, noted_at",
    )
    .bind(key)
    .bind(at)
    .fetch_one()
    .await
}

/// Moves a key that was taken.
pub async fn set_paid(tx: &mut Transaction, key: Vec<u8>, until: DateTime<Utc>) -> Result<()> {
    tx.query("UPDATE throttle SET paid_until = $2 WHERE key = $1").bind(key).bind(until).execute_one().await
}

/// Notes that somebody who has to wait was written down, unless one was since `since`. Tells whether that was a change.
pub async fn set_noted(
    tx: &mut Transaction,
    key: Vec<u8>,
    at: DateTime<Utc>,
    since: DateTime<Utc>,
) -> Result<bool> {
    let changed = tx
        .query("UPDATE throttle SET noted_at = $2 WHERE key = $1 AND (noted_at IS NULL OR noted_at < $3)")
        .bind(key)
        .bind(at)
        .bind(since)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Forgets keys that were paid for before a moment.
pub async fn delete_paid(tx: &mut Transaction, before: DateTime<Utc>) -> Result<u64> {
    tx.query("DELETE FROM throttle WHERE paid_until < $1").bind(before).execute().await
}
