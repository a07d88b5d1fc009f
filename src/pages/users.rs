//! Users: the list, a new one, and those who can be restored.

mod deleted;
mod new;

pub use deleted::{DeletedUsers, RestoreUser};
pub use new::NewUser;
#[cfg(feature = "ssr")]
pub(super) use new::properties;
pub(super) use new::{UserErrors, UserFields};

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        AvatarKind, Breadcrumb, Button, CommandBar, CommandLink, EmptyState, FilterBar, PageHeader,
        Pagination, Persona, QueryForm, Select, Tab, Table, Tabs, TextInput, unless_empty,
    },
    error::AppError,
    pages::{
        loaded::{loaded, query},
        principals::AccountStatus,
    },
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::id::PrincipalId;

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
pub async fn list_users(q: String, status: String, after: String) -> Result<Encoded<UserList>, AppError> {
    use crate::encoded::encode;
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
    encode(UserList { users: page.items.into_iter().map(Into::into).collect(), next: page.next, denied })
}

/// The list of users.
#[component]
pub fn Users() -> impl IntoView {
    let (q, status, after) = (query("q"), query("status"), query("after"));
    let list = page_data(
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
    let page =
        |after: &str| paths::with_query(paths::USERS, &[("q", &q), ("status", &status), ("after", after)]);
    let first = (!after.is_empty()).then(|| page(""));
    let next = list.next.as_deref().map(page);
    let statuses = vec![
        (String::new(), "Any status".to_owned()),
        ("enabled".to_owned(), "Enabled".to_owned()),
        ("disabled".to_owned(), "Disabled".to_owned()),
    ];
    let table = if list.users.is_empty() {
        view! {
            <EmptyState icon="person" title="No results">
                <p>{if filtered { "Nobody fits this search." } else { "There are no users yet." }}</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! { <UserTable users=list.users /> }.into_any()
    };
    view! {
        <CommandBar>
            <CommandLink href=paths::NEW_USER icon="add" label="New user" denied=list.denied />
            <CommandLink href=paths::USERS icon="refresh" label="Refresh" />
        </CommandBar>
        <UserTabs deleted=false />
        <QueryForm action=paths::USERS>
            <FilterBar>
                <TextInput id="q" name="q" value=q kind="search" placeholder=Some("Name or user name".to_owned()) aria_label=Some("Search users".to_owned()) />
                <Select id="status" name="status" options=statuses value=status aria_label=Some("Account status".to_owned()) />
                <Button submit=true>"Search"</Button>
            </FilterBar>
        </QueryForm>
        {table}
        <Pagination previous=first next />
    }
    .into_any()
}

#[component]
fn UserTable(users: Vec<UserItem>) -> impl IntoView {
    let row = |user: UserItem| {
        view! {
            <tr>
                <td data-label="Name">
                    <Persona name=user.name secondary=Some(user.user_name) href=Some(paths::user(user.id)) kind=AvatarKind::Person />
                </td>
                <td data-label="Job title" class="text">{unless_empty(user.job_title)}</td>
                <td data-label="Department" class="text">{unless_empty(user.department)}</td>
                <td data-label="Status">
                    <AccountStatus enabled=user.enabled />
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
