//! A system that does not answer is left alone for a while: those that do answer share its workers, and each try on one that
//! is silent would keep them waiting for seconds.

use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Which webhooks do not answer, as far as this process has seen.
#[derive(Debug, Default)]
pub(super) struct Silence(Mutex<HashMap<String, Silent>>);

#[derive(Clone, Copy, Debug)]
struct Silent {
    tries: u32,
    until: DateTime<Utc>,
}

impl Silence {
    /// Whether this webhook is left alone at `now`.
    pub fn holds(&self, webhook: &str, now: DateTime<Utc>) -> bool {
        let silent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        silent.get(webhook).is_some_and(|silent| now < silent.until)
    }

    /// It has answered, whatever it said.
    pub fn end(&self, webhook: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(webhook);
    }

    /// It has not answered: it is left alone for 5 s, 10 s, 20 s, ... at most five minutes.
    pub fn begin(&self, webhook: &str, now: DateTime<Utc>) {
        let mut silent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tries = silent.get(webhook).map_or(0, |silent| silent.tries);
        let until = now + TimeDelta::seconds((5 << tries.min(6)).min(300));
        silent.insert(webhook.to_owned(), Silent { tries: tries + 1, until });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_less_and_less_often_until_it_answers() {
        let (silence, begin) = (Silence::default(), DateTime::UNIX_EPOCH);
        let at = |seconds| begin + TimeDelta::seconds(seconds);
        silence.begin("one", begin);
        assert!(
            silence.holds("one", at(4)) && !silence.holds("one", at(5)) && !silence.holds("other", begin)
        );
        silence.begin("one", at(5));
        assert!(silence.holds("one", at(14)) && !silence.holds("one", at(15)));
        (0..20).for_each(|_| silence.begin("one", at(100)));
        assert!(silence.holds("one", at(399)) && !silence.holds("one", at(400)));
        silence.end("one");
        assert!(!silence.holds("one", at(100)));
        silence.begin("one", at(100));
        assert!(!silence.holds("one", at(105)));
    }
}
