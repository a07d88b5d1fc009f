//! How far each webhook has come in the chain of audit events.

use crate::{Result, Transaction};

/// The last event that was read for a webhook.
pub async fn find(tx: &mut Transaction, webhook: &str) -> Result<Option<i64>> {
    let row: Option<(i64,)> = tx
        .query("SELECT seq FROM webhook_cursor WHERE webhook = $1")
        .bind(webhook.to_owned())
        .fetch_optional()
        .await?;
    Ok(row.map(|(seq,)| seq))
}

/// Writes where a webhook begins, unless it has begun.
pub async fn insert_missing(tx: &mut Transaction, webhook: &str, seq: i64) -> Result<()> {
    tx.query("INSERT INTO webhook_cursor (webhook, seq) VALUES ($1, $2) ON CONFLICT (webhook) DO NOTHING")
        .bind(webhook.to_owned())
        .bind(seq)
        .execute()
        .await
        .map(drop)
}

/// The last event that was read for a webhook, taken for this transaction: others who take it wait.
pub async fn take(tx: &mut Transaction, webhook: &str) -> Result<i64> {
    let (seq,): (i64,) = tx
        .query("UPDATE webhook_cursor SET seq = seq WHERE webhook = $1 RETURNING seq")
        .bind(webhook.to_owned())
        .fetch_one()
        .await?;
    Ok(seq)
}

/// Moves one that was taken.
pub async fn set(tx: &mut Transaction, webhook: &str, seq: i64) -> Result<()> {
    tx.query("UPDATE webhook_cursor SET seq = $2 WHERE webhook = $1")
        .bind(webhook.to_owned())
        .bind(seq)
        .execute_one()
        .await
}
