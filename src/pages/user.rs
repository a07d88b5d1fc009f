//! A user: what is known about them, what they are in, and what can be done to them.

mod edit;
mod memberships;
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
        not_found::NotFound,
    },
    paths,
};
use chrono::{DateTime, Utc};
use edit::{EditUser, UpdateUser};
use leptos::prelude::*;
use leptos_meta::Title;
use memberships::{GroupsOf, UnitsOf};
use overview::{Acts, Overview, SignInActs};
use serde::{Deserialize, Serialize};
use stint_domain::id::PrincipalId;

/// A user with everything that their page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDetail {
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
    /// Whether they hold, or may activate, a privileged role.
    pub is_privileged: bool,
    /// When they were made.
    pub created_at: DateTime<Utc>,
    /// When they were deleted.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Until when they can be restored.
    pub restorable_until: Option<DateTime<Utc>>,
    /// How many groups they are directly in, in words.
    pub groups: String,
    /// What they can confirm with that it is them, in words; nothing where the person who looks may not know.
    pub security_info: Option<String>,
    /// Whether it is the person who is signed in.
    pub is_own: bool,
    /// What may not be done to them.
    pub denied: Denied,
}

/// Why the person who looks may not do this or that to a user; nothing where they may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denied {
    /// Change the properties.
    pub edit: Option<String>,
    /// Reset the password.
    pub reset_password: Option<String>,
    /// End their sessions.
    pub revoke_sessions: Option<String>,
    /// Stop from signing in.
    pub disable: Option<String>,
    /// Let sign in again.
    pub enable: Option<String>,
    /// Delete.
    pub delete: Option<String>,
    /// Bring back.
    pub restore: Option<String>,
}

/// A user, and what may be done to them.
#[server(endpoint = "get_user")]
pub async fn get_user(id: String) -> Result<Encoded<UserDetail>, AppError> {
    use crate::encoded::encode;
    use stint_domain::authz::Action;
    use stint_engine::{
        store::PageRequest,
        users::{self, RESTORABLE},
    };
    let id = super::principals::id_in_address(&id)?;
    let mut op = crate::server::read().await?;
    let (row, target) = users::get(&mut op, id).await?;
    let groups = users::groups_of(&mut op, id, &PageRequest::first()).await?;
    let security_info = stint_engine::second_factor::list_of(&mut op, id).await.ok();
    let accounts = stint_engine::openid_connect::list_of(&mut op, id).await.unwrap_or_default();
    let restorable_until = row.deleted_at.map(|at| at + RESTORABLE);
    let denied = Denied {
        edit: op.denial(Action::UpdateUsers, &target)?,
        reset_password: op.denial(Action::UpdatePasswords, &target)?,
        revoke_sessions: op.denial(Action::RevokeSessions, &target)?,
        disable: op.denial(Action::DisableUsers, &target)?,
        enable: op.denial(Action::EnableUsers, &target)?,
        delete: op.denial(Action::DeleteUsers, &target)?,
        restore: match restorable_until {
            Some(until) if until <= op.now => Some("The 30 days in which it could be done are over.".into()),
            _ => op.denial(Action::RestoreUsers, &target)?,
        },
    };
    encode(UserDetail {
        id,
        security_info: security_info.map(|methods| in_words(&methods, &accounts)),
        is_own: op.actor()?.id == id,
        name: row.display_name,
        user_name: row.user_name.unwrap_or_default(),
        job_title: row.job_title.unwrap_or_default(),
        department: row.department.unwrap_or_default(),
        enabled: row.enabled,
        is_privileged: target.is_protected,
        created_at: row.created_at,
        deleted_at: row.deleted_at,
        restorable_until,
        groups: memberships::count_in_words(groups.items.len(), groups.next.is_some()),
        denied,
    })
}

/// "Authenticator app, 2 passkeys, 9 recovery codes, account of Contoso", "Nothing".
#[cfg(feature = "ssr")]
fn in_words(
    methods: &stint_engine::second_factor::Methods,
    accounts: &[stint_engine::openid_connect::Account],
) -> String {
    let count = |count: usize, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {one}s")),
    };
    let codes = usize::try_from(methods.recovery_codes).unwrap_or_default();
    let words: Vec<_> = [
        methods.totp.map(|_| "Authenticator app".to_owned()),
        count(methods.passkeys.len(), "passkey"),
        count(codes, "recovery code"),
    ]
    .into_iter()
    .flatten()
    .chain(accounts.iter().map(|account| format!("account of {}", account.name)))
    .collect();
    if words.is_empty() { "Nothing".to_owned() } else { words.join(", ") }
}

/// The page of a user.
#[component]
pub fn UserPage() -> impl IntoView {
    let id = param("id");
    // Another user is another page: what was said about the one before is not said here.
    move || view! { <UserWithId id=id.get() /> }
}

#[component]
fn UserWithId(id: String) -> impl IntoView {
    let tab = param("tab");
    let (acts, sign_in) = (Acts::new(), SignInActs::new());
    let update = use_form::<UpdateUser>();
    let (id, text) = (id.parse().ok(), id);
    let user = page_data(move || text.clone(), get_user);
    let header = loaded(user, move |user| view! { <UserHeader user tab /> });
    let content = move || {
        let path = |id| paths::user_tab(id, &tab.get());
        match (tab.get().as_str(), id) {
            ("", _) | (_, None) => {
                with_header(user, move |user| view! { <Overview user acts sign_in /> }).into_any()
            }
            ("assigned-roles", Some(id)) => view! { <AssignedRoles principal=id path=path(id) /> }.into_any(),
            ("groups", Some(id)) => view! { <GroupsOf member=id path=path(id) /> }.into_any(),
            ("administrative-units", Some(id)) => view! { <UnitsOf member=id /> }.into_any(),
            ("audit-logs", Some(id)) => view! { <AuditLogs target=id path=path(id) /> }.into_any(),
            ("edit", _) => with_header(user, move |user| view! { <EditUser user form=update /> }).into_any(),
            _ => view! { <NotFound /> }.into_any(),
        }
    };
    view! {
        {header}
        {content}
    }
}

#[component]
fn UserHeader(user: UserDetail, tab: Signal<String>) -> impl IntoView {
    let (id, name) = (user.id, user.name.clone());
    let is_at = move |slug: &'static str| Signal::derive(move || tab.with(|tab| tab == slug));
    view! {
        <Title text=name.clone() />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Users".into(), Some(paths::USERS.into())),
            (name.clone(), None),
        ] />
        <PageHeader title=name.clone() subtitle=Some(user.user_name) icon="person">
            {(!user.enabled).then(|| view! { <Badge kind=BadgeKind::Warning>"Disabled"</Badge> })}
            {user.deleted_at.map(|_| view! { <Badge kind=BadgeKind::Danger>"Deleted"</Badge> })}
            {user.is_privileged.then(|| view! { <Badge kind=BadgeKind::Brand>"Privileged"</Badge> })}
        </PageHeader>
        <Tabs label=name>
            <Tab href=paths::user(id) selected=is_at("") label="Overview" />
            <Tab href=paths::user_tab(id, "assigned-roles") selected=is_at("assigned-roles") label="Assigned roles" />
            <Tab href=paths::user_tab(id, "groups") selected=is_at("groups") label="Groups" />
            <Tab
                href=paths::user_tab(id, "administrative-units")
                selected=is_at("administrative-units")
                label="Administrative units"
            />
            <Tab href=paths::user_tab(id, "audit-logs") selected=is_at("audit-logs") label="Audit logs" />
        </Tabs>
    }
    .into_any()
}
