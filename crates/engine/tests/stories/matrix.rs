//! Who is told when a role is given or activated, as the nine rows of the settings say.

mod prolonged;

use crate::post::{BASE, Office, ROLE, told};
use stint_domain::{
    schedule::AssignmentType,
    scope::ScopePath,
    settings::{NotificationLevel, Occasion, RecipientType},
};
use stint_engine::{
    mail::{self, Transport},
    test_support::{User, days},
};
use stint_store::Database;

stint_store::on_both_databases!(
    those_who_watch_and_whoever_gets_it_are_told_of_an_assignment,
    those_who_watch_and_whoever_did_it_are_told_of_an_activation,
    an_activation_that_was_approved_is_told_once,
    each_row_can_be_silenced,
    a_group_is_its_people_and_a_program_reads_no_mail,
    the_preview_names_who_would_be_told,
);

async fn assign(office: &Office, assignment_type: AssignmentType, to: &User, end: Option<i64>) {
    let mut ask = office.world.ask(assignment_type, office.world.role("Reports Reader"), to);
    ask.end = end.map(|end| office.world.now() + days(end));
    office.world.assign(ask).await.unwrap();
}

async fn those_who_watch_and_whoever_gets_it_are_told_of_an_assignment(database: Database) {
    use AssignmentType::{Active, Eligible};
    let office = Office::quiet(database).await;
    // Eva could be a Security Administrator, but is not one now; Sue is.
    office.world.holder("Sue", "Security Administrator").await;
    let eva = office.world.user("Eva").await;
    office.world.make_eligible(&eva, "Security Administrator").await;
    office.news().await;

    for (assignment_type, end, words) in [
        (Eligible, Some(30), "made eligible for"),
        (Active, Some(30), "assigned"),
        (Active, None, "permanently assigned"),
        (Eligible, None, "permanently made eligible for"),
    ] {
        let priya = office.world.user("Priya").await;
        assign(&office, assignment_type, &priya, end).await;
        let (theirs, hers) = (
            format!("PIM: Priya was {words} the Reports Reader role"),
            format!("PIM: you were {words} the Reports Reader role"),
        );
        assert_eq!(office.news().await, [told("ada", &theirs), told("sue", &theirs), told("priya", &hers)]);
    }

    assign(&office, Eligible, &office.priya, None).await;
    office.work(Transport::Keep).await;
    let mails = office.mails().await;
    let (to_admin, to_priya) = (&mails[0].0, &mails[2].0);
    assert_eq!(to_admin.thread, to_priya.thread, "one thread");
    assert!(to_admin.thread.is_some());
    for mail in [to_admin, to_priya] {
        for fact in [
            "Who: Priya",
            "Given by: Ada",
            "Role: Reports Reader",
            "Scope: Directory",
            "Assignment: Eligible",
            "Starts: ",
            "Ends: Never (permanent)",
            "Reason: a story needs it",
        ] {
            assert!(mail.text.contains(fact), "{fact} is missing: {}", mail.text);
        }
        assert_eq!(mail.html.matches("<a ").count(), 1, "one clear button");
        assert!(mail.html.contains("prefers-color-scheme:dark") && mail.html.contains("width=device-width"));
    }
    assert!(to_admin.text.contains(&format!("{BASE}/users/{}/assigned-roles", office.priya.id)));
    assert!(to_priya.text.contains(&format!("{BASE}/my-roles/")) && to_priya.text.contains("/activate\n"));
}

async fn those_who_watch_and_whoever_did_it_are_told_of_an_activation(database: Database) {
    let office = Office::quiet(database).await;
    office.world.activate(&office.mira, office.eligibility, 2).await.unwrap();
    assert_eq!(
        office.news().await,
        [
            told("ada", "PIM: Mira activated the User Administrator role"),
            told("mira", "PIM: you activated the User Administrator role"),
        ]
    );
    assert_eq!(office.news().await, [], "once");

    // Who watches and activates has one mail about it.
    let eva = office.world.user("Eva").await;
    let eligibility = office.world.make_eligible(&eva, "Security Administrator").await;
    office.news().await;
    office.world.activate(&eva, eligibility, 1).await.unwrap();
    assert_eq!(
        office.news().await,
        [
            told("ada", "PIM: Eva activated the Security Administrator role"),
            told("eva", "PIM: you activated the Security Administrator role"),
        ]
    );
}

async fn an_activation_that_was_approved_is_told_once(database: Database) {
    let office = Office::with_approvers(database).await;
    let request = office.world.request(&office.mira, office.eligibility).await;
    office.news().await;
    office.world.approve(&office.priya, request).await.unwrap();
    assert_eq!(
        office.news().await,
        [
            told("ada", "PIM: Mira activated the User Administrator role"),
            told("omar", "PIM: Mira's request for User Administrator was approved"),
            told("mira", "PIM: your request for User Administrator was approved"),
        ]
    );
}

async fn each_row_can_be_silenced(database: Database) {
    let office = Office::quiet(database).await;
    let change = office.world.change_settings(ROLE, |settings| {
        // To nobody but the operations centre.
        settings.notify_admin_of_active.is_default_recipients_enabled = false;
        settings.notify_admin_of_active.notification_recipients = vec!["soc@stint.example".to_owned()];
        // Only what asks for an act: that somebody has a role now does not.
        settings.notify_requestor_of_active.notification_level = NotificationLevel::Critical;
        settings.notify_admin_of_activation.notification_level = NotificationLevel::Critical;
        settings.notify_admin_of_activation.notification_recipients = vec!["soc@stint.example".to_owned()];
        // To the person and to somebody besides, once each.
        settings.notify_requestor_of_activation.notification_recipients =
            vec!["boss@stint.example".to_owned(), "BOSS@stint.example".to_owned()];
    });
    change.await.unwrap();
    office.world.make_active(&office.priya, ROLE).await;
    assert_eq!(
        office.news().await,
        [told("soc", "PIM: Priya was permanently assigned the User Administrator role")]
    );
    office.world.activate(&office.mira, office.eligibility, 1).await.unwrap();
    let subject = "PIM: you activated the User Administrator role";
    let mut found = office.news().await;
    for (to, _) in &mut found {
        *to = to.to_lowercase();
    }
    assert_eq!(found, [told("boss", subject), told("mira", subject)]);
}

async fn a_group_is_its_people_and_a_program_reads_no_mail(database: Database) {
    let office = Office::quiet(database).await;
    let gone = office.world.user("Gone").await;
    let group = office.world.group_of("Helpdesk", &[&office.mira, &office.priya, &gone]).await;
    let program = office.world.program("Backup").await;
    office
        .world
        .write(&office.world.ada, async |op| stint_engine::users::disable(op, gone.id).await)
        .await
        .unwrap();
    office.news().await;

    office.world.make_eligible(group, "Reports Reader").await;
    let subject = "PIM: Helpdesk was permanently made eligible for the Reports Reader role";
    assert_eq!(office.news().await, [told("ada", subject), told("mira", subject), told("priya", subject)]);
    office.world.make_active(program, "Reports Reader").await;
    assert_eq!(
        office.news().await,
        [told("ada", "PIM: Backup was permanently assigned the Reports Reader role")]
    );
}

async fn the_preview_names_who_would_be_told(database: Database) {
    let office = Office::with_approvers(database).await;
    office.world.holder("Sue", "Security Administrator").await;
    let change = office.world.change_settings(ROLE, |settings| {
        settings.notify_admin_of_active.notification_level = NotificationLevel::Critical;
        settings.notify_requestor_of_active.is_default_recipients_enabled = false;
        settings.notify_admin_of_activation.notification_recipients = vec!["soc@stint.example".to_owned()];
        settings.notify_approver_of_activation.notification_level = NotificationLevel::Critical;
    });
    change.await.unwrap();
    let (role, everywhere) = (office.world.role(ROLE), ScopePath::directory());
    let preview =
        async |op: &mut stint_engine::Operation| mail::preview_recipients(op, role, &everywhere).await;
    let rows = office.world.read(&office.world.ada, preview).await.unwrap();
    let found: Vec<_> = rows
        .iter()
        .map(|row| {
            let name = |one: &mail::Recipient| one.name.clone().unwrap_or_else(|| one.address.clone());
            let names: Vec<_> = row.recipients.iter().map(name).collect();
            assert_eq!(names.len(), row.count);
            (row.occasion, row.to, row.tells_the_person, names.join(", "))
        })
        .collect();
    use Occasion::{Activation, ActiveAssignment, EligibleAssignment};
    use RecipientType::{Admin, Approver, Requestor};
    let row = |occasion, to, person, names: &str| (occasion, to, person, names.to_owned());
    assert_eq!(
        found,
        [
            row(EligibleAssignment, Admin, false, "Ada, Sue"),
            row(EligibleAssignment, Requestor, true, ""),
            row(EligibleAssignment, Approver, false, "Ada"),
            row(ActiveAssignment, Admin, false, ""),
            row(ActiveAssignment, Requestor, false, ""),
            row(ActiveAssignment, Approver, false, "Ada"),
            row(Activation, Admin, false, "Ada, Sue, soc@stint.example"),
            row(Activation, Requestor, true, ""),
            row(Activation, Approver, false, "Omar, Priya"),
        ]
    );
    assert!(crate::is_denied(&office.world.read(&office.mira, preview).await));
}
