//! An administrator makes people eligible or active, changes that, and takes it away.

use crate::{
    Error, Operation, Result,
    audit::Event,
    guard::Guard,
    requests::{self, Said},
    step_up,
};
use chrono::{DateTime, Utc};
use serde_json::json;
use stint_domain::{
    assign::{check_assignment, check_member, check_role, start_or_now},
    audit::Activity,
    authz::{Action, Target},
    id::{PrincipalId, RoleId, ScheduleId},
    principal::PrincipalKind,
    refusal::{Broken, Field, Refusal, Refusals},
    request::{RequestAction, RequestStatus},
    role::{Provider, Role},
    schedule::{AssignmentState, AssignmentType, EndReason, Schedule},
    scope::{Scope, ScopePath},
    settings::RoleSettings,
    text::Justification,
    time::{Phase, Window},
};
use stint_store::{
    administrative_unit, approval,
    principal::{self, PrincipalRow},
    role_settings, schedule,
};

/// What the wizard asks for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The role.
    pub role: RoleId,
    /// Where.
    pub scope: ScopePath,
    /// For whom.
    pub members: Vec<PrincipalId>,
    /// Eligible or active.
    pub assignment_type: AssignmentType,
    /// From when; from now where nothing was chosen.
    pub start: Option<DateTime<Utc>>,
    /// Until when; for ever where nothing was chosen.
    pub end: Option<DateTime<Utc>>,
    /// Why.
    pub justification: Option<Justification>,
}

/// The settings that the wizard obeys.
pub async fn settings(op: &mut Operation, role: RoleId, scope: &ScopePath) -> Result<RoleSettings> {
    op.require(Action::UpdateRoleAssignments, &Target::directory())?;
    let provider = op.engine.catalogue.get(role)?.provider;
    Ok(role_settings::get(&mut op.tx, provider, role, settings_scope(provider, scope)).await?.settings)
}

/// Directory roles have one set of settings; the other providers have one at each scope.
pub(crate) fn settings_scope(provider: Provider, scope: &ScopePath) -> &ScopePath {
    static DIRECTORY: std::sync::LazyLock<ScopePath> = std::sync::LazyLock::new(ScopePath::directory);
    if provider == Provider::Directory { &DIRECTORY } else { scope }
}

/// Gives a role to one or more members: to all of them or to none.
///
/// What is taken is taken in one order by everybody, so that no two operations wait for each other: guarded roles, units,
/// principals by id, schedules, and at the commit the end of the audit chain.
pub async fn assign(op: &mut Operation, ask: Ask) -> Result<Vec<ScheduleId>> {
    let settings = settings(op, ask.role, &ask.scope).await?;
    let asks = settings.enablement(ask.assignment_type);
    let demand = step_up::of_assignment(op, ask.role, asks).await?;
    step_up::require(op, demand).await?;
    let role = op.engine.catalogue.get(ask.role)?.clone();
    let guard = Guard::before(op, &[role.id]).await?;

    let mut found = check_role(&role, &ask.scope);
    if !scope_exists(op, role.provider, &ask.scope).await? {
        found.push(Refusal::at(Field::Scope, Broken::ScopeMissing));
    }
    let members = members(op, &ask, &role, &mut found).await?;
    let start = start_or_now(ask.start, op.now).unwrap_or_else(|refusal| {
        found.push(refusal);
        op.now
    });
    let window = Window::new(start, ask.end);
    found.extend(check_assignment(&settings, ask.assignment_type, window, ask.justification.as_ref()));
    let mut wanted = Vec::with_capacity(members.len());
    for member in &members {
        let schedule = Schedule {
            id: op.id(),
            assignment_type: ask.assignment_type,
            state: AssignmentState::Assigned,
            provider: role.provider,
            principal: member.id,
            role: role.id,
            scope: ask.scope.clone(),
            window,
            eligibility: None,
            request: op.id(),
        };
        if let Some(twin) = find_twin(op, &schedule).await? {
            found.push(exists(member, &twin));
        }
        wanted.push((member, schedule));
    }
    Refusals::check(found)?;

    let mut ids = Vec::with_capacity(members.len());
    for (member, schedule) in wanted {
        let status = match window.phase(op.now) {
            Phase::Upcoming => RequestStatus::Granted,
            Phase::InForce | Phase::Ended => RequestStatus::Provisioned,
        };
        let said = Said::reason(ask.justification.clone());
        requests::append(op, schedule.request, &schedule, RequestAction::AdminAssign, status, said).await?;
        schedule::insert(&mut op.tx, &schedule, op.now).await?;
        let activity = assigned(ask.assignment_type, window);
        let event = Event::new(activity)
            .on(member)
            .role(role.id, &role.name, schedule.scope.as_str())
            .because(ask.justification.as_ref())
            .detail(window_in_words(window))
            .request(schedule.request);
        op.record(event);
        tell_given(op, &schedule).await?;
        ids.push(schedule.id);
    }
    guard.after(op).await?;
    Ok(ids)
}

/// What the log calls it to give an assignment.
pub(crate) const fn assigned(assignment_type: AssignmentType, window: Window) -> Activity {
    match (assignment_type, window.end) {
        (AssignmentType::Eligible, None) => Activity::EligibleAssignedPermanent,
        (AssignmentType::Eligible, Some(_)) => Activity::EligibleAssigned,
        (AssignmentType::Active, None) => Activity::ActiveAssignedPermanent,
        (AssignmentType::Active, Some(_)) => Activity::ActiveAssigned,
    }
}

/// Takes the members and checks each.
async fn members(
    op: &mut Operation,
    ask: &Ask,
    role: &Role,
    found: &mut Vec<Refusal>,
) -> Result<Vec<PrincipalRow>> {
    let mut ids = ask.members.clone();
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        found.push(Refusal::at(Field::Members, Broken::Missing("Select at least one member.".to_owned())));
        return Ok(Vec::new());
    }
    let mut members = Vec::with_capacity(ids.len());
    for &id in &ids {
        members.extend(principal::take(&mut op.tx, id).await?);
    }
    if members.len() < ids.len() {
        found.push(Refusal::at(Field::Members, Broken::MemberDeleted("A selected member".to_owned())));
    }
    for member in &members {
        found.extend(check_member(role.provider, ask.assignment_type, &member.to_principal()));
    }
    Ok(members)
}

/// Whether there is such a scope; a unit is taken, so that it is not deleted meanwhile.
pub(crate) async fn scope_exists(op: &mut Operation, provider: Provider, scope: &ScopePath) -> Result<bool> {
    if provider != Provider::Directory {
        // Groups and resources are not managed yet.
        return Ok(false);
    }
    Ok(match scope.kind() {
        Scope::Directory => true,
        Scope::Resource => false,
        Scope::AdministrativeUnit(id) => {
            administrative_unit::take(&mut op.tx, id).await?.is_some_and(|unit| unit.deleted_at.is_none())
        }
        Scope::Object(id) => principal::find(&mut op.tx, id.into())
            .await?
            .is_some_and(|row| row.deleted_at.is_none() && row.kind == PrincipalKind::ServicePrincipal),
    })
}

/// The assignment that the wanted one would double: same holder, role, scope and type, at a common moment.
pub(crate) async fn find_twin(op: &mut Operation, wanted: &Schedule) -> Result<Option<Schedule>> {
    let open = schedule::list_open(&mut op.tx, &[wanted.principal], op.now).await?;
    Ok(open.into_iter().find(|other| {
        other.role == wanted.role
            && other.scope == wanted.scope
            && other.assignment_type == wanted.assignment_type
            && other.state == AssignmentState::Assigned
            && other.window.overlaps(&wanted.window)
            && other.id != wanted.id
    }))
}

pub(crate) fn exists(member: &PrincipalRow, twin: &Schedule) -> Refusal {
    let window = match twin.window.end {
        None => "permanently".to_owned(),
        Some(end) => format!("until {}", end.format("%-d %b %Y, %H:%M UTC")),
    };
    let kind = twin.assignment_type.label().to_lowercase();
    Refusal::at(Field::Members, Broken::Exists { member: member.display_name.clone(), kind, window })
}

/// What an administrator changes of an assignment.
#[derive(Clone, Debug)]
pub struct Change {
    /// From when; unchanged where nothing was chosen.
    pub start: Option<DateTime<Utc>>,
    /// Until when; for ever where nothing was chosen.
    pub end: Option<DateTime<Utc>>,
    /// Why.
    pub justification: Option<Justification>,
}

/// Changes when an assignment holds. Activations of an eligibility are cut to fit.
pub async fn update(op: &mut Operation, id: ScheduleId, change: Change) -> Result<()> {
    op.require(Action::UpdateRoleAssignments, &Target::directory())?;
    let (before, member, role, guard) = open_assignment(op, id).await?;
    if before.state == AssignmentState::Activated {
        return Err(Refusal::at(Field::Form, Broken::IsActivation).into());
    }
    let settings =
        role_settings::get(&mut op.tx, role.provider, role.id, settings_scope(role.provider, &before.scope))
            .await?
            .settings;
    let demand = step_up::of_assignment(op, role.id, settings.enablement(before.assignment_type)).await?;
    step_up::require(op, demand).await?;

    let start = match change.start {
        // What has begun has begun.
        Some(start) if start != before.window.start && before.window.phase(op.now) == Phase::Upcoming => {
            start_or_now(Some(start), op.now)?
        }
        _ => before.window.start,
    };
    let window = Window::new(start, change.end);
    // The settings bound what is given from now on, not what was given before.
    let ahead = Window::new(start.max(op.now), change.end);
    let mut found = check_assignment(&settings, before.assignment_type, ahead, change.justification.as_ref());
    let after = Schedule { window, ..before.clone() };
    if let Some(twin) = find_twin(op, &after).await? {
        found.push(exists(&member, &twin));
    }
    Refusals::check(found)?;

    if !schedule::set_window(&mut op.tx, id, window, op.now).await? {
        return Err(Refusal::at(Field::Form, Broken::AlreadyEnded).into());
    }
    if after.assignment_type == AssignmentType::Eligible {
        cut_activations(op, &after, &member, &role).await?;
    }
    requests::cancel_of_assignment(op, id, "an administrator changed the assignment").await?;
    let (request, said) = (op.id(), Said::reason(change.justification.clone()));
    requests::append(op, request, &after, RequestAction::AdminUpdate, RequestStatus::Provisioned, said)
        .await?;
    let activity = match after.assignment_type {
        AssignmentType::Eligible => Activity::EligibleUpdated,
        AssignmentType::Active => Activity::ActiveUpdated,
    };
    let event = Event::new(activity)
        .on(&member)
        .role(role.id, &role.name, after.scope.as_str())
        .because(change.justification.as_ref())
        .detail(format!("{} → {}", window_in_words(before.window), window_in_words(window)))
        .request(request);
    op.record(event);
    tell_changed(op, &after).await?;
    guard.after(op).await
}

/// Takes an assignment away. An eligibility takes its activations with it, and the requests for one.
pub async fn remove(op: &mut Operation, id: ScheduleId, justification: Option<Justification>) -> Result<()> {
    op.require(Action::UpdateRoleAssignments, &Target::directory())?;
    let (schedule, member, role, guard) = open_assignment(op, id).await?;
    if !schedule::end(&mut op.tx, id, op.now, EndReason::Removed).await? {
        return Err(Refusal::at(Field::Form, Broken::AlreadyEnded).into());
    }
    let mut ended = schedule.clone();
    ended.window.end = Some(op.now);
    if schedule.assignment_type == AssignmentType::Eligible {
        cut_activations(op, &ended, &member, &role).await?;
        let waiting = approval::list_of_eligibility(&mut op.tx, id, op.now).await?;
        requests::cancel_groundless(op, waiting, "the eligibility was removed").await?;
    }
    requests::cancel_of_assignment(op, id, "the assignment was removed").await?;
    let (request, said) = (op.id(), Said::reason(justification.clone()));
    requests::append(op, request, &ended, RequestAction::AdminRemove, RequestStatus::Revoked, said).await?;
    let activity = match schedule.assignment_type {
        AssignmentType::Eligible => Activity::EligibleRemoved,
        AssignmentType::Active => Activity::ActiveRemoved,
    };
    let event = Event::new(activity)
        .on(&member)
        .role(role.id, &role.name, schedule.scope.as_str())
        .because(justification.as_ref())
        .detail(window_in_words(schedule.window))
        .request(request);
    op.record(event);
    tell_changed(op, &ended).await?;
    guard.after(op).await
}

/// Gives a role for ever, everywhere, on the word of the server's own shell. Does nothing where that is so already.
pub(crate) async fn assign_by_system(op: &mut Operation, member: &PrincipalRow, role: RoleId) -> Result<()> {
    let role = op.engine.catalogue.get(role)?.clone();
    let open = schedule::list_open(&mut op.tx, &[member.id], op.now).await?;
    let has = open.iter().any(|schedule| {
        schedule.role == role.id
            && schedule.assignment_type == AssignmentType::Active
            && schedule.state == AssignmentState::Assigned
            && schedule.window.end.is_none()
            && schedule.scope == ScopePath::directory()
    });
    if has {
        return Ok(());
    }
    let schedule = Schedule {
        id: op.id(),
        assignment_type: AssignmentType::Active,
        state: AssignmentState::Assigned,
        provider: role.provider,
        principal: member.id,
        role: role.id,
        scope: ScopePath::directory(),
        window: Window::new(op.now, None),
        eligibility: None,
        request: op.id(),
    };
    let said = Said::reason(Justification::parse("Made on the server's own shell").ok());
    requests::append_for(
        op,
        member.id,
        schedule.request,
        &schedule,
        RequestAction::AdminAssign,
        RequestStatus::Provisioned,
        said,
    )
    .await?;
    schedule::insert(&mut op.tx, &schedule, op.now).await?;
    let event = Event::new(Activity::ActiveAssignedPermanent)
        .on(member)
        .role(role.id, &role.name, schedule.scope.as_str())
        .because(Some("Made on the server's own shell"))
        .request(schedule.request);
    op.record(event);
    tell_given(op, &schedule).await
}

/// An assignment that has not ended, taken, with its holder and role, and the role's holders counted.
async fn open_assignment(
    op: &mut Operation,
    id: ScheduleId,
) -> Result<(Schedule, PrincipalRow, Role, Guard)> {
    let known = schedule::find(&mut op.tx, id).await?.ok_or(Error::NotFound)?;
    let role = op.engine.catalogue.get(known.role)?.clone();
    let guard = Guard::before(op, &[role.id]).await?;
    let member = principal::take(&mut op.tx, known.principal).await?.ok_or(Error::NotFound)?;
    match schedule::take(&mut op.tx, id).await? {
        Some(schedule) if schedule.window.phase(op.now) != Phase::Ended => {
            Ok((schedule, member, role, guard))
        }
        _ => Err(Refusal::at(Field::Form, Broken::AlreadyEnded).into()),
    }
}

/// INVARIANT: an activation never outlives its eligibility: what sticks out of the eligibility's window is cut off, in the
/// transaction that changed the window.
pub(crate) async fn cut_activations(
    op: &mut Operation,
    eligibility: &Schedule,
    member: &PrincipalRow,
    role: &Role,
) -> Result<()> {
    for activation in schedule::list_activations(&mut op.tx, eligibility.id, op.now).await? {
        let cut = activation.window.cut(eligibility.window.end);
        let ends_now = cut.end.is_some_and(|end| end <= op.now)
            || cut.is_empty()
            || cut.start < eligibility.window.start;
        if ends_now {
            end_activation(op, &activation, member, role, EndReason::EligibilityEnded).await?;
        } else if cut != activation.window {
            schedule::set_window(&mut op.tx, activation.id, cut, op.now).await?;
            let event = Event::new(Activity::ActiveUpdated)
                .on(&holder_of(op, &activation, member).await?)
                .role(role.id, &role.name, activation.scope.as_str())
                .detail(format!("{} → {}", window_in_words(activation.window), window_in_words(cut)));
            op.record(event);
            tell_changed(op, &activation).await?;
        }
    }
    Ok(())
}

/// Ends an activation whose ground was taken away.
pub(crate) async fn end_activation(
    op: &mut Operation,
    activation: &Schedule,
    member: &PrincipalRow,
    role: &Role,
    reason: EndReason,
) -> Result<()> {
    if schedule::end(&mut op.tx, activation.id, op.now, reason).await? {
        let event = Event::new(Activity::ActivationEnded)
            .on(&holder_of(op, activation, member).await?)
            .role(role.id, &role.name, activation.scope.as_str())
            .detail(reason.label());
        op.record(event);
        tell_changed(op, activation).await?;
    }
    Ok(())
}

/// Who activated: the member itself, or somebody in the group that the member is.
async fn holder_of(op: &mut Operation, activation: &Schedule, member: &PrincipalRow) -> Result<PrincipalRow> {
    if activation.principal == member.id {
        return Ok(member.clone());
    }
    principal::find(&mut op.tx, activation.principal).await?.ok_or(Error::NotFound)
}

/// Tells the outside that somebody's roles may have changed. The news names the principal, not the change: whoever acts on
/// it asks what holds then.
pub(crate) async fn tell_changed(op: &mut Operation, schedule: &Schedule) -> Result<()> {
    let news = json!({ "principal": schedule.principal, "role": schedule.role, "scope": schedule.scope, "schedule": schedule.id });
    op.tell("role_assignment_changed", &news).await
}

/// Tells the outside that somebody was given a role, and by which request: mails tell of that.
pub(crate) async fn tell_given(op: &mut Operation, schedule: &Schedule) -> Result<()> {
    let news = json!({
        "principal": schedule.principal, "role": schedule.role, "scope": schedule.scope, "schedule": schedule.id,
        "request": schedule.request,
    });
    op.tell("role_assignment_changed", &news).await
}

/// A window as the audit log says it.
pub(crate) fn window_in_words(window: Window) -> String {
    let start = window.start.format("%Y-%m-%d %H:%M:%S UTC");
    match window.end {
        Some(end) => format!("{start} to {}", end.format("%Y-%m-%d %H:%M:%S UTC")),
        None => format!("{start}, permanent"),
    }
}
