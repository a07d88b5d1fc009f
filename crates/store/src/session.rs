//! Sign-ins that hold.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::PrincipalId,
    step_up::{Factor, FactorMethod, SignInMethod, SignedIn},
};

/// A session that holds.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionRow {
    /// Whose it is.
    pub principal_id: PrincipalId,
    method: SignInMethod,
    factor: Option<FactorMethod>,
    factor_at: Option<DateTime<Utc>>,
}

impl SessionRow {
    /// What its person has shown of who they are.
    pub fn signed_in(&self) -> SignedIn {
        let second_factor = self.factor.zip(self.factor_at).map(|(method, at)| Factor { method, at });
        SignedIn { method: self.method, second_factor }
    }
}

/// Begins a session. Only the hash of its token is kept.
pub async fn insert(
    tx: &mut Transaction,
    token_hash: Vec<u8>,
    principal: PrincipalId,
    signed_in: &SignedIn,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO session (token_hash, principal_id, created_at, expires_at, method, factor, factor_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(token_hash)
    .bind(principal)
    .bind(at)
    .bind(expires_at)
    .bind(signed_in.method)
    .bind(signed_in.second_factor.map(|factor| factor.method))
    .bind(signed_in.second_factor.map(|factor| factor.at))
    .execute_one()
    .await
}

/// The session with this token, if it holds at `at`.
pub async fn find(
    tx: &mut Transaction,
    token_hash: Vec<u8>,
    at: DateTime<Utc>,
) -> Result<Option<SessionRow>> {
    tx.query(
        "SELECT principal_id, method, factor, factor_at FROM session WHERE token_hash = $1 AND expires_at > $2",
    )
    .bind(token_hash)
    .bind(at)
    .fetch_optional()
    .await
}

/// Notes a second factor and gives the session another token: the old one opens nothing any more. Tells until when the session
/// holds; nothing where it does not, or somebody else was faster.
pub async fn raise(
    tx: &mut Transaction,
    token_hash: Vec<u8>,
    new_token_hash: Vec<u8>,
    factor: Factor,
) -> Result<Option<DateTime<Utc>>> {
    let row: Option<(DateTime<Utc>,)> = tx
        .query(
            "UPDATE session
                SET token_hash = $2, factor = $3, factor_at = $4
              WHERE token_hash = $1 AND expires_at > $4
          RETURNING expires_at",
        )
        .bind(token_hash)
        .bind(new_token_hash)
        .bind(factor.method)
        .bind(factor.at)
        .fetch_optional()
        .await?;
    Ok(row.map(|(expires_at,)| expires_at))
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
