//! Roles, and the providers that they come from.

use crate::id::RoleId;
use serde::{Deserialize, Serialize};

/// Where a role comes from. One engine serves all three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "TEXT", rename_all = "snake_case"))]
pub enum Provider {
    /// Directory roles such as User Administrator.
    Directory,
    /// Roles on a management group, subscription, resource group or resource.
    Resource,
    /// The two roles of a group: member and owner.
    Group,
}

/// The kinds of places that a directory role can be limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ScopeType {
    /// Everything.
    Directory,
    /// The members of one administrative unit.
    AdministrativeUnit,
    /// One application or service principal.
    Application,
}

impl ScopeType {
    /// What it is called in the wizard.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Directory => "Directory",
            Self::AdministrativeUnit => "Administrative unit",
            Self::Application => "Application / Service principal",
        }
    }

    /// Its name in addresses and forms.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::AdministrativeUnit => "administrative-unit",
            Self::Application => "application",
        }
    }

    /// The kind with this name in an address.
    pub fn from_slug(slug: &str) -> Option<Self> {
        [Self::Directory, Self::AdministrativeUnit, Self::Application]
            .into_iter()
            .find(|kind| kind.slug() == slug)
    }
}

/// A set of permissions under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its id; for built-in roles the published one.
    pub id: RoleId,
    /// Whose role it is.
    pub provider: Provider,
    /// Its name.
    pub name: String,
    /// What a holder may do, in one sentence.
    pub description: String,
    /// Whether it came with Stint.
    pub is_builtin: bool,
    /// Whether it can raise its holder's own authority or touch what guards others.
    pub is_privileged: bool,
    /// Whether it may be given to anybody; some published roles exist for machines only.
    pub is_assignable: bool,
    /// The kinds of places that it can be limited to.
    pub scope_types: Vec<ScopeType>,
    /// The permissions, by name.
    pub permissions: Vec<String>,
}

/// Global Administrator: may do everything, and is never left without a holder.
pub const GLOBAL_ADMINISTRATOR: RoleId = RoleId::new(uuid::uuid!("62e90394-69f5-4237-9190-012177145e10"));

/// Privileged Role Administrator: gives roles to others; its last holder stays too.
pub const PRIVILEGED_ROLE_ADMINISTRATOR: RoleId =
    RoleId::new(uuid::uuid!("e8611ab8-c189-46e8-94e1-60213ab1f814"));

/// The roles whose last standing holder stays.
pub const GUARDED: [RoleId; 2] = [GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR];

/// Security Administrator: watches over what the others do.
pub const SECURITY_ADMINISTRATOR: RoleId = RoleId::new(uuid::uuid!("194ae4cb-b126-40b2-bd5b-6091b380977d"));

/// Member of a group: holding it at a group's scope is being in the group.
pub const GROUP_MEMBER: RoleId = RoleId::new(uuid::uuid!("0d5f1a3c-6a52-4c55-9a07-5a3f6d1f0001"));

/// Owner of a group: holding it at a group's scope is owning the group.
pub const GROUP_OWNER: RoleId = RoleId::new(uuid::uuid!("0d5f1a3c-6a52-4c55-9a07-5a3f6d1f0002"));
