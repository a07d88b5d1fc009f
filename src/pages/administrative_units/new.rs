//! A new administrative unit.

use super::list_administrative_units;
use crate::encoded::page_data;
use crate::{
    components::{Breadcrumb, PageHeader},
    error::AppError,
    form::use_form,
    pages::{
        loaded::{Problem, loaded},
        naming::{self, FormEnd, naming_fields},
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// Creates an administrative unit.
#[server(endpoint = "create_administrative_unit")]
pub async fn create_administrative_unit(
    display_name: String,
    #[server(default)] description: String,
) -> Result<(), AppError> {
    use crate::server::{operation::answer, redirect};
    use stint_domain::authz::{Action, Target};
    use stint_engine::administrative_units::{self, Properties};
    let mut op = crate::server::write().await?;
    // May the person at all? Only then is it of interest what is wrong with the form.
    op.require(Action::CreateAdministrativeUnits, &Target::directory())?;
    let (display_name, description) = naming::read(&display_name, &description).map_err(answer)?;
    let id = administrative_units::create(&mut op, Properties { display_name, description }).await?;
    op.commit().await?;
    crate::server::toast::say("The administrative unit was created.");
    redirect::to(&paths::administrative_unit(id));
    Ok(())
}

/// The form for a new administrative unit.
#[component]
pub fn NewAdministrativeUnit() -> impl IntoView {
    let list = page_data(|| (), |()| list_administrative_units(String::new(), String::new()));
    view! {
        <Title text="New administrative unit" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Administrative units".into(), Some(paths::ADMINISTRATIVE_UNITS.into())),
            ("New administrative unit".into(), None),
        ] />
        <PageHeader title="New administrative unit" subtitle=Some("A part of the organisation that a role can be limited to".into()) icon="unit" />
        {loaded(list, |list| view! { <NewAdministrativeUnitForm denied=list.denied /> })}
    }
    .into_any()
}

#[component]
fn NewAdministrativeUnitForm(denied: Option<String>) -> impl IntoView {
    let form = use_form::<CreateAdministrativeUnit>();
    view! {
        <form method="post" action=form.address() class="form stack">
            <Problem words=form.error_besides(naming::SHOWN) />
            {naming_fields(form, "", "")}
            <FormEnd verb="Create" cancel=paths::ADMINISTRATIVE_UNITS busy=form.pending() denied />
        </form>
    }
    .into_any()
}
