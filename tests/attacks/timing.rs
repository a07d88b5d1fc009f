//! Whether it can be told from the time of an answer who is there.
//!
//! No time is asserted: those of one run are compared with each other. In every round each name is tried once, so that whatever else
//! the machine does falls on all of them alike. Two names are told apart only where one is both much slower in the middle and slower
//! nearly every time; chance does not do that, and a password that is not hashed for one of them does both (it is ten times faster).

use crate::{form, person, turn::on_both_databases, world::World};
use axum::http::StatusCode;
use chrono::TimeDelta;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use stint::server::config::{Config, Secret};
use stint_engine::{Caller, Engine, clock::TestClock, random::Random, sign_in, store::Database, users};

on_both_databases!(signing_in_takes_as_long_for_everybody, forgetting_takes_as_long_for_everybody);

const MIRA: &str = "mira.own@stint.example";
const DISABLED: &str = "dora.off@stint.example";
/// Known and with a password, known and disabled, known without a password, unknown, and no name at all.
const NAMES: [&str; 5] = [MIRA, DISABLED, "eli@stint.example", "nobody@stint.example", "nobody+at+all"];
const ROUNDS: usize = 24;
/// How many rounds one has to be the slower in: by chance, in less than one of ten thousand runs.
const NEARLY_ALL: usize = 22;

/// A server with a clock that can be moved, so that nobody is slowed down.
async fn server(database: Database) -> (World, Arc<TestClock>) {
    let clock = Arc::<TestClock>::default();
    let engine = Engine::start(database, clock.clone(), Arc::new(Random::from_seed(7))).await.unwrap();
    let smtp_url = Some(Secret::new("smtp://127.0.0.1:9".to_owned()));
    let world = World::of(engine, Config { smtp_url, ..Config::default() }).await;
    person::with_password(&world.engine, MIRA, "walrus orbit teacup nineteen").await;
    let disabled = person::with_password(&world.engine, DISABLED, "walrus orbit teacup nineteen").await;
    let admin = sign_in::as_demo_person(&world.engine, &Caller::default(), crate::ADMIN).await.unwrap();
    let admin = Caller { token: Some(admin.token), ..Caller::default() };
    let mut op = world.engine.write(&admin).await.unwrap();
    users::disable(&mut op, disabled).await.unwrap();
    op.commit().await.unwrap();
    (world, clock)
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2]
}

/// Tries every name in every round, each time in another order, and compares all with all.
async fn compare(
    world: &World,
    clock: &TestClock,
    names: &[&str],
    path: &str,
    rest: &str,
    expected: StatusCode,
) {
    let mut times = vec![Vec::new(); names.len()];
    for round in 0..ROUNDS + 2 {
        clock.advance(TimeDelta::hours(2));
        for turn in 0..names.len() {
            let which = (round + turn) % names.len();
            let request = form(path, &[], format!("user_name={}{rest}", names[which]));
            let begun = Instant::now();
            let status = world.ask(request).await.status;
            let took = begun.elapsed();
            assert_eq!(status, expected, "{}", names[which]);
            // The first rounds fill caches.
            if round >= 2 {
                times[which].push(took);
            }
        }
    }
    for slow in 0..names.len() {
        for fast in 0..names.len() {
            let slower = times[slow].iter().zip(&times[fast]).filter(|(slow, fast)| slow > fast).count();
            let (middle, other) = (median(&times[slow]), median(&times[fast]));
            assert!(
                slower < NEARLY_ALL || middle < other.mul_f64(1.5),
                "{} takes {middle:?} and {} takes {other:?}: slower in {slower} of {ROUNDS} rounds",
                names[slow],
                names[fast],
            );
        }
    }
}

async fn signing_in_takes_as_long_for_everybody(database: Database) {
    let (world, clock) = server(database).await;
    compare(&world, &clock, &NAMES, "/sign-in?post=sign_in", "&password=x", StatusCode::UNAUTHORIZED).await;
}

async fn forgetting_takes_as_long_for_everybody(database: Database) {
    let (world, clock) = server(database).await;
    // What is no name is told so, whoever is there.
    let path = "/forgot-password?post=forgot_password";
    compare(&world, &clock, &NAMES[..4], path, "", StatusCode::SEE_OTHER).await;
}
