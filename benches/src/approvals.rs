//! Requests that wait in front of a long history of decided ones.

use crate::{Result, work::sign_in};
use chrono::{DateTime, TimeDelta, Utc};
use stint_domain::{
    assign::Activation,
    id::{PrincipalId, RequestId, RoleId, ScheduleId},
    request::{RequestAction, RequestStatus, Verdict},
    role::Provider,
    schedule::AssignmentType,
    scope::ScopePath,
    settings::StageBegun,
    text::Justification,
    time::{self, Window},
};
use stint_engine::{
    Engine,
    activate::{self, Activated},
    generate, role_settings,
    store::{
        approval, bulk,
        request::{Approval, NewRequest},
    },
};

/// How many wait.
const WAITING: i64 = 50;

/// How many were decided before.
const DECIDED: usize = 100_000;

/// How many are written at once.
const PART: usize = 5_000;

/// A role that needs approval by the administrator, with the requests that wait for it.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The role.
    pub role: RoleId,
    /// The requests.
    pub requests: Vec<RequestId>,
}

/// Asks for the approval of the role that most people can activate: 50 of them wait, 100,000 were denied over the years.
pub async fn prepare(engine: &Engine) -> Result<Waiting> {
    let now = engine.clock().now();
    let mut tx = engine.database().begin().await?;
    let (administrator,): (PrincipalId,) = tx
        .query("SELECT id FROM principal WHERE user_name = $1")
        .bind(generate::ADMINISTRATOR.to_owned())
        .fetch_one()
        .await?;
    let (role,): (RoleId,) = tx
        .query(
            "SELECT s.role_id
               FROM schedule AS s
               JOIN role AS r ON r.id = s.role_id
              WHERE s.assignment_type = 'eligible'
                AND s.provider = 'directory'
                AND s.scope = '/'
                AND s.end_at > $1
                AND NOT r.is_privileged
              GROUP BY s.role_id
              ORDER BY COUNT(*) DESC, s.role_id
              LIMIT 1",
        )
        .bind(now)
        .fetch_one()
        .await?;
    let mut people: Vec<(PrincipalId, ScheduleId)> = tx
        .query(
            "SELECT s.principal_id, s.id
               FROM schedule AS s
               JOIN principal AS p ON p.id = s.principal_id
              WHERE s.role_id = $1
                AND s.assignment_type = 'eligible'
                AND s.scope = '/'
                AND s.start_at <= $2
                AND s.end_at > $3
                AND p.kind = 'user'
                AND p.enabled
                AND p.deleted_at IS NULL
                AND p.id <> $4
                AND NOT EXISTS (SELECT a.id FROM schedule AS a
                                 WHERE a.principal_id = s.principal_id
                                   AND a.role_id = s.role_id
                                   AND a.assignment_type = 'active'
                                   AND a.end_at > $2)
              ORDER BY s.principal_id
              LIMIT $5",
        )
        .bind(role)
        .bind(now)
        .bind(now + TimeDelta::hours(9))
        .bind(administrator)
        .bind(2 * WAITING)
        .fetch_all()
        .await?;
    // Somebody who is eligible in two stretches asks once.
    people.dedup_by_key(|&mut (principal, _)| principal);
    people.truncate(usize::try_from(WAITING)?);
    if people.is_empty() {
        return Err("nobody can ask for anything".into());
    }
    let callers = sign_in(&mut tx, people.iter().map(|&(id, _)| id).chain([administrator]), now).await?;
    tx.commit().await?;
    let by = callers.last().ok_or("nobody is signed in")?;

    let mut op = engine.write(by).await?;
    let found = role_settings::get(&mut op, role, &ScopePath::directory()).await?;
    let mut settings = found.settings;
    settings.activation_approval.is_approval_required = true;
    role_settings::update(&mut op, role, &ScopePath::directory(), settings, found.version).await?;
    op.commit().await?;

    for first in (0..DECIDED).step_by(PART) {
        decide(engine, role, administrator, &people, first, now).await?;
    }
    let mut requests = Vec::new();
    for (caller, &(_, eligibility)) in callers.iter().zip(&people) {
        let mut op = engine.write(caller).await?;
        let asked = Activation {
            start: None,
            duration: time::Duration::hours(1),
            justification: Some(Justification::parse("Moving the old file server's shares")?),
            ticket: None,
        };
        let activated = activate::activate(&mut op, eligibility, asked, None).await?;
        op.commit().await?;
        if let Activated::Pending { request, .. } = activated {
            requests.push(request);
        }
    }
    Ok(Waiting { role, requests })
}

/// Writes a part of the history: one request every ten minutes, each denied an hour later.
async fn decide(
    engine: &Engine,
    role: RoleId,
    approver: PrincipalId,
    people: &[(PrincipalId, ScheduleId)],
    first: usize,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut rows = Vec::with_capacity(PART);
    for index in first..first + PART {
        let (principal, eligibility) = people[index % people.len()];
        let at = now - TimeDelta::days(1) - TimeDelta::minutes(10 * i64::try_from(index)?);
        rows.push(NewRequest {
            id: engine.random().id(at),
            provider: Provider::Directory,
            assignment_type: AssignmentType::Active,
            action: RequestAction::SelfActivate,
            principal,
            role,
            scope: ScopePath::directory(),
            window: Window::new(at, Some(at + TimeDelta::hours(1))),
            justification: Justification::parse("Cleaning up stale devices").ok(),
            ticket: None,
            status: RequestStatus::Denied,
            requested_by: principal,
            schedule: None,
            created_at: at,
            prolongs: None,
            signed_in: None,
            approval: Some(Approval {
                eligibility: Some(eligibility),
                settings_scope: ScopePath::directory(),
                stages: 1,
                stage: StageBegun::only(1),
                expires_at: at + TimeDelta::days(1),
            }),
        });
    }
    let mut tx = engine.database().begin().await?;
    bulk::append_requests(&mut tx, &rows).await?;
    for row in &rows {
        let at = row.created_at + TimeDelta::hours(1);
        approval::append_decision(
            &mut tx,
            row.id,
            (approver, None),
            Verdict::Deny,
            "Not this week",
            None,
            at,
        )
        .await?;
    }
    Ok(tx.commit().await?)
}
