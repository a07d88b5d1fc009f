//! Carries news outside: level-triggered, at least once, safe beside other replicas.
//!
//! A piece of news is claimed by a conditional update, carried outside of any transaction, and marked as done. Whoever dies
//! in between loses the claim after a while, and another carries it: so carrying twice must do no harm. Mails and webhooks go
//! in lanes of their own, so that nothing waits for a server that does not answer. Nothing that goes wrong ends the worker.

mod carriers;
mod panics;

pub use carriers::Carriers;

use crate::{Engine, Result, approvals, links, measures, sessions, timed};
use chrono::{DateTime, TimeDelta, Utc};
use panics::caught;
use std::{fmt::Debug, pin::Pin, sync::Arc, time::Duration};
use stint_store::{
    known_device, one_time_link, openid_attempt,
    outbox::{self, Lane, OutboxRow},
    session, sign_in, throttle,
};

/// How long a claim holds.
const CLAIM: TimeDelta = TimeDelta::minutes(2);

/// How long carrying one piece may take: less than the claim holds.
const PATIENCE: Duration = Duration::from_mins(1);

/// After so many tries, which are a little more than a day, a piece of news has failed for good.
const TRIES: i64 = 34;

/// So many pieces are carried before others have their turn.
const PASS: usize = 500;

/// How long mails are kept that were sent.
const KEEP_MAILS: TimeDelta = TimeDelta::days(90);

/// How long other news is kept that was carried.
const KEEP_NEWS: TimeDelta = TimeDelta::days(7);

/// How long a browser is known again that nobody signs in with.
const KEEP_DEVICES: TimeDelta = TimeDelta::days(400);

/// So many carried pieces are forgotten at once.
const FORGET: i64 = 200;

/// Why a piece could not be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Trying again later may help.
    ForNow(String),
    /// Trying again does not help.
    ForGood(String),
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self::ForNow(why)
    }
}

/// What carrying a piece comes to.
pub type Carrying<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

/// Brings news to the outside.
pub trait Carrier: Debug + Send + Sync {
    /// Brings one piece.
    fn carry<'a>(&'a self, news: &'a OutboxRow) -> Carrying<'a>;

    /// Writes pieces of its own before a pass, where it reads something else than news.
    fn gather<'a>(&'a self) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Writes news to the log: the carrier while no system is connected.
#[derive(Debug)]
pub struct LogCarrier;

impl Carrier for LogCarrier {
    fn carry<'a>(&'a self, news: &'a OutboxRow) -> Carrying<'a> {
        tracing::debug!(topic = news.topic, id = %news.id, "News from the outbox: {}", news.topic);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Works until it is dropped. Two carry mails and two carry to webhooks, so that one slow answer does not hold up all.
pub async fn run(engine: Engine, carrier: Arc<dyn Carrier>) {
    let forever = |lane| forever(&engine, &*carrier, lane);
    tokio::join!(
        forever(Lane::News),
        forever(Lane::Mail),
        forever(Lane::Mail),
        forever(Lane::Webhook),
        forever(Lane::Webhook),
    );
}

async fn forever(engine: &Engine, carrier: &dyn Carrier, lane: Lane) {
    let mut failures = 0;
    loop {
        let outcome = caught(pass(engine, carrier, lane)).await;
        let idle = match outcome {
            Ok(Ok(tried)) => {
                measures::note_pass(lane, engine.clock.now());
                if tried == 0 { Duration::from_secs(1) } else { Duration::ZERO }
            }
            Ok(Err(error)) => {
                tracing::error!(%error, ?lane, "The worker could not reach the database");
                after_failures(failures)
            }
            Err(panic) => {
                tracing::error!(panic, ?lane, "The worker failed, and goes on");
                after_failures(failures)
            }
        };
        failures = if idle > Duration::from_secs(1) { failures + 1 } else { 0 };
        tokio::time::sleep(idle).await;
    }
}

/// 5 s, 10 s, 20 s, ... at most a minute.
fn after_failures(before: u32) -> Duration {
    Duration::from_secs((5 << before.min(4)).min(60))
}

/// One pass through all lanes. Tells how many pieces it tried.
pub async fn work(engine: &Engine, carrier: &dyn Carrier) -> Result<usize> {
    let mut tried = 0;
    for lane in Lane::ALL {
        tried += pass(engine, carrier, lane).await?;
    }
    Ok(tried)
}

/// Writes down what time has done and forgets what is old, then carries what is due in a lane. Tells how many pieces it tried.
async fn pass(engine: &Engine, carrier: &dyn Carrier, lane: Lane) -> Result<usize> {
    if lane == Lane::News {
        approvals::expire(engine).await?;
        timed::tell(engine).await?;
        carrier.gather().await?;
        sessions::write_seen(engine).await?;
        forget(engine).await?;
    }
    let mut tried = 0;
    while tried < PASS {
        let now = engine.clock.now();
        let mut tx = engine.database.begin().await?;
        let Some(news) = outbox::claim(&mut tx, lane, now, now + CLAIM).await? else { break };
        tx.commit().await?;
        tried += 1;
        let outcome = carry(carrier, &news).await;
        let mut tx = engine.database.begin().await?;
        let came_to = match outcome {
            Ok(()) => {
                outbox::finish(&mut tx, news.id).await?;
                "done"
            }
            Err(failure) => {
                let (error, retry_at) = match failure {
                    Failure::ForNow(error) => (error, retry_at(engine.clock.now(), news.attempts)),
                    Failure::ForGood(error) => (error, None),
                };
                let (id, topic, attempts) = (news.id, &news.topic, news.attempts);
                tracing::warn!(%id, topic, attempts, error, ?retry_at, "News could not be carried");
                outbox::fail(&mut tx, &news, &error, retry_at).await?;
                if retry_at.is_some() { "retried" } else { "failed" }
            }
        };
        tx.commit().await?;
        measures::count_carried(lane, came_to);
    }
    Ok(tried)
}

/// Carries one piece; a carrier that panics or does not come back has failed for now.
async fn carry(carrier: &dyn Carrier, news: &OutboxRow) -> Result<(), Failure> {
    let carrying = caught(async { carrier.carry(news).await });
    match tokio::time::timeout(PATIENCE, carrying).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(Failure::ForNow(format!("the carrier failed: {panic}"))),
        Err(_) => Err(Failure::ForNow(format!("no answer for {} seconds", PATIENCE.as_secs()))),
    }
}

/// Forgets what is over: sessions, links, tries that were paid for, sign-ins and news of long ago.
async fn forget(engine: &Engine) -> Result<()> {
    let now = engine.clock.now();
    let mut tx = engine.database.begin().await?;
    session::delete_expired(&mut tx, now).await?;
    one_time_link::delete_expired(&mut tx, now - links::KNOWN_FOR).await?;
    openid_attempt::delete_expired(&mut tx, now).await?;
    throttle::delete_paid(&mut tx, now).await?;
    known_device::delete_unused(&mut tx, now - KEEP_DEVICES).await?;
    sign_in::delete_before(&mut tx, now - engine.keep_sign_ins, FORGET).await?;
    outbox::delete_done(&mut tx, now - KEEP_MAILS, now - KEEP_NEWS, FORGET).await?;
    Ok(tx.commit().await?)
}

/// When to try again: after 5 s, 10 s, 20 s, ... at most an hour; never after the last try.
fn retry_at(now: DateTime<Utc>, attempts: i64) -> Option<DateTime<Utc>> {
    let doublings = u32::try_from(attempts.clamp(1, 12) - 1).unwrap_or(0);
    (attempts < TRIES).then(|| now + TimeDelta::seconds((5_i64 << doublings).min(3600)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_for_a_day() {
        let begin = DateTime::UNIX_EPOCH;
        let mut now = begin;
        for attempts in 1.. {
            let Some(next) = retry_at(now, attempts) else { break };
            now = next;
        }
        let tried = now - begin;
        assert!((TimeDelta::hours(24)..TimeDelta::hours(25)).contains(&tried), "{tried}");
    }
}
