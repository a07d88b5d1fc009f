//! A new service principal.

use super::list_service_principals;
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

/// Creates a service principal.
#[server(endpoint = "create_service_principal")]
pub async fn create_service_principal(
    display_name: String,
    #[server(default)] description: String,
) -> Result<(), AppError> {
    use crate::server::{operation::answer, redirect};
    use stint_domain::authz::{Action, Target};
    use stint_engine::service_principals::{self, Properties};
    let mut op = crate::server::write().await?;
    // May the person at all? Only then is it of interest what is wrong with the form.
    op.require(Action::CreateServicePrincipals, &Target::directory())?;
    let (display_name, description) = naming::read(&display_name, &description).map_err(answer)?;
    let id = service_principals::create(&mut op, Properties { display_name, description }).await?;
    op.commit().await?;
    crate::server::toast::say("The service principal was created.");
    redirect::to(&paths::service_principal(id));
    Ok(())
}

/// The form for a new service principal.
#[component]
pub fn NewServicePrincipal() -> impl IntoView {
    let list = page_data(|| (), |()| list_service_principals(String::new(), String::new(), String::new()));
    view! {
        <Title text="New service principal" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Service principals".into(), Some(paths::SERVICE_PRINCIPALS.into())),
            ("New service principal".into(), None),
        ] />
        <PageHeader title="New service principal" subtitle=Some("A program that can hold roles".into()) icon="app" />
        {loaded(list, |list| view! { <NewServicePrincipalForm denied=list.denied /> })}
    }
    .into_any()
}

#[component]
fn NewServicePrincipalForm(denied: Option<String>) -> impl IntoView {
    let form = use_form::<CreateServicePrincipal>();
    view! {
        <form method="post" action=form.address() class="form stack">
            <Problem words=form.error_besides(naming::SHOWN) />
            {naming_fields(form, "", "")}
            <FormEnd verb="Create" cancel=paths::SERVICE_PRINCIPALS busy=form.pending() denied />
        </form>
    }
    .into_any()
}
