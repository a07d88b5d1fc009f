//! What another system hears of us over HTTP.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use stint_engine::test_support::World;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::tcp::ReadHalf,
};

/// One request: its head, a line each, and its body.
pub async fn request(reader: ReadHalf<'_>) -> (String, String) {
    let mut reader = BufReader::new(reader);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).await.unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await.unwrap();
    (head, String::from_utf8(body).unwrap())
}

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
