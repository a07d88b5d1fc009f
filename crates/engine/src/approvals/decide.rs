//! Yes, no, never mind, too late: whatever ends the waiting.

use super::{closed, granted_window, length, said_before, see};
use crate::{
    Engine, Error, Operation, Result,
    activate::{Ground, take_ground},
    approvers,
    assign::{tell_given, window_in_words},
    requests,
};
use stint_domain::{
    audit::Activity,
    authz::{Action, Target},
    id::RequestId,
    refusal::{Broken, Field, Refusal},
    request::{RequestStatus, Verdict},
    schedule::{AssignmentState, AssignmentType, Schedule},
    text::Justification,
    time::{Duration, Phase},
};
use stint_store::{
    approval::{self, Closing},
    principal,
    request::{self, RequestRow},
    schedule,
};

/// A request that the person may decide on.
async fn open(op: &mut Operation, id: RequestId) -> Result<RequestRow> {
    let (request, rule) = see(op, id).await?;
    if request.principal_id == op.actor()?.id {
        return Err(Refusal::at(Field::Form, Broken::OwnRequest).into());
    }
    op.require(Action::DecideRequests, &approvers::target(op, &request, &rule)?)?;
    if request.status_at(op.now) == RequestStatus::PendingApproval {
        Ok(request)
    } else {
        Err(Refusal::at(Field::Form, closed(&request, op)).into())
    }
}

/// What came of an approval.
#[derive(Clone, Debug)]
pub enum Approved {
    /// It was the last that was needed: the activation holds, or will hold from the start that was asked for.
    Activated(Schedule),
    /// More approvals are needed.
    Waiting {
        /// How many there are.
        approvals: u8,
        /// How many are needed.
        needed: u8,
    },
    /// The person may not activate any more, so the request was closed instead; why, in words.
    Closed(String),
}

/// Says yes, for as long as was asked for or for less. The last approval that is needed activates in the same transaction.
pub async fn approve(
    op: &mut Operation,
    id: RequestId,
    justification: Justification,
    granted: Option<Duration>,
) -> Result<Approved> {
    let request = open(op, id).await?;
    check_granted(&request, granted)?;
    let ground = match request.eligibility_id {
        Some(eligibility) => take_ground(op, eligibility, request.principal_id).await?,
        None => Ground::NoEligibility,
    };
    if !approval::take(&mut op.tx, id, op.now).await? {
        return Err(lost(op, id).await);
    }
    let eligibility = match ground {
        Ground::Holds(eligibility) => eligibility,
        Ground::NoPerson => {
            return close_groundless(op, &request, "the account is disabled or deleted").await;
        }
        Ground::NoEligibility => return close_groundless(op, &request, "the eligibility has ended").await,
    };
    let granted = granted.filter(|&granted| granted < length(request.window()));
    say(op, &request, Verdict::Approve, &justification, granted).await?;
    let decisions = approval::list_decisions(&mut op.tx, id).await?;
    let approvals = decisions.iter().filter(|decision| decision.verdict == Verdict::Approve).count();
    let (approvals, needed) = (
        u8::try_from(approvals).unwrap_or(u8::MAX),
        u8::try_from(request.approvals_needed.unwrap_or(1)).unwrap_or(u8::MAX),
    );
    if approvals < needed {
        return Ok(Approved::Waiting { approvals, needed });
    }
    let window = granted_window(op, &request, &eligibility, &decisions).await?;
    if window.is_empty() {
        return close_groundless(op, &request, "the eligibility ends before the activation would begin")
            .await;
    }
    let activation = Schedule {
        id: op.id(),
        assignment_type: AssignmentType::Active,
        state: AssignmentState::Activated,
        principal: request.principal_id,
        window,
        eligibility: Some(eligibility.id),
        request: id,
        ..eligibility
    };
    let status = match window.phase(op.now) {
        Phase::Upcoming => RequestStatus::Granted,
        Phase::InForce | Phase::Ended => RequestStatus::Provisioned,
    };
    close(op, id, status, None, Some(&activation)).await?;
    schedule::insert(&mut op.tx, &activation, op.now).await?;
    let approvers: Vec<_> = decisions.iter().map(|decision| decision.approver_name.as_str()).collect();
    let requester = principal::find(&mut op.tx, request.principal_id).await?.ok_or(Error::NotFound)?;
    let event = requests::event(Activity::Activated, &request)
        .actor(&requester)
        .followed()
        .because(request.justification.as_ref())
        .ticket(request.ticket())
        .detail(format!("{}; approved by {}", window_in_words(window), approvers.join(", ")));
    op.record(event);
    requests::tell(op, "approval.approved", &request).await?;
    tell_given(op, &activation).await?;
    Ok(Approved::Activated(activation))
}

/// Says no. One who does is enough.
pub async fn deny(op: &mut Operation, id: RequestId, justification: Justification) -> Result<()> {
    let request = open(op, id).await?;
    if !approval::take(&mut op.tx, id, op.now).await? {
        return Err(lost(op, id).await);
    }
    say(op, &request, Verdict::Deny, &justification, None).await?;
    close(op, id, RequestStatus::Denied, None, None).await?;
    requests::tell(op, "approval.denied", &request).await
}

/// Takes a request back: the person their own, and whoever may assign roles anybody's.
pub async fn cancel(op: &mut Operation, id: RequestId) -> Result<()> {
    let (request, _) = see(op, id).await?;
    if request.principal_id != op.actor()?.id {
        op.require(Action::UpdateRoleAssignments, &Target::directory())?;
    }
    close(op, id, RequestStatus::Canceled, None, None).await?;
    op.record(requests::event(Activity::ActivationCanceled, &request));
    requests::tell(op, "approval.cancelled", &request).await
}

/// Closes a request that waits, or tells who was faster.
async fn close(
    op: &mut Operation,
    id: RequestId,
    status: RequestStatus,
    reason: Option<&str>,
    made: Option<&Schedule>,
) -> Result<()> {
    let closing = Closing {
        status,
        by: Some(op.actor()?.id),
        reason: reason.map(ToOwned::to_owned),
        schedule: made.map(|schedule| schedule.id),
    };
    if approval::close(&mut op.tx, id, &closing, op.now).await? { Ok(()) } else { Err(lost(op, id).await) }
}

async fn close_groundless(op: &mut Operation, request: &RequestRow, reason: &str) -> Result<Approved> {
    close(op, request.id, RequestStatus::Canceled, Some(reason), None).await?;
    op.record(requests::event(Activity::ActivationCanceled, request).detail(reason));
    requests::tell(op, "approval.cancelled", request).await?;
    Ok(Approved::Closed(reason.to_owned()))
}

/// Writes down what the person says.
async fn say(
    op: &mut Operation,
    request: &RequestRow,
    verdict: Verdict,
    justification: &Justification,
    granted: Option<Duration>,
) -> Result<()> {
    let (own, text) = (op.actor()?.id, justification.as_str());
    if !approval::append_decision(&mut op.tx, request.id, own, verdict, text, granted, op.now).await? {
        let decisions = approval::list_decisions(&mut op.tx, request.id).await?;
        let mine = decisions.iter().find(|decision| decision.approver_id == own).ok_or(Error::NotFound)?;
        return Err(Refusal::at(Field::Form, said_before(mine)).into());
    }
    let activity = match verdict {
        Verdict::Approve => Activity::ActivationApproved,
        Verdict::Deny => Activity::ActivationDenied,
    };
    let event = requests::event(activity, request).because(Some(justification));
    op.record(match granted {
        Some(granted) => event.detail(format!("For {} at most", granted.in_words())),
        None => event,
    });
    Ok(())
}

fn check_granted(request: &RequestRow, granted: Option<Duration>) -> Result<()> {
    let asked = length(request.window());
    let broken = match granted {
        Some(granted) if granted < Duration::SHORTEST => Broken::TooShort(Duration::SHORTEST),
        Some(granted) if granted > asked => Broken::LongerThanAsked(asked),
        _ => return Ok(()),
    };
    Err(Refusal::at(Field::Duration, broken).into())
}

/// Writes down what nobody decided in time: that was over before, but its people have to be told. Tells how many there were.
pub async fn expire(engine: &Engine) -> Result<usize> {
    let now = engine.clock.now();
    if approval::list_due(&mut engine.database.read().await?, now, 1).await?.is_empty() {
        return Ok(0);
    }
    let mut op = engine.write(&crate::Caller::default()).await?;
    let mut expired = 0;
    for request in approval::list_due(&mut op.tx, op.now, 100).await? {
        expired += usize::from(requests::expire(&mut op, &request).await?);
    }
    op.commit().await?;
    Ok(expired)
}

/// Why a request that was about to be closed could not be.
async fn lost(op: &mut Operation, id: RequestId) -> Error {
    match request::find(&mut op.tx, id).await {
        Ok(Some(request)) => Refusal::at(Field::Form, closed(&request, op)).into(),
        Ok(None) => Error::NotFound,
        Err(error) => error.into(),
    }
}
