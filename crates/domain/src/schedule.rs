//! Assignments that hold, will hold or have held.

use crate::{
    id::{PrincipalId, RequestId, RoleId, ScheduleId},
    role::Provider,
    scope::ScopePath,
    time::Window,
};
use serde::{Deserialize, Serialize};

/// What an assignment gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "TEXT", rename_all = "snake_case"))]
pub enum AssignmentType {
    /// The right to activate.
    Eligible,
    /// The role itself.
    Active,
}

impl AssignmentType {
    /// What it is called on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Eligible => "Eligible",
            Self::Active => "Active",
        }
    }
}

/// How an active assignment came to be. An eligible one is always assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "TEXT", rename_all = "snake_case"))]
pub enum AssignmentState {
    /// An administrator made it.
    Assigned,
    /// An eligible person activated it.
    Activated,
}

impl AssignmentState {
    /// What it is called on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Assigned => "Assigned",
            Self::Activated => "Activated",
        }
    }
}

/// Why an assignment ended before its time. One that ran its time has no such reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "TEXT", rename_all = "snake_case"))]
pub enum EndReason {
    /// An administrator removed it.
    Removed,
    /// The person gave it back.
    Deactivated,
    /// The eligibility that it was activated from ended.
    EligibilityEnded,
    /// Its holder was disabled or deleted.
    PrincipalEnded,
    /// Its holder's password was reset: whoever activated it may not have been them.
    PasswordReset,
    /// It goes on as an assignment of the other type.
    Replaced,
}

impl EndReason {
    /// What it is called on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Removed => "Removed",
            Self::Deactivated => "Deactivated",
            Self::EligibilityEnded => "Eligibility ended",
            Self::PrincipalEnded => "Account disabled or deleted",
            Self::PasswordReset => "Password reset",
            Self::Replaced => "Goes on as another type",
        }
    }
}

/// One assignment of one role to one principal at one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// Eligible or active.
    pub assignment_type: AssignmentType,
    /// Assigned or activated.
    pub state: AssignmentState,
    /// Whose role it is.
    pub provider: Provider,
    /// Who holds it.
    pub principal: PrincipalId,
    /// What is held.
    pub role: RoleId,
    /// Where it holds.
    pub scope: ScopePath,
    /// When it holds.
    pub window: Window,
    /// For an activation: the eligibility that it came from.
    pub eligibility: Option<ScheduleId>,
    /// The request that made it.
    pub request: RequestId,
}
