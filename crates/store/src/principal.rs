//! Users, groups and service principals.

use crate::{Page, PageRequest, Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{AdministrativeUnitId, PrincipalId},
    principal::{Principal, PrincipalKind},
};

/// A principal with everything that its page shows.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PrincipalRow {
    /// Its id.
    pub id: PrincipalId,
    /// Its sort.
    pub kind: PrincipalKind,
    /// Its name.
    pub display_name: String,
    /// What a user signs in with.
    pub user_name: Option<String>,
    /// Where mail goes.
    pub mail: Option<String>,
    /// A longer text about it.
    pub description: Option<String>,
    /// A user's job title.
    pub job_title: Option<String>,
    /// A user's department.
    pub department: Option<String>,
    /// Whether it may act.
    pub enabled: bool,
    /// For a group: whether roles can be assigned to it.
    pub assignable_to_role: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl PrincipalRow {
    /// What the rules need to know of it.
    pub fn to_principal(&self) -> Principal {
        Principal {
            id: self.id,
            kind: self.kind,
            display_name: self.display_name.clone(),
            enabled: self.enabled,
            deleted: self.deleted_at.is_some(),
            assignable_to_role: self.assignable_to_role,
        }
    }

    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = words(&self.display_name);
        if let Some(user_name) = &self.user_name {
            words.push(user_name.to_lowercase());
            words.extend(self::words(user_name));
        }
        words.sort();
        words.dedup();
        words
    }
}

/// The words of a name, in lower case, as search finds them.
pub fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// The principal with this id, deleted or not.
pub async fn find(tx: &mut Transaction, id: PrincipalId) -> Result<Option<PrincipalRow>> {
    tx.query(
        "SELECT id, kind, display_name, user_name, mail, description, job_title, department, enabled,
                assignable_to_role, created_at, deleted_at
           FROM principal
          WHERE id = $1",
    )
    .bind(id)
    .fetch_optional()
    .await
}

/// The principals with these ids, in no order; those that are not there are left out.
pub async fn list_by_id(tx: &mut Transaction, ids: &[PrincipalId]) -> Result<Vec<PrincipalRow>> {
    tx.build(
        "SELECT id, kind, display_name, user_name, mail, description, job_title, department, enabled,
                assignable_to_role, created_at, deleted_at
           FROM principal
          WHERE id IN ",
    )
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await
}

/// The user who signs in with this name (in lower case), unless deleted.
pub async fn find_by_user_name(tx: &mut Transaction, user_name: &str) -> Result<Option<PrincipalRow>> {
    tx.query(
        "SELECT id, kind, display_name, user_name, mail, description, job_title, department, enabled,
                assignable_to_role, created_at, deleted_at
           FROM principal
          WHERE user_name = $1
            AND deleted_at IS NULL",
    )
    .bind(user_name.to_owned())
    .fetch_optional()
    .await
}

/// Whether anybody is there at all.
pub async fn exists_any(tx: &mut Transaction) -> Result<bool> {
    let row: Option<(i64,)> = tx.query("SELECT 1 FROM principal LIMIT 1").fetch_optional().await?;
    Ok(row.is_some())
}

/// What a list of principals is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The sorts that are wanted; all where it is empty.
    pub kinds: Vec<PrincipalKind>,
    /// Words that names must have words beginning with.
    pub search: String,
    /// Only enabled, only disabled, or both.
    pub enabled: Option<bool>,
    /// Only groups that roles can be assigned to, only others, or both.
    pub assignable_to_role: Option<bool>,
    /// The deleted ones instead of the others.
    pub deleted: bool,
}

/// Principals by name.
pub async fn list(tx: &mut Transaction, filter: &Filter, page: &PageRequest) -> Result<Page<PrincipalRow>> {
    let search = words(&filter.search);
    let longest = search.iter().max_by_key(|word| word.chars().count());
    // A long word is rare: the index of words finds its few bearers, which are then sorted. A short one is common: the list
    // in order meets enough bearers soon. Either way the cost follows the page.
    let mut query = match longest {
        Some(word) if word.chars().count() >= 3 => tx
            .build(
                "SELECT p.id, p.kind, p.display_name, p.user_name, p.mail, p.description, p.job_title, p.department,
                        p.enabled, p.assignable_to_role, p.created_at, p.deleted_at
                   FROM (SELECT DISTINCT principal_id FROM principal_word WHERE word >= ",
            )
            .bind(word.clone())
            .push(" AND word < ")
            .bind(format!("{word}\u{10ffff}"))
            .push(") AS found JOIN principal AS p ON p.id = found.principal_id WHERE p.deleted_at IS "),
        _ => tx.build(
            "SELECT p.id, p.kind, p.display_name, p.user_name, p.mail, p.description, p.job_title, p.department,
                    p.enabled, p.assignable_to_role, p.created_at, p.deleted_at
               FROM principal AS p
              WHERE p.deleted_at IS ",
        ),
    };
    query = query.push(if filter.deleted { "NOT NULL" } else { "NULL" });
    match filter.kinds.as_slice() {
        [] => {}
        &[kind] => query = query.push(" AND p.kind = ").bind(kind),
        kinds => query = query.push(" AND p.kind IN ").bind_list(kinds.iter().copied()),
    }
    if let Some(enabled) = filter.enabled {
        query = query.push(" AND p.enabled = ").bind(enabled);
    }
    if let Some(assignable) = filter.assignable_to_role {
        query = query.push(" AND p.assignable_to_role = ").bind(assignable);
    }
    for word in &search {
        query = query
            .push(" AND EXISTS (SELECT 1 FROM principal_word AS w WHERE w.principal_id = p.id AND w.word >= ")
            .bind(word.clone())
            .push(" AND w.word < ")
            .bind(format!("{word}\u{10ffff}"))
            .push(")");
    }
    if let Some((name, id)) = page.key::<(String, PrincipalId)>() {
        query = query.push(" AND (p.sort_name, p.id) > (").bind(name).push(", ").bind(id).push(")");
    }
    let rows = query.push(" ORDER BY p.sort_name, p.id LIMIT ").bind(page.limit()).fetch_all().await?;
    Ok(page.page(rows, |row: &PrincipalRow| (row.display_name.to_lowercase(), row.id)))
}

/// Adds a principal.
pub async fn insert(tx: &mut Transaction, row: &PrincipalRow) -> Result<()> {
    tx.query(
        "INSERT INTO principal (id, kind, display_name, sort_name, user_name, mail, description, job_title, department,
                                enabled, assignable_to_role, version, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12)",
    )
    .bind(row.id)
    .bind(row.kind)
    .bind(row.display_name.clone())
    .bind(row.display_name.to_lowercase())
    .bind(row.user_name.clone())
    .bind(row.mail.clone())
    .bind(row.description.clone())
    .bind(row.job_title.clone())
    .bind(row.department.clone())
    .bind(row.enabled)
    .bind(row.assignable_to_role)
    .bind(row.created_at)
    .execute_one()
    .await?;
    insert_words(tx, row).await
}

/// Writes the names and texts of a principal.
pub async fn update(tx: &mut Transaction, row: &PrincipalRow) -> Result<()> {
    tx.query(
        "UPDATE principal
            SET display_name = $2, sort_name = $3, user_name = $4, mail = $5, description = $6, job_title = $7,
                department = $8
          WHERE id = $1",
    )
    .bind(row.id)
    .bind(row.display_name.clone())
    .bind(row.display_name.to_lowercase())
    .bind(row.user_name.clone())
    .bind(row.mail.clone())
    .bind(row.description.clone())
    .bind(row.job_title.clone())
    .bind(row.department.clone())
    .execute_one()
    .await?;
    tx.query("DELETE FROM principal_word WHERE principal_id = $1").bind(row.id).execute().await?;
    insert_words(tx, row).await
}

async fn insert_words(tx: &mut Transaction, row: &PrincipalRow) -> Result<()> {
    for word in row.words() {
        tx.query("INSERT INTO principal_word (word, principal_id) VALUES ($1, $2)")
            .bind(word)
            .bind(row.id)
            .execute()
            .await?;
    }
    Ok(())
}

/// Lets a principal act, or stops it. Tells whether that was a change.
pub async fn set_enabled(tx: &mut Transaction, id: PrincipalId, enabled: bool) -> Result<bool> {
    let changed = tx
        .query("UPDATE principal SET enabled = $2 WHERE id = $1 AND enabled <> $2 AND deleted_at IS NULL")
        .bind(id)
        .bind(enabled)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Deletes a principal, or brings it back. Tells whether that was a change.
pub async fn set_deleted(tx: &mut Transaction, id: PrincipalId, at: Option<DateTime<Utc>>) -> Result<bool> {
    let changed = match at {
        Some(at) => {
            tx.query("UPDATE principal SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL")
                .bind(id)
                .bind(at)
                .execute()
                .await?
        }
        None => {
            tx.query("UPDATE principal SET deleted_at = NULL WHERE id = $1 AND deleted_at IS NOT NULL")
                .bind(id)
                .execute()
                .await?
        }
    };
    Ok(changed == 1)
}

/// Takes the principal for this transaction: others who take it wait. What is read afterwards stays so until the end.
pub async fn take(tx: &mut Transaction, id: PrincipalId) -> Result<()> {
    tx.query("UPDATE principal SET version = version + 1 WHERE id = $1").bind(id).execute_one().await
}

/// The administrative units that something is a member of.
pub async fn list_units(tx: &mut Transaction, id: PrincipalId) -> Result<Vec<AdministrativeUnitId>> {
    let rows: Vec<(AdministrativeUnitId,)> = tx
        .query(
            "SELECT m.unit_id
               FROM administrative_unit_member AS m
               JOIN administrative_unit AS u ON u.id = m.unit_id
              WHERE m.member_id = $1
                AND u.deleted_at IS NULL",
        )
        .bind(id)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
