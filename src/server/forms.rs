//! Forms that are sent without WASM.
//!
//! The browser of a person without script posts to a server function and shows what comes back. A form that worked sends
//! them on (303) to where it said, or back to the page it came from. One that failed, or that has something to say, is
//! answered with that page itself, with the true status, what was typed and what is wrong: the page is rendered in place,
//! with a [`Flash`] in the request.

use super::{config::Config, cookie, operation, step_up};
use crate::{error::AppError, form::Flash, paths};
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use stint_domain::refusal::Field;
use tower::ServiceExt;
use tower_http::timeout::TimeoutError;

/// The most that a form may send.
pub const MOST: usize = 1024 * 1024;

/// Reads what a form sends; where it cannot be read, the status that says why.
pub async fn read(body: Body) -> Result<Bytes, StatusCode> {
    to_bytes(body, MOST).await.map_err(|error| {
        let mut causes =
            std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        if causes.any(<dyn std::error::Error>::is::<TimeoutError>) {
            StatusCode::REQUEST_TIMEOUT
        } else {
            StatusCode::PAYLOAD_TOO_LARGE
        }
    })
}

/// Whether a request is a form that a browser sent by itself.
pub fn is_plain_form(request: &Request) -> bool {
    let has = |name, text: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.contains(text))
    };
    request.method() == Method::POST
        && has(header::ACCEPT, "text/html")
        && has(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

/// The page that a form was sent to, where it was not sent to the function itself.
#[derive(Clone, Debug)]
struct Page(String);

/// Makes a form that was sent to its own page, with the function's name in the query, a request to that function. The browser stays
/// at the page's address, so that WASM can take over what is rendered there. Tells whether it was such a form.
pub fn to_function(request: &mut Request) -> bool {
    let uri = function_in(request).and_then(|function| format!("/api/{function}").parse().ok());
    let Some(uri) = uri else { return false };
    let rest = request.uri().query().and_then(|query| query.split_once('&')).map(|(_, rest)| rest);
    let page = Page(match rest {
        Some(rest) => format!("{}?{rest}", request.uri().path()),
        None => request.uri().path().to_owned(),
    });
    request.extensions_mut().insert(page);
    *request.uri_mut() = uri;
    true
}

fn function_in(request: &Request) -> Option<String> {
    let function = request.uri().query()?.strip_prefix("post=")?.split('&').next()?;
    let is_name =
        !function.is_empty() && function.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    (is_plain_form(request) && is_name).then(|| function.to_owned())
}

/// Whether a form was sent from a still page: from a live one without script it goes to the function itself.
pub(super) fn is_of_still_page(parts: &Parts) -> bool {
    parts.extensions.get::<Page>().is_some()
}

/// Answers a form that a browser sent by itself. `call` runs the server function; `pages` renders pages.
pub async fn answer<F>(request: Request, pages: Router, call: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let (parts, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err(status) => return status.into_response(),
    };
    let mut inner = Request::from_parts(parts.clone(), Body::from(body.clone()));
    // The plain answer is wanted; what becomes of it is decided here.
    inner.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let response = call(inner).await;

    let from = came_from(&parts);
    let (answered, answer_body) = response.into_parts();
    let location = answered.headers.get(header::LOCATION).cloned();
    let answer_body = to_bytes(answer_body, MOST).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&answer_body).into_owned();
    if answered.status.is_success() && (location.is_some() || text == "null") {
        let to =
            location.unwrap_or_else(|| HeaderValue::from_str(&from).unwrap_or(HeaderValue::from_static("/")));
        let mut onward = (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
        keep_cookies(&answered.headers, &mut onward);
        return onward;
    }
    let outcome = if answered.status.is_success() {
        Ok(text)
    } else {
        Err(serde_json::from_str::<AppError>(&text).unwrap_or(AppError::Unreadable(text)))
    };
    // A still page is not there any more for whoever is signed out, and does not ask for a second factor by itself.
    let instead = match outcome.as_ref().err().filter(|_| is_of_still_page(&parts)) {
        Some(AppError::NotSignedIn) => Some(paths::SIGNED_OUT),
        Some(error) if error.at(Field::SecondFactor).is_some() => Some(paths::CONFIRM),
        _ => None,
    };
    let shown = match (instead, from.split_once('?')) {
        (None, _) => from.clone(),
        (Some(path), None) => path.to_owned(),
        (Some(path), Some((_, query))) => format!("{path}?{query}"),
    };
    let status = outcome.as_ref().err().map_or(StatusCode::OK, operation::status);
    let flash = Flash { path: parts.uri.path().to_owned(), fields: fields(&body), outcome };
    let mut page = render(&parts, &shown, flash, pages).await;
    if page.status() == StatusCode::OK {
        *page.status_mut() = status;
    }
    keep_cookies(&answered.headers, &mut page);
    if let Some(wait) = answered.headers.get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, wait.clone());
    }
    remember(&parts, &from, &mut page);
    page
}

/// What was typed, without passwords and codes.
pub(super) fn fields(body: &[u8]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = serde_urlencoded::from_bytes(body).unwrap_or_default();
    fields.retain(|(name, _)| {
        !name.contains("password") && name != step_up::FIELD && name != step_up::PROVIDER_FIELD
    });
    fields
}

/// The page of ours that the form was on; the quick start where the browser does not say.
pub(super) fn came_from(parts: &Parts) -> String {
    if let Some(Page(path)) = parts.extensions.get() {
        return of_ours(path);
    }
    let referer = parts.headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let uri = referer.and_then(|referer| referer.parse::<Uri>().ok());
    let own = uri.as_ref().filter(|uri| {
        let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
        uri.authority().map(axum::http::uri::Authority::as_str) == host
    });
    let from = own.and_then(|uri| uri.path_and_query()).map_or_else(|| "/".to_owned(), ToString::to_string);
    // A form that fails a second time comes from the answer to the first, which has the function's address.
    if from.starts_with("/api/") { remembered(parts) } else { of_ours(&from) }
}

/// The same path where the browser is sent to it. SECURITY: `//evil.example` is a path in a request, and another server in an answer.
fn of_ours(path: &str) -> String {
    format!("/{}", path.trim_start_matches(['/', '\\']))
}

/// What the cookie is called that remembers, for the functions alone, the page that is rendered in a function's place; and what else
/// is said of it.
fn cookie_of(parts: &Parts) -> (&'static str, &'static str) {
    let is_https = parts.extensions.get::<Arc<Config>>().is_some_and(|config| config.is_https());
    if is_https { ("__Secure-stint_form", "; Secure") } else { ("stint_form", "") }
}

fn remember(parts: &Parts, from: &str, page: &mut Response) {
    let (name, secure) = cookie_of(parts);
    let cookie = format!("{name}={from}; Path=/api; Max-Age=3600; HttpOnly; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie)
        && !from.contains(';')
    {
        page.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn remembered(parts: &Parts) -> String {
    cookie::find(&parts.headers, cookie_of(parts).0).map_or_else(|| "/".to_owned(), paths::local)
}

async fn render(parts: &Parts, path: &str, flash: Flash, pages: Router) -> Response {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = path.parse().unwrap_or(Uri::from_static("/"));
    for name in [header::COOKIE, header::HOST, header::ACCEPT, header::ACCEPT_LANGUAGE, header::USER_AGENT] {
        if let Some(value) = parts.headers.get(&name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    *request.extensions_mut() = parts.extensions.clone();
    request.extensions_mut().insert(flash);
    pages.oneshot(request).await.into_response()
}

fn keep_cookies(from: &axum::http::HeaderMap, to: &mut Response) {
    for cookie in from.get_all(header::SET_COOKIE) {
        to.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
}
