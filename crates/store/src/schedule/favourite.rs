//! The roles that somebody wants to see first among those that they are eligible for.

use super::{Assignment, AssignmentRow, FOREVER};
use crate::{Page, PageRequest, Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{PrincipalId, RoleId, ScheduleId},
    scope::ScopePath,
};

/// What somebody is eligible for at `at`, by themselves or through one of these groups, each with whether it is a favourite of
/// theirs: favourites first, and then the first to end first.
pub async fn list_own_eligible(
    tx: &mut Transaction,
    own: PrincipalId,
    holders: &[PrincipalId],
    roles: Option<&[RoleId]>,
    at: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Page<(Assignment, bool)>> {
    // What one person is eligible for is few, so it is read whole and sorted.
    let mut query = tx
        .build(
            "SELECT s.id, s.provider, s.assignment_type, s.state, s.principal_id, s.role_id, s.scope, s.start_at, s.end_at,
                    s.eligibility_id, s.request_id, s.end_reason, p.display_name AS principal_name,
                    p.user_name AS principal_user_name, p.kind AS principal_kind, r.name AS role_name,
                    r.is_privileged AS role_is_privileged, COALESCE(u.display_name, o.display_name) AS scope_name,
                    found.place
               FROM (SELECT h.id, h.end_at, CASE WHEN f.role_id IS NULL THEN 1 ELSE 0 END AS place
                       FROM schedule AS h
                       LEFT JOIN favourite_role AS f ON f.principal_id = ",
        )
        .bind(own)
        .push(
            " AND f.role_id = h.role_id AND f.scope = h.scope
              WHERE (h.assignment_type = 'eligible') IS TRUE AND h.principal_id IN ",
        )
        .bind_list(holders.iter().copied())
        .push(" AND h.end_at > ")
        .bind(at);
    if let Some(roles) = roles {
        // `IS TRUE` keeps the index of roles from being used.
        query = query.push(" AND (h.role_id IN ").bind_list(roles.iter().copied()).push(") IS TRUE");
    }
    query = query.push(
        ") AS found
           JOIN schedule AS s ON s.id = found.id
           JOIN principal AS p ON p.id = s.principal_id
           JOIN role AS r ON r.id = s.role_id
           LEFT JOIN administrative_unit AS u ON u.id = s.object_id
           LEFT JOIN principal AS o ON o.id = s.object_id",
    );
    let key = page.key::<(i32, DateTime<Utc>, ScheduleId)>();
    if let Some((place, end, id)) = key.filter(|&(_, end, _)| at < end && end <= FOREVER) {
        query = query
            .push(" WHERE (found.place, found.end_at, found.id) > (")
            .bind(place)
            .push(", ")
            .bind(end)
            .push(", ")
            .bind(id)
            .push(")");
    }
    let rows: Vec<PlacedRow> =
        query.push(" ORDER BY found.place, found.end_at, found.id").limit(page.limit()).fetch_all().await?;
    let page = page.page(rows, |row| (row.place, row.assignment.schedule.end_at, row.assignment.schedule.id));
    Ok(page.map(|row| (row.assignment.into(), row.place == 0)))
}

#[derive(sqlx::FromRow)]
struct PlacedRow {
    #[sqlx(flatten)]
    assignment: AssignmentRow,
    place: i32,
}

/// Makes a role at a scope a favourite of somebody's.
pub async fn insert_favourite(
    tx: &mut Transaction,
    of: PrincipalId,
    role: RoleId,
    scope: &ScopePath,
) -> Result<()> {
    tx.query("INSERT INTO favourite_role (principal_id, role_id, scope) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(of)
        .bind(role)
        .bind(scope.clone())
        .execute()
        .await
        .map(drop)
}

/// Makes it none.
pub async fn delete_favourite(
    tx: &mut Transaction,
    of: PrincipalId,
    role: RoleId,
    scope: &ScopePath,
) -> Result<()> {
    tx.query("DELETE FROM favourite_role WHERE principal_id = $1 AND role_id = $2 AND scope = $3")
        .bind(of)
        .bind(role)
        .bind(scope.clone())
        .execute()
        .await
        .map(drop)
}
