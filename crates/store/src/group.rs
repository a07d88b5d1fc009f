//! Who is in a group and who owns it, directly and through other groups.
//!
//! A membership is a row of `group_member`, or an activated or assigned schedule of the provider *group* in force: both
//! count alike. Membership goes through nested groups; ownership does not.

use crate::{Page, PageRequest, Result, Transaction, principal::PrincipalRow};
use chrono::{DateTime, Utc};
use stint_domain::{id::PrincipalId, role::GROUP_MEMBER};

/// Adds a member. Tells whether that was a change.
pub async fn insert_member(
    tx: &mut Transaction,
    group: PrincipalId,
    member: PrincipalId,
    at: DateTime<Utc>,
) -> Result<bool> {
    let added = tx
        .query(
            "INSERT INTO group_member (group_id, member_id, sort_name, added_at)
             SELECT $1, id, sort_name, $3 FROM principal WHERE id = $2
             ON CONFLICT DO NOTHING",
        )
        .bind(group)
        .bind(member)
        .bind(at)
        .execute()
        .await?;
    Ok(added == 1)
}

/// Takes a member out. Tells whether that was a change.
pub async fn delete_member(tx: &mut Transaction, group: PrincipalId, member: PrincipalId) -> Result<bool> {
    let gone = tx
        .query("DELETE FROM group_member WHERE group_id = $1 AND member_id = $2")
        .bind(group)
        .bind(member)
        .execute()
        .await?;
    Ok(gone == 1)
}

/// Adds an owner. Tells whether that was a change.
pub async fn insert_owner(
    tx: &mut Transaction,
    group: PrincipalId,
    owner: PrincipalId,
    at: DateTime<Utc>,
) -> Result<bool> {
    let added = tx
        .query("INSERT INTO group_owner (group_id, owner_id, added_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(group)
        .bind(owner)
        .bind(at)
        .execute()
        .await?;
    Ok(added == 1)
}

/// Takes an owner away. Tells whether that was a change.
pub async fn delete_owner(tx: &mut Transaction, group: PrincipalId, owner: PrincipalId) -> Result<bool> {
    let gone = tx
        .query("DELETE FROM group_owner WHERE group_id = $1 AND owner_id = $2")
        .bind(group)
        .bind(owner)
        .execute()
        .await?;
    Ok(gone == 1)
}

/// Whether somebody owns the group.
pub async fn is_owner(tx: &mut Transaction, group: PrincipalId, owner: PrincipalId) -> Result<bool> {
    let row: Option<(PrincipalId,)> = tx
        .query("SELECT owner_id FROM group_owner WHERE group_id = $1 AND owner_id = $2")
        .bind(group)
        .bind(owner)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// The direct members of a group, by name.
pub async fn list_members(
    tx: &mut Transaction,
    group: PrincipalId,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    let query = tx
        .build(
            "SELECT p.id, p.kind, p.display_name, p.user_name, p.mail, p.description, p.job_title, p.department,
                    p.enabled, p.assignable_to_role, p.created_at, p.deleted_at
               FROM group_member AS m
               JOIN principal AS p ON p.id = m.member_id
              WHERE p.deleted_at IS NULL
                AND m.group_id = ",
        )
        .bind(group);
    members_by_name(query, page).await
}

/// The owners of a group, by name.
pub async fn list_owners(
    tx: &mut Transaction,
    group: PrincipalId,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    let query = tx
        .build(
            "SELECT p.id, p.kind, p.display_name, p.user_name, p.mail, p.description, p.job_title, p.department,
                    p.enabled, p.assignable_to_role, p.created_at, p.deleted_at
               FROM group_owner AS m
               JOIN principal AS p ON p.id = m.owner_id
              WHERE p.deleted_at IS NULL
                AND m.group_id = ",
        )
        .bind(group);
    by_name(query, page).await
}

/// The groups that somebody is a direct member of, by name.
pub async fn list_of_member(
    tx: &mut Transaction,
    member: PrincipalId,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    let query = tx
        .build(
            "SELECT p.id, p.kind, p.display_name, p.user_name, p.mail, p.description, p.job_title, p.department,
                    p.enabled, p.assignable_to_role, p.created_at, p.deleted_at
               FROM group_member AS m
               JOIN principal AS p ON p.id = m.group_id
              WHERE p.deleted_at IS NULL
                AND m.member_id = ",
        )
        .bind(member);
    by_name(query, page).await
}

/// For a table `m` that has the members' names beside them: its index has them in order, so a large group costs what a
/// small one does.
pub(crate) async fn members_by_name(
    query: crate::Builder<'_>,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    let mut query = query;
    if let Some((name, id)) = page.key::<(String, PrincipalId)>() {
        query = query.push(" AND (m.sort_name, m.member_id) > (").bind(name).push(", ").bind(id).push(")");
    }
    let rows = query.push(" ORDER BY m.sort_name, m.member_id").limit(page.limit()).fetch_all().await?;
    Ok(page.page(rows, |row: &PrincipalRow| (row.display_name.to_lowercase(), row.id)))
}

/// For a few principals `p`.
async fn by_name(query: crate::Builder<'_>, page: &PageRequest) -> Result<Page<PrincipalRow>> {
    let mut query = query;
    if let Some((name, id)) = page.key::<(String, PrincipalId)>() {
        query = query.push(" AND (p.sort_name, p.id) > (").bind(name).push(", ").bind(id).push(")");
    }
    let rows = query.push(" ORDER BY p.sort_name, p.id").limit(page.limit()).fetch_all().await?;
    Ok(page.page(rows, |row: &PrincipalRow| (row.display_name.to_lowercase(), row.id)))
}

/// The principal itself and every group that it is in at `at`, through any number of groups. Deleted groups give nothing.
pub async fn list_memberships(
    tx: &mut Transaction,
    id: PrincipalId,
    at: DateTime<Utc>,
) -> Result<Vec<PrincipalId>> {
    // Two ways lead from each membership to the next, and each is a look into an index. Neither database would look into
    // both for a union; SQLite would write the union down instead. `IS TRUE` keeps the index of roles from being used.
    let rows: Vec<(PrincipalId,)> = tx
        .query(
            "WITH RECURSIVE membership (id) AS (
                 SELECT $1
                  UNION
                 SELECT g.id
                   FROM membership
                  CROSS JOIN (SELECT 1 AS way UNION ALL SELECT 2) AS w
                   LEFT JOIN group_member AS m ON w.way = 1 AND m.member_id = membership.id
                   LEFT JOIN schedule AS s ON w.way = 2
                                          AND s.principal_id = membership.id
                                          AND s.assignment_type = 'active'
                                          AND s.end_at > $3
                                          AND s.start_at <= $3
                                          AND (s.role_id = $2) IS TRUE
                   JOIN principal AS g ON g.id = COALESCE(m.group_id, s.object_id)
                  WHERE g.deleted_at IS NULL
             )
             SELECT id FROM membership",
        )
        .bind(id)
        .bind(GROUP_MEMBER)
        .bind(at)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The users who are in a group at `at`, through any number of groups: at most `most` of them, in no order.
pub async fn list_users(
    tx: &mut Transaction,
    group: PrincipalId,
    at: DateTime<Utc>,
    most: i64,
) -> Result<Vec<PrincipalId>> {
    let rows: Vec<(PrincipalId,)> = tx
        .query(
            "WITH RECURSIVE inside (id) AS (
                 SELECT $1
                  UNION
                 SELECT COALESCE(m.member_id, s.principal_id)
                   FROM inside
                   JOIN principal AS g ON g.id = inside.id AND (g.kind = 'group') IS TRUE AND g.deleted_at IS NULL
                  CROSS JOIN (SELECT 1 AS way UNION ALL SELECT 2) AS w
                   LEFT JOIN group_member AS m ON w.way = 1 AND m.group_id = inside.id
                   LEFT JOIN schedule AS s ON w.way = 2
                                          AND s.object_id = inside.id
                                          AND s.role_id = $2
                                          AND s.assignment_type = 'active'
                                          AND s.end_at > $3
                                          AND s.start_at <= $3
                  WHERE COALESCE(m.member_id, s.principal_id) IS NOT NULL
             )
             SELECT p.id
               FROM inside
               JOIN principal AS p ON p.id = inside.id
              WHERE (p.kind = 'user') IS TRUE
                AND p.deleted_at IS NULL
              LIMIT $4",
        )
        .bind(group)
        .bind(GROUP_MEMBER)
        .bind(at)
        .bind(most)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Whether somebody owns a group that roles can be assigned to, or is in one of these groups that is such a group.
pub async fn is_near_roles(
    tx: &mut Transaction,
    id: PrincipalId,
    memberships: &[PrincipalId],
) -> Result<bool> {
    let rows: Vec<(PrincipalId,)> = tx
        .build(
            "SELECT g.id
               FROM principal AS g
              WHERE g.assignable_to_role
                AND g.deleted_at IS NULL
                AND g.id IN (SELECT o.group_id FROM group_owner AS o WHERE o.owner_id = ",
        )
        .bind(id)
        .push(" UNION ALL SELECT m.id FROM principal AS m WHERE m.id IN ")
        .bind_list(memberships.iter().copied())
        .push(") LIMIT 1")
        .fetch_all()
        .await?;
    Ok(!rows.is_empty())
}

/// The groups of that name that are not deleted; names are nobody's alone.
pub async fn list_named(tx: &mut Transaction, display_name: &str) -> Result<Vec<PrincipalRow>> {
    let rows: Vec<PrincipalRow> = tx
        .query(
            "SELECT id, kind, display_name, user_name, mail, description, job_title, department, enabled,
                    assignable_to_role, created_at, deleted_at
               FROM principal
              WHERE kind = 'group'
                AND deleted_at IS NULL
                AND sort_name = $1
              ORDER BY id
              LIMIT 10",
        )
        .bind(display_name.to_lowercase())
        .fetch_all()
        .await?;
    Ok(rows.into_iter().filter(|row| row.display_name == display_name).collect())
}

/// Whether somebody is a member of a group, and not by another group in it.
pub async fn is_member(tx: &mut Transaction, group: PrincipalId, member: PrincipalId) -> Result<bool> {
    let row: Option<(PrincipalId,)> = tx
        .query("SELECT member_id FROM group_member WHERE group_id = $1 AND member_id = $2")
        .bind(group)
        .bind(member)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}
