//! The check, the change, the audit event and the news hold together or not at all (invariant 2).

use std::time::Duration;
use stint_domain::{authz::Action, schedule::AssignmentType};
use stint_engine::{
    Caller, Error, activate,
    assign::{self, Change},
    audit::{self, Chain},
    test_support::{World, because, hours},
    users,
};
use stint_store::Database;

use crate::refused;

stint_store::on_both_databases!(
    what_is_dropped_before_the_commit_never_was,
    what_fails_leaves_nothing,
    what_is_cut_off_anywhere_is_whole_or_nothing,
    a_reader_writes_nothing,
);

/// How many rows there are of everything that one act writes together, counted at one moment: schedules, requests, events
/// (but for those of signing in), news.
async fn rows(world: &World) -> [i64; 4] {
    let mut tx = world.engine.database().read().await.unwrap();
    let rows: (i64, i64, i64, i64) = tx
        .query(
            "SELECT (SELECT COUNT(*) FROM schedule),
                    (SELECT COUNT(*) FROM schedule_request),
                    (SELECT COUNT(*) FROM audit_event WHERE category <> 'authentication'),
                    (SELECT COUNT(*) FROM outbox)",
        )
        .fetch_one()
        .await
        .unwrap();
    rows.into()
}

async fn what_is_dropped_before_the_commit_never_was(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let caller = world.caller(&world.ada).await;
    let before = rows(&world).await;

    let ask = world.ask(AssignmentType::Eligible, world.role("User Administrator"), &mira);
    let mut op = world.engine.write(&caller).await.unwrap();
    let ids = assign::assign(&mut op, ask.clone()).await.unwrap();
    drop(op);
    assert_eq!(rows(&world).await, before);
    refused(world.activate(&mira, ids[0], 1).await);

    let before = rows(&world).await;
    let mut op = world.engine.write(&caller).await.unwrap();
    assign::assign(&mut op, ask).await.unwrap();
    op.commit().await.unwrap();
    assert_eq!(rows(&world).await, before.map(|count| count + 1));

    let mut op = world.engine.write(&caller).await.unwrap();
    users::disable(&mut op, mira.id).await.unwrap();
    drop(op);
    assert!(world.engine.read(&world.sign_in(&mira).await).await.unwrap().person().is_ok());
}

async fn what_fails_leaves_nothing(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let held = world.make_active(&mira, "User Administrator").await;
    let caller = world.caller(&world.ada).await;
    let before = rows(&world).await;

    // The guard speaks last, when everything has been written.
    let own = world.read(&world.ada, async |op| Ok(op.schedules()?[0].id)).await.unwrap();
    refused(world.write(&world.ada, async |op| assign::remove(op, own, None).await).await);
    refused(world.write(&world.ada, async |op| users::disable(op, world.ada.id).await).await);
    // One bad member spoils the whole.
    let mut ask = world.ask(AssignmentType::Active, world.role("User Administrator"), &mira);
    ask.members.push(world.ada.id);
    refused(world.write(&world.ada, async |op| assign::assign(op, ask).await).await);
    // Two changes in one operation, of which the second fails.
    let mut op = world.engine.write(&caller).await.unwrap();
    assign::remove(&mut op, held, None).await.unwrap();
    refused(assign::remove(&mut op, held, None).await);
    drop(op);
    // Nobody is signed in.
    let nobody = world.engine.write(&Caller::default()).await.unwrap();
    assert!(matches!(nobody.person(), Err(Error::NotSignedIn)));
    drop(nobody);
    assert_eq!(rows(&world).await, before);
    assert!(world.may(&mira, Action::CreateUsers).await);
}

/// A browser goes away, the server drops what it was doing, at a moment nobody chose.
async fn what_is_cut_off_anywhere_is_whole_or_nothing(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    let before = rows(&world).await;
    for step in 0..40 {
        world.caller(&mira).await;
        let work = world.activate(&mira, eligibility, 1);
        _ = tokio::time::timeout(Duration::from_micros(step * 400), work).await;
        let now = rows(&world).await;
        let done = now[0] - before[0];
        assert_eq!(now, before.map(|count| count + done));
        // What it did is over before it tries again.
        world.advance(hours(1));
    }
    world.activate(&mira, eligibility, 1).await.unwrap();
    assert!(matches!(audit::verify(world.engine.database()).await.unwrap(), Chain::Whole(_)));
}

async fn a_reader_writes_nothing(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let held = world.make_active(&mira, "User Administrator").await;
    world.caller(&mira).await;
    let before = rows(&world).await;
    let change = Change { start: None, end: Some(world.now() + hours(1)), justification: because("x") };
    // Postgres readers are not kept from writing, so that a slip shows on SQLite, where every test runs too.
    if world.engine.database().name() == "SQLite" {
        let slip = world.read(&world.ada, async |op| assign::update(op, held, change).await).await;
        assert!(matches!(slip, Err(Error::Store(_))), "{slip:?}");
        let slip = world.read(&mira, async |op| activate::deactivate(op, held).await).await;
        assert!(slip.is_err());
    }
    assert_eq!(rows(&world).await, before);
}
