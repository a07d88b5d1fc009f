//! What the authentication contexts ask for.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::{id::PrincipalId, step_up::AuthenticationContext};

/// The contexts that somebody has described, in the order of their numbers.
pub async fn list(tx: &mut Transaction) -> Result<Vec<AuthenticationContext>> {
    let rows: Vec<(String,)> = tx.query("SELECT rules FROM authentication_context").fetch_all().await?;
    let mut contexts: Vec<AuthenticationContext> =
        rows.iter().map(|(rules,)| serde_json::from_str(rules)).collect::<Result<_, _>>()?;
    contexts.sort_by_key(|context| context.id);
    Ok(contexts)
}

/// One context.
pub async fn find(tx: &mut Transaction, id: &str) -> Result<Option<AuthenticationContext>> {
    let row: Option<(String,)> = tx
        .query("SELECT rules FROM authentication_context WHERE id = $1")
        .bind(id.to_owned())
        .fetch_optional()
        .await?;
    Ok(row.map(|(rules,)| serde_json::from_str(&rules)).transpose()?)
}

/// Describes a context, in place of what was said before.
pub async fn put(
    tx: &mut Transaction,
    context: &AuthenticationContext,
    by: PrincipalId,
    at: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO authentication_context (id, rules, modified_at, modified_by)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE
            SET rules = excluded.rules, modified_at = excluded.modified_at, modified_by = excluded.modified_by",
    )
    .bind(context.id.to_string())
    .bind(serde_json::to_string(context)?)
    .bind(at)
    .bind(by)
    .execute_one()
    .await
}

/// Takes the description of a context away. Tells whether there was one.
pub async fn delete(tx: &mut Transaction, id: &str) -> Result<bool> {
    let gone =
        tx.query("DELETE FROM authentication_context WHERE id = $1").bind(id.to_owned()).execute().await?;
    Ok(gone == 1)
}
