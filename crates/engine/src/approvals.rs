//! Approvers look at what waits for them and say yes or no; whoever asked, or an administrator, takes it back.
//!
//! Every end of the waiting is one conditional update of the request. What is taken is taken in the order of everything else:
//! the person and the group that is eligible, the eligibility, the request.

mod decide;

pub use decide::{Approved, approve, cancel, deny, expire};

use crate::{Error, Operation, Result, approvers, assign::settings_scope};
use chrono::{DateTime, Utc};
use stint_domain::{
    authz::{Action, Target},
    id::RequestId,
    refusal::Broken,
    request::RequestStatus,
    role::Role,
    schedule::Schedule,
    settings::ApprovalRule,
    time::{Duration, Window},
};
use stint_store::{
    Page, PageRequest,
    approval::{self, DecisionRow},
    principal::{self, PrincipalRow},
    request::{self, RequestRow},
    role_settings, schedule,
};

/// What waits for the person's decision, the first to expire first.
pub async fn list(op: &mut Operation, page: &PageRequest) -> Result<Page<RequestRow>> {
    let (own, capacities) = (op.actor()?.id, approvers::capacities(op)?);
    Ok(approval::list_inbox(&mut op.tx, &capacities, own, op.now, page).await?)
}

/// What the person has decided on, with the moments, the latest first.
pub async fn list_decided(
    op: &mut Operation,
    page: &PageRequest,
) -> Result<Page<(RequestRow, DateTime<Utc>)>> {
    let own = op.actor()?.id;
    Ok(approval::list_decided(&mut op.tx, own, page).await?)
}

/// A request for an activation, with all that one has to know to decide on it.
#[derive(Clone, Debug)]
pub struct Found {
    /// What was asked for.
    pub request: RequestRow,
    /// Where it stands now.
    pub status: RequestStatus,
    /// The role.
    pub role: Role,
    /// What approvers said so far.
    pub decisions: Vec<DecisionRow>,
    /// The users and groups who may decide.
    pub approvers: Vec<PrincipalRow>,
    /// When the role holds, would hold if it were approved now, or was to hold.
    pub window: Window,
    /// Why the person may not decide; nothing where they may.
    pub denial: Option<String>,
    /// Whether the person may take it back.
    pub may_cancel: bool,
}

/// One request, for those whom it concerns: who asked, who decides or has decided, who may read role assignments.
pub async fn find(op: &mut Operation, id: RequestId) -> Result<Found> {
    let (request, decided_by) = see(op, id).await?;
    let status = request.status_at(op.now);
    let own = op.actor()?.id;
    let decisions = approval::list_decisions(&mut op.tx, id).await?;
    let denial = if status != RequestStatus::PendingApproval {
        Some(closed(&request, op).to_string())
    } else if request.principal_id == own {
        Some(Broken::OwnRequest.to_string())
    } else if let Some(mine) = decisions.iter().find(|decision| decision.approver_id == own) {
        Some(said_before(mine).to_string())
    } else {
        op.denial(Action::DecideRequests, &approvers::target(op, &request, &decided_by)?)?
    };
    let may_cancel = status == RequestStatus::PendingApproval
        && (request.principal_id == own
            || op.decide(Action::UpdateRoleAssignments, &Target::directory())?.is_allowed());
    let named: Vec<_> = decided_by.approvers.iter().copied().collect();
    let mut approvers = if named.is_empty() {
        approvers::list_people(op, &decided_by).await?
    } else {
        principal::list_by_id(&mut op.tx, &named).await?
    };
    approvers.sort_by_key(|row| row.display_name.to_lowercase());
    let window = window(op, &request, status, &decisions).await?;
    let role = op.engine.catalogue.get(request.role_id)?.clone();
    Ok(Found { request, status, role, decisions, approvers, window, denial, may_cancel })
}

/// When the role holds, would hold, or was to hold.
async fn window(
    op: &mut Operation,
    request: &RequestRow,
    status: RequestStatus,
    decisions: &[DecisionRow],
) -> Result<Window> {
    if let Some(made) = request.schedule_id {
        return Ok(schedule::find(&mut op.tx, made).await?.map_or(request.window(), |made| made.window));
    }
    let Some(eligibility) = request.eligibility_id.filter(|_| status == RequestStatus::PendingApproval)
    else {
        return Ok(request.window());
    };
    match schedule::find(&mut op.tx, eligibility).await? {
        Some(eligibility) => granted_window(op, request, &eligibility, decisions).await,
        None => Ok(request.window()),
    }
}

/// A request that the person may know of.
async fn see(op: &mut Operation, id: RequestId) -> Result<(RequestRow, ApprovalRule)> {
    let own = op.actor()?.id;
    let request = request::find(&mut op.tx, id).await?.ok_or(Error::NotFound)?;
    if request.expires_at.is_none() {
        return Err(Error::NotFound);
    }
    let rule = approvers::rule_of(op, &request).await?;
    let target = approvers::target(op, &request, &rule)?;
    let mut holder = Target::object(request.principal_id);
    if request.principal_id != own {
        holder.units = principal::list_units(&mut op.tx, request.principal_id).await?;
    }
    let may_see = request.principal_id == own
        || op.decide(Action::DecideRequests, &target)?.is_allowed()
        || op.decide(Action::ReadRoleAssignments, &holder)?.is_allowed()
        || approval::list_decisions(&mut op.tx, id).await?.iter().any(|decision| decision.approver_id == own);
    if may_see { Ok((request, rule)) } else { Err(Error::NotFound) }
}

/// What somebody is told who comes too late.
fn closed(request: &RequestRow, op: &Operation) -> Broken {
    let what = match request.status_at(op.now) {
        RequestStatus::TimedOut => {
            return Broken::RequestExpired(request.expires_at.unwrap_or(request.created_at));
        }
        RequestStatus::Denied => "denied this request".to_owned(),
        RequestStatus::Canceled => match &request.close_reason {
            Some(reason) => format!("cancelled this request ({reason})"),
            None => "cancelled this request".to_owned(),
        },
        _ => "approved this request".to_owned(),
    };
    let by = request.closed_by_name.clone().unwrap_or_else(|| "Stint".to_owned());
    Broken::AlreadyDecided { what, by, at: request.completed_at.unwrap_or(request.created_at) }
}

fn said_before(decision: &DecisionRow) -> Broken {
    let what = format!("{} this request", decision.verdict.label().to_lowercase());
    Broken::AlreadyDecided { what, by: decision.approver_name.clone(), at: decision.decided_at }
}

/// When the role holds if it is approved now: from the start that was asked for or from now, for the shortest time that was
/// asked for, granted, or is allowed by now.
///
/// INVARIANT: the window lies inside the eligibility's own.
async fn granted_window(
    op: &mut Operation,
    request: &RequestRow,
    eligibility: &Schedule,
    decisions: &[DecisionRow],
) -> Result<Window> {
    let scope = settings_scope(request.provider, &eligibility.scope);
    let settings = role_settings::get(&mut op.tx, request.provider, request.role_id, scope).await?.settings;
    let asked = request.window();
    let granted = decisions.iter().filter_map(DecisionRow::granted);
    let lasts = granted.chain([settings.longest_activation()]).fold(length(asked), std::cmp::Ord::min);
    let start = asked.start.max(op.now).max(eligibility.window.start);
    Ok(Window::lasting(start, lasts).cut(eligibility.window.end))
}

fn length(window: Window) -> Duration {
    window.end.map_or(Duration::days(365), |end| Duration::between(window.start, end))
}
