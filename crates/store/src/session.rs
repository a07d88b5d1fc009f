//! Sign-ins that hold.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::PrincipalId,
    sign_in::Method,
    step_up::{Factor, FactorMethod, SignInClass, SignedIn},
};

/// A session. Only the hash of its token is kept.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionRow {
    /// What is kept of its token. It also names the session, for it opens nothing.
    pub token_hash: Vec<u8>,
    /// Whose it is.
    pub principal_id: PrincipalId,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// When it was last seen; nothing where not since it began.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// How the person signed in.
    pub method: Method,
    /// The second factor that they gave last.
    pub factor: Option<FactorMethod>,
    /// When they gave it.
    pub factor_at: Option<DateTime<Utc>>,
    /// From which address.
    pub source: Option<String>,
    /// With what, in words.
    pub device: Option<String>,
    /// Whether nothing is possible but choosing another password.
    pub must_change_password: bool,
    /// The class that an identity provider gave the sign-in.
    pub acr: Option<String>,
    /// When the person signed in there.
    pub acr_at: Option<DateTime<Utc>>,
    /// The identity provider that its person signed in at, to begin it or to confirm that it is them.
    pub provider: Option<String>,
}

impl SessionRow {
    /// What its person has shown of who they are.
    pub fn signed_in(&self) -> SignedIn {
        let second_factor = self.factor.zip(self.factor_at).map(|(method, at)| Factor { method, at });
        let class = self.acr.clone().zip(self.acr_at).map(|(acr, at)| SignInClass { acr, at });
        SignedIn { method: self.method, second_factor, class }
    }
}

/// Begins a session.
pub async fn insert(tx: &mut Transaction, row: &SessionRow) -> Result<()> {
    tx.query(
        "INSERT INTO session (token_hash, principal_id, created_at, expires_at, method, factor, factor_at, source,
                              device, must_change_password, acr, acr_at, provider)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(row.token_hash.clone())
    .bind(row.principal_id)
    .bind(row.created_at)
    .bind(row.expires_at)
    .bind(row.method)
    .bind(row.factor)
    .bind(row.factor_at)
    .bind(row.source.clone())
    .bind(row.device.clone())
    .bind(row.must_change_password)
    .bind(row.acr.clone())
    .bind(row.acr_at)
    .bind(row.provider.clone())
    .execute_one()
    .await
}

/// The session, if it has not run its time at `at`. Whether it was idle for too long is for the caller to say.
pub async fn find(
    tx: &mut Transaction,
    token_hash: Vec<u8>,
    at: DateTime<Utc>,
) -> Result<Option<SessionRow>> {
    tx.query(
        "SELECT token_hash, principal_id, created_at, expires_at, last_seen_at, method, factor, factor_at,
                source, device, must_change_password, acr, acr_at, provider
           FROM session
          WHERE token_hash = $1
            AND expires_at > $2",
    )
    .bind(token_hash)
    .bind(at)
    .fetch_optional()
    .await
}

/// A person's sessions that have not run their time, the latest first.
pub async fn list(
    tx: &mut Transaction,
    principal: PrincipalId,
    at: DateTime<Utc>,
) -> Result<Vec<SessionRow>> {
    tx.query(
        "SELECT token_hash, principal_id, created_at, expires_at, last_seen_at, method, factor, factor_at,
                source, device, must_change_password, acr, acr_at, provider
           FROM session
          WHERE principal_id = $1
            AND expires_at > $2
          ORDER BY created_at DESC, token_hash
          LIMIT 200",
    )
    .bind(principal)
    .bind(at)
    .fetch_all()
    .await
}

/// Notes that a session was seen, unless that is known.
pub async fn set_seen(tx: &mut Transaction, token_hash: Vec<u8>, at: DateTime<Utc>) -> Result<()> {
    tx.query(
        "UPDATE session SET last_seen_at = $2 WHERE token_hash = $1 AND (last_seen_at IS NULL OR last_seen_at < $2)",
    )
    .bind(token_hash)
    .bind(at)
    .execute()
    .await
    .map(drop)
}

/// Notes a second factor, which is also being seen, and gives the session another token: the old one opens nothing any more.
/// Tells until when the session holds; nothing where it does not, or somebody else was faster.
pub async fn raise(
    tx: &mut Transaction,
    token_hash: Vec<u8>,
    new_token_hash: Vec<u8>,
    factor: Factor,
) -> Result<Option<DateTime<Utc>>> {
    let row: Option<(DateTime<Utc>,)> = tx
        .query(
            "UPDATE session
                SET token_hash = $2, factor = $3, factor_at = $4, last_seen_at = $4
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

/// Notes the class that an identity provider gave a sign-in. Tells whether the session is still there.
pub async fn set_class(tx: &mut Transaction, token_hash: Vec<u8>, class: &SignInClass) -> Result<bool> {
    let noted = tx
        .query("UPDATE session SET acr = $2, acr_at = $3 WHERE token_hash = $1")
        .bind(token_hash)
        .bind(class.acr.clone())
        .bind(class.at)
        .execute()
        .await?;
    Ok(noted == 1)
}

/// Notes the identity provider that the person signed in at. Tells whether the session is still there.
pub async fn set_provider(tx: &mut Transaction, token_hash: Vec<u8>, provider: &str) -> Result<bool> {
    let noted = tx
        .query("UPDATE session SET provider = $2 WHERE token_hash = $1")
        .bind(token_hash)
        .bind(provider.to_owned())
        .execute()
        .await?;
    Ok(noted == 1)
}

/// Notes that the password behind a session was chosen by the person.
pub async fn set_password_changed(tx: &mut Transaction, token_hash: Vec<u8>) -> Result<()> {
    tx.query("UPDATE session SET must_change_password = FALSE WHERE token_hash = $1")
        .bind(token_hash)
        .execute_one()
        .await
}

/// Ends a session. Tells whether there was one.
pub async fn delete(tx: &mut Transaction, token_hash: Vec<u8>) -> Result<bool> {
    Ok(tx.query("DELETE FROM session WHERE token_hash = $1").bind(token_hash).execute().await? == 1)
}

/// Ends one of a person's sessions. Tells whether there was one.
pub async fn delete_of(tx: &mut Transaction, principal: PrincipalId, token_hash: Vec<u8>) -> Result<bool> {
    let ended = tx
        .query("DELETE FROM session WHERE token_hash = $1 AND principal_id = $2")
        .bind(token_hash)
        .bind(principal)
        .execute()
        .await?;
    Ok(ended == 1)
}

/// Ends all sessions of a person. Tells how many.
pub async fn delete_all(tx: &mut Transaction, principal: PrincipalId) -> Result<u64> {
    tx.query("DELETE FROM session WHERE principal_id = $1").bind(principal).execute().await
}

/// Ends all sessions of a person but one. Tells how many.
pub async fn delete_others(tx: &mut Transaction, principal: PrincipalId, but: Vec<u8>) -> Result<u64> {
    tx.query("DELETE FROM session WHERE principal_id = $1 AND token_hash <> $2")
        .bind(principal)
        .bind(but)
        .execute()
        .await
}

/// Forgets sessions that ended by themselves.
pub async fn delete_expired(tx: &mut Transaction, at: DateTime<Utc>) -> Result<u64> {
    tx.query("DELETE FROM session WHERE expires_at <= $1").bind(at).execute().await
}

/// How many hold.
pub async fn count(tx: &mut Transaction, now: DateTime<Utc>) -> Result<i64> {
    let (count,): (i64,) =
        tx.query("SELECT COUNT(*) FROM session WHERE expires_at > $1").bind(now).fetch_one().await?;
    Ok(count)
}
