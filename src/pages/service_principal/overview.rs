//! A service principal's properties, and the commands that stop and delete it.

use super::ServicePrincipalDetail;
use crate::{
    components::{CommandBar, CommandButton, CommandLink, Confirm, Fact, Facts, LocalTime},
    error::AppError,
    form::{Form, use_form},
    pages::{
        loaded::Problem,
        principals::{AccountStatus, Given},
    },
    paths,
};
use leptos::prelude::*;
use stint_domain::id::PrincipalId;

/// Stops a service principal.
#[server(endpoint = "disable_service_principal")]
pub async fn disable_service_principal(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::service_principals::set_enabled(&mut op, id, false).await?;
    op.commit().await?;
    crate::server::toast::say("The service principal was disabled.");
    Ok(())
}

/// Lets a service principal act again.
#[server(endpoint = "enable_service_principal")]
pub async fn enable_service_principal(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::service_principals::set_enabled(&mut op, id, true).await?;
    op.commit().await?;
    crate::server::toast::say("The service principal was enabled.");
    Ok(())
}

/// Deletes a service principal.
#[server(endpoint = "delete_service_principal")]
pub async fn delete_service_principal(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::service_principals::delete(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The service principal was deleted.");
    crate::server::redirect::to(paths::SERVICE_PRINCIPALS);
    Ok(())
}

/// The forms behind the commands.
#[derive(Clone, Copy)]
pub struct Acts {
    disable: Form<DisableServicePrincipal>,
    enable: Form<EnableServicePrincipal>,
    delete: Form<DeleteServicePrincipal>,
}

impl Acts {
    /// The forms.
    pub fn new() -> Self {
        Self { disable: use_form(), enable: use_form(), delete: use_form() }
    }
}

/// The tab.
#[component]
pub fn Overview(service_principal: ServicePrincipalDetail, acts: Acts) -> impl IntoView {
    view! {
        <Problem words=acts.enable.error_besides(&[]) />
        <Commands service_principal=service_principal.clone() acts />
        <Facts>
            <Fact label="Description">
                <Given text=service_principal.description />
            </Fact>
            <Fact label="Status">
                <AccountStatus enabled=service_principal.enabled />
            </Fact>
            <Fact label="Created">
                <LocalTime at=service_principal.created_at />
            </Fact>
            <Fact label="Object ID">
                <span class="mono">{service_principal.id.to_string()}</span>
            </Fact>
        </Facts>
    }
    .into_any()
}

#[component]
fn Commands(service_principal: ServicePrincipalDetail, acts: Acts) -> impl IntoView {
    let id = service_principal.id;
    let name = service_principal.name;
    let denied = service_principal.denied;
    let status = if service_principal.enabled {
        view! {
            <Confirm
                id="disable"
                title=format!("Disable {name}?")
                trigger="Disable"
                trigger_icon="power"
                confirm_label="Disable"
                danger=true
                denied=denied.disable
                error=acts.disable.error_besides(&[])
            >
                <form method="post" action=acts.disable.address() id="disable-form">
                    <input type="hidden" name="id" value=id.to_string() />
                    <p>"It cannot act any more until it is enabled again."</p>
                </form>
            </Confirm>
        }
        .into_any()
    } else {
        view! {
            <form method="post" action=acts.enable.address()>
                <input type="hidden" name="id" value=id.to_string() />
                <CommandButton icon="power" label="Enable" submit=true denied=denied.enable />
            </form>
        }
        .into_any()
    };
    view! {
        <CommandBar>
            <CommandLink
                href=paths::service_principal_tab(service_principal.id, "edit")
                icon="edit"
                label="Edit"
                denied=denied.edit
            />
            {status}
            <Confirm
                id="delete"
                title=format!("Delete {name}?")
                trigger="Delete"
                trigger_icon="delete"
                confirm_label="Delete"
                danger=true
                denied=denied.delete
                error=acts.delete.error_besides(&[])
            >
                <form method="post" action=acts.delete.address() id="delete-form">
                    <input type="hidden" name="id" value=id.to_string() />
                    <p>"It loses its roles at once. It cannot be restored."</p>
                </form>
            </Confirm>
        </CommandBar>
    }
    .into_any()
}
