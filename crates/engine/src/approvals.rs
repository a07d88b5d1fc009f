//! Approvers look at what waits for them and say yes or no; whoever asked, or an administrator, takes it back.
//!
//! Activations, and extensions of running ones, wait for the approvers in the role's settings. Extensions and renewals of
//! assignments wait for those who may assign roles. Both stand in one inbox, and are decided by the same verbs.
//!
//! Every end of the waiting is one conditional update of the request. What is taken is taken in the order of everything else:
//! the person and the group that is eligible, the eligibility, the request.

mod activation;
mod decide;
mod prolongation;
mod stages;

pub use crate::approvers::StandIn;
pub use decide::{Approved, Grant, approve, cancel, deny, expire};
pub use stint_store::approval::Order;

pub use stages::Stage;

use crate::{
    Error, Operation, Result,
    approvers::{self, Circle},
    step_up::{self, StepUp},
};
use chrono::{DateTime, Utc};
use stint_domain::{
    authz::{Action, Target},
    id::{PrincipalId, RequestId},
    refusal::Broken,
    request::{RequestKind, RequestStatus},
    role::Role,
    settings::RoleSettings,
    time::{Duration, Window},
};
use stint_store::{
    Page, PageRequest,
    approval::{self, DecisionRow, Inbox},
    principal::{self, PrincipalRow},
    request::{self, RequestRow},
    schedule,
};

/// What of an inbox is looked at, and how.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Only this kind of request; all where there is none.
    pub kind: Option<RequestKind>,
    /// In which order.
    pub order: Order,
    /// Words that the name of whoever asked, or the role's, has words beginning with.
    pub search: String,
}

/// A request that waits for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What was asked for.
    pub request: RequestRow,
    /// In whose place they would decide; nothing where they decide as themselves.
    pub instead_of: Option<StandIn>,
}

/// What waits for the person's decision.
pub async fn list(op: &mut Operation, view: &View, page: &PageRequest) -> Result<Page<Waiting>> {
    let mut seats = approvers::list_seats(op).await?;
    let own = seats.remove(0);
    let catalogue = op.engine.catalogue.clone();
    let with_roles = |word: String| {
        let roles = catalogue.list_with_word(&word);
        (word, roles)
    };
    let words = principal::sought(&view.search).into_iter().map(with_roles).collect();
    let stands_in = |seat: &approvers::Seat| Some((seat.instead_of.as_ref()?.id, seat.capacities.clone()));
    let inbox = Inbox {
        approvers: own.capacities,
        stands_in: seats.iter().filter_map(stands_in).collect(),
        is_administrator: op.decide(Action::UpdateRoleAssignments, &Target::directory())?.is_allowed(),
        kind: view.kind,
        order: view.order,
        words,
        ..Inbox::of(op.actor()?.id)
    };
    let found = approval::list_inbox(&mut op.tx, &inbox, op.now, page).await?;
    let instead_of = |seat: usize| seats.get(seat.checked_sub(1)?)?.instead_of.clone();
    Ok(found.map(|(request, seat)| Waiting { request, instead_of: instead_of(seat) }))
}

/// What the person has decided on, with the moments, the latest first.
pub async fn list_decided(
    op: &mut Operation,
    page: &PageRequest,
) -> Result<Page<(RequestRow, DateTime<Utc>)>> {
    let own = op.actor()?.id;
    Ok(approval::list_decided(&mut op.tx, own, page).await?)
}

/// A request, with all that one has to know to decide on it. What is asked for, [`RequestRow::kind`] says; for an extension
/// or renewal, [`RequestRow::old_end_at`] says when the assignment ends or ended.
#[derive(Clone, Debug)]
pub struct Found {
    /// What was asked for.
    pub request: RequestRow,
    /// Where it stands now.
    pub status: RequestStatus,
    /// The role.
    pub role: Role,
    /// Its settings, which bound what can be granted.
    pub settings: RoleSettings,
    /// What approvers said so far.
    pub decisions: Vec<DecisionRow>,
    /// The users and groups who decide now; for an extension or renewal of an assignment, the users who may assign roles.
    pub approvers: Vec<PrincipalRow>,
    /// The stages that it goes or went through, where there are several or one has backup approvers.
    pub stages: Vec<Stage>,
    /// When the role holds, would hold if it were approved now, or was to hold. Of what waits to be extended, the time that
    /// would be added.
    pub window: Window,
    /// Why the person may not decide; nothing where they may.
    pub denial: Option<String>,
    /// In whose place they would decide; nothing where they decide as themselves, or not.
    pub instead_of: Option<StandIn>,
    /// What approving asks for beyond being signed in, where the person may decide.
    pub step_up: Option<StepUp>,
    /// Whether the person may take it back.
    pub may_cancel: bool,
}

/// One request, for those whom it concerns: who asked, who decides or has decided, who may read role assignments.
pub async fn find(op: &mut Operation, id: RequestId) -> Result<Found> {
    let (request, settings) = see(op, id).await?;
    let status = request.status_at(op.now);
    let own = op.actor()?.id;
    let decisions = approval::list_decisions(&mut op.tx, id).await?;
    let (denial, instead_of) = if !status.is_open() {
        (Some(closed(&request, op).to_string()), None)
    } else if request.principal_id == own {
        (Some(Broken::OwnRequest.to_string()), None)
    } else if let Err(denial) = approvers::decide(op, &request, &settings).await?.into_result() {
        (Some(denial.to_string()), None)
    } else {
        match seat(op, &request, &settings).await? {
            Ok(instead_of) => (None, instead_of),
            Err(why_not) => (Some(why_not.to_string()), None),
        }
    };
    let demand = decide::asked_of_approvers(op, &request, &settings).await?.filter(|_| denial.is_none());
    let step_up = step_up::look(op, demand).await?;
    let may_cancel = status.is_open()
        && (request.principal_id == own
            || op.decide(Action::UpdateRoleAssignments, &Target::directory())?.is_allowed());
    let approvers = if request.is_for_administrators() {
        approvers::list_deciders(op, &request, Circle::Now).await?
    } else {
        stages::list_named(op, &request, &settings).await?
    };
    let stages = stages::list(op, &request, &settings).await?;
    let window = window(op, &request, status, &settings, &decisions).await?;
    let role = op.engine.catalogue.get(request.role_id)?.clone();
    Ok(Found {
        request,
        status,
        role,
        settings,
        decisions,
        approvers,
        stages,
        window,
        denial,
        instead_of,
        step_up,
        may_cancel,
    })
}

/// How far a request has come: its status, and how many have decided. Little is read, for those who wait ask often.
pub async fn progress(op: &mut Operation, id: RequestId) -> Result<(RequestStatus, usize)> {
    let (request, _) = see(op, id).await?;
    Ok((request.status_at(op.now), approval::list_decisions(&mut op.tx, id).await?.len()))
}

/// In whose place the person decides on an open request now, or why they do not: somebody has spoken from their seat, or it is
/// the turn of others.
async fn seat(
    op: &mut Operation,
    request: &RequestRow,
    settings: &RoleSettings,
) -> Result<Result<Option<StandIn>, Broken>> {
    let own = op.actor()?.id;
    let seats = if request.is_for_administrators() {
        Vec::new()
    } else {
        approvers::list_seats_for(op, request, &settings.activation_approval).await?
    };
    let decisions = approval::list_decisions(&mut op.tx, request.id).await?;
    Ok(match approvers::free_seat(seats, own, &decisions) {
        Err(said) => Err(said_before(said, own)),
        Ok(None) => Ok(None),
        Ok(Some(seat)) => match approvers::turn_of_others(seat.part, request, &decisions) {
            Some(turn_of_others) => Err(turn_of_others),
            None => Ok(seat.instead_of),
        },
    })
}

/// When the role holds, would hold, or was to hold.
async fn window(
    op: &mut Operation,
    request: &RequestRow,
    status: RequestStatus,
    settings: &RoleSettings,
    decisions: &[DecisionRow],
) -> Result<Window> {
    if let Some(made) = request.schedule_id {
        return Ok(schedule::find(&mut op.tx, made).await?.map_or(request.window(), |made| made.window));
    }
    if !status.is_open() {
        return Ok(request.window());
    }
    if request.is_for_administrators() {
        let rule = settings.expiration(request.assignment_type);
        let end = prolongation::as_asked(op, request, rule).end;
        return Ok(Window::new(request.window().start.max(op.now), end));
    }
    let Some(eligibility) = request.eligibility_id else { return Ok(request.window()) };
    let running = activation::running(op, request.assignment_id).await?;
    match schedule::find(&mut op.tx, eligibility).await? {
        Some(eligibility) => {
            activation::granted_window(op, request, &eligibility, running.as_ref(), decisions).await
        }
        None => Ok(request.window()),
    }
}

/// A request that the person may know of.
async fn see(op: &mut Operation, id: RequestId) -> Result<(RequestRow, RoleSettings)> {
    let own = op.actor()?.id;
    let request = request::find(&mut op.tx, id).await?.ok_or(Error::NotFound)?;
    if request.expires_at.is_none() {
        return Err(Error::NotFound);
    }
    let settings = approvers::settings_of(op, &request).await?;
    let mut holder = Target::object(request.principal_id);
    if request.principal_id != own {
        holder.units = principal::list_units(&mut op.tx, request.principal_id).await?;
    }
    let may_see = request.principal_id == own
        || approvers::decide(op, &request, &settings).await?.is_allowed()
        || op.decide(Action::ReadRoleAssignments, &holder)?.is_allowed()
        || approval::list_decisions(&mut op.tx, id).await?.iter().any(|decision| decision.approver_id == own);
    if may_see { Ok((request, settings)) } else { Err(Error::NotFound) }
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

/// What somebody is told who has spoken, or in whose seat somebody else has.
fn said_before(decision: &DecisionRow, own: PrincipalId) -> Broken {
    let what = format!("{} this request", decision.verdict.label().to_lowercase());
    let (by, at) = (decision.by(), decision.decided_at);
    if decision.approver_id == own {
        Broken::AlreadyDecided { what, by, at }
    } else {
        Broken::CountsAsOne { what, by, at }
    }
}

fn length(window: Window) -> Duration {
    window.end.map_or(Duration::days(365), |end| Duration::between(window.start, end))
}
