//! A group: what is known about it, who is in it, who owns it.

mod edit;
mod overview;

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{Badge, BadgeKind, Breadcrumb, PageHeader, Tab, Tabs},
    error::AppError,
    form::use_form,
    pages::{
        assignment_table::AssignedRoles,
        audit_table::AuditLogs,
        beside::with_header,
        loaded::{loaded, param},
        members::{Members, Relation},
        not_found::NotFound,
    },
    paths,
};
use chrono::{DateTime, Utc};
use edit::{EditGroup, UpdateGroup};
use leptos::prelude::*;
use leptos_meta::Title;
use overview::{Acts, Overview};
use serde::{Deserialize, Serialize};
use stint_domain::id::PrincipalId;

/// A group with everything that its page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupDetail {
    /// Its id.
    pub id: PrincipalId,
    /// Its name.
    pub name: String,
    /// A longer text about it.
    pub description: String,
    /// Whether roles can be assigned to it.
    pub assignable: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Until when it can be restored.
    pub restorable_until: Option<DateTime<Utc>>,
    /// What may not be done to it.
    pub denied: Denied,
}

/// Why the person who looks may not do this or that to a group; nothing where they may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denied {
    /// Change the properties.
    pub edit: Option<String>,
    /// Delete.
    pub delete: Option<String>,
    /// Bring back.
    pub restore: Option<String>,
}

/// A group, and what may be done to it.
#[server(endpoint = "get_group")]
pub async fn get_group(id: String) -> Result<Encoded<GroupDetail>, AppError> {
    use crate::encoded::encode;
    use stint_domain::authz::Action;
    use stint_engine::{groups, users::RESTORABLE};
    let id = super::principals::id_in_address(&id)?;
    let mut op = crate::server::read().await?;
    let (row, target) = groups::get(&mut op, id).await?;
    let restorable_until = row.deleted_at.map(|at| at + RESTORABLE);
    let denial = |action: Action| op.denial(action.for_group(row.assignable_to_role), &target);
    let denied = Denied {
        edit: denial(Action::UpdateGroups)?,
        delete: denial(Action::DeleteGroups)?,
        restore: match restorable_until {
            Some(until) if until <= op.now => Some("The 30 days in which it could be done are over.".into()),
            _ => denial(Action::RestoreGroups)?,
        },
    };
    encode(GroupDetail {
        id,
        name: row.display_name,
        description: row.description.unwrap_or_default(),
        assignable: row.assignable_to_role,
        created_at: row.created_at,
        deleted_at: row.deleted_at,
        restorable_until,
        denied,
    })
}

/// The page of a group.
#[component]
pub fn GroupPage() -> impl IntoView {
    let id = param("id");
    // Another group is another page: what was said about the one before is not said here.
    move || view! { <GroupWithId id=id.get() /> }
}

#[component]
fn GroupWithId(id: String) -> impl IntoView {
    let tab = param("tab");
    let acts = Acts::new();
    let update = use_form::<UpdateGroup>();
    let (id, text) = (id.parse().ok(), id);
    let group = page_data(move || text.clone(), get_group);
    let header = loaded(group, move |group| view! { <GroupHeader group tab /> });
    let content = move || {
        let path = |id| paths::group_tab(id, &tab.get());
        let members = |relation, id: PrincipalId| {
            view! { <Members relation of=id.as_uuid() path=path(id) /> }.into_any()
        };
        match (tab.get().as_str(), id) {
            ("", _) | (_, None) => {
                with_header(group, move |group| view! { <Overview group acts /> }).into_any()
            }
            ("members", Some(id)) => members(Relation::Member, id),
            ("owners", Some(id)) => members(Relation::Owner, id),
            ("assigned-roles", Some(id)) => view! { <AssignedRoles principal=id path=path(id) /> }.into_any(),
            ("audit-logs", Some(id)) => view! { <AuditLogs target=id path=path(id) /> }.into_any(),
            ("edit", _) => {
                with_header(group, move |group| view! { <EditGroup group form=update /> }).into_any()
            }
            _ => view! { <NotFound /> }.into_any(),
        }
    };
    view! {
        {header}
        {content}
    }
}

#[component]
fn GroupHeader(group: GroupDetail, tab: Signal<String>) -> impl IntoView {
    let (id, name) = (group.id, group.name.clone());
    let is_at = move |slug: &'static str| Signal::derive(move || tab.with(|tab| tab == slug));
    view! {
        <Title text=name.clone() />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Groups".into(), Some(paths::GROUPS.into())),
            (name.clone(), None),
        ] />
        <PageHeader title=name.clone() subtitle=Some("Group".into()) icon="group">
            {group.deleted_at.map(|_| view! { <Badge kind=BadgeKind::Danger>"Deleted"</Badge> })}
            {group.assignable.then(|| view! { <Badge kind=BadgeKind::Brand>"Roles can be assigned"</Badge> })}
        </PageHeader>
        <Tabs label=name>
            <Tab href=paths::group(id) selected=is_at("") label="Overview" />
            <Tab href=paths::group_tab(id, "members") selected=is_at("members") label="Members" />
            <Tab href=paths::group_tab(id, "owners") selected=is_at("owners") label="Owners" />
            <Tab href=paths::group_tab(id, "assigned-roles") selected=is_at("assigned-roles") label="Assigned roles" />
            <Tab href=paths::group_tab(id, "audit-logs") selected=is_at("audit-logs") label="Audit logs" />
        </Tabs>
    }
    .into_any()
}
