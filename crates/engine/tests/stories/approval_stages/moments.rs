//! Mails about stages: those of a stage when it begins, the backup approvers when it takes long, a reminder; each once.

use crate::post::{BASE, Office, ROLE, told};
use stint_domain::{
    id::RequestId,
    settings::{ApprovalStage, Backup},
    time::Duration,
};
use stint_engine::{
    mail::Transport,
    substitution::{self, Wish},
    test_support::{User, because, days, hours},
    worker,
};
use stint_store::Database;

stint_store::on_both_databases!(
    those_of_a_stage_are_asked_when_it_begins,
    backups_are_asked_once_when_it_has_taken_long,
    who_was_not_asked_yet_is_not_told_that_it_is_over,
    who_has_not_decided_is_reminded_once,
    for_whom_somebody_has_decided_is_not_reminded,
    nobody_is_told_of_what_is_decided,
    what_came_while_nobody_worked_is_told_afterwards,
    several_workers_tell_each_moment_once,
);

/// Priya or Paul decides first, with Olga as a backup after two hours; then Omar. A reminder comes after an hour.
struct Staged {
    office: Office,
    paul: User,
    omar: User,
}

const ASKS: &str = "PIM: Mira asks to activate User Administrator";
const REMINDER: &str = "PIM: Reminder: Mira asks to activate User Administrator";

impl Staged {
    async fn new(database: Database) -> Self {
        let office = Office::quiet(database).await;
        let world = &office.world;
        let (paul, olga, omar) =
            (world.user("Paul").await, world.user("Olga").await, world.user("Omar").await);
        let change = world.change_settings(ROLE, |settings| {
            let rule = &mut settings.activation_approval;
            rule.is_approval_required = true;
            rule.remind_after = Some(Duration::hours(1));
            rule.first.approvers = [office.priya.id, paul.id].into();
            let approvers = [olga.id, paul.id].into();
            rule.first.backup = Some(Backup { approvers, after: Duration::hours(2) });
            rule.further_stages =
                vec![ApprovalStage { approvers: [omar.id, paul.id].into(), ..ApprovalStage::default() }];
        });
        change.await.unwrap();
        office.news().await;
        Self { office, paul, omar }
    }

    async fn ask(&self) -> RequestId {
        self.office.world.request(&self.office.mira, self.office.eligibility).await
    }

    /// What is told after so many hours.
    async fn after(&self, count: i64) -> Vec<(String, String)> {
        self.office.world.advance(hours(count));
        self.office.news().await
    }
}

async fn those_of_a_stage_are_asked_when_it_begins(database: Database) {
    let staged = Staged::new(database).await;
    let Staged { office, paul, omar } = &staged;
    let request = staged.ask().await;
    assert_eq!(staged.after(0).await, [told("paul", ASKS), told("priya", ASKS)]);
    office.world.approve(paul, request).await.unwrap();
    office.work(Transport::Keep).await;
    let mails = office.mails().await;
    assert_eq!(
        office.subjects().await,
        [told("omar", ASKS)],
        "Paul has decided, and Priya is not asked again"
    );
    let (mail, _) = &mails[0];
    assert_eq!(mail.thread, Some(request), "one thread");
    for words in [
        "The stage before agreed",
        "Stage: 2 of 2",
        "Agreed before: Paul",
        &format!("{BASE}/approvals/{request}"),
    ] {
        assert!(mail.text.contains(words), "{words}: {}", mail.text);
    }
    office.forget_mails().await;
    office.world.approve(omar, request).await.unwrap();
    assert_eq!(
        office.news().await,
        [
            told("ada", "PIM: Mira activated the User Administrator role"),
            told("paul", "PIM: Mira's request for User Administrator was approved"),
            told("priya", "PIM: Mira's request for User Administrator was approved"),
            told("mira", "PIM: your request for User Administrator was approved"),
        ],
        "all who were asked"
    );
}

async fn backups_are_asked_once_when_it_has_taken_long(database: Database) {
    let staged = Staged::new(database).await;
    let office = &staged.office;
    let request = staged.ask().await;
    office.world.advance(hours(1));
    office.news().await;
    office.world.advance(hours(1));
    office.work(Transport::Keep).await;
    assert_eq!(office.subjects().await, [told("olga", ASKS)], "Paul was asked as an approver");
    let (mail, _) = office.mails().await.remove(0);
    assert!(mail.text.contains("so you can, as a backup approver"), "{}", mail.text);
    assert_eq!(mail.thread, Some(request), "one thread");
    office.forget_mails().await;
    assert_eq!(staged.after(1).await, [], "once");
    office.world.deny(&office.priya, request).await.unwrap();
    let denied = "PIM: Mira's request for User Administrator was denied";
    let found = office.news().await;
    assert!(found.contains(&told("olga", denied)), "{found:?}");
    assert!(!found.contains(&told("omar", denied)), "he was never asked: {found:?}");
}

async fn who_was_not_asked_yet_is_not_told_that_it_is_over(database: Database) {
    let staged = Staged::new(database).await;
    let office = &staged.office;
    let request = staged.ask().await;
    office.news().await;
    office.world.deny(&office.priya, request).await.unwrap();
    // The mail is late.
    let found = staged.after(3).await;
    assert_eq!(
        found,
        [
            told("paul", "PIM: Mira's request for User Administrator was denied"),
            told("mira", "PIM: your request for User Administrator was denied"),
        ]
    );
}

async fn who_has_not_decided_is_reminded_once(database: Database) {
    let staged = Staged::new(database).await;
    let Staged { office, paul, .. } = &staged;
    let needed = office.world.change_settings(ROLE, |settings| {
        settings.activation_approval.first.approvals_needed = 2;
    });
    needed.await.unwrap();
    let request = staged.ask().await;
    office.news().await;
    office.world.approve(paul, request).await.unwrap();
    assert_eq!(staged.after(1).await, [told("priya", REMINDER)], "Paul has decided");
    for _ in 0..3 {
        assert!(staged.after(1).await.iter().all(|(_, subject)| subject != REMINDER), "once in a stage");
    }
    office.world.approve(&office.priya, request).await.unwrap();
    assert_eq!(staged.after(0).await, [told("omar", ASKS)]);
    assert_eq!(staged.after(1).await, [told("omar", REMINDER)], "the next stage has one of its own");
    assert_eq!(staged.after(1).await, []);
}

async fn for_whom_somebody_has_decided_is_not_reminded(database: Database) {
    let staged = Staged::new(database).await;
    let office = &staged.office;
    let needed = office.world.change_settings(ROLE, |settings| {
        settings.activation_approval.first.approvals_needed = 2;
    });
    needed.await.unwrap();
    let lena = office.world.user("Lena").await;
    let wish = Wish {
        substitute: Some(lena.id),
        start: None,
        end: Some(office.world.now() + days(2)),
        reason: because("on holiday"),
    };
    let named = office.world.write(&office.priya, async |op| substitution::name(op, wish).await);
    named.await.unwrap();
    let request = staged.ask().await;
    office.world.approve(&lena, request).await.unwrap();
    office.news().await;
    assert_eq!(staged.after(1).await, [told("paul", REMINDER)], "neither Lena nor Priya decides any more");
}

async fn nobody_is_told_of_what_is_decided(database: Database) {
    let staged = Staged::new(database).await;
    let Staged { office, paul, omar } = &staged;
    // Decided before the moment comes, in one stage or in all.
    for _ in 0..2 {
        let request = staged.ask().await;
        office.world.approve(paul, request).await.unwrap();
        office.world.approve(omar, request).await.unwrap();
        office.news().await;
        for _ in 0..3 {
            assert_eq!(
                staged.after(1).await.into_iter().filter(|(to, _)| to != "mira").collect::<Vec<_>>(),
                []
            );
        }
    }
    // Decided between the moment and the mail.
    let request = staged.ask().await;
    office.news().await;
    office.world.advance(hours(2));
    worker_without_mail(office).await;
    let news = "SELECT COUNT(*) FROM outbox WHERE topic IN ('approval.reminded', 'approval.escalated')";
    assert_eq!(office.world.count(news).await, 2);
    let mut tx = office.world.engine.database().begin().await.unwrap();
    let again =
        "UPDATE outbox SET state = 'queued' WHERE topic IN ('approval.reminded', 'approval.escalated')";
    tx.query(again).execute().await.unwrap();
    tx.commit().await.unwrap();
    office.world.deny(paul, request).await.unwrap();
    let found = office.news().await;
    assert!(found.iter().all(|(_, subject)| subject.ends_with("was denied")), "{found:?}");
    // Expired before anybody looked.
    staged.ask().await;
    office.news().await;
    let found = staged.after(25).await;
    assert!(found.iter().all(|(_, subject)| subject.ends_with("expired")), "{found:?}");
}

/// A pass of a worker that has no mail to carry.
async fn worker_without_mail(office: &Office) {
    worker::work(&office.world.engine, &worker::LogCarrier).await.unwrap();
}

async fn what_came_while_nobody_worked_is_told_afterwards(database: Database) {
    let staged = Staged::new(database).await;
    staged.ask().await;
    staged.office.news().await;
    let found = staged.after(20).await;
    assert_eq!(
        found,
        [told("olga", ASKS), told("olga", REMINDER), told("paul", REMINDER), told("priya", REMINDER)]
    );
    assert_eq!(staged.after(1).await, []);
}

async fn several_workers_tell_each_moment_once(database: Database) {
    let staged = Staged::new(database).await;
    let office = &staged.office;
    for _ in 0..5 {
        let person = office.world.user("Pat").await;
        let eligibility = office.world.make_eligible(&person, ROLE).await;
        office.world.request(&person, eligibility).await;
    }
    office.news().await;
    office.world.advance(hours(3));
    let works = (0..4).map(|_| {
        let (engine, carriers) = (office.world.engine.clone(), office.carriers(Transport::Keep));
        tokio::spawn(async move { worker::work(&engine, &carriers).await.unwrap() })
    });
    for work in works.collect::<Vec<_>>() {
        work.await.unwrap();
    }
    office.work(Transport::Keep).await;
    let news = "SELECT COUNT(*) FROM outbox WHERE topic IN ('approval.reminded', 'approval.escalated')";
    assert_eq!(office.world.count(news).await, 10);
    let mut found = office.subjects().await;
    found.retain(|(to, _)| to == "olga");
    assert_eq!(found.len(), 10, "asked and reminded: {found:?}");
}
