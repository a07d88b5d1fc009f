//! An assignment goes on: extended before its end, renewed after it, asked for by whoever holds it.

mod activations;
mod administrators;
mod decisions;
mod races;
mod refusals;

use chrono::TimeDelta;
use stint_domain::{
    authz::Action,
    id::{PrincipalId, RequestId, ScheduleId},
    prolong::{Prolong, RENEWABLE, Terms},
    refusal::{Broken, Field},
    request::{RequestKind, RequestStatus},
    schedule::{AssignmentType, Schedule},
    time::Window,
};
use stint_engine::{
    Error, Result,
    approvals::{self, Approved, Found},
    prolong::{self, Asked, Wish},
    requests,
    test_support::{User, World, days, reason},
    users, worker,
};
use stint_store::{Database, PageRequest, request::RequestRow};

use crate::{is_denied, refused};

stint_store::on_both_databases!(
    asked_for_and_approved_it_goes_on_without_a_gap,
    asked_for_and_denied_it_ends,
    taken_back_nobody_decides,
    nobody_decides_in_time,
    what_has_ended_is_renewed,
    decided_after_the_end_it_is_a_renewal,
    somebody_who_is_disabled_waits_for_nothing,
    what_happened_is_in_the_log,
);

const ROLE: &str = "User Administrator";

/// Mira holds User Administrator for 30 days, of which 20 are over. Pia may assign roles.
struct Stage {
    world: World,
    mira: User,
    pia: User,
    held: ScheduleId,
}

impl Stage {
    async fn new(database: Database, assignment_type: AssignmentType) -> Self {
        let world = still(database).await;
        let (mira, pia) =
            (world.user("Mira").await, world.holder("Pia", "Privileged Role Administrator").await);
        let held = hold(&world, &mira, ROLE, assignment_type, days(30)).await;
        world.advance(days(20));
        Self { world, mira, pia, held }
    }

    async fn eligible(database: Database) -> Self {
        Self::new(database, AssignmentType::Eligible).await
    }

    async fn ask(&self, wanted: Prolong) -> Result<Asked> {
        ask(&self.world, &self.mira, wanted, self.held).await
    }

    /// Asks to extend, which nothing stands against.
    async fn request(&self) -> RequestId {
        self.ask(Prolong::Extend).await.unwrap().request
    }

    async fn end(&self) -> chrono::DateTime<chrono::Utc> {
        self.world.schedule(self.held).await.window.end.unwrap()
    }
}

/// A world whose clock only we move: these stories are about moments.
async fn still(database: Database) -> World {
    let world = World::new(database).await;
    world.stop_clock();
    world
}

/// Gives a role for a time.
pub async fn hold(
    world: &World,
    member: impl Into<PrincipalId>,
    role: &str,
    assignment_type: AssignmentType,
    lasts: TimeDelta,
) -> ScheduleId {
    let mut ask = world.ask(assignment_type, world.role(role), member);
    ask.end = Some(world.now() + lasts);
    world.assign(ask).await.unwrap()
}

fn wish() -> Wish {
    Wish { end: None, justification: reason("the project goes on") }
}

async fn ask(world: &World, by: &User, wanted: Prolong, id: ScheduleId) -> Result<Asked> {
    world.write(by, async |op| prolong::ask(op, wanted, id, wish()).await).await
}

async fn by_administrator(world: &World, wanted: Prolong, id: ScheduleId, terms: Terms) -> Result<Schedule> {
    let why = Some(reason("the team needs it"));
    world.write(&world.ada, async |op| prolong::prolong(op, wanted, id, terms, why).await).await
}

async fn inbox(world: &World, user: &User, kind: Option<RequestKind>) -> Vec<RequestRow> {
    let view = approvals::View { kind, ..Default::default() };
    let page = world.read(user, async |op| approvals::list(op, &view, &PageRequest::first()).await).await;
    page.unwrap().map(|waiting| waiting.request).items
}

async fn found(world: &World, user: &User, id: RequestId) -> Found {
    world.read(user, async |op| approvals::find(op, id).await).await.unwrap()
}

/// What became of a request, and why.
async fn closed(world: &World, id: RequestId) -> (RequestStatus, Option<String>) {
    let found = found(world, &world.ada, id).await;
    (found.status, found.request.close_reason)
}

async fn asked_for_and_approved_it_goes_on_without_a_gap(database: Database) {
    let stage = Stage::new(database, AssignmentType::Active).await;
    let (world, mira, pia) = (&stage.world, &stage.mira, &stage.pia);
    let old_end = stage.end().await;
    let offer = world.read(mira, async |op| prolong::offer(op, stage.held).await).await.unwrap();
    assert_eq!(offer.prolonging.check_for_member(Prolong::Extend, None), Ok(()));
    let added = Window::new(old_end, Some(old_end + days(30)));
    assert_eq!((offer.usual, offer.pending), (Some(added), None), "as long as at first");
    assert!(offer.denial.is_some(), "Mira may ask, not do");

    let Asked { request, expires_at } = stage.ask(Prolong::Extend).await.unwrap();
    assert_eq!(expires_at, old_end + RENEWABLE.to_delta());
    assert_eq!(stage.end().await, old_end, "asking gives nothing");
    for decider in [pia, &world.ada] {
        let waiting = inbox(world, decider, None).await;
        let [row] = &waiting[..] else { panic!("{waiting:?}") };
        assert_eq!((row.id, row.kind()), (request, Some(RequestKind::Extension)));
        assert_eq!((row.principal_name.as_str(), row.role_name.as_str()), ("Mira", ROLE));
        assert_eq!((row.assignment_type, row.assignment_id), (AssignmentType::Active, Some(stage.held)));
        assert_eq!((row.old_end_at, row.window()), (Some(old_end), added));
        assert_eq!(row.justification.as_deref(), Some("the project goes on"));
    }
    let shown = found(world, pia, request).await;
    assert_eq!((shown.status, shown.denial), (RequestStatus::PendingAdminDecision, None));
    assert_eq!((shown.window, shown.may_cancel), (added, true));
    let mut deciders: Vec<_> = shown.approvers.iter().map(|row| row.display_name.as_str()).collect();
    deciders.sort_unstable();
    assert_eq!(deciders, ["Ada", "Pia"]);
    let own = found(world, mira, request).await;
    assert_eq!((own.denial, own.may_cancel), (Some(Broken::OwnRequest.to_string()), true));

    let Approved::Extended(after) = world.approve(pia, request).await.unwrap() else { panic!("it goes on") };
    assert_eq!((after.id, after.window.end), (stage.held, added.end));
    assert!(inbox(world, pia, None).await.is_empty());
    let shown = found(world, mira, request).await;
    assert_eq!((shown.status, shown.request.schedule_id), (RequestStatus::Provisioned, Some(stage.held)));
    assert_eq!(shown.window, after.window);
    for step in [days(10) - TimeDelta::seconds(1), TimeDelta::seconds(1), days(30) - TimeDelta::seconds(1)] {
        world.advance(step);
        assert!(world.may(mira, Action::CreateUsers).await, "no gap");
    }
    world.advance(TimeDelta::seconds(1));
    assert!(!world.may(mira, Action::CreateUsers).await);
}

async fn asked_for_and_denied_it_ends(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, mira, pia) = (&stage.world, &stage.mira, &stage.pia);
    let (old_end, request) = (stage.end().await, stage.request().await);
    world.deny(pia, request).await.unwrap();
    let shown = found(world, mira, request).await;
    assert_eq!((shown.status, stage.end().await), (RequestStatus::Denied, old_end));
    assert_eq!(shown.decisions[0].justification, "it is not needed");
    let late = refused(world.approve(&world.ada, request).await);
    assert!(
        matches!(&late[..], [(Field::Form, Broken::AlreadyDecided { what, by, .. })] if what == "denied this request" && by == "Pia"),
        "{late:?}"
    );
    // She may ask again.
    world.advance(TimeDelta::minutes(1));
    let again = stage.request().await;
    assert!(matches!(world.approve(pia, again).await.unwrap(), Approved::Extended(_)));
    let decided = world.read(pia, async |op| approvals::list_decided(op, &PageRequest::first()).await).await;
    let decided: Vec<_> = decided.unwrap().items.iter().map(|(row, _)| row.id).collect();
    assert_eq!(decided, [again, request]);
    let mine = world.read(mira, async |op| requests::list_mine(op, &PageRequest::first()).await).await;
    let mine: Vec<_> = mine.unwrap().items.iter().map(|row| row.id).collect();
    assert_eq!(mine, [again, request]);
}

async fn taken_back_nobody_decides(database: Database) {
    let stage = Stage::eligible(database).await;
    let world = &stage.world;
    let (omar, rita) = (world.user("Omar").await, world.holder("Rita", "Security Reader").await);
    let cancel = async |by: &User, id| world.write(by, async |op| approvals::cancel(op, id).await).await;
    for by in [&stage.mira, &stage.pia] {
        let request = stage.request().await;
        let waiting = world.read(&stage.mira, async |op| requests::list_waiting(op).await).await.unwrap();
        assert_eq!(waiting.iter().map(|row| row.id).collect::<Vec<_>>(), [request]);
        // Who may neither assign roles nor see it is told that there is nothing.
        assert!(matches!(cancel(&omar, request).await, Err(Error::NotFound)));
        assert!(matches!(world.approve(&omar, request).await, Err(Error::NotFound)));
        assert!(is_denied(&cancel(&rita, request).await), "she may look, not decide");
        assert!(is_denied(&world.approve(&rita, request).await));
        assert!(is_denied(&world.deny(&rita, request).await));
        assert!(inbox(world, &rita, None).await.is_empty());
        cancel(by, request).await.unwrap();
        assert_eq!(closed(world, request).await, (RequestStatus::Canceled, None));
        assert!(inbox(world, &stage.pia, None).await.is_empty());
        refused(world.approve(&stage.pia, request).await);
        refused(cancel(by, request).await);
    }
}

async fn nobody_decides_in_time(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, pia) = (&stage.world, &stage.pia);
    let request = stage.request().await;
    world.advance(days(40) - TimeDelta::minutes(1));
    assert_eq!(inbox(world, pia, None).await.len(), 1);
    world.advance(TimeDelta::minutes(1));
    // Nothing has to run for the time to be over.
    assert_eq!(closed(world, request).await.0, RequestStatus::TimedOut);
    assert!(inbox(world, pia, None).await.is_empty());
    let late = refused(world.approve(pia, request).await);
    assert!(matches!(late[..], [(Field::Form, Broken::RequestExpired(_))]), "{late:?}");
    for _ in 0..2 {
        worker::work(&world.engine, &worker::LogCarrier).await.unwrap();
        assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE topic = 'extension.expired'").await, 1);
    }
    let said = "SELECT COUNT(*) FROM audit_event WHERE activity = 'PIM extend or renew request expired' AND actor_id IS NULL";
    assert_eq!(world.count(said).await, 1);
    let late = refused(stage.ask(Prolong::Renew).await);
    assert!(matches!(late[..], [(Field::Form, Broken::RenewTooLate(_))]), "{late:?}");
}

async fn what_has_ended_is_renewed(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, mira, pia) = (&stage.world, &stage.mira, &stage.pia);
    let old_end = stage.end().await;
    world.advance(days(15));
    refused(world.activate(mira, stage.held, 1).await);
    let Asked { request, expires_at } = stage.ask(Prolong::Renew).await.unwrap();
    assert_eq!(expires_at, old_end + RENEWABLE.to_delta());
    let asked_at = world.now();
    let waiting = inbox(world, pia, Some(RequestKind::Renewal)).await;
    assert_eq!((waiting[0].id, waiting[0].old_end_at), (request, Some(old_end)));
    assert_eq!(waiting[0].window(), Window::new(asked_at, Some(asked_at + days(30))));
    world.advance(days(2));
    let shown = found(world, pia, request).await;
    assert_eq!(shown.window, Window::new(world.now(), Some(world.now() + days(30))), "from the decision on");
    let decided_at = world.now();
    let Approved::Renewed(after) = world.approve(pia, request).await.unwrap() else {
        panic!("it is renewed")
    };
    assert_eq!(after.window, shown.window);
    assert_ne!(after.id, stage.held);
    assert_eq!((after.request, after.assignment_type), (request, AssignmentType::Eligible));
    world.activate(mira, after.id, 1).await.unwrap();
    assert!(world.may(mira, Action::CreateUsers).await);
    // What was renewed is not renewed again.
    let twice = refused(stage.ask(Prolong::Renew).await);
    assert!(matches!(twice[..], [(Field::Members, Broken::Exists { .. })]), "{twice:?}");
    world.advance(decided_at + days(29) - world.now());
    assert!(ask(world, mira, Prolong::Extend, after.id).await.is_ok(), "and so on");
}

async fn decided_after_the_end_it_is_a_renewal(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, pia) = (&stage.world, &stage.pia);
    let request = stage.request().await;
    world.advance(days(12));
    let Approved::Renewed(after) = world.approve(pia, request).await.unwrap() else { panic!("it had ended") };
    assert_ne!(after.id, stage.held);
    assert_eq!(
        after.window,
        Window::new(world.now(), Some(world.now() + days(30))),
        "nobody loses by the wait"
    );
    assert_eq!(found(world, pia, request).await.request.schedule_id, Some(after.id));
}

async fn somebody_who_is_disabled_waits_for_nothing(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, mira) = (&stage.world, &stage.mira);
    let request = stage.request().await;
    world.write(&world.ada, async |op| users::disable(op, mira.id).await).await.unwrap();
    let why = Some("the account was disabled or deleted".to_owned());
    assert_eq!(closed(world, request).await, (RequestStatus::Canceled, why.clone()));
    refused(world.approve(&stage.pia, request).await);
    assert!(matches!(stage.ask(Prolong::Extend).await, Err(Error::NotSignedIn)));
    world.write(&world.ada, async |op| users::enable(op, mira.id).await).await.unwrap();
    world.forget_session(mira);
    let request = stage.request().await;
    world.write(&world.ada, async |op| users::delete(op, mira.id).await).await.unwrap();
    assert_eq!(closed(world, request).await, (RequestStatus::Canceled, why));
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE topic = 'extension.cancelled'").await, 2);
}

async fn what_happened_is_in_the_log(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, mira, pia) = (&stage.world, &stage.mira, &stage.pia);
    let extension = stage.request().await;
    world.approve(pia, extension).await.unwrap();
    world.advance(days(45));
    let renewal = stage.ask(Prolong::Renew).await.unwrap().request;
    world.approve(pia, renewal).await.unwrap();
    let filter = stint_store::audit::Filter { target: Some(mira.id.as_uuid()), ..Default::default() };
    let events = world
        .read(pia, async |op| stint_engine::audit::list(op, &filter, &PageRequest::first()).await)
        .await
        .unwrap();
    let about = |request| -> Vec<_> {
        let events = events.items.iter().filter(|event| event.request_id == Some(request));
        events.map(|event| (event.activity.as_str(), event.actor_name.as_str())).collect()
    };
    assert_eq!(
        about(extension),
        [
            ("Update eligible member in PIM completed", "Pia"),
            ("Update member in PIM approved by admin (extend/renew)", "Pia"),
            ("Update eligible member in PIM requested (extend)", "Mira"),
        ]
    );
    assert_eq!(
        about(renewal),
        [
            ("Add eligible member to role in PIM completed (renew)", "Pia"),
            ("Update member in PIM approved by admin (extend/renew)", "Pia"),
            ("Add eligible member to role in PIM requested (renew)", "Mira"),
        ]
    );
    for topic in [
        "SELECT COUNT(*) FROM outbox WHERE topic = 'extension.requested'",
        "SELECT COUNT(*) FROM outbox WHERE topic = 'extension.approved'",
        "SELECT COUNT(*) FROM outbox WHERE topic = 'renewal.requested'",
        "SELECT COUNT(*) FROM outbox WHERE topic = 'renewal.approved'",
    ] {
        assert_eq!(world.count(topic).await, 1, "{topic}");
    }
}
