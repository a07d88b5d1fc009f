//! Who is told when somebody asks for more time, and when they get it or not.

use crate::{
    post::{BASE, Office, told},
    prolong::hold,
};
use chrono::{DateTime, TimeDelta, Utc};
use stint_domain::{
    assign::Activation,
    id::{RequestId, ScheduleId},
    prolong::{Prolong, Terms},
    schedule::AssignmentType::{self, Active, Eligible},
    settings::NotificationLevel,
    time::Duration,
};
use stint_engine::{
    activate::{self, Activated},
    approvals::{self, Approved, Grant},
    mail::{Mail, Transport},
    prolong::{self, Wish},
    test_support::{User, because, days, hours, reason},
};
use stint_store::Database;

stint_store::on_both_databases!(
    those_who_decide_are_asked_and_whoever_asked_is_answered,
    who_is_no_more_to_decide_hears_it,
    each_row_says_who_is_told_of_more_time,
    what_an_administrator_does_unasked_is_told_once,
    what_was_asked_for_and_done_otherwise_is_told_once,
    what_is_given_as_another_type_is_told_as_that,
    what_has_ended_is_renewed_and_told_so,
    an_extended_activation_is_not_told_as_an_activation,
    an_activation_that_ended_meanwhile_begins_anew,
    who_could_activate_the_right_to_decide_is_asked,
);

const ROLE: &str = "Reports Reader";

/// Priya holds a role for 30 days, of which 20 are over. Ada and Pia may assign roles; Sue only watches.
struct Stage {
    office: Office,
    pia: User,
    held: ScheduleId,
    end: DateTime<Utc>,
}

impl Stage {
    async fn new(database: Database, assignment_type: AssignmentType) -> Self {
        let office = Office::quiet(database).await;
        office.world.stop_clock();
        let pia = office.world.holder("Pia", "Privileged Role Administrator").await;
        office.world.holder("Sue", "Security Administrator").await;
        let held = hold(&office.world, &office.priya, ROLE, assignment_type, days(30)).await;
        let end = office.world.schedule(held).await.window.end.unwrap();
        office.world.advance(days(20));
        office.news().await;
        Self { office, pia, held, end }
    }

    async fn ask(&self, wanted: Prolong) -> RequestId {
        let wish = Wish { end: Some(self.office.world.now() + days(15)), justification: reason("on it") };
        let asked = async |op: &mut _| prolong::ask(op, wanted, self.held, wish).await;
        self.office.world.write(&self.office.priya, asked).await.unwrap().request
    }

    async fn cancel(&self, by: &User, id: RequestId) {
        self.office.world.write(by, async |op| approvals::cancel(op, id).await).await.unwrap();
    }

    async fn by_ada(&self, wanted: Prolong, by: TimeDelta) {
        let end = Some(self.office.world.now() + by);
        let terms = Terms { assignment_type: Eligible, start: None, end };
        let why = Some(reason("the team needs it"));
        let act = async |op: &mut _| prolong::prolong(op, wanted, self.held, terms, why).await;
        self.office.world.write(&self.office.world.ada, act).await.unwrap();
    }

    /// The mails of a pass of a worker, in one thread.
    async fn mails(&self, thread: RequestId) -> Vec<Mail> {
        mails(&self.office, thread).await
    }
}

async fn mails(office: &Office, thread: RequestId) -> Vec<Mail> {
    office.work(Transport::Keep).await;
    let mails: Vec<_> = office.mails().await.into_iter().map(|(mail, _)| mail).collect();
    assert!(mails.iter().all(|mail| mail.thread == Some(thread)), "one thread");
    office.forget_mails().await;
    mails
}

fn to<'a>(mails: &'a [Mail], name: &str) -> &'a Mail {
    let mut found = mails.iter().filter(|mail| mail.to.starts_with(name));
    let mail = found.next().unwrap_or_else(|| panic!("{name} was told nothing: {mails:?}"));
    assert!(found.next().is_none(), "{name} was told once");
    mail
}

fn subjects(mails: &[Mail]) -> Vec<(String, String)> {
    let name = |mail: &Mail| mail.to.split(['.', '@']).next().unwrap_or_default().to_owned();
    mails.iter().map(|mail| (name(mail), mail.subject.clone())).collect()
}

fn says(mail: &Mail, facts: &[&str]) {
    for fact in facts {
        assert!(mail.text.contains(fact), "{fact} is missing: {}", mail.text);
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

async fn those_who_decide_are_asked_and_whoever_asked_is_answered(database: Database) {
    let stage = Stage::new(database, Eligible).await;
    let (world, old_end, new_end) = (&stage.office.world, stage.end, stage.end + days(5));
    let request = stage.ask(Prolong::Extend).await;
    let mails = stage.mails(request).await;
    let asks = "PIM: Priya asks to extend Reports Reader";
    assert_eq!(subjects(&mails), [told("ada", asks), told("pia", asks)], "not Sue, who only watches");
    let ends = [format!("Old end: {}", moment(old_end)), format!("New end: {}", moment(new_end))];
    says(
        to(&mails, "pia"),
        &[
            "Priya asks to extend the eligibility for Reports Reader, and you can decide.",
            "Requestor: Priya",
            "Role: Reports Reader",
            "Scope: Directory",
            "Assignment: Eligible",
            &ends[0],
            &ends[1],
            "Duration: 5 days",
            "Reason: on it",
            "To be decided until: ",
            &format!("Approve or deny:\n{BASE}/approvals/{request}\n"),
        ],
    );

    world.approve(&stage.pia, request).await.unwrap();
    let mails = stage.mails(request).await;
    let extended =
        format!("PIM: Priya's eligibility for Reports Reader was extended until {}", moment(new_end));
    assert_eq!(
        subjects(&mails),
        [
            told("sue", &extended),
            // Ada decides and watches: one mail. Pia did it.
            told("ada", "PIM: Priya's request to extend Reports Reader was approved"),
            told("priya", "PIM: your request to extend Reports Reader was approved"),
        ]
    );
    says(to(&mails, "ada"), &["Pia approved it. Nothing is left for you to do.", &ends[0], &ends[1]]);
    says(
        to(&mails, "sue"),
        &["Extended by: Pia", "Assignment: Eligible", &ends[0], &ends[1], "Reason: on it"],
    );
    says(to(&mails, "sue"), &[&format!("{BASE}/users/{}/assigned-roles", stage.office.priya.id)]);
    let answer = format!("Pia approved your request. Reports Reader is extended until {}.", moment(new_end));
    says(to(&mails, "priya"), &[&answer, &ends[0], &ends[1], &format!("{BASE}/my-requests/{request}\n")]);
    assert_eq!(stage.office.news().await, [], "once");
}

async fn who_is_no_more_to_decide_hears_it(database: Database) {
    let stage = Stage::new(database, Active).await;
    let world = &stage.office.world;
    let theirs = |what: &str| format!("PIM: Priya's request to extend Reports Reader {what}");
    let hers = |what: &str| format!("PIM: your request to extend Reports Reader {what}");
    let request = stage.ask(Prolong::Extend).await;
    says(to(&stage.mails(request).await, "ada"), &["extend the assignment of", "Assignment: Active"]);
    world.deny(&stage.pia, request).await.unwrap();
    let mails = stage.mails(request).await;
    assert_eq!(subjects(&mails), [told("ada", &theirs("was denied")), told("priya", &hers("was denied"))]);
    says(to(&mails, "ada"), &["Pia denied it.", "Asked for: until "]);
    assert!(!to(&mails, "priya").text.contains("New end"), "there is none");

    let request = stage.ask(Prolong::Extend).await;
    stage.mails(request).await;
    stage.cancel(&stage.office.priya, request).await;
    let mails = stage.mails(request).await;
    assert_eq!(
        subjects(&mails),
        [
            told("ada", &theirs("was cancelled")),
            told("pia", &theirs("was cancelled")),
            told("priya", &hers("was cancelled")),
        ]
    );
    says(to(&mails, "pia"), &["Priya cancelled it."]);

    let request = stage.ask(Prolong::Extend).await;
    stage.mails(request).await;
    world.advance(days(40));
    let mut found = stage.office.news().await;
    found.retain(|(_, subject)| subject.contains("request"));
    assert_eq!(
        found,
        [told("ada", &theirs("expired")), told("pia", &theirs("expired")), told("priya", &hers("expired")),]
    );
}

async fn each_row_says_who_is_told_of_more_time(database: Database) {
    let stage = Stage::new(database, Active).await;
    let world = &stage.office.world;
    let change = world.change_settings(ROLE, |settings| {
        // Only what asks for an act, and to the operations centre as well.
        settings.notify_approver_of_active.notification_level = NotificationLevel::Critical;
        settings.notify_approver_of_active.notification_recipients = vec!["soc@stint.example".to_owned()];
        settings.notify_requestor_of_active.is_default_recipients_enabled = false;
        // Rows of the other type have no say.
        settings.notify_approver_of_eligible.is_default_recipients_enabled = false;
        settings.notify_admin_of_eligible.notification_level = NotificationLevel::Critical;
    });
    change.await.unwrap();
    let request = stage.ask(Prolong::Extend).await;
    let asks = "PIM: Priya asks to extend Reports Reader";
    assert_eq!(stage.office.news().await, [told("ada", asks), told("pia", asks), told("soc", asks)]);
    world.approve(&stage.pia, request).await.unwrap();
    let extended = format!(
        "PIM: Priya's assignment of Reports Reader was extended until {}",
        moment(stage.end + days(5))
    );
    assert_eq!(stage.office.news().await, [told("ada", &extended), told("sue", &extended)]);
}

async fn what_an_administrator_does_unasked_is_told_once(database: Database) {
    let stage = Stage::new(database, Eligible).await;
    stage.by_ada(Prolong::Extend, days(20)).await;
    stage.office.work(Transport::Keep).await;
    let mails: Vec<_> = stage.office.mails().await.into_iter().map(|(mail, _)| mail).collect();
    let what = format!("eligibility for Reports Reader was extended until {}", moment(stage.end + days(10)));
    let (theirs, hers) = (format!("PIM: Priya's {what}"), format!("PIM: your {what}"));
    // Ada did it: she knows.
    assert_eq!(subjects(&mails), [told("pia", &theirs), told("sue", &theirs), told("priya", &hers)]);
    let ends =
        [format!("Old end: {}", moment(stage.end)), format!("New end: {}", moment(stage.end + days(10)))];
    let said = ["Who: Priya", "Extended by: Ada", &ends[0], &ends[1], "Reason: the team needs it"];
    says(to(&mails, "pia"), &said);
    says(to(&mails, "priya"), &said);
    says(to(&mails, "priya"), &[&format!("{BASE}/my-roles\n")]);

    // A group is its people.
    let (world, office) = (&stage.office.world, &stage.office);
    let team = world.group_of("Team", &[&office.mira, &office.priya]).await;
    let held = hold(world, team, ROLE, Eligible, days(9)).await;
    office.news().await;
    let end = world.now() + days(12);
    let terms = Terms { assignment_type: Eligible, start: None, end: Some(end) };
    let why = Some(reason("the team needs it"));
    let act = async |op: &mut _| prolong::prolong(op, Prolong::Extend, held, terms, why).await;
    world.write(&world.ada, act).await.unwrap();
    let subject = format!("PIM: Team's eligibility for Reports Reader was extended until {}", moment(end));
    let names = ["mira", "pia", "priya", "sue"];
    assert_eq!(office.news().await, names.map(|name| told(name, &subject)));
}

async fn what_was_asked_for_and_done_otherwise_is_told_once(database: Database) {
    let stage = Stage::new(database, Eligible).await;
    let world = &stage.office.world;
    for is_alert_on in [true, false] {
        let change = world.change_settings(ROLE, |settings| {
            settings.notify_admin_of_eligible.is_default_recipients_enabled = is_alert_on;
        });
        // That the alert is on is how it was.
        drop(change.await);
        stage.ask(Prolong::Extend).await;
        stage.office.news().await;
        let by = if is_alert_on { days(20) } else { days(21) };
        stage.by_ada(Prolong::Extend, by).await;
        let end = moment(world.now() + by);
        let theirs = format!("PIM: Priya's eligibility for Reports Reader was extended until {end}");
        let hers = format!("PIM: your eligibility for Reports Reader was extended until {end}");
        let handled = "PIM: Priya's request to extend Reports Reader was cancelled";
        let expected = if is_alert_on {
            vec![told("pia", &theirs), told("sue", &theirs), told("priya", &hers)]
        } else {
            vec![told("pia", handled), told("priya", &hers)]
        };
        assert_eq!(stage.office.news().await, expected);
        // Near enough to its end to be extended again.
        world.advance(days(10));
        stage.office.news().await;
    }
}

async fn what_is_given_as_another_type_is_told_as_that(database: Database) {
    let stage = Stage::new(database, Eligible).await;
    let world = &stage.office.world;
    let request = stage.ask(Prolong::Extend).await;
    stage.mails(request).await;
    let end = world.now() + days(11);
    let grant = Grant::On(Terms { assignment_type: Active, start: None, end: Some(end) });
    let act = async |op: &mut _| approvals::approve(op, request, reason("so be it"), grant).await;
    world.write(&stage.pia, act).await.unwrap();
    let mails = stage.mails(request).await;
    let until = moment(end);
    assert_eq!(
        to(&mails, "sue").subject,
        format!("PIM: Priya's assignment of Reports Reader was extended until {until}")
    );
    says(to(&mails, "priya"), &["Assignment: Active", &format!("New end: {until}")]);
}

async fn what_has_ended_is_renewed_and_told_so(database: Database) {
    let stage = Stage::new(database, Eligible).await;
    let world = &stage.office.world;
    world.advance(days(15));
    stage.office.news().await;
    let request = stage.ask(Prolong::Renew).await;
    let mails = stage.mails(request).await;
    let asks = "PIM: Priya asks to renew Reports Reader";
    assert_eq!(subjects(&mails), [told("ada", asks), told("pia", asks)]);
    world.advance(days(1));
    let Approved::Renewed(renewed) = world.approve(&stage.pia, request).await.unwrap() else {
        panic!("it had ended")
    };
    let mails = stage.mails(request).await;
    let until = moment(world.now() + days(15));
    assert_eq!(
        subjects(&mails),
        [
            told("sue", &format!("PIM: Priya's eligibility for Reports Reader was renewed until {until}")),
            told("ada", "PIM: Priya's request to renew Reports Reader was approved"),
            told("priya", "PIM: your request to renew Reports Reader was approved"),
        ]
    );
    let starts = format!("Starts: {}", moment(world.now()));
    says(to(&mails, "priya"), &[&format!("Reports Reader is renewed until {until}."), &starts]);
    says(to(&mails, "sue"), &["Renewed by: Pia", &starts]);

    // An administrator does so unasked.
    world.advance(days(16));
    stage.office.news().await;
    let end = world.now() + days(3);
    let terms = Terms { assignment_type: Eligible, start: None, end: Some(end) };
    let why = Some(reason("the team needs it"));
    let act = async |op: &mut _| prolong::prolong(op, Prolong::Renew, renewed.id, terms, why).await;
    world.write(&world.ada, act).await.unwrap();
    let hers = format!("PIM: your eligibility for Reports Reader was renewed until {}", moment(end));
    assert!(stage.office.news().await.contains(&told("priya", &hers)));
}

/// Mira has activated for an hour, of which ten minutes are over, and asks for three more; Priya or Omar decides.
async fn extending(database: Database) -> (Office, DateTime<Utc>, RequestId) {
    let office = Office::with_approvers(database).await;
    office.world.stop_clock();
    let first = office.world.request(&office.mira, office.eligibility).await;
    let Approved::Activated(activation) = office.world.approve(&office.priya, first).await.unwrap() else {
        panic!("one is enough")
    };
    office.world.advance(TimeDelta::minutes(10));
    office.news().await;
    let asked = Activation {
        start: None,
        duration: Duration::hours(3),
        justification: because("still on call"),
        ticket: None,
    };
    let extend = async |op: &mut _| activate::extend(op, activation.id, asked, None).await;
    let Activated::Pending { request, .. } = office.world.write(&office.mira, extend).await.unwrap() else {
        panic!("somebody has to agree")
    };
    (office, activation.window.end.unwrap(), request)
}

async fn an_extended_activation_is_not_told_as_an_activation(database: Database) {
    let (office, old_end, request) = extending(database).await;
    let mails = mails(&office, request).await;
    let asks = "PIM: Mira asks to extend User Administrator";
    assert_eq!(subjects(&mails), [told("omar", asks), told("priya", asks)]);
    let ends = [format!("Old end: {}", moment(old_end)), format!("New end: {}", moment(old_end + hours(3)))];
    says(to(&mails, "omar"), &["asks to extend the activation of", "Duration: 3 hours", &ends[0], &ends[1]]);
    office.world.approve(&office.priya, request).await.unwrap();
    let mails = self::mails(&office, request).await;
    assert_eq!(
        subjects(&mails),
        [
            told("omar", "PIM: Mira's request to extend User Administrator was approved"),
            told("mira", "PIM: your request to extend User Administrator was approved"),
        ]
    );
    let extended = format!("User Administrator is extended until {}.", moment(old_end + hours(3)));
    says(to(&mails, "mira"), &[&extended, &ends[0], &ends[1]]);
}

async fn an_activation_that_ended_meanwhile_begins_anew(database: Database) {
    let (office, _, request) = extending(database).await;
    office.news().await;
    office.world.advance(hours(2));
    office.news().await;
    office.world.approve(&office.priya, request).await.unwrap();
    let mails = mails(&office, request).await;
    assert_eq!(to(&mails, "ada").subject, "PIM: Mira activated the User Administrator role");
    let until = moment(office.world.now() + hours(3));
    let anew = format!("The activation had ended, so User Administrator is activated anew, until {until}.");
    says(to(&mails, "mira"), &[&anew]);
}

async fn who_could_activate_the_right_to_decide_is_asked(database: Database) {
    let stage = Stage::new(database, Eligible).await;
    let world = &stage.office.world;
    let (nora, vera) = (world.user("Nora").await, world.user("Vera").await);
    world.make_eligible(&nora, "Privileged Role Administrator").await;
    world.make_eligible(&vera, ROLE).await;
    stage.office.news().await;
    stage.office.forget_mails().await;
    let request = stage.ask(Prolong::Extend).await;
    let mails = stage.mails(request).await;
    says(to(&mails, "nora"), &["Priya"]);
    assert!(mails.iter().all(|mail| !mail.to.starts_with("vera")), "she may not assign roles");
}
