//! Passwords, as hashes.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::id::PrincipalId;

/// What is kept of a password.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PasswordRow {
    /// The hash, in the PHC string format.
    pub hash: String,
    /// Whether the person must choose another.
    pub must_change: bool,
}

/// The password of a user, if there is one.
pub async fn find(tx: &mut Transaction, id: PrincipalId) -> Result<Option<PasswordRow>> {
    tx.query("SELECT hash, must_change FROM password_credential WHERE principal_id = $1")
        .bind(id)
        .fetch_optional()
        .await
}

/// Sets the password of a user.
pub async fn set(tx: &mut Transaction, id: PrincipalId, row: &PasswordRow, at: DateTime<Utc>) -> Result<()> {
    tx.query(
        "INSERT INTO password_credential (principal_id, hash, must_change, changed_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (principal_id) DO UPDATE
            SET hash = excluded.hash, must_change = excluded.must_change, changed_at = excluded.changed_at",
    )
    .bind(id)
    .bind(row.hash.clone())
    .bind(row.must_change)
    .bind(at)
    .execute_one()
    .await
}

/// Takes the password of a user away.
pub async fn delete(tx: &mut Transaction, id: PrincipalId) -> Result<()> {
    tx.query("DELETE FROM password_credential WHERE principal_id = $1").bind(id).execute().await.map(drop)
}
