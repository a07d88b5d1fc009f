//! Operations that somebody asked for: the history that is never deleted.

use chrono::{DateTime, Utc};
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

/// What an approver said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "TEXT", rename_all = "snake_case"))]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Deny,
}

/// What is asked for by a request that somebody decides on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// A role is to be turned on.
    Activation,
    /// An assignment or an activation is to last longer.
    Extension,
    /// An assignment that has ended is to be given again.
    Renewal,
}

impl RequestKind {
    /// All kinds, in the order of the filter.
    pub const ALL: [Self; 3] = [Self::Activation, Self::Extension, Self::Renewal];

    /// What it is called on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Activation => "Activation",
            Self::Extension => "Extension",
            Self::Renewal => "Renewal",
        }
    }

    /// Its name in addresses and in the topics of news.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::Extension => "extension",
            Self::Renewal => "renewal",
        }
    }

    /// The kind with this name in an address.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.slug() == slug)
    }

    /// How a person asks for it.
    pub const fn action(self) -> RequestAction {
        match self {
            Self::Activation => RequestAction::SelfActivate,
            Self::Extension => RequestAction::SelfExtend,
            Self::Renewal => RequestAction::SelfRenew,
        }
    }
}

impl Verdict {
    /// What it is called on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Approve => "Approved",
            Self::Deny => "Denied",
        }
    }
}

impl RequestAction {
    /// What it is called on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::AdminAssign => "Assign",
            Self::AdminUpdate => "Update",
            Self::AdminRemove => "Remove",
            Self::AdminExtend | Self::SelfExtend => "Extend",
            Self::AdminRenew | Self::SelfRenew => "Renew",
            Self::SelfActivate => "Activate",
            Self::SelfDeactivate => "Deactivate",
        }
    }
}

impl RequestAction {
    /// The kind of request that a person makes by this; nothing where nobody ever decides on it.
    pub const fn kind(self) -> Option<RequestKind> {
        match self {
            Self::SelfActivate => Some(RequestKind::Activation),
            Self::SelfExtend => Some(RequestKind::Extension),
            Self::SelfRenew => Some(RequestKind::Renewal),
            _ => None,
        }
    }
}

impl RequestStatus {
    /// The status as it is at `now`: a request that nobody decided in time has timed out, whether or not that was written.
    #[must_use]
    pub fn at(self, expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        match (self, expires_at) {
            (status, Some(expires_at)) if status.is_open() && expires_at <= now => Self::TimedOut,
            _ => self,
        }
    }

    /// What it is called on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::PendingApproval => "Pending approval",
            Self::PendingAdminDecision => "Pending decision",
            Self::Granted => "Granted",
            Self::Provisioned => "Provisioned",
            Self::Revoked => "Revoked",
            Self::Denied => "Denied",
            Self::Canceled => "Cancelled",
            Self::TimedOut => "Expired",
        }
    }

    /// Whether something can still happen to the request.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::PendingApproval | Self::PendingAdminDecision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_to_write_down_that_time_is_over() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        let status = |now| RequestStatus::PendingApproval.at(Some(at(10)), at(now));
        assert_eq!((status(9), status(10)), (RequestStatus::PendingApproval, RequestStatus::TimedOut));
        assert_eq!(RequestStatus::Denied.at(Some(at(10)), at(11)), RequestStatus::Denied);
        assert_eq!(RequestStatus::PendingApproval.at(None, at(11)), RequestStatus::PendingApproval);
        assert_eq!(RequestStatus::PendingAdminDecision.at(Some(at(10)), at(10)), RequestStatus::TimedOut);
    }

    #[test]
    fn a_kind_is_found_by_its_name_and_by_how_it_is_asked_for() {
        for kind in RequestKind::ALL {
            assert_eq!(RequestKind::from_slug(kind.slug()), Some(kind));
            assert_eq!(kind.action().kind(), Some(kind));
        }
        assert_eq!(RequestKind::from_slug("x"), None);
        assert_eq!(RequestAction::AdminExtend.kind(), None, "an administrator does not ask");
    }
}
