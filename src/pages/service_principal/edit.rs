//! The form that changes a service principal's properties.

use super::ServicePrincipalDetail;
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
use stint_domain::id::PrincipalId;

/// Changes a service principal's properties.
#[server(endpoint = "update_service_principal")]
pub async fn update_service_principal(
    id: PrincipalId,
    display_name: String,
    #[server(default)] description: String,
) -> Result<(), AppError> {
    use crate::server::{operation::answer, redirect};
    use stint_domain::authz::Action;
    use stint_engine::service_principals::{self, Properties};
    let mut op = crate::server::write().await?;
    let (_, target) = service_principals::get(&mut op, id).await?;
    // May the person at all? Only then is it of interest what is wrong with the form.
    op.require(Action::UpdateServicePrincipals, &target)?;
    let (display_name, description) = naming::read(&display_name, &description).map_err(answer)?;
    service_principals::update(&mut op, id, Properties { display_name, description }).await?;
    op.commit().await?;
    crate::server::toast::say("The service principal was updated.");
    redirect::to(&paths::service_principal(id));
    Ok(())
}

/// The form.
#[component]
pub fn EditServicePrincipal(
    service_principal: ServicePrincipalDetail,
    form: Form<UpdateServicePrincipal>,
) -> impl IntoView {
    let (id, denied) = (service_principal.id, service_principal.denied.edit);
    view! {
        <form method="post" action=form.address() class="form stack">
            <Problem words=form.error_besides(naming::SHOWN) />
            <input type="hidden" name="id" value=id.to_string() />
            {naming_fields(form, &service_principal.name, &service_principal.description)}
            <FormEnd verb="Save" cancel=paths::service_principal(id) busy=form.pending() denied />
        </form>
    }
    .into_any()
}
