//! Groups: the list, a new one, and those that can be restored.

mod deleted;
mod new;

pub use deleted::{DeletedGroups, RestoreGroup};
pub use new::NewGroup;

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        AvatarKind, Badge, BadgeKind, Breadcrumb, Button, CommandBar, CommandLink, EmptyState, FilterBar,
        PageHeader, Pagination, Persona, QueryForm, Select, Tab, Table, Tabs, TextInput, unless_empty,
    },
    error::AppError,
    pages::loaded::{loaded, query},
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::id::PrincipalId;

/// A group in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupItem {
    /// Its id.
    pub id: PrincipalId,
    /// Its name.
    pub name: String,
    /// A longer text about it.
    pub description: String,
    /// Whether roles can be assigned to it.
    pub assignable: bool,
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl GroupItem {
    /// Its name with a link to its page.
    pub fn persona(&self) -> AnyView {
        view! { <Persona name=self.name.clone() href=Some(paths::group(self.id)) kind=AvatarKind::Group /> }
            .into_any()
    }
}

/// A page of groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupList {
    /// The groups.
    pub groups: Vec<GroupItem>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Why the person may not create any.
    pub denied: Option<String>,
}

#[cfg(feature = "ssr")]
impl From<stint_engine::store::principal::PrincipalRow> for GroupItem {
    fn from(row: stint_engine::store::principal::PrincipalRow) -> Self {
        Self {
            id: row.id,
            name: row.display_name,
            description: row.description.unwrap_or_default(),
            assignable: row.assignable_to_role,
            deleted_at: row.deleted_at,
        }
    }
}

/// Groups by name. `assignable` is `yes`, `no` or nothing: whether roles can be assigned to them.
#[server(endpoint = "list_groups")]
pub async fn list_groups(
    q: String,
    assignable: String,
    after: String,
) -> Result<Encoded<GroupList>, AppError> {
    use crate::encoded::encode;
    use stint_engine::{groups, store::PageRequest};
    let mut op = crate::server::read().await?;
    let assignable = match assignable.as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let page = groups::list(&mut op, &q, assignable, &PageRequest::after(Some(after))).await?;
    let rights = new::rights(&op)?;
    // Who may create groups of one sort only finds out in the form.
    let denied = rights.ordinary.and_then(|reason| rights.assignable.map(|_| reason));
    encode(GroupList { groups: page.items.into_iter().map(Into::into).collect(), next: page.next, denied })
}

/// The list of groups.
#[component]
pub fn Groups() -> impl IntoView {
    let (q, assignable, after) = (query("q"), query("assignable"), query("after"));
    let list = page_data(
        move || (q.get(), assignable.get(), after.get()),
        |(q, assignable, after)| list_groups(q, assignable, after),
    );
    view! {
        <Title text="Groups" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("Groups".into(), None)] />
        <PageHeader title="Groups" subtitle=Some("People and programs under one name".into()) icon="group" />
        {loaded(list, move |list| {
            view! {
                <GroupListing
                    list
                    q=q.get_untracked()
                    assignable=assignable.get_untracked()
                    after=after.get_untracked()
                />
            }
        })}
    }
    .into_any()
}

#[component]
fn GroupTabs(deleted: bool) -> impl IntoView {
    view! {
        <Tabs label="Groups">
            <Tab href=paths::GROUPS selected=!deleted label="All groups" />
            <Tab href=paths::DELETED_GROUPS selected=deleted label="Deleted groups" />
        </Tabs>
    }
}

#[component]
fn GroupListing(list: GroupList, q: String, assignable: String, after: String) -> impl IntoView {
    let filtered = !q.is_empty() || !assignable.is_empty();
    let page = |after: &str| {
        paths::with_query(paths::GROUPS, &[("q", &q), ("assignable", &assignable), ("after", after)])
    };
    let first = (!after.is_empty()).then(|| page(""));
    let next = list.next.as_deref().map(page);
    let sorts = vec![
        (String::new(), "Any group".to_owned()),
        ("yes".to_owned(), "Roles can be assigned".to_owned()),
        ("no".to_owned(), "Roles cannot be assigned".to_owned()),
    ];
    let table = if list.groups.is_empty() {
        view! {
            <EmptyState icon="group" title="No results">
                <p>{if filtered { "No group fits this search." } else { "There are no groups yet." }}</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! { <GroupTable groups=list.groups /> }.into_any()
    };
    view! {
        <CommandBar>
            <CommandLink href=paths::NEW_GROUP icon="add" label="New group" denied=list.denied />
            <CommandLink href=paths::GROUPS icon="refresh" label="Refresh" />
        </CommandBar>
        <GroupTabs deleted=false />
        <QueryForm action=paths::GROUPS>
            <FilterBar>
                <TextInput id="q" name="q" value=q kind="search" placeholder=Some("Name".to_owned()) aria_label=Some("Search groups".to_owned()) />
                <Select id="assignable" name="assignable" options=sorts value=assignable aria_label=Some("Roles can be assigned".to_owned()) />
                <Button submit=true>"Search"</Button>
            </FilterBar>
        </QueryForm>
        {table}
        <Pagination previous=first next />
    }
    .into_any()
}

/// Groups, with whether roles can be assigned to them.
#[component]
pub(super) fn GroupTable(groups: Vec<GroupItem>) -> impl IntoView {
    let row = |group: GroupItem| {
        view! {
            <tr>
                <td data-label="Name">{group.persona()}</td>
                <td data-label="Description" class="text">{unless_empty(group.description)}</td>
                <td data-label="Roles can be assigned">
                    {if group.assignable {
                        view! { <Badge kind=BadgeKind::Brand>"Yes"</Badge> }
                    } else {
                        view! { <Badge kind=BadgeKind::Neutral>"No"</Badge> }
                    }}
                </td>
            </tr>
        }
    };
    view! {
        <Table caption="Groups">
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Description"</th>
                    <th scope="col">"Roles can be assigned"</th>
                </tr>
            </thead>
            <tbody>{groups.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
    .into_any()
}
