//! A person turns a role on, proves that it works, and turns it off.

use crate::{
    Error, Operation, Result,
    assign::{settings_scope, tell_changed, window_in_words},
    audit::Event,
    requests::{self, Said},
};
use std::collections::BTreeSet;
use stint_domain::{
    assign::Activation,
    audit::Activity,
    authz::{Action, Target, decide},
    id::{PrincipalId, ScheduleId},
    refusal::{Broken, Field, Refusal},
    request::{RequestAction, RequestStatus},
    role::Role,
    schedule::{AssignmentState, AssignmentType, EndReason, Schedule},
    scope::{Scope, ScopePath},
    settings::RoleSettings,
    text::TicketSystem,
    time::Phase,
};
use stint_store::{group, principal, role_settings, schedule};

/// An eligibility that the person could activate, with the settings that they must keep to.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The eligibility.
    pub eligibility: Schedule,
    /// The role.
    pub role: Role,
    /// Its settings.
    pub settings: RoleSettings,
    /// The activation of the same role and scope that holds or will hold, if there is one.
    pub running: Option<Schedule>,
}

/// What the Activate panel shows.
pub async fn offer(op: &mut Operation, eligibility: ScheduleId) -> Result<Offer> {
    op.require(Action::ActivateRoles, &Target::object(op.actor()?.id))?;
    let eligibility = op
        .schedules()?
        .iter()
        .find(|schedule| schedule.id == eligibility && schedule.assignment_type == AssignmentType::Eligible)
        .cloned()
        .ok_or_else(not_eligible)?;
    let role = op.engine.catalogue.get(eligibility.role)?.clone();
    let scope = settings_scope(role.provider, &eligibility.scope);
    let settings = role_settings::get(&mut op.tx, role.provider, role.id, scope).await?.settings;
    let running = running(op.schedules()?, &eligibility, op.actor()?.id);
    Ok(Offer { eligibility, role, settings, running })
}

/// The person's own activation of the same role and scope that has not ended.
fn running(schedules: &[Schedule], eligibility: &Schedule, own: PrincipalId) -> Option<Schedule> {
    let same = |schedule: &&Schedule| {
        schedule.state == AssignmentState::Activated
            && schedule.principal == own
            && schedule.role == eligibility.role
            && schedule.scope == eligibility.scope
    };
    schedules.iter().find(same).cloned()
}

/// Turns a role on: from the return of [`Operation::commit`] on, the person may.
pub async fn activate(
    op: &mut Operation,
    eligibility: ScheduleId,
    asked: Activation,
    ticket_system: Option<TicketSystem>,
) -> Result<Schedule> {
    let Offer { role, settings, eligibility, .. } = offer(op, eligibility).await?;
    let own = op.actor()?.id;
    let eligibility = take_eligibility(op, &eligibility, own).await?;
    let open = schedule::list_open(&mut op.tx, &[own], op.now).await?;
    if let Some(end) = running(&open, &eligibility, own).and_then(|running| running.window.end) {
        return Err(Refusal::at(Field::Form, Broken::AlreadyActive(end)).into());
    }
    let window = eligibility.activation_window(&settings, &asked, op.now)?;
    let activation = Schedule {
        id: op.id(),
        assignment_type: AssignmentType::Active,
        state: AssignmentState::Activated,
        principal: own,
        window,
        eligibility: Some(eligibility.id),
        request: op.id(),
        ..eligibility
    };
    let status = match window.phase(op.now) {
        Phase::Upcoming => RequestStatus::Granted,
        Phase::InForce | Phase::Ended => RequestStatus::Provisioned,
    };
    let ticket_text = asked.ticket.as_ref().map(|number| match &ticket_system {
        Some(system) => format!("{system} {number}"),
        None => number.to_string(),
    });
    let said = Said {
        justification: asked.justification.clone(),
        ticket: asked.ticket.clone().map(|number| (number, ticket_system)),
    };
    requests::append(op, activation.request, &activation, RequestAction::SelfActivate, status, said).await?;
    schedule::insert(&mut op.tx, &activation, op.now).await?;
    let event = Event::new(Activity::Activated)
        .on(&op.person()?.clone())
        .role(role.id, &role.name, activation.scope.as_str())
        .because(asked.justification.as_ref())
        .ticket(ticket_text)
        .detail(window_in_words(window))
        .request(activation.request);
    op.record(event);
    tell_changed(op, &activation).await?;
    Ok(activation)
}

/// Takes the eligibility before it is judged, with the person and the group that has it, so that meanwhile it can be neither
/// removed nor activated twice, and the person neither be disabled nor leave the group.
async fn take_eligibility(op: &mut Operation, offered: &Schedule, own: PrincipalId) -> Result<Schedule> {
    let holder = offered.principal;
    for id in BTreeSet::from([own, holder]) {
        let row = principal::take(&mut op.tx, id).await?;
        if !row.is_some_and(|row| row.enabled && row.deleted_at.is_none()) {
            return Err(if id == own { Error::NotSignedIn } else { not_eligible() });
        }
    }
    if holder != own && !group::list_memberships(&mut op.tx, own, op.now).await?.contains(&holder) {
        return Err(not_eligible());
    }
    schedule::take(&mut op.tx, offered.id).await?.ok_or_else(not_eligible)
}

fn not_eligible() -> Error {
    Refusal::at(Field::Form, Broken::NotEligible).into()
}

/// What asking `authz::decide` after an activation found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The person may now do what the role permits; so many actions were asked for and allowed.
    Effective(usize),
    /// The activation begins later.
    Upcoming,
    /// It does not hold.
    Ineffective,
}

/// Proves that an activation works: asks, in an operation of its own, whether the person may do each thing that the role
/// permits where it holds.
pub fn prove(op: &Operation, activation: ScheduleId) -> Result<(Proof, Schedule)> {
    let schedule =
        op.schedules()?.iter().find(|schedule| schedule.id == activation).cloned().ok_or(Error::NotFound)?;
    if schedule.window.phase(op.now) == Phase::Upcoming {
        return Ok((Proof::Upcoming, schedule));
    }
    let actor = op.actor()?;
    let (_, actions) = op.engine.catalogue.find(schedule.role).ok_or(Error::NotFound)?;
    let target = target_of(&schedule.scope);
    let asked: Vec<_> = Action::ALL.iter().copied().filter(|&action| actions.contains(action)).collect();
    let granted =
        actor.grants.iter().any(|grant| grant.role == schedule.role && grant.scope == schedule.scope);
    let proven = granted && asked.iter().all(|&action| decide(actor, action, &target).is_allowed());
    Ok((if proven { Proof::Effective(asked.len()) } else { Proof::Ineffective }, schedule))
}

/// Something that lies in the scope, to ask about.
fn target_of(scope: &ScopePath) -> Target {
    match scope.kind() {
        Scope::Directory | Scope::Resource => Target::directory(),
        Scope::AdministrativeUnit(unit) => Target { units: vec![unit], ..Target::directory() },
        Scope::Object(id) => Target::object(id),
    }
}

/// Gives a role back before its time.
pub async fn deactivate(op: &mut Operation, activation: ScheduleId) -> Result<()> {
    let own = op.actor()?.id;
    op.require(Action::ActivateRoles, &Target::object(own))?;
    let schedule = schedule::find(&mut op.tx, activation).await?.ok_or(Error::NotFound)?;
    if schedule.principal != own || schedule.state != AssignmentState::Activated {
        return Err(Error::NotFound);
    }
    if !schedule::end(&mut op.tx, schedule.id, op.now, EndReason::Deactivated).await? {
        return Err(Refusal::at(Field::Form, Broken::AlreadyEnded).into());
    }
    let role = op.engine.catalogue.get(schedule.role)?.clone();
    let mut ended = schedule;
    ended.window.end = Some(op.now);
    let request = op.id();
    requests::append(
        op,
        request,
        &ended,
        RequestAction::SelfDeactivate,
        RequestStatus::Revoked,
        Said::default(),
    )
    .await?;
    let event = Event::new(Activity::Deactivated)
        .on(&op.person()?.clone())
        .role(role.id, &role.name, ended.scope.as_str())
        .detail(window_in_words(ended.window))
        .request(request);
    op.record(event);
    tell_changed(op, &ended).await
}
