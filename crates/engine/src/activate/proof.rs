//! Whether an activation took effect: asked of the one function that decides about everything.

use crate::{Error, Operation, Result};
use stint_domain::{
    authz::{Action, Target, decide},
    id::ScheduleId,
    schedule::Schedule,
    scope::{Scope, ScopePath},
    time::Phase,
};

/// What asking `authz::decide` after an activation found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The person may now do what the role permits; so many actions were asked for and allowed.
    Effective(usize),
    /// The activation begins later.
    Upcoming,
    /// It does not hold.
    Ineffective,
}

/// Proves that an activation works: asks, in an operation of its own, whether the person may do each thing that the role
/// permits where it holds.
pub fn prove(op: &Operation, activation: ScheduleId) -> Result<(Proof, Schedule)> {
    let schedule =
        op.schedules()?.iter().find(|schedule| schedule.id == activation).cloned().ok_or(Error::NotFound)?;
    if schedule.window.phase(op.now) == Phase::Upcoming {
        return Ok((Proof::Upcoming, schedule));
    }
    let actor = op.actor()?;
    let (_, actions) = op.engine.catalogue.find(schedule.role).ok_or(Error::NotFound)?;
    let target = target_of(&schedule.scope);
    let asked: Vec<_> = Action::ALL.iter().copied().filter(|&action| actions.contains(action)).collect();
    let granted =
        actor.grants.iter().any(|grant| grant.role == schedule.role && grant.scope == schedule.scope);
    let proven = granted && asked.iter().all(|&action| decide(actor, action, &target).is_allowed());
    Ok((if proven { Proof::Effective(asked.len()) } else { Proof::Ineffective }, schedule))
}

/// Something that lies in the scope, to ask about.
fn target_of(scope: &ScopePath) -> Target {
    match scope.kind() {
        Scope::Directory | Scope::Resource => Target::directory(),
        Scope::AdministrativeUnit(unit) => Target { units: vec![unit], ..Target::directory() },
        Scope::Object(id) => Target::object(id),
    }
}
