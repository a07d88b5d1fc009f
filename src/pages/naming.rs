//! A name and a description: what groups, service principals and administrative units are told apart by.

use crate::{
    components::{Button, ButtonKind, Field as FormField, LinkButton, TextArea, TextInput},
    form::Form,
};
use leptos::{prelude::*, server_fn::ServerFn};
use serde::de::DeserializeOwned;
use stint_domain::refusal::Field;

/// The fields whose errors `NamingFields` shows itself.
pub const SHOWN: &[Field] = &[Field::DisplayName, Field::Description];

/// Reads a name and a description from a form.
#[cfg(feature = "ssr")]
pub(super) fn read(
    display_name: &str,
    description: &str,
) -> Result<(stint_domain::text::DisplayName, Option<stint_domain::text::Description>), crate::error::AppError>
{
    use stint_domain::text::{Description, DisplayName};
    let mut check = crate::form::Check::default();
    let display_name = check.take(Field::DisplayName, DisplayName::parse(display_name));
    let description = check.take_optional(Field::Description, Description::parse_optional(description));
    let Some(display_name) = display_name else { return Err(check.refused()) };
    check.done()?;
    Ok((display_name, description))
}

/// The two fields of `form`, beginning with what was typed before, or with what is there now.
pub fn naming_fields<S>(form: Form<S>, display_name: &str, description: &str) -> AnyView
where
    S: ServerFn<Error = crate::error::AppError> + Send + Sync + Clone + 'static,
    S::Output: Clone + Send + Sync + DeserializeOwned + 'static,
{
    view! {
        <NamingFields
            display_name=form.value("display_name", display_name)
            description=form.value("description", description)
            display_name_error=form.error_at(Field::DisplayName)
            description_error=form.error_at(Field::Description)
        />
    }
    .into_any()
}

#[component]
fn NamingFields(
    display_name: String,
    description: String,
    display_name_error: Signal<Option<String>>,
    description_error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <FormField label="Display name" for_id="display_name" required=true error=display_name_error>
            <TextInput id="display_name" name="display_name" value=display_name maxlength=256 />
        </FormField>
        <FormField label="Description" for_id="description" error=description_error>
            <TextArea id="description" name="description" value=description maxlength=1024 counter=true />
        </FormField>
    }
    .into_any()
}

/// The end of a form: the button that sends it, and the way out.
#[component]
pub fn FormEnd(
    /// What the form does, in a verb.
    verb: &'static str,
    /// Where one goes who changed their mind.
    #[prop(into)]
    cancel: String,
    /// It is under way.
    busy: Signal<bool>,
    /// Why this person may not.
    denied: Option<String>,
) -> impl IntoView {
    view! {
        <div class="panel-actions">
            <Button kind=ButtonKind::Primary submit=true busy denied>{verb}</Button>
            <LinkButton href=cancel>"Cancel"</LinkButton>
        </div>
    }
    .into_any()
}
