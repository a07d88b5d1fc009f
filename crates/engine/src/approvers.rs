//! Who decides, by a role's settings and the roles in force as they are at the moment of asking.
//!
//! On extending and renewing assignments those decide who may assign roles. On activations, and on extending them, approvers
//! do. Approvers are users and groups that the settings name. Where nobody is named they are whoever actively holds one of the
//! two guarded roles. Nobody decides on what they asked for themselves, whichever way they are an approver. An approver who is
//! away names somebody who decides in their place ([`seat`]); that makes no further approver, so whether enough others could
//! approve is counted without them.
//!
//! A role's settings may want several stages, one after the other, each with approvers of its own and with backup approvers who
//! decide too when it takes long. A request stands in one of them; whoever decides in another is told when, not that they may not.

mod seat;

pub use seat::StandIn;
pub(crate) use seat::{Seat, free_seat, list_seats, list_seats_for, list_substitutes};

use crate::{Operation, Result};
use std::collections::BTreeSet;
use stint_domain::{
    authz::{Action, Decision, Target},
    id::PrincipalId,
    principal::PrincipalKind,
    refusal::{Broken, Field, Refusal},
    role::GUARDED,
    scope::ScopePath,
    settings::{ApprovalRule, Part, RoleSettings, first_short},
};
use stint_store::{
    approval::{self, DecisionRow},
    group,
    principal::{self, PrincipalRow},
    request::RequestRow,
    role_settings, schedule,
};

/// More approvers than this are not counted: at most five are ever needed.
const MOST: i64 = 200;

/// The people whom some of the approvers that settings name stand for, each of these as a stage has it: enabled users, by name.
pub(crate) async fn list_people(
    op: &mut Operation,
    approvers: &[&BTreeSet<PrincipalId>],
) -> Result<Vec<PrincipalRow>> {
    let mut named = BTreeSet::new();
    for &approvers in approvers {
        if approvers.is_empty() {
            for role in GUARDED {
                named.extend(schedule::list_holders(&mut op.tx, role, op.now, MOST).await?);
            }
        }
        named.extend(approvers.iter().copied());
    }
    list_users_behind(op, named, MOST).await
}

/// The people who would be asked first in each stage, but for the one who asks.
pub(crate) async fn list_of_stages(
    op: &mut Operation,
    rule: &ApprovalRule,
    own: PrincipalId,
) -> Result<Vec<Vec<PrincipalRow>>> {
    let mut stages = Vec::new();
    for (_, stage) in rule.stages() {
        let mut people = list_people(op, &[&stage.approvers]).await?;
        people.retain(|person| person.id != own);
        stages.push(people);
    }
    Ok(stages)
}

/// The people who may assign roles, or could activate a role with which they may, and so decide on extending and renewing
/// assignments: enabled users, by name.
pub(crate) async fn list_administrators(op: &mut Operation) -> Result<Vec<PrincipalRow>> {
    let mut named = BTreeSet::new();
    for role in op.engine.catalogue.list_with(Action::UpdateRoleAssignments) {
        named.extend(schedule::list_holders(&mut op.tx, role, op.now, MOST).await?);
        named.extend(schedule::list_eligible(&mut op.tx, role, op.now, MOST).await?);
    }
    list_users_behind(op, named, MOST).await
}

/// The enabled users among these and in the groups among these, by name; of each group at most `most`.
pub(crate) async fn list_users_behind(
    op: &mut Operation,
    named: BTreeSet<PrincipalId>,
    most: i64,
) -> Result<Vec<PrincipalRow>> {
    let mut ids = BTreeSet::new();
    for id in named {
        ids.extend(group::list_users(&mut op.tx, id, op.now, most).await?);
    }
    let ids: Vec<_> = ids.into_iter().collect();
    let mut people = principal::list_by_id(&mut op.tx, &ids).await?;
    people.retain(|row| row.enabled && row.deleted_at.is_none() && row.kind == PrincipalKind::User);
    people.sort_by_key(|row| row.display_name.to_lowercase());
    Ok(people)
}

/// A stage that too few could approve.
pub(crate) struct Short {
    /// Which one, from 1.
    pub(crate) number: u8,
    /// How many it needs: "one approval", "2 approvals".
    pub(crate) needed: String,
    /// Who could, by name.
    pub(crate) people: Vec<PrincipalRow>,
}

/// The first stage that too few could approve if `own` does not, with backup approvers where there are some. Nobody counts in two.
pub(crate) async fn find_short(
    op: &mut Operation,
    rule: &ApprovalRule,
    own: Option<PrincipalId>,
) -> Result<Option<Short>> {
    let (mut stages, mut people) = (Vec::new(), Vec::new());
    for (_, stage) in rule.stages() {
        let able = list_people(op, &stage.sides().collect::<Vec<_>>()).await?;
        let others = able.iter().map(|person| person.id).filter(|&id| Some(id) != own);
        stages.push((stage.approvals_needed, others.collect()));
        people.push(able);
    }
    Ok(first_short(&stages).map(|number| {
        let index = usize::from(number) - 1;
        let needed = match stages[index].0 {
            1 => "one approval".to_owned(),
            needed => format!("{needed} approvals"),
        };
        Short { number, needed, people: people.swap_remove(index) }
    }))
}

/// INVARIANT: nothing waits for nobody, also later: the stage that too few could approve if the person, from this seat, said yes now,
/// and that they could approve themselves. What was short before stays so; that is no reason to say nothing.
pub(crate) async fn find_needed_later(
    op: &mut Operation,
    request: &RequestRow,
    rule: &ApprovalRule,
    seat: PrincipalId,
) -> Result<Option<u8>> {
    let (own, now) = (op.actor()?.id, request.stage());
    let decisions = approval::list_decisions(&mut op.tx, request.id).await?;
    let is_out = |id| [own, seat, request.principal_id].contains(&id) || has_spoken(&decisions, id);
    let given = decisions.iter().filter(|said| said.stage() == now).count() + 1;
    let needed_now =
        usize::try_from(request.approvals_needed.unwrap_or(1)).unwrap_or(1).saturating_sub(given);
    let (mut stages, mut theirs) = (Vec::new(), Vec::new());
    for (number, stage) in rule.stages().filter(|&(number, _)| number >= now && number <= request.stages()) {
        let able = list_people(op, &stage.sides().collect::<Vec<_>>()).await?;
        theirs.push(number > now && able.iter().any(|person| person.id == own || person.id == seat));
        let needed =
            if number == now { needed_now.try_into().unwrap_or(u8::MAX) } else { stage.approvals_needed };
        stages.push((needed, able.into_iter().map(|person| person.id).filter(|&id| !is_out(id)).collect()));
    }
    let short = first_short(&stages).map(|number| usize::from(number) - 1);
    Ok(short
        .filter(|&index| theirs[index])
        .and_then(|index| u8::try_from(index).ok())
        .map(|index| now + index))
}

/// INVARIANT: nothing waits for nobody: refuses a request that too few others could approve, in any of its stages.
pub(crate) async fn require_others(op: &mut Operation, rule: &ApprovalRule, own: PrincipalId) -> Result<()> {
    let Some(Short { number, mut needed, mut people }) = find_short(op, rule, Some(own)).await? else {
        return Ok(());
    };
    let is_one = people.iter().any(|person| person.id == own);
    people.retain(|person| person.id != own);
    if rule.count() > 1 {
        needed = format!("{needed} in stage {number} (nobody counts in two stages)");
    }
    let people = match (people.is_empty(), is_one) {
        (true, true) => "only you".to_owned(),
        (_, true) => format!("you and {}", in_words(&people)),
        (_, false) => in_words(&people),
    };
    Err(Refusal::at(Field::Form, Broken::NobodyCanApprove { needed, people }).into())
}

/// INVARIANT: the same where those decide who may assign roles. Who could activate such a role counts: there is time for it.
pub(crate) async fn require_other_administrators(op: &mut Operation, own: PrincipalId) -> Result<()> {
    let people = list_administrators(op).await?;
    if people.iter().any(|person| person.id != own) {
        return Ok(());
    }
    let people = if people.is_empty() { "nobody" } else { "only you" };
    Err(Refusal::at(Field::Form, Broken::NobodyCanDecide(people.to_owned())).into())
}

/// Some of those who have a part in deciding on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Circle {
    /// The approvers of the stage at which it stands, without those who have decided in a stage before.
    Stage,
    /// Its backup approvers who have not decided, without the approvers.
    Backups,
    /// Those who can decide now.
    Now,
    /// Those who were asked until now, in this stage and in those before, whether or not they decided.
    Asked,
}

/// The people of a circle as things are now, by name; those who may assign roles or could activate a role with which they may,
/// where they decide. Whoever asked is not among them.
pub(crate) async fn list_deciders(
    op: &mut Operation,
    request: &RequestRow,
    circle: Circle,
) -> Result<Vec<PrincipalRow>> {
    let mut people = if request.is_for_administrators() {
        list_administrators(op).await?
    } else {
        let rule = settings_of(op, request).await?.activation_approval;
        list_circle(op, request, &rule, circle).await?
    };
    let spoken = list_spoken(op, request, circle).await?;
    people.retain(|person| person.id != request.principal_id && !has_spoken(&spoken, person.id));
    Ok(people)
}

/// The decisions that take somebody out of a circle.
async fn list_spoken(op: &mut Operation, request: &RequestRow, circle: Circle) -> Result<Vec<DecisionRow>> {
    let mut decisions = match circle {
        Circle::Asked => Vec::new(),
        Circle::Stage | Circle::Backups | Circle::Now => {
            approval::list_decisions(&mut op.tx, request.id).await?
        }
    };
    if circle == Circle::Stage {
        // Who was asked and was faster than the mail has it all the same.
        decisions.retain(|decision| decision.stage() < request.stage());
    }
    Ok(decisions)
}

/// Whether somebody has decided, or somebody else in their place.
fn has_spoken(decisions: &[DecisionRow], id: PrincipalId) -> bool {
    decisions.iter().any(|said| said.approver_id == id || said.seat() == id)
}

async fn list_circle(
    op: &mut Operation,
    request: &RequestRow,
    rule: &ApprovalRule,
    circle: Circle,
) -> Result<Vec<PrincipalRow>> {
    let stage = rule.stage(request.stage());
    let backups = stage.backup.iter().map(|backup| &backup.approvers);
    // What is over did not escalate any more.
    let at = request.completed_at.map_or(op.now, |over| over.min(op.now));
    let escalated = backups.clone().filter(|_| request.is_escalated(at));
    let asked: Vec<_> = match circle {
        Circle::Stage => vec![&stage.approvers],
        Circle::Backups => backups.collect(),
        Circle::Now => std::iter::once(&stage.approvers).chain(escalated).collect(),
        Circle::Asked => {
            let until_now = rule.stages().filter(|&(number, _)| number <= request.stage());
            until_now.map(|(_, stage)| &stage.approvers).chain(escalated).collect()
        }
    };
    let mut people = list_people(op, &asked).await?;
    if circle == Circle::Backups {
        let approvers = list_people(op, &[&stage.approvers]).await?;
        people.retain(|person| approvers.iter().all(|other| other.id != person.id));
    }
    Ok(people)
}

/// "nobody", "Mira Stein", "Mira Stein and Priya Raman", "Mira Stein, Priya Raman and 7 others".
pub(crate) fn in_words(people: &[PrincipalRow]) -> String {
    let names: Vec<_> = people.iter().map(|person| person.display_name.as_str()).collect();
    match names.as_slice() {
        [] => "nobody".to_owned(),
        [one] => (*one).to_owned(),
        [first, second] => format!("{first} and {second}"),
        [first, second, third] => format!("{first}, {second} and {third}"),
        [first, second, rest @ ..] => format!("{first}, {second} and {} others", rest.len()),
    }
}

/// The settings by which a request is decided now.
pub(crate) async fn settings_of(op: &mut Operation, request: &RequestRow) -> Result<RoleSettings> {
    let everywhere = ScopePath::directory();
    let scope = request.settings_scope.as_ref().unwrap_or(&everywhere);
    Ok(role_settings::get(&mut op.tx, request.provider, request.role_id, scope).await?.settings)
}

/// Whether the person may decide on somebody else's request, in whichever of its stages.
pub(crate) async fn decide(
    op: &mut Operation,
    request: &RequestRow,
    settings: &RoleSettings,
) -> Result<Decision> {
    if request.is_for_administrators() {
        return op.decide(Action::UpdateRoleAssignments, &Target::directory());
    }
    let seats = list_seats_for(op, request, &settings.activation_approval).await?;
    op.decide(
        Action::DecideRequests,
        &Target { is_approver: !seats.is_empty(), ..Target::object(request.id) },
    )
}

/// Why whoever has this part does not decide now: it is the turn of others.
pub(crate) fn turn_of_others(part: Part, request: &RequestRow, decisions: &[DecisionRow]) -> Option<Broken> {
    match part {
        Part::Decides | Part::None => None,
        Part::Later(stage) => Some(Broken::LaterStage(stage)),
        Part::Backup(Some(from)) => Some(Broken::BackupFrom(from)),
        Part::Backup(None) => Some(Broken::BackupTooLate),
        Part::Earlier(stage) => {
            let last = decisions.iter().rfind(|decision| decision.stage() == stage);
            let (by, at) = last.map_or_else(
                || ("Stint".to_owned(), request.created_at),
                |last| (last.by(), last.decided_at),
            );
            Some(Broken::StageOver { stage, by, at })
        }
    }
}
