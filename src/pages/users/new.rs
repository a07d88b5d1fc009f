//! A new user, whose password is shown once.

use super::list_users;
use crate::encoded::page_data;
use crate::{
    components::{
        Breadcrumb, ButtonKind, Field as FormField, LinkButton, MessageBar, MessageKind, PageHeader,
        TextInput,
    },
    error::AppError,
    form::use_form,
    pages::{
        loaded::{Problem, loaded},
        naming::FormEnd,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::{id::PrincipalId, refusal::Field};

/// A new user, with the password to tell them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewUserMade {
    /// Their id.
    pub id: PrincipalId,
    /// Their name.
    pub name: String,
    /// The password that they sign in with first.
    pub password: String,
}

/// Creates a user with a password that is shown once.
#[server(endpoint = "create_user")]
pub async fn create_user(
    user_name: String,
    display_name: String,
    #[server(default)] job_title: String,
    #[server(default)] department: String,
) -> Result<NewUserMade, AppError> {
    use crate::server::operation;
    use stint_engine::{passwords, users};
    let properties = properties(&user_name, &display_name, &job_title, &department);
    let op = crate::server::read().await?;
    // May the person at all? Only then is it of interest what is wrong with the form.
    op.require(stint_domain::authz::Action::CreateUsers, &stint_domain::authz::Target::directory())?;
    drop(op);
    let properties = properties.map_err(operation::answer)?;
    let fresh = passwords::fresh(&operation::engine()).await?;
    let password = fresh.expose().to_owned();
    let mut op = crate::server::write().await?;
    let id = users::create(&mut op, properties, fresh).await?;
    op.commit().await?;
    Ok(NewUserMade { id, name: display_name, password })
}

/// Reads the properties of a user from a form.
#[cfg(feature = "ssr")]
pub(in crate::pages) fn properties(
    user_name: &str,
    display_name: &str,
    job_title: &str,
    department: &str,
) -> Result<stint_engine::users::Properties, AppError> {
    use crate::form::Check;
    use stint_domain::text::{DisplayName, ShortText, UserName};
    let mut check = Check::default();
    let user_name = check.take(Field::UserName, UserName::parse(user_name));
    let display_name = check.take(Field::DisplayName, DisplayName::parse(display_name));
    let job_title = check.take_optional(Field::JobTitle, ShortText::parse_optional(job_title));
    let department = check.take_optional(Field::Department, ShortText::parse_optional(department));
    match (user_name, display_name) {
        (Some(user_name), Some(display_name)) => {
            check.done()?;
            Ok(stint_engine::users::Properties { user_name, display_name, job_title, department })
        }
        _ => Err(check.refused()),
    }
}

/// The form for a new user.
#[component]
pub fn NewUser() -> impl IntoView {
    let list = page_data(|| (), |()| list_users(String::new(), String::new(), String::new()));
    view! {
        <Title text="New user" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Users".into(), Some(paths::USERS.into())),
            ("New user".into(), None),
        ] />
        <PageHeader title="New user" subtitle=Some("Somebody who can sign in".into()) icon="person" />
        {loaded(list, |list| view! { <NewUserForm denied=list.denied /> })}
    }
}

#[component]
fn NewUserForm(denied: Option<String>) -> impl IntoView {
    let form = use_form::<CreateUser>();
    let made = form.outcome();
    let asked = denied.clone();
    move || {
        if let Some(made) = made.get() {
            view! { <NewUserPassword made /> }.into_any()
        } else {
            let denied = asked.clone();
            view! {
                <form method="post" action=form.address() class="form stack">
                    <Problem words=form.error_besides(UserErrors::SHOWN) />
                    <UserFields
                        user_name=form.value("user_name", "")
                        display_name=form.value("display_name", "")
                        job_title=form.value("job_title", "")
                        department=form.value("department", "")
                        errors=UserErrors::of(form)
                    />
                    <FormEnd verb="Create" cancel=paths::USERS busy=form.pending() denied />
                </form>
            }
            .into_any()
        }
    }
}

/// What is wrong with the fields of a user.
#[derive(Clone, Copy, Debug)]
pub(in crate::pages) struct UserErrors {
    user_name: Signal<Option<String>>,
    display_name: Signal<Option<String>>,
    job_title: Signal<Option<String>>,
    department: Signal<Option<String>>,
}

impl UserErrors {
    /// The fields that say it themselves.
    pub(in crate::pages) const SHOWN: &[Field] =
        &[Field::UserName, Field::DisplayName, Field::JobTitle, Field::Department];

    /// What is wrong with the fields of this form.
    pub(in crate::pages) fn of<S>(form: crate::form::Form<S>) -> Self
    where
        S: leptos::server_fn::ServerFn<Error = AppError> + Send + Sync + Clone + 'static,
        S::Output: Clone + Send + Sync + serde::de::DeserializeOwned + 'static,
    {
        Self {
            user_name: form.error_at(Field::UserName),
            display_name: form.error_at(Field::DisplayName),
            job_title: form.error_at(Field::JobTitle),
            department: form.error_at(Field::Department),
        }
    }
}

/// The fields of a user.
#[component]
pub(in crate::pages) fn UserFields(
    user_name: String,
    display_name: String,
    job_title: String,
    department: String,
    errors: UserErrors,
) -> impl IntoView {
    view! {
        <FormField label="User principal name" for_id="user_name" required=true hint=Some("What they sign in with, such as mira@contoso.example".into()) error=errors.user_name>
            <TextInput id="user_name" name="user_name" value=user_name kind="text" maxlength=113 />
        </FormField>
        <FormField label="Display name" for_id="display_name" required=true error=errors.display_name>
            <TextInput id="display_name" name="display_name" value=display_name maxlength=256 />
        </FormField>
        <FormField label="Job title" for_id="job_title" error=errors.job_title>
            <TextInput id="job_title" name="job_title" value=job_title maxlength=128 />
        </FormField>
        <FormField label="Department" for_id="department" error=errors.department>
            <TextInput id="department" name="department" value=department maxlength=128 />
        </FormField>
    }
}

#[component]
fn NewUserPassword(made: NewUserMade) -> impl IntoView {
    view! {
        <div class="stack">
            <MessageBar kind=MessageKind::Success title=Some(format!("{} was created", made.name))>
                "Tell them this password in person or by phone. It is shown this once and must be changed at the first sign-in."
            </MessageBar>
            <p>"Password: "<code class="mono">{made.password}</code></p>
            <div class="cluster">
                <LinkButton href=paths::user(made.id) kind=ButtonKind::Primary>"Open the user"</LinkButton>
                <LinkButton href=paths::USERS>"All users"</LinkButton>
            </div>
        </div>
    }
}
