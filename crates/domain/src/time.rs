//! Windows of time and the durations that settings speak of.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// The time in which an assignment holds: half-open, UTC, to the microsecond. Without an end it is permanent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first moment inside.
    pub start: DateTime<Utc>,
    /// The first moment outside again; `None` for ever.
    pub end: Option<DateTime<Utc>>,
}

/// Where a moment lies, seen from a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// The window has not begun.
    Upcoming,
    /// The window holds.
    InForce,
    /// The window is over.
    Ended,
}

impl Window {
    /// A window from `start`, for ever where `end` is `None`.
    pub const fn new(start: DateTime<Utc>, end: Option<DateTime<Utc>>) -> Self {
        Self { start, end }
    }

    /// A window of a certain length.
    pub fn lasting(start: DateTime<Utc>, length: Duration) -> Self {
        Self { start, end: Some(start + length.to_delta()) }
    }

    /// Whether the window holds at `at`.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.phase(at) == Phase::InForce
    }

    /// Whether `at` is before, in or after the window.
    pub fn phase(&self, at: DateTime<Utc>) -> Phase {
        if self.end.is_some_and(|end| end <= at) {
            Phase::Ended
        } else if at < self.start {
            Phase::Upcoming
        } else {
            Phase::InForce
        }
    }

    /// Whether some moment lies in both windows.
    pub fn overlaps(&self, other: &Self) -> bool {
        !self.is_empty()
            && !other.is_empty()
            && self.end.is_none_or(|end| other.start < end)
            && other.end.is_none_or(|end| self.start < end)
    }

    /// Whether no moment lies inside: an assignment that was removed before it began.
    pub fn is_empty(&self) -> bool {
        self.end.is_some_and(|end| end <= self.start)
    }

    /// The same window, cut so that it does not outlive `limit`.
    #[must_use]
    pub fn cut(self, limit: Option<DateTime<Utc>>) -> Self {
        let end = match (self.end, limit) {
            (Some(end), Some(limit)) => Some(end.min(limit)),
            (end, limit) => end.or(limit),
        };
        Self { end, ..self }
    }
}

/// A length of time in whole seconds, written in settings as ISO 8601 (`PT8H`, `P365D`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

impl Duration {
    /// The shortest assignment and activation there is (Entra PIM: five minutes).
    pub const SHORTEST: Self = Self::minutes(5);

    /// This many seconds.
    pub const fn seconds(count: i64) -> Self {
        Self(count)
    }

    /// This many minutes.
    pub const fn minutes(count: i64) -> Self {
        Self(count * 60)
    }

    /// This many hours.
    pub const fn hours(count: i64) -> Self {
        Self(count * 3600)
    }

    /// This many days of 24 hours.
    pub const fn days(count: i64) -> Self {
        Self(count * 86_400)
    }

    /// The length in whole half hours, rounded down: the unit of the activation slider.
    pub const fn half_hours(self) -> i64 {
        self.0 / 1800
    }

    /// The length in seconds.
    pub const fn as_seconds(self) -> i64 {
        self.0
    }

    /// The length as the calendar's type.
    pub fn to_delta(self) -> TimeDelta {
        TimeDelta::seconds(self.0)
    }

    /// The time between two moments; zero where `to` is not later.
    pub fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self((to - from).num_seconds().max(0))
    }

    /// In words for a person: "8 hours", "30 minutes", "1 year", "15 days", "3 h 20 min".
    pub fn in_words(self) -> String {
        fn plural(count: i64, unit: &str) -> String {
            if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
        }
        match self.0 {
            s if s == 365 * 86_400 => plural(1, "year"),
            s if s >= 86_400 && s % (30 * 86_400) == 0 => plural(s / (30 * 86_400), "month"),
            s if s >= 2 * 86_400 => plural(s / 86_400, "day"),
            s if s % 3600 == 0 && s > 0 => plural(s / 3600, "hour"),
            s if s >= 3600 => format!("{} h {} min", s / 3600, s % 3600 / 60),
            s if s >= 60 => plural(s / 60, "minute"),
            s => plural(s, "second"),
        }
    }
}

impl fmt::Display for Duration {
    /// ISO 8601, the shortest form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0 / 86_400, self.0 % 86_400);
        let (hours, minutes, seconds) = (rest / 3600, rest % 3600 / 60, rest % 60);
        f.write_str("P")?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if rest > 0 || days == 0 {
            f.write_str("T")?;
        }
        if hours > 0 {
            write!(f, "{hours}H")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}M")?;
        }
        if seconds > 0 || self.0 == 0 {
            write!(f, "{seconds}S")?;
        }
        Ok(())
    }
}

/// The text is no ISO 8601 duration of days, hours, minutes and seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a duration such as PT8H, PT30M or P180D")]
pub struct NoDurationError;

impl FromStr for Duration {
    type Err = NoDurationError;

    fn from_str(text: &str) -> Result<Self, NoDurationError> {
        let body = text.strip_prefix('P').ok_or(NoDurationError)?;
        let (days, time) = body.split_once('T').map_or((body, None), |(days, time)| (days, Some(time)));
        if body.is_empty() || time == Some("") {
            return Err(NoDurationError);
        }
        let seconds = sum(days, &[('D', 86_400)])?
            .checked_add(sum(time.unwrap_or_default(), &[('H', 3600), ('M', 60), ('S', 1)])?)
            .ok_or(NoDurationError)?;
        Ok(Self(seconds))
    }
}

/// Adds up `12H30M`, each unit at most once and in the given order.
fn sum(mut text: &str, units: &[(char, i64)]) -> Result<i64, NoDurationError> {
    let mut total = 0_i64;
    for &(unit, seconds) in units {
        if let Some((count, rest)) = text.split_once(unit) {
            let count: u32 = count.parse().map_err(|_| NoDurationError)?;
            total = i64::from(count)
                .checked_mul(seconds)
                .and_then(|part| total.checked_add(part))
                .ok_or(NoDurationError)?;
            text = rest;
        }
    }
    if text.is_empty() { Ok(total) } else { Err(NoDurationError) }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn window() -> impl Strategy<Value = Window> {
        (0_i64..1000, proptest::option::of(0_i64..1000))
            .prop_map(|(start, end)| Window::new(at(start), end.map(at)))
    }

    proptest! {
        /// Two windows overlap exactly when some second lies in both.
        #[test]
        fn overlap_is_a_common_moment(a in window(), b in window()) {
            let common = (0..1001).any(|s| a.contains(at(s)) && b.contains(at(s)));
            prop_assert_eq!(a.overlaps(&b), common);
            prop_assert_eq!(b.overlaps(&a), common);
        }

        /// What is cut lies in the window and before the limit, and nothing else is lost.
        #[test]
        fn a_cut_window_holds_until_the_limit(w in window(), limit in proptest::option::of(0_i64..1000), s in 0_i64..1001) {
            let before_limit = limit.is_none_or(|limit| s < limit);
            prop_assert_eq!(w.cut(limit.map(at)).contains(at(s)), w.contains(at(s)) && before_limit);
        }

        /// Time passes through the phases in one direction.
        #[test]
        fn phases_come_in_order(w in window(), s in 0_i64..1000) {
            let rank = |p| match p { Phase::Upcoming => 0, Phase::InForce => 1, Phase::Ended => 2 };
            prop_assert!(rank(w.phase(at(s))) <= rank(w.phase(at(s + 1))));
        }

        #[test]
        fn durations_are_read_as_they_are_written(seconds in 0_i64..100_000_000) {
            let duration = Duration(seconds);
            prop_assert_eq!(duration.to_string().parse(), Ok(duration));
        }

        #[test]
        fn nonsense_is_no_duration_and_no_panic(text in ".{0,24}") {
            if let Ok(duration) = text.parse::<Duration>() {
                prop_assert!(duration.as_seconds() >= 0);
            }
        }
    }

    #[test]
    fn durations_speak_as_entra_writes_them() {
        for (text, words) in [
            ("PT8H", "8 hours"),
            ("PT30M", "30 minutes"),
            ("P365D", "1 year"),
            ("P180D", "6 months"),
            ("P15D", "15 days"),
            ("PT1H30M", "1 h 30 min"),
        ] {
            let duration: Duration = text.parse().unwrap();
            assert_eq!((duration.to_string().as_str(), duration.in_words().as_str()), (text, words));
        }
        for text in ["", "P", "PT", "8H", "PT8", "PT-8H", "P1Y", "PT99999999999H", "PT1M1H"] {
            assert_eq!(text.parse::<Duration>(), Err(NoDurationError), "{text}");
        }
    }

    #[test]
    fn the_end_is_outside() {
        let window = Window::lasting(at(0), Duration::hours(1));
        assert!(window.contains(at(0)) && window.contains(at(3599)));
        assert_eq!(window.phase(at(3600)), Phase::Ended);
    }
}
