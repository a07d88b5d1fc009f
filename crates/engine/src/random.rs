//! Chance, as a parameter.

use chrono::{DateTime, Utc};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{fmt, sync::Mutex};
use uuid::Uuid;

/// Makes ids and secrets.
pub struct Random(Mutex<StdRng>);

impl Random {
    /// Seeded by the operating system.
    pub fn from_system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that asks the operating system for chance"
        )]
        Self(Mutex::new(StdRng::from_rng(&mut rand::rng())))
    }

    /// Always the same sequence, for tests and made-up data.
    pub fn from_seed(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(bytes);
    }

    /// An id that sorts by `at` (UUID version 7). Not a secret.
    pub fn id<T: From<Uuid>>(&self, at: DateTime<Utc>) -> T {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().into()
    }

    /// So many bytes: for secrets, and for numbers that are used once.
    pub fn bytes<const COUNT: usize>(&self) -> [u8; COUNT] {
        let mut bytes = [0; COUNT];
        self.fill(&mut bytes);
        bytes
    }

    /// A secret of 256 bits.
    pub fn token(&self) -> [u8; 32] {
        self.bytes()
    }

    /// A salt for hashing a password.
    pub fn salt(&self) -> [u8; 16] {
        self.bytes()
    }

    /// A password of 16 characters: 80 bits.
    pub fn password(&self) -> String {
        self.letters::<16>()
    }

    /// A recovery code of 24 characters: 120 bits, so that no slow hash is needed to keep it.
    pub fn recovery_code(&self) -> String {
        self.letters::<24>()
    }

    /// Characters that are hard to confuse, of five bits each, in groups of four.
    fn letters<const COUNT: usize>(&self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let groups = self.bytes::<COUNT>().map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
        groups.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}
