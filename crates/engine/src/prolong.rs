//! An assignment goes on: an administrator extends or renews it, or whoever holds it asks for that.
//!
//! What is asked for waits for those who may assign roles, beside the activations that wait for approvers: see
//! [`crate::approvals`]. The rules, when and how far, are in [`stint_domain::prolong`].

mod plan;

pub(crate) use plan::{Taken, added, carry_out, plan, take};

use crate::{
    Error, Operation, Result, approvers,
    assign::settings_scope,
    assignments,
    requests::{self, Said, Turn},
    step_up,
};
use chrono::{DateTime, Utc};
use stint_domain::{
    authz::{Action, Target},
    id::{PrincipalId, RequestId, ScheduleId},
    prolong::{Prolong, Prolonging, RENEWABLE, Terms, usual},
    refusal::{Broken, Field, Refusal},
    request::{RequestAction, RequestStatus},
    schedule::Schedule,
    settings::{RoleSettings, StageBegun},
    text::Justification,
    time::{Duration, Phase, Window},
};
use stint_store::{
    approval, principal,
    request::{self, Approval, NewRequest, Prolongs, RequestRow},
    schedule::{self, Assignment},
};

/// What the panel shows that extends or renews an assignment.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The assignment.
    pub assignment: Assignment,
    /// The settings of its role.
    pub settings: RoleSettings,
    /// What can be done now, or why nothing.
    pub prolonging: Prolonging,
    /// The group that holds it, where the person who looks holds it through one.
    pub through: Option<String>,
    /// The time that is asked for where nothing is chosen; nothing where the assignment has no end.
    pub usual: Option<Window>,
    /// The request about it that waits, if there is one.
    pub pending: Option<RequestId>,
    /// Whether the person may do it themselves, without a request; why not, where they may not.
    pub denial: Option<String>,
}

/// What the panel shows, to those who may see the assignment, and to members of the group that holds it.
pub async fn offer(op: &mut Operation, id: ScheduleId) -> Result<Offer> {
    let through = held_through(op, id).await?;
    let (assignment, settings) = if through.is_some() {
        let assignment = schedule::get_listed(&mut op.tx, id).await?;
        let settings = plan::settings(op, &assignment.schedule).await?;
        (assignment, settings)
    } else {
        let found = assignments::get(op, id).await?;
        (found.assignment, found.settings)
    };
    let prolonging = assignment.schedule.prolonging(assignment.end_reason, op.now);
    let usual = usual_window(op, &assignment.schedule, &settings).await?;
    let pending = approval::find_of_assignment(&mut op.tx, id).await?;
    let pending = pending.filter(|request| request.status_at(op.now).is_open()).map(|request| request.id);
    let denial = op.denial(Action::UpdateRoleAssignments, &Target::directory())?;
    Ok(Offer { assignment, settings, prolonging, through, usual, pending, denial })
}

/// The group that holds an assignment, where the person is in it.
async fn held_through(op: &mut Operation, id: ScheduleId) -> Result<Option<String>> {
    let own = op.actor()?.id;
    let known = schedule::find(&mut op.tx, id).await?.ok_or(Error::NotFound)?;
    if known.principal == own || !op.memberships()?.contains(&known.principal) {
        return Ok(None);
    }
    Ok(principal::find(&mut op.tx, known.principal).await?.map(|group| group.display_name))
}

/// The time that is asked for where nothing is chosen: as much as was given at first.
async fn usual_window(
    op: &mut Operation,
    schedule: &Schedule,
    settings: &RoleSettings,
) -> Result<Option<Window>> {
    let Some(end) = schedule.window.end else { return Ok(None) };
    let first = request::find(&mut op.tx, schedule.request).await?.map(|request| request.window());
    let given = first.and_then(|first| first.end.map(|end| Duration::between(first.start, end)));
    Ok(Some(usual(end, given, settings.expiration(schedule.assignment_type), op.now)))
}

/// What a person says who asks that their assignment goes on.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Until when; for as long as at first where nothing was chosen.
    pub end: Option<DateTime<Utc>>,
    /// Why.
    pub justification: Justification,
}

/// A request that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The request.
    pub request: RequestId,
    /// From when on nobody decides any more.
    pub expires_at: DateTime<Utc>,
}

/// Asks those who may assign roles to extend or renew an assignment of the person's own.
pub async fn ask(op: &mut Operation, wanted: Prolong, id: ScheduleId, wish: Wish) -> Result<Asked> {
    let own = op.actor()?.id;
    op.require(Action::ActivateRoles, &Target::object(own))?;
    if let Some(group) = held_through(op, id).await? {
        return Err(Refusal::at(Field::Form, Broken::HeldThroughGroup(group)).into());
    }
    if !is_held_by(op, id, own).await? {
        return Err(Error::NotFound);
    }
    let taken = take(op, id).await?;
    if !taken.member.enabled || taken.member.deleted_at.is_some() {
        return Err(Error::NotSignedIn);
    }
    let old_end = taken.check(wanted, op.now)?;
    if let Some(open) = approval::find_of_assignment(&mut op.tx, id).await?
        && !requests::expire(op, &open).await?
    {
        return Err(Refusal::at(Field::Form, Broken::RequestPending).into());
    }
    let usual = usual_window(op, &taken.schedule, &taken.settings).await?.ok_or(Error::NotFound)?;
    let added = match wish.end {
        Some(end) => Window::new(usual.start, Some(end)),
        None => usual,
    };
    let assignment_type = taken.schedule.assignment_type;
    let terms = Terms { assignment_type, start: None, end: added.end };
    // What is refused to an administrator is refused now: nobody waits for what cannot be.
    plan(op, &taken, &terms, Some(&wish.justification), op.id()).await?;
    approvers::require_other_administrators(op, own).await?;

    let (request, expires_at) = (op.id(), old_end + RENEWABLE.to_delta());
    let approval = Approval {
        eligibility: None,
        settings_scope: settings_scope(taken.role.provider, &taken.schedule.scope).clone(),
        stages: 1,
        stage: StageBegun::only(1),
        expires_at,
    };
    let (action, status) = (wanted.kind().action(), RequestStatus::PendingAdminDecision);
    let said = Said::reason(Some(wish.justification.clone()));
    let draft = requests::draft(op, own, request, &taken.schedule, action, status, said);
    let prolongs = Some(Prolongs { assignment: id, old_end });
    let draft = NewRequest { schedule: None, window: added, prolongs, approval: Some(approval), ..draft };
    request::append(&mut op.tx, &draft).await?;
    let row = request::find(&mut op.tx, request).await?.ok_or(Error::NotFound)?;
    let event = requests::event(Turn::Requested, &row).because(Some(&wish.justification));
    op.record(event.detail(crate::assign::window_in_words(added)));
    requests::tell(op, Turn::Requested, &row).await?;
    Ok(Asked { request, expires_at })
}

async fn is_held_by(op: &mut Operation, id: ScheduleId, own: PrincipalId) -> Result<bool> {
    Ok(schedule::find(&mut op.tx, id).await?.is_some_and(|schedule| schedule.principal == own))
}

/// Why a request is closed when somebody does unasked what was asked for.
const EXTENDED: &str = "an administrator extended the assignment";
const RENEWED: &str = "an administrator renewed the assignment";

/// Whether the request was closed because somebody did what was asked for: that is told as news of its own.
pub(crate) fn is_done_otherwise(request: &RequestRow) -> bool {
    request.close_reason.as_deref().is_some_and(|reason| [EXTENDED, RENEWED].contains(&reason))
}

/// Extends or renews an assignment, on the word of somebody who may assign roles. A request about it that waits is closed.
/// Tells the assignment that goes on, which is another one than before where it was renewed or has another type.
pub async fn prolong(
    op: &mut Operation,
    wanted: Prolong,
    id: ScheduleId,
    terms: Terms,
    justification: Option<Justification>,
) -> Result<Schedule> {
    op.require(Action::UpdateRoleAssignments, &Target::directory())?;
    let taken = take(op, id).await?;
    let rule = taken.settings.enablement(terms.assignment_type);
    let demand = step_up::of_assignment(op, taken.schedule.role, rule).await?;
    step_up::require(op, demand).await?;
    let old_end = taken.check(wanted, op.now)?;
    let request: RequestId = op.id();
    let after = plan(op, &taken, &terms, justification.as_ref(), request).await?;
    let (action, reason) = match wanted {
        Prolong::Extend => (RequestAction::AdminExtend, EXTENDED),
        Prolong::Renew => (RequestAction::AdminRenew, RENEWED),
    };
    requests::cancel_of_assignment(op, id, reason).await?;
    let status = status_of(&after, op.now);
    let (own, said) = (op.actor()?.id, Said::reason(justification.clone()));
    let draft = requests::draft(op, own, request, &after, action, status, said);
    let window = added(&taken, &after);
    let prolongs = Some(Prolongs { assignment: id, old_end });
    request::append(&mut op.tx, &NewRequest { window, prolongs, ..draft }).await?;
    carry_out(op, taken, &after, request, justification.as_ref()).await?;
    let row = request::find(&mut op.tx, request).await?.ok_or(Error::NotFound)?;
    requests::tell_under(op, &format!("{}.completed", wanted.kind().slug()), &row).await?;
    Ok(after)
}

/// What becomes of a request that has made this.
pub(crate) fn status_of(made: &Schedule, now: DateTime<Utc>) -> RequestStatus {
    match made.window.phase(now) {
        Phase::Upcoming => RequestStatus::Granted,
        Phase::InForce | Phase::Ended => RequestStatus::Provisioned,
    }
}
