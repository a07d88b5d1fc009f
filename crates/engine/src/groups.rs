//! Groups: made, changed, deleted, restored; members and owners come and go.

use crate::{
    Error, Operation, Result,
    assign::end_activation,
    audit::Event,
    guard::Guard,
    requests, step_up,
    users::{RESTORABLE, changes_in_words},
};
use stint_domain::{
    audit::Activity,
    authz::{Action, Target},
    id::PrincipalId,
    principal::PrincipalKind,
    refusal::{Broken, Field, Refusal},
    role::GROUP_MEMBER,
    schedule::EndReason,
    text::{Description, DisplayName},
};
use stint_store::{
    Page, PageRequest, approval, group,
    principal::{self, Filter, PrincipalRow},
    role, role_settings, schedule,
};

/// Groups by name.
pub async fn list(
    op: &mut Operation,
    search: &str,
    assignable: Option<bool>,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    op.require(Action::ReadGroups, &Target::directory())?;
    let filter = Filter {
        kinds: vec![PrincipalKind::Group],
        search: search.to_owned(),
        assignable_to_role: assignable,
        ..Filter::default()
    };
    Ok(principal::list(&mut op.tx, &filter, page).await?)
}

/// Deleted groups by name.
pub async fn list_deleted(
    op: &mut Operation,
    search: &str,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    op.require(Action::ReadGroups, &Target::directory())?;
    let filter = Filter {
        kinds: vec![PrincipalKind::Group],
        search: search.to_owned(),
        deleted: true,
        ..Filter::default()
    };
    Ok(principal::list(&mut op.tx, &filter, page).await?)
}

/// One group, and what may be done to it.
pub async fn get(op: &mut Operation, id: PrincipalId) -> Result<(PrincipalRow, Target)> {
    op.require(Action::ReadGroups, &Target::object(id))?;
    let row = principal::find(&mut op.tx, id).await?.ok_or(Error::NotFound)?;
    if row.kind != PrincipalKind::Group {
        return Err(Error::NotFound);
    }
    let target = op.target(&row).await?;
    Ok((row, target))
}

/// The direct members of a group.
pub async fn members(op: &mut Operation, id: PrincipalId, page: &PageRequest) -> Result<Page<PrincipalRow>> {
    op.require(Action::ReadGroups, &Target::object(id))?;
    Ok(group::list_members(&mut op.tx, id, page).await?)
}

/// The owners of a group.
pub async fn owners(op: &mut Operation, id: PrincipalId, page: &PageRequest) -> Result<Page<PrincipalRow>> {
    op.require(Action::ReadGroups, &Target::object(id))?;
    Ok(group::list_owners(&mut op.tx, id, page).await?)
}

/// What a group's form says.
#[derive(Clone, Debug)]
pub struct Properties {
    /// The name.
    pub display_name: DisplayName,
    /// A longer text.
    pub description: Option<Description>,
}

/// Creates a group. Whether roles can be assigned to it is chosen now and never changed: else whoever may change an
/// ordinary group could turn it into a way to a role.
pub async fn create(
    op: &mut Operation,
    properties: Properties,
    assignable_to_role: bool,
) -> Result<PrincipalId> {
    op.require(Action::CreateGroups.for_group(assignable_to_role), &Target::directory())?;
    let row = PrincipalRow {
        description: properties.description.map(Into::into),
        assignable_to_role,
        ..PrincipalRow::new(op.id(), PrincipalKind::Group, properties.display_name.into(), op.now)
    };
    principal::insert(&mut op.tx, &row).await?;
    op.record(Event::new(Activity::GroupCreated).on(&row));
    Ok(row.id)
}

/// A group that is not deleted, for an action that the person may do to it.
async fn open(op: &mut Operation, id: PrincipalId, action: Action) -> Result<PrincipalRow> {
    let (row, target) = get(op, id).await?;
    op.require(action.for_group(row.assignable_to_role), &ownership_counts_for(action, target))?;
    if row.deleted_at.is_some() { Err(Error::NotFound) } else { Ok(row) }
}

/// SECURITY: for a group that roles can be assigned to, one action stands for all; an owner still has only those that an owner
/// of any group has.
fn ownership_counts_for(action: Action, target: Target) -> Target {
    Target { is_owned: target.is_owned && action.is_owners(), ..target }
}

/// Changes a group's properties.
pub async fn update(op: &mut Operation, id: PrincipalId, properties: Properties) -> Result<()> {
    let before = open(op, id, Action::UpdateGroups).await?;
    let after = PrincipalRow {
        display_name: properties.display_name.into(),
        description: properties.description.map(Into::into),
        ..before.clone()
    };
    if after == before {
        return Ok(());
    }
    principal::update(&mut op.tx, &after).await?;
    let changes = [
        ("display name", Some(&before.display_name), Some(&after.display_name)),
        ("description", before.description.as_ref(), after.description.as_ref()),
    ];
    op.record(Event::new(Activity::GroupUpdated).on(&after).detail(changes_in_words(&changes)));
    Ok(())
}

/// Deletes a group, which can be restored for 30 days. What its members had through it ends at once.
pub async fn delete(op: &mut Operation, id: PrincipalId) -> Result<()> {
    let row = open(op, id, Action::DeleteGroups).await?;
    let guard = Guard::before_any(op).await?;
    if principal::set_deleted(&mut op.tx, id, Some(op.now)).await? {
        end_groundless_activations(op, id).await?;
        op.record(Event::new(Activity::GroupDeleted).on(&row));
    }
    guard.after(op).await
}

/// Brings a deleted group back.
pub async fn restore(op: &mut Operation, id: PrincipalId) -> Result<()> {
    let (row, target) = get(op, id).await?;
    let target = ownership_counts_for(Action::RestoreGroups, target);
    op.require(Action::RestoreGroups.for_group(row.assignable_to_role), &target)?;
    match row.deleted_at {
        Some(deleted_at) if deleted_at + RESTORABLE > op.now => {}
        _ => return Err(Error::NotFound),
    }
    if principal::set_deleted(&mut op.tx, id, None).await? {
        op.record(Event::new(Activity::GroupRestored).on(&row));
    }
    Ok(())
}

/// SECURITY: whoever is in a group that holds roles or approves, or lets others in, has what it has.
async fn require_own_factor(op: &mut Operation, row: &PrincipalRow) -> Result<()> {
    let counts =
        row.assignable_to_role || role_settings::is_approver(&mut op.tx, &[row.id.as_uuid()]).await?;
    if counts { step_up::require_own(op).await } else { Ok(()) }
}

/// Puts somebody or something into a group.
pub async fn add_member(op: &mut Operation, id: PrincipalId, member: PrincipalId) -> Result<()> {
    let row = open(op, id, Action::UpdateGroupMembers).await?;
    require_own_factor(op, &row).await?;
    put_in(op, &row, member).await
}

/// Puts somebody or something into a group. That it may be done was asked before.
pub(crate) async fn put_in(op: &mut Operation, row: &PrincipalRow, member: PrincipalId) -> Result<()> {
    let id = row.id;
    let refused = |text: String| Error::from(Refusal::at(Field::Members, Broken::Membership(text)));
    // Taken, so that it is neither deleted meanwhile nor renamed, because its name is kept beside the membership.
    let joining = principal::take(&mut op.tx, member).await?.filter(|member| member.deleted_at.is_none());
    let joining = joining.ok_or_else(|| refused("Select somebody who is (still) there.".to_owned()))?;
    if joining.kind == PrincipalKind::Group {
        if row.assignable_to_role {
            let text = "A group that roles can be assigned to cannot have groups in it: who holds its roles must be plain to see.";
            return Err(refused(text.to_owned()));
        }
        // Groups enter groups one after the other, so that no two changes close a circle between them.
        role::take(&mut op.tx, GROUP_MEMBER).await?;
        if group::list_memberships(&mut op.tx, id, op.now).await?.contains(&member) {
            return Err(refused(format!(
                "{} is in {} already, so the two would go round in a circle.",
                row.display_name, joining.display_name
            )));
        }
    }
    if group::insert_member(&mut op.tx, id, member, op.now).await? {
        op.record(
            Event::new(Activity::MemberAdded).on(&joining).detail(format!("Group: {}", row.display_name)),
        );
    }
    Ok(())
}

/// Takes somebody or something out of a group. What they activated through it ends at once.
pub async fn remove_member(op: &mut Operation, id: PrincipalId, member: PrincipalId) -> Result<()> {
    let row = open(op, id, Action::UpdateGroupMembers).await?;
    take_out(op, &row, member).await
}

/// Takes somebody or something out of a group. That it may be done was asked before.
pub(crate) async fn take_out(op: &mut Operation, row: &PrincipalRow, member: PrincipalId) -> Result<()> {
    let id = row.id;
    let leaving = principal::find(&mut op.tx, member).await?.ok_or(Error::NotFound)?;
    let guard = Guard::before_any(op).await?;
    if group::delete_member(&mut op.tx, id, member).await? {
        end_groundless_activations(op, id).await?;
        op.record(
            Event::new(Activity::MemberRemoved).on(&leaving).detail(format!("Group: {}", row.display_name)),
        );
    }
    guard.after(op).await
}

/// Makes somebody an owner of a group.
pub async fn add_owner(op: &mut Operation, id: PrincipalId, owner: PrincipalId) -> Result<()> {
    let row = open(op, id, Action::UpdateGroupOwners).await?;
    let joining = principal::find(&mut op.tx, owner).await?.filter(|owner| owner.deleted_at.is_none());
    let joining = joining.filter(|owner| owner.kind != PrincipalKind::Group).ok_or_else(|| {
        Error::from(Refusal::at(
            Field::Members,
            Broken::Membership("An owner is a user or a service principal.".to_owned()),
        ))
    })?;
    require_own_factor(op, &row).await?;
    if group::insert_owner(&mut op.tx, id, owner, op.now).await? {
        op.record(
            Event::new(Activity::OwnerAdded).on(&joining).detail(format!("Group: {}", row.display_name)),
        );
    }
    Ok(())
}

/// Takes the ownership of a group from somebody.
pub async fn remove_owner(op: &mut Operation, id: PrincipalId, owner: PrincipalId) -> Result<()> {
    let row = open(op, id, Action::UpdateGroupOwners).await?;
    let leaving = principal::find(&mut op.tx, owner).await?.ok_or(Error::NotFound)?;
    if group::delete_owner(&mut op.tx, id, owner).await? {
        op.record(
            Event::new(Activity::OwnerRemoved).on(&leaving).detail(format!("Group: {}", row.display_name)),
        );
    }
    Ok(())
}

/// INVARIANT: an activation never outlives its eligibility, also where the eligibility is a group's and the person has left it:
/// ends the activations from and takes back the requests for eligibilities of this group, or of groups that it is in, whose holders are not in those any more.
async fn end_groundless_activations(op: &mut Operation, id: PrincipalId) -> Result<()> {
    let mut above = group::list_memberships(&mut op.tx, id, op.now).await?;
    above.sort();
    // Whoever activates takes the group as well: what is not seen below is not there.
    for &group in &above {
        principal::take(&mut op.tx, group).await?;
    }
    for eligibility in schedule::list_open(&mut op.tx, &above, op.now).await? {
        for activation in schedule::list_activations(&mut op.tx, eligibility.id, op.now).await? {
            let memberships = group::list_memberships(&mut op.tx, activation.principal, op.now).await?;
            if !memberships.contains(&eligibility.principal) {
                let holder =
                    principal::find(&mut op.tx, activation.principal).await?.ok_or(Error::NotFound)?;
                let role = op.engine.catalogue.get(activation.role)?.clone();
                end_activation(op, &activation, &holder, &role, EndReason::EligibilityEnded).await?;
            }
        }
        for request in approval::list_of_eligibility(&mut op.tx, eligibility.id, op.now).await? {
            let memberships = group::list_memberships(&mut op.tx, request.principal_id, op.now).await?;
            if !memberships.contains(&eligibility.principal) {
                requests::cancel_groundless(op, vec![request], "the eligibility has ended").await?;
            }
        }
    }
    Ok(())
}
