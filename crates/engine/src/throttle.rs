//! Slowing down whoever guesses, without letting a stranger lock anybody out.
//!
//! Each try that fails costs time, noted in the database so that all replicas count together: a key is *paid until* some moment, a
//! failure moves that on, and who is too far ahead of the clock waits. There is one key for each address and one for each name that is
//! tried, whether or not it is anybody's: otherwise who is slowed would tell which names are known. A browser that somebody has signed
//! in with before has a key of its own and does not ask the others, so that no number of strangers keeps its owner out.

use crate::{Caller, Operation, Result};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use stint_domain::network;
use stint_store::{
    Transaction,
    throttle::{self, ThrottleRow},
};

/// So many at once, and one more each time that `every` has passed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) burst: i32,
    pub(crate) every: TimeDelta,
}

/// Wrong passwords for one name, by strangers or by one known browser.
pub(crate) const BY_NAME: Budget = Budget { burst: 10, every: TimeDelta::minutes(1) };
/// Wrong passwords from one address: people behind one wall share it.
pub(crate) const BY_ADDRESS: Budget = Budget { burst: 50, every: TimeDelta::seconds(12) };
/// Mails to one account.
pub(crate) const MAILS: Budget = Budget { burst: 3, every: TimeDelta::minutes(20) };
/// Mails that one address may ask for.
pub(crate) const MAILS_BY_ADDRESS: Budget = Budget { burst: 10, every: TimeDelta::minutes(2) };
/// Challenges for passkeys that one address, or one known browser, may ask for before anybody is signed in: each is a row for minutes.
pub(crate) const CHALLENGES: Budget = Budget { burst: 60, every: TimeDelta::seconds(2) };

/// Nobody waits for longer: what was tried at once, past the check, is counted afterwards.
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// Who waits is written down once in so long.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Something that may be tried only so often.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    hash: Vec<u8>,
    budget: Budget,
}

impl Key {
    /// A key. What it is about is kept as a hash only, for the hour that it is kept.
    pub(crate) fn new(sort: &str, about: &[u8], budget: Budget) -> Self {
        let mut hash = Sha256::new();
        hash.update(sort.len().to_be_bytes());
        hash.update(sort);
        hash.update(about);
        Self { hash: hash.finalize().to_vec(), budget }
    }

    /// The key of the address that a call came from.
    pub(crate) fn of_address(sort: &str, caller: &Caller, budget: Budget) -> Option<Self> {
        caller.source.as_deref().map(|source| Self::new(sort, neighbourhood(source).as_bytes(), budget))
    }

    /// How long to wait before the next try; nothing where none is needed.
    pub(crate) async fn wait(&self, tx: &mut Transaction, now: DateTime<Utc>) -> Result<Option<TimeDelta>> {
        let row = throttle::find(tx, self.hash.clone()).await?;
        Ok(row.and_then(|row| self.budget.wait(row, now)))
    }

    /// Pays for a try.
    pub(crate) async fn pay(&self, op: &mut Operation) -> Result<()> {
        self.pay_and_tell(op).await.map(drop)
    }

    /// Pays for a try, and tells how the key stands then.
    async fn pay_and_tell(&self, op: &mut Operation) -> Result<ThrottleRow> {
        let row = throttle::take(&mut op.tx, self.hash.clone(), op.now).await?;
        let paid_until = (row.paid_until.max(op.now) + self.budget.every).min(op.now + LONGEST);
        throttle::set_paid(&mut op.tx, self.hash.clone(), paid_until).await?;
        Ok(ThrottleRow { paid_until, ..row })
    }

    /// Pays for a try. Tells whether the budget is used up with it, and was not within the last hour: of many who pay at once,
    /// one is told so.
    pub(crate) async fn pay_and_alarm(&self, op: &mut Operation) -> Result<bool> {
        let row = self.pay_and_tell(op).await?;
        if self.budget.wait(row, op.now).is_none() {
            return Ok(false);
        }
        // Paid for as long as it is to be quiet, or it would be forgotten before.
        throttle::set_paid(&mut op.tx, self.hash.clone(), op.now + LONGEST).await?;
        Ok(throttle::set_noted(&mut op.tx, self.hash.clone(), op.now, op.now - LONGEST).await?)
    }

    /// Whether somebody who waits is to be written down, so that a flood does not fill the log.
    pub(crate) async fn is_to_be_noted(&self, op: &mut Operation) -> Result<bool> {
        Ok(throttle::set_noted(&mut op.tx, self.hash.clone(), op.now, op.now - NOTED_EVERY).await?)
    }
}

impl Budget {
    fn wait(self, row: ThrottleRow, now: DateTime<Utc>) -> Option<TimeDelta> {
        let ahead = row.paid_until - now;
        let wait = ahead - self.every * (self.burst - 1);
        (wait > TimeDelta::zero()).then_some(wait)
    }
}

/// The key that has to wait, and how long: of several, the first.
pub(crate) async fn first_to_wait<'a>(
    tx: &mut Transaction,
    keys: &'a [Key],
    now: DateTime<Utc>,
) -> Result<Option<(&'a Key, TimeDelta)>> {
    for key in keys {
        if let Some(wait) = key.wait(tx, now).await? {
            return Ok(Some((key, wait)));
        }
    }
    Ok(None)
}

/// What one person has of addresses: an IPv4 address, or the 2^64 of an IPv6 network.
fn neighbourhood(source: &str) -> String {
    source
        .parse::<IpAddr>()
        .map_or_else(|_| source.to_owned(), |address| network::neighbourhood(address).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_at_once_and_then_one_a_minute() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let after = |tries: i32| {
            let row = ThrottleRow { paid_until: now + BY_NAME.every * tries, noted_at: None };
            BY_NAME.wait(row, now)
        };
        assert_eq!(after(0), None);
        assert_eq!(after(9), None, "the tenth is free");
        assert_eq!(after(10), Some(TimeDelta::minutes(1)));
        assert_eq!(after(12), Some(TimeDelta::minutes(3)));
        let later = ThrottleRow { paid_until: now + BY_NAME.every * 10, noted_at: None };
        assert_eq!(BY_NAME.wait(later, now + TimeDelta::minutes(1)), None);
    }

    #[test]
    fn an_ipv6_network_is_one_neighbour() {
        assert_eq!(neighbourhood("2001:db8::1"), neighbourhood("2001:db8::ffff:1"));
        assert_ne!(neighbourhood("2001:db8:0:1::1"), neighbourhood("2001:db8::1"));
        assert_ne!(neighbourhood("192.0.2.1"), neighbourhood("192.0.2.2"));
        assert_eq!(neighbourhood("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
