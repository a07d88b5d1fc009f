//! What the search in the top bar finds: people, groups, service principals, administrative units and roles.

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{Breadcrumb, EmptyState, PageHeader, SearchBox, Section},
    error::AppError,
    pages::{
        administrative_units::UnitItem,
        loaded::{loaded, query},
        principals::{PrincipalItem, PrincipalPersona},
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::id::RoleId;

/// How many of a sort are shown; its own list has all.
#[cfg(feature = "ssr")]
const SHOWN: usize = 10;

/// Some of what was found of one sort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found<T> {
    /// The first.
    pub items: Vec<T>,
    /// Whether there are more.
    pub has_more: bool,
}

/// A role that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleItem {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// What a holder may do.
    pub description: String,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchResults {
    /// Users.
    pub users: Found<PrincipalItem>,
    /// Groups.
    pub groups: Found<PrincipalItem>,
    /// Service principals.
    pub service_principals: Found<PrincipalItem>,
    /// Administrative units.
    pub units: Found<UnitItem>,
    /// Directory roles.
    pub roles: Found<RoleItem>,
}

/// Finds people and things by name; nothing where nothing is asked for.
#[server(endpoint = "search_directory")]
pub async fn search_directory(q: String) -> Result<Encoded<Option<SearchResults>>, AppError> {
    use crate::encoded::encode;
    use stint_domain::principal::PrincipalKind;
    use stint_engine::{administrative_units, roles, store::PageRequest};
    let mut op = crate::server::read().await?;
    op.person()?;
    if q.trim().is_empty() {
        return encode(None);
    }
    let mut roles = roles::list(&op, &q)?;
    let has_more = roles.len() > SHOWN;
    roles.truncate(SHOWN);
    let roles = roles.into_iter();
    let units = administrative_units::list(&mut op, &q, &PageRequest { after: None, size: SHOWN }).await?;
    encode(Some(SearchResults {
        users: find(&mut op, PrincipalKind::User, &q).await?,
        groups: find(&mut op, PrincipalKind::Group, &q).await?,
        service_principals: find(&mut op, PrincipalKind::ServicePrincipal, &q).await?,
        units: Found {
            has_more: units.next.is_some(),
            items: units.items.into_iter().map(Into::into).collect(),
        },
        roles: Found {
            items: roles
                .map(|role| RoleItem { id: role.id, name: role.name, description: role.description })
                .collect(),
            has_more,
        },
    }))
}

#[cfg(feature = "ssr")]
async fn find(
    op: &mut stint_engine::Operation,
    kind: stint_domain::principal::PrincipalKind,
    q: &str,
) -> Result<Found<PrincipalItem>, AppError> {
    use stint_engine::{store::PageRequest, users};
    let page = PageRequest { after: None, size: SHOWN };
    let found = users::find_principals(op, vec![kind], q, &page).await?;
    Ok(Found { has_more: found.next.is_some(), items: found.items.into_iter().map(Into::into).collect() })
}

/// The page.
#[component]
pub fn Search() -> impl IntoView {
    let q = query("q");
    let results = page_data(move || q.get(), search_directory);
    view! {
        <Title text="Search" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("Search".into(), None)] />
        <PageHeader title="Search" icon="search" />
        {loaded(results, move |results| {
            let q = q.get_untracked();
            view! {
                <SearchBox
                    action=paths::SEARCH
                    value=q.clone()
                    label="Search the directory"
                    placeholder="People, groups, service principals, units, roles"
                />
                {match results {
                    Some(results) => view! { <Results results q /> }.into_any(),
                    None => view! {
                        <EmptyState icon="search" title="Search everything">
                            <p>"Type the beginning of a name."</p>
                        </EmptyState>
                    }
                    .into_any(),
                }}
            }
            .into_any()
        })}
    }
    .into_any()
}

#[component]
fn Results(results: SearchResults, q: String) -> impl IntoView {
    let persona = |item: PrincipalItem| view! { <PrincipalPersona principal=item /> }.into_any();
    let all = |path: &str| paths::with_query(path, &[("q", &q)]);
    let sections = [
        section("Users", all(paths::USERS), results.users, persona),
        section("Groups", all(paths::GROUPS), results.groups, persona),
        section("Service principals", all(paths::SERVICE_PRINCIPALS), results.service_principals, persona),
        section("Administrative units", all(paths::ADMINISTRATIVE_UNITS), results.units, |unit| {
            named(paths::administrative_unit(unit.id), unit.name, unit.description)
        }),
        section("Roles", all(paths::ROLES), results.roles, |role| {
            named(paths::role(role.id), role.name, role.description)
        }),
    ];
    if sections.iter().all(Option::is_none) {
        return view! {
            <EmptyState icon="search" title="No results">
                <p>{format!("No name fits “{q}”.")}</p>
            </EmptyState>
        }
        .into_any();
    }
    sections.into_iter().flatten().collect_view().into_any()
}

/// What was found of one sort, under its heading; nothing where nothing was.
fn section<T>(
    title: &'static str,
    all: String,
    found: Found<T>,
    item: impl Fn(T) -> AnyView,
) -> Option<AnyView> {
    if found.items.is_empty() {
        return None;
    }
    let items: Vec<_> =
        found.items.into_iter().map(|found| view! { <li>{item(found)}</li> }.into_any()).collect();
    let more = found
        .has_more
        .then(|| view! { <p><a href=all>{format!("All {} that fit", title.to_lowercase())}</a></p> });
    Some(
        view! {
            <Section title>
                <div class="stack-s">
                    <ul class="stack-s">{items}</ul>
                    {more}
                </div>
            </Section>
        }
        .into_any(),
    )
}

/// A name with a link and a line about it.
fn named(href: String, name: String, description: String) -> AnyView {
    view! {
        <a href=href>{name}</a>
        <p class="secondary">{description}</p>
    }
    .into_any()
}
