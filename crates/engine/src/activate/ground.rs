//! What an activation rests on: the person, the eligibility, and the group that may stand between them.

use crate::{Operation, Result};
use std::collections::BTreeSet;
use stint_domain::{
    id::{PrincipalId, ScheduleId},
    schedule::Schedule,
    time::Phase,
};
use stint_store::{group, principal, schedule};

/// Whether somebody may (still) activate an eligibility.
#[derive(Debug)]
pub(crate) enum Ground {
    /// They may.
    Holds(Schedule),
    /// The person was disabled or deleted.
    NoPerson,
    /// The eligibility has ended, or the person has left the group that has it.
    NoEligibility,
}

/// Takes the eligibility before it is judged, with the person and the group that has it, so that meanwhile it can be neither
/// removed nor activated twice, and the person neither be disabled nor leave the group.
pub(crate) async fn take_ground(
    op: &mut Operation,
    eligibility: ScheduleId,
    person: PrincipalId,
) -> Result<Ground> {
    let Some(known) = schedule::find(&mut op.tx, eligibility).await? else {
        return Ok(Ground::NoEligibility);
    };
    let holder = known.principal;
    for id in BTreeSet::from([person, holder]) {
        let row = principal::take(&mut op.tx, id).await?;
        if !row.is_some_and(|row| row.enabled && row.deleted_at.is_none()) {
            return Ok(if id == person { Ground::NoPerson } else { Ground::NoEligibility });
        }
    }
    if holder != person && !group::list_memberships(&mut op.tx, person, op.now).await?.contains(&holder) {
        return Ok(Ground::NoEligibility);
    }
    Ok(match schedule::take(&mut op.tx, eligibility).await? {
        Some(schedule) if schedule.window.phase(op.now) != Phase::Ended => Ground::Holds(schedule),
        _ => Ground::NoEligibility,
    })
}
