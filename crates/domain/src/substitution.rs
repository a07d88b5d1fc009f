//! On which days somebody may stand in for an approver.
//!
//! An approver who is away names somebody who decides in their place. That is for an absence and not for good: it begins and
//! ends, and neither lies far ahead.

use crate::{
    refusal::{Broken, Field, Refusal},
    time::Window,
};
use chrono::{DateTime, TimeDelta, Utc};

/// The longest absence, in days.
pub const MOST_DAYS: i64 = 30;

/// So many days ahead an absence ends at the latest.
pub const DAYS_AHEAD: i64 = 60;

/// A start that lies in the past by no more than this is meant to be now.
const FORGIVEN: TimeDelta = TimeDelta::minutes(5);

/// The days that were asked for, from now on where no start was given, or everything that is wrong with them.
pub fn window(
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Window, Vec<Refusal>> {
    let mut refused = Vec::new();
    let mut refuse = |field, broken| refused.push(Refusal::at(field, broken));
    if start.is_some_and(|start| start < now - FORGIVEN) {
        refuse(Field::Start, Broken::StartInPast);
    }
    let start = start.unwrap_or(now).max(now);
    match end {
        None => refuse(Field::End, Broken::Missing("Enter a date and a time.".to_owned())),
        Some(end) if end <= start => refuse(Field::End, Broken::EndBeforeStart),
        Some(end) if end > now + TimeDelta::days(DAYS_AHEAD) || end - start > TimeDelta::days(MOST_DAYS) => {
            refuse(Field::End, Broken::SubstituteTooLong { days: MOST_DAYS, ahead: DAYS_AHEAD });
        }
        Some(_) => {}
    }
    if refused.is_empty() { Ok(Window::new(start, end)) } else { Err(refused) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absence_begins_ends_and_is_not_for_good() {
        let now: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().unwrap();
        let days = |count| Some(now + TimeDelta::days(count));
        let minutes = |count| Some(now + TimeDelta::minutes(count));
        let fields = |start, end| -> Vec<Field> {
            window(start, end, now).err().unwrap_or_default().into_iter().map(|one| one.field).collect()
        };
        assert_eq!(window(None, days(30), now), Ok(Window::new(now, days(30))));
        assert_eq!(window(minutes(-5), days(1), now), Ok(Window::new(now, days(1))));
        assert_eq!(window(days(30), days(60), now), Ok(Window::new(now + TimeDelta::days(30), days(60))));
        for (start, end, wrong) in [
            (None, None, &[Field::End][..]),
            (minutes(-6), days(1), &[Field::Start]),
            (minutes(-6), None, &[Field::Start, Field::End]),
            (days(2), days(2), &[Field::End]),
            (days(2), days(1), &[Field::End]),
            (None, days(31), &[Field::End]),
            (days(31), days(61), &[Field::End]),
            (None, Some(DateTime::<Utc>::MAX_UTC), &[Field::End]),
            (Some(DateTime::<Utc>::MIN_UTC), days(1), &[Field::Start]),
            (Some(DateTime::<Utc>::MAX_UTC), days(1), &[Field::End]),
        ] {
            assert_eq!(fields(start, end), wrong, "{start:?} to {end:?}");
        }
    }
}
