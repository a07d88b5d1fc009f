use chrono::{DateTime, SecondsFormat, Utc};
use leptos::prelude::*;

use super::browser::{local, spoken, taken_over};

/// A moment: UTC from the server, the person's own zone once the browser has taken over, UTC always in its title.
#[component]
pub fn LocalTime(
    /// The moment.
    at: DateTime<Utc>,
) -> impl IntoView {
    let live = taken_over();
    let utc = format!("{} UTC", spoken(&at));
    let title = utc.clone();
    let text = move || if live.get() { spoken(&local(at)) } else { utc.clone() };
    view! {
        <time class="time" datetime=at.to_rfc3339_opts(SecondsFormat::Secs, true) title=title>
            {text}
        </time>
    }
    .into_any()
}
