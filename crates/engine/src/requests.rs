//! What was asked for, kept for ever.

use crate::{Operation, Result, audit::Event};
use serde_json::json;
use stint_domain::{
    audit::Activity,
    authz::{Action, Target},
    id::{PrincipalId, RequestId},
    request::{RequestAction, RequestStatus},
    schedule::Schedule,
    text::{Justification, TicketNumber, TicketSystem},
};
use stint_store::{
    Page, PageRequest,
    approval::{self, Closing},
    request::{self, Approval, NewRequest, RequestRow},
};

/// What the person asked for, the latest first. [`RequestRow::status_at`] says where each stands.
pub async fn list_mine(op: &mut Operation, page: &PageRequest) -> Result<Page<RequestRow>> {
    let own = op.actor()?.id;
    Ok(request::list_own(&mut op.tx, own, page).await?)
}

/// What the person waits for, in no order: few, because there is one for a role at a scope.
pub async fn list_waiting(op: &mut Operation) -> Result<Vec<RequestRow>> {
    let own = op.actor()?.id;
    Ok(approval::list_of_principal(&mut op.tx, own, op.now).await?)
}

/// Everything that waits for an approval, the first to expire first.
pub async fn list_pending_all(op: &mut Operation, page: &PageRequest) -> Result<Page<RequestRow>> {
    op.require(Action::ReadRoleAssignments, &Target::directory())?;
    Ok(approval::list_pending(&mut op.tx, op.now, page).await?)
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

/// Writes down a request for an activation that waits for an approval.
pub(crate) async fn append_pending(
    op: &mut Operation,
    wanted: &Schedule,
    said: Said,
    approval: Approval,
) -> Result<()> {
    let request = NewRequest {
        schedule: None,
        approval: Some(approval),
        ..new(
            op,
            wanted.principal,
            wanted.request,
            wanted,
            RequestAction::SelfActivate,
            RequestStatus::PendingApproval,
            said,
        )
    };
    Ok(request::append(&mut op.tx, &request).await?)
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
    let request = new(op, requested_by, id, schedule, action, status, said);
    Ok(request::append(&mut op.tx, &request).await?)
}

fn new(
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
        approval: None,
    }
}

/// Closes requests whose ground is taken away, in the transaction that takes it.
pub(crate) async fn cancel_groundless(
    op: &mut Operation,
    requests: Vec<RequestRow>,
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
            op.record(event(Activity::ActivationCanceled, &request).detail(reason));
            tell(op, "approval.cancelled", &request).await?;
        }
    }
    Ok(())
}

/// Writes down that nobody decided in time. Tells whether that was a change.
pub(crate) async fn expire(op: &mut Operation, request: &RequestRow) -> Result<bool> {
    let expired = approval::expire(&mut op.tx, request.id, op.now).await?;
    if expired {
        op.record(event(Activity::ActivationExpired, request).followed());
        tell(op, "approval.expired", request).await?;
    }
    Ok(expired)
}

/// An event about the activation that somebody asked for.
pub(crate) fn event(activity: Activity, request: &RequestRow) -> Event {
    let name = request.principal_user_name.as_ref().unwrap_or(&request.principal_name);
    Event::new(activity)
        .target(request.principal_id, name)
        .role(request.role_id, &request.role_name, request.scope.as_str())
        .request(request.id)
}

/// Tells the outside what became of a request.
pub(crate) async fn tell(op: &mut Operation, topic: &str, request: &RequestRow) -> Result<()> {
    let (id, principal, role, scope) = (request.id, request.principal_id, request.role_id, &request.scope);
    let news = json!({ "request": id, "principal": principal, "role": role, "scope": scope });
    op.tell(topic, &news).await
}
