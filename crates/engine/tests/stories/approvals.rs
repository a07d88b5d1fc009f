//! An activation that needs approval: asked for, approved, denied, taken back, forgotten.

use chrono::TimeDelta;
use stint_domain::{
    authz::Action,
    refusal::{Broken, Field},
    request::{RequestStatus, Verdict},
    settings::Requirement,
    time::Duration,
};
use stint_engine::{
    Error,
    activate::{self, Activated},
    approvals::{self, Approved, Grant},
    assign, requests,
    test_support::{User, World, days, hours, reason},
    users, worker,
};
use stint_store::{Database, PageRequest, request::RequestRow};

use crate::{is_denied, refused};

stint_store::on_both_databases!(
    approved_it_is_active,
    denied_it_is_over,
    taken_back_it_is_over,
    nobody_decides_in_time,
    two_have_to_agree,
    an_approver_grants_less,
    it_begins_when_it_was_asked_for,
    one_request_at_a_time,
    the_ground_is_taken_away,
    an_eligibility_that_ends_meanwhile_is_not_activated,
    lists_are_read_in_pages,
    what_happened_is_in_the_log,
);

/// Mira is eligible for User Administrator, and Paul decides.
async fn stage(database: Database) -> (World, User, User, stint_domain::id::ScheduleId) {
    let world = World::new(database).await;
    let (mira, paul) = (world.user("Mira").await, world.user("Paul").await);
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    world.require_approval("User Administrator", &[paul.id]).await;
    (world, mira, paul, eligibility)
}

async fn inbox(world: &World, user: &User) -> Vec<RequestRow> {
    let view = approvals::View::default();
    let page = world.read(user, async |op| approvals::list(op, &view, &PageRequest::first()).await).await;
    page.unwrap().map(|waiting| waiting.request).items
}

async fn status(world: &World, user: &User, id: stint_domain::id::RequestId) -> RequestStatus {
    world.read(user, async |op| approvals::find(op, id).await).await.unwrap().status
}

async fn approved_it_is_active(database: Database) {
    let (world, mira, paul, eligibility) = stage(database).await;
    let Activated::Pending { request, expires_at } =
        world.ask_to_activate(&mira, eligibility, 2).await.unwrap()
    else {
        panic!("it waits")
    };
    assert!((expires_at - world.now() - hours(24)).abs() < TimeDelta::minutes(1));
    assert!(!world.may(&mira, Action::CreateUsers).await, "asking gives nothing");
    assert_eq!(status(&world, &mira, request).await, RequestStatus::PendingApproval);
    let offer = world.read(&mira, async |op| activate::offer(op, eligibility).await).await.unwrap();
    assert_eq!(offer.pending, Some(request));
    assert_eq!(offer.approvers[0].iter().map(|row| row.id).collect::<Vec<_>>(), [paul.id]);
    let waiting = world.read(&mira, async |op| requests::list_waiting(op).await).await.unwrap();
    assert_eq!(waiting.iter().map(|row| row.id).collect::<Vec<_>>(), [request]);

    let waiting = inbox(&world, &paul).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!((waiting[0].id, waiting[0].principal_name.as_str()), (request, "Mira"));
    assert_eq!(waiting[0].role_name, "User Administrator");
    let found = world.read(&paul, async |op| approvals::find(op, request).await).await.unwrap();
    assert_eq!((found.denial, found.may_cancel, found.status), (None, false, RequestStatus::PendingApproval));
    assert_eq!(found.approvers.iter().map(|row| row.id).collect::<Vec<_>>(), [paul.id]);

    world.advance(hours(3));
    let approved = world.approve(&paul, request).await.unwrap();
    let Approved::Activated(activation) = approved else { panic!("{approved:?}") };
    assert_eq!(activation.request, request);
    assert!(world.may(&mira, Action::CreateUsers).await);
    assert!(inbox(&world, &paul).await.is_empty());
    world.advance(TimeDelta::minutes(119));
    assert!(world.may(&mira, Action::CreateUsers).await, "two hours from the approval on");
    world.advance(TimeDelta::minutes(1));
    assert!(!world.may(&mira, Action::CreateUsers).await);

    let found = world.read(&mira, async |op| approvals::find(op, request).await).await.unwrap();
    assert_eq!((found.status, found.window), (RequestStatus::Provisioned, activation.window));
    assert_eq!(found.request.schedule_id, Some(activation.id));
    let [decision] = &found.decisions[..] else { panic!("{:?}", found.decisions) };
    assert_eq!((decision.verdict, decision.justification.as_str()), (Verdict::Approve, "it is needed"));
    assert_eq!(decision.approver_name, "Paul");
    // Who comes late is told who was there.
    let late = refused(world.deny(&paul, request).await);
    assert!(
        matches!(&late[..], [(Field::Form, Broken::AlreadyDecided { what, by, .. })] if what == "approved this request" && by == "Paul"),
        "{late:?}"
    );
}

async fn denied_it_is_over(database: Database) {
    let (world, mira, paul, eligibility) = stage(database).await;
    let request = world.request(&mira, eligibility).await;
    world.deny(&paul, request).await.unwrap();
    assert_eq!(status(&world, &mira, request).await, RequestStatus::Denied);
    assert!(!world.may(&mira, Action::CreateUsers).await);
    let found = world.read(&mira, async |op| approvals::find(op, request).await).await.unwrap();
    assert_eq!(found.decisions[0].justification, "it is not needed");
    assert!(found.denial.unwrap().starts_with("Paul denied this request on "));
    refused(world.approve(&paul, request).await);
    // She may ask again.
    let again = world.request(&mira, eligibility).await;
    world.approve(&paul, again).await.unwrap();
    let mine =
        world.read(&mira, async |op| requests::list_mine(op, &PageRequest::first()).await).await.unwrap();
    let mine: Vec<_> = mine.items.iter().map(|row| (row.id, row.status_at(world.now()))).collect();
    assert_eq!(mine, [(again, RequestStatus::Provisioned), (request, RequestStatus::Denied)]);
    for (search, found) in [("user adm", 2), ("groups", 0), ("ser", 0)] {
        let page = PageRequest::first();
        let mine =
            world.read(&mira, async |op| requests::search_mine(op, search, &page).await).await.unwrap();
        assert_eq!(mine.items.len(), found, "{search}");
    }
    let decided = world.read(&paul, async |op| approvals::list_decided(op, &PageRequest::first()).await);
    let decided: Vec<_> = decided.await.unwrap().items.iter().map(|(row, _)| row.id).collect();
    assert_eq!(decided, [again, request]);
}

async fn taken_back_it_is_over(database: Database) {
    let (world, mira, paul, eligibility) = stage(database).await;
    let (pia, omar) = (world.holder("Pia", "Privileged Role Administrator").await, world.user("Omar").await);
    let cancel = async |by: &User, id| world.write(by, async |op| approvals::cancel(op, id).await).await;
    for by in [&mira, &pia] {
        let request = world.request(&mira, eligibility).await;
        assert!(is_denied(&cancel(&paul, request).await), "an approver says no instead");
        assert!(matches!(cancel(&omar, request).await, Err(Error::NotFound)));
        cancel(by, request).await.unwrap();
        assert_eq!(status(&world, &mira, request).await, RequestStatus::Canceled);
        assert!(inbox(&world, &paul).await.is_empty());
        let late = refused(world.approve(&paul, request).await);
        assert!(
            matches!(&late[..], [(Field::Form, Broken::AlreadyDecided { what, .. })] if what == "cancelled this request"),
            "{late:?}"
        );
        refused(cancel(by, request).await);
    }
    let asked = world.request(&mira, eligibility).await;
    world.approve(&paul, asked).await.unwrap();
    refused(cancel(&mira, asked).await);
}

async fn nobody_decides_in_time(database: Database) {
    let (world, mira, paul, eligibility) = stage(database).await;
    world
        .change_settings("User Administrator", |settings| {
            settings.activation_approval.window = Duration::hours(2);
        })
        .await
        .unwrap();
    let request = world.request(&mira, eligibility).await;
    world.advance(hours(2) - TimeDelta::minutes(1));
    assert_eq!(inbox(&world, &paul).await.len(), 1);
    world.advance(TimeDelta::minutes(1));
    // Nothing has to run for the time to be over.
    assert_eq!(status(&world, &mira, request).await, RequestStatus::TimedOut);
    assert!(inbox(&world, &paul).await.is_empty());
    for late in [
        world.approve(&paul, request).await.map(drop),
        world.deny(&paul, request).await,
        world.write(&mira, async |op| approvals::cancel(op, request).await).await,
    ] {
        let late = refused(late);
        assert!(matches!(late[..], [(Field::Form, Broken::RequestExpired(_))]), "{late:?}");
    }
    let timed_out = "SELECT COUNT(*) FROM schedule_request WHERE status = 'TimedOut'";
    assert_eq!(world.count(timed_out).await, 0);
    // She asks again, and so it is written down.
    let again = world.request(&mira, eligibility).await;
    assert_eq!(world.count(timed_out).await, 1);
    // Or the worker does.
    world.advance(hours(2));
    for _ in 0..2 {
        worker::work(&world.engine, &worker::LogCarrier).await.unwrap();
        assert_eq!(world.count(timed_out).await, 2);
    }
    assert_eq!(status(&world, &mira, again).await, RequestStatus::TimedOut);
    let said = "SELECT COUNT(*) FROM audit_event WHERE activity = 'PIM activation request expired' AND actor_id IS NULL";
    assert_eq!(world.count(said).await, 2);
    let told = "SELECT COUNT(*) FROM outbox WHERE topic = 'approval.expired'";
    assert_eq!(world.count(told).await, 2);
}

async fn two_have_to_agree(database: Database) {
    let (world, mira, paul, eligibility) = stage(database).await;
    let (lena, omar) = (world.user("Lena").await, world.user("Omar").await);
    let approvers = [paul.id, lena.id, omar.id];
    world.require_approval("User Administrator", &approvers).await;
    world
        .change_settings("User Administrator", |settings| {
            settings.activation_approval.first.approvals_needed = 2;
        })
        .await
        .unwrap();
    let request = world.request(&mira, eligibility).await;
    let first = world.approve(&paul, request).await.unwrap();
    assert!(matches!(first, Approved::Waiting { approvals: 1, needed: 2 }), "{first:?}");
    assert!(!world.may(&mira, Action::CreateUsers).await);
    assert!(inbox(&world, &paul).await.is_empty(), "Paul has said what he has to say");
    assert_eq!(inbox(&world, &lena).await[0].approvals, 1);
    let twice = refused(world.approve(&paul, request).await);
    assert!(matches!(&twice[..], [(_, Broken::AlreadyDecided { by, .. })] if by == "Paul"), "{twice:?}");
    let twice = refused(world.deny(&paul, request).await);
    assert!(matches!(&twice[..], [(_, Broken::AlreadyDecided { .. })]), "{twice:?}");
    assert!(matches!(world.approve(&lena, request).await.unwrap(), Approved::Activated(_)));
    assert!(world.may(&mira, Action::CreateUsers).await);
    refused(world.approve(&omar, request).await);

    // One who denies is enough.
    world.advance(hours(1));
    let request = world.request(&mira, eligibility).await;
    world.approve(&paul, request).await.unwrap();
    world.deny(&lena, request).await.unwrap();
    refused(world.approve(&omar, request).await);
    assert!(!world.may(&mira, Action::CreateUsers).await);
}

async fn an_approver_grants_less(database: Database) {
    let (world, mira, paul, eligibility) = stage(database).await;
    let lena = world.user("Lena").await;
    world.require_approval("User Administrator", &[paul.id, lena.id]).await;
    world
        .change_settings("User Administrator", |settings| {
            settings.activation_approval.first.approvals_needed = 2;
        })
        .await
        .unwrap();
    let request = match world.ask_to_activate(&mira, eligibility, 4).await.unwrap() {
        Activated::Pending { request, .. } => request,
        Activated::Schedule(_) => panic!("it waits"),
    };
    let approve = async |by: &User, granted: Duration| {
        let grant = Grant::AtMost(granted);
        world.write(by, async |op| approvals::approve(op, request, reason("less will do"), grant).await).await
    };
    assert_eq!(
        refused(approve(&paul, Duration::hours(5)).await),
        [(Field::Duration, Broken::LongerThanAsked(Duration::hours(4)))]
    );
    assert_eq!(
        refused(approve(&paul, Duration::minutes(4)).await),
        [(Field::Duration, Broken::TooShort(Duration::SHORTEST))]
    );
    approve(&paul, Duration::hours(1)).await.unwrap();
    let Approved::Activated(activation) = approve(&lena, Duration::hours(3)).await.unwrap() else {
        panic!("two are enough")
    };
    let end = activation.window.end.unwrap();
    assert_eq!(end - activation.window.start, hours(1), "the less of what was granted");

    // What the settings allow meanwhile is a limit too.
    world.advance(hours(1));
    let request = match world.ask_to_activate(&mira, eligibility, 4).await.unwrap() {
        Activated::Pending { request, .. } => request,
        Activated::Schedule(_) => panic!("it waits"),
    };
    world
        .change_settings("User Administrator", |settings| {
            settings.activation_expiration.maximum_duration = Duration::hours(2);
        })
        .await
        .unwrap();
    world.approve(&paul, request).await.unwrap();
    let Approved::Activated(activation) = world.approve(&lena, request).await.unwrap() else {
        panic!("two are enough")
    };
    assert_eq!(activation.window.end.unwrap() - activation.window.start, hours(2));
}

async fn it_begins_when_it_was_asked_for(database: Database) {
    let (world, mira, paul, eligibility) = stage(database).await;
    let start = world.now() + hours(5);
    let asked = stint_domain::assign::Activation {
        start: Some(start),
        duration: Duration::hours(1),
        justification: Some(reason("maintenance tonight")),
        ticket: None,
    };
    let asked = world.write(&mira, async |op| activate::activate(op, eligibility, asked, None).await).await;
    let Activated::Pending { request, .. } = asked.unwrap() else { panic!("it waits") };
    let Approved::Activated(activation) = world.approve(&paul, request).await.unwrap() else {
        panic!("one is enough")
    };
    assert_eq!(activation.window.start, start);
    assert_eq!(status(&world, &mira, request).await, RequestStatus::Granted);
    assert!(!world.may(&mira, Action::CreateUsers).await);
    world.advance(hours(5));
    assert!(world.may(&mira, Action::CreateUsers).await);
}

async fn one_request_at_a_time(database: Database) {
    let (world, mira, paul, eligibility) = stage(database).await;
    let other = world.make_eligible(&mira, "Groups Administrator").await;
    world.require_approval("Groups Administrator", &[paul.id]).await;
    let request = world.request(&mira, eligibility).await;
    assert_eq!(
        refused(world.ask_to_activate(&mira, eligibility, 1).await),
        [(Field::Form, Broken::RequestPending)]
    );
    world.request(&mira, other).await;
    // Not a way around it either: what the settings ask for is checked as always.
    world
        .change_settings("User Administrator", |settings| {
            settings.activation_enablement.enabled_rules = [Requirement::Ticketing].into();
        })
        .await
        .unwrap();
    world.write(&mira, async |op| approvals::cancel(op, request).await).await.unwrap();
    assert_eq!(
        refused(world.ask_to_activate(&mira, eligibility, 9).await),
        [(Field::Duration, Broken::TooLong(Duration::hours(8))), (Field::Ticket, Broken::TicketRequired)]
    );
    assert_eq!(inbox(&world, &paul).await.len(), 1);
}

async fn the_ground_is_taken_away(database: Database) {
    let (world, mira, paul, eligibility) = stage(database).await;
    let why = async |id| {
        let found = world.read(&world.ada, async |op| approvals::find(op, id).await).await.unwrap();
        assert_eq!(found.status, RequestStatus::Canceled);
        assert_eq!(found.request.closed_by_name.as_deref(), Some("Ada"));
        found.request.close_reason.unwrap()
    };
    let request = world.request(&mira, eligibility).await;
    world.write(&world.ada, async |op| assign::remove(op, eligibility, None).await).await.unwrap();
    assert_eq!(why(request).await, "the eligibility was removed");
    refused(world.approve(&paul, request).await);

    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    let request = world.request(&mira, eligibility).await;
    world.write(&world.ada, async |op| users::disable(op, mira.id).await).await.unwrap();
    assert_eq!(why(request).await, "the account was disabled or deleted");
    world.write(&world.ada, async |op| users::enable(op, mira.id).await).await.unwrap();
    world.forget_session(&mira);
    let request = world.request(&mira, eligibility).await;
    world.write(&world.ada, async |op| users::delete(op, mira.id).await).await.unwrap();
    assert_eq!(why(request).await, "the account was disabled or deleted");

    let lena = world.user("Lena").await;
    let team = world.group_of("Team", &[&lena]).await;
    let of_team = world.make_eligible(team, "User Administrator").await;
    let request = world.request(&lena, of_team).await;
    let leave =
        async |op: &mut stint_engine::Operation| stint_engine::groups::remove_member(op, team, lena.id).await;
    world.write(&world.ada, leave).await.unwrap();
    assert_eq!(why(request).await, "the eligibility has ended");
    assert!(inbox(&world, &paul).await.is_empty());
    let told = "SELECT COUNT(*) FROM outbox WHERE topic = 'approval.cancelled'";
    assert_eq!(world.count(told).await, 4);
}

async fn an_eligibility_that_ends_meanwhile_is_not_activated(database: Database) {
    let (world, mira, paul, eligibility) = stage(database).await;
    let until = async |end| {
        let change =
            assign::Change { start: None, end: Some(end), justification: Some(reason("for less long")) };
        world.write(&world.ada, async |op| assign::update(op, eligibility, change).await).await.unwrap();
    };
    // It ends within the eligibility.
    let request = match world.ask_to_activate(&mira, eligibility, 8).await.unwrap() {
        Activated::Pending { request, .. } => request,
        Activated::Schedule(_) => panic!("it waits"),
    };
    let end = world.now() + hours(3);
    until(end).await;
    let Approved::Activated(activation) = world.approve(&paul, request).await.unwrap() else {
        panic!("one is enough")
    };
    assert_eq!(activation.window.end, Some(end));
    world.write(&mira, async |op| activate::deactivate(op, activation.id).await).await.unwrap();
    // It does not begin after it.
    let request = world.request(&mira, eligibility).await;
    world.advance(hours(3));
    let Approved::Closed(why) = world.approve(&paul, request).await.unwrap() else { panic!("it has ended") };
    assert_eq!(why, "the eligibility has ended");
    assert_eq!(status(&world, &mira, request).await, RequestStatus::Canceled);
    assert!(!world.may(&mira, Action::CreateUsers).await);
}

async fn lists_are_read_in_pages(database: Database) {
    let (world, mira, paul, eligibility) = stage(database).await;
    let mut expected = vec![world.request(&mira, eligibility).await];
    for n in 0..6 {
        let user = world.user(&format!("User {n}")).await;
        let eligibility = world.make_eligible(&user, "User Administrator").await;
        expected.push(world.request(&user, eligibility).await);
    }
    for by in [&paul, &world.ada] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after, size: 2 };
            let found = world.read(by, async |op| {
                if by.id == paul.id {
                    let page = approvals::list(op, &approvals::View::default(), &page).await;
                    page.map(|page| page.map(|waiting| waiting.request))
                } else {
                    requests::list_pending_all(op, None, &page).await
                }
            });
            let found = found.await.unwrap();
            seen.extend(found.items.iter().map(|row| row.id));
            after = found.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected);
    }
    let all =
        world.read(&mira, async |op| requests::list_pending_all(op, None, &PageRequest::first()).await).await;
    assert!(is_denied(&all));
    world.advance(days(2));
    assert!(inbox(&world, &paul).await.is_empty());
}

async fn what_happened_is_in_the_log(database: Database) {
    let (world, mira, paul, eligibility) = stage(database).await;
    let request = world.request(&mira, eligibility).await;
    world.approve(&paul, request).await.unwrap();
    let filter = stint_store::audit::Filter { target: Some(mira.id.as_uuid()), ..Default::default() };
    let events = world
        .read(&world.ada, async |op| stint_engine::audit::list(op, &filter, &PageRequest::first()).await)
        .await
        .unwrap();
    let about: Vec<_> = events
        .items
        .iter()
        .filter(|event| event.request_id == Some(request))
        .map(|event| (event.activity.as_str(), event.actor_name.as_str(), event.justification.as_deref()))
        .collect();
    assert_eq!(
        about,
        [
            ("Add member to role completed (PIM activation)", "Mira", Some("on call")),
            ("Add member to role request approved (PIM activation)", "Paul", Some("it is needed")),
            ("Add member to role approval requested (PIM activation)", "Mira", Some("on call")),
        ]
    );
    let told: i64 = world.count("SELECT COUNT(*) FROM outbox WHERE topic LIKE 'approval.%'").await;
    assert_eq!(told, 2);
}
