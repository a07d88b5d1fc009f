//! Service principals: programs that hold roles, and that roles can be limited to.

use crate::{Error, Operation, Result, audit::Event, users::changes_in_words};
use stint_domain::{
    audit::Activity,
    authz::{Action, Target},
    id::PrincipalId,
    principal::PrincipalKind,
    text::{Description, DisplayName},
};
use stint_store::{
    Page, PageRequest,
    principal::{self, Filter, PrincipalRow},
};

/// Service principals by name.
pub async fn list(
    op: &mut Operation,
    search: &str,
    enabled: Option<bool>,
    page: &PageRequest,
) -> Result<Page<PrincipalRow>> {
    op.require(Action::ReadServicePrincipals, &Target::directory())?;
    let filter = Filter {
        kinds: vec![PrincipalKind::ServicePrincipal],
        search: search.to_owned(),
        enabled,
        ..Filter::default()
    };
    Ok(principal::list(&mut op.tx, &filter, page).await?)
}

/// One service principal, and what may be done to it.
pub async fn get(op: &mut Operation, id: PrincipalId) -> Result<(PrincipalRow, Target)> {
    op.require(Action::ReadServicePrincipals, &Target::object(id))?;
    let row = principal::find(&mut op.tx, id).await?.ok_or(Error::NotFound)?;
    if row.kind != PrincipalKind::ServicePrincipal || row.deleted_at.is_some() {
        return Err(Error::NotFound);
    }
    let target = op.target(&row).await?;
    Ok((row, target))
}

/// What a service principal's form says.
#[derive(Clone, Debug)]
pub struct Properties {
    /// The name.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: Option<Description>,
}

/// Creates a service principal.
pub async fn create(op: &mut Operation, properties: Properties) -> Result<PrincipalId> {
    op.require(Action::CreateServicePrincipals, &Target::directory())?;
    let row = PrincipalRow {
        description: properties.description.map(Into::into),
        ..PrincipalRow::new(op.id(), PrincipalKind::ServicePrincipal, properties.display_name.into(), op.now)
    };
    principal::insert(&mut op.tx, &row).await?;
    op.record(Event::new(Activity::ServicePrincipalCreated).on(&row));
    Ok(row.id)
}

/// Changes a service principal's properties.
pub async fn update(op: &mut Operation, id: PrincipalId, properties: Properties) -> Result<()> {
    let (before, target) = get(op, id).await?;
    op.require(Action::UpdateServicePrincipals, &target)?;
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
    op.record(Event::new(Activity::ServicePrincipalUpdated).on(&after).detail(changes_in_words(&changes)));
    Ok(())
}

/// Stops a service principal, or lets it act again.
pub async fn set_enabled(op: &mut Operation, id: PrincipalId, enabled: bool) -> Result<()> {
    let (row, target) = get(op, id).await?;
    let (action, activity) = if enabled {
        (Action::EnableServicePrincipals, Activity::ServicePrincipalEnabled)
    } else {
        (Action::DisableServicePrincipals, Activity::ServicePrincipalDisabled)
    };
    op.require(action, &target)?;
    if principal::set_enabled(&mut op.tx, id, enabled).await? {
        op.record(Event::new(activity).on(&row));
    }
    Ok(())
}

/// Deletes a service principal.
pub async fn delete(op: &mut Operation, id: PrincipalId) -> Result<()> {
    let (row, target) = get(op, id).await?;
    op.require(Action::DeleteServicePrincipals, &target)?;
    if principal::set_deleted(&mut op.tx, id, Some(op.now)).await? {
        op.record(Event::new(Activity::ServicePrincipalDeleted).on(&row));
    }
    Ok(())
}
