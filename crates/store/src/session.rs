//! Sign-ins that hold.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::id::PrincipalId;

/// Begins a session. Only the hash of its token is kept.
pub async fn insert(
    tx: &mut Transaction,
    token_hash: Vec<u8>,
    principal: PrincipalId,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    tx.query("INSERT INTO session (token_hash, principal_id, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(token_hash)
        .bind(principal)
        .bind(at)
        .bind(expires_at)
        .execute_one()
        .await
}

/// Whose session this is, if it holds at `at`.
pub async fn find(
    tx: &mut Transaction,
    token_hash: Vec<u8>,
    at: DateTime<Utc>,
) -> Result<Option<PrincipalId>> {
    let row: Option<(PrincipalId,)> = tx
        .query("SELECT principal_id FROM session WHERE token_hash = $1 AND expires_at > $2")
        .bind(token_hash)
        .bind(at)
        .fetch_optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Ends a session.
pub async fn delete(tx: &mut Transaction, token_hash: Vec<u8>) -> Result<()> {
    tx.query("DELETE FROM session WHERE token_hash = $1").bind(token_hash).execute().await?;
    Ok(())
}

/// Ends all sessions of a person.
pub async fn delete_all(tx: &mut Transaction, principal: PrincipalId) -> Result<()> {
    tx.query("DELETE FROM session WHERE principal_id = $1").bind(principal).execute().await?;
    Ok(())
}

/// Forgets sessions that ended by themselves.
pub async fn delete_expired(tx: &mut Transaction, at: DateTime<Utc>) -> Result<u64> {
    tx.query("DELETE FROM session WHERE expires_at <= $1").bind(at).execute().await
}
