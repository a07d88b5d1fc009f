//! Roles and what they permit.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{PrincipalId, RoleId, ScheduleId},
    role::{Provider, Role},
};

#[derive(sqlx::FromRow)]
struct RoleRow {
    id: RoleId,
    provider: Provider,
    name: String,
    description: String,
    is_builtin: bool,
    is_privileged: bool,
    is_assignable: bool,
    scope_types: String,
    permissions: String,
}

impl TryFrom<RoleRow> for Role {
    type Error = crate::Error;

    fn try_from(row: RoleRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            provider: row.provider,
            name: row.name,
            description: row.description,
            is_builtin: row.is_builtin,
            is_privileged: row.is_privileged,
            is_assignable: row.is_assignable,
            scope_types: serde_json::from_str(&row.scope_types)?,
            permissions: serde_json::from_str(&row.permissions)?,
        })
    }
}

/// All roles of all providers, by name. There are some hundreds, so they are read as a whole.
pub async fn list(tx: &mut Transaction) -> Result<Vec<Role>> {
    let rows: Vec<RoleRow> = tx
        .query(
            "SELECT id, provider, name, description, is_builtin, is_privileged, is_assignable, scope_types, permissions
               FROM role
              ORDER BY provider, sort_name, id",
        )
        .fetch_all()
        .await?;
    rows.into_iter().map(Role::try_from).collect()
}

/// Adds a role, or brings the one with its id up to date.
pub async fn put(tx: &mut Transaction, role: &Role) -> Result<()> {
    tx.query(
        "INSERT INTO role (id, provider, name, sort_name, description, is_builtin, is_privileged, is_assignable,
                           scope_types, permissions, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)
         ON CONFLICT (id) DO UPDATE
            SET name = excluded.name, sort_name = excluded.sort_name, description = excluded.description,
                is_privileged = excluded.is_privileged, is_assignable = excluded.is_assignable,
                scope_types = excluded.scope_types, permissions = excluded.permissions",
    )
    .bind(role.id)
    .bind(role.provider)
    .bind(role.name.clone())
    .bind(role.name.to_lowercase())
    .bind(role.description.clone())
    .bind(role.is_builtin)
    .bind(role.is_privileged)
    .bind(role.is_assignable)
    .bind(serde_json::to_string(&role.scope_types)?)
    .bind(serde_json::to_string(&role.permissions)?)
    .execute_one()
    .await
}

/// Takes the role for this transaction: others who take it wait.
pub async fn take(tx: &mut Transaction, id: RoleId) -> Result<()> {
    tx.query("UPDATE role SET version = version + 1 WHERE id = $1").bind(id).execute_one().await
}

/// How many enabled users hold the role everywhere, actively and by assignment, at `at`: directly or through groups.
/// With `standing`, only those whose assignment, on every step, never ends. Counts no further than two.
pub async fn count_holders(
    tx: &mut Transaction,
    id: RoleId,
    at: DateTime<Utc>,
    standing: bool,
) -> Result<i64> {
    let (count,): (i64,) = tx
        .query(
            "WITH RECURSIVE holder (id) AS (
                 SELECT principal_id
                   FROM schedule
                  WHERE role_id = $1
                    AND assignment_type = 'active'
                    AND state = 'assigned'
                    AND scope = '/'
                    AND start_at <= $2
                    AND end_at > $3
                  UNION
                 SELECT m.member_id
                   FROM holder
                   JOIN group_member AS m ON m.group_id = holder.id
                   JOIN principal AS g ON g.id = m.group_id
                  WHERE g.deleted_at IS NULL
             )
             SELECT COUNT(*)
               FROM (SELECT p.id
                       FROM holder
                       JOIN principal AS p ON p.id = holder.id
                      WHERE (p.kind = 'user') IS TRUE
                        AND p.enabled
                        AND p.deleted_at IS NULL
                      LIMIT 2) AS holders",
        )
        .bind(id)
        .bind(at)
        .bind(if standing { crate::schedule::LAST_MOMENT_BEFORE_FOREVER } else { at })
        .fetch_one()
        .await?;
    Ok(count)
}

/// Whether somebody, directly or through these groups, holds or may activate a privileged role at `at`.
pub async fn is_privileged(
    tx: &mut Transaction,
    memberships: &[PrincipalId],
    at: DateTime<Utc>,
) -> Result<bool> {
    let rows: Vec<(ScheduleId,)> = tx
        .build("SELECT s.id FROM schedule AS s JOIN role AS r ON r.id = s.role_id WHERE r.is_privileged AND s.assignment_type IN ('eligible', 'active') AND s.end_at > ")
        .bind(at)
        .push(" AND s.principal_id IN ")
        .bind_list(memberships.iter().copied())
        .push(" LIMIT 1")
        .fetch_all()
        .await?;
    Ok(!rows.is_empty())
}
