//! Who stands in for which approver, and when.
//!
//! A row says what an approver wished. Whether it gives the substitute anything depends on the settings and on the approver
//! as they are at the moment of deciding.

use crate::{Page, PageRequest, Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{PrincipalId, SubstitutionId},
    text::Justification,
    time::Window,
};

/// A substitution to be written.
#[derive(Clone, Debug)]
pub struct NewSubstitution {
    /// Its id.
    pub id: SubstitutionId,
    /// Who is away.
    pub approver: PrincipalId,
    /// Who decides in their place.
    pub substitute: PrincipalId,
    /// From when on.
    pub start: DateTime<Utc>,
    /// Until when.
    pub end: DateTime<Utc>,
    /// Why.
    pub reason: Option<Justification>,
    /// When it was named.
    pub created_at: DateTime<Utc>,
}

/// A substitution with the names of both.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SubstitutionRow {
    /// Its id.
    pub id: SubstitutionId,
    /// Who is away.
    pub approver_id: PrincipalId,
    /// What they are called.
    pub approver_name: String,
    /// Who decides in their place.
    pub substitute_id: PrincipalId,
    /// What they are called.
    pub substitute_name: String,
    /// From when on.
    pub start_at: DateTime<Utc>,
    /// Until when; where it was ended, until then.
    pub end_at: DateTime<Utc>,
    /// Why.
    pub reason: Option<String>,
    /// When the approver ended it before its time.
    pub ended_at: Option<DateTime<Utc>>,
}

impl SubstitutionRow {
    /// When it holds.
    pub fn window(&self) -> Window {
        Window::new(self.start_at, Some(self.end_at))
    }
}

const COLUMNS: &str = "
    SELECT s.id, s.approver_id, a.display_name AS approver_name, s.substitute_id, b.display_name AS substitute_name,
           s.start_at, s.end_at, s.reason, s.ended_at
      FROM substitution AS s
      JOIN principal AS a ON a.id = s.approver_id
      JOIN principal AS b ON b.id = s.substitute_id
     WHERE ";

/// Writes a substitution.
pub async fn insert(tx: &mut Transaction, new: &NewSubstitution) -> Result<()> {
    tx.query(
        "INSERT INTO substitution (id, approver_id, substitute_id, start_at, end_at, reason, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id)
    .bind(new.approver)
    .bind(new.substitute)
    .bind(new.start)
    .bind(new.end)
    .bind(new.reason.as_ref().map(ToString::to_string))
    .bind(new.created_at)
    .execute_one()
    .await
}

/// The substitution with this id.
pub async fn find(tx: &mut Transaction, id: SubstitutionId) -> Result<Option<SubstitutionRow>> {
    let rows = tx.build(COLUMNS).push("s.id = ").bind(id).fetch_all().await?;
    Ok(rows.into_iter().next())
}

/// Ends one that is not over at `at`. Tells whether that was a change.
pub async fn end(tx: &mut Transaction, id: SubstitutionId, at: DateTime<Utc>) -> Result<bool> {
    let ended = tx
        .query(
            "UPDATE substitution
                SET end_at = CASE WHEN start_at > $2 THEN start_at ELSE $2 END, ended_at = $2
              WHERE id = $1
                AND end_at > $2
                AND ended_at IS NULL",
        )
        .bind(id)
        .bind(at)
        .execute()
        .await?;
    Ok(ended == 1)
}

/// What an approver named, the latest start first.
pub async fn list_of_approver(
    tx: &mut Transaction,
    approver: PrincipalId,
    page: &PageRequest,
) -> Result<Page<SubstitutionRow>> {
    let mut query = tx.build(COLUMNS).push("s.approver_id = ").bind(approver);
    if let Some((start, id)) = page.key::<(DateTime<Utc>, SubstitutionId)>() {
        query = query.push(" AND (s.start_at, s.id) < (").bind(start).push(", ").bind(id).push(")");
    }
    let rows = query.push(" ORDER BY s.start_at DESC, s.id DESC").limit(page.limit()).fetch_all().await?;
    Ok(page.page(rows, |row: &SubstitutionRow| (row.start_at, row.id)))
}

/// What an approver named that overlaps with these days, the first to begin first.
pub async fn list_overlapping(
    tx: &mut Transaction,
    approver: PrincipalId,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Result<Vec<SubstitutionRow>> {
    tx.build(COLUMNS)
        .push("s.approver_id = ")
        .bind(approver)
        .push(" AND s.start_at < ")
        .bind(end)
        .push(" AND s.end_at > ")
        .bind(start)
        // What was ended before it began has no moment.
        .push(" AND s.end_at > s.start_at ORDER BY s.start_at, s.id")
        .fetch_all()
        .await
}

/// For whom somebody stands in or will, at `at`, the first to end first.
pub async fn list_of_substitute(
    tx: &mut Transaction,
    substitute: PrincipalId,
    at: DateTime<Utc>,
) -> Result<Vec<SubstitutionRow>> {
    tx.build(COLUMNS)
        .push("s.substitute_id = ")
        .bind(substitute)
        .push(" AND s.end_at > ")
        .bind(at)
        .push(" AND s.ended_at IS NULL ORDER BY s.end_at, s.id")
        .fetch_all()
        .await
}

/// Whose place somebody takes at `at`: people who could themselves decide, because they could sign in.
pub async fn list_in_force(
    tx: &mut Transaction,
    substitute: PrincipalId,
    at: DateTime<Utc>,
) -> Result<Vec<SubstitutionRow>> {
    tx.build(COLUMNS)
        .push("s.substitute_id = ")
        .bind(substitute)
        .push(" AND s.end_at > ")
        .bind(at)
        .push(" AND s.start_at <= ")
        .bind(at)
        .push(" AND a.kind = 'user' AND a.enabled AND a.deleted_at IS NULL ORDER BY s.end_at, s.id")
        .fetch_all()
        .await
}

/// Who takes the place of one of these at `at`.
pub async fn list_in_force_of(
    tx: &mut Transaction,
    approvers: &[PrincipalId],
    at: DateTime<Utc>,
) -> Result<Vec<SubstitutionRow>> {
    tx.build(COLUMNS)
        .push("s.approver_id IN ")
        .bind_list(approvers.iter().copied())
        .push(" AND s.start_at <= ")
        .bind(at)
        .push(" AND s.end_at > ")
        .bind(at)
        .push(" ORDER BY s.end_at, s.id")
        .fetch_all()
        .await
}
