//! Another system is told what happened, once, and can prove who told it.

use crate::heard;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use stint_engine::{
    test_support::{World, hours},
    webhook::{self, Webhook, WebhookCarrier},
    worker::{self, Carriers},
};
use stint_store::{Database, PageRequest};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};

stint_store::on_both_databases!(
    each_event_is_told_once_and_signed,
    what_was_answered_with_an_error_is_told_again,
    only_what_is_wanted_is_told,
    several_workers_tell_each_event_once,
    a_webhook_that_is_down_loses_nothing_and_shows_no_secret,
    a_webhook_that_does_not_answer_is_left_alone_for_a_while,
);

const SECRET: &str = "a secret of sixteen";

/// What a system got: the head, and the body.
type Calls = Arc<Mutex<Vec<(String, String)>>>;

/// Starts a system that answers so, and with 204 afterwards. Tells its address and what it gets.
async fn system(answers: &[u16]) -> (String, Calls) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?token=hidden", listener.local_addr().unwrap());
    let (calls, answers) = (Calls::default(), Arc::new(Mutex::new(answers.to_vec())));
    let kept = calls.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, kept.clone(), answers.clone()));
        }
    });
    (url, calls)
}

async fn answer(mut stream: TcpStream, calls: Calls, answers: Arc<Mutex<Vec<u16>>>) {
    let (reader, mut writer) = stream.split();
    let call = heard::request(reader).await;
    let status = {
        let mut answers = answers.lock().unwrap();
        if answers.is_empty() { 204 } else { answers.remove(0) }
    };
    calls.lock().unwrap().push(call);
    let location = if status == 302 { "location: http://127.0.0.1:1/\r\n" } else { "" };
    let text = format!("HTTP/1.1 {status} so\r\n{location}content-length: 0\r\nconnection: close\r\n\r\n");
    writer.write_all(text.as_bytes()).await.unwrap();
}

fn carriers(world: &World, url: &str, events: &[&str]) -> Carriers {
    let events = events.iter().map(|&event| event.to_owned()).collect();
    let webhooks = vec![Webhook::new(url, SECRET, events).unwrap()];
    let carrier = WebhookCarrier::new(world.engine.clone(), "https://pim.example/", webhooks).unwrap();
    Carriers { webhooks: Some(carrier), ..Carriers::default() }
}

async fn work(world: &World, carriers: &Carriers) {
    worker::work(&world.engine, carriers).await.unwrap();
}

/// What a receiver does: the event, if the signature is right and of now.
fn checked(world: &World, call: &(String, String)) -> Value {
    heard::check_signature(world, SECRET, call);
    let (head, body) = call;
    assert!(head.starts_with("POST /hook?token=hidden HTTP/1.1"), "{head}");
    assert!(heard::header(head, "content-type").starts_with("application/cloudevents+json"));
    serde_json::from_str(body).unwrap()
}

async fn each_event_is_told_once_and_signed(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    world.make_active(&mira, "Reports Reader").await;
    let (url, calls) = system(&[]).await;
    let carriers = carriers(&world, &url, &[]);
    work(&world, &carriers).await;
    assert_eq!(calls.lock().unwrap().len(), 0, "it begins with what happens from now on");

    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    world.activate(&mira, eligibility, 1).await.unwrap();
    for _ in 0..3 {
        work(&world, &carriers).await;
    }
    let calls = calls.lock().unwrap().clone();
    let mut events: Vec<_> = calls.iter().map(|call| checked(&world, call)).collect();
    events.sort_by_key(|event| event["data"]["seq"].as_i64());
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "stint.role_management.eligible_assigned_permanent",
            "stint.authentication.signed_in",
            "stint.role_management.activated",
        ]
    );
    let event = &events[2];
    assert_eq!((&event["specversion"], &event["source"]), (&"1.0".into(), &"https://pim.example".into()));
    assert_eq!(event["subject"], mira.id.to_string());
    let data = &event["data"];
    assert_eq!(
        (&data["actor"]["name"], &data["role"]["name"], &data["scope"], &data["justification"]),
        (&"Mira".into(), &"User Administrator".into(), &"/".into(), &"on call".into())
    );
}

async fn what_was_answered_with_an_error_is_told_again(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    // Nobody listens at the place that the redirect names.
    let (url, calls) = system(&[500, 302, 410]).await;
    let carriers = carriers(&world, &url, &["stint.role_management.*"]);
    work(&world, &carriers).await;
    world.make_active(&mira, "Reports Reader").await;
    for count in 1..=3 {
        work(&world, &carriers).await;
        work(&world, &carriers).await;
        assert_eq!(calls.lock().unwrap().len(), count, "not at once");
        world.advance(hours(1));
    }
    work(&world, &carriers).await;
    let calls = calls.lock().unwrap().clone();
    assert_eq!(calls.len(), 3, "whoever is gone is gone");
    assert_eq!(calls[0].1, calls[1].1, "the same event");
    let failed = "SELECT COUNT(*) FROM outbox WHERE topic = 'webhook' AND state = 'failed'";
    assert_eq!(world.count(failed).await, 1);
    let page = PageRequest::first();
    let listed = world.read(&world.ada, async |op| webhook::list(op, &page).await).await.unwrap().items;
    let delivery: webhook::Delivery = serde_json::from_str(&listed[0].payload).unwrap();
    assert_eq!((listed[0].state.as_str(), delivery.host.as_str()), ("failed", "127.0.0.1"));
    world.make_active(&mira, "User Administrator").await;
    work(&world, &carriers).await;
    let done = "SELECT COUNT(*) FROM outbox WHERE topic = 'webhook' AND state = 'done'";
    assert_eq!(world.count(done).await, 1);
    let again = async |op: &mut stint_engine::Operation| webhook::send_again(op, listed[0].id).await;
    assert!(crate::is_denied(&world.write(&mira, again).await));
    world.write(&world.ada, again).await.unwrap();
    work(&world, &carriers).await;
    assert_eq!(world.count(done).await, 2);
}

async fn only_what_is_wanted_is_told(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let (url, calls) = system(&[]).await;
    let carriers = carriers(&world, &url, &["stint.role_management.activated", "stint.group_management.*"]);
    work(&world, &carriers).await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    world.activate(&mira, eligibility, 1).await.unwrap();
    world.group("Helpdesk", false).await;
    work(&world, &carriers).await;
    let calls = calls.lock().unwrap().clone();
    let mut kinds: Vec<_> = calls.iter().map(|call| checked(&world, call)["type"].to_string()).collect();
    kinds.sort();
    assert_eq!(kinds, ["\"stint.group_management.group_created\"", "\"stint.role_management.activated\""]);
}

async fn several_workers_tell_each_event_once(database: Database) {
    let world = World::new(database).await;
    let (url, calls) = system(&[]).await;
    let carriers = Arc::new(carriers(&world, &url, &["stint.group_management.*"]));
    work(&world, &carriers).await;
    for count in 0..30 {
        world.group(&format!("Group {count}"), false).await;
    }
    let works = (0..4).map(|_| {
        let (engine, carriers) = (world.engine.clone(), carriers.clone());
        tokio::spawn(async move { worker::work(&engine, &*carriers).await.unwrap() })
    });
    for work in works.collect::<Vec<_>>() {
        work.await.unwrap();
    }
    work(&world, &carriers).await;
    let calls = calls.lock().unwrap().clone();
    let mut ids: Vec<_> = calls.iter().map(|call| checked(&world, call)["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((calls.len(), ids.len()), (30, 30));
}

async fn a_webhook_that_is_down_loses_nothing_and_shows_no_secret(database: Database) {
    let world = World::new(database).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let carriers =
        carriers(&world, &format!("http://{address}/hook?token=hidden"), &["stint.group_management.*"]);
    work(&world, &carriers).await;
    world.group("Helpdesk", false).await;
    work(&world, &carriers).await;
    assert_eq!(
        world.count("SELECT COUNT(*) FROM outbox WHERE topic = 'webhook' AND last_error IS NOT NULL").await,
        1
    );
    let leaks = "SELECT COUNT(*) FROM outbox WHERE last_error LIKE '%hidden%' OR payload LIKE '%sixteen%' OR payload LIKE '%hidden%'";
    assert_eq!(world.count(leaks).await, 0);
    assert!(!format!("{carriers:?}").contains("hidden") && !format!("{carriers:?}").contains("sixteen"));

    let listener = TcpListener::bind(address).await.unwrap();
    let calls = Calls::default();
    let kept = calls.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, kept.clone(), Arc::default()));
        }
    });
    world.advance(hours(1));
    work(&world, &carriers).await;
    let calls = calls.lock().unwrap().clone();
    assert_eq!(checked(&world, &calls[0])["type"], "stint.group_management.group_created");
}

async fn a_webhook_that_does_not_answer_is_left_alone_for_a_while(database: Database) {
    let world = World::new(database).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tries = Arc::new(Mutex::new(0));
    let counted = tries.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            *counted.lock().unwrap() += 1;
            drop(stream);
        }
    });
    let carriers = carriers(&world, &format!("http://{address}"), &["stint.group_management.*"]);
    work(&world, &carriers).await;
    for index in 0..10 {
        world.group(&format!("Group {index}"), false).await;
    }
    work(&world, &carriers).await;
    assert_eq!(*tries.lock().unwrap(), 1, "the other nine did not wait for it");
    assert_eq!(
        world.count("SELECT COUNT(*) FROM outbox WHERE topic = 'webhook' AND state = 'queued'").await,
        10
    );
    world.advance(chrono::TimeDelta::seconds(5));
    work(&world, &carriers).await;
    assert_eq!(*tries.lock().unwrap(), 2, "then it is tried again, once");
}
