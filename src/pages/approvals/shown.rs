//! A request, as every page of requests shows it: made on the server of what the engine knows.

use crate::{error::AppError, pages::step_up::StepUpShown};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stint_domain::{
    id::{PrincipalId, RequestId, RoleId},
    request::{RequestKind, RequestStatus},
    schedule::AssignmentType,
    time::Duration,
};

/// A request, as pages show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestShown {
    /// Its id.
    pub id: RequestId,
    /// Who asked.
    pub requestor_id: PrincipalId,
    /// What they are called.
    pub requestor: String,
    /// Which role.
    pub role_id: RoleId,
    /// What it is called.
    pub role: String,
    /// Where.
    pub scope: String,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// When it is to begin.
    pub start: DateTime<Utc>,
    /// For how long.
    pub length: Duration,
    /// What is asked for.
    pub kind: RequestKind,
    /// The same in words, with the stage at which it stands where there are several: "Activation, stage 1 of 2".
    pub what: String,
    /// For what goes on: when it ends or ended.
    pub old_end: Option<DateTime<Utc>>,
    /// Until when it is to hold.
    pub until: Option<DateTime<Utc>>,
    /// Until when it would hold if it were approved now.
    pub grant_until: Option<DateTime<Utc>>,
    /// Whether those who may assign roles decide, about an assignment of this type.
    pub assignment: Option<AssignmentType>,
    /// Why.
    pub reason: Option<String>,
    /// Under which ticket.
    pub ticket: Option<String>,
    /// Where it stands.
    pub status: RequestStatus,
    /// Until when it can be decided.
    pub expires_at: Option<DateTime<Utc>>,
    /// The stage at which it stands, where there are several: "Stage 1 of 2".
    pub stage: Option<String>,
    /// The stages, where there are several or one has backup approvers.
    pub stages: Vec<StageShown>,
    /// How many approvals it needs: "2 needed", "2 needed in stage 1".
    pub needed: String,
    /// Who decides now, by name.
    pub asked_of: String,
    /// What was decided.
    pub decisions: Vec<DecisionShown>,
    /// Whether the person who looks asked for it.
    pub is_own: bool,
    /// Whether they may decide.
    pub can_decide: bool,
    /// Why they may not, while somebody else does; nothing where they asked for it.
    pub denied: Option<String>,
    /// In whose place they do.
    pub instead_of: Option<String>,
    /// Whether they may take it back.
    pub can_cancel: bool,
    /// What approving asks for beyond being signed in.
    pub step_up: Option<StepUpShown>,
    /// How the person who asked had shown who they are, in words.
    pub signed_in: Option<String>,
}

/// What an approver said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionShown {
    /// Who.
    pub by: String,
    /// What, and in which stage where there are several.
    pub verdict: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub justification: String,
}

/// A stage that a request goes or went through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageShown {
    /// "Stage 1".
    pub name: String,
    /// "Approved", "Decides now", ...
    pub state: String,
    /// How many approvals it needs.
    pub needed: u8,
    /// Who decides, by name.
    pub approvers: String,
    /// Who decides too when it takes long, and after how long.
    pub backups: String,
    /// When that is, where it is known.
    pub backups_from: Option<DateTime<Utc>>,
}

/// A page of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestList {
    /// The requests.
    pub requests: Vec<RequestShown>,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl RequestList {
    /// The list that a page of rows makes.
    pub fn of(
        op: &stint_engine::Operation,
        page: stint_engine::store::Page<stint_engine::store::request::RequestRow>,
    ) -> Result<Self, AppError> {
        let requests: Result<_, AppError> =
            page.items.into_iter().map(|row| RequestShown::of(op, row)).collect();
        Ok(Self { requests: requests?, next: page.next })
    }
}

impl RequestShown {
    /// A request as a row tells it: without what approvers said, and who they are.
    pub fn of(
        op: &stint_engine::Operation,
        row: stint_engine::store::request::RequestRow,
    ) -> Result<Self, AppError> {
        let (window, status) = (row.window(), row.status_at(op.now));
        let is_own = row.principal_id == op.actor()?.id;
        let stage = (row.stages() > 1).then(|| format!("Stage {} of {}", row.stage(), row.stages()));
        let (number, needed) = (row.stage(), row.approvals_needed.unwrap_or(1));
        let kind = row.kind().unwrap_or(RequestKind::Activation);
        let signed_in = row.signed_in().map(|signed_in| signed_in.in_words());
        let assignment = row.is_for_administrators().then_some(row.assignment_type);
        let length = window.end.map_or(Duration::days(365), |end| Duration::between(window.start, end));
        let ticket = row.ticket_number.map(|number| match row.ticket_system {
            Some(system) => format!("{system} {number}"),
            None => number,
        });
        Ok(Self {
            id: row.id,
            requestor_id: row.principal_id,
            requestor: row.principal_name,
            role_id: row.role_id,
            role: row.role_name,
            scope: row.scope_name.unwrap_or_else(|| "Directory".to_owned()),
            asked_at: row.created_at,
            start: window.start,
            length,
            kind,
            what: match stage.as_ref().filter(|_| status.is_open()) {
                Some(stage) => format!("{}, {}", kind.label(), stage.to_lowercase()),
                None => kind.label().to_owned(),
            },
            old_end: row.old_end_at,
            until: window.end,
            grant_until: window.end,
            assignment,
            reason: row.justification,
            ticket,
            status,
            expires_at: row.expires_at,
            needed: match stage {
                Some(_) => format!("{needed} needed in stage {number}"),
                None => format!("{needed} needed"),
            },
            stage,
            stages: Vec::new(),
            asked_of: String::new(),
            decisions: Vec::new(),
            is_own,
            can_decide: !is_own,
            denied: None,
            instead_of: None,
            can_cancel: is_own && status.is_open(),
            step_up: None,
            signed_in,
        })
    }
}

/// A request with all that one has to know to decide on it.
pub async fn get(op: &mut stint_engine::Operation, id: RequestId) -> Result<RequestShown, AppError> {
    let found = stint_engine::approvals::find(op, id).await?;
    let several = found.request.stages() > 1;
    let is_own = found.request.principal_id == op.actor()?.id;
    let decision = |row: stint_engine::store::approval::DecisionRow| DecisionShown {
        verdict: match (row.verdict.label(), row.stage()) {
            (verdict, stage) if several => format!("{verdict} in stage {stage}"),
            (verdict, _) => verdict.to_owned(),
        },
        by: row.by(),
        at: row.decided_at,
        justification: row.justification,
    };
    let stages = found.stages.into_iter().map(|stage| StageShown::of(stage, &found.request, found.status));
    let step_up = StepUpShown::of(op, found.step_up).await?;
    Ok(RequestShown {
        status: found.status,
        grant_until: found.window.end,
        asked_of: names(found.approvers),
        stages: stages.collect(),
        decisions: found.decisions.into_iter().map(decision).collect(),
        can_decide: found.denial.is_none(),
        denied: found.denial.filter(|_| found.status.is_open() && !is_own),
        instead_of: found.instead_of.map(|other| other.name),
        can_cancel: found.may_cancel,
        step_up,
        ..RequestShown::of(op, found.request)?
    })
}

fn names(people: Vec<stint_engine::store::principal::PrincipalRow>) -> String {
    people.into_iter().map(|row| row.display_name).collect::<Vec<_>>().join(", ")
}

impl StageShown {
    fn of(
        stage: stint_engine::approvals::Stage,
        request: &stint_engine::store::request::RequestRow,
        status: RequestStatus,
    ) -> Self {
        use std::cmp::Ordering;
        let reached = match stage.number.cmp(&request.stage()) {
            Ordering::Less => "Approved",
            Ordering::Equal if status.is_open() => "Decides now",
            Ordering::Equal if matches!(status, RequestStatus::Provisioned | RequestStatus::Granted) => {
                "Approved"
            }
            Ordering::Equal => status.label(),
            Ordering::Greater if status.is_open() => "Decides after that",
            Ordering::Greater => "Not reached",
        };
        let backups = match (stage.backups_after, stage.backups_from) {
            (None, _) => "None".to_owned(),
            (Some(_), Some(_)) => format!("{}, from ", names(stage.backups)),
            (Some(after), None) => format!("{}, after {}", names(stage.backups), after.in_words()),
        };
        Self {
            name: format!("Stage {}", stage.number),
            state: reached.to_owned(),
            needed: stage.needed,
            approvers: names(stage.approvers),
            backups,
            backups_from: stage.backups_from.filter(|_| stage.backups_after.is_some()),
        }
    }
}
