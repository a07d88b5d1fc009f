//! The worker carries each piece of news, and says so where it cannot.

use chrono::TimeDelta;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use stint_domain::id::OutboxId;
use stint_engine::{
    test_support::{World, days, hours},
    worker::{self, Carrier, Carrying, Failure},
};
use stint_store::{
    Database,
    outbox::{self, OutboxRow},
};

stint_store::on_both_databases!(
    two_workers_carry_each_piece_once,
    what_fails_is_tried_again_later,
    what_fails_for_a_day_has_failed,
    what_a_dead_worker_held_is_carried_by_another,
    sessions_that_ended_are_forgotten,
    what_was_carried_long_ago_is_forgotten,
    a_carrier_that_panics_has_failed_for_now,
    what_cannot_be_helped_is_not_tried_again,
    a_carrier_that_panics_does_not_end_the_worker,
);

/// Counts what it carries, and fails as often as it is told.
#[derive(Debug, Default)]
struct Counting {
    failures: usize,
    carried: Mutex<HashMap<OutboxId, usize>>,
}

impl Counting {
    fn failing(failures: usize) -> Self {
        Self { failures, ..Self::default() }
    }

    fn tries(&self) -> Vec<usize> {
        self.carried.lock().unwrap().values().copied().collect()
    }
}

impl Carrier for Counting {
    fn carry<'a>(&'a self, news: &'a OutboxRow) -> Carrying<'a> {
        if news.topic != "topic" && news.topic != "mail" {
            // A week may be over in the middle of a story.
            return Box::pin(std::future::ready(Ok(())));
        }
        let mut carried = self.carried.lock().unwrap();
        let times = carried.entry(news.id).or_default();
        *times += 1;
        let answer =
            if *times <= self.failures { Err(Failure::ForNow("no answer".to_owned())) } else { Ok(()) };
        Box::pin(async move {
            // Others have time to try the same.
            tokio::task::yield_now().await;
            answer
        })
    }
}

async fn news(world: &World, pieces: usize) {
    let mut tx = world.engine.database().begin().await.unwrap();
    for _ in 0..pieces {
        let id = world.engine.random().id(world.now());
        outbox::append(&mut tx, id, "topic", "{}".to_owned(), world.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn in_state(world: &World, state: &'static str) -> i64 {
    let mut tx = world.engine.database().read().await.unwrap();
    let (count,): (i64,) = tx
        .query("SELECT COUNT(*) FROM outbox WHERE state = $1 AND topic IN ('topic', 'mail')")
        .bind(state)
        .fetch_one()
        .await
        .unwrap();
    count
}

async fn two_workers_carry_each_piece_once(database: Database) {
    let world = World::new(database).await;
    news(&world, 40).await;
    let carrier = Arc::new(Counting::default());
    let workers = [(); 2].map(|()| {
        let (engine, carrier) = (world.engine.clone(), carrier.clone());
        tokio::spawn(async move { worker::work(&engine, &*carrier).await.unwrap() })
    });
    let mut tried = 0;
    for worker in workers {
        tried += worker.await.unwrap();
    }
    assert_eq!(tried, 40);
    assert_eq!(carrier.tries(), [1; 40]);
    assert_eq!(in_state(&world, "done").await, 40);
    assert_eq!(worker::work(&world.engine, &*carrier).await.unwrap(), 0);
}

async fn what_fails_is_tried_again_later(database: Database) {
    let world = World::new(database).await;
    news(&world, 1).await;
    let carrier = Counting::failing(3);
    let work = async || worker::work(&world.engine, &carrier).await.unwrap();
    for wait in [5, 10, 20] {
        assert_eq!(work().await, 1);
        assert_eq!(work().await, 0, "not at once");
        world.advance(TimeDelta::seconds(wait) - TimeDelta::milliseconds(1500));
        assert_eq!(work().await, 0, "not before {wait} s");
        world.advance(TimeDelta::milliseconds(1500));
    }
    assert_eq!(work().await, 1);
    assert_eq!((carrier.tries(), in_state(&world, "done").await), (vec![4], 1));
}

async fn what_fails_for_a_day_has_failed(database: Database) {
    let world = World::new(database).await;
    news(&world, 2).await;
    let carrier = Counting::failing(usize::MAX);
    for _ in 0..40 {
        worker::work(&world.engine, &carrier).await.unwrap();
        world.advance(hours(1));
    }
    assert_eq!(carrier.tries(), [34, 34]);
    assert_eq!(in_state(&world, "failed").await, 2);
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE last_error = 'no answer'").await, 2);
}

async fn what_a_dead_worker_held_is_carried_by_another(database: Database) {
    let world = World::new(database).await;
    news(&world, 1).await;
    let carrier = Arc::new(Counting::default());
    // It dies while it carries.
    #[derive(Debug)]
    struct Stuck;
    impl Carrier for Stuck {
        fn carry<'a>(&'a self, _: &'a OutboxRow) -> Carrying<'a> {
            Box::pin(std::future::pending())
        }
    }
    let engine = world.engine.clone();
    let dying = tokio::spawn(async move { worker::work(&engine, &Stuck).await });
    while in_state(&world, "claimed").await == 0 {
        tokio::task::yield_now().await;
    }
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    assert_eq!(worker::work(&world.engine, &*carrier).await.unwrap(), 0);
    world.advance(TimeDelta::minutes(2));
    assert_eq!(worker::work(&world.engine, &*carrier).await.unwrap(), 1);
    assert_eq!(in_state(&world, "done").await, 1);
}

async fn sessions_that_ended_are_forgotten(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    world.sign_in(&mira).await;
    world.advance(hours(6));
    world.sign_in(&mira).await;
    world.advance(hours(6));
    worker::work(&world.engine, &Counting::default()).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 1);
}

async fn what_was_carried_long_ago_is_forgotten(database: Database) {
    let world = World::new(database).await;
    let topics = async |done: bool| {
        let mut tx = world.engine.database().begin().await.unwrap();
        for topic in ["mail", "topic"] {
            let id = world.engine.random().id(world.now());
            outbox::append(&mut tx, id, topic, "{}".to_owned(), world.now()).await.unwrap();
            if done {
                outbox::finish(&mut tx, id).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
    };
    topics(true).await;
    topics(true).await;
    let left = async || {
        worker::work(&world.engine, &Counting::failing(usize::MAX)).await.unwrap();
        (in_state(&world, "done").await, in_state(&world, "failed").await + in_state(&world, "queued").await)
    };
    world.advance(days(6));
    assert_eq!(left().await, (4, 0));
    topics(false).await;
    world.advance(days(2));
    assert_eq!(left().await, (2, 2), "two mails are left, and what could not be carried");
    for _ in 0..40 {
        left().await;
        world.advance(days(2));
    }
    assert_eq!(left().await, (2, 2));
    world.advance(days(4));
    assert_eq!(left().await, (0, 2), "what failed stays to be seen");
}

/// Panics at its first pieces.
#[derive(Debug)]
struct Panicking {
    panics: Mutex<usize>,
}

impl Carrier for Panicking {
    fn carry<'a>(&'a self, _: &'a OutboxRow) -> Carrying<'a> {
        Box::pin(async move {
            let panics = {
                let mut panics = self.panics.lock().unwrap();
                *panics = panics.saturating_sub(1);
                *panics > 0
            };
            tokio::task::yield_now().await;
            assert!(!panics, "a mistake in a carrier");
            Ok(())
        })
    }
}

async fn a_carrier_that_panics_has_failed_for_now(database: Database) {
    let world = World::new(database).await;
    news(&world, 3).await;
    let carrier = Panicking { panics: Mutex::new(2) };
    assert_eq!(worker::work(&world.engine, &carrier).await.unwrap(), 3);
    assert_eq!((in_state(&world, "done").await, in_state(&world, "queued").await), (2, 1));
    let why = "SELECT COUNT(*) FROM outbox WHERE last_error LIKE '%a mistake in a carrier%'";
    assert_eq!(world.count(why).await, 1);
    world.advance(hours(1));
    worker::work(&world.engine, &carrier).await.unwrap();
    assert_eq!(in_state(&world, "done").await, 3);
}

async fn what_cannot_be_helped_is_not_tried_again(database: Database) {
    #[derive(Debug)]
    struct Refused;
    impl Carrier for Refused {
        fn carry<'a>(&'a self, _: &'a OutboxRow) -> Carrying<'a> {
            Box::pin(std::future::ready(Err(Failure::ForGood("no such place".to_owned()))))
        }
    }
    let world = World::new(database).await;
    news(&world, 1).await;
    assert_eq!(worker::work(&world.engine, &Refused).await.unwrap(), 1);
    world.advance(hours(2));
    assert_eq!(worker::work(&world.engine, &Refused).await.unwrap(), 0);
    assert_eq!(in_state(&world, "failed").await, 1);
}

async fn a_carrier_that_panics_does_not_end_the_worker(database: Database) {
    /// Panics before the first pass.
    #[derive(Debug, Default)]
    struct Gathering {
        passes: Mutex<usize>,
        carried: tokio::sync::Notify,
    }
    impl Carrier for Gathering {
        fn carry<'a>(&'a self, _: &'a OutboxRow) -> Carrying<'a> {
            Box::pin(async {
                self.carried.notify_one();
                Ok(())
            })
        }
        fn gather<'a>(
            &'a self,
        ) -> std::pin::Pin<Box<dyn Future<Output = stint_engine::Result<()>> + Send + 'a>> {
            let pass = {
                let mut passes = self.passes.lock().unwrap();
                *passes += 1;
                *passes
            };
            assert!(pass > 1, "the first pass fails");
            Box::pin(std::future::ready(Ok(())))
        }
    }
    let world = World::new(database).await;
    news(&world, 1).await;
    let carrier = Arc::new(Gathering::default());
    let worker = tokio::spawn(worker::run(world.engine.clone(), carrier.clone()));
    carrier.carried.notified().await;
    assert!(!worker.is_finished());
    worker.abort();
}
