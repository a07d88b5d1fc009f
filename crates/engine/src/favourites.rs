//! The roles that somebody wants to see first. They give nothing and concern nobody else, so the audit log does not tell of them.

use crate::{Error, Operation, Result, assignments::Listed};
use stint_domain::{
    authz::{Action, Target},
    id::{RoleId, ScheduleId},
    role::Provider,
    schedule::AssignmentType,
};
use stint_store::{Page, PageRequest, schedule};

/// What the person is eligible for, direct and through groups, each with whether it is a favourite: those first.
pub async fn list_eligible(
    op: &mut Operation,
    search: &str,
    page: &PageRequest,
) -> Result<Page<(Listed, bool)>> {
    let own = op.actor()?.id;
    op.require(Action::ReadRoleAssignments, &Target::object(own))?;
    let holders = op.memberships()?.to_vec();
    let roles: Option<Vec<RoleId>> = (!search.trim().is_empty()).then(|| {
        op.engine.catalogue.search(Provider::Directory, search).into_iter().map(|role| role.id).collect()
    });
    let found =
        schedule::list_own_eligible(&mut op.tx, own, &holders, roles.as_deref(), op.now, page).await?;
    Ok(found.map(|(assignment, is_favourite)| (Listed::of(own, assignment), is_favourite)))
}

/// Makes the role and scope of one of the person's eligibilities a favourite, or none any more.
pub async fn set(op: &mut Operation, eligibility: ScheduleId, is_favourite: bool) -> Result<()> {
    let own = op.actor()?.id;
    op.require(Action::ActivateRoles, &Target::object(own))?;
    let is_it = |held: &&stint_domain::schedule::Schedule| {
        held.id == eligibility && held.assignment_type == AssignmentType::Eligible
    };
    let (role, scope) = match op.schedules()?.iter().find(is_it) {
        Some(held) => (held.role, held.scope.clone()),
        None => return Err(Error::NotFound),
    };
    if is_favourite {
        schedule::insert_favourite(&mut op.tx, own, role, &scope).await?;
    } else {
        schedule::delete_favourite(&mut op.tx, own, role, &scope).await?;
    }
    Ok(())
}
