//! Browsers that somebody has signed in with.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::id::PrincipalId;

/// Whether somebody has signed in with this browser.
pub async fn exists(tx: &mut Transaction, principal: PrincipalId, token_hash: Vec<u8>) -> Result<bool> {
    let row: Option<(PrincipalId,)> = tx
        .query("SELECT principal_id FROM known_device WHERE principal_id = $1 AND token_hash = $2")
        .bind(principal)
        .bind(token_hash)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// Whether anybody has signed in with this browser.
pub async fn is_known(tx: &mut Transaction, token_hash: Vec<u8>) -> Result<bool> {
    let row: Option<(PrincipalId,)> = tx
        .query("SELECT principal_id FROM known_device WHERE token_hash = $1 LIMIT 1")
        .bind(token_hash)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// Notes that somebody has signed in with this browser.
pub async fn set(
    tx: &mut Transaction,
    principal: PrincipalId,
    token_hash: Vec<u8>,
    at: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO known_device (principal_id, token_hash, last_at)
         VALUES ($1, $2, $3)
         ON CONFLICT (token_hash, principal_id) DO UPDATE SET last_at = excluded.last_at",
    )
    .bind(principal)
    .bind(token_hash)
    .bind(at)
    .execute_one()
    .await
}

/// Forgets every browser of a person.
pub async fn delete_all(tx: &mut Transaction, principal: PrincipalId) -> Result<u64> {
    tx.query("DELETE FROM known_device WHERE principal_id = $1").bind(principal).execute().await
}

/// Forgets browsers that nobody has used since a moment.
pub async fn delete_unused(tx: &mut Transaction, since: DateTime<Utc>) -> Result<u64> {
    tx.query("DELETE FROM known_device WHERE last_at < $1").bind(since).execute().await
}
