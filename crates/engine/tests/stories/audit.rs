//! The audit log proves itself: whoever changes, deletes or inserts a row is found.

use stint_domain::{authz::Action, id::PrincipalId};
use stint_engine::{
    Caller, Error,
    audit::{self, Chain},
    sign_in,
    test_support::{World, because, days},
    users,
};
use stint_store::{
    Database, PageRequest,
    audit::{AuditEventRow, Filter},
};

use crate::is_denied;

stint_store::on_both_databases!(
    the_chain_is_whole,
    whatever_is_changed_is_found,
    checking_goes_on_beside_the_writers,
    an_event_says_who_did_what_to_whom_and_why,
    the_log_is_for_those_who_may_read_it,
);

/// A world in which something has happened.
async fn eventful(database: Database) -> World {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    for _ in 0..3 {
        let eligibility = world.make_eligible(&mira, "User Administrator").await;
        world.activate(&mira, eligibility, 1).await.unwrap();
        let removed = world.write(&world.ada, async |op| {
            stint_engine::assign::remove(op, eligibility, because("enough")).await
        });
        removed.await.unwrap();
    }
    world
}

async fn check(world: &World) -> Chain {
    audit::verify(world.engine.database()).await.unwrap()
}

async fn the_chain_is_whole(database: Database) {
    let world = World::new(database).await;
    assert_eq!(check(&world).await, Chain::Whole(0));
    let world = eventful(world.engine.database().clone()).await;
    let events = world.count("SELECT COUNT(*) FROM audit_event").await;
    assert!(events > 10);
    assert_eq!(check(&world).await, Chain::Whole(events));
}

async fn whatever_is_changed_is_found(database: Database) {
    let world = eventful(database).await;
    let events = world.count("SELECT COUNT(*) FROM audit_event").await;
    let whole = Chain::Whole(events);
    let store = world.engine.database().clone();
    let run = async |sql: &'static str| {
        let mut tx = store.begin().await.unwrap();
        let changed = tx.query(sql).execute().await.unwrap();
        tx.commit().await.unwrap();
        changed
    };
    // Every column of one row, there and back.
    for (change, back) in [
        (
            "UPDATE audit_event SET activity = 'Nothing' || activity WHERE seq = 5",
            "UPDATE audit_event SET activity = SUBSTR(activity, 8) WHERE seq = 5",
        ),
        (
            "UPDATE audit_event SET actor_name = actor_name || '!' WHERE seq = 5",
            "UPDATE audit_event SET actor_name = REPLACE(actor_name, '!', '') WHERE seq = 5",
        ),
        (
            "UPDATE audit_event SET source = 'x' WHERE seq = 5",
            "UPDATE audit_event SET source = NULL WHERE seq = 5",
        ),
        (
            "UPDATE audit_event SET source = '' WHERE seq = 5",
            "UPDATE audit_event SET source = NULL WHERE seq = 5",
        ),
        (
            "UPDATE audit_event SET ticket = 'x' WHERE seq = 5",
            "UPDATE audit_event SET ticket = NULL WHERE seq = 5",
        ),
        (
            "UPDATE audit_event SET detail = 'x' || detail, justification = 'x' || justification, scope = 'x' || scope, target_name = 'x' || target_name WHERE seq = 4",
            "UPDATE audit_event SET detail = SUBSTR(detail, 2), justification = SUBSTR(justification, 2), scope = SUBSTR(scope, 2), target_name = SUBSTR(target_name, 2) WHERE seq = 4",
        ),
    ] {
        assert_eq!(run(change).await, 1, "{change}");
        let number = if change.ends_with('4') { 4 } else { 5 };
        assert_eq!(check(&world).await, Chain::BrokenAt(number), "{change}");
        run(back).await;
        assert_eq!(check(&world).await, whole, "{back}");
    }
    // Each row, in each of the columns that have one type on both databases, and each row's absence.
    for seq in 1..=events {
        let row = row(&world, seq).await;
        for tampered in [
            AuditEventRow { at: row.at + days(1), ..row.clone() },
            AuditEventRow { at: row.at + chrono::TimeDelta::microseconds(1), ..row.clone() },
            AuditEventRow { actor_id: Some(PrincipalId::new(row.id.as_uuid())), ..row.clone() },
            AuditEventRow { target_id: None, ..row.clone() },
            AuditEventRow {
                target_id: row.request_id.map(Into::into),
                request_id: row.target_id.map(Into::into),
                ..row.clone()
            },
            AuditEventRow { hash: vec![0; 32], ..row.clone() },
        ] {
            if tampered != row {
                put(&world, &tampered).await;
                assert_eq!(check(&world).await, Chain::BrokenAt(seq), "{tampered:?}");
            }
        }
        delete(&world, seq).await;
        assert_eq!(check(&world).await, Chain::BrokenAt(seq));
        put(&world, &row).await;
    }
    assert_eq!(check(&world).await, whole);
    // An event that never happened, before the first, after the last, or both sealed well and not known to the head.
    let last = row(&world, events).await;
    let mut forged = AuditEventRow { seq: events + 1, ..last.clone() };
    forged.hash = audit::seal_of(&last.hash, &forged);
    for seq in [events + 1, events + 7, 0, -3] {
        put(&world, &AuditEventRow { seq, ..forged.clone() }).await;
        assert!(matches!(check(&world).await, Chain::BrokenAt(_)), "{seq}");
        delete(&world, seq).await;
    }
    // The whole tail.
    run("DELETE FROM audit_event WHERE seq > 3").await;
    assert_eq!(check(&world).await, Chain::BrokenAt(4));
    run("DELETE FROM audit_event").await;
    assert_eq!(check(&world).await, Chain::BrokenAt(1));
}

async fn row(world: &World, seq: i64) -> AuditEventRow {
    let mut tx = world.engine.database().read().await.unwrap();
    stint_store::audit::list_chain(&mut tx, seq - 1, 1).await.unwrap().remove(0)
}

async fn put(world: &World, row: &AuditEventRow) {
    let mut tx = world.engine.database().begin().await.unwrap();
    tx.query("DELETE FROM audit_event WHERE seq = $1").bind(row.seq).execute().await.unwrap();
    stint_store::audit::append(&mut tx, row).await.unwrap();
    tx.commit().await.unwrap();
}

async fn delete(world: &World, seq: i64) {
    let mut tx = world.engine.database().begin().await.unwrap();
    tx.query("DELETE FROM audit_event WHERE seq = $1").bind(seq).execute_one().await.unwrap();
    tx.commit().await.unwrap();
}

async fn checking_goes_on_beside_the_writers(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let write = async {
        for _ in 0..20 {
            let held = world.make_eligible(&mira, "Reports Reader").await;
            world
                .write(&world.ada, async |op| stint_engine::assign::remove(op, held, None).await)
                .await
                .unwrap();
        }
    };
    let verify = async {
        for _ in 0..20 {
            assert!(matches!(check(&world).await, Chain::Whole(_)));
        }
    };
    tokio::join!(write, verify);
    assert_eq!(check(&world).await, Chain::Whole(world.count("SELECT seq FROM audit_head").await));
}

async fn an_event_says_who_did_what_to_whom_and_why(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    world.make_eligible(&mira, "User Administrator").await;
    let filter = Filter { target: Some(mira.id.as_uuid()), ..Filter::default() };
    let page = world
        .read(&world.ada, async |op| audit::list(op, &filter, &PageRequest::first()).await)
        .await
        .unwrap();
    let event = &page.items[0];
    assert_eq!(event.activity, "Add eligible member to role in PIM completed (permanent)");
    assert_eq!((event.actor_id, event.actor_name.as_str()), (Some(world.ada.id), "Ada"));
    assert_eq!(event.target_name.as_deref(), Some(mira.user_name.as_str()));
    assert_eq!(event.role_name.as_deref(), Some("User Administrator"));
    assert_eq!(event.scope.as_deref(), Some("/"));
    assert_eq!(event.justification.as_deref(), Some("a story needs it"));
    assert!(event.request_id.is_some() && event.detail.as_deref().unwrap().ends_with("permanent"));

    // The log outlives whom it tells of.
    world.write(&world.ada, async |op| users::delete(op, mira.id).await).await.unwrap();
    let page = world
        .read(&world.ada, async |op| audit::list(op, &filter, &PageRequest::first()).await)
        .await
        .unwrap();
    assert_eq!(page.items.len(), 2);

    let caller = Caller { token: None, source: Some("192.0.2.7".to_owned()), ..Caller::default() };
    let failed =
        sign_in::with_password(&world.engine, &caller, "whoever@contoso.example", "a wrong password").await;
    assert!(matches!(failed, Err(Error::WrongCredentials)), "{failed:?}");
    let page = world
        .read(&world.ada, async |op| audit::list(op, &Filter::default(), &PageRequest::first()).await)
        .await
        .unwrap();
    assert_eq!(page.items[0].source.as_deref(), Some("192.0.2.7"));
    assert!(matches!(check(&world).await, Chain::Whole(_)));
}

async fn the_log_is_for_those_who_may_read_it(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    world.make_eligible(&mira, "User Administrator").await;
    let list = async |by, filter: Filter| {
        world.read(by, async |op| audit::list(op, &filter, &PageRequest::first()).await).await
    };
    let of = |id: PrincipalId| Filter { target: Some(id.as_uuid()), ..Filter::default() };
    assert!(is_denied(&list(&omar, Filter::default()).await));
    assert!(is_denied(&list(&omar, of(mira.id)).await));
    assert!(is_denied(&list(&omar, Filter { actor: Some(world.ada.id), ..Filter::default() }).await));
    assert!(!list(&mira, of(mira.id)).await.unwrap().items.is_empty());
    assert!(
        !list(&mira, Filter { actor: Some(mira.id), ..Filter::default() }).await.unwrap().items.is_empty()
    );
    assert!(!world.may(&omar, Action::ReadAuditLog).await);
    let reader = world.holder("Rita", "Reports Reader").await;
    assert!(list(&reader, Filter::default()).await.is_ok());
}
