//! The form that changes a user's properties.

use super::UserDetail;
use crate::{
    error::AppError,
    form::Form,
    pages::{
        loaded::Problem,
        naming::FormEnd,
        users::{UserErrors, UserFields},
    },
    paths,
};
use leptos::prelude::*;
use stint_domain::id::PrincipalId;

/// Changes a user's properties.
#[server(endpoint = "update_user")]
pub async fn update_user(
    id: PrincipalId,
    user_name: String,
    display_name: String,
    #[server(default)] job_title: String,
    #[server(default)] department: String,
) -> Result<(), AppError> {
    use crate::{
        pages::users::properties,
        server::{operation::answer, redirect},
    };
    use stint_domain::authz::Action;
    use stint_engine::users;
    let mut op = crate::server::write().await?;
    let (_, target) = users::get(&mut op, id).await?;
    // May the person at all? Only then is it of interest what is wrong with the form.
    op.require(Action::UpdateUsers, &target)?;
    let properties = properties(&user_name, &display_name, &job_title, &department).map_err(answer)?;
    users::update(&mut op, id, properties).await?;
    op.commit().await?;
    crate::server::toast::say("The user was updated.");
    redirect::to(&paths::user(id));
    Ok(())
}

/// The form.
#[component]
pub fn EditUser(user: UserDetail, form: Form<UpdateUser>) -> impl IntoView {
    let gone = user.deleted_at.map(|_| "This user was deleted. Restore them first.".to_owned());
    view! {
        <form method="post" action=form.address() class="form stack">
            <Problem words=form.error_besides(UserErrors::SHOWN) />
            <input type="hidden" name="id" value=user.id.to_string() />
            <UserFields
                user_name=form.value("user_name", user.user_name)
                display_name=form.value("display_name", user.name)
                job_title=form.value("job_title", user.job_title)
                department=form.value("department", user.department)
                errors=UserErrors::of(form)
            />
            <FormEnd verb="Save" cancel=paths::user(user.id) busy=form.pending() denied=gone.or(user.denied.edit) />
        </form>
    }
    .into_any()
}
