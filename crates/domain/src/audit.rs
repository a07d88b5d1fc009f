//! What the audit log can tell: the activities, under the names that Entra's log gives them where it has one.

use serde::{Deserialize, Serialize};

/// The part of the organisation that an event concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "TEXT", rename_all = "snake_case"))]
pub enum Category {
    /// Assignments, activations and settings of roles.
    RoleManagement,
    /// Users.
    UserManagement,
    /// Groups.
    GroupManagement,
    /// Service principals.
    ApplicationManagement,
    /// Administrative units.
    AdministrativeUnit,
    /// Signing in and out.
    Authentication,
}

impl Category {
    /// All categories, in the order of the filter.
    pub const ALL: [Self; 6] = [
        Self::RoleManagement,
        Self::UserManagement,
        Self::GroupManagement,
        Self::ApplicationManagement,
        Self::AdministrativeUnit,
        Self::Authentication,
    ];

    /// What it is called on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::RoleManagement => "Role management",
            Self::UserManagement => "User management",
            Self::GroupManagement => "Group management",
            Self::ApplicationManagement => "Application management",
            Self::AdministrativeUnit => "Administrative unit",
            Self::Authentication => "Authentication",
        }
    }

    /// Its name in addresses.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::RoleManagement => "role_management",
            Self::UserManagement => "user_management",
            Self::GroupManagement => "group_management",
            Self::ApplicationManagement => "application_management",
            Self::AdministrativeUnit => "administrative_unit",
            Self::Authentication => "authentication",
        }
    }
}

macro_rules! activities {
    ($($(#[$doc:meta])* $name:ident $category:ident $text:literal;)+) => {
        /// Something that happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Activity {
            $($(#[$doc])* $name,)+
        }

        impl Activity {
            /// All activities.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name in the log.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// Its name for other systems; it never changes.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// What it concerns.
            pub const fn category(self) -> Category {
                match self { $(Self::$name => Category::$category,)+ }
            }
        }
    };
}

activities! {
    /// Somebody was made eligible for ever.
    EligibleAssignedPermanent RoleManagement "Add eligible member to role in PIM completed (permanent)";
    /// Somebody was made eligible for a time.
    EligibleAssigned RoleManagement "Add eligible member to role in PIM completed (timebound)";
    /// Somebody was made active for ever.
    ActiveAssignedPermanent RoleManagement "Add member to role in PIM completed (permanent)";
    /// Somebody was made active for a time.
    ActiveAssigned RoleManagement "Add member to role in PIM completed (timebound)";
    /// The window of an eligibility changed.
    EligibleUpdated RoleManagement "Update eligible member in PIM completed";
    /// The window of an active assignment changed.
    ActiveUpdated RoleManagement "Update member in PIM completed";
    /// An eligibility was taken away.
    EligibleRemoved RoleManagement "Remove eligible member from role in PIM completed";
    /// An active assignment was taken away.
    ActiveRemoved RoleManagement "Remove member from role in PIM completed";
    /// A role was activated.
    Activated RoleManagement "Add member to role completed (PIM activation)";
    /// Somebody asked for an activation that needs approval.
    ApprovalRequested RoleManagement "Add member to role approval requested (PIM activation)";
    /// An approver said yes.
    ActivationApproved RoleManagement "Add member to role request approved (PIM activation)";
    /// All approvals of a stage are there, and the next begins. Entra has one stage and so no name for it.
    ActivationStageApproved RoleManagement "Add member to role request passed a stage (PIM activation)";
    /// An approver said no.
    ActivationDenied RoleManagement "Add member to role request denied (PIM activation)";
    /// A request was taken back, or lost its ground.
    ActivationCanceled RoleManagement "Add member to role canceled (PIM activation)";
    /// Nobody decided in time.
    ActivationExpired RoleManagement "PIM activation request expired";
    /// An activation that was running lasts longer. Entra has no such thing and so no name for it.
    ActivationExtended RoleManagement "Update member in role completed (PIM activation extended)";
    /// Another system was asked about a ticket and vouched for it, or was not needed. Entra has no such thing and so no name for it.
    TicketChecked RoleManagement "Check ticket in PIM completed";
    /// Another system was asked about a ticket, and an activation was refused for it.
    TicketRefused RoleManagement "Check ticket in PIM refused";
    /// An approver named somebody to decide in their place. Entra has no such thing and so no name for it.
    SubstituteNamed RoleManagement "Add substitute approver in PIM";
    /// An approver took that back before its time.
    SubstituteEnded RoleManagement "Remove substitute approver in PIM";
    /// Somebody asked for more time of an eligibility.
    EligibleExtensionRequested RoleManagement "Update eligible member in PIM requested (extend)";
    /// Somebody asked for more time of an active assignment.
    ActiveExtensionRequested RoleManagement "Update member in PIM requested (extend)";
    /// A request for more time of an eligibility was taken back, or lost its ground.
    EligibleExtensionCanceled RoleManagement "Update eligible member in PIM canceled (extend)";
    /// A request for more time of an active assignment was taken back, or lost its ground.
    ActiveExtensionCanceled RoleManagement "Update member in PIM canceled (extend)";
    /// Somebody asked to be eligible again.
    EligibleRenewalRequested RoleManagement "Add eligible member to role in PIM requested (renew)";
    /// Somebody asked to be active again.
    ActiveRenewalRequested RoleManagement "Add member to role in PIM requested (renew)";
    /// A request to be eligible again was taken back, or lost its ground.
    EligibleRenewalCanceled RoleManagement "Add eligible member to role in PIM canceled (renew)";
    /// A request to be active again was taken back, or lost its ground.
    ActiveRenewalCanceled RoleManagement "Add member to role in PIM canceled (renew)";
    /// Somebody was made eligible again.
    EligibleRenewed RoleManagement "Add eligible member to role in PIM completed (renew)";
    /// Somebody was made active again.
    ActiveRenewed RoleManagement "Add member to role in PIM completed (renew)";
    /// An administrator agreed to more time.
    ProlongationApproved RoleManagement "Update member in PIM approved by admin (extend/renew)";
    /// An administrator said no to more time.
    ProlongationDenied RoleManagement "Update member in PIM denied by admin (extend/renew)";
    /// Nobody decided on more time.
    ProlongationExpired RoleManagement "PIM extend or renew request expired";
    /// The rules of a role were changed.
    RoleSettingsUpdated RoleManagement "Update role setting in PIM";
    /// A role was given back.
    Deactivated RoleManagement "Remove member from role completed (PIM deactivate)";
    /// An activation ended because its ground was taken away.
    ActivationEnded RoleManagement "Remove member from role (PIM activation ended)";
    /// A user was created.
    UserCreated UserManagement "Add user";
    /// A user was changed.
    UserUpdated UserManagement "Update user";
    /// A user was enabled.
    UserEnabled UserManagement "Enable account";
    /// A user was disabled.
    UserDisabled UserManagement "Disable account";
    /// A user was deleted.
    UserDeleted UserManagement "Delete user";
    /// A user was restored.
    UserRestored UserManagement "Restore user";
    /// A password was reset by an administrator.
    PasswordReset UserManagement "Reset user password";
    /// Somebody changed their own password.
    PasswordChanged UserManagement "Change password (self-service)";
    /// Somebody asked for a link to reset their password, or somebody else did in their name.
    PasswordResetRequested UserManagement "Request password reset (self-service)";
    /// Somebody reset their own password by a link that was mailed to them.
    PasswordResetByLink UserManagement "Reset password (self-service)";
    /// A person's sessions were ended by somebody else.
    SessionsRevoked UserManagement "Revoke user sessions";
    /// A link that makes an administrator was made on the server's own shell.
    RecoveryLinkCreated UserManagement "Create administrator recovery link";
    /// A group was created.
    GroupCreated GroupManagement "Add group";
    /// A group was changed.
    GroupUpdated GroupManagement "Update group";
    /// A group was deleted.
    GroupDeleted GroupManagement "Delete group";
    /// A group was restored.
    GroupRestored GroupManagement "Restore group";
    /// Somebody joined a group.
    MemberAdded GroupManagement "Add member to group";
    /// Somebody left a group.
    MemberRemoved GroupManagement "Remove member from group";
    /// A group got an owner.
    OwnerAdded GroupManagement "Add owner to group";
    /// A group lost an owner.
    OwnerRemoved GroupManagement "Remove owner from group";
    /// A service principal was created.
    ServicePrincipalCreated ApplicationManagement "Add service principal";
    /// A service principal was changed.
    ServicePrincipalUpdated ApplicationManagement "Update service principal";
    /// A service principal was enabled.
    ServicePrincipalEnabled ApplicationManagement "Enable service principal";
    /// A service principal was disabled.
    ServicePrincipalDisabled ApplicationManagement "Disable service principal";
    /// A service principal was deleted.
    ServicePrincipalDeleted ApplicationManagement "Remove service principal";
    /// An administrative unit was created.
    AdministrativeUnitCreated AdministrativeUnit "Add administrative unit";
    /// An administrative unit was changed.
    AdministrativeUnitUpdated AdministrativeUnit "Update administrative unit";
    /// An administrative unit was deleted.
    AdministrativeUnitDeleted AdministrativeUnit "Delete administrative unit";
    /// Somebody or something joined an administrative unit.
    AdministrativeUnitMemberAdded AdministrativeUnit "Add member to administrative unit";
    /// Somebody or something left an administrative unit.
    AdministrativeUnitMemberRemoved AdministrativeUnit "Remove member from administrative unit";
    /// Somebody signed in.
    SignedIn Authentication "Sign in";
    /// Somebody failed to sign in.
    SignInFailed Authentication "Sign in failed";
    /// Signing in failed again and again, to one account or from one address.
    SignInFailuresRepeated Authentication "Repeated sign-in failures";
    /// Somebody gave a second factor.
    SecondFactorGiven Authentication "Confirm with second factor";
    /// A second factor was wrong.
    SecondFactorFailed Authentication "Confirm with second factor failed";
    /// Somebody has a second factor more.
    SecurityInfoRegistered Authentication "Register security info";
    /// Somebody has a second factor less.
    SecurityInfoDeleted Authentication "Delete security info";
    /// An administrator took somebody's second factors away.
    SecurityInfoReset UserManagement "Reset security info";
    /// A passkey's counter went back, as that of a copy does.
    PasskeyCloneSuspected Authentication "Passkey may be copied";
    /// What an authentication context asks for was changed.
    AuthenticationContextUpdated RoleManagement "Update authentication context";
    /// What an authentication context asks for was taken away.
    AuthenticationContextDeleted RoleManagement "Delete authentication context";
    /// An account at an identity provider was linked to somebody's.
    AccountLinked UserManagement "Link external account";
    /// That was taken back.
    AccountUnlinked UserManagement "Unlink external account";
    /// Somebody signed out.
    SignedOut Authentication "Sign out";
}

impl Activity {
    /// The activity with this label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|activity| activity.label() == label)
    }
}
