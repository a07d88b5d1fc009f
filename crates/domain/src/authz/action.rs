//! The actions that Stint itself enforces, each under a permission's published name.

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident $permission:literal $verb:literal [$($role:literal),*];)+) => {
        /// Something that can be done in Stint.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Action {
            $($(#[$doc])* $name,)+
        }

        impl Action {
            /// All actions.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The permission that a role lists to allow it.
            pub const fn permission(self) -> &'static str {
                match self { $(Self::$name => $permission,)+ }
            }

            /// What it is, after "You may not ".
            pub const fn verb(self) -> &'static str {
                match self { $(Self::$name => $verb,)+ }
            }

            /// The built-in roles with the least other rights that allow it.
            pub const fn least_privileged_roles(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($role),*],)+ }
            }
        }
    };
}

actions! {
    /// See users.
    ReadUsers "microsoft.directory/users/standard/read" "see users" ["Directory Readers"];
    /// Create users.
    CreateUsers "microsoft.directory/users/create" "create users" ["User Administrator"];
    /// Change a user's properties.
    UpdateUsers "microsoft.directory/users/basic/update" "edit this user" ["User Administrator"];
    /// Stop a user from signing in.
    DisableUsers "microsoft.directory/users/disable" "disable this user" ["User Administrator"];
    /// Let a user sign in again.
    EnableUsers "microsoft.directory/users/enable" "enable this user" ["User Administrator"];
    /// Delete users.
    DeleteUsers "microsoft.directory/users/delete" "delete this user" ["User Administrator"];
    /// Restore deleted users.
    RestoreUsers "microsoft.directory/users/restore" "restore deleted users" ["User Administrator"];
    /// Reset passwords.
    UpdatePasswords "microsoft.directory/users/password/update" "reset this user's password" ["Helpdesk Administrator", "User Administrator"];
    /// End a user's sessions.
    RevokeSessions "microsoft.directory/users/invalidateAllRefreshTokens" "revoke this user's sessions" ["Helpdesk Administrator", "User Administrator"];
    /// The sensitive of the above, done to people who hold privileged roles.
    UpdatePrivilegedUsers "microsoft.directory/privilegedUsers/sensitive/update" "change people who hold privileged roles" ["Privileged Authentication Administrator"];
    /// See groups.
    ReadGroups "microsoft.directory/groups/standard/read" "see groups" ["Directory Readers"];
    /// Create groups.
    CreateGroups "microsoft.directory/groups/create" "create groups" ["Groups Administrator"];
    /// Change a group's properties.
    UpdateGroups "microsoft.directory/groups/basic/update" "edit this group" ["Groups Administrator"];
    /// Delete groups.
    DeleteGroups "microsoft.directory/groups/delete" "delete this group" ["Groups Administrator"];
    /// Restore deleted groups.
    RestoreGroups "microsoft.directory/groups/restore" "restore deleted groups" ["Groups Administrator"];
    /// Change who is in a group.
    UpdateGroupMembers "microsoft.directory/groups/members/update" "change the members of this group" ["Groups Administrator"];
    /// Change who owns a group.
    UpdateGroupOwners "microsoft.directory/groups/owners/update" "change the owners of this group" ["Groups Administrator"];
    /// Create and change groups that roles can be assigned to.
    UpdateRoleAssignableGroups "microsoft.directory/groupsAssignableToRoles/allProperties/update" "change groups that roles can be assigned to" ["Privileged Role Administrator"];
    /// See service principals.
    ReadServicePrincipals "microsoft.directory/servicePrincipals/standard/read" "see service principals" ["Directory Readers"];
    /// Create service principals.
    CreateServicePrincipals "microsoft.directory/servicePrincipals/create" "create service principals" ["Cloud Application Administrator"];
    /// Change a service principal's properties.
    UpdateServicePrincipals "microsoft.directory/servicePrincipals/basic/update" "edit this service principal" ["Cloud Application Administrator"];
    /// Stop a service principal.
    DisableServicePrincipals "microsoft.directory/servicePrincipals/disable" "disable this service principal" ["Cloud Application Administrator"];
    /// Let a service principal act again.
    EnableServicePrincipals "microsoft.directory/servicePrincipals/enable" "enable this service principal" ["Cloud Application Administrator"];
    /// Delete service principals.
    DeleteServicePrincipals "microsoft.directory/servicePrincipals/delete" "delete this service principal" ["Cloud Application Administrator"];
    /// See administrative units.
    ReadAdministrativeUnits "microsoft.directory/administrativeUnits/standard/read" "see administrative units" ["Directory Readers"];
    /// Create administrative units.
    CreateAdministrativeUnits "microsoft.directory/administrativeUnits/create" "create administrative units" ["Privileged Role Administrator"];
    /// Change an administrative unit's properties.
    UpdateAdministrativeUnits "microsoft.directory/administrativeUnits/basic/update" "edit this administrative unit" ["Privileged Role Administrator"];
    /// Delete administrative units.
    DeleteAdministrativeUnits "microsoft.directory/administrativeUnits/delete" "delete this administrative unit" ["Privileged Role Administrator"];
    /// Change who is in an administrative unit.
    UpdateAdministrativeUnitMembers "microsoft.directory/administrativeUnits/members/update" "change the members of this administrative unit" ["Privileged Role Administrator"];
    /// See roles and what they permit.
    ReadRoles "microsoft.directory/roleDefinitions/standard/read" "see roles" ["Directory Readers"];
    /// See who holds what.
    ReadRoleAssignments "microsoft.directory/roleAssignments/standard/read" "see role assignments" ["Security Reader", "Global Reader"];
    /// Assign roles, change and remove assignments.
    UpdateRoleAssignments "microsoft.directory/roleAssignments/update" "assign roles" ["Privileged Role Administrator"];
    /// See roles' settings.
    ReadRoleSettings "microsoft.directory/roleManagementPolicies/standard/read" "see role settings" ["Security Reader", "Global Reader"];
    /// Change roles' settings.
    UpdateRoleSettings "microsoft.directory/roleManagementPolicies/update" "change role settings" ["Privileged Role Administrator"];
    /// Read the audit log.
    ReadAuditLog "microsoft.directory/auditLogs/allProperties/read" "read the audit log" ["Reports Reader", "Security Reader"];
    /// Read who signed in.
    ReadSignIns "microsoft.directory/signInReports/allProperties/read" "read the sign-in log" ["Reports Reader", "Security Reader"];
    /// See access reviews.
    ReadAccessReviews "microsoft.directory/accessReviews/read" "see access reviews" ["Security Reader"];
    /// Create and change access reviews.
    UpdateAccessReviews "microsoft.directory/accessReviews/update" "change access reviews" ["Privileged Role Administrator"];
    /// See alerts.
    ReadAlerts "microsoft.directory/roleManagementAlerts/read" "see alerts" ["Security Reader"];
    /// Configure and fix alerts.
    UpdateAlerts "microsoft.directory/roleManagementAlerts/update" "change alerts" ["Privileged Role Administrator"];
    /// Activate and deactivate one's own roles. No role gives this for others.
    ActivateRoles "stint/ownRoles/activate" "activate roles for somebody else" [];
    /// Approve or deny a request. The role's settings give this, not a role.
    DecideRequests "stint/requests/decide" "decide this request" [];
}

impl Action {
    /// The action that is wanted on top where the target is protected.
    pub const fn guard(self) -> Option<Self> {
        match self {
            Self::UpdateUsers
            | Self::DisableUsers
            | Self::EnableUsers
            | Self::DeleteUsers
            | Self::RestoreUsers
            | Self::UpdatePasswords
            | Self::RevokeSessions => Some(Self::UpdatePrivilegedUsers),
            _ => None,
        }
    }

    /// The action that is asked for instead where the group is one that roles can be assigned to.
    #[must_use]
    pub const fn for_group(self, assignable_to_role: bool) -> Self {
        match self {
            Self::CreateGroups
            | Self::UpdateGroups
            | Self::DeleteGroups
            | Self::RestoreGroups
            | Self::UpdateGroupMembers
            | Self::UpdateGroupOwners
                if assignable_to_role =>
            {
                Self::UpdateRoleAssignableGroups
            }
            action => action,
        }
    }

    /// What every person in the directory may do (Entra's default user permissions).
    pub const fn is_everybodys(self) -> bool {
        matches!(
            self,
            Self::ReadUsers
                | Self::ReadGroups
                | Self::ReadServicePrincipals
                | Self::ReadAdministrativeUnits
                | Self::ReadRoles
        )
    }

    /// What everybody may do where the target is themselves.
    pub const fn is_ones_own(self) -> bool {
        matches!(
            self,
            Self::ReadRoleAssignments | Self::ReadAuditLog | Self::ReadSignIns | Self::ActivateRoles
        )
    }

    /// What the owner of a group may do to it.
    pub const fn is_owners(self) -> bool {
        matches!(
            self,
            Self::UpdateGroups
                | Self::UpdateGroupMembers
                | Self::UpdateGroupOwners
                | Self::UpdateRoleAssignableGroups
        )
    }

    /// What the approvers of a request may do to it.
    pub const fn is_approvers(self) -> bool {
        matches!(self, Self::DecideRequests)
    }

    /// The action with this permission's name.
    pub fn from_permission(permission: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.permission() == permission)
    }
}

/// A set of actions: one word, so that a decision costs nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ActionSet(u64);

impl ActionSet {
    /// Whether the set has this action.
    pub const fn contains(self, action: Action) -> bool {
        self.0 & (1 << action as u8) != 0
    }

    /// The actions that a role's permissions allow; names that Stint does not enforce are passed over.
    pub fn permitted_by<'a>(permissions: impl IntoIterator<Item = &'a str>) -> Self {
        permissions.into_iter().filter_map(Action::from_permission).collect()
    }
}

impl FromIterator<Action> for ActionSet {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        Self(actions.into_iter().fold(0, |set, action| set | (1 << action as u8)))
    }
}

const _: () = assert!(Action::ALL.len() <= 64);
