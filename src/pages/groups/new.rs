//! A new group. Whether roles can be assigned to it is chosen here, once.

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{Breadcrumb, Checkbox, PageHeader},
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
use serde::{Deserialize, Serialize};

/// Why the person may not create groups of either sort; nothing where they may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creatable {
    /// Groups that roles cannot be assigned to.
    pub ordinary: Option<String>,
    /// Groups that roles can be assigned to.
    pub assignable: Option<String>,
}

#[cfg(feature = "ssr")]
pub(super) fn rights(op: &stint_engine::Operation) -> Result<Creatable, AppError> {
    use stint_domain::authz::{Action, Target};
    let denial = |assignable| op.denial(Action::CreateGroups.for_group(assignable), &Target::directory());
    Ok(Creatable { ordinary: denial(false)?, assignable: denial(true)? })
}

/// Which groups the person may create.
#[server(endpoint = "new_group_rights")]
pub async fn new_group_rights() -> Result<Encoded<Creatable>, AppError> {
    use crate::encoded::encode;
    let op = crate::server::read().await?;
    encode(rights(&op)?)
}

/// Creates a group.
#[server(endpoint = "create_group")]
pub async fn create_group(
    display_name: String,
    #[server(default)] description: String,
    #[server(default)] assignable: bool,
) -> Result<(), AppError> {
    use crate::server::{operation::answer, redirect};
    use stint_domain::authz::{Action, Target};
    use stint_engine::groups::{self, Properties};
    let mut op = crate::server::write().await?;
    // May the person at all? Only then is it of interest what is wrong with the form.
    op.require(Action::CreateGroups.for_group(assignable), &Target::directory())?;
    let (display_name, description) = naming::read(&display_name, &description).map_err(answer)?;
    let id = groups::create(&mut op, Properties { display_name, description }, assignable).await?;
    op.commit().await?;
    crate::server::toast::say("The group was created.");
    redirect::to(&paths::group(id));
    Ok(())
}

/// The form for a new group.
#[component]
pub fn NewGroup() -> impl IntoView {
    let rights = page_data(|| (), |()| new_group_rights());
    view! {
        <Title text="New group" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Groups".into(), Some(paths::GROUPS.into())),
            ("New group".into(), None),
        ] />
        <PageHeader title="New group" subtitle=Some("People and programs under one name".into()) icon="group" />
        {loaded(rights, |rights| view! { <NewGroupForm rights /> })}
    }
    .into_any()
}

#[component]
fn NewGroupForm(rights: Creatable) -> impl IntoView {
    let form = use_form::<CreateGroup>();
    let Creatable { ordinary, assignable } = rights;
    let (only_assignable, no_assignable) = (ordinary.is_some() && assignable.is_none(), assignable.is_some());
    // Who may create groups of one sort only finds out here; who may create none, at the button.
    let denied = ordinary.and_then(|reason| assignable.clone().map(|_| reason));
    let hint = assignable.unwrap_or_else(|| {
        if only_assignable {
            "You may create only such groups. The choice can never be changed.".to_owned()
        } else {
            "Only who may assign roles may change such a group later. The choice can never be changed."
                .to_owned()
        }
    });
    view! {
        <form method="post" action=form.address() class="form stack">
            <Problem words=form.error_besides(naming::SHOWN) />
            {naming_fields(form, "", "")}
            <Checkbox
                id="assignable"
                name="assignable"
                label="Roles can be assigned to this group"
                checked=form.checked("assignable", only_assignable)
                disabled=no_assignable
                hint=Some(hint)
            />
            <FormEnd verb="Create" cancel=paths::GROUPS busy=form.pending() denied />
        </form>
    }
    .into_any()
}
