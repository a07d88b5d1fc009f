//! The way to an identity provider and back.
//!
//! A form that begins an attempt is answered with the attempt's cookie and sent on to an address here, whose page sends the browser
//! to the provider by itself. It is a page and no redirect: a browser that obeys `form-action` follows no redirect of a form to
//! other places, and which places a provider sends people on to, nobody but the provider knows.

use super::{App, operation::told, session};
use crate::{error::AppError, form::Flash, paths};
use axum::{
    Router,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use stint_domain::sign_in::ProviderProblem;
use stint_engine::{
    Caller, Error,
    openid_connect::{self, Answer, Begun, Finished, Onward, Waiting},
};

/// The routes.
pub fn routes(app: &App) -> Router {
    Router::new()
        .route("/sign-in/with/{provider}", get(onward))
        .route("/sign-in/with/{provider}/callback", get(come_back))
        .with_state(app.clone())
}

/// Sends the browser that began an attempt to the provider. Whoever has none is sent to the page to begin on.
async fn onward(State(app): State<App>, Path(provider): Path<String>, headers: HeaderMap) -> Response {
    let sign_in = || Redirect::to(&paths::sign_in(paths::QUICK_START)).into_response();
    let Some(token) = session::attempt_token(&app.config, &headers) else { return sign_in() };
    match openid_connect::onward(&app.engine, &provider, &token).await {
        Ok(Some(onward)) => Html(page(&onward)).into_response(),
        Ok(None) => sign_in(),
        Err(error) => failed(&app, &provider, error),
    }
}

/// A page that goes on by itself, or by its link.
fn page(Onward { url, name }: &Onward) -> String {
    let (url, name) = (escaped(url), escaped(name));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"robots\" content=\"noindex\">\
         <meta http-equiv=\"refresh\" content=\"0;url={url}\"><title>Going to {name} - Stint</title></head>\
         <body><main><h1>Going to {name}</h1><p><a href=\"{url}\">Continue</a></p></main></body></html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What a provider adds to the address that it sends a browser back to.
#[derive(Debug, Default, Deserialize)]
struct Parameters {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Takes what the provider sent the browser back with, and sends it on to where it began.
async fn come_back(
    State(app): State<App>,
    Path(provider): Path<String>,
    Query(parameters): Query<Parameters>,
    request: Request,
) -> Response {
    let caller = request.extensions().get::<Caller>().cloned().unwrap_or_default();
    let token = session::attempt_token(&app.config, request.headers());
    let Parameters { code, state, iss, error } = parameters;
    let answer = Answer { code, state, issuer: iss, error };
    let finished = openid_connect::finish(&app.engine, &caller, &provider, token.as_deref(), &answer).await;
    let finished = match finished {
        Ok(finished) => finished,
        Err(error) => return failed(&app, &provider, error),
    };
    // The attempt's cookie stays only for the form that waits.
    let mut cookies = Vec::new();
    if !matches!(finished, Finished::Confirmed(..)) {
        cookies.push(session::no_attempt(&app.config));
    }
    let to = match finished {
        Finished::SignedIn(session, return_to) => {
            cookies.extend(session::headers(&app.config, &session));
            paths::local(&return_to)
        }
        Finished::Linked(return_to) => paths::local(&return_to),
        Finished::Confirmed(session, return_to) => {
            cookies.extend(session.iter().flat_map(|session| session::headers(&app.config, session)));
            paths::local(&return_to)
        }
        Finished::Failed { problem, is_link: true, .. } => {
            let query = [("provider", provider.as_str()), ("problem", problem.slug())];
            paths::with_query(paths::SECURITY_INFO, &query)
        }
        Finished::Failed { problem, return_to, .. } => {
            paths::sign_in_failed(&paths::local(&return_to), &provider, problem.slug())
        }
    };
    with_cookies(Redirect::to(&to).into_response(), &cookies)
}

/// Something broke, or has to wait: the page to sign in on says so.
fn failed(app: &App, provider: &str, error: Error) -> Response {
    let problem = match told(error, &app.engine) {
        AppError::NotFound => return StatusCode::NOT_FOUND.into_response(),
        AppError::Slowed { .. } => "slowed",
        AppError::NotSignedIn | AppError::MustChangePassword => ProviderProblem::BeginAgain.slug(),
        _ => ProviderProblem::Down.slug(),
    };
    Redirect::to(&paths::sign_in_failed(paths::QUICK_START, provider, problem)).into_response()
}

fn with_cookies(mut response: Response, cookies: &[String]) -> Response {
    for cookie in cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Sends the browser onward that has begun an attempt by a form, or back to the form where the provider is not there.
pub(super) fn begun(app: &App, begun: &Begun, from: &str) -> Response {
    let to = if begun.is_onward { paths::sign_in_with(&begun.provider) } else { paths::local(from) };
    with_cookies(Redirect::to(&to).into_response(), &[session::attempt(&app.config, begun)])
}

/// The status of the page that tells of a problem.
pub const fn status(problem: ProviderProblem) -> StatusCode {
    match problem {
        ProviderProblem::Down => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNAUTHORIZED,
    }
}

/// A form that waits while its person is at the provider.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptForm {
    /// The path of the server function.
    pub(super) path: String,
    /// What was typed. Never a password.
    pub(super) fields: Vec<(String, String)>,
    /// Whether its page is a still one, which asks for a second factor on a page of its own.
    pub(super) is_still: bool,
}

/// Where a form waits at the address that is asked for, its page is shown with the form as it was. Nothing is done: the person
/// sends the form again.
pub(super) async fn show_form(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let token = (request.method() == Method::GET)
        .then(|| session::attempt_token(&app.config, request.headers()))
        .flatten();
    let Some(token) = token else { return next.run(request).await };
    let caller = request.extensions().get::<Caller>().cloned().unwrap_or_default();
    let address = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let waiting = openid_connect::take_form(&app.engine, &caller, &token, &address).await;
    let Ok(Some(Waiting { form, problem })) = waiting else { return next.run(request).await };
    if let Ok(KeptForm { path, fields, is_still }) = serde_json::from_str(&form) {
        if is_still && problem.is_some() {
            let query = request.uri().query().unwrap_or_default();
            let asks = format!("{}?{query}", paths::CONFIRM);
            *request.uri_mut() = asks.parse().unwrap_or(Uri::from_static(paths::CONFIRM));
        }
        let outcome = match problem {
            Some(refusal) => Err(AppError::refused(refusal)),
            None => Ok(String::new()),
        };
        request.extensions_mut().insert(Flash { path, fields, outcome });
    }
    with_cookies(next.run(request).await, &[session::no_attempt(&app.config)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_onward_is_written_as_html() {
        let shown = page(&Onward {
            url: "https://login.example/?a=1&b=\"><script>".to_owned(),
            name: "<Contoso>".to_owned(),
        });
        assert!(shown.contains("url=https://login.example/?a=1&amp;b=&quot;&gt;&lt;script&gt;\""), "{shown}");
        assert!(!shown.contains("<script>") && shown.contains("Going to &lt;Contoso&gt;"));
    }
}
