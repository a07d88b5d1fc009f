//! Yes, no, never mind, too late: whatever ends the waiting.

use super::{activation, closed, prolongation, said_before, seat, see};
use crate::{
    Engine, Error, Operation, Result,
    approvers::{self, StandIn},
    requests::{self, Turn},
    step_up,
};
use stint_domain::{
    authz::{Action, Target},
    id::RequestId,
    prolong::Terms,
    refusal::{Broken, Field, Refusal},
    request::{RequestStatus, Verdict},
    schedule::Schedule,
    settings::RoleSettings,
    step_up::Demand,
    text::Justification,
    time::Duration,
};
use stint_store::{
    approval::{self, Closing},
    request::{self, RequestRow},
};

/// A request that the person may decide on.
async fn open(op: &mut Operation, id: RequestId) -> Result<(RequestRow, RoleSettings)> {
    let (request, settings) = see(op, id).await?;
    // SECURITY: whoever asked decides nothing, whichever roles they hold by themselves or through groups.
    if request.principal_id == op.actor()?.id {
        return Err(Refusal::at(Field::Form, Broken::OwnRequest).into());
    }
    approvers::decide(op, &request, &settings).await?.into_result()?;
    if !request.status_at(op.now).is_open() {
        return Err(Refusal::at(Field::Form, closed(&request, op)).into());
    }
    Ok((request, settings))
}

/// Takes a request, and looks whether it is the person's turn to decide on it, and in whose place: only now nobody lets it go on to
/// another stage.
pub(super) async fn take(op: &mut Operation, id: RequestId) -> Result<(RequestRow, Option<StandIn>)> {
    if !approval::take(&mut op.tx, id, op.now).await? {
        return Err(lost(op, id).await);
    }
    let request = request::find(&mut op.tx, id).await?.ok_or(Error::NotFound)?;
    let settings = approvers::settings_of(op, &request).await?;
    // SECURITY: waiting for the row takes long enough for a seat to be gone.
    approvers::decide(op, &request, &settings).await?.into_result()?;
    match seat(op, &request, &settings).await? {
        Ok(instead_of) => Ok((request, instead_of)),
        Err(why_not) => Err(Refusal::at(Field::Form, why_not).into()),
    }
}

/// What an approver gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Grant {
    /// What was asked for, as far as the settings allow it by now.
    #[default]
    AsAsked,
    /// The same, but at most so long.
    AtMost(Duration),
    /// An assignment that goes on, on other terms than were asked for.
    On(Terms),
}

/// What came of an approval.
#[derive(Clone, Debug)]
pub enum Approved {
    /// It was the last that was needed: the activation holds, or will hold from the start that was asked for.
    Activated(Schedule),
    /// The assignment or activation goes on without a gap.
    Extended(Schedule),
    /// What had ended is given again.
    Renewed(Schedule),
    /// More approvals are needed.
    Waiting {
        /// How many there are.
        approvals: u8,
        /// How many are needed.
        needed: u8,
    },
    /// It was the last that this stage needed: those of the next are asked.
    NextStage(u8),
    /// The person may not activate any more, so the request was closed instead; why, in words.
    Closed(String),
}

/// Says yes, to what was asked for or to less. The last approval that is needed gives it in the same transaction.
pub async fn approve(
    op: &mut Operation,
    id: RequestId,
    justification: Justification,
    grant: Grant,
) -> Result<Approved> {
    let (request, settings) = open(op, id).await?;
    let demand = asked_of_approvers(op, &request, &settings).await?;
    step_up::require(op, demand).await?;
    if request.is_for_administrators() {
        prolongation::approve(op, &request, &justification, grant).await
    } else {
        activation::approve(op, &request, &justification, &grant).await
    }
}

/// What whoever approves is asked for: what the settings say of approvers, or of whoever assigns such a role.
pub(super) async fn asked_of_approvers(
    op: &mut Operation,
    request: &RequestRow,
    settings: &RoleSettings,
) -> Result<Option<Demand>> {
    if request.is_for_administrators() {
        step_up::of_assignment(op, request.role_id, settings.enablement(request.assignment_type)).await
    } else {
        Ok(Demand::of_approval(settings))
    }
}

/// Says no. One who does is enough.
pub async fn deny(op: &mut Operation, id: RequestId, justification: Justification) -> Result<()> {
    open(op, id).await?;
    let (request, instead_of) = take(op, id).await?;
    say(op, &request, instead_of.as_ref(), Verdict::Deny, &justification, None).await?;
    close(op, id, RequestStatus::Denied, None, None).await?;
    requests::tell(op, Turn::Denied, &request).await
}

/// Takes a request back: the person their own, and whoever may assign roles anybody's.
pub async fn cancel(op: &mut Operation, id: RequestId) -> Result<()> {
    let (request, _) = see(op, id).await?;
    if request.principal_id != op.actor()?.id {
        op.require(Action::UpdateRoleAssignments, &Target::directory())?;
    }
    close(op, id, RequestStatus::Canceled, None, None).await?;
    op.record(requests::event(Turn::Cancelled, &request));
    requests::tell(op, Turn::Cancelled, &request).await
}

/// Closes a request that waits, or tells who was faster.
pub(super) async fn close(
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

/// Closes a request that there is no ground for any more, instead of approving it.
pub(super) async fn close_groundless(
    op: &mut Operation,
    request: &RequestRow,
    reason: &str,
) -> Result<Approved> {
    close(op, request.id, RequestStatus::Canceled, Some(reason), None).await?;
    op.record(requests::event(Turn::Cancelled, request).detail(reason));
    requests::tell(op, Turn::Cancelled, request).await?;
    Ok(Approved::Closed(reason.to_owned()))
}

/// Writes down what the person says, for themselves or in somebody's place.
pub(super) async fn say(
    op: &mut Operation,
    request: &RequestRow,
    instead_of: Option<&StandIn>,
    verdict: Verdict,
    justification: &Justification,
    granted: Option<Duration>,
) -> Result<()> {
    let (own, text) = (op.actor()?.id, justification.as_str());
    let by = (own, instead_of.map(|other| other.id));
    if !approval::append_decision(&mut op.tx, request.id, by, verdict, text, granted, op.now).await? {
        let seat = by.1.unwrap_or(own);
        let decisions = approval::list_decisions(&mut op.tx, request.id).await?;
        let said = decisions.iter().find(|said| said.approver_id == own || said.seat() == seat);
        return Err(Refusal::at(Field::Form, said_before(said.ok_or(Error::NotFound)?, own)).into());
    }
    let turn = match verdict {
        Verdict::Approve => Turn::Approved,
        Verdict::Deny => Turn::Denied,
    };
    let event = requests::event(turn, request).because(Some(justification));
    let stage = (request.stages() > 1).then(|| format!("Stage {} of {}", request.stage(), request.stages()));
    let at_most = granted.map(|granted| format!("For {} at most", granted.in_words()));
    let instead_of = instead_of.map(|other| format!("In the place of {}", other.name));
    let detail: Vec<_> = stage.into_iter().chain(at_most).chain(instead_of).collect();
    op.record(if detail.is_empty() { event } else { event.detail(detail.join("; ")) });
    Ok(())
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
pub(super) async fn lost(op: &mut Operation, id: RequestId) -> Error {
    match request::find(&mut op.tx, id).await {
        Ok(Some(request)) => Refusal::at(Field::Form, closed(&request, op)).into(),
        Ok(None) => Error::NotFound,
        Err(error) => error.into(),
    }
}
