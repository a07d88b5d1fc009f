//! What a person may be told when something does not happen.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};
use stint_domain::{
    authz::Denial,
    refusal::{Broken, Field, Refusal, Refusals},
};

/// What is wrong with a field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Where the person can mend it.
    pub field: Field,
    /// Why it cannot be done so.
    pub words: String,
    /// Whether a second factor mends it: a script that has no field for one goes where it is asked for.
    pub needs_second_factor: bool,
}

/// Why something did not happen. It crosses in words, so that what runs in the browser need not contain the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    /// Nobody is signed in (any more). 401.
    #[error("You are signed out. Sign in to go on.")]
    NotSignedIn,
    /// The person may not. 403.
    #[error("{0}")]
    Denied(String),
    /// What was typed cannot be done: everything that is wrong with it. 422.
    #[error("{}", joined(.0))]
    Refused(Vec<FieldError>),
    /// There is no such thing, or none that the person may know of. 404.
    #[error("This does not exist, or not any more.")]
    NotFound,
    /// The name and the password do not go together. 401.
    #[error("The user name or the password is wrong.")]
    WrongCredentials,
    /// The password is one that somebody else knows. 403.
    #[error("Choose a password of your own first.")]
    MustChangePassword,
    /// Too many tries. 429.
    #[error("Too many tries. Wait {} and try again.", in_words(*seconds))]
    Slowed {
        /// How long to wait.
        seconds: i64,
    },
    /// What was sent cannot be read. 400.
    #[error("The request could not be understood: {0}")]
    Unreadable(String),
    /// Too much at once. 503.
    #[error("The server is busy. Try again in a moment.")]
    Busy,
    /// Something broke; the log has more under the reference. 500.
    #[error(
        "Something went wrong on our side. Nothing was changed. If it stays so, tell your administrator this reference: {reference}"
    )]
    Failed {
        /// What to look for in the log.
        reference: String,
    },
    /// The server did not answer.
    #[error(
        "The server cannot be reached. Check your connection and try again; what you typed is still here."
    )]
    Unreachable,
}

fn joined<'a>(errors: impl IntoIterator<Item = &'a FieldError>) -> String {
    errors.into_iter().map(|error| error.words.as_str()).collect::<Vec<_>>().join(" ")
}

/// A short time in words.
fn in_words(seconds: i64) -> String {
    match seconds {
        ..=90 => format!("{} seconds", seconds.max(1)),
        _ => format!("{} minutes", (seconds + 59) / 60),
    }
}

impl AppError {
    /// What whoever may not is told.
    pub fn denied(denial: &Denial) -> Self {
        Self::Denied(denial.to_string())
    }

    /// What is told of the rules that were broken.
    pub fn refused(broken: impl Into<Refusals>) -> Self {
        let said = |Refusal { field, rule }: &Refusal| FieldError {
            field: *field,
            words: rule.to_string(),
            needs_second_factor: matches!(rule, Broken::SecondFactorNeeded { .. }),
        };
        Self::Refused(broken.into().as_slice().iter().map(said).collect())
    }

    /// The messages for one field of a form.
    pub fn at(&self, field: Field) -> Option<String> {
        let Self::Refused(errors) = self else { return None };
        let words = joined(errors.iter().filter(|error| error.field == field));
        (!words.is_empty()).then_some(words)
    }

    /// The message for the form as a whole: everything that no field of these shows.
    pub fn besides(&self, shown: &[Field]) -> Option<String> {
        let Self::Refused(errors) = self else { return Some(self.to_string()) };
        let words = joined(errors.iter().filter(|error| !shown.contains(&error.field)));
        (!words.is_empty()).then_some(words)
    }
}

/// That an argument cannot be read is found before our own code runs, so the answer's status is given here.
fn unreadable(text: String) -> AppError {
    let error = AppError::Unreadable(text);
    #[cfg(feature = "ssr")]
    let error = crate::server::operation::answer(error);
    error
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::Unreachable,
            ServerFnErrorErr::Args(text)
            | ServerFnErrorErr::MissingArg(text)
            | ServerFnErrorErr::Deserialization(text) => unreadable(text),
            error => Self::Failed { reference: error.to_string() },
        }
    }
}
