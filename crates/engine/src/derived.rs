//! Ids that follow from what they are about: writing the same thing twice writes it once.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use stint_domain::id::OutboxId;
use uuid::Uuid;

/// The id of something that belongs to the moment `at` and is told from everything else by `parts`. It sorts by the moment.
pub(crate) fn id_at(at: DateTime<Utc>, parts: &[&[u8]]) -> OutboxId {
    derived(u64::try_from(at.timestamp_millis()).unwrap_or(0), parts)
}

/// The id of something that comes of a piece of news. It sorts with that.
pub(crate) fn id_from(news: OutboxId, part: &str) -> OutboxId {
    let bytes = *news.as_uuid().as_bytes();
    let millis = bytes[..6].iter().fold(0, |millis, &byte| millis << 8 | u64::from(byte));
    derived(millis, &[&bytes, part.as_bytes()])
}

fn derived(millis: u64, parts: &[&[u8]]) -> OutboxId {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let hash = hash.finalize();
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&hash[..10]);
    let id: Uuid = uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid();
    id.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_follows_from_what_it_is_about_and_keeps_its_time() {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let id = id_at(at, &[b"one", b"two"]);
        assert_eq!(id, id_at(at, &[b"one", b"two"]));
        assert_ne!(id, id_at(at, &[b"onet", b"wo"]));
        let (from, other) = (id_from(id, "mira@contoso.example"), id_from(id, "omar@contoso.example"));
        assert_ne!(from, other);
        assert_eq!(from.as_uuid().as_bytes()[..6], id.as_uuid().as_bytes()[..6]);
    }
}
