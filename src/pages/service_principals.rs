//! Service principals: the list, and a new one.

mod new;

pub use new::NewServicePrincipal;

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        AvatarKind, Breadcrumb, Button, CommandBar, CommandLink, EmptyState, FilterBar, PageHeader,
        Pagination, Persona, QueryForm, Select, Table, TextInput, unless_empty,
    },
    error::AppError,
    pages::{
        loaded::{loaded, query},
        principals::AccountStatus,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::id::PrincipalId;

/// A service principal in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePrincipalItem {
    /// Its id.
    pub id: PrincipalId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether it may act.
    pub enabled: bool,
}

/// A page of service principals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePrincipalList {
    /// The service principals.
    pub service_principals: Vec<ServicePrincipalItem>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Why the person may not create any.
    pub denied: Option<String>,
}

#[cfg(feature = "ssr")]
impl From<stint_engine::store::principal::PrincipalRow> for ServicePrincipalItem {
    fn from(row: stint_engine::store::principal::PrincipalRow) -> Self {
        Self {
            id: row.id,
            name: row.display_name,
            description: row.description.unwrap_or_default(),
            enabled: row.enabled,
        }
    }
}

/// Service principals by name. `status` is `enabled`, `disabled` or nothing.
#[server(endpoint = "list_service_principals")]
pub async fn list_service_principals(
    q: String,
    status: String,
    after: String,
) -> Result<Encoded<ServicePrincipalList>, AppError> {
    use crate::encoded::encode;
    use stint_domain::authz::{Action, Target};
    use stint_engine::{service_principals, store::PageRequest};
    let mut op = crate::server::read().await?;
    let enabled = match status.as_str() {
        "enabled" => Some(true),
        "disabled" => Some(false),
        _ => None,
    };
    let page = service_principals::list(&mut op, &q, enabled, &PageRequest::after(Some(after))).await?;
    let denied = op.denial(Action::CreateServicePrincipals, &Target::directory())?;
    let service_principals = page.items.into_iter().map(Into::into).collect();
    encode(ServicePrincipalList { service_principals, next: page.next, denied })
}

/// The list of service principals.
#[component]
pub fn ServicePrincipals() -> impl IntoView {
    let (q, status, after) = (query("q"), query("status"), query("after"));
    let list = page_data(
        move || (q.get(), status.get(), after.get()),
        |(q, status, after)| list_service_principals(q, status, after),
    );
    view! {
        <Title text="Service principals" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Service principals".into(), None),
        ] />
        <PageHeader title="Service principals" subtitle=Some("Programs that can hold roles".into()) icon="app" />
        {loaded(list, move |list| {
            view! { <Listing list q=q.get_untracked() status=status.get_untracked() after=after.get_untracked() /> }
        })}
    }
    .into_any()
}

#[component]
fn Listing(list: ServicePrincipalList, q: String, status: String, after: String) -> impl IntoView {
    let filtered = !q.is_empty() || !status.is_empty();
    let page = |after: &str| {
        paths::with_query(paths::SERVICE_PRINCIPALS, &[("q", &q), ("status", &status), ("after", after)])
    };
    let first = (!after.is_empty()).then(|| page(""));
    let next = list.next.as_deref().map(page);
    let statuses = vec![
        (String::new(), "Any status".to_owned()),
        ("enabled".to_owned(), "Enabled".to_owned()),
        ("disabled".to_owned(), "Disabled".to_owned()),
    ];
    let table = if list.service_principals.is_empty() {
        view! {
            <EmptyState icon="app" title="No results">
                <p>{if filtered { "No service principal fits this search." } else { "There are no service principals yet." }}</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! { <ServicePrincipalTable service_principals=list.service_principals /> }.into_any()
    };
    view! {
        <CommandBar>
            <CommandLink href=paths::NEW_SERVICE_PRINCIPAL icon="add" label="New service principal" denied=list.denied />
            <CommandLink href=paths::SERVICE_PRINCIPALS icon="refresh" label="Refresh" />
        </CommandBar>
        <QueryForm action=paths::SERVICE_PRINCIPALS>
            <FilterBar>
                <TextInput id="q" name="q" value=q kind="search" placeholder=Some("Name".to_owned()) aria_label=Some("Search service principals".to_owned()) />
                <Select id="status" name="status" options=statuses value=status aria_label=Some("Status".to_owned()) />
                <Button submit=true>"Search"</Button>
            </FilterBar>
        </QueryForm>
        {table}
        <Pagination previous=first next />
    }
    .into_any()
}

#[component]
fn ServicePrincipalTable(service_principals: Vec<ServicePrincipalItem>) -> impl IntoView {
    let row = |item: ServicePrincipalItem| {
        view! {
            <tr>
                <td data-label="Name">
                    <Persona name=item.name href=Some(paths::service_principal(item.id)) kind=AvatarKind::App />
                </td>
                <td data-label="Description" class="text">{unless_empty(item.description)}</td>
                <td data-label="Status">
                    <AccountStatus enabled=item.enabled />
                </td>
            </tr>
        }
    };
    view! {
        <Table caption="Service principals">
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Description"</th>
                    <th scope="col">"Status"</th>
                </tr>
            </thead>
            <tbody>{service_principals.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
    .into_any()
}
