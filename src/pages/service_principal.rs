//! A service principal: what is known about it, and what can be done to it.

mod edit;
mod overview;

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{Badge, BadgeKind, Breadcrumb, PageHeader, Tab, Tabs},
    error::AppError,
    form::use_form,
    pages::{
        assignment_table::AssignedRoles,
        audit_table::AuditLogs,
        beside::with_header,
        loaded::{loaded, param},
        not_found::NotFound,
    },
    paths,
};
use chrono::{DateTime, Utc};
use edit::{EditServicePrincipal, UpdateServicePrincipal};
use leptos::prelude::*;
use leptos_meta::Title;
use overview::{Acts, Overview};
use serde::{Deserialize, Serialize};
use stint_domain::id::PrincipalId;

/// A service principal with everything that its page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePrincipalDetail {
    /// Its id.
    pub id: PrincipalId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether it may act.
    pub enabled: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What may not be done to it.
    pub denied: Denied,
}

/// Why the person who looks may not do this or that to a service principal; nothing where they may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denied {
    /// Change the properties.
    pub edit: Option<String>,
    /// Stop it.
    pub disable: Option<String>,
    /// Let it act again.
    pub enable: Option<String>,
    /// Delete.
    pub delete: Option<String>,
}

/// A service principal, and what may be done to it.
#[server(endpoint = "get_service_principal")]
pub async fn get_service_principal(id: String) -> Result<Encoded<ServicePrincipalDetail>, AppError> {
    use crate::encoded::encode;
    use stint_domain::authz::Action;
    let id = super::principals::id_in_address(&id)?;
    let mut op = crate::server::read().await?;
    let (row, target) = stint_engine::service_principals::get(&mut op, id).await?;
    encode(ServicePrincipalDetail {
        id,
        name: row.display_name,
        description: row.description.unwrap_or_default(),
        enabled: row.enabled,
        created_at: row.created_at,
        denied: Denied {
            edit: op.denial(Action::UpdateServicePrincipals, &target)?,
            disable: op.denial(Action::DisableServicePrincipals, &target)?,
            enable: op.denial(Action::EnableServicePrincipals, &target)?,
            delete: op.denial(Action::DeleteServicePrincipals, &target)?,
        },
    })
}

/// The page of a service principal.
#[component]
pub fn ServicePrincipalPage() -> impl IntoView {
    let id = param("id");
    // Another service principal is another page: what was said about the one before is not said here.
    move || view! { <ServicePrincipalWithId id=id.get() /> }
}

#[component]
fn ServicePrincipalWithId(id: String) -> impl IntoView {
    let tab = param("tab");
    let acts = Acts::new();
    let update = use_form::<UpdateServicePrincipal>();
    let (id, text) = (id.parse().ok(), id);
    let service_principal = page_data(move || text.clone(), get_service_principal);
    let header = loaded(service_principal, move |service_principal| {
        view! { <ServicePrincipalHeader service_principal tab /> }
    });
    let overview = move |service_principal| view! { <Overview service_principal acts /> };
    let edit = move |service_principal| view! { <EditServicePrincipal service_principal form=update /> };
    let content = move || {
        let path = |id| paths::service_principal_tab(id, &tab.get());
        match (tab.get().as_str(), id) {
            ("", _) | (_, None) => with_header(service_principal, overview).into_any(),
            ("assigned-roles", Some(id)) => view! { <AssignedRoles principal=id path=path(id) /> }.into_any(),
            ("audit-logs", Some(id)) => view! { <AuditLogs target=id path=path(id) /> }.into_any(),
            ("edit", _) => with_header(service_principal, edit).into_any(),
            _ => view! { <NotFound /> }.into_any(),
        }
    };
    view! {
        {header}
        {content}
    }
}

#[component]
fn ServicePrincipalHeader(service_principal: ServicePrincipalDetail, tab: Signal<String>) -> impl IntoView {
    let (id, name, enabled) =
        (service_principal.id, service_principal.name.clone(), service_principal.enabled);
    let is_at = move |slug: &'static str| Signal::derive(move || tab.with(|tab| tab == slug));
    view! {
        <Title text=name.clone() />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Service principals".into(), Some(paths::SERVICE_PRINCIPALS.into())),
            (name.clone(), None),
        ] />
        <PageHeader title=name.clone() subtitle=Some("Service principal".into()) icon="app">
            {(!enabled).then(|| view! { <Badge kind=BadgeKind::Warning>"Disabled"</Badge> })}
        </PageHeader>
        <Tabs label=name>
            <Tab href=paths::service_principal(id) selected=is_at("") label="Overview" />
            <Tab
                href=paths::service_principal_tab(id, "assigned-roles")
                selected=is_at("assigned-roles")
                label="Assigned roles"
            />
            <Tab
                href=paths::service_principal_tab(id, "audit-logs")
                selected=is_at("audit-logs")
                label="Audit logs"
            />
        </Tabs>
    }
    .into_any()
}
