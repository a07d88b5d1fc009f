//! What can go wrong with what is kept: a conflict, something missing, or a broken database.

/// The result of a statement.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A named rule of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// Two users cannot sign in with the same name.
    UserName,
    /// Something is in there already.
    PrimaryKey,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The change goes against a rule of the tables.
    #[error("conflict with {0:?}")]
    Conflict(Constraint),
    /// What must be there is not.
    #[error("what was looked for is not there")]
    Missing,
    /// What is kept cannot be understood.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// The database does not answer as it should.
    #[error("database: {0}")]
    Broken(#[source] sqlx::Error),
    /// The tables cannot be brought up to date.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if let Some(error) = error.as_database_error()
            && error.is_unique_violation()
        {
            // Postgres names the constraint; SQLite names the columns in its message.
            let named = error.constraint() == Some("principal_user_name_unique")
                || error.message().contains("principal.user_name");
            return Self::Conflict(if named { Constraint::UserName } else { Constraint::PrimaryKey });
        }
        Self::Broken(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}
