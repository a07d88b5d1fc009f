//! What came of a form, told on the page that is opened after it.

use axum::http::{HeaderValue, header, request::Parts};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

const COOKIE: &str = "stint_toast";

/// Tells the person on their next page that something worked.
pub fn say(words: &str) {
    let words: String = words.chars().take(300).collect();
    let words = serde_urlencoded::to_string([("t", words)]).unwrap_or_default();
    set(&format!("{COOKIE}={words}; Path=/; Max-Age=20; HttpOnly; SameSite=Strict"));
}

/// What there is to tell on this page; it is told once.
pub fn told() -> Option<String> {
    let parts = use_context::<Parts>()?;
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    let (_, words) = pairs.find(|(name, _)| *name == COOKIE)?;
    set(&format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"));
    let told: Vec<(String, String)> = serde_urlencoded::from_str(words).ok()?;
    told.into_iter().next().map(|(_, words)| words)
}

fn set(cookie: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
        response.append_header(header::SET_COOKIE, value);
    }
}
