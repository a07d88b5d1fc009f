//! What somebody asked for: appended, decided, never deleted.

use crate::{Result, Transaction, schedule::stored_end};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{PrincipalId, RequestId, RoleId, ScheduleId},
    request::{RequestAction, RequestStatus},
    role::Provider,
    schedule::AssignmentType,
    scope::ScopePath,
    text::{Justification, TicketNumber, TicketSystem},
    time::Window,
};

/// A request to be written.
#[derive(Clone, Debug)]
pub struct NewRequest {
    /// Its id.
    pub id: RequestId,
    /// Whose role it is.
    pub provider: Provider,
    /// Eligible or active.
    pub assignment_type: AssignmentType,
    /// What is asked for.
    pub action: RequestAction,
    /// For whom.
    pub principal: PrincipalId,
    /// Which role.
    pub role: RoleId,
    /// Where.
    pub scope: ScopePath,
    /// When.
    pub window: Window,
    /// Why.
    pub justification: Option<Justification>,
    /// Under which ticket.
    pub ticket: Option<(TicketNumber, Option<TicketSystem>)>,
    /// Where it stands.
    pub status: RequestStatus,
    /// Who asked.
    pub requested_by: PrincipalId,
    /// The schedule that it makes or changes.
    pub schedule: Option<ScheduleId>,
    /// When it was asked.
    pub created_at: DateTime<Utc>,
}

/// Writes a request.
pub async fn append(tx: &mut Transaction, request: &NewRequest) -> Result<()> {
    let (number, system) = match &request.ticket {
        Some((number, system)) => (Some(number.to_string()), system.as_ref().map(ToString::to_string)),
        None => (None, None),
    };
    tx.query(
        "INSERT INTO schedule_request (id, provider, assignment_type, action, principal_id, role_id, scope, start_at,
                                       end_at, justification, ticket_number, ticket_system, status, requested_by,
                                       schedule_id, created_at, completed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(request.id)
    .bind(request.provider)
    .bind(request.assignment_type)
    .bind(request.action)
    .bind(request.principal)
    .bind(request.role)
    .bind(request.scope.clone())
    .bind(request.window.start)
    .bind(stored_end(request.window.end))
    .bind(request.justification.as_ref().map(ToString::to_string))
    .bind(number)
    .bind(system)
    .bind(request.status)
    .bind(request.requested_by)
    .bind(request.schedule)
    .bind(request.created_at)
    .bind((!request.status.is_open()).then_some(request.created_at))
    .execute_one()
    .await
}
