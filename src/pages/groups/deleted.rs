//! Groups that can be restored.

use super::{GroupItem, GroupTabs};
use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        Breadcrumb, Button, EmptyState, FilterBar, LocalTime, PageHeader, Pagination, QueryForm, Table,
        TextInput,
    },
    error::AppError,
    form::use_form,
    pages::loaded::{Problem, loaded, query},
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::id::PrincipalId;

/// A page of deleted groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedGroupList {
    /// The groups.
    pub groups: Vec<GroupItem>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Why the person may not restore those that roles cannot be assigned to.
    pub ordinary_denied: Option<String>,
    /// Why the person may not restore those that roles can be assigned to.
    pub assignable_denied: Option<String>,
}

/// Deleted groups by name.
#[server(endpoint = "list_deleted_groups")]
pub async fn list_deleted_groups(q: String, after: String) -> Result<Encoded<DeletedGroupList>, AppError> {
    use crate::encoded::encode;
    use stint_domain::authz::{Action, Target};
    use stint_engine::{groups, store::PageRequest};
    let mut op = crate::server::read().await?;
    let page = groups::list_deleted(&mut op, &q, &PageRequest::after(Some(after))).await?;
    let denial = |assignable| op.denial(Action::RestoreGroups.for_group(assignable), &Target::directory());
    encode(DeletedGroupList {
        ordinary_denied: denial(false)?,
        assignable_denied: denial(true)?,
        groups: page.items.into_iter().map(Into::into).collect(),
        next: page.next,
    })
}

/// Brings a deleted group back.
#[server(endpoint = "restore_group")]
pub async fn restore_group(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::groups::restore(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The group was restored.");
    Ok(())
}

/// The list of groups that can be restored.
#[component]
pub fn DeletedGroups() -> impl IntoView {
    let (q, after) = (query("q"), query("after"));
    let form = use_form::<RestoreGroup>();
    let list = page_data(move || (q.get(), after.get()), |(q, after)| list_deleted_groups(q, after));
    view! {
        <Title text="Deleted groups" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Groups".into(), Some(paths::GROUPS.into())),
            ("Deleted groups".into(), None),
        ] />
        <PageHeader title="Deleted groups" subtitle=Some("They can be restored for 30 days".into()) icon="group" />
        <GroupTabs deleted=true />
        <Problem words=form.error_besides(&[]) />
        {loaded(list, move |list| {
            view! { <Listing list action=form.address() q=q.get_untracked() after=after.get_untracked() /> }
        })}
    }
    .into_any()
}

#[component]
fn Listing(list: DeletedGroupList, action: String, q: String, after: String) -> impl IntoView {
    let page = |after: &str| paths::with_query(paths::DELETED_GROUPS, &[("q", &q), ("after", after)]);
    let first = (!after.is_empty()).then(|| page(""));
    let next = list.next.as_deref().map(page);
    let filtered = !q.is_empty();
    let row = move |group: GroupItem| {
        let denied =
            if group.assignable { list.assignable_denied.clone() } else { list.ordinary_denied.clone() };
        view! {
            <tr>
                <td data-label="Name">{group.persona()}</td>
                <td data-label="Deleted">{group.deleted_at.map(|at| view! { <LocalTime at /> })}</td>
                <td data-label="Action" class="row-actions">
                    <form method="post" action=action.clone()>
                        <input type="hidden" name="id" value=group.id.to_string() />
                        <Button submit=true icon="restore" aria_label=Some(format!("Restore {}", group.name)) denied>
                            "Restore"
                        </Button>
                    </form>
                </td>
            </tr>
        }
    };
    let table = if list.groups.is_empty() {
        view! {
            <EmptyState icon="group" title="No results">
                <p>{if filtered { "No deleted group fits this search." } else { "No group was deleted." }}</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <Table caption="Deleted groups">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Deleted"</th>
                        <th scope="col">"Action"</th>
                    </tr>
                </thead>
                <tbody>{list.groups.into_iter().map(row).collect_view()}</tbody>
            </Table>
        }
        .into_any()
    };
    view! {
        <QueryForm action=paths::DELETED_GROUPS>
            <FilterBar>
                <TextInput id="q" name="q" value=q kind="search" placeholder=Some("Name".to_owned()) aria_label=Some("Search deleted groups".to_owned()) />
                <Button submit=true>"Search"</Button>
            </FilterBar>
        </QueryForm>
        {table}
        <Pagination previous=first next />
    }
    .into_any()
}
