//! Sessions: looked at, ended, idle.

use crate::is_denied;
use chrono::TimeDelta;
use stint_engine::{
    Caller, Engine, Error,
    sessions::{self, Limits},
    sign_in,
    test_support::{User, World, hours},
    users,
    worker::{self, LogCarrier},
};
use stint_store::Database;

stint_store::on_both_databases!(
    ones_own_sessions_are_told_apart,
    one_is_ended_and_only_ones_own,
    all_others_are_ended,
    who_does_nothing_for_an_hour_is_out,
    what_was_seen_is_written_once_a_minute,
    replicas_know_what_the_other_saw,
    an_administrator_revokes,
    who_holds_a_privileged_role_is_guarded,
    disabling_and_deleting_end_all,
);

async fn with(world: &World, user: &User, source: &str, agent: &str) -> Caller {
    let from = Caller { source: Some(source.to_owned()), agent: Some(agent.to_owned()), ..Caller::default() };
    let signed_in = sign_in::as_demo_person(&world.engine, &from, &user.user_name).await.unwrap();
    Caller { token: Some(signed_in.token), ..from }
}

async fn own(world: &World, session: &Caller) -> Vec<sessions::Own> {
    sessions::list_own(&mut world.engine.read(session).await.unwrap(), session).await.unwrap()
}

async fn is_in(engine: &Engine, session: &Caller) -> bool {
    engine.read(session).await.unwrap().person().is_ok()
}

async fn ones_own_sessions_are_told_apart(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let desk = with(&world, &mira, "192.0.2.1", "Firefox on Linux").await;
    world.advance(TimeDelta::minutes(5));
    let phone = with(&world, &mira, "192.0.2.2", "Safari on iPhone").await;
    with(&world, &omar, "192.0.2.3", "Chrome on Windows").await;
    world.advance(TimeDelta::minutes(5));
    let listed = own(&world, &desk).await;
    let told: Vec<_> = listed.iter().map(|own| (own.row.device.as_deref().unwrap(), own.is_this)).collect();
    assert_eq!(told, [("Firefox on Linux", true), ("Safari on iPhone", false)]);
    assert_eq!(listed[0].row.source.as_deref(), Some("192.0.2.1"));
    assert!(listed[0].last_seen_at - listed[0].row.created_at >= TimeDelta::minutes(10), "seen just now");
    assert_eq!(listed[1].last_seen_at, listed[1].row.created_at);
    assert!(own(&world, &phone).await[0].is_this);
}

async fn one_is_ended_and_only_ones_own(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let (desk, phone) = (with(&world, &mira, "a", "b").await, with(&world, &mira, "a", "b").await);
    let other = with(&world, &omar, "a", "b").await;
    let named = own(&world, &phone).await[0].row.token_hash.clone();
    let end = async |by: &Caller| {
        let mut op = world.engine.write(by).await.unwrap();
        sessions::end_own(&mut op, named.clone()).await?;
        op.commit().await
    };
    assert!(matches!(end(&other).await, Err(Error::NotFound)), "Omar does not end Mira's");
    end(&desk).await.unwrap();
    assert!(is_in(&world.engine, &desk).await && !is_in(&world.engine, &phone).await);
    assert!(matches!(end(&desk).await, Err(Error::NotFound)));
}

async fn all_others_are_ended(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let here = with(&world, &mira, "a", "b").await;
    let (there, other) = (with(&world, &mira, "a", "b").await, with(&world, &omar, "a", "b").await);
    let mut op = world.engine.write(&here).await.unwrap();
    assert_eq!(sessions::end_others(&mut op, &here).await.unwrap(), 1);
    op.commit().await.unwrap();
    assert!(is_in(&world.engine, &here).await && is_in(&world.engine, &other).await);
    assert!(!is_in(&world.engine, &there).await);
}

async fn who_does_nothing_for_an_hour_is_out(database: Database) {
    let world = World::new(database).await;
    world.stop_clock();
    let mira = world.user("Mira").await;
    let session = world.sign_in(&mira).await;
    world.advance(TimeDelta::minutes(59));
    assert!(is_in(&world.engine, &session).await);
    world.advance(TimeDelta::minutes(59));
    assert!(is_in(&world.engine, &session).await, "the hour begins anew");
    world.advance(hours(1));
    assert!(!is_in(&world.engine, &session).await);
    // As it is configured.
    let limits = Limits { idle: TimeDelta::minutes(5), longest: TimeDelta::minutes(12) };
    let short = world.engine.clone().with_limits(limits, TimeDelta::days(1));
    let signed_in = sign_in::as_demo_person(&short, &Caller::default(), &mira.user_name).await.unwrap();
    assert_eq!(signed_in.lasts, limits.longest);
    let session = Caller { token: Some(signed_in.token), ..Caller::default() };
    for _ in 0..2 {
        world.advance(TimeDelta::minutes(4));
        assert!(is_in(&short, &session).await);
    }
    world.advance(TimeDelta::minutes(4));
    assert!(!is_in(&short, &session).await, "twelve minutes are over, idle or not");
}

async fn what_was_seen_is_written_once_a_minute(database: Database) {
    let world = World::new(database).await;
    world.stop_clock();
    let mira = world.user("Mira").await;
    let session = world.sign_in(&mira).await;
    let written = "SELECT COUNT(*) FROM session WHERE last_seen_at IS NOT NULL";
    world.advance(TimeDelta::minutes(2));
    assert!(is_in(&world.engine, &session).await);
    worker::work(&world.engine, &LogCarrier).await.unwrap();
    assert_eq!(world.count(written).await, 0, "not yet");
    world.advance(TimeDelta::minutes(1));
    assert!(is_in(&world.engine, &session).await);
    worker::work(&world.engine, &LogCarrier).await.unwrap();
    assert_eq!(world.count(written).await, 1);
    // A server that stops writes down what it knows.
    world.advance(TimeDelta::minutes(1));
    assert!(is_in(&world.engine, &session).await);
    sessions::write_all_seen(&world.engine).await.unwrap();
    let mut op = world.engine.read(&session).await.unwrap();
    let own = sessions::list_own(&mut op, &session).await.unwrap();
    assert_eq!(own[0].row.last_seen_at, Some(world.now()));
}

async fn replicas_know_what_the_other_saw(database: Database) {
    use std::sync::Arc;
    let world = World::new(database.clone()).await;
    world.stop_clock();
    let mira = world.user("Mira").await;
    let session = world.sign_in(&mira).await;
    let random = Arc::new(stint_engine::random::Random::from_seed(8));
    let other = Engine::start(database, world.clock(), random).await.unwrap();
    world.advance(TimeDelta::minutes(50));
    assert!(is_in(&world.engine, &session).await);
    world.advance(TimeDelta::minutes(1));
    worker::work(&world.engine, &LogCarrier).await.unwrap();
    world.advance(TimeDelta::minutes(50));
    assert!(is_in(&other, &session).await);
}

async fn an_administrator_revokes(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let helpdesk = world.holder("Helpdesk", "Helpdesk Administrator").await;
    let session = world.sign_in(&mira).await;
    let denied = world.write(&omar, async |op| sessions::revoke(op, mira.id).await).await;
    assert!(is_denied(&denied));
    assert_eq!(world.write(&helpdesk, async |op| sessions::revoke(op, mira.id).await).await.unwrap(), 1);
    assert!(!is_in(&world.engine, &session).await);
    let revoked = "SELECT COUNT(*) FROM audit_event WHERE activity = 'Revoke user sessions'";
    assert_eq!(world.count(revoked).await, 1);
    world.sign_in(&mira).await;
}

async fn who_holds_a_privileged_role_is_guarded(database: Database) {
    let world = World::new(database).await;
    let helpdesk = world.holder("Helpdesk", "Helpdesk Administrator").await;
    let guard = world.holder("Guard", "Privileged Authentication Administrator").await;
    let session = world.sign_in(&world.ada).await;
    let ada = world.ada.id;
    assert!(is_denied(&world.write(&helpdesk, async |op| sessions::revoke(op, ada).await).await));
    assert!(is_in(&world.engine, &session).await);
    world.write(&guard, async |op| sessions::revoke(op, ada).await).await.unwrap();
    assert!(!is_in(&world.engine, &session).await);
}

async fn disabling_and_deleting_end_all(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    for user in [&mira, &omar] {
        let eligibility = world.make_eligible(user, "User Administrator").await;
        world.activate(user, eligibility, 1).await.unwrap();
    }
    let (first, second) = (world.caller(&mira).await, world.caller(&omar).await);
    world.write(&world.ada, async |op| users::disable(op, mira.id).await).await.unwrap();
    world.write(&world.ada, async |op| users::delete(op, omar.id).await).await.unwrap();
    assert!(!is_in(&world.engine, &first).await && !is_in(&world.engine, &second).await);
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 1, "Ada's");
    let active = "SELECT COUNT(*) FROM schedule WHERE state = 'activated' AND end_reason IS NULL";
    assert_eq!(world.count(active).await, 0);
}
