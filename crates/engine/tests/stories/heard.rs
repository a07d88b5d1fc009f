//! What another system hears of us over HTTP.

mod request;

pub use request::request;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use stint_engine::test_support::World;

/// What a receiver does first: the signature is right, and of now.
pub fn check_signature(world: &World, secret: &str, (head, body): &(String, String)) {
    let signature = header(head, "stint-signature");
    let (at, mac) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    assert!((world.now().timestamp() - at.parse::<i64>().unwrap()).abs() < 60);
    let mut expected = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    expected.update(format!("{at}.{body}").as_bytes());
    expected.verify_slice(&hex::decode(mac).unwrap()).unwrap();
}

/// What a header says.
pub fn header(head: &str, name: &str) -> String {
    let line = head.lines().find(|line| line.to_lowercase().starts_with(name)).unwrap();
    line.split_once(':').unwrap().1.trim().to_owned()
}
