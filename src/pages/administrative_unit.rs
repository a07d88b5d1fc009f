//! An administrative unit: what is known about it, and who is in it.

mod edit;
mod overview;

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{Breadcrumb, PageHeader, Tab, Tabs},
    error::AppError,
    form::use_form,
    pages::{
        beside::with_header,
        loaded::{loaded, param},
        members::{Members, Relation},
        not_found::NotFound,
    },
    paths,
};
use chrono::{DateTime, Utc};
use edit::{EditAdministrativeUnit, UpdateAdministrativeUnit};
use leptos::prelude::*;
use leptos_meta::Title;
use overview::Overview;
use serde::{Deserialize, Serialize};
use stint_domain::id::AdministrativeUnitId;

/// An administrative unit with everything that its page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitDetail {
    /// Its id.
    pub id: AdministrativeUnitId,
    /// Its name.
    pub name: String,
    /// A longer text about it.
    pub description: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What may not be done to it.
    pub denied: Denied,
}

/// Why the person who looks may not do this or that to a unit; nothing where they may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denied {
    /// Change the properties.
    pub edit: Option<String>,
    /// Delete.
    pub delete: Option<String>,
}

/// An administrative unit, and what may be done to it.
#[server(endpoint = "get_administrative_unit")]
pub async fn get_administrative_unit(id: String) -> Result<Encoded<UnitDetail>, AppError> {
    use crate::encoded::encode;
    use stint_domain::authz::Action;
    let id = super::principals::id_in_address(&id)?;
    let mut op = crate::server::read().await?;
    let (row, target) = stint_engine::administrative_units::get(&mut op, id).await?;
    encode(UnitDetail {
        id,
        name: row.display_name,
        description: row.description.unwrap_or_default(),
        created_at: row.created_at,
        denied: Denied {
            edit: op.denial(Action::UpdateAdministrativeUnits, &target)?,
            delete: op.denial(Action::DeleteAdministrativeUnits, &target)?,
        },
    })
}

/// The page of an administrative unit.
#[component]
pub fn AdministrativeUnitPage() -> impl IntoView {
    let id = param("id");
    // Another unit is another page: what was said about the one before is not said here.
    move || view! { <UnitWithId id=id.get() /> }
}

#[component]
fn UnitWithId(id: String) -> impl IntoView {
    let tab = param("tab");
    let update = use_form::<UpdateAdministrativeUnit>();
    let (id, text) = (id.parse::<AdministrativeUnitId>().ok(), id);
    let unit = page_data(move || text.clone(), get_administrative_unit);
    let header = loaded(unit, move |unit| view! { <UnitHeader unit tab /> });
    let content = move || match (tab.get().as_str(), id) {
        ("", _) | (_, None) => with_header(unit, |unit| view! { <Overview unit /> }).into_any(),
        ("members", Some(id)) => {
            let path = paths::administrative_unit_tab(id, "members");
            view! { <Members relation=Relation::UnitMember of=id.as_uuid() path /> }.into_any()
        }
        ("edit", _) => {
            with_header(unit, move |unit| view! { <EditAdministrativeUnit unit form=update /> }).into_any()
        }
        _ => view! { <NotFound /> }.into_any(),
    };
    view! {
        {header}
        {content}
    }
}

#[component]
fn UnitHeader(unit: UnitDetail, tab: Signal<String>) -> impl IntoView {
    let (id, name) = (unit.id, unit.name);
    let is_at = move |slug: &'static str| Signal::derive(move || tab.with(|tab| tab == slug));
    view! {
        <Title text=name.clone() />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Administrative units".into(), Some(paths::ADMINISTRATIVE_UNITS.into())),
            (name.clone(), None),
        ] />
        <PageHeader title=name.clone() subtitle=Some("Administrative unit".into()) icon="unit" />
        <Tabs label=name>
            <Tab href=paths::administrative_unit(id) selected=is_at("") label="Overview" />
            <Tab href=paths::administrative_unit_tab(id, "members") selected=is_at("members") label="Members" />
        </Tabs>
    }
    .into_any()
}
