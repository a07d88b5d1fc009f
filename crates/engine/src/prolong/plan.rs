//! What an extension or renewal comes to: which assignment holds afterwards, whether that may be, and the writing of it.

use crate::{
    Error, Operation, Result,
    assign::{
        assigned, cut_activations, exists, find_twin, scope_exists, settings_scope, tell_changed,
        window_in_words,
    },
    audit::Event,
    guard::Guard,
    requests,
};
use chrono::{DateTime, Utc};
use stint_domain::{
    assign::{check_assignment, check_member, check_role, start_or_now},
    audit::Activity,
    id::{RequestId, ScheduleId},
    prolong::{Prolong, Terms},
    refusal::{Broken, Field, Refusal, Refusals},
    role::Role,
    schedule::{AssignmentType, EndReason, Schedule},
    settings::RoleSettings,
    text::Justification,
    time::{Phase, Window},
};
use stint_store::{
    approval,
    principal::{self, PrincipalRow},
    role_settings, schedule,
};

/// An assignment that was not taken away, taken with its holder, whether or not it has run its time.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) schedule: Schedule,
    pub(crate) member: PrincipalRow,
    pub(crate) role: Role,
    pub(crate) settings: RoleSettings,
    scope_exists: bool,
    guard: Guard,
}

impl Taken {
    /// Goes on only if this can be done now. Tells when the assignment ends or ended.
    pub(crate) fn check(&self, wanted: Prolong, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
        let checked = self.schedule.prolonging(None, now).check(wanted);
        checked.map_err(|broken| Refusal::at(Field::Form, broken))?;
        self.schedule.window.end.ok_or(Error::NotFound)
    }
}

/// Takes an assignment to let it go on, in the order in which everybody takes: the guarded role, the unit, the member, the
/// assignment.
pub(crate) async fn take(op: &mut Operation, id: ScheduleId) -> Result<Taken> {
    let known = schedule::find(&mut op.tx, id).await?.ok_or(Error::NotFound)?;
    let role = op.engine.catalogue.get(known.role)?.clone();
    let guard = Guard::before(op, &[role.id]).await?;
    let scope_exists = scope_exists(op, role.provider, &known.scope).await?;
    let member = principal::take(&mut op.tx, known.principal).await?.ok_or(Error::NotFound)?;
    let Some(schedule) = schedule::take(&mut op.tx, id).await? else {
        let reason = schedule::get_listed(&mut op.tx, id).await?.end_reason.unwrap_or(EndReason::Removed);
        let broken = Broken::EndedEarly(reason.label().to_lowercase());
        return Err(Refusal::at(Field::Form, broken).into());
    };
    let settings = settings(op, &schedule).await?;
    Ok(Taken { schedule, member, role, settings, scope_exists, guard })
}

/// The settings that an assignment keeps to.
pub(super) async fn settings(op: &mut Operation, schedule: &Schedule) -> Result<RoleSettings> {
    let scope = settings_scope(schedule.provider, &schedule.scope);
    Ok(role_settings::get(&mut op.tx, schedule.provider, schedule.role, scope).await?.settings)
}

/// The assignment that holds afterwards. One that has not ended and keeps its type is the same, with another end; else it is
/// a new one, made by `request`, by the same rules as assigning.
pub(crate) async fn plan(
    op: &mut Operation,
    taken: &Taken,
    terms: &Terms,
    justification: Option<&Justification>,
    request: RequestId,
) -> Result<Schedule> {
    let (before, now) = (&taken.schedule, op.now);
    let mut found = Vec::new();
    let mut start_of = |wanted| {
        start_or_now(wanted, now).unwrap_or_else(|refusal| {
            found.push(refusal);
            now
        })
    };
    let is_same = before.window.phase(now) != Phase::Ended && terms.assignment_type == before.assignment_type;
    let after = if is_same {
        // What has begun has begun.
        let start = match terms.start {
            Some(start) if before.window.phase(now) == Phase::Upcoming => start_of(Some(start)),
            _ => before.window.start,
        };
        Schedule { window: Window::new(start, terms.end), ..before.clone() }
    } else {
        let window = Window::new(start_of(terms.start), terms.end);
        let assignment_type = terms.assignment_type;
        Schedule { id: op.id(), assignment_type, window, request, ..before.clone() }
    };
    if is_same {
        let old_end = before.window.end.filter(|&old| after.window.end.is_some_and(|new| new <= old));
        found.extend(old_end.map(|old| Refusal::at(Field::End, Broken::EndsNoLater(old))));
    } else {
        found.extend(check_role(&taken.role, &after.scope));
        if !taken.scope_exists {
            found.push(Refusal::at(Field::Scope, Broken::ScopeMissing));
        }
        let member = taken.member.to_principal();
        found.extend(check_member(taken.role.provider, after.assignment_type, &member));
    }
    // The settings bound what is given from now on, not what was given before.
    let ahead = Window::new(after.window.start.max(now), after.window.end);
    found.extend(check_assignment(&taken.settings, after.assignment_type, ahead, justification));
    if let Some(twin) = find_twin(op, &after).await? {
        found.push(exists(&taken.member, &twin));
    }
    Refusals::check(found)?;
    Ok(after)
}

/// The time that is given: from the old end on, or the whole of a new assignment.
pub(crate) fn added(taken: &Taken, after: &Schedule) -> Window {
    let old_end = taken.schedule.window.end.filter(|_| after.id == taken.schedule.id);
    Window::new(old_end.unwrap_or(after.window.start), after.window.end)
}

/// Writes what was planned. The request that makes it must be there.
pub(crate) async fn carry_out(
    op: &mut Operation,
    taken: Taken,
    after: &Schedule,
    request: RequestId,
    justification: Option<&Justification>,
) -> Result<()> {
    let Taken { schedule: before, member, role, guard, .. } = taken;
    let is_eligible = after.assignment_type == AssignmentType::Eligible;
    let activity = if after.id == before.id {
        if !schedule::set_window(&mut op.tx, before.id, after.window, op.now).await? {
            return Err(Refusal::at(Field::Form, Broken::AlreadyEnded).into());
        }
        if is_eligible {
            cut_activations(op, after, &member, &role).await?;
        }
        if is_eligible { Activity::EligibleUpdated } else { Activity::ActiveUpdated }
    } else {
        let was_open = before.window.phase(op.now) != Phase::Ended;
        if was_open {
            replace(op, &before, after, &member, &role).await?;
        }
        schedule::insert(&mut op.tx, after, op.now).await?;
        match (was_open, is_eligible) {
            (true, _) => assigned(after.assignment_type, after.window),
            (false, true) => Activity::EligibleRenewed,
            (false, false) => Activity::ActiveRenewed,
        }
    };
    let event = Event::new(activity)
        .on(&member)
        .role(role.id, &role.name, after.scope.as_str())
        .because(justification)
        .detail(format!("{} → {}", window_in_words(before.window), window_in_words(after.window)))
        .request(request);
    op.record(event);
    tell_changed(op, after).await?;
    guard.after(op).await
}

/// Ends an assignment where its successor of the other type begins: now, or later if that is before its own end.
async fn replace(
    op: &mut Operation,
    before: &Schedule,
    after: &Schedule,
    member: &PrincipalRow,
    role: &Role,
) -> Result<()> {
    let mut cut = Schedule { window: before.window.cut(Some(after.window.start)), ..before.clone() };
    if cut.window == before.window {
        return Ok(());
    }
    let ends_now = cut.window.is_empty() || cut.window.phase(op.now) == Phase::Ended;
    if ends_now {
        schedule::end(&mut op.tx, before.id, op.now, EndReason::Replaced).await?;
        cut.window.end = Some(op.now);
    } else {
        schedule::set_window(&mut op.tx, before.id, cut.window, op.now).await?;
    }
    if before.assignment_type == AssignmentType::Eligible {
        cut_activations(op, &cut, member, role).await?;
        if ends_now {
            let waiting = approval::list_of_eligibility(&mut op.tx, before.id, op.now).await?;
            requests::cancel_groundless(op, waiting, "the eligibility goes on as an active assignment")
                .await?;
        }
    }
    let (activity, what) = match before.assignment_type {
        AssignmentType::Eligible => (Activity::EligibleUpdated, "eligible"),
        AssignmentType::Active => (Activity::ActiveUpdated, "active"),
    };
    let event = Event::new(activity).on(member).role(role.id, &role.name, before.scope.as_str()).detail(
        format!("No longer {what}: {} → {}", window_in_words(before.window), window_in_words(cut.window)),
    );
    op.record(event);
    tell_changed(op, before).await
}
