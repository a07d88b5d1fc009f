//! What came of a form, told on the page that is opened after it.

use super::{config::Config, cookie};
use axum::http::request::Parts;
use leptos::prelude::*;
use std::sync::Arc;

/// What the cookie is called, and what else is said of it. Nobody else is to put words into our pages.
fn cookie() -> (&'static str, &'static str) {
    let is_https = use_context::<Arc<Config>>().is_some_and(|config| config.is_https());
    if is_https { ("__Host-stint_toast", "; Secure") } else { ("stint_toast", "") }
}

/// Tells the person on their next page that something worked.
pub fn say(words: &str) {
    let words: String = words.chars().take(300).collect();
    let words = serde_urlencoded::to_string([("t", words)]).unwrap_or_default();
    let (name, secure) = cookie();
    cookie::set(&format!("{name}={words}; Path=/; Max-Age=20; HttpOnly; SameSite=Strict{secure}"));
}

/// What there is to tell on this page; it is told once.
pub fn told() -> Option<String> {
    let parts = use_context::<Parts>()?;
    let (name, secure) = cookie();
    let words = cookie::find(&parts.headers, name)?;
    cookie::set(&format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict{secure}"));
    let told: Vec<(String, String)> = serde_urlencoded::from_str(words).ok()?;
    told.into_iter().next().map(|(_, words)| words)
}
