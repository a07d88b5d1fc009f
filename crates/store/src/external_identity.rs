//! Which account of which identity provider is whose.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::id::PrincipalId;

/// An account at an identity provider.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ExternalIdentityRow {
    /// The provider, by the address that it goes by.
    pub issuer: String,
    /// Who it is there: a name that is never given to somebody else.
    pub subject: String,
    /// Who it is here.
    pub principal_id: PrincipalId,
    /// When it was linked.
    pub created_at: DateTime<Utc>,
    /// When it was used last.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When the provider last said that a second factor was used.
    pub factor_at: Option<DateTime<Utc>>,
}

/// Whose an account is.
pub async fn find(tx: &mut Transaction, issuer: &str, subject: &str) -> Result<Option<ExternalIdentityRow>> {
    tx.query(
        "SELECT issuer, subject, principal_id, created_at, last_used_at, factor_at
           FROM external_identity
          WHERE issuer = $1 AND subject = $2",
    )
    .bind(issuer.to_owned())
    .bind(subject.to_owned())
    .fetch_optional()
    .await
}

/// The accounts of a person, in the order of their providers.
pub async fn list(tx: &mut Transaction, principal: PrincipalId) -> Result<Vec<ExternalIdentityRow>> {
    tx.query(
        "SELECT issuer, subject, principal_id, created_at, last_used_at, factor_at
           FROM external_identity
          WHERE principal_id = $1
          ORDER BY issuer, subject
          LIMIT 100",
    )
    .bind(principal)
    .fetch_all()
    .await
}

/// Links an account to a person. Tells whether it was free.
pub async fn insert(
    tx: &mut Transaction,
    issuer: &str,
    subject: &str,
    principal: PrincipalId,
    at: DateTime<Utc>,
) -> Result<bool> {
    let linked = tx
        .query(
            "INSERT INTO external_identity (issuer, subject, principal_id, created_at)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (issuer, subject) DO NOTHING",
        )
        .bind(issuer.to_owned())
        .bind(subject.to_owned())
        .bind(principal)
        .bind(at)
        .execute()
        .await?;
    Ok(linked == 1)
}

/// Notes that an account was used, and whether with a second factor.
pub async fn set_used(
    tx: &mut Transaction,
    issuer: &str,
    subject: &str,
    at: DateTime<Utc>,
    with_factor: bool,
) -> Result<()> {
    tx.query(
        "UPDATE external_identity
            SET last_used_at = $3, factor_at = COALESCE($4, factor_at)
          WHERE issuer = $1 AND subject = $2",
    )
    .bind(issuer.to_owned())
    .bind(subject.to_owned())
    .bind(at)
    .bind(with_factor.then_some(at))
    .execute_one()
    .await
}

/// Takes a person's accounts at one issuer away. Tells how many.
pub async fn delete(tx: &mut Transaction, principal: PrincipalId, issuer: &str) -> Result<u64> {
    tx.query("DELETE FROM external_identity WHERE principal_id = $1 AND issuer = $2")
        .bind(principal)
        .bind(issuer.to_owned())
        .execute()
        .await
}

/// Takes all accounts of a person away. Tells how many.
pub async fn delete_all(tx: &mut Transaction, principal: PrincipalId) -> Result<u64> {
    tx.query("DELETE FROM external_identity WHERE principal_id = $1").bind(principal).execute().await
}
