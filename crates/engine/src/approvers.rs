//! Who decides, by a role's settings and the roles in force as they are at the moment of asking.
//!
//! On extending and renewing assignments those decide who may assign roles. On activations, and on extending them, approvers
//! do. Approvers are users and groups that the settings name. Where nobody is named they are whoever actively holds one of the
//! two guarded roles. Nobody decides on what they asked for themselves, whichever way they are an approver. An approver who is
//! away names somebody who decides in their place ([`seat`]); that makes no further approver, so whether enough others could
//! approve is counted without them.

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
    settings::{ApprovalRule, RoleSettings},
};
use stint_store::{
    group,
    principal::{self, PrincipalRow},
    request::RequestRow,
    role_settings, schedule,
};

/// More approvers than this are not counted: at most five are ever needed.
const MOST: i64 = 200;

/// The people who could decide by this rule: enabled users, by name.
pub(crate) async fn list_people(op: &mut Operation, rule: &ApprovalRule) -> Result<Vec<PrincipalRow>> {
    let mut named: BTreeSet<PrincipalId> = rule.approvers.clone();
    if named.is_empty() {
        for role in GUARDED {
            named.extend(schedule::list_holders(&mut op.tx, role, op.now, MOST).await?);
        }
    }
    list_users_behind(op, named, MOST).await
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

/// INVARIANT: nothing waits for nobody: refuses a request that too few others could approve.
pub(crate) async fn require_others(
    op: &mut Operation,
    rule: &ApprovalRule,
    own: PrincipalId,
) -> Result<Vec<PrincipalRow>> {
    let mut people = list_people(op, rule).await?;
    let is_one = people.iter().any(|person| person.id == own);
    people.retain(|person| person.id != own);
    if people.len() >= usize::from(rule.approvals_needed) {
        return Ok(people);
    }
    let needed = match rule.approvals_needed {
        1 => "one approval".to_owned(),
        needed => format!("{needed} approvals"),
    };
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

/// Who is asked to decide on a request as things are now, by name: the approvers whom the role's settings name, or those who may
/// assign roles or could activate a role with which they may. Whoever asked is not among them.
pub(crate) async fn list_deciders(op: &mut Operation, request: &RequestRow) -> Result<Vec<PrincipalRow>> {
    let mut people = if request.is_for_administrators() {
        list_administrators(op).await?
    } else {
        let rule = settings_of(op, request).await?.activation_approval;
        list_people(op, &rule).await?
    };
    people.retain(|person| person.id != request.principal_id);
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

/// Whether the person may decide on somebody else's request.
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
