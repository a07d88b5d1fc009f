//! What somebody asked for: appended, decided, never deleted.

use crate::{
    Page, PageRequest, Result, Transaction,
    schedule::{object_of, stored_end, window},
};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{PrincipalId, RequestId, RoleId, ScheduleId},
    request::{RequestAction, RequestKind, RequestStatus},
    role::Provider,
    schedule::AssignmentType,
    scope::ScopePath,
    settings::StageBegun,
    step_up::SignedIn,
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
    /// What the person who asked had shown of who they are; nothing where nobody was signed in.
    pub signed_in: Option<SignedIn>,
    /// What it is to extend or renew, where it is.
    pub prolongs: Option<Prolongs>,
    /// What it waits for, where it waits.
    pub approval: Option<Approval>,
}

/// What a request is to extend or renew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prolongs {
    /// The assignment or the activation.
    pub assignment: ScheduleId,
    /// When that ends or ended.
    pub old_end: DateTime<Utc>,
}

/// What a request waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The eligibility that is to be activated, or that the activation to be extended came from.
    pub eligibility: Option<ScheduleId>,
    /// The scope whose settings say who decides.
    pub settings_scope: ScopePath,
    /// How many stages it is to go through.
    pub stages: u8,
    /// The first of them.
    pub stage: StageBegun,
    /// From when on nobody decides any more.
    pub expires_at: DateTime<Utc>,
}

/// Writes a request.
pub async fn append(tx: &mut Transaction, request: &NewRequest) -> Result<()> {
    let (number, system) = match &request.ticket {
        Some((number, system)) => (Some(number.to_string()), system.as_ref().map(ToString::to_string)),
        None => (None, None),
    };
    let approval = request.approval.as_ref();
    let signed_in = request.signed_in.as_ref().map(serde_json::to_string).transpose()?;
    tx.query(
        "INSERT INTO schedule_request (id, provider, assignment_type, action, principal_id, role_id, scope, start_at,
                                       end_at, justification, ticket_number, ticket_system, status, requested_by,
                                       schedule_id, created_at, completed_at, object_id, eligibility_id, settings_scope,
                                       approvals_needed, expires_at, assignment_id, old_end_at, stage, stages,
                                       escalates_at, reminds_at, signed_in)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
                 $24, $25, $26, $27, $28, $29)",
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
    .bind(object_of(&request.scope))
    .bind(approval.and_then(|approval| approval.eligibility))
    .bind(approval.map(|approval| approval.settings_scope.clone()))
    .bind(approval.map(|approval| i64::from(approval.stage.needed)))
    .bind(approval.map(|approval| approval.expires_at))
    .bind(request.prolongs.map(|prolongs| prolongs.assignment))
    .bind(request.prolongs.map(|prolongs| prolongs.old_end))
    .bind(approval.map(|approval| i64::from(approval.stage.number)))
    .bind(approval.map(|approval| i64::from(approval.stages)))
    .bind(approval.and_then(|approval| approval.stage.escalates_at))
    .bind(approval.and_then(|approval| approval.stage.reminds_at))
    .bind(signed_in)
    .execute_one()
    .await
}

/// A request as lists and pages show it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RequestRow {
    /// Its id.
    pub id: RequestId,
    /// Whose role it is.
    pub provider: Provider,
    /// Eligible or active.
    pub assignment_type: AssignmentType,
    /// What is asked for.
    pub action: RequestAction,
    /// For whom.
    pub principal_id: PrincipalId,
    /// Which role.
    pub role_id: RoleId,
    /// Where.
    pub scope: ScopePath,
    start_at: DateTime<Utc>,
    end_at: DateTime<Utc>,
    /// Why.
    pub justification: Option<String>,
    /// Under which ticket.
    pub ticket_number: Option<String>,
    /// In which system the ticket is.
    pub ticket_system: Option<String>,
    /// Where it stands, as it was written; [`Self::status_at`] knows the time.
    pub status: RequestStatus,
    /// Who asked.
    pub requested_by: PrincipalId,
    /// The assignment that it made or changed.
    pub schedule_id: Option<ScheduleId>,
    /// When it was asked.
    pub created_at: DateTime<Utc>,
    signed_in: Option<String>,
    /// When it was closed.
    pub completed_at: Option<DateTime<Utc>>,
    /// The eligibility that is to be activated, or that the activation to be extended came from.
    pub eligibility_id: Option<ScheduleId>,
    /// The assignment or activation that is to be extended or renewed.
    pub assignment_id: Option<ScheduleId>,
    /// When that ended or was to end when it was asked for.
    pub old_end_at: Option<DateTime<Utc>>,
    /// The scope whose settings say who decides.
    pub settings_scope: Option<ScopePath>,
    /// How many have to agree in the present stage.
    pub approvals_needed: Option<i64>,
    stage: Option<i64>,
    stages: Option<i64>,
    /// From when on the backup approvers of the present stage decide too.
    pub escalates_at: Option<DateTime<Utc>>,
    /// From when on nobody decides any more.
    pub expires_at: Option<DateTime<Utc>>,
    /// Who closed it; nobody where time did.
    pub closed_by: Option<PrincipalId>,
    /// What that person is called.
    pub closed_by_name: Option<String>,
    /// Why it was closed, where no approver decided.
    pub close_reason: Option<String>,
    /// What the person is called.
    pub principal_name: String,
    /// What the person signs in with.
    pub principal_user_name: Option<String>,
    /// What the role is called.
    pub role_name: String,
    /// Whether the role is privileged.
    pub role_is_privileged: bool,
    /// What the scope is called, where it is not the whole directory.
    pub scope_name: Option<String>,
    /// How many have agreed in the present stage.
    pub approvals: i64,
}

impl RequestRow {
    /// When it is to hold, as it was asked for; for an extension the time that is added, from the old end on.
    pub fn window(&self) -> Window {
        window(self.start_at, self.end_at)
    }

    /// Under which ticket, with the system where that was said.
    pub fn ticket(&self) -> Option<String> {
        let number = self.ticket_number.as_ref()?;
        Some(match &self.ticket_system {
            Some(system) => format!("{system} {number}"),
            None => number.clone(),
        })
    }

    /// What the person who asked had shown of who they are, where that was noted.
    pub fn signed_in(&self) -> Option<SignedIn> {
        self.signed_in.as_deref().and_then(|json| serde_json::from_str(json).ok())
    }

    /// What is asked for; nothing where nobody ever decides on such a request.
    pub fn kind(&self) -> Option<RequestKind> {
        self.action.kind()
    }

    /// Whether those decide who may assign roles, and not the approvers whom the role's settings name: so it is for all but
    /// activations and their extensions.
    pub fn is_for_administrators(&self) -> bool {
        self.kind() != Some(RequestKind::Activation) && self.eligibility_id.is_none()
    }

    /// The stage at which it stands, from 1: the last one where it is over.
    pub fn stage(&self) -> u8 {
        self.stage.and_then(|stage| u8::try_from(stage).ok()).unwrap_or(1)
    }

    /// How many stages it was to go through when it was asked for.
    pub fn stages(&self) -> u8 {
        self.stages.and_then(|stages| u8::try_from(stages).ok()).unwrap_or(1)
    }

    /// Whether the backup approvers of the present stage decide too.
    pub fn is_escalated(&self, now: DateTime<Utc>) -> bool {
        self.escalates_at.is_some_and(|at| at <= now)
    }

    /// Where it stands at `now`.
    pub fn status_at(&self, now: DateTime<Utc>) -> RequestStatus {
        self.status.at(self.expires_at, now)
    }
}

pub(crate) const COLUMNS: &str = "
    SELECT q.id, q.provider, q.assignment_type, q.action, q.principal_id, q.role_id, q.scope, q.start_at, q.end_at,
           q.justification, q.ticket_number, q.ticket_system, q.status, q.requested_by, q.schedule_id, q.created_at,
           q.signed_in, q.completed_at, q.eligibility_id, q.assignment_id, q.old_end_at, q.settings_scope,
           q.approvals_needed, q.expires_at, q.stage, q.stages, q.escalates_at, q.closed_by,
           c.display_name AS closed_by_name, q.close_reason, p.display_name AS principal_name,
           p.user_name AS principal_user_name, r.name AS role_name, r.is_privileged AS role_is_privileged,
           COALESCE(u.display_name, o.display_name) AS scope_name,
           (SELECT COUNT(*)
              FROM approval_decision AS d
             WHERE d.request_id = q.id AND d.stage = q.stage AND d.verdict = 'approve') AS approvals
      FROM (";

pub(crate) const NAMES: &str = ") AS found
      JOIN schedule_request AS q ON q.id = found.id
      JOIN principal AS p ON p.id = q.principal_id
      JOIN role AS r ON r.id = q.role_id
      LEFT JOIN principal AS c ON c.id = q.closed_by
      LEFT JOIN administrative_unit AS u ON u.id = q.object_id
      LEFT JOIN principal AS o ON o.id = q.object_id";

/// The request with this id.
pub async fn find(tx: &mut Transaction, id: RequestId) -> Result<Option<RequestRow>> {
    let rows = tx
        .build(COLUMNS)
        .push("SELECT id FROM schedule_request WHERE id = ")
        .bind(id)
        .push(NAMES)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().next())
}

/// What somebody asked for themselves, the latest first; only for these roles, where some are named.
pub async fn list_own(
    tx: &mut Transaction,
    own: PrincipalId,
    roles: Option<&[RoleId]>,
    page: &PageRequest,
) -> Result<Page<RequestRow>> {
    let mut query = tx.build(COLUMNS).push("SELECT id FROM schedule_request WHERE principal_id = ").bind(own);
    query = query.push(" AND (requested_by = ").bind(own).push(") IS TRUE");
    if let Some(roles) = roles {
        // In the order of the list: what one person asked for in years is read on until a page is full.
        query = query.push(" AND (role_id IN ").bind_list(roles.iter().copied()).push(") IS TRUE");
    }
    if let Some(id) = page.key::<RequestId>() {
        query = query.push(" AND id < ").bind(id);
    }
    let query = query.push(" ORDER BY id DESC").limit(page.limit()).push(NAMES).push(" ORDER BY q.id DESC");
    Ok(page.page(query.fetch_all().await?, |row: &RequestRow| row.id))
}
