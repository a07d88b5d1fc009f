//! An approver agrees to an activation, or to a longer one.

use super::{
    decide::{Approved, Grant, close, close_groundless, lost, say, take},
    length,
};
use crate::{
    Error, Operation, Result,
    activate::{Ground, take_ground},
    approvers,
    assign::{settings_scope, tell_changed, tell_given, window_in_words},
    audit::Event,
    prolong::status_of,
    requests::{self, Turn},
};
use stint_domain::{
    audit::Activity,
    id::ScheduleId,
    refusal::{Broken, Field, Refusal},
    request::{RequestKind, Verdict},
    schedule::{AssignmentState, AssignmentType, Schedule},
    settings::StageBegun,
    text::Justification,
    time::{Duration, Phase, Window},
};
use stint_store::{
    approval::{self, DecisionRow},
    principal,
    request::RequestRow,
    role_settings, schedule,
};

/// Says yes. The last approval that is needed activates, or moves the end of the running activation, in the same transaction.
pub(super) async fn approve(
    op: &mut Operation,
    request: &RequestRow,
    justification: &Justification,
    grant: &Grant,
) -> Result<Approved> {
    let granted = granted(request, grant)?;
    let ground = match request.eligibility_id {
        Some(eligibility) => take_ground(op, eligibility, request.principal_id).await?,
        None => Ground::NoEligibility,
    };
    let running = match request.assignment_id {
        Some(activation) => schedule::take(&mut op.tx, activation).await?,
        None => None,
    };
    let running = running.filter(|running| running.window.phase(op.now) == Phase::InForce);
    let (request, instead_of) = &take(op, request.id).await?;
    let eligibility = match ground {
        Ground::Holds(eligibility) => eligibility,
        Ground::NoPerson => {
            return close_groundless(op, request, "the account is disabled or deleted").await;
        }
        Ground::NoEligibility => return close_groundless(op, request, "the eligibility has ended").await,
    };
    let rule = approvers::settings_of(op, request).await?.activation_approval;
    if rule.after(request.stage(), request.stages()).is_some() {
        let seat = instead_of.as_ref().map_or(op.actor()?.id, |other| other.id);
        if let Some(later) = approvers::find_needed_later(op, request, &rule, seat).await? {
            return Err(Refusal::at(Field::Form, Broken::NeededLater(later)).into());
        }
    }
    say(op, request, instead_of.as_ref(), Verdict::Approve, justification, granted).await?;
    let decisions = approval::list_decisions(&mut op.tx, request.id).await?;
    let counts =
        |decision: &&DecisionRow| decision.stage() == request.stage() && decision.verdict == Verdict::Approve;
    let approvals = decisions.iter().filter(counts).count();
    let (approvals, needed) = (
        u8::try_from(approvals).unwrap_or(u8::MAX),
        u8::try_from(request.approvals_needed.unwrap_or(1)).unwrap_or(u8::MAX),
    );
    if approvals < needed {
        return Ok(Approved::Waiting { approvals, needed });
    }
    if let Some(next) = rule.after(request.stage(), request.stages()) {
        return begin(op, request, &rule.begin(next, op.now)).await;
    }
    let window = granted_window(op, request, &eligibility, running.as_ref(), &decisions).await?;
    if window.is_empty() {
        let reason = match running {
            Some(_) => "the activation cannot last longer",
            None => "the eligibility ends before the activation would begin",
        };
        return close_groundless(op, request, reason).await;
    }
    let is_longer = running.is_some();
    let activation = match running {
        Some(running) => Schedule { window: Window { end: window.end, ..running.window }, ..running },
        None => Schedule {
            id: op.id(),
            assignment_type: AssignmentType::Active,
            state: AssignmentState::Activated,
            principal: request.principal_id,
            window,
            eligibility: Some(eligibility.id),
            request: request.id,
            ..eligibility
        },
    };
    close(op, request.id, status_of(&activation, op.now), None, Some(&activation)).await?;
    if !is_longer {
        schedule::insert(&mut op.tx, &activation, op.now).await?;
    } else if !schedule::set_window(&mut op.tx, activation.id, activation.window, op.now).await? {
        return Err(Refusal::at(Field::Form, Broken::AlreadyEnded).into());
    }
    record(op, request, window, is_longer, &decisions).await?;
    requests::tell(op, Turn::Approved, request).await?;
    // That somebody has a role longer is not that they were given it.
    if is_longer {
        tell_changed(op, &activation).await?;
    } else {
        tell_given(op, &activation).await?;
    }
    Ok(if is_longer { Approved::Extended(activation) } else { Approved::Activated(activation) })
}

/// Lets the next stage begin, and asks its approvers.
async fn begin(op: &mut Operation, request: &RequestRow, stage: &StageBegun) -> Result<Approved> {
    if !approval::begin_stage(&mut op.tx, request.id, stage, op.now).await? {
        return Err(lost(op, request.id).await);
    }
    let (before, of) = (request.stage(), request.stages());
    let passed = format!("Stage {before} of {of}; stage {} begins", stage.number);
    op.record(requests::about(Activity::ActivationStageApproved, request).followed().detail(passed));
    requests::tell_stage(op, requests::REQUESTED, request, stage.number).await?;
    Ok(Approved::NextStage(stage.number))
}

/// Notes what the person has got, as their own doing that others agreed to.
async fn record(
    op: &mut Operation,
    request: &RequestRow,
    window: Window,
    is_longer: bool,
    decisions: &[DecisionRow],
) -> Result<()> {
    let approvers: Vec<_> = decisions.iter().map(DecisionRow::by).collect();
    let requester = principal::find(&mut op.tx, request.principal_id).await?.ok_or(Error::NotFound)?;
    let activity = if is_longer { Activity::ActivationExtended } else { Activity::Activated };
    let event: Event = requests::about(activity, request)
        .actor(&requester)
        .followed()
        .because(request.justification.as_ref())
        .ticket(request.ticket())
        .detail(format!("{}; approved by {}", window_in_words(window), approvers.join(", ")));
    op.record(event);
    Ok(())
}

/// At most how long is granted, where that is less than was asked for.
fn granted(request: &RequestRow, grant: &Grant) -> Result<Option<Duration>> {
    let asked = length(request.window());
    let at = |field, broken| Err(Refusal::at(field, broken).into());
    match *grant {
        Grant::AsAsked => Ok(None),
        Grant::AtMost(granted) if granted < Duration::SHORTEST => {
            at(Field::Duration, Broken::TooShort(Duration::SHORTEST))
        }
        Grant::AtMost(granted) if granted > asked => at(Field::Duration, Broken::LongerThanAsked(asked)),
        Grant::AtMost(granted) => Ok(Some(granted).filter(|&granted| granted < asked)),
        Grant::On(_) => at(Field::Form, Broken::IsActivation),
    }
}

/// The running activation that a request is to extend.
pub(super) async fn running(op: &mut Operation, activation: Option<ScheduleId>) -> Result<Option<Schedule>> {
    let Some(activation) = activation else { return Ok(None) };
    let found = schedule::find(&mut op.tx, activation).await?;
    Ok(found.filter(|found| found.window.phase(op.now) == Phase::InForce))
}

/// When the role holds if it is approved now, or how it holds longer: from the end of what is running, from the start that
/// was asked for or from now, for the shortest time that was asked for, granted, or is allowed by now.
///
/// INVARIANT: the window lies inside the eligibility's own.
pub(super) async fn granted_window(
    op: &mut Operation,
    request: &RequestRow,
    eligibility: &Schedule,
    running: Option<&Schedule>,
    decisions: &[DecisionRow],
) -> Result<Window> {
    let scope = settings_scope(request.provider, &eligibility.scope);
    let settings = role_settings::get(&mut op.tx, request.provider, request.role_id, scope).await?.settings;
    let asked = request.window();
    let granted = decisions.iter().filter_map(DecisionRow::granted);
    let most =
        running.map_or(settings.longest_activation(), |running| running.left_to_add(&settings, op.now));
    let lasts = granted.chain([most]).fold(length(asked), std::cmp::Ord::min);
    let from = match running.and_then(|running| running.window.end) {
        Some(end) => end,
        // Longer was asked for, but there is nothing any more to be longer: it begins as soon as it can.
        None if request.kind() == Some(RequestKind::Extension) => op.now,
        None => asked.start,
    };
    let start = from.max(op.now).max(eligibility.window.start);
    Ok(Window::lasting(start, lasts).cut(eligibility.window.end))
}
