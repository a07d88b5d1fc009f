//! What came of a form, told on the page that is opened after it.

use super::cookie;
use axum::http::request::Parts;
use leptos::prelude::*;

const COOKIE: &str = "stint_toast";

/// Tells the person on their next page that something worked.
pub fn say(words: &str) {
    let words: String = words.chars().take(300).collect();
    let words = serde_urlencoded::to_string([("t", words)]).unwrap_or_default();
    cookie::set(&format!("{COOKIE}={words}; Path=/; Max-Age=20; HttpOnly; SameSite=Strict"));
}

/// What there is to tell on this page; it is told once.
pub fn told() -> Option<String> {
    let parts = use_context::<Parts>()?;
    let words = cookie::find(&parts.headers, COOKIE)?;
    cookie::set(&format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"));
    let told: Vec<(String, String)> = serde_urlencoded::from_str(words).ok()?;
    told.into_iter().next().map(|(_, words)| words)
}
