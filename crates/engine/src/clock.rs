//! The time, as a parameter.

use chrono::{DateTime, SubsecRound, Utc};
use std::fmt::Debug;

/// Tells the time.
pub trait Clock: Debug + Send + Sync {
    /// The present moment, to the microsecond (what both databases keep).
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
        Utc::now().trunc_subsecs(6)
    }
}

/// The machine's clock, moved ahead by tests, or one that only they move.
#[cfg(feature = "test-support")]
#[derive(Debug, Default)]
pub struct TestClock {
    ahead: std::sync::atomic::AtomicI64,
    stopped: std::sync::OnceLock<DateTime<Utc>>,
}

#[cfg(feature = "test-support")]
impl TestClock {
    /// Moves the clock ahead.
    ///
    /// # Panics
    /// Where the time does not fit into microseconds.
    pub fn advance(&self, by: chrono::TimeDelta) {
        let by = by.num_microseconds().expect("a time of less than 292,000 years");
        self.ahead.fetch_add(by, std::sync::atomic::Ordering::SeqCst);
    }

    /// From now on the clock moves only when it is moved.
    pub fn stop(&self) {
        self.stopped.get_or_init(|| SystemClock.now());
    }
}

#[cfg(feature = "test-support")]
impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        let from = self.stopped.get().copied().unwrap_or_else(|| SystemClock.now());
        from + chrono::TimeDelta::microseconds(self.ahead.load(std::sync::atomic::Ordering::SeqCst))
    }
}
