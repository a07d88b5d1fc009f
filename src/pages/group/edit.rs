//! The form that changes a group's properties.

use super::GroupDetail;
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

/// Changes a group's properties.
#[server(endpoint = "update_group")]
pub async fn update_group(
    id: PrincipalId,
    display_name: String,
    #[server(default)] description: String,
) -> Result<(), AppError> {
    use crate::server::{operation::answer, redirect};
    use stint_domain::authz::Action;
    use stint_engine::groups::{self, Properties};
    let mut op = crate::server::write().await?;
    let (row, target) = groups::get(&mut op, id).await?;
    // May the person at all? Only then is it of interest what is wrong with the form.
    op.require(Action::UpdateGroups.for_group(row.assignable_to_role), &target)?;
    let (display_name, description) = naming::read(&display_name, &description).map_err(answer)?;
    groups::update(&mut op, id, Properties { display_name, description }).await?;
    op.commit().await?;
    crate::server::toast::say("The group was updated.");
    redirect::to(&paths::group(id));
    Ok(())
}

/// The form.
#[component]
pub fn EditGroup(group: GroupDetail, form: Form<UpdateGroup>) -> impl IntoView {
    let gone = group.deleted_at.map(|_| "This group was deleted. Restore it first.".to_owned());
    view! {
        <form method="post" action=form.address() class="form stack">
            <Problem words=form.error_besides(naming::SHOWN) />
            <input type="hidden" name="id" value=group.id.to_string() />
            {naming_fields(form, &group.name, &group.description)}
            <FormEnd verb="Save" cancel=paths::group(group.id) busy=form.pending() denied=gone.or(group.denied.edit) />
        </form>
    }
    .into_any()
}
