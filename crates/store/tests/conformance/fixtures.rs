//! Rows to write, made with as few words as a test can do with.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::atomic::{AtomicU64, Ordering};
use stint_domain::{
    id::{PrincipalId, RequestId, RoleId, ScheduleId},
    principal::PrincipalKind,
    request::{RequestAction, RequestStatus},
    role::{GROUP_MEMBER, Provider, Role, ScopeType},
    schedule::{AssignmentState, AssignmentType, Schedule},
    scope::ScopePath,
    time::Window,
};
use stint_store::{
    Transaction,
    principal::{self, PrincipalRow},
    request::{self, NewRequest},
    role, schedule,
};
use uuid::Uuid;

/// A new id, larger than those before.
pub fn id<T: From<Uuid>>() -> T {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(u128::from(COUNT.fetch_add(1, Ordering::Relaxed))).into()
}

/// Noon of a certain day, with microseconds that must not get lost.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_700_000_000_123_457).unwrap()
}

/// So many hours after noon, or before it.
pub fn hour(count: i64) -> DateTime<Utc> {
    noon() + TimeDelta::hours(count)
}

/// A principal that nobody has written yet.
pub fn row(kind: PrincipalKind, name: &str) -> PrincipalRow {
    PrincipalRow::new(id(), kind, name.to_owned(), noon())
}

/// Writes a user.
pub async fn user(tx: &mut Transaction, name: &str) -> PrincipalId {
    write(tx, row(PrincipalKind::User, name)).await
}

/// Writes a group.
pub async fn group(tx: &mut Transaction, name: &str) -> PrincipalId {
    write(tx, row(PrincipalKind::Group, name)).await
}

async fn write(tx: &mut Transaction, row: PrincipalRow) -> PrincipalId {
    principal::insert(tx, &row).await.unwrap();
    row.id
}

/// A role that nobody has written yet.
pub fn role_named(id: RoleId, name: &str) -> Role {
    Role {
        id,
        provider: Provider::Directory,
        name: name.to_owned(),
        description: "Does what it is for.".to_owned(),
        is_builtin: true,
        is_privileged: false,
        is_assignable: true,
        scope_types: vec![ScopeType::Directory, ScopeType::AdministrativeUnit],
        permissions: vec!["microsoft.directory/users/create".to_owned()],
    }
}

/// Writes a role.
pub async fn role(tx: &mut Transaction, name: &str) -> RoleId {
    let role = role_named(id(), name);
    role::put(tx, &role).await.unwrap();
    role.id
}

/// Writes the role that makes its holder a member of a group.
pub async fn group_member_role(tx: &mut Transaction) {
    let role = Role { provider: Provider::Group, ..role_named(GROUP_MEMBER, "Member") };
    role::put(tx, &role).await.unwrap();
}

/// An active, assigned schedule of the whole directory that nobody has written yet.
pub fn active(principal: PrincipalId, role: RoleId, window: Window) -> Schedule {
    Schedule {
        id: id(),
        assignment_type: AssignmentType::Active,
        state: AssignmentState::Assigned,
        provider: Provider::Directory,
        principal,
        role,
        scope: ScopePath::directory(),
        window,
        eligibility: None,
        request: id(),
    }
}

/// The same as an eligibility.
pub fn eligible(principal: PrincipalId, role: RoleId, window: Window) -> Schedule {
    Schedule { assignment_type: AssignmentType::Eligible, ..active(principal, role, window) }
}

/// An activation of this eligibility.
pub fn activation(of: &Schedule, window: Window) -> Schedule {
    Schedule {
        state: AssignmentState::Activated,
        eligibility: Some(of.id),
        ..active(of.principal, of.role, window)
    }
}

/// The request that makes a schedule.
pub fn request_for(schedule: &Schedule) -> NewRequest {
    NewRequest {
        id: schedule.request,
        provider: schedule.provider,
        assignment_type: schedule.assignment_type,
        action: RequestAction::AdminAssign,
        principal: schedule.principal,
        role: schedule.role,
        scope: schedule.scope.clone(),
        window: schedule.window,
        justification: None,
        ticket: None,
        status: RequestStatus::Provisioned,
        requested_by: schedule.principal,
        schedule: Some(schedule.id),
        created_at: noon(),
        signed_in: None,
        prolongs: None,
        approval: None,
    }
}

/// Writes a schedule with its request.
pub async fn schedule(tx: &mut Transaction, schedule: Schedule) -> ScheduleId {
    let request: RequestId = schedule.request;
    request::append(tx, &NewRequest { id: request, ..request_for(&schedule) }).await.unwrap();
    schedule::insert(tx, &schedule, noon()).await.unwrap();
    schedule.id
}
