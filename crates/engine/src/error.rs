//! Why an operation did not happen.

use stint_domain::{
    authz::Denial,
    refusal::{Refusal, Refusals},
};

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in.
    #[error("sign in first")]
    NotSignedIn,
    /// The person may not.
    #[error("{0}")]
    Denied(#[from] Denial),
    /// A rule said no.
    #[error("{0}")]
    Refused(#[from] Refusals),
    /// There is no such thing, or the person may not know of it.
    #[error("not found")]
    NotFound,
    /// Another system has to be asked about the ticket first: [`crate::ticket_check::carry_out`] does.
    #[error("the ticket has to be checked first")]
    TicketUnchecked(Box<crate::ticket_check::Question>),
    /// The name and the password do not go together.
    #[error("the user name or the password is wrong")]
    WrongCredentials,
    /// Their password is one that somebody else knows.
    #[error("choose another password first")]
    MustChangePassword,
    /// Too many tries: wait that long.
    #[error("too many tries; wait {} seconds", .0.num_seconds().max(1))]
    Slowed(chrono::TimeDelta),
    /// Too many are signing in.
    #[error("too many are signing in at once; try again in a moment")]
    Busy,
    /// The database failed.
    #[error(transparent)]
    Store(stint_store::Error),
    /// A password could not be hashed.
    #[error("hashing: {0}")]
    Hashing(String),
}

impl From<stint_store::Error> for Error {
    fn from(error: stint_store::Error) -> Self {
        match error {
            stint_store::Error::Missing => Self::NotFound,
            error => Self::Store(error),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}
