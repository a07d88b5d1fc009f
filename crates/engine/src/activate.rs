//! A person turns a role on, proves that it works, and turns it off.

mod extend;
mod ground;
mod proof;

pub use extend::{ExtensionOffer, extend, offer_extension};
pub(crate) use ground::{Ground, take_ground};
pub use proof::{Proof, prove};

use crate::{
    Error, Operation, Result, approvers,
    assign::{settings_scope, tell_changed, tell_given, window_in_words},
    audit::Event,
    requests::{self, Said},
    step_up::{self, StepUp},
    ticket_check::{self, Question},
};
use chrono::{DateTime, Utc};
use serde_json::json;
use stint_domain::{
    assign::Activation,
    audit::Activity,
    authz::{Action, Target},
    id::{PrincipalId, RequestId, ScheduleId},
    refusal::{Broken, Field, Refusal},
    request::{RequestAction, RequestStatus},
    role::Role,
    schedule::{AssignmentState, AssignmentType, EndReason, Schedule},
    settings::{ApprovalRule, RoleSettings},
    text::TicketSystem,
    time::{Duration, Phase},
};
use stint_store::{
    approval,
    principal::PrincipalRow,
    request::{self, Approval, NewRequest, Prolongs},
    role_settings, schedule,
};

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
    /// The request for the same role and scope that waits for an approval, if there is one.
    pub pending: Option<RequestId>,
    /// The others who could approve, where somebody has to: those of each stage.
    pub approvers: Vec<Vec<PrincipalRow>>,
    /// What is asked for beyond being signed in.
    pub step_up: Option<StepUp>,
}

/// What the Activate panel shows.
pub async fn offer(op: &mut Operation, eligibility: ScheduleId) -> Result<Offer> {
    let (eligibility, role, settings) = offered(op, eligibility).await?;
    let own = op.actor()?.id;
    let running = running(op.schedules()?, &eligibility, own);
    let pending = approval::find_open(&mut op.tx, own, role.id, &eligibility.scope).await?;
    let pending = pending.filter(|request| request.status_at(op.now).is_open()).map(|request| request.id);
    let mut approvers = Vec::new();
    if settings.activation_approval.is_approval_required {
        approvers = approvers::list_of_stages(op, &settings.activation_approval, own).await?;
    }
    let demand = step_up::of_activation(op, &settings).await?;
    let step_up = step_up::look(op, demand).await?;
    Ok(Offer { eligibility, role, settings, running, pending, approvers, step_up })
}

/// How long the person activated a role for, and why: for doing the same again. Nothing where that activation is not theirs.
pub async fn last(op: &mut Operation, activation: ScheduleId) -> Result<Option<(Duration, String)>> {
    let own = op.actor()?.id;
    let Some(activation) = schedule::find(&mut op.tx, activation).await? else { return Ok(None) };
    if activation.principal != own || activation.state != AssignmentState::Activated {
        return Ok(None);
    }
    let request = request::find(&mut op.tx, activation.request).await?;
    Ok(request.and_then(|request| {
        let window = request.window();
        let length = window.end.map(|end| Duration::between(window.start, end))?;
        Some((length, request.justification.unwrap_or_default()))
    }))
}

/// The person's eligibility, its role, and the settings that go with it.
async fn offered(op: &mut Operation, eligibility: ScheduleId) -> Result<(Schedule, Role, RoleSettings)> {
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
    Ok((eligibility, role, settings))
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

/// What came of asking for an activation.
#[derive(Clone, Debug)]
pub enum Activated {
    /// The role is on, or will be from the start that was asked for.
    Schedule(Schedule),
    /// Somebody has to agree first.
    Pending {
        /// The request that waits.
        request: RequestId,
        /// From when on nobody decides any more.
        expires_at: DateTime<Utc>,
    },
}

impl Activated {
    /// The activation, where nobody has to agree.
    pub fn schedule(self) -> Option<Schedule> {
        match self {
            Self::Schedule(schedule) => Some(schedule),
            Self::Pending { .. } => None,
        }
    }
}

/// Turns a role on: from the return of [`Operation::commit`] on, the person may. Where the settings ask for approval it
/// writes down a request instead.
pub async fn activate(
    op: &mut Operation,
    eligibility: ScheduleId,
    asked: Activation,
    ticket_system: Option<TicketSystem>,
) -> Result<Activated> {
    let (eligibility, role, settings) = offered(op, eligibility).await?;
    let demand = step_up::of_activation(op, &settings).await?;
    step_up::require(op, demand).await?;
    let own = op.actor()?.id;
    let eligibility = match take_ground(op, eligibility.id, own).await? {
        Ground::Holds(eligibility) => eligibility,
        Ground::NoPerson => return Err(Error::NotSignedIn),
        Ground::NoEligibility => return Err(not_eligible()),
    };
    let open = schedule::list_open(&mut op.tx, &[own], op.now).await?;
    if let Some(end) = running(&open, &eligibility, own).and_then(|running| running.window.end) {
        return Err(Refusal::at(Field::Form, Broken::AlreadyActive(end)).into());
    }
    if let Some(open) = approval::find_open(&mut op.tx, own, role.id, &eligibility.scope).await?
        && !requests::expire(op, &open).await?
    {
        return Err(Refusal::at(Field::Form, Broken::RequestPending).into());
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
    let said = Said::of(&asked, ticket_system);
    let question = Question::of(&settings, &role, &activation, &said, false);
    let event = |activity| {
        Ok::<_, Error>(
            Event::new(activity)
                .on(op.person()?)
                .role(role.id, &role.name, activation.scope.as_str())
                .because(asked.justification.as_ref())
                .ticket(said.ticket_in_words())
                .detail(window_in_words(window))
                .request(activation.request),
        )
    };
    if settings.activation_approval.is_approval_required {
        let event = event(Activity::ApprovalRequested)?;
        return ask(op, &activation, None, (&settings.activation_approval, question), said, event).await;
    }
    let event = event(Activity::Activated)?;
    ticket_check::require(op, question, activation.request)?;
    let status = match window.phase(op.now) {
        Phase::Upcoming => RequestStatus::Granted,
        Phase::InForce | Phase::Ended => RequestStatus::Provisioned,
    };
    requests::append(op, activation.request, &activation, RequestAction::SelfActivate, status, said).await?;
    schedule::insert(&mut op.tx, &activation, op.now).await?;
    op.record(event);
    tell_given(op, &activation).await?;
    Ok(Activated::Schedule(activation))
}

/// Writes down that the person wants this activation, or the one that `prolongs` to last so much longer, for others to decide.
async fn ask(
    op: &mut Operation,
    wanted: &Schedule,
    prolongs: Option<Prolongs>,
    (rule, question): (&ApprovalRule, Option<Question>),
    said: Said,
    event: Event,
) -> Result<Activated> {
    approvers::require_others(op, rule, wanted.principal).await?;
    ticket_check::require(op, question, wanted.request)?;
    let expires_at = op.now + rule.window.to_delta();
    let approval = Approval {
        eligibility: Some(wanted.eligibility.ok_or(Error::NotFound)?),
        settings_scope: settings_scope(wanted.provider, &wanted.scope).clone(),
        stages: rule.count(),
        stage: rule.begin(1, op.now),
        expires_at,
    };
    let action = if prolongs.is_some() { RequestAction::SelfExtend } else { RequestAction::SelfActivate };
    let (id, own, status) = (wanted.request, wanted.principal, RequestStatus::PendingApproval);
    let draft = requests::draft(op, own, id, wanted, action, status, said);
    let request = NewRequest { schedule: None, prolongs, approval: Some(approval), ..draft };
    request::append(&mut op.tx, &request).await?;
    op.record(event);
    let news = json!({
        "request": wanted.request, "principal": wanted.principal, "role": wanted.role, "scope": wanted.scope, "stage": 1,
    });
    op.tell(requests::REQUESTED, &news).await?;
    Ok(Activated::Pending { request: wanted.request, expires_at })
}

fn not_eligible() -> Error {
    Refusal::at(Field::Form, Broken::NotEligible).into()
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
    requests::cancel_of_assignment(op, schedule.id, "the role was given back").await?;
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
