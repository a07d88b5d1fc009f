//! Many rows at once, for made-up organisations and imports: a few hundred rows a statement instead of one.
//!
//! Nothing is checked that the tables do not check themselves, so this is for databases that nobody uses yet.

use crate::{
    Builder, Database, Result, Transaction, audit::AuditEventRow, principal::PrincipalRow,
    request::NewRequest, schedule,
};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{AdministrativeUnitId, OutboxId, PrincipalId},
    schedule::{EndReason, Schedule},
};

/// Postgres takes 65,535 values a statement, SQLite 32,766. Beyond some thousand nothing is won.
const VALUES: usize = 6000;

/// A row of values that grows.
struct Values<'c> {
    builder: Builder<'c>,
    separator: &'static str,
}

impl Values<'_> {
    fn with(self, value: impl crate::Value + 'static) -> Self {
        Self { builder: self.builder.push(self.separator).bind(value), separator: ", " }
    }
}

async fn insert<R: Sync>(
    tx: &mut Transaction,
    rows: &[R],
    columns: usize,
    sql: &'static str,
    with: impl for<'c> Fn(Values<'c>, &R) -> Values<'c> + Sync,
) -> Result<()> {
    for rows in rows.chunks(VALUES / columns) {
        let mut builder = tx.build(sql);
        let mut separator = " VALUES (";
        for row in rows {
            builder = with(Values { builder, separator }, row).builder;
            separator = "), (";
        }
        builder.push(")").execute().await?;
    }
    Ok(())
}

/// Adds principals, without the words that search finds them by.
pub async fn insert_principals(tx: &mut Transaction, rows: &[PrincipalRow]) -> Result<()> {
    insert(
        tx,
        rows,
        14,
        "INSERT INTO principal (id, kind, display_name, sort_name, user_name, mail, description, job_title, department,
                                enabled, assignable_to_role, version, created_at, deleted_at)",
        |values, row| {
            values
                .with(row.id)
                .with(row.kind)
                .with(row.display_name.clone())
                .with(row.display_name.to_lowercase())
                .with(row.user_name.clone())
                .with(row.mail.clone())
                .with(row.description.clone())
                .with(row.job_title.clone())
                .with(row.department.clone())
                .with(row.enabled)
                .with(row.assignable_to_role)
                .with(0_i64)
                .with(row.created_at)
                .with(row.deleted_at)
        }
    )
    .await
}

/// Adds the words that search finds these principals by.
pub async fn insert_words(tx: &mut Transaction, rows: &[PrincipalRow]) -> Result<()> {
    let words: Vec<_> =
        rows.iter().flat_map(|row| row.words().into_iter().map(move |word| (word, row))).collect();
    insert(
        tx,
        &words,
        5,
        "INSERT INTO principal_word (kind, deleted, word, sort_name, principal_id)",
        |values, (word, row)| {
            values
                .with(row.kind)
                .with(row.deleted_at.is_some())
                .with(word.clone())
                .with(row.display_name.to_lowercase())
                .with(row.id)
        },
    )
    .await
}

/// Adds members to groups: group, member, when.
pub async fn insert_members(
    tx: &mut Transaction,
    rows: &[(PrincipalId, &PrincipalRow, DateTime<Utc>)],
) -> Result<()> {
    insert(
        tx,
        rows,
        4,
        "INSERT INTO group_member (group_id, member_id, sort_name, added_at)",
        |values, &(group, member, at)| {
            values.with(group).with(member.id).with(member.display_name.to_lowercase()).with(at)
        },
    )
    .await
}

/// Adds owners to groups: group, owner, when.
pub async fn insert_owners(
    tx: &mut Transaction,
    rows: &[(PrincipalId, PrincipalId, DateTime<Utc>)],
) -> Result<()> {
    insert(
        tx,
        rows,
        3,
        "INSERT INTO group_owner (group_id, owner_id, added_at)",
        |values, &(group, owner, at)| values.with(group).with(owner).with(at),
    )
    .await
}

/// Adds members to administrative units: unit, member, when.
pub async fn insert_unit_members(
    tx: &mut Transaction,
    rows: &[(AdministrativeUnitId, &PrincipalRow, DateTime<Utc>)],
) -> Result<()> {
    insert(
        tx,
        rows,
        4,
        "INSERT INTO administrative_unit_member (unit_id, member_id, sort_name, added_at)",
        |values, &(unit, member, at)| {
            values.with(unit).with(member.id).with(member.display_name.to_lowercase()).with(at)
        },
    )
    .await
}

/// Writes requests.
pub async fn append_requests(tx: &mut Transaction, rows: &[NewRequest]) -> Result<()> {
    insert(
        tx,
        rows,
        28,
        "INSERT INTO schedule_request (id, provider, assignment_type, action, principal_id, role_id, scope, start_at,
                                       end_at, justification, ticket_number, ticket_system, status, requested_by,
                                       schedule_id, created_at, completed_at, object_id, eligibility_id, settings_scope,
                                       approvals_needed, expires_at, assignment_id, old_end_at, stage, stages,
                                       escalates_at, reminds_at)",
        |values, request| {
            let approval = request.approval.as_ref();
            let ticket = request.ticket.as_ref();
            values
                .with(request.id)
                .with(request.provider)
                .with(request.assignment_type)
                .with(request.action)
                .with(request.principal)
                .with(request.role)
                .with(request.scope.clone())
                .with(request.window.start)
                .with(schedule::stored_end(request.window.end))
                .with(request.justification.as_ref().map(ToString::to_string))
                .with(ticket.map(|(number, _)| number.to_string()))
                .with(ticket.and_then(|(_, system)| system.as_ref()).map(ToString::to_string))
                .with(request.status)
                .with(request.requested_by)
                .with(request.schedule)
                .with(request.created_at)
                .with((!request.status.is_open()).then_some(request.created_at))
                .with(schedule::object_of(&request.scope))
                .with(approval.and_then(|approval| approval.eligibility))
                .with(approval.map(|approval| approval.settings_scope.clone()))
                .with(approval.map(|approval| i64::from(approval.stage.needed)))
                .with(approval.map(|approval| approval.expires_at))
                .with(request.prolongs.map(|prolongs| prolongs.assignment))
                .with(request.prolongs.map(|prolongs| prolongs.old_end))
                .with(approval.map(|approval| i64::from(approval.stage.number)))
                .with(approval.map(|approval| i64::from(approval.stages)))
                .with(approval.and_then(|approval| approval.stage.escalates_at))
                .with(approval.and_then(|approval| approval.stage.reminds_at))
        }
    )
    .await
}

/// An assignment, why it ended before its time, and when it was made.
pub type NewSchedule = (Schedule, Option<EndReason>, DateTime<Utc>);

/// Adds assignments.
pub async fn insert_schedules(tx: &mut Transaction, rows: &[NewSchedule]) -> Result<()> {
    insert(
        tx,
        rows,
        14,
        "INSERT INTO schedule (id, provider, assignment_type, state, principal_id, role_id, scope, object_id, start_at,
                               end_at, end_reason, eligibility_id, request_id, created_at)",
        |values, (schedule, end_reason, created_at)| {
            values
                .with(schedule.id)
                .with(schedule.provider)
                .with(schedule.assignment_type)
                .with(schedule.state)
                .with(schedule.principal)
                .with(schedule.role)
                .with(schedule.scope.clone())
                .with(schedule::object_of(&schedule.scope))
                .with(schedule.window.start)
                .with(schedule::stored_end(schedule.window.end))
                .with(*end_reason)
                .with(schedule.eligibility)
                .with(schedule.request)
                .with(*created_at)
        }
    )
    .await
}

/// Appends sealed events.
pub async fn append_events(tx: &mut Transaction, rows: &[AuditEventRow]) -> Result<()> {
    insert(
        tx,
        rows,
        18,
        "INSERT INTO audit_event (seq, id, at, category, activity, actor_id, actor_name, target_id, target_name, role_id,
                                  role_name, scope, justification, ticket, detail, source, request_id, hash)",
        |values, event| {
            values
                .with(event.seq)
                .with(event.id)
                .with(event.at)
                .with(event.category)
                .with(event.activity.clone())
                .with(event.actor_id)
                .with(event.actor_name.clone())
                .with(event.target_id)
                .with(event.target_name.clone())
                .with(event.role_id)
                .with(event.role_name.clone())
                .with(event.scope.clone())
                .with(event.justification.clone())
                .with(event.ticket.clone())
                .with(event.detail.clone())
                .with(event.source.clone())
                .with(event.request_id)
                .with(event.hash.clone())
        }
    )
    .await
}

/// Adds news that was carried long ago: id, topic, payload, when.
pub async fn append_carried_news(
    tx: &mut Transaction,
    rows: &[(OutboxId, &'static str, String, DateTime<Utc>)],
) -> Result<()> {
    insert(
        tx,
        rows,
        7,
        "INSERT INTO outbox (id, topic, payload, state, attempts, due_at, created_at)",
        |values, (id, topic, payload, at)| {
            values
                .with(*id)
                .with((*topic).to_owned())
                .with(payload.clone())
                .with("done".to_owned())
                .with(1_i64)
                .with(*at)
                .with(*at)
        },
    )
    .await
}

/// Gives the one writer of an SQLite file this many KiB for pages: indexes are filled in no order of their own.
/// Postgres has its own setting for this.
pub async fn set_page_cache(database: &Database, tx: &mut Transaction, large: bool) -> Result<()> {
    if let Database::Sqlite { .. } = database {
        tx.query(if large { "PRAGMA cache_size = -1048576" } else { "PRAGMA cache_size = -4000" })
            .execute()
            .await?;
    }
    Ok(())
}
