//! Administrative units: the list, and a new one.

mod new;

pub use new::NewAdministrativeUnit;

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        Breadcrumb, Button, CommandBar, CommandLink, EmptyState, FilterBar, PageHeader, Pagination,
        QueryForm, Table, TextInput, unless_empty,
    },
    error::AppError,
    pages::loaded::{loaded, query},
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::id::AdministrativeUnitId;

/// An administrative unit in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitItem {
    /// Its id.
    pub id: AdministrativeUnitId,
    /// Its name.
    pub name: String,
    /// A longer text about it.
    pub description: String,
}

/// A page of administrative units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitList {
    /// The units.
    pub units: Vec<UnitItem>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Why the person may not create any.
    pub denied: Option<String>,
}

#[cfg(feature = "ssr")]
impl From<stint_engine::store::administrative_unit::AdministrativeUnitRow> for UnitItem {
    fn from(row: stint_engine::store::administrative_unit::AdministrativeUnitRow) -> Self {
        Self { id: row.id, name: row.display_name, description: row.description.unwrap_or_default() }
    }
}

/// Administrative units by name.
#[server(endpoint = "list_administrative_units")]
pub async fn list_administrative_units(q: String, after: String) -> Result<Encoded<UnitList>, AppError> {
    use crate::encoded::encode;
    use stint_domain::authz::{Action, Target};
    use stint_engine::{administrative_units, store::PageRequest};
    let mut op = crate::server::read().await?;
    let page = administrative_units::list(&mut op, &q, &PageRequest::after(Some(after))).await?;
    let denied = op.denial(Action::CreateAdministrativeUnits, &Target::directory())?;
    encode(UnitList { units: page.items.into_iter().map(Into::into).collect(), next: page.next, denied })
}

/// The list of administrative units.
#[component]
pub fn AdministrativeUnits() -> impl IntoView {
    let (q, after) = (query("q"), query("after"));
    let list = page_data(move || (q.get(), after.get()), |(q, after)| list_administrative_units(q, after));
    view! {
        <Title text="Administrative units" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Administrative units".into(), None),
        ] />
        <PageHeader
            title="Administrative units"
            subtitle=Some("Parts of the organisation that a role can be limited to".into())
            icon="unit"
        />
        {loaded(list, move |list| {
            view! { <Listing list q=q.get_untracked() after=after.get_untracked() /> }
        })}
    }
    .into_any()
}

#[component]
fn Listing(list: UnitList, q: String, after: String) -> impl IntoView {
    let filtered = !q.is_empty();
    let page = |after: &str| paths::with_query(paths::ADMINISTRATIVE_UNITS, &[("q", &q), ("after", after)]);
    let first = (!after.is_empty()).then(|| page(""));
    let next = list.next.as_deref().map(page);
    let table = if list.units.is_empty() {
        view! {
            <EmptyState icon="unit" title="No results">
                <p>{if filtered { "No administrative unit's name begins so." } else { "There are no administrative units yet." }}</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! { <UnitTable units=list.units /> }.into_any()
    };
    view! {
        <CommandBar>
            <CommandLink href=paths::NEW_ADMINISTRATIVE_UNIT icon="add" label="New administrative unit" denied=list.denied />
            <CommandLink href=paths::ADMINISTRATIVE_UNITS icon="refresh" label="Refresh" />
        </CommandBar>
        <QueryForm action=paths::ADMINISTRATIVE_UNITS>
            <FilterBar>
                <TextInput id="q" name="q" value=q kind="search" placeholder=Some("Beginning of the name".to_owned()) aria_label=Some("Search administrative units".to_owned()) />
                <Button submit=true>"Search"</Button>
            </FilterBar>
        </QueryForm>
        {table}
        <Pagination previous=first next />
    }
    .into_any()
}

/// Administrative units, with links.
#[component]
pub(super) fn UnitTable(units: Vec<UnitItem>) -> impl IntoView {
    let row = |unit: UnitItem| {
        view! {
            <tr>
                <td data-label="Name">
                    <a href=paths::administrative_unit(unit.id)>{unit.name}</a>
                </td>
                <td data-label="Description" class="text">{unless_empty(unit.description)}</td>
            </tr>
        }
    };
    view! {
        <Table caption="Administrative units">
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Description"</th>
                </tr>
            </thead>
            <tbody>{units.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
    .into_any()
}
