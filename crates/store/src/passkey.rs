//! Passkeys, and what browsers are asked to sign with them.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::id::{PasskeyId, PrincipalId};

/// A passkey.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PasskeyRow {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub principal_id: PrincipalId,
    /// What its owner calls it.
    pub name: String,
    /// Its public key, counter and the like, as JSON.
    pub credential: String,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was used last.
    pub used_at: Option<DateTime<Utc>>,
}

/// Registers a passkey under the id that its authenticator gave it.
pub async fn insert(tx: &mut Transaction, row: &PasskeyRow, credential_id: Vec<u8>) -> Result<()> {
    tx.query(
        "INSERT INTO passkey (id, principal_id, name, credential_id, credential, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row.id)
    .bind(row.principal_id)
    .bind(row.name.clone())
    .bind(credential_id)
    .bind(row.credential.clone())
    .bind(row.created_at)
    .execute_one()
    .await
}

/// A person's passkeys, the oldest first.
pub async fn list(tx: &mut Transaction, principal: PrincipalId) -> Result<Vec<PasskeyRow>> {
    tx.query(
        "SELECT id, principal_id, name, credential, created_at, used_at
           FROM passkey
          WHERE principal_id = $1
          ORDER BY created_at, id",
    )
    .bind(principal)
    .fetch_all()
    .await
}

/// The passkey with the id that its authenticator gave it.
pub async fn find(tx: &mut Transaction, credential_id: Vec<u8>) -> Result<Option<PasskeyRow>> {
    tx.query(
        "SELECT id, principal_id, name, credential, created_at, used_at FROM passkey WHERE credential_id = $1",
    )
    .bind(credential_id)
    .fetch_optional()
    .await
}

/// Notes that a passkey was used.
pub async fn update(
    tx: &mut Transaction,
    id: PasskeyId,
    credential: String,
    at: DateTime<Utc>,
) -> Result<()> {
    tx.query("UPDATE passkey SET credential = $2, used_at = $3 WHERE id = $1")
        .bind(id)
        .bind(credential)
        .bind(at)
        .execute_one()
        .await
}

/// Takes a person's passkey away. Tells whether there was such a one.
pub async fn delete(tx: &mut Transaction, principal: PrincipalId, id: PasskeyId) -> Result<bool> {
    let gone = tx
        .query("DELETE FROM passkey WHERE principal_id = $1 AND id = $2")
        .bind(principal)
        .bind(id)
        .execute()
        .await?;
    Ok(gone == 1)
}

/// Takes all passkeys of a person away. Tells how many there were.
pub async fn delete_all(tx: &mut Transaction, principal: PrincipalId) -> Result<u64> {
    tx.query("DELETE FROM passkey WHERE principal_id = $1").bind(principal).execute().await
}

/// What a browser is asked to sign something for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Purpose {
    /// To register a passkey.
    Register,
    /// To give a second factor.
    Confirm,
    /// To sign in.
    SignIn,
}

/// Keeps what a browser is asked to sign, and forgets what is too old.
pub async fn insert_challenge(
    tx: &mut Transaction,
    token_hash: Vec<u8>,
    purpose: Purpose,
    session_hash: Option<Vec<u8>>,
    state: String,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    tx.query("DELETE FROM passkey_challenge WHERE expires_at <= $1").bind(now).execute().await?;
    tx.query(
        "INSERT INTO passkey_challenge (token_hash, purpose, session_hash, state, expires_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(token_hash)
    .bind(purpose)
    .bind(session_hash)
    .bind(state)
    .bind(expires_at)
    .execute_one()
    .await
}

/// Takes what a browser was asked to sign, for this purpose and session: once, and not when it is too old.
pub async fn take_challenge(
    tx: &mut Transaction,
    token_hash: Vec<u8>,
    purpose: Purpose,
    session_hash: Option<Vec<u8>>,
    now: DateTime<Utc>,
) -> Result<Option<String>> {
    let row: Option<(String,)> = tx
        .query(
            "DELETE FROM passkey_challenge
              WHERE token_hash = $1 AND purpose = $2 AND expires_at > $4
                AND (session_hash = $3 OR (session_hash IS NULL AND purpose = 'sign_in'))
          RETURNING state",
        )
        .bind(token_hash)
        .bind(purpose)
        .bind(session_hash)
        .bind(now)
        .fetch_optional()
        .await?;
    Ok(row.map(|(state,)| state))
}
