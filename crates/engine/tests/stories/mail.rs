//! Those who decide and those who wait are told by mail, each once.

use crate::{
    post::{BASE, Office, ROLE, told},
    smtp::{server, transport},
};
use stint_engine::{
    mail::{self, Transport},
    test_support::hours,
};
use stint_store::{Database, PageRequest};
use tokio::net::TcpListener;

stint_store::on_both_databases!(
    approvers_are_asked_and_whoever_asked_is_answered,
    the_rules_say_who_is_told,
    what_a_person_typed_stays_text,
    mail_goes_to_a_server_once,
    a_server_that_is_down_loses_no_mail,
    what_a_server_refuses_for_ever_is_not_tried_again,
    a_server_that_is_down_for_a_day_has_failed,
);

/// Mira is eligible; Priya and Omar may approve.
async fn office(database: Database) -> Office {
    Office::with_approvers(database).await
}

async fn approvers_are_asked_and_whoever_asked_is_answered(database: Database) {
    let office = office(database).await;
    let request = office.world.request(&office.mira, office.eligibility).await;
    office.work(Transport::Keep).await;
    let asks = "PIM: Mira asks to activate User Administrator";
    assert_eq!(office.subjects().await, [told("omar", asks), told("priya", asks)]);
    let (mail, state) = office.mails().await.remove(0);
    assert_eq!(state, "done");
    for expected in
        [&format!("{BASE}/approvals/{request}"), "Reason: on call", "Duration: 1 hour", "Scope: Directory"]
    {
        assert!(mail.text.contains(expected), "{expected} is missing: {}", mail.text);
    }
    assert!(mail.html.contains(&format!("href=\"{BASE}/approvals/{request}\"")), "one clear button");

    office.world.approve(&office.priya, request).await.unwrap();
    office.work(Transport::Keep).await;
    office.work(Transport::Keep).await;
    assert_eq!(
        office.subjects().await,
        [
            told("ada", "PIM: Mira activated the User Administrator role"),
            told("omar", asks),
            told("priya", asks),
            // Priya decided, so only Omar is told that it is done.
            told("omar", "PIM: Mira's request for User Administrator was approved"),
            told("mira", "PIM: your request for User Administrator was approved"),
        ]
    );
    assert!(office.mails().await.iter().all(|(mail, _)| mail.thread == Some(request)), "one thread");
}

async fn the_rules_say_who_is_told(database: Database) {
    use stint_domain::settings::NotificationLevel;
    let office = office(database).await;
    let changed = office.world.change_settings(ROLE, |settings| {
        settings.notify_approver_of_activation.notification_level = NotificationLevel::Critical;
        settings.notify_approver_of_activation.notification_recipients = vec!["soc@stint.example".to_owned()];
        settings.notify_requestor_of_activation.is_default_recipients_enabled = false;
    });
    changed.await.unwrap();
    let request = office.world.request(&office.mira, office.eligibility).await;
    office.world.deny(&office.priya, request).await.unwrap();
    office.work(Transport::Keep).await;
    let asks = "PIM: Mira asks to activate User Administrator";
    // That it was denied asks nobody for an act, and Mira's own mail is switched off.
    assert_eq!(office.subjects().await, [told("omar", asks), told("priya", asks), told("soc", asks)]);
}

async fn what_a_person_typed_stays_text(database: Database) {
    use stint_domain::{assign::Activation, time::Duration};
    let office = office(database).await;
    let asked = Activation {
        start: None,
        duration: Duration::hours(1),
        justification: Some(stint_engine::test_support::reason(
            "<a href=\"//evil.example\">click</a> & more",
        )),
        ticket: None,
    };
    let ask = async |op: &mut stint_engine::Operation| {
        stint_engine::activate::activate(op, office.eligibility, asked, None).await
    };
    office.world.write(&office.mira, ask).await.unwrap();
    office.work(Transport::Keep).await;
    let (mail, _) = office.mails().await.remove(0);
    assert!(!mail.html.contains("<a href=\"//evil"), "{}", mail.html);
    assert!(mail.html.contains("&lt;a href=&quot;//evil.example&quot;&gt;click&lt;/a&gt; &amp; more"));
}

async fn mail_goes_to_a_server_once(database: Database) {
    let office = office(database).await;
    let request = office.world.request(&office.mira, office.eligibility).await;
    let (url, inbox) = server().await;
    for _ in 0..3 {
        office.work(transport(&url)).await;
    }
    let mails = inbox.mails();
    assert_eq!(mails.len(), 2, "{mails:?}");
    for expected in [
        "Subject: PIM: Mira asks to activate User Administrator",
        "From: Stint <pim@stint.example>",
        &format!("References: <request.{request}@stint.example>"),
        "text/plain",
        "text/html",
    ] {
        assert!(mails.iter().all(|mail| mail.contains(expected)), "{expected}: {}", mails[0]);
    }
}

async fn a_server_that_is_down_loses_no_mail(database: Database) {
    let office = office(database).await;
    office.world.request(&office.mira, office.eligibility).await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let down = transport(&format!("smtp://{nobody}"));
    office.work(down).await;
    let states: Vec<_> = office.mails().await.into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["queued", "queued"], "to be tried again");
    assert_eq!(office.world.count("SELECT COUNT(*) FROM outbox WHERE last_error IS NOT NULL").await, 2);

    office.world.advance(stint_engine::test_support::hours(1));
    let (url, inbox) = server().await;
    office.work(transport(&url)).await;
    assert_eq!(inbox.mails().len(), 2);
}

async fn what_a_server_refuses_for_ever_is_not_tried_again(database: Database) {
    let office = office(database).await;
    office.world.request(&office.mira, office.eligibility).await;
    let (url, inbox) = server().await;
    inbox.answer(&["550 no such user here", "451 come back later"]);
    office.work(transport(&url)).await;
    let mut states: Vec<_> = office.mails().await.into_iter().map(|(_, state)| state).collect();
    states.sort();
    assert_eq!(states, ["failed", "queued"]);
    let why = "SELECT COUNT(*) FROM outbox WHERE state = 'failed' AND last_error LIKE '%no such user here%'";
    assert_eq!(office.world.count(why).await, 1);

    office.world.advance(hours(1));
    office.work(transport(&url)).await;
    assert_eq!((inbox.mails().len(), inbox.tried()), (1, 3), "the one that was to come back came");

    // An administrator may try it again.
    let page = PageRequest::first();
    let rows =
        office.world.read(&office.world.ada, async |op| mail::list(op, &page).await).await.unwrap().items;
    let failed = rows.iter().find(|row| row.state == "failed").unwrap().id;
    office.world.write(&office.world.ada, async |op| mail::send_again(op, failed).await).await.unwrap();
    office.work(transport(&url)).await;
    assert_eq!(inbox.mails().len(), 2);
}

async fn a_server_that_is_down_for_a_day_has_failed(database: Database) {
    let office = office(database).await;
    office.world.request(&office.mira, office.eligibility).await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let down = transport(&format!("smtp://{nobody}"));
    for _ in 0..24 {
        office.work(down.clone()).await;
        office.world.advance(hours(1));
    }
    assert_eq!(office.world.count("SELECT COUNT(*) FROM outbox WHERE state = 'failed'").await, 0);
    for _ in 0..12 {
        office.work(down.clone()).await;
        office.world.advance(hours(1));
    }
    let failed = "SELECT COUNT(*) FROM outbox WHERE state = 'failed' AND last_error IS NOT NULL";
    assert_eq!(office.world.count(failed).await, 2);
}
