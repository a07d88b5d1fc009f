//! A server is killed between a change and the mail about it: the mail comes all the same, once.
//!
//! The server that is killed is this very program, started again with the database in its environment.

use crate::{
    post::BASE,
    smtp::{server, transport},
};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
};
use stint_engine::{
    Engine,
    clock::TestClock,
    mail::{MailCarrier, Transport},
    random::Random,
    test_support::World,
    worker::{self, Carriers},
};
use stint_store::{Database, test_support};

stint_store::on_both_databases!(
    a_mail_survives_the_server_that_should_have_sent_it,
    a_mail_survives_the_server_that_was_sending_it,
);

/// What the killed server is told: its database, and what it does before it waits to be killed.
const DATABASE: &str = "STINT_TEST_KILLED_DATABASE";
const MAIL_SERVER: &str = "STINT_TEST_KILLED_MAIL_SERVER";

/// Starts the server, and comes back when it has said that it is done.
fn start(database: &Database, mail_server: Option<&str>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "killed::the_server_that_is_killed", "--ignored", "--nocapture"]);
    command.env(DATABASE, test_support::url(database)).stdout(Stdio::piped());
    if let Some(url) = mail_server {
        command.env(MAIL_SERVER, url);
    }
    let mut child = command.spawn().unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines();
    let done = said.map_while(Result::ok).any(|line| line.contains("committed"));
    assert!(done, "it ended before it was killed");
    child
}

/// SIGKILL: it does not finish anything.
fn kill(mut child: Child) {
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
}

#[expect(clippy::disallowed_methods, reason = "this is how a test tells the program that it starts")]
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Somebody is given a role, and nobody is told, because the server does not get so far.
#[tokio::test]
#[ignore = "the other stories of this file start it, and kill it"]
async fn the_server_that_is_killed() {
    let Some(url) = told(DATABASE) else { return };
    let world = World::new(Database::connect(&url, 4).await.unwrap()).await;
    let mira = world.user("Mira").await;
    world.make_active(&mira, "Reports Reader").await;
    if let Some(server) = told(MAIL_SERVER) {
        // It claims the mails, and the mail server does not answer.
        let carriers = carriers(&world.engine, transport(&server));
        tokio::spawn(async move { worker::work(&world.engine, &carriers).await });
    }
    println!("committed");
    std::future::pending::<()>().await;
}

fn carriers(engine: &Engine, transport: Transport) -> Carriers {
    let mail = MailCarrier::new(engine.clone(), transport, "Stint <pim@stint.example>", BASE).unwrap();
    Carriers { mail: Some(mail), ..Carriers::default() }
}

/// A server of the same organisation, started afterwards.
async fn started_again(database: Database) -> (Engine, Arc<TestClock>) {
    let clock: Arc<TestClock> = Arc::default();
    let engine = Engine::start(database, clock.clone(), Arc::new(Random::from_system())).await.unwrap();
    (engine, clock)
}

async fn in_state(engine: &Engine, state: &'static str) -> i64 {
    let mut tx = engine.database().read().await.unwrap();
    let count = "SELECT COUNT(*) FROM outbox WHERE topic = 'mail' AND state = $1";
    let (count,): (i64,) = tx.query(count).bind(state).fetch_one().await.unwrap();
    count
}

async fn a_mail_survives_the_server_that_should_have_sent_it(database: Database) {
    let child = start(&database, None);
    kill(child);
    let (engine, _) = started_again(database).await;
    let (url, inbox) = server().await;
    let worker = tokio::spawn(worker::run(engine.clone(), Arc::new(carriers(&engine, transport(&url)))));
    // To Mira, and to the administrator.
    let mails = inbox.wait_for(2).await;
    assert!(mails.iter().any(|mail| mail.contains("permanently assigned")), "{mails:?}");
    worker.abort();
    let _aborted = worker.await;
    for _ in 0..3 {
        worker::work(&engine, &carriers(&engine, transport(&url))).await.unwrap();
    }
    assert_eq!(inbox.mails().len(), 2, "once each");
}

async fn a_mail_survives_the_server_that_was_sending_it(database: Database) {
    // A mail server that takes a connection and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let child = start(&database, Some(&format!("smtp://{}", silent.local_addr().unwrap())));
    let _connection = silent.accept().await.unwrap();
    kill(child);
    let (engine, clock) = started_again(database).await;
    assert_eq!(in_state(&engine, "claimed").await, 1);
    let (url, inbox) = server().await;
    let work = async || worker::work(&engine, &carriers(&engine, transport(&url))).await.unwrap();
    work().await;
    assert_eq!(inbox.mails().len(), 1, "the other may still be on its way");
    clock.advance(chrono::TimeDelta::minutes(3));
    work().await;
    work().await;
    assert_eq!((inbox.mails().len(), in_state(&engine, "done").await), (2, 2));
}
