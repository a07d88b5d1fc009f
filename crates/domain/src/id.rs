//! Typed ids: a role's id cannot be passed where a principal's is wanted.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this value.
            pub const fn new(value: Uuid) -> Self {
                Self(value)
            }

            /// The bare value, for paths and hashes.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(value: Uuid) -> Self {
                Self(value)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

id! {
    /// Names a user, a group or a service principal.
    PrincipalId;
    /// Names a role; a built-in role keeps the id that its publisher gave it.
    RoleId;
    /// Names one operation that somebody asked for.
    RequestId;
    /// Names an assignment that holds, will hold or has held.
    ScheduleId;
    /// Names an administrative unit.
    AdministrativeUnitId;
    /// Names one event of the audit log.
    AuditEventId;
    /// Names some days on which somebody stands in for an approver.
    SubstitutionId;
    /// Names an entry of the outbox.
    OutboxId;
    /// Names a passkey.
    PasskeyId;
    /// Names one try to sign in.
    SignInId;
}
