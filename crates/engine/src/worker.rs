//! Carries news outside: level-triggered, at least once, safe beside other replicas.
//!
//! A piece of news is claimed by a conditional update, carried outside of any transaction, and marked as done. Whoever dies
//! in between loses the claim after a while, and another carries it: so carrying twice must do no harm.

use crate::{Engine, Result, approvals};
use chrono::{DateTime, TimeDelta, Utc};
use std::{fmt::Debug, pin::Pin, sync::Arc};
use stint_store::{
    outbox::{self, OutboxRow},
    session,
};

/// How long a claim holds.
const CLAIM: TimeDelta = TimeDelta::minutes(2);

/// After so many tries a piece of news has failed for good.
const TRIES: i64 = 20;

/// Brings news to the outside.
pub trait Carrier: Debug + Send + Sync {
    /// Brings one piece; an error means: try again later.
    fn carry<'a>(
        &'a self,
        news: &'a OutboxRow,
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;
}

/// Writes news to the log: the carrier while no system is connected.
#[derive(Debug)]
pub struct LogCarrier;

impl Carrier for LogCarrier {
    fn carry<'a>(
        &'a self,
        news: &'a OutboxRow,
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        tracing::debug!(topic = news.topic, id = %news.id, "News from the outbox: {}", news.topic);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Works until it is dropped.
pub async fn run(engine: Engine, carrier: Arc<dyn Carrier>) {
    loop {
        let idle = match work(&engine, &*carrier).await {
            Ok(0) => std::time::Duration::from_secs(1),
            Ok(_) => continue,
            Err(error) => {
                tracing::error!(%error, "The worker could not reach the database");
                std::time::Duration::from_secs(5)
            }
        };
        tokio::time::sleep(idle).await;
    }
}

/// Writes down which requests nobody decided in time, then carries what is due, at most some hundred pieces. Tells how many it tried.
pub async fn work(engine: &Engine, carrier: &dyn Carrier) -> Result<usize> {
    approvals::expire(engine).await?;
    let mut tried = 0;
    while tried < 500 {
        let now = engine.clock.now();
        let mut tx = engine.database.begin().await?;
        let Some(news) = outbox::claim(&mut tx, now, now + CLAIM).await? else {
            session::delete_expired(&mut tx, now).await?;
            tx.commit().await?;
            break;
        };
        tx.commit().await?;
        tried += 1;
        let outcome = carrier.carry(&news).await;
        let mut tx = engine.database.begin().await?;
        match outcome {
            Ok(()) => outbox::finish(&mut tx, news.id).await?,
            Err(error) => {
                tracing::warn!(id = %news.id, attempts = news.attempts, error, "News could not be carried");
                outbox::fail(&mut tx, &news, &error, retry_at(engine.clock.now(), news.attempts)).await?;
            }
        }
        tx.commit().await?;
    }
    Ok(tried)
}

/// When to try again: after 5 s, 10 s, 20 s, ... at most an hour; never after the last try.
fn retry_at(now: DateTime<Utc>, attempts: i64) -> Option<DateTime<Utc>> {
    let doublings = u32::try_from(attempts.clamp(1, 12) - 1).unwrap_or(0);
    (attempts < TRIES).then(|| now + TimeDelta::seconds((5_i64 << doublings).min(3600)))
}
