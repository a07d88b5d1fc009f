//! A service principal's properties, and the commands that stop and delete it.

use super::ServicePrincipalDetail;
use crate::{
    components::{CommandBar, CommandButton, CommandLink, Confirm, Fact, Facts, LocalTime},
    error::AppError,
    form::{Form, use_form},
    pages::{
        done,
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
    Ok(op.commit().await?)
}

/// Lets a service principal act again.
#[server(endpoint = "enable_service_principal")]
pub async fn enable_service_principal(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::service_principals::set_enabled(&mut op, id, true).await?;
    Ok(op.commit().await?)
}

/// Deletes a service principal.
#[server(endpoint = "delete_service_principal")]
pub async fn delete_service_principal(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::service_principals::delete(&mut op, id).await?;
    op.commit().await?;
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
    /// The forms, with toasts for what worked.
    pub fn new() -> Self {
        let acts = Self { disable: use_form(), enable: use_form(), delete: use_form() };
        done::toast(acts.disable, "The service principal was disabled.");
        done::toast(acts.enable, "The service principal was enabled.");
        done::toast(acts.delete, "The service principal was deleted.");
        acts
    }

    /// How often the service principal was changed.
    pub fn successes(self) -> Memo<u32> {
        let (disabled, enabled) = (done::successes(self.disable), done::successes(self.enable));
        Memo::new(move |_| disabled.get() + enabled.get())
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
                <ActionForm action=acts.disable.action attr:id="disable-form">
                    <input type="hidden" name="id" value=id.to_string() />
                    <p>"It cannot act any more until it is enabled again."</p>
                </ActionForm>
            </Confirm>
        }
        .into_any()
    } else {
        view! {
            <ActionForm action=acts.enable.action>
                <input type="hidden" name="id" value=id.to_string() />
                <CommandButton icon="power" label="Enable" submit=true denied=denied.enable />
            </ActionForm>
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
                <ActionForm action=acts.delete.action attr:id="delete-form">
                    <input type="hidden" name="id" value=id.to_string() />
                    <p>"It loses its roles at once. It cannot be restored."</p>
                </ActionForm>
            </Confirm>
        </CommandBar>
    }
    .into_any()
}
