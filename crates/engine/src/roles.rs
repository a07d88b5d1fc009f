//! The roles: the built-in ones, and what each permits.

use crate::{Error, Operation, Result};
use serde::Deserialize;
use std::collections::HashMap;
use stint_domain::{
    authz::{Action, ActionSet, Target},
    id::RoleId,
    role::{GROUP_MEMBER, GROUP_OWNER, Provider, Role, ScopeType},
};
use stint_store::{Database, role};

static DIRECTORY_ROLES: &str = include_str!("../data/directory_roles.json");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Published {
    id: RoleId,
    name: String,
    description: String,
    is_privileged: bool,
    is_assignable: bool,
    scope_types: Vec<ScopeType>,
    permissions: Vec<String>,
}

/// The built-in roles as they come with this version.
fn built_in() -> Result<Vec<Role>> {
    let published: Vec<Published> =
        serde_json::from_str(DIRECTORY_ROLES).map_err(stint_store::Error::from)?;
    let group = |id, name: &str, description: &str| Role {
        id,
        provider: Provider::Group,
        name: name.to_owned(),
        description: description.to_owned(),
        is_builtin: true,
        is_privileged: false,
        is_assignable: true,
        scope_types: Vec::new(),
        permissions: Vec::new(),
    };
    let mut roles = vec![
        group(GROUP_MEMBER, "Member", "Is in the group and has what the group has."),
        group(GROUP_OWNER, "Owner", "Manages the group and its members."),
    ];
    roles.extend(published.into_iter().map(|role| Role {
        id: role.id,
        provider: Provider::Directory,
        name: role.name,
        description: role.description,
        is_builtin: true,
        is_privileged: role.is_privileged,
        is_assignable: role.is_assignable,
        scope_types: role.scope_types,
        permissions: role.permissions,
    }));
    Ok(roles)
}

/// All roles with what they permit, kept in memory: there are some hundreds and they change with a version of Stint.
#[derive(Debug)]
pub struct Catalogue {
    roles: HashMap<RoleId, (Role, ActionSet)>,
}

impl Catalogue {
    /// Brings the built-in roles up to date and reads all.
    pub(crate) async fn load(database: &Database) -> Result<Self> {
        let mut tx = database.begin().await?;
        let known: HashMap<_, _> =
            role::list(&mut tx).await?.into_iter().map(|role| (role.id, role)).collect();
        for built_in in built_in()? {
            if known.get(&built_in.id) != Some(&built_in) {
                role::put(&mut tx, &built_in).await?;
            }
        }
        let roles = role::list(&mut tx).await?;
        tx.commit().await?;
        let with_actions = |role: Role| {
            let actions = ActionSet::permitted_by(role.permissions.iter().map(String::as_str));
            (role.id, (role, actions))
        };
        Ok(Self { roles: roles.into_iter().map(with_actions).collect() })
    }

    /// A role and what it permits.
    pub fn find(&self, id: RoleId) -> Option<(&Role, ActionSet)> {
        self.roles.get(&id).map(|(role, actions)| (role, *actions))
    }

    /// The directory roles that allow an action.
    pub fn list_with(&self, action: Action) -> Vec<RoleId> {
        let allows = |(role, actions): &&(Role, ActionSet)| {
            role.provider == Provider::Directory && actions.contains(action)
        };
        self.roles.values().filter(allows).map(|(role, _)| role.id).collect()
    }

    /// A role that must be there.
    pub fn get(&self, id: RoleId) -> Result<&Role> {
        self.find(id).map(|(role, _)| role).ok_or(Error::NotFound)
    }

    /// The roles of a provider, by name.
    pub fn list(&self, provider: Provider) -> Vec<&Role> {
        let mut roles: Vec<_> =
            self.roles.values().map(|(role, _)| role).filter(|role| role.provider == provider).collect();
        roles.sort_by_key(|role| role.name.to_lowercase());
        roles
    }

    /// The roles whose name has a word with this beginning, in lower case.
    pub fn list_with_word(&self, beginning: &str) -> Vec<RoleId> {
        let has = |role: &Role| {
            let name = role.name.to_lowercase();
            name.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(beginning))
        };
        self.roles.values().filter(|(role, _)| has(role)).map(|(role, _)| role.id).collect()
    }

    /// The roles whose name has `search` in it.
    pub fn search(&self, provider: Provider, search: &str) -> Vec<&Role> {
        let search = search.trim().to_lowercase();
        let mut roles = self.list(provider);
        roles.retain(|role| role.name.to_lowercase().contains(&search));
        roles
    }
}

/// The directory roles.
pub fn list(op: &Operation, search: &str) -> Result<Vec<Role>> {
    op.require(Action::ReadRoles, &Target::directory())?;
    Ok(op.engine.catalogue.search(Provider::Directory, search).into_iter().cloned().collect())
}

/// One role.
pub fn get(op: &Operation, id: RoleId) -> Result<Role> {
    op.require(Action::ReadRoles, &Target::directory())?;
    op.engine.catalogue.get(id).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_privileged_roles_are_roles_that_allow_it() {
        let roles = built_in().unwrap();
        for &action in Action::ALL {
            for name in action.least_privileged_roles() {
                let role = roles
                    .iter()
                    .find(|role| role.name == *name)
                    .unwrap_or_else(|| panic!("there is no {name}"));
                assert!(
                    role.permissions.iter().any(|p| p == action.permission()),
                    "{name} does not allow {action:?}"
                );
            }
        }
    }

    #[test]
    fn permissions_of_what_stint_holds_are_ones_that_it_enforces() {
        const HELD: [&str; 9] = [
            "users",
            "privilegedUsers",
            "groupsAssignableToRoles",
            "servicePrincipals",
            "administrativeUnits",
            "roleAssignments",
            "roleManagementPolicies",
            "auditLogs",
            "roleManagementAlerts",
        ];
        for role in built_in().unwrap() {
            for permission in &role.permissions {
                let held =
                    permission.strip_prefix("microsoft.directory/").and_then(|rest| rest.split_once('/'));
                if held.is_some_and(|(resource, _)| HELD.contains(&resource)) {
                    assert!(Action::from_permission(permission).is_some(), "{}: {permission}", role.name);
                }
            }
        }
    }

    #[test]
    fn a_role_that_raises_authority_is_marked_privileged() {
        let raising = [
            Action::UpdateRoleAssignments,
            Action::UpdateRoleSettings,
            Action::UpdatePrivilegedUsers,
            Action::UpdateRoleAssignableGroups,
        ];
        for role in built_in().unwrap() {
            let actions = ActionSet::permitted_by(role.permissions.iter().map(String::as_str));
            assert!(
                role.is_privileged || !raising.iter().any(|&action| actions.contains(action)),
                "{}",
                role.name
            );
        }
    }
}
