//! Links that open one door once.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::id::PrincipalId;

/// What a link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Purpose {
    /// The server: whoever has the link becomes its first administrator.
    Setup,
    /// The server, again, for whoever is on its shell.
    Recover,
    /// An account whose password was forgotten.
    ResetPassword,
}

/// A link. Only the hash of its token is kept.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LinkRow {
    /// What is kept of its token.
    pub token_hash: Vec<u8>,
    /// What it opens.
    pub purpose: Purpose,
    /// For whom; nobody where it makes a new person.
    pub principal_id: Option<PrincipalId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it works, the end outside.
    pub expires_at: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
}

/// Makes a link.
pub async fn insert(tx: &mut Transaction, row: &LinkRow) -> Result<()> {
    tx.query(
        "INSERT INTO one_time_link (token_hash, purpose, principal_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(row.token_hash.clone())
    .bind(row.purpose)
    .bind(row.principal_id)
    .bind(row.created_at)
    .bind(row.expires_at)
    .execute_one()
    .await
}

/// The link with this token, used or not, over or not.
pub async fn find(tx: &mut Transaction, token_hash: Vec<u8>) -> Result<Option<LinkRow>> {
    tx.query(
        "SELECT token_hash, purpose, principal_id, created_at, expires_at, used_at
           FROM one_time_link
          WHERE token_hash = $1",
    )
    .bind(token_hash)
    .fetch_optional()
    .await
}

/// Uses a link up. Of two who use one at once, one is told that it worked.
pub async fn spend(tx: &mut Transaction, token_hash: Vec<u8>, at: DateTime<Utc>) -> Result<bool> {
    let spent = tx
        .query("UPDATE one_time_link SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2")
        .bind(token_hash)
        .bind(at)
        .execute()
        .await?;
    Ok(spent == 1)
}

/// Takes back the links of a sort that nobody has used: all that make a new person, or those for one person.
pub async fn delete_unused(
    tx: &mut Transaction,
    purpose: Purpose,
    principal: Option<PrincipalId>,
) -> Result<u64> {
    match principal {
        Some(principal) => {
            tx.query("DELETE FROM one_time_link WHERE principal_id = $1 AND purpose = $2 AND used_at IS NULL")
                .bind(principal)
                .bind(purpose)
                .execute()
                .await
        }
        None => {
            tx.query(
                "DELETE FROM one_time_link WHERE principal_id IS NULL AND purpose = $1 AND used_at IS NULL",
            )
            .bind(purpose)
            .execute()
            .await
        }
    }
}

/// Takes back every link for a person that nobody has used.
pub async fn delete_of(tx: &mut Transaction, principal: PrincipalId) -> Result<u64> {
    tx.query("DELETE FROM one_time_link WHERE principal_id = $1 AND used_at IS NULL")
        .bind(principal)
        .execute()
        .await
}

/// Forgets links that were over before a moment.
pub async fn delete_expired(tx: &mut Transaction, before: DateTime<Utc>) -> Result<u64> {
    tx.query("DELETE FROM one_time_link WHERE expires_at < $1").bind(before).execute().await
}
