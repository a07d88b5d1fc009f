//! From a request to an operation, and from an engine's error to what a person is told.

use crate::error::AppError;
use axum::http::{
    HeaderValue, StatusCode,
    header::{LOCATION, RETRY_AFTER},
    request::Parts,
};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use stint_engine::{Caller, Engine, Error, Operation};

/// The engine of this server.
pub fn engine() -> Engine {
    expect_context::<Engine>()
}

/// Who seems to be calling.
pub fn caller() -> Caller {
    use_context::<Parts>().and_then(|parts| parts.extensions.get::<Caller>().cloned()).unwrap_or_default()
}

/// Begins an operation that only reads.
pub async fn read() -> Result<Operation, AppError> {
    Ok(engine().read(&caller()).await?)
}

/// Begins an operation that writes; what it did holds when it was committed.
pub async fn write() -> Result<Operation, AppError> {
    Ok(engine().write(&caller()).await?)
}

/// Begins an operation that writes, or, unless it is meant, one that only shows what it would change.
pub async fn rehearse_unless(is_meant: bool) -> Result<Operation, AppError> {
    if is_meant { write().await } else { Ok(engine().rehearse(&caller()).await?) }
}

/// What a person is told, with the status of the answer.
impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        answer(told(error, &engine()))
    }
}

/// Makes an engine's error what a person is told, and logs what broke and what was denied: here and nowhere else.
pub fn told(error: Error, engine: &Engine) -> AppError {
    match error {
        Error::NotSignedIn => AppError::NotSignedIn,
        Error::Denied(denial) => {
            tracing::info!(may_not = denial.action.verb(), "Denied");
            AppError::denied(&denial)
        }
        Error::Refused(refusals) => AppError::refused(refusals),
        Error::NotFound => AppError::NotFound,
        Error::WrongCredentials => AppError::WrongCredentials,
        Error::MustChangePassword => AppError::MustChangePassword,
        Error::Slowed(wait) => AppError::Slowed { seconds: wait.num_seconds() + 1 },
        Error::Busy => AppError::Busy,
        Error::Store(_) | Error::Hashing(_) | Error::TicketUnchecked(_) => {
            let reference = engine.random().password();
            tracing::error!(reference, %error, "An operation failed ({reference}): {error}");
            AppError::Failed { reference }
        }
    }
}

/// Gives the answer the status that goes with an error.
pub fn answer(error: AppError) -> AppError {
    if let Some(response) = use_context::<ResponseOptions>() {
        // Who is sent on, to sign in, is not told anything else.
        let is_sent_on = response.0.read().is_ok_and(|parts| parts.headers.contains_key(LOCATION));
        if !is_sent_on {
            response.set_status(status(&error));
            if let AppError::Slowed { seconds } = &error {
                response.insert_header(RETRY_AFTER, HeaderValue::from(*seconds));
            }
        }
    }
    error
}

/// The status that goes with an error.
pub fn status(error: &AppError) -> StatusCode {
    match error {
        AppError::NotSignedIn | AppError::WrongCredentials => StatusCode::UNAUTHORIZED,
        AppError::Denied(_) | AppError::MustChangePassword => StatusCode::FORBIDDEN,
        AppError::Slowed { .. } => StatusCode::TOO_MANY_REQUESTS,
        AppError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        AppError::NotFound => StatusCode::NOT_FOUND,
        AppError::Unreadable(_) => StatusCode::BAD_REQUEST,
        AppError::Busy => StatusCode::SERVICE_UNAVAILABLE,
        AppError::Failed { .. } | AppError::Unreachable => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
