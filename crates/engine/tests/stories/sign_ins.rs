//! The sign-in log.

use crate::is_denied;
use chrono::TimeDelta;
use stint_domain::{
    sign_in::{Method, Outcome},
    text::{NewPassword, UserName},
};
use stint_engine::{
    Caller, passwords, sign_in, sign_ins,
    test_support::{World, days, display_name},
    users,
    worker::{self, LogCarrier},
};
use stint_store::{
    Database, PageRequest,
    sign_in::{Filter, SignInRow},
};

stint_store::on_both_databases!(
    every_try_is_there_with_its_reason,
    it_is_narrowed_and_paged,
    it_is_read_by_those_who_may_and_ones_own_by_oneself,
    it_is_kept_as_long_as_configured,
);

const PASSWORD: &str = "walrus orbit teacup nineteen";

async fn listed(world: &World, filter: Filter) -> Vec<SignInRow> {
    let page = PageRequest { after: None, size: 200 };
    let list = async |op: &mut stint_engine::Operation| sign_ins::list(op, &filter, &page).await;
    world.read(&world.ada, list).await.unwrap().items
}

async fn every_try_is_there_with_its_reason(database: Database) {
    let world = World::new(database).await;
    world.caller(&world.ada).await;
    let password = NewPassword::parse(PASSWORD).unwrap();
    let fresh = passwords::chosen(&world.engine, &password, &[]).await.unwrap();
    let properties = users::Properties {
        user_name: UserName::parse("mira@contoso.example").unwrap(),
        display_name: display_name("Mira"),
        job_title: None,
        department: None,
    };
    let mira = world.write(&world.ada, async |op| users::create(op, properties, fresh).await).await.unwrap();
    let from = Caller {
        source: Some("192.0.2.7".to_owned()),
        agent: Some("Firefox on Linux".to_owned()),
        ..Caller::default()
    };
    let tried = async |name: &str, password: &str| {
        drop(sign_in::with_password(&world.engine, &from, name, password).await);
    };
    tried("mira@contoso.example", PASSWORD).await;
    tried("mira@contoso.example", "hunter2-hunter2").await;
    tried("hunter2@contoso.example", "x").await;
    world.write(&world.ada, async |op| users::disable(op, mira).await).await.unwrap();
    tried("mira@contoso.example", PASSWORD).await;
    tried("mira@contoso.example", "hunter2-hunter2").await;
    let rows = listed(&world, Filter::default()).await;
    let told: Vec<_> = rows.iter().rev().map(|row| (row.user_name.as_deref(), row.result)).collect();
    let name = Some("mira@contoso.example");
    assert_eq!(
        told[1..],
        [
            (name, Outcome::MustChangePassword),
            (name, Outcome::WrongPassword),
            (None, Outcome::UnknownUser),
            (name, Outcome::Disabled),
            (name, Outcome::WrongPassword),
        ]
    );
    assert_eq!((rows[5].method, rows[4].method), (Method::Demo, Method::Password));
    assert_eq!(
        (rows[0].source.as_deref(), rows[0].device.as_deref()),
        (Some("192.0.2.7"), Some("Firefox on Linux"))
    );
    assert!(!format!("{rows:?}").contains("hunter2"), "what was typed is not kept");
}

async fn it_is_narrowed_and_paged(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    world.caller(&world.ada).await;
    for _ in 0..3 {
        world.advance(TimeDelta::minutes(1));
        for user in [&mira, &omar] {
            world.sign_in(user).await;
        }
        drop(sign_in::with_password(&world.engine, &Caller::default(), &mira.user_name, "x").await);
    }
    let of_mira = Filter { principal: Some(mira.id), ..Filter::default() };
    assert_eq!(listed(&world, of_mira.clone()).await.len(), 6);
    let wrong = Filter { result: Some(Outcome::WrongPassword), ..of_mira.clone() };
    assert_eq!(listed(&world, wrong).await.len(), 3);
    let since = Filter { since: Some(world.now() - TimeDelta::seconds(30)), ..Filter::default() };
    assert_eq!(listed(&world, since.clone()).await.len(), 3);
    let until = Filter { since: None, until: since.since, ..since };
    assert_eq!(listed(&world, until).await.len(), 7);
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = PageRequest { after, size: 4 };
        let filter = Filter::default();
        let list = async |op: &mut stint_engine::Operation| sign_ins::list(op, &filter, &page).await;
        let page = world.read(&world.ada, list).await.unwrap();
        seen.extend(page.items.into_iter().map(|row| row.id));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen.len(), 10);
    assert!(seen.is_sorted_by(|a, b| a.as_uuid() > b.as_uuid()), "the latest first, each once");
}

async fn it_is_read_by_those_who_may_and_ones_own_by_oneself(database: Database) {
    let world = World::new(database).await;
    let (mira, reader) = (world.user("Mira").await, world.holder("Reader", "Reports Reader").await);
    let here = Some("192.0.2.7".to_owned());
    let narrowed = async |by, principal, source| {
        let filter = Filter { principal, source, ..Filter::default() };
        world.read(by, async |op| sign_ins::list(op, &filter, &PageRequest::first()).await).await
    };
    let list = async |by, principal| narrowed(by, principal, None).await;
    assert!(is_denied(&list(&mira, None).await));
    assert!(is_denied(&narrowed(&mira, None, here.clone()).await), "an address is nobody's own");
    assert!(is_denied(&narrowed(&mira, Some(reader.id), here.clone()).await));
    assert!(narrowed(&mira, Some(mira.id), here).await.is_ok());
    assert!(is_denied(&list(&mira, Some(reader.id)).await));
    assert_eq!(list(&mira, Some(mira.id)).await.unwrap().items.len(), 1);
    assert!(list(&reader, None).await.unwrap().items.len() >= 2);
}

async fn it_is_kept_as_long_as_configured(database: Database) {
    let world = World::new(database).await;
    world.caller(&world.ada).await;
    world.advance(days(89));
    world.caller(&world.ada).await;
    worker::work(&world.engine, &LogCarrier).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in").await, 2);
    world.advance(days(2));
    worker::work(&world.engine, &LogCarrier).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in").await, 1);
}
