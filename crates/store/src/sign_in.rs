//! Who signed in, or tried to.

use crate::{Page, PageRequest, Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{PrincipalId, SignInId},
    sign_in::{Method, Outcome},
};
use uuid::Uuid;

/// One try.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SignInRow {
    /// Its id; it sorts by the time.
    pub id: SignInId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; nobody where the name that was typed is nobody's.
    pub principal_id: Option<PrincipalId>,
    /// What they were called then.
    pub display_name: Option<String>,
    /// What they signed in with.
    pub user_name: Option<String>,
    /// Into what.
    pub application: String,
    /// How.
    pub method: Method,
    /// What came of it.
    pub result: Outcome,
    /// From which address.
    pub source: Option<String>,
    /// With what, in words.
    pub device: Option<String>,
}

/// Appends a try.
pub async fn append(tx: &mut Transaction, row: &SignInRow) -> Result<()> {
    tx.query(
        "INSERT INTO sign_in (id, at, principal_id, display_name, user_name, application, method, result, source, device)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(row.id)
    .bind(row.at)
    .bind(row.principal_id)
    .bind(row.display_name.clone())
    .bind(row.user_name.clone())
    .bind(row.application.clone())
    .bind(row.method)
    .bind(row.result)
    .bind(row.source.clone())
    .bind(row.device.clone())
    .execute_one()
    .await
}

/// What a list of tries is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those of one person.
    pub principal: Option<PrincipalId>,
    /// Only those from this address.
    pub source: Option<String>,
    /// Only those that this came of.
    pub result: Option<Outcome>,
    /// Only from this moment on.
    pub since: Option<DateTime<Utc>>,
    /// Only before this moment.
    pub until: Option<DateTime<Utc>>,
}

/// Tries, the latest first. Every filter is a range of one index, which ends with the id.
pub async fn list(tx: &mut Transaction, filter: &Filter, page: &PageRequest) -> Result<Page<SignInRow>> {
    let first = filter.since.map_or_else(Uuid::nil, first_id_at);
    let mut end = filter.until.map_or_else(Uuid::max, first_id_at);
    if let Some(after) = page.key::<Uuid>() {
        end = end.min(after);
    }
    let mut query = tx
        .build(
            "SELECT id, at, principal_id, display_name, user_name, application, method, result, source, device
               FROM sign_in
              WHERE id >= ",
        )
        .bind(first)
        .push(" AND id < ")
        .bind(end);
    if let Some(principal) = filter.principal {
        query = query.push(" AND principal_id = ").bind(principal);
    }
    if let Some(source) = &filter.source {
        query = query.push(" AND source = ").bind(source.clone());
    }
    if let Some(result) = filter.result {
        // The word itself: how common it is decides which index is the better.
        query = query.push(" AND result = '").push(result.slug()).push("'");
    }
    let rows = query.push(" ORDER BY id DESC").limit(page.limit()).fetch_all().await?;
    Ok(page.page(rows, |row: &SignInRow| row.id))
}

/// Forgets tries before a moment, at most `most`. Tells how many.
pub async fn delete_before(tx: &mut Transaction, before: DateTime<Utc>, most: i64) -> Result<u64> {
    tx.query("DELETE FROM sign_in WHERE id IN (SELECT id FROM sign_in WHERE id < $1 ORDER BY id LIMIT $2)")
        .bind(first_id_at(before))
        .bind(most)
        .execute()
        .await
}

/// The least id that anything of this moment can have.
fn first_id_at(at: DateTime<Utc>) -> Uuid {
    let millis = u128::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}
