//! The outbox: each piece is claimed by one worker.

use crate::fixtures::{hour, id, noon};
use std::collections::HashMap;
use stint_domain::id::OutboxId;
use stint_store::{Database, outbox};

stint_store::on_both_databases!(
    a_piece_goes_its_way,
    the_first_due_is_claimed_first,
    six_workers_claim_sixty_pieces_once,
    whoever_lost_the_claim_changes_nothing,
    each_lane_has_its_own,
    what_was_carried_is_forgotten_in_pieces,
);

async fn a_piece_goes_its_way(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let piece: OutboxId = id();
    outbox::append(&mut tx, piece, "topic", "{\"ä\":1}".to_owned(), noon()).await.unwrap();
    assert_eq!(
        outbox::claim(&mut tx, outbox::Lane::News, hour(-1), hour(1)).await.unwrap(),
        None,
        "it is not due"
    );
    let claimed = outbox::claim(&mut tx, outbox::Lane::News, noon(), hour(1)).await.unwrap().unwrap();
    assert_eq!((claimed.id, claimed.topic.as_str(), claimed.payload.as_str()), (piece, "topic", "{\"ä\":1}"));
    assert_eq!(claimed.attempts, 1);
    assert_eq!(
        outbox::claim(&mut tx, outbox::Lane::News, noon(), hour(1)).await.unwrap(),
        None,
        "it is claimed"
    );

    assert!(outbox::fail(&mut tx, &claimed, "no answer", Some(hour(2))).await.unwrap());
    assert_eq!(
        outbox::claim(&mut tx, outbox::Lane::News, hour(1), hour(9)).await.unwrap(),
        None,
        "it is to be tried later"
    );
    let again = outbox::claim(&mut tx, outbox::Lane::News, hour(2), hour(3)).await.unwrap().unwrap();
    assert_eq!((again.id, again.attempts), (piece, 2));
    let after_a_crash = outbox::claim(&mut tx, outbox::Lane::News, hour(3), hour(4)).await.unwrap().unwrap();
    assert_eq!((after_a_crash.id, after_a_crash.attempts), (piece, 3));
    outbox::finish(&mut tx, piece).await.unwrap();
    assert_eq!(
        outbox::claim(&mut tx, outbox::Lane::News, hour(99), hour(100)).await.unwrap(),
        None,
        "it is done"
    );

    let hopeless: OutboxId = id();
    outbox::append(&mut tx, hopeless, "topic", "{}".to_owned(), noon()).await.unwrap();
    let claimed = outbox::claim(&mut tx, outbox::Lane::News, noon(), hour(1)).await.unwrap().unwrap();
    assert!(outbox::fail(&mut tx, &claimed, "never", None).await.unwrap());
    assert_eq!(
        outbox::claim(&mut tx, outbox::Lane::News, hour(99), hour(100)).await.unwrap(),
        None,
        "it has failed for good"
    );
    let (state, error): (String, Option<String>) = tx
        .query("SELECT state, last_error FROM outbox WHERE id = $1")
        .bind(hopeless)
        .fetch_one()
        .await
        .unwrap();
    assert_eq!((state.as_str(), error.as_deref()), ("failed", Some("never")));
}

async fn the_first_due_is_claimed_first(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let ids: Vec<OutboxId> = (0..3).map(|_| id()).collect();
    for (piece, hours) in [(ids[2], 3), (ids[0], 1), (ids[1], 2)] {
        outbox::append(&mut tx, piece, "topic", "{}".to_owned(), hour(hours)).await.unwrap();
    }
    for expected in ids {
        let claimed = outbox::claim(&mut tx, outbox::Lane::News, hour(5), hour(6)).await.unwrap().unwrap();
        assert_eq!(claimed.id, expected);
    }
}

async fn six_workers_claim_sixty_pieces_once(database: Database) {
    const PIECES: usize = 60;
    let mut tx = database.begin().await.unwrap();
    for _ in 0..PIECES {
        outbox::append(&mut tx, id(), "topic", "{}".to_owned(), noon()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let workers = (0..6).map(|_| {
        let database = database.clone();
        tokio::spawn(async move {
            let mut claimed = Vec::new();
            // Nothing claimed may mean that another was faster: only an empty outbox is the end.
            loop {
                let mut tx = database.begin().await.unwrap();
                let next = outbox::claim(&mut tx, outbox::Lane::News, noon(), hour(1)).await.unwrap();
                let (left,): (i64,) =
                    tx.query("SELECT COUNT(*) FROM outbox WHERE state = 'queued'").fetch_one().await.unwrap();
                tx.commit().await.unwrap();
                match next {
                    Some(piece) => claimed.push(piece.id),
                    None if left == 0 => return claimed,
                    None => {}
                }
            }
        })
    });
    let mut times: HashMap<OutboxId, usize> = HashMap::new();
    for worker in workers.collect::<Vec<_>>() {
        for piece in worker.await.unwrap() {
            *times.entry(piece).or_default() += 1;
        }
    }
    assert_eq!(times.len(), PIECES);
    assert!(times.values().all(|&times| times == 1), "{times:?}");
}

async fn whoever_lost_the_claim_changes_nothing(database: Database) {
    let mut tx = database.begin().await.unwrap();
    outbox::append(&mut tx, id(), "topic", "{}".to_owned(), noon()).await.unwrap();
    let slow = outbox::claim(&mut tx, outbox::Lane::News, noon(), hour(1)).await.unwrap().unwrap();
    let quick = outbox::claim(&mut tx, outbox::Lane::News, hour(1), hour(2)).await.unwrap().unwrap();
    assert_eq!(slow.id, quick.id);
    assert!(!outbox::fail(&mut tx, &slow, "too late", Some(hour(1))).await.unwrap());
    outbox::finish(&mut tx, quick.id).await.unwrap();
    assert!(!outbox::fail(&mut tx, &quick, "after all", Some(hour(1))).await.unwrap(), "done is done");
    assert_eq!(outbox::claim(&mut tx, outbox::Lane::News, hour(9), hour(10)).await.unwrap(), None);
}

async fn each_lane_has_its_own(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let topics = ["anything", outbox::MAIL, outbox::WEBHOOK];
    for topic in topics {
        outbox::append(&mut tx, id(), topic, "{}".to_owned(), noon()).await.unwrap();
    }
    for (lane, topic) in outbox::Lane::ALL.into_iter().zip(topics) {
        let claimed = outbox::claim(&mut tx, lane, noon(), hour(1)).await.unwrap().unwrap();
        assert_eq!(claimed.topic, topic);
        assert_eq!(outbox::claim(&mut tx, lane, noon(), hour(1)).await.unwrap(), None);
    }
}

async fn what_was_carried_is_forgotten_in_pieces(database: Database) {
    let mut tx = database.begin().await.unwrap();
    for (topic, hours) in [("mail", 0), ("mail", 2), ("a", 0), ("a", 0), ("webhook", 0), ("a", 2)] {
        let piece: OutboxId = id();
        outbox::append(&mut tx, piece, topic, "{}".to_owned(), hour(hours)).await.unwrap();
        outbox::finish(&mut tx, piece).await.unwrap();
    }
    outbox::append(&mut tx, id(), "a", "{}".to_owned(), noon()).await.unwrap();
    for (mails, news, forgotten) in
        [(0, 0, 0), (1, 0, 1), (1, 1, 2), (1, 1, 1), (1, 1, 0), (9, 9, 2), (9, 9, 0)]
    {
        let found = outbox::delete_done(&mut tx, hour(mails), hour(news), 2).await.unwrap();
        assert_eq!(found, forgotten, "mails before {mails}, news before {news}");
    }
    assert!(
        outbox::claim(&mut tx, outbox::Lane::News, noon(), hour(1)).await.unwrap().is_some(),
        "not carried yet"
    );
}
