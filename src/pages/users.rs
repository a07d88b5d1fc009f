//! Users: the list, a new one, and those who can be restored.

use crate::{
    components::{
        AvatarKind, Badge, BadgeKind, Breadcrumb, Button, ButtonKind, CommandBar, CommandLink, EmptyState,
        Field as FormField, FilterBar, LinkButton, LocalTime, MessageBar, MessageKind, PageHeader,
        Pagination, Persona, Select, Tab, Table, Tabs, TextInput,
    },
    error::AppError,
    form::use_form,
    pages::loaded::{Problem, loaded, query},
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Form;
use serde::{Deserialize, Serialize};
use stint_domain::{id::PrincipalId, refusal::Field};

/// A user in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserItem {
    /// Their id.
    pub id: PrincipalId,
    /// Their name.
    pub name: String,
    /// What they sign in with.
    pub user_name: String,
    /// Their job title.
    pub job_title: String,
    /// Their department.
    pub department: String,
    /// Whether they may sign in.
    pub enabled: bool,
    /// When they were deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A page of users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserList {
    /// The users.
    pub users: Vec<UserItem>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Why the person may not create (or, of deleted users, restore) any.
    pub denied: Option<String>,
}

#[cfg(feature = "ssr")]
impl From<stint_engine::store::principal::PrincipalRow> for UserItem {
    fn from(row: stint_engine::store::principal::PrincipalRow) -> Self {
        Self {
            id: row.id,
            name: row.display_name,
            user_name: row.user_name.unwrap_or_default(),
            job_title: row.job_title.unwrap_or_default(),
            department: row.department.unwrap_or_default(),
            enabled: row.enabled,
            deleted_at: row.deleted_at,
        }
    }
}

/// Users by name. `status` is `enabled`, `disabled` or nothing.
#[server(endpoint = "list_users")]
pub async fn list_users(q: String, status: String, after: String) -> Result<UserList, AppError> {
    use stint_domain::authz::{Action, Target};
    use stint_engine::{store::PageRequest, users};
    let mut op = crate::server::read().await?;
    let enabled = match status.as_str() {
        "enabled" => Some(true),
        "disabled" => Some(false),
        _ => None,
    };
    let page = users::list(&mut op, &q, enabled, &PageRequest::after(Some(after))).await?;
    let denied = op.denial(Action::CreateUsers, &Target::directory())?;
    Ok(UserList { users: page.items.into_iter().map(Into::into).collect(), next: page.next, denied })
}

/// The list of users.
#[component]
pub fn Users() -> impl IntoView {
    let (q, status, after) = (query("q"), query("status"), query("after"));
    let list = Resource::new(
        move || (q.get(), status.get(), after.get()),
        |(q, status, after)| list_users(q, status, after),
    );
    view! {
        <Title text="Users" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("Users".into(), None)] />
        <PageHeader title="Users" subtitle=Some("Everybody who can sign in".into()) icon="person" />
        {loaded(list, move |list| view! { <UserListing list q=q.get_untracked() status=status.get_untracked() after=after.get_untracked() /> })}
    }
}

#[component]
fn UserTabs(deleted: bool) -> impl IntoView {
    view! {
        <Tabs label="Users">
            <Tab href=paths::USERS selected=!deleted label="All users" />
            <Tab href=paths::DELETED_USERS selected=deleted label="Deleted users" />
        </Tabs>
    }
}

#[component]
fn UserListing(list: UserList, q: String, status: String, after: String) -> impl IntoView {
    let filtered = !q.is_empty() || !status.is_empty();
    let first =
        (!after.is_empty()).then(|| paths::with_query(paths::USERS, &[("q", &q), ("status", &status)]));
    let next = list
        .next
        .as_ref()
        .map(|next| paths::with_query(paths::USERS, &[("q", &q), ("status", &status), ("after", next)]));
    let statuses = vec![
        (String::new(), "Any status".to_owned()),
        ("enabled".to_owned(), "Enabled".to_owned()),
        ("disabled".to_owned(), "Disabled".to_owned()),
    ];
    let is_empty = list.users.is_empty();
    view! {
        <CommandBar>
            <CommandLink href=paths::NEW_USER icon="add" label="New user" denied=list.denied />
            <CommandLink href=paths::USERS icon="refresh" label="Refresh" />
        </CommandBar>
        <UserTabs deleted=false />
        <Form method="GET" action=paths::USERS attr:class="filter-bar">
            <FilterBar>
                <TextInput id="q" name="q" value=q kind="search" placeholder=Some("Name or user name".to_owned()) aria_label=Some("Search users".to_owned()) />
                <Select id="status" name="status" options=statuses value=status aria_label=Some("Account status".to_owned()) />
                <Button submit=true>"Search"</Button>
            </FilterBar>
        </Form>
        <Show
            when=move || !is_empty
            fallback=move || view! {
                <EmptyState icon="person" title="No results">
                    <p>{if filtered { "Nobody fits this search." } else { "There are no users yet." }}</p>
                </EmptyState>
            }
        >
            <UserTable users=list.users.clone() />
        </Show>
        <Pagination previous=first next=next />
    }
}

#[component]
fn UserTable(users: Vec<UserItem>) -> impl IntoView {
    let row = |user: UserItem| {
        view! {
            <tr>
                <td data-label="Name">
                    <Persona name=user.name secondary=Some(user.user_name) href=Some(paths::user(user.id)) kind=AvatarKind::Person />
                </td>
                <td data-label="Job title">{user.job_title}</td>
                <td data-label="Department">{user.department}</td>
                <td data-label="Status">
                    {if user.enabled {
                        view! { <Badge kind=BadgeKind::Success>"Enabled"</Badge> }
                    } else {
                        view! { <Badge kind=BadgeKind::Neutral>"Disabled"</Badge> }
                    }}
                </td>
            </tr>
        }
    };
    view! {
        <Table caption="Users">
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Job title"</th>
                    <th scope="col">"Department"</th>
                    <th scope="col">"Status"</th>
                </tr>
            </thead>
            <tbody>{users.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
}

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
    use stint_engine::users;
    let properties = properties(&user_name, &display_name, &job_title, &department);
    let mut op = crate::server::write().await?;
    // May the person at all? Only then is it of interest what is wrong with the form.
    op.require(stint_domain::authz::Action::CreateUsers, &stint_domain::authz::Target::directory())?;
    let made = users::create(&mut op, properties.map_err(crate::server::operation::answer)?, None).await?;
    op.commit().await?;
    Ok(NewUserMade { id: made.id, name: display_name, password: made.password })
}

/// Reads the properties of a user from a form.
#[cfg(feature = "ssr")]
pub(super) fn properties(
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
    let job_title = check.take_optional(Field::Other, ShortText::parse_optional(job_title));
    let department = check.take_optional(Field::Other, ShortText::parse_optional(department));
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
    let list = Resource::new(|| (), |()| list_users(String::new(), String::new(), String::new()));
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
    const SHOWN: &[Field] = &[Field::UserName, Field::DisplayName];
    let form = use_form::<CreateUser>();
    let made = form.outcome();
    let asked = denied.clone();
    move || match made.get() {
        Some(made) => view! { <NewUserPassword made /> }.into_any(),
        None => {
            let denied = asked.clone();
            view! {
                <ActionForm action=form.action attr:class="form stack">
                    <Problem words=form.error_besides(SHOWN) />
                    <UserFields
                        user_name=form.value("user_name", "")
                        display_name=form.value("display_name", "")
                        job_title=form.value("job_title", "")
                        department=form.value("department", "")
                        user_name_error=form.error_at(Field::UserName)
                        display_name_error=form.error_at(Field::DisplayName)
                    />
                    <div class="panel-actions">
                        <Button kind=ButtonKind::Primary submit=true busy=form.pending() denied=denied>"Create"</Button>
                        <LinkButton href=paths::USERS>"Cancel"</LinkButton>
                    </div>
                </ActionForm>
            }
            .into_any()
        }
    }
}

/// The fields of a user.
#[component]
pub(super) fn UserFields(
    user_name: String,
    display_name: String,
    job_title: String,
    department: String,
    user_name_error: Signal<Option<String>>,
    display_name_error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <FormField label="User principal name" for_id="user_name" required=true hint=Some("What they sign in with, such as mira@contoso.example".into()) error=user_name_error>
            <TextInput id="user_name" name="user_name" value=user_name kind="text" maxlength=113 />
        </FormField>
        <FormField label="Display name" for_id="display_name" required=true error=display_name_error>
            <TextInput id="display_name" name="display_name" value=display_name maxlength=256 />
        </FormField>
        <FormField label="Job title" for_id="job_title">
            <TextInput id="job_title" name="job_title" value=job_title maxlength=128 />
        </FormField>
        <FormField label="Department" for_id="department">
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

/// Deleted users by name.
#[server(endpoint = "list_deleted_users")]
pub async fn list_deleted_users(q: String, after: String) -> Result<UserList, AppError> {
    use stint_domain::authz::{Action, Target};
    use stint_engine::{store::PageRequest, users};
    let mut op = crate::server::read().await?;
    let page = users::list_deleted(&mut op, &q, &PageRequest::after(Some(after))).await?;
    let denied = op.denial(Action::RestoreUsers, &Target::directory())?;
    Ok(UserList { users: page.items.into_iter().map(Into::into).collect(), next: page.next, denied })
}

/// Brings a deleted user back.
#[server(endpoint = "restore_user")]
pub async fn restore_user(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::users::restore(&mut op, id).await?;
    Ok(op.commit().await?)
}

/// The list of users who can be restored.
#[component]
pub fn DeletedUsers() -> impl IntoView {
    let (q, after) = (query("q"), query("after"));
    let form = use_form::<RestoreUser>();
    let version = form.action.version();
    let list = Resource::new(
        move || (q.get(), after.get(), version.get()),
        |(q, after, _)| list_deleted_users(q, after),
    );
    view! {
        <Title text="Deleted users" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Users".into(), Some(paths::USERS.into())),
            ("Deleted users".into(), None),
        ] />
        <PageHeader title="Deleted users" subtitle=Some("They can be restored for 30 days".into()) icon="person" />
        <UserTabs deleted=true />
        <Problem words=form.error_besides(&[]) />
        {loaded(list, move |list| {
            if list.users.is_empty() {
                return view! { <EmptyState icon="person" title="No results"><p>"Nobody was deleted."</p></EmptyState> }.into_any();
            }
            let first = (!after.get_untracked().is_empty()).then(|| paths::DELETED_USERS.to_owned());
            let next = list.next.as_ref().map(|next| paths::with_query(paths::DELETED_USERS, &[("after", next)]));
            let denied = list.denied;
            let row = move |user: UserItem| { let denied = denied.clone(); view! {
                <tr>
                    <td data-label="Name"><Persona name=user.name.clone() secondary=Some(user.user_name) href=Some(paths::user(user.id)) /></td>
                    <td data-label="Deleted">{user.deleted_at.map(|at| view! { <LocalTime at /> })}</td>
                    <td data-label="Action" class="row-actions">
                        <ActionForm action=form.action>
                            <input type="hidden" name="id" value=user.id.to_string() />
                            <Button submit=true icon="restore" aria_label=Some(format!("Restore {}", user.name)) denied>"Restore"</Button>
                        </ActionForm>
                    </td>
                </tr>
            } };
            view! {
                <Table caption="Deleted users">
                    <thead><tr><th scope="col">"Name"</th><th scope="col">"Deleted"</th><th scope="col">"Action"</th></tr></thead>
                    <tbody>{list.users.into_iter().map(row).collect_view()}</tbody>
                </Table>
                <Pagination previous=first next=next />
            }.into_any()
        })}
    }
}
