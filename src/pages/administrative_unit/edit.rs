//! The form that changes an administrative unit's properties.

use super::UnitDetail;
use crate::{
    error::AppError,
    form::Form,
    pages::{
        loaded::Problem,
        naming::{self, FormEnd, naming_fields},
    },
    paths,
};
use leptos::prelude::*;
use stint_domain::id::AdministrativeUnitId;

/// Changes an administrative unit's properties.
#[server(endpoint = "update_administrative_unit")]
pub async fn update_administrative_unit(
    id: AdministrativeUnitId,
    display_name: String,
    #[server(default)] description: String,
) -> Result<(), AppError> {
    use crate::server::{operation::answer, redirect};
    use stint_domain::authz::Action;
    use stint_engine::administrative_units::{self, Properties};
    let mut op = crate::server::write().await?;
    let (_, target) = administrative_units::get(&mut op, id).await?;
    // May the person at all? Only then is it of interest what is wrong with the form.
    op.require(Action::UpdateAdministrativeUnits, &target)?;
    let (display_name, description) = naming::read(&display_name, &description).map_err(answer)?;
    administrative_units::update(&mut op, id, Properties { display_name, description }).await?;
    op.commit().await?;
    crate::server::toast::say("The administrative unit was updated.");
    redirect::to(&paths::administrative_unit(id));
    Ok(())
}

/// The form.
#[component]
pub fn EditAdministrativeUnit(unit: UnitDetail, form: Form<UpdateAdministrativeUnit>) -> impl IntoView {
    let (id, denied) = (unit.id, unit.denied.edit);
    view! {
        <form method="post" action=form.address() class="form stack">
            <Problem words=form.error_besides(naming::SHOWN) />
            <input type="hidden" name="id" value=id.to_string() />
            {naming_fields(form, &unit.name, &unit.description)}
            <FormEnd verb="Save" cancel=paths::administrative_unit(id) busy=form.pending() denied />
        </form>
    }
    .into_any()
}
