//! Users who can be restored.

use super::{UserItem, UserList, UserTabs};
use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        Breadcrumb, Button, EmptyState, FilterBar, LocalTime, PageHeader, Pagination, Persona, QueryForm,
        Table, TextInput,
    },
    error::AppError,
    form::use_form,
    pages::loaded::{Problem, loaded, query},
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;
use stint_domain::id::PrincipalId;

/// Deleted users by name.
#[server(endpoint = "list_deleted_users")]
pub async fn list_deleted_users(q: String, after: String) -> Result<Encoded<UserList>, AppError> {
    use crate::encoded::encode;
    use stint_domain::authz::{Action, Target};
    use stint_engine::{store::PageRequest, users};
    let mut op = crate::server::read().await?;
    let page = users::list_deleted(&mut op, &q, &PageRequest::after(Some(after))).await?;
    let denied = op.denial(Action::RestoreUsers, &Target::directory())?;
    encode(UserList { users: page.items.into_iter().map(Into::into).collect(), next: page.next, denied })
}

/// Brings a deleted user back.
#[server(endpoint = "restore_user")]
pub async fn restore_user(id: PrincipalId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::users::restore(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The user was restored.");
    Ok(())
}

/// The list of users who can be restored.
#[component]
pub fn DeletedUsers() -> impl IntoView {
    let (q, after) = (query("q"), query("after"));
    let form = use_form::<RestoreUser>();
    let list = page_data(move || (q.get(), after.get()), |(q, after)| list_deleted_users(q, after));
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
            view! { <Listing list action=form.address() q=q.get_untracked() after=after.get_untracked() /> }
        })}
    }
    .into_any()
}

#[component]
fn Listing(list: UserList, action: String, q: String, after: String) -> impl IntoView {
    let page = |after: &str| paths::with_query(paths::DELETED_USERS, &[("q", &q), ("after", after)]);
    let first = (!after.is_empty()).then(|| page(""));
    let next = list.next.as_deref().map(page);
    let filtered = !q.is_empty();
    let denied = list.denied;
    let row = move |user: UserItem| {
        let denied = denied.clone();
        view! {
                    <tr>
                        <td data-label="Name">
        <Persona name=user.name.clone() secondary=Some(user.user_name) href=Some(paths::user(user.id)) />
        </td>
                        <td data-label="Deleted">{user.deleted_at.map(|at| view! { <LocalTime at /> })}</td>
                        <td data-label="Action" class="row-actions">
                            <form method="post" action=action.clone()>
                                <input type="hidden" name="id" value=user.id.to_string() />
                                <Button submit=true icon="restore" aria_label=Some(format!("Restore {}", user.name)) denied>
                                    "Restore"
                                </Button>
                            </form>
                        </td>
                    </tr>
                }
    };
    let table = if list.users.is_empty() {
        view! {
            <EmptyState icon="person" title="No results">
                <p>{if filtered { "No deleted user fits this search." } else { "Nobody was deleted." }}</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <Table caption="Deleted users">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Deleted"</th>
                        <th scope="col">"Action"</th>
                    </tr>
                </thead>
                <tbody>{list.users.into_iter().map(row).collect_view()}</tbody>
            </Table>
        }
        .into_any()
    };
    view! {
        <QueryForm action=paths::DELETED_USERS>
            <FilterBar>
                <TextInput id="q" name="q" value=q kind="search" placeholder=Some("Name or user name".to_owned()) aria_label=Some("Search deleted users".to_owned()) />
                <Button submit=true>"Search"</Button>
            </FilterBar>
        </QueryForm>
        {table}
        <Pagination previous=first next />
    }
    .into_any()
}
