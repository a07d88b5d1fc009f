//! Times, sorted, and what is said of them.

use std::time::Duration;

/// How long each of many runs took.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Of these runs.
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that `percent` of the runs did not exceed, in milliseconds.
    pub fn percentile(&self, percent: usize) -> f64 {
        let index = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(index).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
    }
}
