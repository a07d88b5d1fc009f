//! Assignments that hold, will hold or have held.
//!
//! A permanent assignment is stored with an end in the year 9999, so that "in force at t" is `start_at <= t < end_at` and
//! every list is one range of one index. The year stays inside this module: outside, a permanent window has no end.

mod favourite;

pub use favourite::{delete_favourite, insert_favourite, list_own_eligible};

use crate::{Page, PageRequest, Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{PrincipalId, RequestId, RoleId, ScheduleId},
    principal::PrincipalKind,
    role::Provider,
    schedule::{AssignmentState, AssignmentType, EndReason, Schedule},
    scope::{Scope, ScopePath},
    time::Window,
};
use uuid::Uuid;

const FOREVER: DateTime<Utc> = DateTime::from_timestamp(253_402_214_400, 0).expect("a day of the year 9999");

/// Only a permanent assignment ends after this.
pub(crate) const LAST_MOMENT_BEFORE_FOREVER: DateTime<Utc> =
    DateTime::from_timestamp(253_402_214_399, 0).expect("a day of the year 9999");

/// The end as it is stored.
pub(crate) fn stored_end(end: Option<DateTime<Utc>>) -> DateTime<Utc> {
    end.map_or(FOREVER, |end| end.min(LAST_MOMENT_BEFORE_FOREVER))
}

/// The window that was stored.
pub(crate) fn window(start: DateTime<Utc>, end: DateTime<Utc>) -> Window {
    Window::new(start, Some(end).filter(|&end| end < FOREVER))
}

#[derive(sqlx::FromRow)]
struct ScheduleRow {
    id: ScheduleId,
    provider: Provider,
    assignment_type: AssignmentType,
    state: AssignmentState,
    principal_id: PrincipalId,
    role_id: RoleId,
    scope: ScopePath,
    start_at: DateTime<Utc>,
    end_at: DateTime<Utc>,
    eligibility_id: Option<ScheduleId>,
    request_id: RequestId,
}

#[derive(sqlx::FromRow)]
struct EndingRow {
    #[sqlx(flatten)]
    schedule: ScheduleRow,
    end_reason: Option<EndReason>,
}

impl From<AssignmentRow> for Assignment {
    fn from(row: AssignmentRow) -> Self {
        Self {
            schedule: row.schedule.into(),
            principal_name: row.principal_name,
            principal_user_name: row.principal_user_name,
            principal_kind: row.principal_kind,
            role_name: row.role_name,
            role_is_privileged: row.role_is_privileged,
            scope_name: row.scope_name,
            end_reason: row.end_reason,
        }
    }
}

impl From<ScheduleRow> for Schedule {
    fn from(row: ScheduleRow) -> Self {
        Self {
            id: row.id,
            assignment_type: row.assignment_type,
            state: row.state,
            provider: row.provider,
            principal: row.principal_id,
            role: row.role_id,
            scope: row.scope,
            window: window(row.start_at, row.end_at),
            eligibility: row.eligibility_id,
            request: row.request_id,
        }
    }
}

fn schedules(rows: Vec<ScheduleRow>) -> Vec<Schedule> {
    rows.into_iter().map(Schedule::from).collect()
}

/// The administrative unit or the object that a scope names.
pub(crate) fn object_of(scope: &ScopePath) -> Option<Uuid> {
    match scope.kind() {
        Scope::AdministrativeUnit(id) => Some(id.as_uuid()),
        Scope::Object(id) => Some(id),
        Scope::Directory | Scope::Resource => None,
    }
}

/// Adds an assignment.
pub async fn insert(tx: &mut Transaction, schedule: &Schedule, at: DateTime<Utc>) -> Result<()> {
    tx.query(
        "INSERT INTO schedule (id, provider, assignment_type, state, principal_id, role_id, scope, object_id, start_at,
                               end_at, eligibility_id, request_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(schedule.id)
    .bind(schedule.provider)
    .bind(schedule.assignment_type)
    .bind(schedule.state)
    .bind(schedule.principal)
    .bind(schedule.role)
    .bind(schedule.scope.clone())
    .bind(object_of(&schedule.scope))
    .bind(schedule.window.start)
    .bind(stored_end(schedule.window.end))
    .bind(schedule.eligibility)
    .bind(schedule.request)
    .bind(at)
    .execute_one()
    .await
}

/// The assignment with this id.
pub async fn find(tx: &mut Transaction, id: ScheduleId) -> Result<Option<Schedule>> {
    let row: Option<ScheduleRow> = tx
        .query(
            "SELECT id, provider, assignment_type, state, principal_id, role_id, scope, start_at, end_at, eligibility_id,
                    request_id
               FROM schedule
              WHERE id = $1",
        )
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(row.map(Schedule::from))
}

/// The assignment with this id, unless it was ended before its time, taken for this transaction: others who take it wait.
pub async fn take(tx: &mut Transaction, id: ScheduleId) -> Result<Option<Schedule>> {
    let row: Option<ScheduleRow> = tx
        .query(
            "UPDATE schedule
                SET created_at = created_at
              WHERE id = $1
                AND end_reason IS NULL
          RETURNING id, provider, assignment_type, state, principal_id, role_id, scope, start_at, end_at, eligibility_id,
                    request_id",
        )
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(row.map(Schedule::from))
}

/// What these principals (somebody and their groups) hold or will hold: all that has not ended at `at`.
pub async fn list_open(
    tx: &mut Transaction,
    principals: &[PrincipalId],
    at: DateTime<Utc>,
) -> Result<Vec<Schedule>> {
    let rows: Vec<ScheduleRow> = tx
        .build(
            "SELECT id, provider, assignment_type, state, principal_id, role_id, scope, start_at, end_at, eligibility_id,
                    request_id
               FROM schedule
              WHERE principal_id IN ",
        )
        .bind_list(principals.iter().copied())
        .push(" AND assignment_type IN ('eligible', 'active') AND end_at > ")
        .bind(at)
        .fetch_all()
        .await?;
    Ok(schedules(rows))
}

/// The activations of an eligibility that have not ended at `at`.
pub async fn list_activations(
    tx: &mut Transaction,
    eligibility: ScheduleId,
    at: DateTime<Utc>,
) -> Result<Vec<Schedule>> {
    let rows: Vec<ScheduleRow> = tx
        .query(
            "SELECT id, provider, assignment_type, state, principal_id, role_id, scope, start_at, end_at, eligibility_id,
                    request_id
               FROM schedule
              WHERE eligibility_id = $1
                AND end_at > $2",
        )
        .bind(eligibility)
        .bind(at)
        .fetch_all()
        .await?;
    Ok(schedules(rows))
}

/// Who holds a role everywhere and actively at `at`, directly: users, groups and programs, at most `most`.
pub async fn list_holders(
    tx: &mut Transaction,
    role: RoleId,
    at: DateTime<Utc>,
    most: i64,
) -> Result<Vec<PrincipalId>> {
    let rows: Vec<(PrincipalId,)> = tx
        .query(
            "SELECT DISTINCT principal_id
               FROM schedule
              WHERE role_id = $1
                AND assignment_type = 'active'
                AND end_at > $2
                AND start_at <= $2
                AND scope = '/'
              LIMIT $3",
        )
        .bind(role)
        .bind(at)
        .bind(most)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Who is or will be eligible for a role, anywhere, directly: users and groups, at most `most`.
pub async fn list_eligible(
    tx: &mut Transaction,
    role: RoleId,
    at: DateTime<Utc>,
    most: i64,
) -> Result<Vec<PrincipalId>> {
    let rows: Vec<(PrincipalId,)> = tx
        .query(
            "SELECT DISTINCT principal_id
               FROM schedule
              WHERE role_id = $1
                AND assignment_type = 'eligible'
                AND end_at > $2
              LIMIT $3",
        )
        .bind(role)
        .bind(at)
        .bind(most)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What is limited to one administrative unit or object and has not ended at `at`; at most `most`.
pub async fn list_at_object(
    tx: &mut Transaction,
    object: Uuid,
    at: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Schedule>> {
    let rows: Vec<ScheduleRow> = tx
        .query(
            "SELECT id, provider, assignment_type, state, principal_id, role_id, scope, start_at, end_at, eligibility_id,
                    request_id
               FROM schedule
              WHERE object_id = $1
                AND end_at > $2
              LIMIT $3",
        )
        .bind(object)
        .bind(at)
        .bind(most)
        .fetch_all()
        .await?;
    Ok(schedules(rows))
}

/// What ends after a place in the order of ends and not after `until`, in that order, at most `most`; with the reason where
/// it was ended before its time.
pub async fn list_by_end(
    tx: &mut Transaction,
    assignment_type: AssignmentType,
    (after, after_id): (DateTime<Utc>, ScheduleId),
    until: DateTime<Utc>,
    most: i64,
) -> Result<Vec<(Schedule, Option<EndReason>)>> {
    let rows: Vec<EndingRow> = tx
        .build(
            "SELECT id, provider, assignment_type, state, principal_id, role_id, scope, start_at, end_at, eligibility_id,
                    request_id, end_reason
               FROM schedule
              WHERE assignment_type = ",
        )
        .bind(assignment_type)
        .push(" AND (end_at, id) > (")
        .bind(after)
        .push(", ")
        .bind(after_id)
        .push(") AND end_at <= ")
        .bind(until.min(LAST_MOMENT_BEFORE_FOREVER))
        .push(" ORDER BY end_at, id")
        .limit(most)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|row| (row.schedule.into(), row.end_reason)).collect())
}

/// Ends an assignment at `at`, unless it has ended or was ended by another whose clock is ahead. Tells whether that was a change.
pub async fn end(tx: &mut Transaction, id: ScheduleId, at: DateTime<Utc>, reason: EndReason) -> Result<bool> {
    let ended = tx
        .query("UPDATE schedule SET end_at = $2, end_reason = $3 WHERE id = $1 AND end_at > $2 AND end_reason IS NULL")
        .bind(id)
        .bind(at)
        .bind(reason)
        .execute()
        .await?;
    Ok(ended == 1)
}

/// Changes when an assignment holds, unless it has ended at `at`. Tells whether that was a change.
pub async fn set_window(
    tx: &mut Transaction,
    id: ScheduleId,
    window: Window,
    at: DateTime<Utc>,
) -> Result<bool> {
    let changed = tx
        .query("UPDATE schedule SET start_at = $2, end_at = $3 WHERE id = $1 AND end_at > $4 AND end_reason IS NULL")
        .bind(id)
        .bind(window.start)
        .bind(stored_end(window.end))
        .bind(at)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// An assignment as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The assignment.
    pub schedule: Schedule,
    /// What its holder is called.
    pub principal_name: String,
    /// What its holder signs in with, for a user.
    pub principal_user_name: Option<String>,
    /// The sort of its holder.
    pub principal_kind: PrincipalKind,
    /// What the role is called.
    pub role_name: String,
    /// Whether the role is privileged.
    pub role_is_privileged: bool,
    /// What the scope is called, where it is not the whole directory.
    pub scope_name: Option<String>,
    /// Why it ended before its time.
    pub end_reason: Option<EndReason>,
}

#[derive(sqlx::FromRow)]
struct AssignmentRow {
    #[sqlx(flatten)]
    schedule: ScheduleRow,
    principal_name: String,
    principal_user_name: Option<String>,
    principal_kind: PrincipalKind,
    role_name: String,
    role_is_privileged: bool,
    scope_name: Option<String>,
    end_reason: Option<EndReason>,
}

/// Which assignments a list shows.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Only those of these principals; of all where it is empty.
    pub principals: Vec<PrincipalId>,
    /// Only those of these roles; of all where there are none.
    pub roles: Option<Vec<RoleId>>,
    /// Eligible or active.
    pub assignment_type: AssignmentType,
    /// Those that have ended instead of those that hold or will hold.
    pub ended: bool,
}

/// Assignments as seen at `at`: the first to end first, and those that have ended the last first.
pub async fn list(
    tx: &mut Transaction,
    filter: &Filter,
    at: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Page<Assignment>> {
    let key = page.key::<(DateTime<Utc>, ScheduleId)>().filter(|&(end, _)| {
        if filter.ended { (DateTime::UNIX_EPOCH..=at).contains(&end) } else { at < end && end <= FOREVER }
    });
    // Each role is one range of an index that ends with the order of the list: the first of each are read, and of those
    // the first. Somebody's own assignments are few, so there one range has all roles.
    let roles = filter.roles.as_deref();
    if roles.is_some_and(<[_]>::is_empty) {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let ranges: Vec<Option<RoleId>> = match roles {
        Some(roles) if filter.principals.is_empty() => roles.iter().copied().map(Some).collect(),
        _ => vec![None],
    };
    let mut query = tx.build(
        "SELECT s.id, s.provider, s.assignment_type, s.state, s.principal_id, s.role_id, s.scope, s.start_at, s.end_at,
                s.eligibility_id, s.request_id, s.end_reason, p.display_name AS principal_name,
                p.user_name AS principal_user_name, p.kind AS principal_kind, r.name AS role_name,
                r.is_privileged AS role_is_privileged, COALESCE(u.display_name, o.display_name) AS scope_name
           FROM (",
    );
    let order = if filter.ended { " ORDER BY end_at DESC, id DESC" } else { " ORDER BY end_at, id" };
    for (index, range) in ranges.into_iter().enumerate() {
        query = query
            .push(if index == 0 { "" } else { " UNION ALL " })
            .push("SELECT end_at, id FROM (SELECT end_at, id FROM schedule WHERE (assignment_type = ")
            .bind(filter.assignment_type)
            // `IS TRUE` keeps the index of all ends from being used: what some few hold is sorted faster.
            .push(if filter.principals.len() > 1 { ") IS TRUE" } else { ")" });
        // One bound, not two: a database that has to choose may choose the wider.
        query = match key {
            Some((end, id)) => query
                .push(if filter.ended { " AND (end_at, id) < (" } else { " AND (end_at, id) > (" })
                .bind(end)
                .push(", ")
                .bind(id)
                .push(")"),
            None => query.push(if filter.ended { " AND end_at <= " } else { " AND end_at > " }).bind(at),
        };
        query = match filter.principals.as_slice() {
            [] => query,
            &[principal] => query.push(" AND principal_id = ").bind(principal),
            principals => query.push(" AND principal_id IN ").bind_list(principals.iter().copied()),
        };
        query = match (range, roles) {
            (Some(role), _) => query.push(" AND role_id = ").bind(role),
            (None, None) => query,
            // Likewise the index of roles.
            (None, Some(roles)) => {
                query.push(" AND (role_id IN ").bind_list(roles.iter().copied()).push(") IS TRUE")
            }
        };
        query = query.push(order).limit(page.limit()).push(") AS part");
    }
    query = query.push(order).limit(page.limit()).push(
        ") AS found
           JOIN schedule AS s ON s.id = found.id
           JOIN principal AS p ON p.id = s.principal_id
           JOIN role AS r ON r.id = s.role_id
           LEFT JOIN administrative_unit AS u ON u.id = s.object_id
           LEFT JOIN principal AS o ON o.id = s.object_id",
    );
    query = query.push(if filter.ended {
        " ORDER BY found.end_at DESC, found.id DESC"
    } else {
        " ORDER BY found.end_at, found.id"
    });
    let rows: Vec<AssignmentRow> = query.fetch_all().await?;
    Ok(page.page(rows, |row| (row.schedule.end_at, row.schedule.id)).map(Assignment::from))
}

/// One assignment as lists show it.
pub async fn get_listed(tx: &mut Transaction, id: ScheduleId) -> Result<Assignment> {
    let row: AssignmentRow = tx
        .query(
            "SELECT s.id, s.provider, s.assignment_type, s.state, s.principal_id, s.role_id, s.scope, s.start_at, s.end_at,
                    s.eligibility_id, s.request_id, s.end_reason, p.display_name AS principal_name,
                    p.user_name AS principal_user_name, p.kind AS principal_kind, r.name AS role_name,
                    r.is_privileged AS role_is_privileged, COALESCE(u.display_name, o.display_name) AS scope_name
               FROM schedule AS s
               JOIN principal AS p ON p.id = s.principal_id
               JOIN role AS r ON r.id = s.role_id
               LEFT JOIN administrative_unit AS u ON u.id = s.object_id
               LEFT JOIN principal AS o ON o.id = s.object_id
              WHERE s.id = $1",
        )
        .bind(id)
        .fetch_one()
        .await?;
    Ok(row.into())
}
