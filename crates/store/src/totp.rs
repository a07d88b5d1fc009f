//! Authenticator apps: the secret that the server and the app share, encrypted.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::id::PrincipalId;

/// An encrypted secret, and the key that it was encrypted with.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SealedSecret {
    /// Which key.
    pub key_id: String,
    /// The secret, encrypted.
    pub secret: Vec<u8>,
}

/// An authenticator app.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TotpRow {
    /// The secret.
    #[sqlx(flatten)]
    pub sealed: SealedSecret,
    /// The step of thirty seconds whose code was taken last.
    pub last_step: i64,
    /// When it was set up.
    pub created_at: DateTime<Utc>,
    /// When it was used last.
    pub used_at: Option<DateTime<Utc>>,
}

/// A person's app.
pub async fn find(tx: &mut Transaction, principal: PrincipalId) -> Result<Option<TotpRow>> {
    tx.query("SELECT key_id, secret, last_step, created_at, used_at FROM totp WHERE principal_id = $1")
        .bind(principal)
        .fetch_optional()
        .await
}

/// Sets a person's app, in place of the one before. The code of `step` was used to prove it.
pub async fn set(
    tx: &mut Transaction,
    principal: PrincipalId,
    sealed: SealedSecret,
    step: i64,
    at: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO totp (principal_id, key_id, secret, last_step, created_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (principal_id) DO UPDATE
            SET key_id = excluded.key_id, secret = excluded.secret, last_step = excluded.last_step,
                created_at = excluded.created_at, used_at = NULL",
    )
    .bind(principal)
    .bind(sealed.key_id)
    .bind(sealed.secret)
    .bind(step)
    .bind(at)
    .execute_one()
    .await
}

/// Takes the code of a step. Tells whether it was there to be taken: no step is taken twice, nor after a later one.
pub async fn take_step(
    tx: &mut Transaction,
    principal: PrincipalId,
    step: i64,
    at: DateTime<Utc>,
) -> Result<bool> {
    let taken = tx
        .query("UPDATE totp SET last_step = $2, used_at = $3 WHERE principal_id = $1 AND last_step < $2")
        .bind(principal)
        .bind(step)
        .bind(at)
        .execute()
        .await?;
    Ok(taken == 1)
}

/// Takes a person's app away. Tells whether there was one.
pub async fn delete(tx: &mut Transaction, principal: PrincipalId) -> Result<bool> {
    let gone = tx.query("DELETE FROM totp WHERE principal_id = $1").bind(principal).execute().await?;
    Ok(gone == 1)
}

/// Begins to set an app up, in place of what was begun before.
pub async fn begin(
    tx: &mut Transaction,
    principal: PrincipalId,
    sealed: SealedSecret,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO totp_enrolment (principal_id, key_id, secret, expires_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (principal_id) DO UPDATE
            SET key_id = excluded.key_id, secret = excluded.secret, expires_at = excluded.expires_at",
    )
    .bind(principal)
    .bind(sealed.key_id)
    .bind(sealed.secret)
    .bind(expires_at)
    .execute_one()
    .await
}

/// What was begun and is not too old.
pub async fn find_begun(
    tx: &mut Transaction,
    principal: PrincipalId,
    now: DateTime<Utc>,
) -> Result<Option<SealedSecret>> {
    tx.query("SELECT key_id, secret FROM totp_enrolment WHERE principal_id = $1 AND expires_at > $2")
        .bind(principal)
        .bind(now)
        .fetch_optional()
        .await
}

/// Forgets what was begun.
pub async fn delete_begun(tx: &mut Transaction, principal: PrincipalId) -> Result<()> {
    tx.query("DELETE FROM totp_enrolment WHERE principal_id = $1").bind(principal).execute().await.map(drop)
}
