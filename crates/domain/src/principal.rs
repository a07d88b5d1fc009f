//! Who can hold a role.

use crate::id::PrincipalId;
use serde::{Deserialize, Serialize};

/// The three sorts of principals. A managed identity is a service principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "TEXT", rename_all = "snake_case"))]
pub enum PrincipalKind {
    /// A person.
    User,
    /// Several principals under one name.
    Group,
    /// A program. Never eligible, never activates, never approves.
    ServicePrincipal,
}

impl PrincipalKind {
    /// What it is called on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::ServicePrincipal => "Service principal",
        }
    }
}

/// What the rules need to know of a principal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// Its id.
    pub id: PrincipalId,
    /// Its sort.
    pub kind: PrincipalKind,
    /// Its name on pages and in the audit log.
    pub display_name: String,
    /// Whether it may act.
    pub enabled: bool,
    /// Whether it was deleted (it can be restored for 30 days).
    pub deleted: bool,
    /// For a group: whether roles may be assigned to it. Chosen at creation, never changed.
    pub assignable_to_role: bool,
}
