//! The little that components need from a browser, in one place: whether there is one, its clock, its zone, its timers.

use std::time::Duration;

use chrono::{DateTime, Local, Utc};
use leptos::prelude::*;

/// False on the server and for the first paint, true as soon as the browser has taken over.
///
/// Each component asks for its own: one shared signal could turn true before a later part of the page is hydrated,
/// and its first paint would then differ from the server's HTML.
pub(super) fn taken_over() -> Signal<bool> {
    let live = RwSignal::new(false);
    Effect::new(move || live.set(true));
    live.into()
}

/// Milliseconds of the browser's clock; good for differences only, since a person's clock may be wrong.
pub(super) fn tick_millis() -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds since 1970 are a whole number below 2^53"
    )]
    let millis = js_sys::Date::now() as i64;
    millis
}

/// `at` in the zone of the person at the browser.
pub(super) fn local(at: DateTime<Utc>) -> DateTime<Local> {
    at.with_timezone(&Local)
}

/// "21 Nov 2026, 14:05".
pub(super) fn spoken<Zone: chrono::TimeZone>(at: &DateTime<Zone>) -> String
where
    Zone::Offset: std::fmt::Display,
{
    at.format("%-d %b %Y, %H:%M").to_string()
}

/// Calls `act` again and again until the component is gone.
pub(super) fn every(period: Duration, act: impl Fn() + 'static) {
    if let Ok(handle) = set_interval_with_handle(act, period) {
        on_cleanup(move || handle.clear());
    }
}
