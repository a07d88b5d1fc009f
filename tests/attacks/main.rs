//! Attacks that have to fail, through the whole server: one file a family. `docs/security.md` says which threat each answers.
//!
//! What is attacked comes from the same list that `tests/unauthorized.rs` keeps complete: a new server function or page is
//! attacked as soon as it has its line there, and cannot be merged without one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/nonce.rs"]
mod nonce;
#[path = "../support/person.rs"]
mod person;
#[path = "../support/routes.rs"]
mod routes;
#[path = "../support/turn.rs"]
mod turn;
#[path = "../support/world.rs"]
mod world;

mod bodies;
mod cookies;
mod fuzz;
mod headers;
mod html;
mod markup;
mod objects;
mod origins;
mod redirects;
mod timing;

use axum::{
    body::Body,
    http::{Request, header},
};

/// Who is attacked for what they may do.
const ADMIN: &str = "admin@stint.example";
/// Whose things are wanted.
const ELI: &str = "eli@stint.example";
/// Who wants them: nobody in particular.
const BERT: &str = "demouser@stint.example";

/// A form, as a browser sends it by itself.
fn form(path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let plain = [("accept", "text/html"), ("content-type", "application/x-www-form-urlencoded")];
    let mut request = Request::post(path);
    for (name, value) in plain.iter().filter(|(name, _)| headers.iter().all(|(other, _)| other != name)) {
        request = request.header(*name, *value);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

/// A page, as a browser asks for it.
fn page(path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::get(path).header(header::ACCEPT, "text/html");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

/// The fields of a line of `routes.rs`, still encoded.
fn fields(line: &str) -> Vec<(&str, &str)> {
    line.split('&').filter_map(|field| field.split_once('=')).collect()
}

/// Fields as a form sends them.
fn joined(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}
