//! Administrative units: made, changed, deleted; members come and go.

use crate::{Error, Operation, Result, audit::Event, users::changes_in_words};
use stint_domain::{
    audit::Activity,
    authz::{Action, Target},
    id::{AdministrativeUnitId, PrincipalId},
    refusal::{Broken, Field, Refusal},
    text::{Description, DisplayName},
};
use stint_store::{
    Page, PageRequest,
    administrative_unit::{self, AdministrativeUnitRow},
    principal::{self, PrincipalRow},
    schedule,
};

/// Units by name.
pub async fn list(
    op: &mut Operation,
    search: &str,
    page: &PageRequest,
) -> Result<Page<AdministrativeUnitRow>> {
    op.require(Action::ReadAdministrativeUnits, &Target::directory())?;
    Ok(administrative_unit::list(&mut op.tx, search, page).await?)
}

/// One unit, and what may be done to it.
pub async fn get(op: &mut Operation, id: AdministrativeUnitId) -> Result<(AdministrativeUnitRow, Target)> {
    let target = Target { units: vec![id], ..Target::directory() };
    op.require(Action::ReadAdministrativeUnits, &target)?;
    let row = administrative_unit::find(&mut op.tx, id).await?.filter(|row| row.deleted_at.is_none());
    Ok((row.ok_or(Error::NotFound)?, target))
}

/// The members of a unit.
pub async fn members(
    op: &mut Operation,
    id: AdministrativeUnitId,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    op.require(Action::ReadAdministrativeUnits, &Target::directory())?;
    Ok(administrative_unit::list_members(&mut op.tx, id, page).await?)
}

/// What a unit's form says.
#[derive(Clone, Debug)]
pub struct Properties {
    /// The name.
    pub display_name: DisplayName,
    /// A longer text.
    pub description: Option<Description>,
}

/// Creates a unit.
pub async fn create(op: &mut Operation, properties: Properties) -> Result<AdministrativeUnitId> {
    op.require(Action::CreateAdministrativeUnits, &Target::directory())?;
    let row = AdministrativeUnitRow {
        id: op.id(),
        display_name: properties.display_name.into(),
        description: properties.description.map(Into::into),
        created_at: op.now,
        deleted_at: None,
    };
    administrative_unit::insert(&mut op.tx, &row).await?;
    op.record(Event::new(Activity::AdministrativeUnitCreated).target(row.id, row.display_name));
    Ok(row.id)
}

/// Changes a unit's properties.
pub async fn update(op: &mut Operation, id: AdministrativeUnitId, properties: Properties) -> Result<()> {
    let (before, target) = get(op, id).await?;
    op.require(Action::UpdateAdministrativeUnits, &target)?;
    let after = AdministrativeUnitRow {
        display_name: properties.display_name.into(),
        description: properties.description.map(Into::into),
        ..before.clone()
    };
    if after == before {
        return Ok(());
    }
    administrative_unit::update(&mut op.tx, &after).await?;
    let changes = [
        ("display name", Some(&before.display_name), Some(&after.display_name)),
        ("description", before.description.as_ref(), after.description.as_ref()),
    ];
    let event = Event::new(Activity::AdministrativeUnitUpdated).detail(changes_in_words(&changes));
    op.record(event.target(id, after.display_name));
    Ok(())
}

/// Deletes a unit that no role is limited to.
pub async fn delete(op: &mut Operation, id: AdministrativeUnitId) -> Result<()> {
    let (row, target) = get(op, id).await?;
    op.require(Action::DeleteAdministrativeUnits, &target)?;
    // Taken, so that no role is limited to it meanwhile.
    administrative_unit::take(&mut op.tx, id).await?;
    if !schedule::list_at_object(&mut op.tx, id.as_uuid(), op.now, 1).await?.is_empty() {
        let text = "Roles are limited to this administrative unit. Remove those assignments first.";
        return Err(Refusal::at(Field::Form, Broken::Membership(text.to_owned())).into());
    }
    if administrative_unit::delete(&mut op.tx, id, op.now).await? {
        op.record(Event::new(Activity::AdministrativeUnitDeleted).target(id, row.display_name));
    }
    Ok(())
}

/// Puts a user, group or service principal into a unit: who holds a role there may act on it.
pub async fn add_member(op: &mut Operation, id: AdministrativeUnitId, member: PrincipalId) -> Result<()> {
    // Everywhere, not here: else a role over one unit could pull in whom it likes.
    op.require(Action::UpdateAdministrativeUnitMembers, &Target::directory())?;
    let (row, _) = get(op, id).await?;
    // Taken, so that it is neither deleted meanwhile nor renamed, because its name is kept beside the membership.
    let joining = principal::take(&mut op.tx, member).await?.filter(|member| member.deleted_at.is_none());
    let joining = joining.ok_or_else(|| {
        Error::from(Refusal::at(
            Field::Members,
            Broken::Membership("Select somebody who is (still) there.".to_owned()),
        ))
    })?;
    if administrative_unit::insert_member(&mut op.tx, id, member, op.now).await? {
        let event = Event::new(Activity::AdministrativeUnitMemberAdded).on(&joining);
        op.record(event.detail(format!("Administrative unit: {}", row.display_name)));
    }
    Ok(())
}

/// Takes a member out of a unit.
pub async fn remove_member(op: &mut Operation, id: AdministrativeUnitId, member: PrincipalId) -> Result<()> {
    op.require(Action::UpdateAdministrativeUnitMembers, &Target::directory())?;
    let (row, _) = get(op, id).await?;
    let leaving = principal::find(&mut op.tx, member).await?.ok_or(Error::NotFound)?;
    if administrative_unit::delete_member(&mut op.tx, id, member).await? {
        let event = Event::new(Activity::AdministrativeUnitMemberRemoved).on(&leaving);
        op.record(event.detail(format!("Administrative unit: {}", row.display_name)));
    }
    Ok(())
}
