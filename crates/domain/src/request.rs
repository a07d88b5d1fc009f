//! Operations that somebody asked for: the history that is never deleted.

use serde::{Deserialize, Serialize};

/// What was asked for. The names are those of the Graph API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "TEXT", rename_all = "camelCase"))]
pub enum RequestAction {
    /// An administrator gives.
    AdminAssign,
    /// An administrator changes the window.
    AdminUpdate,
    /// An administrator takes away.
    AdminRemove,
    /// An administrator lengthens.
    AdminExtend,
    /// An administrator gives again what had ended.
    AdminRenew,
    /// An eligible person turns it on.
    SelfActivate,
    /// A person turns it off.
    SelfDeactivate,
    /// A person asks for more time.
    SelfExtend,
    /// A person asks for what had ended.
    SelfRenew,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "TEXT"))]
pub enum RequestStatus {
    /// Waits for an approver.
    PendingApproval,
    /// Waits for an administrator (extend, renew).
    PendingAdminDecision,
    /// Accepted; begins at a later time.
    Granted,
    /// Done, and it holds.
    Provisioned,
    /// Done: it took something away.
    Revoked,
    /// An approver said no.
    Denied,
    /// The person or an administrator took it back.
    Canceled,
    /// Nobody decided in time.
    TimedOut,
}

impl RequestStatus {
    /// Whether something can still happen to the request.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::PendingApproval | Self::PendingAdminDecision)
    }
}
