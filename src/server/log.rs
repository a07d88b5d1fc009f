//! A name for every request, in its answer and in every line of the log that it makes.

use super::router::App;
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode},
    middleware::Next,
    response::Response,
};
use chrono::{DateTime, Utc};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use tower_http::csrf::ProtectionError;
use tracing::Instrument;
use uuid::Uuid;

/// Lets one line of a minute through: a flood of guesses would otherwise write the same one thousands of times. `/metrics` counts all.
#[derive(Debug, Default)]
pub struct OncePerMinute(AtomicI64);

impl OncePerMinute {
    fn lets_through(&self, now: DateTime<Utc>) -> bool {
        let minute = now.timestamp().div_euclid(60);
        self.0.swap(minute, Ordering::Relaxed) != minute
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names a request. What a caller sends as its name is not taken: a log is not for others to write into.
pub async fn name_request(
    State((app, too_much)): State<(App, Arc<OncePerMinute>)>,
    request: Request,
    next: Next,
) -> Response {
    let (began, id) = (app.engine.clock().now(), app.engine.random().id::<Uuid>(app.engine.clock().now()));
    // SECURITY: the path alone. What comes after it may be the token of a link.
    let (method, path) = (request.method(), request.uri().path());
    let span = tracing::info_span!("request", %id, %method, path, person = tracing::field::Empty);
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    let millis = (app.engine.clock().now() - began).num_milliseconds();
    span.in_scope(|| {
        if let Some(error) = response.extensions().get::<ProtectionError>() {
            tracing::info!(%error, "Refused");
        }
        let is_said = status != StatusCode::SERVICE_UNAVAILABLE || too_much.lets_through(began);
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
