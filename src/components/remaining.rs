use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;

use super::browser::{every, spoken, tick_millis};

/// How long until a moment, as "3 h 12 min left"; counts down in the browser.
#[component]
pub fn Remaining(
    /// The moment.
    until: DateTime<Utc>,
    /// The server's clock when it rendered, so that a wrong clock in the browser changes nothing.
    now: DateTime<Utc>,
) -> impl IntoView {
    let elapsed = RwSignal::new(TimeDelta::zero());
    Effect::new(move || {
        let start = tick_millis();
        every(Duration::from_secs(1), move || {
            elapsed.set(TimeDelta::milliseconds(tick_millis() - start));
        });
    });
    let text = Memo::new(move |_| words(until - now - elapsed.get()));
    view! {
        <span class="remaining" title=format!("Until {} UTC", spoken(&until))>
            {move || text.get()}
        </span>
    }
    .into_any()
}

/// Minutes are rounded up, so that eight hours are "8 h 0 min" for their first minute.
fn words(left: TimeDelta) -> String {
    let rounded = (left.num_seconds() + 59) / 60;
    let (days, hours, minutes) = (rounded / 1440, rounded / 60 % 24, rounded % 60);
    if left <= TimeDelta::zero() {
        "Ended".to_owned()
    } else if left < TimeDelta::minutes(1) {
        format!("{} s left", left.num_seconds())
    } else if days > 0 {
        format!("{days} d {hours} h left")
    } else if hours > 0 {
        format!("{hours} h {minutes} min left")
    } else {
        format!("{minutes} min left")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_the_two_largest_units() {
        assert_eq!(words(TimeDelta::minutes(192)), "3 h 12 min left");
        assert_eq!(words(TimeDelta::seconds(192 * 60 - 1)), "3 h 12 min left");
        assert_eq!(words(TimeDelta::hours(49)), "2 d 1 h left");
        assert_eq!(words(TimeDelta::minutes(59)), "59 min left");
        assert_eq!(words(TimeDelta::seconds(59)), "59 s left");
        assert_eq!(words(TimeDelta::seconds(-1)), "Ended");
    }
}
