//! From which seats somebody decides: their own, and those of the approvers in whose place they stand.
//!
//! A seat is what the settings give an approver. Who stands in for somebody takes their seat and nothing else of theirs: no
//! role, and no seat that those themselves take for others. Everything is asked at the moment of deciding. Where the approver
//! is disabled, deleted or named no more, the seat is gone.

use super::{Circle, has_spoken, list_spoken};
use crate::{Operation, Result};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use stint_domain::{
    id::PrincipalId,
    role::GUARDED,
    schedule::AssignmentType,
    scope::ScopePath,
    settings::{ApprovalRule, Part},
    time::Phase,
};
use stint_store::{
    approval::DecisionRow,
    group,
    principal::{self, PrincipalRow},
    request::RequestRow,
    schedule, substitution,
};
use uuid::Uuid;

/// An approver in whose place somebody stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// Who.
    pub id: PrincipalId,
    /// What they are called.
    pub name: String,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// What somebody decides as.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    /// In whose place; nothing for themselves.
    pub(crate) instead_of: Option<StandIn>,
    /// The user, the groups, and the guarded roles that are actively held everywhere.
    pub(crate) capacities: Vec<Uuid>,
    /// What part it has in the decision on a request; none where no request was looked at.
    pub(crate) part: Part,
}

impl Seat {
    /// Whose word is given from here.
    fn of(&self, own: PrincipalId) -> PrincipalId {
        self.instead_of.as_ref().map_or(own, |other| other.id)
    }

    /// Whether it is among those whom a stage or its backup names.
    fn is_meant(&self, named: &BTreeSet<PrincipalId>) -> bool {
        if named.is_empty() {
            GUARDED.iter().any(|role| self.capacities.contains(&role.as_uuid()))
        } else {
            named.iter().any(|id| self.capacities.contains(&id.as_uuid()))
        }
    }
}

/// The person's own seat, and then each that they take for somebody, the first to end first.
pub(crate) async fn list_seats(op: &mut Operation) -> Result<Vec<Seat>> {
    let mut seats = vec![Seat { instead_of: None, capacities: own_capacities(op)?, part: Part::None }];
    let own = op.actor()?.id;
    for row in substitution::list_in_force(&mut op.tx, own, op.now).await? {
        if seats.iter().all(|seat| seat.of(own) != row.approver_id) {
            let capacities = capacities_of(op, row.approver_id).await?;
            let other = StandIn { id: row.approver_id, name: row.approver_name, until: row.end_at };
            seats.push(Seat { instead_of: Some(other), capacities, part: Part::None });
        }
    }
    Ok(seats)
}

/// The seats that have a part in the decision on a request by this rule, in whichever of its stages, the person's own first.
pub(crate) async fn list_seats_for(
    op: &mut Operation,
    request: &RequestRow,
    rule: &ApprovalRule,
) -> Result<Vec<Seat>> {
    let own = op.actor()?.id;
    // SECURITY: whoever asked is no approver of it, however they came to be named.
    if request.principal_id == own {
        return Ok(Vec::new());
    }
    let mut seats = list_seats(op).await?;
    // SECURITY: nor is somebody for them: who stands in for whoever asked decides on it as themselves or not at all.
    let stands_in_for_requestor = seats.iter().any(|seat| seat.of(own) == request.principal_id);
    seats.retain(|seat| seat.instead_of.is_none() || !stands_in_for_requestor);
    for seat in &mut seats {
        seat.part = rule.part(op.now, request.stage(), request.escalates_at, |named| seat.is_meant(named));
    }
    seats.retain(|seat| seat.part != Part::None);
    Ok(seats)
}

/// Of these seats one from which nothing was said, the first that decides now or else the first; or else what was said.
pub(crate) fn free_seat(
    seats: Vec<Seat>,
    own: PrincipalId,
    decisions: &[DecisionRow],
) -> Result<Option<Seat>, &DecisionRow> {
    if let Some(mine) = decisions.iter().find(|decision| decision.approver_id == own) {
        return Err(mine);
    }
    let said = |seat: &Seat| decisions.iter().find(|decision| decision.seat() == seat.of(own));
    let first = seats.first().and_then(said);
    let free = seats.into_iter().filter(|seat| said(seat).is_none());
    match (free.min_by_key(|seat| seat.part != Part::Decides), first) {
        (None, Some(said)) => Err(said),
        (free, _) => Ok(free),
    }
}

/// Who takes the place of one of these approvers of a circle, and may decide on the request only so: enabled users, each with the
/// approver, by name.
pub(crate) async fn list_substitutes(
    op: &mut Operation,
    request: &RequestRow,
    circle: Circle,
    approvers: &[PrincipalRow],
) -> Result<Vec<(PrincipalRow, StandIn)>> {
    let ids: Vec<_> = approvers.iter().map(|row| row.id).collect();
    if ids.is_empty() || request.is_for_administrators() {
        return Ok(Vec::new());
    }
    let rows = substitution::list_in_force_of(&mut op.tx, &ids, op.now).await?;
    let spoken = list_spoken(op, request, circle).await?;
    let of_requestor = substitution::list_in_force_of(&mut op.tx, &[request.principal_id], op.now).await?;
    let substitutes: Vec<_> = rows.iter().map(|row| row.substitute_id).collect();
    let mut people = principal::list_by_id(&mut op.tx, &substitutes).await?;
    people.retain(|one| {
        one.enabled
            && one.deleted_at.is_none()
            && one.id != request.principal_id
            && !ids.contains(&one.id)
            && !has_spoken(&spoken, one.id)
            && of_requestor.iter().all(|row| row.substitute_id != one.id)
    });
    people.sort_by_key(|one| one.display_name.to_lowercase());
    let with_approver = |one: PrincipalRow| {
        let row = rows.iter().find(|row| row.substitute_id == one.id)?;
        let other = StandIn { id: row.approver_id, name: row.approver_name.clone(), until: row.end_at };
        Some((one, other))
    };
    Ok(people.into_iter().filter_map(with_approver).collect())
}

fn own_capacities(op: &Operation) -> Result<Vec<Uuid>> {
    let mut found: Vec<Uuid> = op.memberships()?.iter().map(|id| id.as_uuid()).collect();
    for role in GUARDED {
        let is_it =
            |grant: &stint_domain::authz::Grant| grant.role == role && grant.scope == ScopePath::directory();
        if op.actor()?.grants.iter().any(is_it) {
            found.push(role.as_uuid());
        }
    }
    Ok(found)
}

/// What somebody else decides as, as themselves.
async fn capacities_of(op: &mut Operation, id: PrincipalId) -> Result<Vec<Uuid>> {
    let memberships = group::list_memberships(&mut op.tx, id, op.now).await?;
    let schedules = schedule::list_open(&mut op.tx, &memberships, op.now).await?;
    let mut found: Vec<Uuid> = memberships.iter().map(|id| id.as_uuid()).collect();
    for role in GUARDED {
        let holds = schedules.iter().any(|held| {
            held.role == role
                && held.assignment_type == AssignmentType::Active
                && held.scope == ScopePath::directory()
                && held.window.phase(op.now) == Phase::InForce
        });
        if holds {
            found.push(role.as_uuid());
        }
    }
    Ok(found)
}
