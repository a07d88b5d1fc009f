//! The directory roles: what each permits, who holds it, and the settings that it is given under.

mod edit_settings;
mod settings;
mod settings_history;

pub use edit_settings::SettingsForm;

use self::{edit_settings::EditSettingsTab, settings::RoleSettingsTab, settings_history::SettingsHistoryTab};
use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        Badge, BadgeKind, Breadcrumb, Button, CommandBar, CommandLink, EmptyState, Fact, Facts, FilterBar,
        PageHeader, QueryForm, Section, Select, Tab, Table, Tabs, TextInput,
    },
    error::AppError,
    form::use_form,
    pages::{
        assignment_table::{AssignmentList, AssignmentListing, RemoveAssignment, use_place},
        loaded::{Problem, loaded, param, query},
        not_found::NotFound,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::{
    authz::Action,
    id::RoleId,
    role::{Role, ScopeType},
};

/// A role in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleItem {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// What a holder may do.
    pub description: String,
    /// Whether it came with Stint.
    pub is_builtin: bool,
    /// Whether it is privileged.
    pub is_privileged: bool,
}

impl From<Role> for RoleItem {
    fn from(role: Role) -> Self {
        Self {
            id: role.id,
            name: role.name,
            description: role.description,
            is_builtin: role.is_builtin,
            is_privileged: role.is_privileged,
        }
    }
}

/// The directory roles by name. `privileged` is `yes`, `no` or nothing.
#[server(endpoint = "list_roles")]
pub async fn list_roles(q: String, privileged: String) -> Result<Encoded<Vec<RoleItem>>, AppError> {
    use crate::encoded::encode;
    let op = crate::server::read().await?;
    let roles = stint_engine::roles::list(&op, &q)?;
    let fits = |role: &Role| match privileged.as_str() {
        "yes" => role.is_privileged,
        "no" => !role.is_privileged,
        _ => true,
    };
    encode(roles.into_iter().filter(fits).map(Into::into).collect())
}

/// One role.
#[server(endpoint = "get_role")]
pub async fn get_role(id: String) -> Result<Encoded<Role>, AppError> {
    use crate::encoded::encode;
    let id = id.parse().map_err(|_| crate::server::operation::answer(AppError::NotFound))?;
    let op = crate::server::read().await?;
    encode(stint_engine::roles::get(&op, id)?)
}

/// The assignments of one role. `tab` is `eligible`, `active` or `expired`.
#[server(endpoint = "list_role_assignments")]
pub async fn list_role_assignments(
    id: RoleId,
    tab: String,
    kind: String,
    after: String,
) -> Result<Encoded<AssignmentList>, AppError> {
    use crate::encoded::encode;
    use stint_engine::{assignments, store::PageRequest};
    let mut op = crate::server::read().await?;
    let tab = super::assignment_table::tab(&tab, &kind);
    stint_engine::roles::get(&op, id)?;
    let page = assignments::of_role(&mut op, id, tab, &PageRequest::after(Some(after))).await?;
    encode(AssignmentList::of(&op, page)?)
}

/// The list of roles.
#[component]
pub fn Roles() -> impl IntoView {
    let (q, privileged) = (query("q"), query("privileged"));
    let list = page_data(move || (q.get(), privileged.get()), |(q, privileged)| list_roles(q, privileged));
    view! {
        <Title text="Roles" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("Roles".into(), None)] />
        <PageHeader title="Roles" subtitle=Some("What can be assigned".into()) icon="key" />
        {loaded(list, move |roles| view! { <RoleListing roles q=q.get_untracked() privileged=privileged.get_untracked() /> })}
    }
    .into_any()
}

#[component]
fn RoleListing(roles: Vec<RoleItem>, q: String, privileged: String) -> impl IntoView {
    let choices = vec![
        (String::new(), "Privileged or not".to_owned()),
        ("yes".to_owned(), "Privileged".to_owned()),
        ("no".to_owned(), "Not privileged".to_owned()),
    ];
    let found = match roles.len() {
        1 => "1 role".to_owned(),
        count => format!("{count} roles"),
    };
    let table = if roles.is_empty() {
        view! { <EmptyState icon="key" title="No results"><p>"No role fits this search."</p></EmptyState> }
            .into_any()
    } else {
        view! { <RoleTable roles /> <p class="secondary">{found}</p> }.into_any()
    };
    view! {
        <CommandBar>
            <CommandLink href=paths::ASSIGNMENTS icon="assignment" label="Assignments" />
            <CommandLink href=paths::COMPARE_SETTINGS icon="settings" label="Compare settings" />
            <CommandLink href=paths::APPLY_SETTINGS icon="copy" label="Apply settings to many" />
            <CommandLink href=paths::TRANSFER_SETTINGS icon="download" label="Export and import" />
            <CommandLink href=paths::AUTHENTICATION_CONTEXTS icon="lock" label="Authentication contexts" />
        </CommandBar>
        <QueryForm action=paths::ROLES class="filter-bar">
            <FilterBar>
                <TextInput id="q" name="q" value=q kind="search" placeholder=Some("Search by name".to_owned()) aria_label=Some("Search roles".to_owned()) />
                <Select id="privileged" name="privileged" options=choices value=privileged aria_label=Some("Privileged".to_owned()) />
                <Button submit=true>"Search"</Button>
            </FilterBar>
        </QueryForm>
        {table}
    }
    .into_any()
}

#[component]
fn RoleTable(roles: Vec<RoleItem>) -> impl IntoView {
    let row = |role: RoleItem| {
        view! {
            <tr>
                <td data-label="Role">
                    <span class="cluster">
                        <a href=paths::role(role.id)>{role.name}</a>
                        {role.is_privileged.then(|| view! { <Badge kind=BadgeKind::Warning>"PRIVILEGED"</Badge> })}
                    </span>
                </td>
                <td data-label="Description">{role.description}</td>
                <td data-label="Type" class="nowrap">{type_of(role.is_builtin)}</td>
            </tr>
        }
    };
    view! {
        <Table caption="Roles">
            <thead>
                <tr>
                    <th scope="col">"Role"</th>
                    <th scope="col">"Description"</th>
                    <th scope="col">"Type"</th>
                </tr>
            </thead>
            <tbody>{roles.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
    .into_any()
}

const fn type_of(is_builtin: bool) -> &'static str {
    if is_builtin { "Built-in" } else { "Custom" }
}

/// One role: what it permits, who holds it, its settings.
#[component]
pub fn RolePage() -> impl IntoView {
    let (id, tab) = (param("id"), param("tab"));
    let role = page_data(move || id.get(), get_role);
    // The tabs stand beside the header, not inside what waits for it: what waits is rendered anew, and would fetch anew.
    let header = move || {
        Suspend::new(async move { role.get().await.ok().map(|role| view! { <RoleHeader role tab /> }) })
    };
    view! {
        <Title text="Role" />
        <Transition>{header}</Transition>
        {move || match (tab.get().as_str(), id.get().parse()) {
            ("assignments", Ok(id)) => view! { <RoleAssignments id /> }.into_any(),
            ("settings", Ok(id)) => view! { <RoleSettingsTab id /> }.into_any(),
            ("edit-settings", Ok(id)) => view! { <EditSettingsTab id /> }.into_any(),
            ("settings-history", Ok(id)) => view! { <SettingsHistoryTab id /> }.into_any(),
            ("", _) | (_, Err(_)) => loaded(role, |role| view! { <RoleDescription role /> }).into_any(),
            _ => view! { <NotFound /> }.into_any(),
        }}
    }
    .into_any()
}

#[component]
fn RoleHeader(role: Role, tab: Signal<String>) -> impl IntoView {
    let selected = move |name: &'static str| Signal::derive(move || tab.get() == name);
    view! {
        <Title text=role.name.clone() />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Roles".into(), Some(paths::ROLES.into())),
            (role.name.clone(), None),
        ] />
        <PageHeader title=role.name subtitle=Some("Role".into()) icon="key">
            {role.is_privileged.then(|| view! { <Badge kind=BadgeKind::Warning>"PRIVILEGED"</Badge> })}
        </PageHeader>
        <Tabs label="Role">
            <Tab href=paths::role(role.id) selected=selected("") label="Description" />
            <Tab href=paths::role_tab(role.id, "assignments") selected=selected("assignments") label="Assignments" />
            <Tab
                href=paths::role_tab(role.id, "settings")
                selected=Signal::derive(move || tab.with(|tab| tab.contains("settings")))
                label="Settings"
            />
        </Tabs>
    }
    .into_any()
}

#[component]
fn RoleDescription(role: Role) -> impl IntoView {
    let yes = |yes: bool| if yes { "Yes" } else { "No" };
    let scopes: Vec<_> = role.scope_types.iter().copied().map(ScopeType::label).collect();
    let row = |permission: String| {
        let enforced = Action::from_permission(&permission).is_some();
        view! {
            <tr>
                <td data-label="Permission"><code class="mono">{permission}</code></td>
                <td data-label="Enforced by Stint">
                    {if enforced {
                        view! { <Badge kind=BadgeKind::Success>"Yes"</Badge> }.into_any()
                    } else {
                        view! { <span class="secondary">"No, elsewhere"</span> }.into_any()
                    }}
                </td>
            </tr>
        }
    };
    let permissions = if role.permissions.is_empty() {
        view! { <EmptyState icon="key" title="No results"><p>"This role has no permissions of its own."</p></EmptyState> }
            .into_any()
    } else {
        view! {
            <Table caption="Permissions">
                <thead><tr><th scope="col">"Permission"</th><th scope="col">"Enforced by Stint"</th></tr></thead>
                <tbody>{role.permissions.into_iter().map(row).collect_view()}</tbody>
            </Table>
        }
        .into_any()
    };
    view! {
        <p class="prose">{role.description}</p>
        <Facts>
            <Fact label="Template ID"><code class="mono">{role.id.to_string()}</code></Fact>
            <Fact label="Type">{type_of(role.is_builtin)}</Fact>
            <Fact label="Privileged">{yes(role.is_privileged)}</Fact>
            <Fact label="Can be assigned">{yes(role.is_assignable)}</Fact>
            <Fact label="Scope types">{if scopes.is_empty() { "Its own group".to_owned() } else { scopes.join(", ") }}</Fact>
        </Facts>
        <Section
            title="Role permissions"
            subtitle=Some("Stint enforces what it holds itself; the other permissions count in the systems that ask Stint who holds the role.".into())
        >
            {permissions}
        </Section>
    }
    .into_any()
}

#[component]
fn RoleAssignments(id: RoleId) -> impl IntoView {
    let place = use_place(paths::role_tab(id, "assignments"));
    let form = use_form::<RemoveAssignment>();
    let list = page_data(
        move || place.get(),
        move |place| list_role_assignments(id, place.tab, place.kind, place.after),
    );
    let add = paths::with_query(paths::ADD_ASSIGNMENTS, &[("role", &id.to_string())]);
    view! {
        <Problem words=form.error_besides(&[]) />
        {loaded(list, move |list| view! { <AssignmentListing list place=place.get_untracked() add=add.clone() form searchable=false /> })}
    }
    .into_any()
}
