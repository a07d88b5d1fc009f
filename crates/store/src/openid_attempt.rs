//! What somebody went to an identity provider for, until they come back.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::sign_in::ProviderProblem;

/// What for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To link the account to whoever is signed in.
    Link,
    /// To confirm that it is them.
    Confirm,
    /// They came back from confirming, to a form that waits.
    Answered,
}

/// An attempt. Only the hash of its token is kept.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AttemptRow {
    /// What is kept of the token that the browser has.
    pub token_hash: Vec<u8>,
    /// Which provider.
    pub provider: String,
    /// What for.
    pub purpose: Purpose,
    /// Whose session asked.
    pub session_hash: Option<Vec<u8>>,
    /// Where to go on.
    pub return_to: String,
    /// The class of sign-in that is asked for.
    pub acr: Option<String>,
    /// A form that waits meanwhile, as JSON.
    pub form: Option<String>,
    /// What went wrong, where somebody comes back to that form.
    pub problem: Option<ProviderProblem>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// Until when it is good for anything.
    pub expires_at: DateTime<Utc>,
}

/// Begins an attempt.
pub async fn insert(tx: &mut Transaction, row: &AttemptRow) -> Result<()> {
    tx.query(
        "INSERT INTO openid_attempt (token_hash, provider, purpose, session_hash, return_to, acr, form, problem,
                                     created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(row.token_hash.clone())
    .bind(row.provider.clone())
    .bind(row.purpose)
    .bind(row.session_hash.clone())
    .bind(row.return_to.clone())
    .bind(row.acr.clone())
    .bind(row.form.clone())
    .bind(row.problem)
    .bind(row.created_at)
    .bind(row.expires_at)
    .execute_one()
    .await
}

/// Looks at an attempt.
pub async fn find(tx: &mut Transaction, token_hash: Vec<u8>) -> Result<Option<AttemptRow>> {
    tx.query(
        "SELECT token_hash, provider, purpose, session_hash, return_to, acr, form, problem, created_at, expires_at
           FROM openid_attempt
          WHERE token_hash = $1",
    )
    .bind(token_hash)
    .fetch_optional()
    .await
}

/// Takes an attempt away: whoever comes first has it, and nobody after them.
pub async fn take(tx: &mut Transaction, token_hash: Vec<u8>) -> Result<Option<AttemptRow>> {
    tx.query(
        "DELETE FROM openid_attempt
          WHERE token_hash = $1
      RETURNING token_hash, provider, purpose, session_hash, return_to, acr, form, problem, created_at, expires_at",
    )
    .bind(token_hash)
    .fetch_optional()
    .await
}

/// Forgets attempts that came to nothing.
pub async fn delete_expired(tx: &mut Transaction, at: DateTime<Utc>) -> Result<u64> {
    tx.query("DELETE FROM openid_attempt WHERE expires_at <= $1").bind(at).execute().await
}
