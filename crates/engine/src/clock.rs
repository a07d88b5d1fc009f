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

/// The machine's clock, moved ahead by tests.
#[cfg(feature = "test-support")]
#[derive(Debug, Default)]
pub struct TestClock(std::sync::atomic::AtomicI64);

#[cfg(feature = "test-support")]
impl TestClock {
    /// Moves the clock ahead.
    ///
    /// # Panics
    /// Where the time does not fit into microseconds.
    pub fn advance(&self, by: chrono::TimeDelta) {
        let by = by.num_microseconds().expect("a time of less than 292,000 years");
        self.0.fetch_add(by, std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(feature = "test-support")]
impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + chrono::TimeDelta::microseconds(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}
