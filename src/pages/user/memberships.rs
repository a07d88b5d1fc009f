//! What a user is in: groups and administrative units.

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{EmptyState, Pagination},
    error::AppError,
    pages::{
        administrative_units::{UnitItem, UnitTable},
        beside::below_header,
        groups::{GroupItem, GroupTable},
        loaded::query,
    },
    paths,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stint_domain::id::PrincipalId;

/// A page of groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsOfList {
    /// The groups.
    pub groups: Vec<GroupItem>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// The groups that somebody is directly in.
#[server(endpoint = "list_groups_of")]
pub async fn list_groups_of(member: PrincipalId, after: String) -> Result<Encoded<GroupsOfList>, AppError> {
    use crate::encoded::encode;
    use stint_engine::{store::PageRequest, users};
    let mut op = crate::server::read().await?;
    users::get(&mut op, member).await?;
    let page = users::groups_of(&mut op, member, &PageRequest::after(Some(after))).await?;
    encode(GroupsOfList { groups: page.items.into_iter().map(Into::into).collect(), next: page.next })
}

/// The administrative units that somebody is in.
#[server(endpoint = "list_units_of")]
pub async fn list_units_of(member: PrincipalId) -> Result<Encoded<Vec<UnitItem>>, AppError> {
    use crate::encoded::encode;
    use stint_engine::users;
    let mut op = crate::server::read().await?;
    users::get(&mut op, member).await?;
    let units = users::units_of(&mut op, member).await?;
    encode(units.into_iter().map(Into::into).collect())
}

/// A first page of groups as a number.
#[cfg(feature = "ssr")]
pub(super) fn count_in_words(groups: usize, has_more: bool) -> String {
    match (groups, has_more) {
        (0, _) => "No group".to_owned(),
        (1, _) => "1 group".to_owned(),
        (count, false) => format!("{count} groups"),
        (count, true) => format!("More than {count} groups"),
    }
}

/// The tab with the groups.
#[component]
pub fn GroupsOf(member: PrincipalId, path: String) -> impl IntoView {
    let after = query("after");
    let list = page_data(move || after.get(), move |after| list_groups_of(member, after));
    below_header(list, move |list| {
        if list.groups.is_empty() {
            return view! { <EmptyState icon="group" title="No groups"><p>"They are in no group."</p></EmptyState> }
                .into_any();
        }
        let first = (!after.get_untracked().is_empty()).then(|| path.clone());
        let next = list.next.as_ref().map(|next| paths::with_query(&path, &[("after", next)]));
        view! {
            <GroupTable groups=list.groups />
            <Pagination previous=first next />
        }
        .into_any()
    })
}

/// The tab with the administrative units.
#[component]
pub fn UnitsOf(member: PrincipalId) -> impl IntoView {
    let list = page_data(|| (), move |()| list_units_of(member));
    below_header(list, |units| {
        if units.is_empty() {
            return view! {
                <EmptyState icon="unit" title="No administrative units">
                    <p>"They are in no administrative unit."</p>
                </EmptyState>
            }
            .into_any();
        }
        view! { <UnitTable units /> }.into_any()
    })
}
