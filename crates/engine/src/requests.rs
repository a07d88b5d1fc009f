//! What was asked for, kept for ever.

mod turn;

pub(crate) use turn::{REQUESTED, Turn, about, event, tell, tell_stage, tell_under};

use crate::{Operation, Result};
use stint_domain::{
    assign::Activation,
    authz::{Action, Target},
    id::{PrincipalId, RequestId, ScheduleId},
    request::{RequestAction, RequestKind, RequestStatus},
    schedule::Schedule,
    text::{Justification, TicketNumber, TicketSystem},
};
use stint_store::{
    Page, PageRequest,
    approval::{self, Closing},
    principal,
    request::{self, NewRequest, RequestRow},
};

/// What the person asked for, the latest first. [`RequestRow::status_at`] says where each stands.
pub async fn list_mine(op: &mut Operation, page: &PageRequest) -> Result<Page<RequestRow>> {
    search_mine(op, "", page).await
}

/// The same, of the roles alone whose name has words beginning with these.
pub async fn search_mine(op: &mut Operation, search: &str, page: &PageRequest) -> Result<Page<RequestRow>> {
    let own = op.actor()?.id;
    let words = principal::sought(search);
    let roles = words.iter().map(|word| op.engine.catalogue.list_with_word(word)).reduce(|mut all, found| {
        all.retain(|role| found.contains(role));
        all
    });
    Ok(request::list_own(&mut op.tx, own, roles.as_deref(), page).await?)
}

/// What the person waits for, in no order: few, because there is one for a role at a scope and one for an assignment.
pub async fn list_waiting(op: &mut Operation) -> Result<Vec<RequestRow>> {
    let own = op.actor()?.id;
    Ok(approval::list_of_principal(&mut op.tx, own, op.now).await?)
}

/// Everything of one kind, or of all, that waits for a decision, the first to expire first.
pub async fn list_pending_all(
    op: &mut Operation,
    kind: Option<RequestKind>,
    page: &PageRequest,
) -> Result<Page<RequestRow>> {
    op.require(Action::ReadRoleAssignments, &Target::directory())?;
    Ok(approval::list_pending(&mut op.tx, kind, op.now, page).await?)
}

/// What a person said with a request.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Why.
    pub justification: Option<Justification>,
    /// Under which ticket, and in which system that is.
    pub ticket: Option<(TicketNumber, Option<TicketSystem>)>,
}

impl Said {
    /// A reason without a ticket.
    pub fn reason(justification: Option<Justification>) -> Self {
        Self { justification, ticket: None }
    }

    /// What is said when activating.
    pub(crate) fn of(asked: &Activation, system: Option<TicketSystem>) -> Self {
        let ticket = asked.ticket.clone().map(|number| (number, system));
        Self { justification: asked.justification.clone(), ticket }
    }

    /// The ticket as the audit log says it.
    pub(crate) fn ticket_in_words(&self) -> Option<String> {
        self.ticket.as_ref().map(|(number, system)| match system {
            Some(system) => format!("{system} {number}"),
            None => number.to_string(),
        })
    }
}

/// Writes down a request about an assignment, as that stands after it.
pub(crate) async fn append(
    op: &mut Operation,
    id: RequestId,
    schedule: &Schedule,
    action: RequestAction,
    status: RequestStatus,
    said: Said,
) -> Result<()> {
    let requested_by = op.actor()?.id;
    append_for(op, requested_by, id, schedule, action, status, said).await
}

/// The same, where nobody is signed in.
pub(crate) async fn append_for(
    op: &mut Operation,
    requested_by: PrincipalId,
    id: RequestId,
    schedule: &Schedule,
    action: RequestAction,
    status: RequestStatus,
    said: Said,
) -> Result<()> {
    let request = draft(op, requested_by, id, schedule, action, status, said);
    Ok(request::append(&mut op.tx, &request).await?)
}

/// A request about an assignment, as that stands after it: to be completed and written.
pub(crate) fn draft(
    op: &Operation,
    requested_by: PrincipalId,
    id: RequestId,
    schedule: &Schedule,
    action: RequestAction,
    status: RequestStatus,
    said: Said,
) -> NewRequest {
    NewRequest {
        id,
        provider: schedule.provider,
        assignment_type: schedule.assignment_type,
        action,
        principal: schedule.principal,
        role: schedule.role,
        scope: schedule.scope.clone(),
        window: schedule.window,
        justification: said.justification,
        ticket: said.ticket,
        status,
        requested_by,
        schedule: Some(schedule.id),
        created_at: op.now,
        signed_in: op.session().ok().cloned(),
        prolongs: None,
        approval: None,
    }
}

/// Closes requests whose ground is taken away, in the transaction that takes it.
pub(crate) async fn cancel_groundless(
    op: &mut Operation,
    requests: impl IntoIterator<Item = RequestRow>,
    reason: &str,
) -> Result<()> {
    for request in requests {
        let closing = Closing {
            status: RequestStatus::Canceled,
            by: op.person().ok().map(|person| person.id),
            reason: Some(reason.to_owned()),
            schedule: None,
        };
        if approval::close(&mut op.tx, request.id, &closing, op.now).await? {
            op.record(event(Turn::Cancelled, &request).detail(reason));
            tell(op, Turn::Cancelled, &request).await?;
        }
    }
    Ok(())
}

/// Closes the request to extend or renew an assignment, if there is one, because the assignment is not any more what it was.
pub(crate) async fn cancel_of_assignment(
    op: &mut Operation,
    assignment: ScheduleId,
    reason: &str,
) -> Result<()> {
    let waiting = approval::find_of_assignment(&mut op.tx, assignment).await?;
    cancel_groundless(op, waiting, reason).await
}

/// Writes down that nobody decided in time. Tells whether that was a change.
pub(crate) async fn expire(op: &mut Operation, request: &RequestRow) -> Result<bool> {
    let expired = approval::expire(&mut op.tx, request.id, op.now).await?;
    if expired {
        op.record(event(Turn::Expired, request).followed());
        tell(op, Turn::Expired, request).await?;
    }
    Ok(expired)
}
