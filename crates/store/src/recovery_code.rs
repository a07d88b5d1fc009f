//! Codes that were written down, as hashes; and how often codes were wrong.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::id::PrincipalId;
use uuid::Uuid;

/// Sets a person's codes, in place of those before.
pub async fn set(tx: &mut Transaction, principal: PrincipalId, hashes: Vec<Vec<u8>>) -> Result<()> {
    delete_all(tx, principal).await?;
    for hash in hashes {
        tx.query("INSERT INTO recovery_code (principal_id, hash) VALUES ($1, $2)")
            .bind(principal)
            .bind(hash)
            .execute_one()
            .await?;
    }
    Ok(())
}

/// Uses a code. Tells whether it was there and unused.
pub async fn take(
    tx: &mut Transaction,
    principal: PrincipalId,
    hash: Vec<u8>,
    at: DateTime<Utc>,
) -> Result<bool> {
    let taken = tx
        .query(
            "UPDATE recovery_code SET used_at = $3 WHERE principal_id = $1 AND hash = $2 AND used_at IS NULL",
        )
        .bind(principal)
        .bind(hash)
        .bind(at)
        .execute()
        .await?;
    Ok(taken == 1)
}

/// Whether a code was used before.
pub async fn is_used(tx: &mut Transaction, principal: PrincipalId, hash: Vec<u8>) -> Result<bool> {
    let row: Option<(i64,)> = tx
        .query(
            "SELECT CAST(1 AS BIGINT) FROM recovery_code
              WHERE principal_id = $1 AND hash = $2 AND used_at IS NOT NULL",
        )
        .bind(principal)
        .bind(hash)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// How many codes are left.
pub async fn count(tx: &mut Transaction, principal: PrincipalId) -> Result<i64> {
    let (count,): (i64,) = tx
        .query("SELECT COUNT(*) FROM recovery_code WHERE principal_id = $1 AND used_at IS NULL")
        .bind(principal)
        .fetch_one()
        .await?;
    Ok(count)
}

/// Takes all codes of a person away. Tells how many there were, used ones among them.
pub async fn delete_all(tx: &mut Transaction, principal: PrincipalId) -> Result<u64> {
    tx.query("DELETE FROM recovery_code WHERE principal_id = $1").bind(principal).execute().await
}

/// Notes a wrong code, and forgets those from before `since`.
pub async fn note_wrong(
    tx: &mut Transaction,
    id: Uuid,
    principal: PrincipalId,
    since: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<()> {
    tx.query("DELETE FROM wrong_code WHERE principal_id = $1 AND at <= $2")
        .bind(principal)
        .bind(since)
        .execute()
        .await?;
    tx.query("INSERT INTO wrong_code (id, principal_id, at) VALUES ($1, $2, $3)")
        .bind(id)
        .bind(principal)
        .bind(at)
        .execute_one()
        .await
}

/// When the wrong codes after `since` were given, the latest first.
pub async fn list_wrong(
    tx: &mut Transaction,
    principal: PrincipalId,
    since: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>> {
    let rows: Vec<(DateTime<Utc>,)> = tx
        .query("SELECT at FROM wrong_code WHERE principal_id = $1 AND at > $2 ORDER BY at DESC")
        .bind(principal)
        .bind(since)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(at,)| at).collect())
}

/// Forgets a person's wrong codes.
pub async fn forget_wrong(tx: &mut Transaction, principal: PrincipalId) -> Result<()> {
    tx.query("DELETE FROM wrong_code WHERE principal_id = $1").bind(principal).execute().await.map(drop)
}
