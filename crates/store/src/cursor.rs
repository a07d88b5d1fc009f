//! How far a worker has come in something that is read in an order.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A place in the order of a moment and an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::FromRow)]
pub struct Cursor {
    /// The moment.
    pub at: DateTime<Utc>,
    /// Which of those of one moment.
    pub id: Uuid,
}

#[derive(sqlx::FromRow)]
struct NamedCursor {
    name: String,
    #[sqlx(flatten)]
    cursor: Cursor,
}

/// Writes where to begin, unless somebody has begun.
pub async fn insert_missing(tx: &mut Transaction, name: &str, cursor: Cursor) -> Result<()> {
    tx.query("INSERT INTO worker_cursor (name, at, id) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING")
        .bind(name.to_owned())
        .bind(cursor.at)
        .bind(cursor.id)
        .execute()
        .await
        .map(drop)
}

/// All of them.
pub async fn list(tx: &mut Transaction) -> Result<Vec<(String, Cursor)>> {
    let rows: Vec<NamedCursor> = tx.query("SELECT name, at, id FROM worker_cursor").fetch_all().await?;
    Ok(rows.into_iter().map(|row| (row.name, row.cursor)).collect())
}

/// One of them, taken for this transaction: others who take it wait.
pub async fn take(tx: &mut Transaction, name: &str) -> Result<Option<Cursor>> {
    tx.query("UPDATE worker_cursor SET name = name WHERE name = $1 RETURNING at, id")
        .bind(name.to_owned())
        .fetch_optional()
        .await
}

/// Moves one that was taken.
pub async fn set(tx: &mut Transaction, name: &str, cursor: Cursor) -> Result<()> {
    tx.query("UPDATE worker_cursor SET at = $2, id = $3 WHERE name = $1")
        .bind(name.to_owned())
        .bind(cursor.at)
        .bind(cursor.id)
        .execute_one()
        .await
}
