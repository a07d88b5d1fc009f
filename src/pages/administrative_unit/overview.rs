//! A unit's properties, and the command that deletes it.

use super::UnitDetail;
use crate::{
    components::{CommandBar, CommandLink, Confirm, Fact, Facts, LocalTime},
    error::AppError,
    form::use_form,
    pages::principals::Given,
    paths,
};
use leptos::prelude::*;
use stint_domain::id::AdministrativeUnitId;

/// Deletes an administrative unit.
#[server(endpoint = "delete_administrative_unit")]
pub async fn delete_administrative_unit(id: AdministrativeUnitId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::administrative_units::delete(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The administrative unit was deleted.");
    crate::server::redirect::to(paths::ADMINISTRATIVE_UNITS);
    Ok(())
}

/// The tab.
#[component]
pub fn Overview(unit: UnitDetail) -> impl IntoView {
    let form = use_form::<DeleteAdministrativeUnit>();
    view! {
        <CommandBar>
            <CommandLink
                href=paths::administrative_unit_tab(unit.id, "edit")
                icon="edit"
                label="Edit"
                denied=unit.denied.edit
            />
            <Confirm
                id="delete"
                title=format!("Delete {}?", unit.name)
                trigger="Delete"
                trigger_icon="delete"
                confirm_label="Delete"
                danger=true
                denied=unit.denied.delete
                error=form.error_besides(&[])
            >
                <form method="post" action=form.address() id="delete-form">
                    <input type="hidden" name="id" value=unit.id.to_string() />
                    <p>"Its members stay, without the unit. It cannot be restored."</p>
                </form>
            </Confirm>
        </CommandBar>
        <Facts>
            <Fact label="Description">
                <Given text=unit.description />
            </Fact>
            <Fact label="Created">
                <LocalTime at=unit.created_at />
            </Fact>
            <Fact label="Object ID">
                <span class="mono">{unit.id.to_string()}</span>
            </Fact>
        </Facts>
    }
    .into_any()
}
