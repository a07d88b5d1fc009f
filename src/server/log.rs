//! A name for every request, in its answer and in every line of the log that it makes.

use super::router::App;
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode},
    middleware::Next,
    response::Response,
};
use chrono::{DateTime, Utc};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};
use tower_http::csrf::ProtectionError;
use tracing::Instrument;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names a request. What a caller sends as its name is not taken: a log is not for others to write into.
pub async fn name_request(
    State((app, said)): State<(App, Arc<SaidThisMinute>)>,
    request: Request,
    next: Next,
) -> Response {
    let (began, id) = (app.engine.clock().now(), app.engine.random().id::<Uuid>(app.engine.clock().now()));
    // SECURITY: the path alone. What comes after it may be the token of a link.
    let (method, path) = (request.method(), request.uri().path().to_owned());
    let span = tracing::info_span!("request", %id, %method, path, person = tracing::field::Empty);
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    let ended = app.engine.clock().now();
    let millis = (ended - began).num_milliseconds();
    span.in_scope(|| {
        if let Some(error) = response.extensions().get::<ProtectionError>() {
            tracing::info!(%error, "Refused");
        }
        let is_said = status != StatusCode::SERVICE_UNAVAILABLE || said.is_first(&path, ended);
        if status.is_server_error() && is_said {
            tracing::warn!(status = status.as_u16(), millis, "Answered");
        } else {
            tracing::debug!(status = status.as_u16(), millis, "Answered");
        }
    });
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Of which paths it was said in this minute that too much was asked at once: a flood of guesses would otherwise write the same line
/// thousands of times. `/metrics` counts all.
#[derive(Debug, Default)]
pub struct SaidThisMinute(Mutex<(i64, BTreeSet<String>)>);

impl SaidThisMinute {
    /// So many paths are told apart.
    const MOST: usize = 100;

    fn is_first(&self, path: &str, now: DateTime<Utc>) -> bool {
        let minute = now.timestamp().div_euclid(60);
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.0 < minute {
            *said = (minute, BTreeSet::new());
        }
        said.1.len() < Self::MOST && said.1.insert(path.to_owned())
    }
}
