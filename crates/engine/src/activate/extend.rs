//! A person lets an activation last longer while it runs, without a gap, under the same rules as activating.

use super::{Activated, Ground, ask, not_eligible, take_ground};
use crate::{
    Error, Operation, Result, approvers,
    assign::{settings_scope, tell_changed, window_in_words},
    audit::Event,
    requests::{self, Said},
    step_up::{self, StepUp},
    ticket_check::{self, Question},
};
use stint_domain::{
    assign::Activation,
    audit::Activity,
    authz::{Action, Target},
    id::{RequestId, ScheduleId},
    refusal::{Broken, Field, Refusal},
    request::{RequestAction, RequestStatus},
    role::Role,
    schedule::{AssignmentState, Schedule},
    settings::RoleSettings,
    text::TicketSystem,
    time::{Duration, Window},
};
use stint_store::{
    approval,
    principal::PrincipalRow,
    request::{self, NewRequest, Prolongs},
    role_settings, schedule,
};

/// An activation of the person's, with what they must keep to when they extend it.
#[derive(Clone, Debug)]
pub struct ExtensionOffer {
    /// The activation.
    pub activation: Schedule,
    /// The role.
    pub role: Role,
    /// Its settings.
    pub settings: RoleSettings,
    /// The most that can be added now, within the settings and the eligibility.
    pub most: Duration,
    /// The request for the same role and scope that waits for an approval, if there is one.
    pub pending: Option<RequestId>,
    /// The others who could approve, where somebody has to: those of each stage.
    pub approvers: Vec<Vec<PrincipalRow>>,
    /// What is asked for beyond being signed in.
    pub step_up: Option<StepUp>,
}

/// What the Extend panel of an activation shows.
pub async fn offer_extension(op: &mut Operation, activation: ScheduleId) -> Result<ExtensionOffer> {
    let own = op.actor()?.id;
    let (activation, role, settings) = own_activation(op, activation).await?;
    let eligibility = activation.eligibility.ok_or(Error::NotFound)?;
    let limit = schedule::find(&mut op.tx, eligibility).await?.and_then(|found| found.window.end);
    let mut most = activation.left_to_add(&settings, op.now);
    if let (Some(end), Some(limit)) = (activation.window.end, limit) {
        most = most.min(Duration::between(end, limit));
    }
    let pending = approval::find_open(&mut op.tx, own, role.id, &activation.scope).await?;
    let pending = pending.filter(|request| request.status_at(op.now).is_open()).map(|request| request.id);
    let mut approvers = Vec::new();
    if settings.activation_approval.is_approval_required {
        approvers = approvers::list_of_stages(op, &settings.activation_approval, own).await?;
    }
    let demand = step_up::of_activation(op, &settings).await?;
    let step_up = step_up::look(op, demand).await?;
    Ok(ExtensionOffer { activation, role, settings, most, pending, approvers, step_up })
}

/// The person's own activation, its role, and the settings that go with it.
async fn own_activation(op: &mut Operation, id: ScheduleId) -> Result<(Schedule, Role, RoleSettings)> {
    let own = op.actor()?.id;
    op.require(Action::ActivateRoles, &Target::object(own))?;
    let activation = schedule::find(&mut op.tx, id).await?.ok_or(Error::NotFound)?;
    if activation.principal != own || activation.state != AssignmentState::Activated {
        return Err(Error::NotFound);
    }
    let role = op.engine.catalogue.get(activation.role)?.clone();
    let scope = settings_scope(role.provider, &activation.scope);
    let settings = role_settings::get(&mut op.tx, role.provider, role.id, scope).await?.settings;
    Ok((activation, role, settings))
}

/// Adds so much time to a running activation, from its end on. Where the settings ask for approval it writes down a request
/// instead; the approval then moves the end. A start is not asked for.
pub async fn extend(
    op: &mut Operation,
    activation: ScheduleId,
    asked: Activation,
    ticket_system: Option<TicketSystem>,
) -> Result<Activated> {
    let (known, role, settings) = own_activation(op, activation).await?;
    let demand = step_up::of_activation(op, &settings).await?;
    step_up::require(op, demand).await?;
    let own = known.principal;
    let eligibility = match take_ground(op, known.eligibility.ok_or(Error::NotFound)?, own).await? {
        Ground::Holds(eligibility) => eligibility,
        Ground::NoPerson => return Err(Error::NotSignedIn),
        Ground::NoEligibility => return Err(not_eligible()),
    };
    let over = || Error::from(Refusal::at(Field::Form, Broken::AlreadyEnded));
    let running = schedule::take(&mut op.tx, activation).await?.ok_or_else(over)?;
    if let Some(open) = approval::find_open(&mut op.tx, own, role.id, &running.scope).await?
        && !requests::expire(op, &open).await?
    {
        return Err(Refusal::at(Field::Form, Broken::RequestPending).into());
    }
    let added = running.added_to_activation(&eligibility, &settings, &asked, op.now)?;
    let prolongs = Prolongs { assignment: running.id, old_end: added.start };
    let said = Said::of(&asked, ticket_system);
    let after = Schedule { window: Window { end: added.end, ..running.window }, ..running.clone() };
    let request: RequestId = op.id();
    let question = Question::of(&settings, &role, &running, &said, true);
    let event = |activity| {
        Ok::<_, Error>(
            Event::new(activity)
                .on(op.person()?)
                .role(role.id, &role.name, running.scope.as_str())
                .because(asked.justification.as_ref())
                .ticket(said.ticket_in_words())
                .detail(format!("{} → {}", window_in_words(running.window), window_in_words(after.window)))
                .request(request),
        )
    };
    if settings.activation_approval.is_approval_required {
        let event = event(Activity::ApprovalRequested)?;
        let wanted = Schedule { window: added, request, ..running };
        return ask(op, &wanted, Some(prolongs), (&settings.activation_approval, question), said, event)
            .await;
    }
    let event = event(Activity::ActivationExtended)?;
    ticket_check::require(op, question, request)?;
    if !schedule::set_window(&mut op.tx, running.id, after.window, op.now).await? {
        return Err(over());
    }
    let (action, status) = (RequestAction::SelfExtend, RequestStatus::Provisioned);
    let draft = requests::draft(op, own, request, &after, action, status, said);
    let request = NewRequest { window: added, prolongs: Some(prolongs), ..draft };
    request::append(&mut op.tx, &request).await?;
    op.record(event);
    tell_changed(op, &after).await?;
    Ok(Activated::Schedule(after))
}
