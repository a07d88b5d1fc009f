//! Sign-ins that fail again and again are told to those who watch over roles.

use crate::{
    is_denied,
    post::{Office, told},
};
use chrono::TimeDelta;
use std::sync::Arc;
use stint_engine::{
    Caller, Engine, Error, Result,
    random::Random,
    sign_in::{self, SignedIn},
    sign_in_alerts::{self, Alert},
    test_support::{World, hours},
};
use stint_store::Database;

stint_store::on_both_databases!(
    ten_failures_of_an_account_are_told_once_an_hour,
    a_few_failures_are_nobody_s_business,
    an_address_that_tries_many_names_is_told,
    of_several_servers_one_tells,
    who_guesses_at_everybody_fills_no_mailbox,
);

async fn fail_on(engine: &Engine, name: &str, source: &str) -> Result<SignedIn> {
    let from = Caller { source: Some(source.to_owned()), ..Caller::default() };
    sign_in::with_password(engine, &from, name, "hunter2-hunter2").await
}

async fn fail(world: &World, name: &str, source: &str) {
    let refused = fail_on(&world.engine, name, source).await;
    assert!(matches!(refused, Err(Error::WrongCredentials)), "{refused:?}");
}

async fn alerts(world: &World) -> Vec<Alert> {
    world.read(&world.ada, async |op| sign_in_alerts::list(op).await).await.unwrap()
}

async fn ten_failures_of_an_account_are_told_once_an_hour(database: Database) {
    let office = Office::quiet(database).await;
    let (world, mira) = (&office.world, &office.mira);
    world.stop_clock();
    for host in 1..=10 {
        assert_eq!(alerts(world).await, []);
        fail(world, &mira.user_name, &format!("203.0.113.{host}")).await;
    }
    let told_at = world.now();
    let expected = Alert {
        at: told_at,
        account: Some((mira.id, mira.user_name.clone())),
        source: Some("203.0.113.10".to_owned()),
    };
    assert_eq!(alerts(world).await, [expected.clone()]);
    assert_eq!(office.news().await, [told("ada", "PIM: repeated sign-in failures of Mira")]);
    // Whoever goes on guessing tells nothing new, however the worker forgets what was paid for.
    for _ in 0..11 {
        world.advance(TimeDelta::minutes(5));
        fail(world, &mira.user_name, "203.0.113.11").await;
        assert_eq!(office.news().await, []);
    }
    assert_eq!(alerts(world).await, [expected]);
    world.advance(TimeDelta::minutes(6));
    fail(world, &mira.user_name, "203.0.113.11").await;
    assert_eq!(office.news().await.len(), 1, "an hour is over, and it goes on");
    assert_eq!(alerts(world).await.len(), 2);
    world.advance(hours(25));
    assert_eq!(alerts(world).await, [], "the page shows a day of it");
    let denied = world.read(mira, async |op| sign_in_alerts::list(op).await).await;
    assert!(is_denied(&denied));
}

async fn a_few_failures_are_nobody_s_business(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    world.stop_clock();
    for _ in 0..30 {
        fail(&world, &mira.user_name, "203.0.113.1").await;
        world.advance(TimeDelta::minutes(7));
    }
    assert_eq!(alerts(&world).await, [], "somebody forgets their password now and then");
}

async fn an_address_that_tries_many_names_is_told(database: Database) {
    let office = Office::quiet(database).await;
    office.world.stop_clock();
    for number in 0..30 {
        assert_eq!(alerts(&office.world).await, []);
        let host = number % 7;
        fail(&office.world, &format!("user{number}@contoso.example"), &format!("2001:db8::{host}")).await;
    }
    let expected = Alert { at: office.world.now(), account: None, source: Some("2001:db8::1".to_owned()) };
    assert_eq!(alerts(&office.world).await, [expected]);
    assert_eq!(office.news().await, [told("ada", "PIM: repeated sign-in failures from one address")]);
}

async fn of_several_servers_one_tells(database: Database) {
    let office = Office::quiet(database.clone()).await;
    office.world.stop_clock();
    let clock = office.world.clock();
    let other = Engine::start(database, clock, Arc::new(Random::from_seed(8))).await.unwrap();
    let mut tries = tokio::task::JoinSet::new();
    for number in 0..24 {
        let engine = if number % 2 == 0 { office.world.engine.clone() } else { other.clone() };
        let name = office.mira.user_name.clone();
        // What is tried at once is past the check before the first of them is counted.
        tries.spawn(async move { fail_on(&engine, &name, &format!("203.0.113.{number}")).await });
    }
    let tries = tries.join_all().await;
    assert!(tries.iter().filter(|one| matches!(one, Err(Error::WrongCredentials))).count() >= 10);
    assert_eq!(alerts(&office.world).await.len(), 1);
    assert_eq!(office.news().await.len(), 1);
}

async fn who_guesses_at_everybody_fills_no_mailbox(database: Database) {
    let office = Office::quiet(database).await;
    office.world.stop_clock();
    for number in 0..22 {
        let person = office.world.user(&format!("Person{number}")).await;
        for host in 0..10 {
            fail(&office.world, &person.user_name, &format!("198.51.{number}.{host}")).await;
        }
    }
    let told = "SELECT COUNT(*) FROM audit_event WHERE activity = 'Repeated sign-in failures'";
    assert_eq!(office.world.count(told).await, 22, "the audit log has every one");
    assert_eq!(office.news().await.len(), 20);
}
