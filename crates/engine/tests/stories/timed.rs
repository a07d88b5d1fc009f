//! What time alone makes news: each kind once, however many workers there are and however long none ran.

use crate::post::{BASE, Office, told};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use std::sync::Arc;
use stint_domain::{id::ScheduleId, schedule::AssignmentType, time::Duration};
use stint_engine::{
    Engine,
    assign::{self, Change},
    mail::{MailCarrier, Transport},
    random::Random,
    test_support::{days, hours},
    worker::{self, Carriers, LogCarrier},
};
use stint_store::Database;

stint_store::on_both_databases!(
    before_an_assignment_ends_and_when_it_has_ended,
    whoever_holds_it_is_led_to_where_it_goes_on,
    before_an_activation_ends,
    what_was_extended_or_removed_is_not_told_of,
    what_came_near_while_nobody_worked_is_told_afterwards,
    several_workers_tell_each_piece_once,
    many_ends_at_one_moment_are_told_once_each,
    a_week_is_told_on_monday_if_something_happened,
);

const ROLE: &str = "Reports Reader";

async fn assign_for(office: &Office, assignment_type: AssignmentType, length: TimeDelta) -> ScheduleId {
    let mut ask = office.world.ask(assignment_type, office.world.role(ROLE), &office.priya);
    ask.end = Some(office.world.now() + length);
    let id = office.world.assign(ask).await.unwrap();
    office.news().await;
    id
}

async fn before_an_assignment_ends_and_when_it_has_ended(database: Database) {
    let office = Office::quiet(database).await;
    let after = async |by| {
        office.world.advance(by);
        office.news().await
    };
    for (assignment_type, what) in
        [(AssignmentType::Eligible, "eligibility for"), (AssignmentType::Active, "assignment of")]
    {
        let words = |whose: &str, rest: &str| format!("PIM: {whose} {what} {ROLE} {rest}");
        assign_for(&office, assignment_type, days(30)).await;
        assert_eq!(after(days(16) - hours(1)).await, []);
        assert_eq!(
            after(hours(1)).await,
            [
                told("ada", &words("Priya's", "ends in 14 days")),
                told("priya", &words("your", "ends in 14 days"))
            ]
        );
        assert_eq!(after(hours(1)).await, [], "once");
        assert_eq!(
            after(days(13)).await,
            [
                told("ada", &words("Priya's", "ends in 23 hours")),
                told("priya", &words("your", "ends in 23 hours"))
            ]
        );
        assert_eq!(after(days(1)).await, [told("priya", &words("your", "has ended"))]);
        assert_eq!(after(days(1)).await, []);
    }
}

async fn whoever_holds_it_is_led_to_where_it_goes_on(database: Database) {
    let office = Office::quiet(database).await;
    let held = assign_for(&office, AssignmentType::Eligible, days(30)).await;
    let team = office.world.group_of("Team", &[&office.mira]).await;
    let mut ask = office.world.ask(AssignmentType::Active, office.world.role(ROLE), team);
    ask.end = Some(office.world.now() + days(30));
    office.world.assign(ask).await.unwrap();
    office.news().await;
    let page = |button: &str| format!("{button}:\n{BASE}/assignments/{held}/prolong\n");
    for (step, button) in [(days(16), "Extend"), (days(13), "Extend"), (days(1), "Renew")] {
        office.world.advance(step);
        office.work(Transport::Keep).await;
        let mails = office.mails().await;
        let text_to = |name: &str| {
            let mut mails = mails.iter().map(|(mail, _)| mail).filter(|mail| mail.to.starts_with(name));
            let mail = mails.next().unwrap_or_else(|| panic!("{name} was told nothing"));
            assert!(mails.next().is_none(), "{name} was told once");
            mail.text.clone()
        };
        assert!(text_to("priya").contains(&page(button)), "{}", text_to("priya"));
        // What a group holds, nobody in it prolongs.
        let hers = text_to("mira");
        assert!(hers.contains(&format!("View my roles:\n{BASE}/my-roles\n")), "{hers}");
        assert!(hers.contains("ask an administrator") && !hers.contains("prolong"), "{hers}");
        office.forget_mails().await;
    }
}

async fn before_an_activation_ends(database: Database) {
    let office = Office::quiet(database).await;
    let activation = office.world.activate(&office.mira, office.eligibility, 1).await.unwrap().id;
    office.news().await;
    office.world.advance(TimeDelta::minutes(29));
    assert_eq!(office.news().await, []);
    office.world.advance(TimeDelta::minutes(1));
    office.work(Transport::Keep).await;
    let (mail, _) = office.mails().await.remove(0);
    assert_eq!(mail.subject, "PIM: your activation of User Administrator ends in 30 minutes");
    let extend = format!("Extend:\n{BASE}/assignments/{activation}/prolong\n");
    assert!(mail.text.contains(&extend), "{}", mail.text);
    assert!(mail.thread.is_some(), "in the thread of its activation");
    office.forget_mails().await;

    office.world.advance(TimeDelta::minutes(25));
    assert_eq!(
        office.news().await,
        [told("mira", "PIM: your activation of User Administrator ends in 5 minutes")]
    );
    // That it ended was known to whoever activated for an hour.
    office.world.advance(TimeDelta::minutes(10));
    assert_eq!(office.news().await, []);
}

async fn what_was_extended_or_removed_is_not_told_of(database: Database) {
    let office = Office::quiet(database).await;
    let (long, gone) = (
        assign_for(&office, AssignmentType::Eligible, days(30)).await,
        assign_for(&office, AssignmentType::Active, days(30)).await,
    );
    let end = office.world.now() + days(60);
    let change = Change { start: None, end: Some(end), justification: None };
    office.world.write(&office.world.ada, async |op| assign::update(op, long, change).await).await.unwrap();
    office.world.write(&office.world.ada, async |op| assign::remove(op, gone, None).await).await.unwrap();
    let mut told = Vec::new();
    for _ in 0..64 {
        told.extend(office.news().await.into_iter().filter(|(to, _)| to == "priya"));
        office.world.advance(days(1));
    }
    let subjects: Vec<_> = told.into_iter().map(|(_, subject)| subject).collect();
    assert_eq!(
        subjects,
        [
            "PIM: your eligibility for Reports Reader ends in 14 days",
            "PIM: your eligibility for Reports Reader ends in 1 day",
            "PIM: your eligibility for Reports Reader has ended",
        ]
    );
}

async fn what_came_near_while_nobody_worked_is_told_afterwards(database: Database) {
    let office = Office::quiet(database).await;
    assign_for(&office, AssignmentType::Eligible, days(30)).await;
    office.world.advance(days(20));
    let found = office.news().await;
    assert!(
        found.contains(&told("priya", "PIM: your eligibility for Reports Reader ends in 10 days")),
        "{found:?}"
    );
    // Both reminders are overtaken by the end.
    office.world.advance(days(20));
    let mut found = office.news().await;
    found.retain(|(to, _)| to == "priya");
    assert_eq!(found, [told("priya", "PIM: your eligibility for Reports Reader has ended")]);
}

async fn several_workers_tell_each_piece_once(database: Database) {
    let office = Office::quiet(database.clone()).await;
    for _ in 0..5 {
        let person = office.world.user("Pat").await;
        let mut ask = office.world.ask(AssignmentType::Eligible, office.world.role(ROLE), &person);
        ask.end = Some(office.world.now() + days(20));
        office.world.assign(ask).await.unwrap();
    }
    office.news().await;
    office.world.advance(days(7));
    let works = (0..4).map(|_| {
        let (engine, carriers) = (office.world.engine.clone(), office.carriers(Transport::Keep));
        tokio::spawn(async move { worker::work(&engine, &carriers).await.unwrap() })
    });
    for work in works.collect::<Vec<_>>() {
        work.await.unwrap();
    }
    let news = "SELECT COUNT(*) FROM outbox WHERE topic = 'assignment.ending'";
    assert_eq!(office.world.count(news).await, 5);
    office.work(Transport::Keep).await;
    let mut found = office.subjects().await;
    found.retain(|(to, _)| to == "pat");
    assert_eq!(found.len(), 5, "{found:?}");
    assert_eq!(office.world.count(news).await, 5);
}

async fn many_ends_at_one_moment_are_told_once_each(database: Database) {
    let office = Office::quiet(database).await;
    let end = office.world.now() + days(20);
    let members: Vec<_> = {
        let mut members = Vec::new();
        for _ in 0..450 {
            members.push(office.world.user("Pat").await.id);
        }
        members
    };
    let mut ask = office.world.ask(AssignmentType::Eligible, office.world.role(ROLE), members[0]);
    (ask.members, ask.end) = (members, Some(end));
    office.world.assign(ask).await.unwrap();
    office.world.advance(days(6));
    worker::work(&office.world.engine, &LogCarrier).await.unwrap();
    let news = "SELECT COUNT(*) FROM outbox WHERE topic = 'assignment.ending'";
    assert_eq!(office.world.count(news).await, 450);
    office.world.advance(Duration::minutes(5).to_delta());
    worker::work(&office.world.engine, &LogCarrier).await.unwrap();
    assert_eq!(office.world.count(news).await, 450);
}

/// The next Monday at eight.
fn monday_after(now: DateTime<Utc>) -> DateTime<Utc> {
    let ahead = 7 - i64::from((now - hours(8)).weekday().num_days_from_monday());
    ((now - hours(8)).date_naive() + days(ahead)).and_time(chrono::NaiveTime::MIN).and_utc() + hours(8)
}

async fn a_week_is_told_on_monday_if_something_happened(database: Database) {
    let office = Office::quiet(database.clone()).await;
    let monday = monday_after(office.world.now());
    office.set_digest(monday - days(7)).await;
    office.world.activate(&office.mira, office.eligibility, 1).await.unwrap();
    office.world.make_active(&office.priya, ROLE).await;
    office.news().await;
    office.world.advance(monday - office.world.now() - TimeDelta::minutes(1));
    let digests = async || office.news().await;
    assert_eq!(digests().await, []);
    office.world.advance(TimeDelta::minutes(1));
    office.work(Transport::Keep).await;
    let mails = office.mails().await;
    let (digest, _) = mails.iter().find(|(mail, _)| mail.subject.contains("digest")).unwrap();
    for fact in [
        "Users activated: 1",
        "Made permanent: 1",
        "Role assignments in PIM: 2",
        "outside of PIM: not applicable",
        "User Administrator (2)",
    ] {
        assert!(digest.text.contains(fact), "{fact}: {}", digest.text);
    }
    assert_eq!(mails.iter().filter(|(mail, _)| mail.subject.contains("digest")).count(), 1, "to Ada alone");
    office.forget_mails().await;
    assert_eq!(digests().await, [], "once");

    // Another server of the same organisation starts: it does not begin anew.
    let clock = office.world.clock();
    let other = Engine::start(database, clock, Arc::new(Random::from_seed(8))).await.unwrap();
    let mail = MailCarrier::new(other.clone(), Transport::Keep, "stint@stint.example", BASE).unwrap();
    worker::work(&other, &Carriers { mail: Some(mail), ..Carriers::default() }).await.unwrap();
    assert_eq!(digests().await, []);
    office.world.advance(days(7));
    assert_eq!(digests().await, [], "nothing happened");
}
