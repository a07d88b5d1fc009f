//! A name for every request, in its answer and in every line of the log that it makes.

use super::router::App;
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tower_http::csrf::ProtectionError;
use tracing::Instrument;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names a request. What a caller sends as its name is not taken: a log is not for others to write into.
pub async fn name_request(State(app): State<App>, request: Request, next: Next) -> Response {
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
        if status.is_server_error() {
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
