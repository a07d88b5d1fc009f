//! Users, groups and service principals.

use crate::{Builder, Page, PageRequest, Result, Transaction};
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
    /// Somebody or something new, of which no more is known; it may act.
    pub const fn new(id: PrincipalId, kind: PrincipalKind, display_name: String, now: DateTime<Utc>) -> Self {
        Self {
            id,
            kind,
            display_name,
            user_name: None,
            mail: None,
            description: None,
            job_title: None,
            department: None,
            enabled: true,
            assignable_to_role: false,
            created_at: now,
            deleted_at: None,
        }
    }

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
fn words(text: &str) -> Vec<String> {
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
    let row: Option<(i64,)> = tx.query("SELECT version FROM principal LIMIT 1").fetch_optional().await?;
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

impl Filter {
    fn kinds(&self) -> Vec<PrincipalKind> {
        match self.kinds.as_slice() {
            [] => vec![PrincipalKind::User, PrincipalKind::Group, PrincipalKind::ServicePrincipal],
            kinds => kinds.to_vec(),
        }
    }

    fn narrow<'c>(&self, mut query: Builder<'c>) -> Builder<'c> {
        if let Some(enabled) = self.enabled {
            query = query.push(" AND enabled = ").bind(enabled);
        }
        match self.assignable_to_role {
            // In the words of the index that has these alone.
            Some(true) => query.push(" AND assignable_to_role"),
            Some(false) => query.push(" AND NOT assignable_to_role"),
            None => query,
        }
    }
}

/// Principals by name; where words are looked for, by the word that was found, then by name.
pub async fn list(tx: &mut Transaction, filter: &Filter, page: &PageRequest) -> Result<Page<PrincipalRow>> {
    let sought = sought(&filter.search);
    match sought.as_slice() {
        [] => list_by_name(tx, filter, page).await,
        [word] => list_by_word(tx, filter, word, &[], page).await,
        words => {
            let rarest = rarest(tx, filter, words).await?;
            let others: Vec<_> = words.iter().filter(|&word| *word != rarest).cloned().collect();
            list_by_word(tx, filter, &rarest, &others, page).await
        }
    }
}

/// The words that a search looks for. A user name is looked for as a whole: its domain is everybody's.
pub fn sought(search: &str) -> Vec<String> {
    let mut sought = Vec::new();
    for part in search.to_lowercase().replace('\0', " ").split_whitespace() {
        if part.find('@').is_some_and(|at| at > 0) {
            sought.push(part.to_owned());
        } else {
            sought.extend(words(part));
        }
    }
    sought.sort();
    sought.dedup();
    sought.truncate(8);
    sought
}

/// What follows all words with this beginning.
pub(crate) fn after(beginning: &str) -> String {
    format!("{beginning}\u{10ffff}")
}

/// How many bearers of a word are counted at most, for finding the rarest of some words.
pub const WORTH_COUNTING: i64 = 2000;

/// The word with the fewest bearers.
async fn rarest(tx: &mut Transaction, filter: &Filter, words: &[String]) -> Result<String> {
    let mut rarest = (i64::MAX, String::new());
    for word in words {
        let mut count = 0;
        for kind in filter.kinds() {
            let (some,): (i64,) = tx
                .query(
                    "SELECT COUNT(*)
                       FROM (SELECT word
                               FROM principal_word
                              WHERE kind = $1
                                AND deleted = $2
                                AND word >= $3
                                AND word < $4
                              ORDER BY word, sort_name, principal_id
                              LIMIT $5) AS bearers",
                )
                .bind(kind)
                .bind(filter.deleted)
                .bind(word.clone())
                .bind(after(word))
                .bind(WORTH_COUNTING)
                .fetch_one()
                .await?;
            count += some;
        }
        // Of two common words the longer one is the rarer, more often than not.
        if count < rarest.0 || (count == rarest.0 && word.len() > rarest.1.len()) {
            rarest = (count, word.clone());
        }
    }
    Ok(rarest.1)
}

/// Each kind is one range of an index that ends with the order of the list: the first of each are read, and of those the
/// first.
async fn list_by_name(
    tx: &mut Transaction,
    filter: &Filter,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    let key = page.key::<(String, PrincipalId)>();
    let mut query = tx.build(
        "SELECT p.id, p.kind, p.display_name, p.user_name, p.mail, p.description, p.job_title, p.department, p.enabled,
                p.assignable_to_role, p.created_at, p.deleted_at
           FROM (",
    );
    for (index, kind) in filter.kinds().into_iter().enumerate() {
        query = query
            .push(if index == 0 { "" } else { " UNION ALL " })
            .push("SELECT sort_name, id FROM (SELECT sort_name, id FROM principal WHERE kind = ")
            .bind(kind)
            .push(if filter.deleted { " AND deleted_at IS NOT NULL" } else { " AND deleted_at IS NULL" });
        query = filter.narrow(query);
        if let Some((name, id)) = &key {
            query = query.push(" AND (sort_name, id) > (").bind(name.clone()).push(", ").bind(*id).push(")");
        }
        query = query.push(" ORDER BY sort_name, id").limit(page.limit()).push(") AS part");
    }
    let rows = query
        .push(" ORDER BY sort_name, id")
        .limit(page.limit())
        .push(") AS found JOIN principal AS p ON p.id = found.id ORDER BY found.sort_name, found.id")
        .fetch_all()
        .await?;
    Ok(page.page(rows, |row: &PrincipalRow| (row.display_name.to_lowercase(), row.id)))
}

#[derive(sqlx::FromRow)]
struct Found {
    #[sqlx(flatten)]
    row: PrincipalRow,
    word: String,
    sort_name: String,
}

/// The same for the bearers of a word, each under the first of their words that begin so.
async fn list_by_word(
    tx: &mut Transaction,
    filter: &Filter,
    word: &str,
    others: &[String],
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    let key = page.key::<(String, String, PrincipalId)>().filter(|(found, ..)| found.starts_with(word));
    let mut query = tx.build(
        "SELECT p.id, p.kind, p.display_name, p.user_name, p.mail, p.description, p.job_title, p.department, p.enabled,
                p.assignable_to_role, p.created_at, p.deleted_at, found.word, found.sort_name
           FROM (",
    );
    for (index, kind) in filter.kinds().into_iter().enumerate() {
        query = query
            .push(if index == 0 { "" } else { " UNION ALL " })
            .push(
                "SELECT word, sort_name, principal_id
                   FROM (SELECT w.word, w.sort_name, w.principal_id FROM principal_word AS w WHERE w.kind = ",
            )
            .bind(kind)
            .push(" AND w.deleted = ")
            .bind(filter.deleted)
            .push(" AND w.word < ")
            .bind(after(word));
        // One bound, not two: a database that has to choose may choose the wider.
        query = match &key {
            Some((found, name, id)) => query
                .push(" AND (w.word, w.sort_name, w.principal_id) > (")
                .bind(found.clone())
                .push(", ")
                .bind(name.clone())
                .push(", ")
                .bind(*id)
                .push(")"),
            None => query.push(" AND w.word >= ").bind(word.to_owned()),
        };
        query = query
            .push(
                " AND NOT EXISTS (SELECT e.word FROM principal_word AS e
                                   WHERE e.principal_id = w.principal_id AND e.word < w.word AND e.word >= ",
            )
            .bind(word.to_owned())
            .push(")");
        for other in others {
            query = query
                .push(
                    " AND EXISTS (SELECT o.word FROM principal_word AS o
                                   WHERE o.principal_id = w.principal_id AND o.word >= ",
                )
                .bind(other.clone())
                .push(" AND o.word < ")
                .bind(after(other))
                .push(")");
        }
        if filter.enabled.is_some() || filter.assignable_to_role.is_some() {
            query = query.push(" AND EXISTS (SELECT id FROM principal WHERE id = w.principal_id");
            query = filter.narrow(query).push(")");
        }
        query =
            query.push(" ORDER BY w.word, w.sort_name, w.principal_id").limit(page.limit()).push(") AS part");
    }
    let rows = query
        .push(" ORDER BY word, sort_name, principal_id")
        .limit(page.limit())
        .push(
            ") AS found
               JOIN principal AS p ON p.id = found.principal_id
              ORDER BY found.word, found.sort_name, found.principal_id",
        )
        .fetch_all()
        .await?;
    let key = |found: &Found| (found.word.clone(), found.sort_name.clone(), found.row.id);
    Ok(page.page(rows, key).map(|found| found.row))
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
    let (deleted_at,) = tx
        .query(
            "UPDATE principal
                SET display_name = $2, sort_name = $3, user_name = $4, mail = $5, description = $6, job_title = $7,
                    department = $8
              WHERE id = $1
          RETURNING deleted_at",
        )
    .bind(row.id)
    .bind(row.display_name.clone())
    .bind(row.display_name.to_lowercase())
    .bind(row.user_name.clone())
    .bind(row.mail.clone())
    .bind(row.description.clone())
    .bind(row.job_title.clone())
    .bind(row.department.clone())
    .fetch_one()
    .await?;
    // The names that stand beside memberships, for the order of lists.
    for statement in [
        "UPDATE group_member SET sort_name = $2 WHERE member_id = $1 AND sort_name <> $2",
        "UPDATE administrative_unit_member SET sort_name = $2 WHERE member_id = $1 AND sort_name <> $2",
    ] {
        tx.query(statement).bind(row.id).bind(row.display_name.to_lowercase()).execute().await?;
    }
    tx.query("DELETE FROM principal_word WHERE principal_id = $1").bind(row.id).execute().await?;
    // Whether it is deleted is not the caller's to say, who may have read it a while ago.
    insert_words(tx, &PrincipalRow { deleted_at, ..row.clone() }).await
}

async fn insert_words(tx: &mut Transaction, row: &PrincipalRow) -> Result<()> {
    for word in row.words() {
        tx.query(
            "INSERT INTO principal_word (kind, deleted, word, sort_name, principal_id) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(row.kind)
        .bind(row.deleted_at.is_some())
        .bind(word)
        .bind(row.display_name.to_lowercase())
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
    tx.query("UPDATE principal_word SET deleted = $2 WHERE principal_id = $1")
        .bind(id)
        .bind(at.is_some())
        .execute()
        .await?;
    Ok(changed == 1)
}

/// The principal with this id, deleted or not, taken for this transaction: others who take it wait.
pub async fn take(tx: &mut Transaction, id: PrincipalId) -> Result<Option<PrincipalRow>> {
    tx.query(
        "UPDATE principal
            SET version = version + 1
          WHERE id = $1
      RETURNING id, kind, display_name, user_name, mail, description, job_title, department, enabled,
                assignable_to_role, created_at, deleted_at",
    )
    .bind(id)
    .fetch_optional()
    .await
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
