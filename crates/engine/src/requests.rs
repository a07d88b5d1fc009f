//! What was asked for, kept for ever.

use crate::{Operation, Result};
use stint_domain::{
    id::{PrincipalId, RequestId},
    request::{RequestAction, RequestStatus},
    schedule::Schedule,
    text::{Justification, TicketNumber, TicketSystem},
};
use stint_store::request::{self, NewRequest};

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
    let request = NewRequest {
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
    };
    Ok(request::append(&mut op.tx, &request).await?)
}
