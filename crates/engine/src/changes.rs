//! Word that something was committed, so that whoever waits for a change asks again at once.
//!
//! It says nothing of what changed, and only this process hears it: who waits asks the database, and also asks once in a
//! while without being told, for another server may have written and time passes by itself.

use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time,
};

/// Without word, this often.
const LOOK: Duration = Duration::from_secs(1);

/// Much word at once is heard this often.
const PAUSE: Duration = Duration::from_millis(100);

/// So many wait at once: each of them looks again and again.
const PLACES: usize = 256;

/// Where commits are told and heard.
#[derive(Clone, Debug)]
pub struct Changes {
    word: Arc<watch::Sender<bool>>,
    places: Arc<Semaphore>,
}

impl Default for Changes {
    fn default() -> Self {
        Self { word: Arc::new(watch::channel(false).0), places: Arc::new(Semaphore::new(PLACES)) }
    }
}

impl Changes {
    /// Tells everybody who waits that something was committed.
    pub(crate) fn tell(&self) {
        self.word.send_modify(|_| ());
    }

    /// Sends everybody who waits, or will, home: the server stops.
    pub fn end(&self) {
        self.word.send_replace(true);
    }

    /// Someone who waits, at most so long; nobody where too many wait already.
    #[must_use]
    pub fn wait(&self, longest: Duration) -> Option<Waiting> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        Some(Waiting { heard: self.word.subscribe(), until: time::Instant::now() + longest, _place: place })
    }
}

/// Someone who waits for a change.
#[derive(Debug)]
pub struct Waiting {
    heard: watch::Receiver<bool>,
    until: time::Instant,
    _place: OwnedSemaphorePermit,
}

impl Waiting {
    /// Comes back when it is time to look again; false when the time of waiting is over.
    pub async fn look_again(&mut self) -> bool {
        let pause = time::Instant::now() + PAUSE;
        let is_over = *self.heard.borrow();
        tokio::select! {
            () = std::future::ready(()), if is_over => {}
            _ = self.heard.changed() => {}
            () = time::sleep(LOOK) => {}
        }
        if *self.heard.borrow_and_update() {
            return false;
        }
        time::sleep_until(pause).await;
        time::Instant::now() < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn word_is_heard_at_once_and_time_ends_the_waiting() {
        let changes = Changes::default();
        let mut waiting = changes.wait(Duration::from_secs(20)).unwrap();
        let begun = time::Instant::now();
        changes.tell();
        assert!(waiting.look_again().await);
        assert_eq!(begun.elapsed(), PAUSE);
        assert!(waiting.look_again().await, "another server may have written");
        assert_eq!(begun.elapsed(), PAUSE + LOOK);
        while waiting.look_again().await {}
        assert_eq!(begun.elapsed().as_secs(), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_does_not_hold_up_a_server_that_stops() {
        let changes = Changes::default();
        let mut before = changes.wait(Duration::from_secs(20)).unwrap();
        changes.end();
        let begun = time::Instant::now();
        assert!(!before.look_again().await);
        assert!(!changes.wait(Duration::from_secs(20)).unwrap().look_again().await);
        assert!(begun.elapsed() <= LOOK);
    }

    #[tokio::test]
    async fn not_everybody_waits() {
        let changes = Changes::default();
        let waiting: Vec<_> = (0..PLACES).map(|_| changes.wait(LOOK).unwrap()).collect();
        assert!(changes.wait(LOOK).is_none());
        drop(waiting);
        assert!(changes.wait(LOOK).is_some());
    }
}
