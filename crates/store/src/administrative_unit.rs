//! Administrative units: named sets of users, groups and service principals that a role can be limited to.

use crate::{Page, PageRequest, Result, Transaction, group::members_by_name, principal::PrincipalRow};
use chrono::{DateTime, Utc};
use stint_domain::id::{AdministrativeUnitId, PrincipalId};

/// A unit with everything that its page shows.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AdministrativeUnitRow {
    /// Its id.
    pub id: AdministrativeUnitId,
    /// Its name.
    pub display_name: String,
    /// A longer text about it.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// The unit with this id, deleted or not.
pub async fn find(tx: &mut Transaction, id: AdministrativeUnitId) -> Result<Option<AdministrativeUnitRow>> {
    tx.query(
        "SELECT id, display_name, description, created_at, deleted_at FROM administrative_unit WHERE id = $1",
    )
    .bind(id)
    .fetch_optional()
    .await
}

/// The unit with this id, deleted or not, taken for this transaction: others who take it wait.
pub async fn take(tx: &mut Transaction, id: AdministrativeUnitId) -> Result<Option<AdministrativeUnitRow>> {
    tx.query(
        "UPDATE administrative_unit
            SET created_at = created_at
          WHERE id = $1
      RETURNING id, display_name, description, created_at, deleted_at",
    )
    .bind(id)
    .fetch_optional()
    .await
}

/// Units by name; those whose name begins with `search`, where that is given.
pub async fn list(
    tx: &mut Transaction,
    search: &str,
    page: &PageRequest,
) -> Result<Page<AdministrativeUnitRow>> {
    let mut query = tx.build(
        "SELECT id, display_name, description, created_at, deleted_at
           FROM administrative_unit
          WHERE deleted_at IS NULL",
    );
    // Postgres keeps no NUL, so no name has one and none is looked for.
    let search = search.trim().to_lowercase();
    if search.contains('\0') {
        return Ok(Page { items: Vec::new(), next: None });
    }
    if !search.is_empty() {
        query = query
            .push(" AND sort_name >= ")
            .bind(search.clone())
            .push(" AND sort_name < ")
            .bind(format!("{search}\u{10ffff}"));
    }
    if let Some((name, id)) = page.key::<(String, AdministrativeUnitId)>() {
        query = query.push(" AND (sort_name, id) > (").bind(name).push(", ").bind(id).push(")");
    }
    let rows = query.push(" ORDER BY sort_name, id").limit(page.limit()).fetch_all().await?;
    Ok(page.page(rows, |row: &AdministrativeUnitRow| (row.display_name.to_lowercase(), row.id)))
}

/// Adds a unit.
pub async fn insert(tx: &mut Transaction, row: &AdministrativeUnitRow) -> Result<()> {
    tx.query(
        "INSERT INTO administrative_unit (id, display_name, sort_name, description, created_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(row.id)
    .bind(row.display_name.clone())
    .bind(row.display_name.to_lowercase())
    .bind(row.description.clone())
    .bind(row.created_at)
    .execute_one()
    .await
}

/// Writes the name and text of a unit.
pub async fn update(tx: &mut Transaction, row: &AdministrativeUnitRow) -> Result<()> {
    tx.query(
        "UPDATE administrative_unit SET display_name = $2, sort_name = $3, description = $4 WHERE id = $1",
    )
    .bind(row.id)
    .bind(row.display_name.clone())
    .bind(row.display_name.to_lowercase())
    .bind(row.description.clone())
    .execute_one()
    .await
}

/// Deletes a unit. Tells whether that was a change.
pub async fn delete(tx: &mut Transaction, id: AdministrativeUnitId, at: DateTime<Utc>) -> Result<bool> {
    let gone = tx
        .query("UPDATE administrative_unit SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL")
        .bind(id)
        .bind(at)
        .execute()
        .await?;
    Ok(gone == 1)
}

/// Adds a member. Tells whether that was a change.
pub async fn insert_member(
    tx: &mut Transaction,
    unit: AdministrativeUnitId,
    member: PrincipalId,
    at: DateTime<Utc>,
) -> Result<bool> {
    let added = tx
        .query(
            "INSERT INTO administrative_unit_member (unit_id, member_id, sort_name, added_at)
             SELECT $1, id, sort_name, $3 FROM principal WHERE id = $2
             ON CONFLICT DO NOTHING",
        )
        .bind(unit)
        .bind(member)
        .bind(at)
        .execute()
        .await?;
    Ok(added == 1)
}

/// Takes a member out. Tells whether that was a change.
pub async fn delete_member(
    tx: &mut Transaction,
    unit: AdministrativeUnitId,
    member: PrincipalId,
) -> Result<bool> {
    let gone = tx
        .query("DELETE FROM administrative_unit_member WHERE unit_id = $1 AND member_id = $2")
        .bind(unit)
        .bind(member)
        .execute()
        .await?;
    Ok(gone == 1)
}

/// The members of a unit, by name.
pub async fn list_members(
    tx: &mut Transaction,
    unit: AdministrativeUnitId,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    let query = tx
        .build(
            "SELECT p.id, p.kind, p.display_name, p.user_name, p.mail, p.description, p.job_title, p.department,
                    p.enabled, p.assignable_to_role, p.created_at, p.deleted_at
               FROM administrative_unit_member AS m
               JOIN principal AS p ON p.id = m.member_id
              WHERE p.deleted_at IS NULL
                AND m.unit_id = ",
        )
        .bind(unit);
    members_by_name(query, page).await
}

/// The units that something is a member of, by name.
pub async fn list_of_member(tx: &mut Transaction, member: PrincipalId) -> Result<Vec<AdministrativeUnitRow>> {
    tx.query(
        "SELECT u.id, u.display_name, u.description, u.created_at, u.deleted_at
           FROM administrative_unit_member AS m
           JOIN administrative_unit AS u ON u.id = m.unit_id
          WHERE m.member_id = $1
            AND u.deleted_at IS NULL
          ORDER BY u.sort_name
          LIMIT 200",
    )
    .bind(member)
    .fetch_all()
    .await
}
