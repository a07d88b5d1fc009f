//! Secrets that have to be read again, encrypted where they are kept.
//!
//! A password is kept as a hash; the secret of an authenticator app cannot be, because codes are computed from it. So it is
//! encrypted with a key that the database does not have: whoever gets hold of a copy of the database gets no codes.

use crate::random::Random;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use sha2::{Digest, Sha256};
use std::fmt;
use stint_store::totp::SealedSecret;

/// The keys: the first encrypts, all decrypt.
pub struct SecretKeys(Vec<Key>);

struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
}

/// A text that holds no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key is 64 hexadecimal digits, such as `openssl rand -hex 32` prints; several stand on lines of their own, the newest first"
)]
pub struct NoKey;

impl SecretKeys {
    /// Reads keys: 64 hexadecimal digits each, the newest first.
    pub fn parse(text: &str) -> Result<Self, NoKey> {
        let keys: Vec<_> = text.split_whitespace().map(Key::parse).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(NoKey) } else { Ok(Self(keys)) }
    }

    /// A new key, as text.
    pub fn generate(random: &Random) -> String {
        hex::encode(random.token())
    }

    /// Encrypts what belongs to `owner`, so that it can be read for them alone.
    pub(crate) fn seal(&self, random: &Random, owner: &[u8], secret: &[u8]) -> Option<SealedSecret> {
        let key = self.0.first()?;
        let nonce: [u8; 24] = random.bytes();
        let sealed = key.cipher.encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: owner }).ok()?;
        Some(SealedSecret { key_id: key.id.clone(), secret: [&nonce[..], &sealed].concat() })
    }

    /// Decrypts what belongs to `owner`; nothing where the key is not there any more, or it is somebody else's.
    pub(crate) fn open(&self, owner: &[u8], sealed: &SealedSecret) -> Option<Vec<u8>> {
        let key = self.0.iter().find(|key| key.id == sealed.key_id)?;
        let (nonce, sealed) = sealed.secret.split_first_chunk::<24>()?;
        key.cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: owner }).ok()
    }
}

impl Key {
    fn parse(text: &str) -> Result<Self, NoKey> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NoKey)?;
        // Enough to tell keys apart, and nothing to find one by.
        let id = hex::encode(&Sha256::digest([b"stint key id".as_slice(), &bytes].concat())[..4]);
        Ok(Self { id, cipher: XChaCha20Poly1305::new(&bytes.into()) })
    }
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_by_its_owner_alone() {
        let random = Random::from_seed(1);
        let (old, new) = (SecretKeys::generate(&random), SecretKeys::generate(&random));
        let keys = SecretKeys::parse(&old).unwrap();
        let sealed = keys.seal(&random, b"mira", b"secret").unwrap();
        assert_eq!(keys.open(b"mira", &sealed).unwrap(), b"secret");
        assert_eq!(keys.open(b"omar", &sealed), None);
        let mut broken = sealed.clone();
        *broken.secret.last_mut().unwrap() ^= 1;
        assert_eq!(keys.open(b"mira", &broken), None);
        assert_ne!(keys.seal(&random, b"mira", b"secret").unwrap(), sealed, "no two are alike");

        let rotated = SecretKeys::parse(&format!("{new}\n{old}\n")).unwrap();
        assert_eq!(rotated.open(b"mira", &sealed).unwrap(), b"secret");
        assert_ne!(rotated.seal(&random, b"mira", b"secret").unwrap().key_id, sealed.key_id);
        assert_eq!(SecretKeys::parse(&new).unwrap().open(b"mira", &sealed), None, "the old key is gone");
        assert!(!format!("{rotated:?}").contains(&old[..8]));
    }

    #[test]
    fn a_key_is_64_digits() {
        for text in ["", "\n", "abc", &"g".repeat(64), &"a".repeat(63), &"a".repeat(66)] {
            assert!(SecretKeys::parse(text).is_err(), "{text:?}");
        }
    }
}
