//! Somebody has to agree that an activation lasts longer, as to the activation itself.

use super::extend;
use crate::{
    prolong::{ROLE, closed, found, inbox, still},
    refused,
};
use chrono::TimeDelta;
use stint_domain::{
    authz::Action,
    id::{RequestId, ScheduleId},
    refusal::{Broken, Field},
    request::{RequestKind, RequestStatus},
    time::{Duration, Window},
};
use stint_engine::{
    Error,
    activate::{self, Activated},
    approvals::{self, Approved, Grant},
    assign,
    test_support::{User, World, days, hours, reason},
};
use stint_store::Database;

stint_store::on_both_databases!(
    approved_it_lasts_longer,
    approved_too_late_it_begins_anew,
    given_back_or_taken_away_it_is_not_extended,
    two_agree_to_less,
);

/// Asks for so much more, which somebody has to agree to.
async fn request(world: &World, by: &User, activation: ScheduleId, hours: i64) -> RequestId {
    match extend(world, by, activation, hours).await.unwrap() {
        Activated::Pending { request, .. } => request,
        Activated::Schedule(_) => panic!("somebody has to agree"),
    }
}

/// Mira has activated User Administrator for two hours, of which one is over; Paul decides whether she may for longer.
async fn stage(database: Database) -> (World, User, User, ScheduleId, ScheduleId) {
    let world = still(database).await;
    let (mira, paul) = (world.user("Mira").await, world.user("Paul").await);
    let eligibility = world.make_eligible(&mira, ROLE).await;
    let activation = world.activate(&mira, eligibility, 2).await.unwrap().id;
    world.require_approval(ROLE, &[paul.id]).await;
    world.advance(hours(1));
    (world, mira, paul, eligibility, activation)
}

async fn approved_it_lasts_longer(database: Database) {
    let (world, mira, paul, eligibility, activation) = stage(database).await;
    let pia = world.holder("Pia", "Privileged Role Administrator").await;
    let before = world.schedule(activation).await.window;
    let request = request(&world, &mira, activation, 3).await;
    assert_eq!(world.schedule(activation).await.window, before, "asking gives nothing");
    let (old_end, added) = (before.end.unwrap(), before.end.unwrap() + hours(3));
    let waiting = inbox(&world, &paul, Some(RequestKind::Extension)).await;
    assert_eq!((waiting[0].id, waiting[0].status), (request, RequestStatus::PendingApproval));
    assert_eq!(
        (waiting[0].old_end_at, waiting[0].window()),
        (Some(old_end), Window::new(old_end, Some(added)))
    );
    assert!(inbox(&world, &paul, Some(RequestKind::Activation)).await.is_empty());
    assert!(inbox(&world, &pia, None).await.is_empty(), "approvers decide, not those who assign");
    assert!(matches!(extend(&world, &mira, activation, 1).await, Err(Error::Refused(_))), "one at a time");
    assert!(matches!(world.ask_to_activate(&mira, eligibility, 1).await, Err(Error::Refused(_))));
    assert_eq!(found(&world, &paul, request).await.window, Window::new(old_end, Some(added)));

    world.advance(TimeDelta::minutes(30));
    let Approved::Extended(after) = world.approve(&paul, request).await.unwrap() else { panic!("it runs") };
    assert_eq!((after.id, after.window), (activation, Window::new(before.start, Some(added))));
    assert_eq!(found(&world, &mira, request).await.status, RequestStatus::Provisioned);
    for minutes in [0, 29, 1, 179] {
        world.advance(TimeDelta::minutes(minutes));
        assert!(world.may(&mira, Action::CreateUsers).await);
    }
    world.advance(TimeDelta::minutes(1));
    assert!(!world.may(&mira, Action::CreateUsers).await);
    assert_eq!(world.count("SELECT COUNT(*) FROM schedule WHERE state = 'activated'").await, 1);
}

async fn approved_too_late_it_begins_anew(database: Database) {
    let (world, mira, paul, eligibility, activation) = stage(database).await;
    let request = request(&world, &mira, activation, 3).await;
    world.advance(hours(2));
    assert!(!world.may(&mira, Action::CreateUsers).await);
    assert_eq!(
        refused(world.ask_to_activate(&mira, eligibility, 1).await),
        [(Field::Form, Broken::RequestPending)]
    );
    let shown = found(&world, &paul, request).await.window;
    assert_eq!(shown, Window::new(world.now(), Some(world.now() + hours(3))));
    let Approved::Activated(after) = world.approve(&paul, request).await.unwrap() else {
        panic!("it had ended")
    };
    assert_ne!(after.id, activation);
    assert_eq!((after.window, after.eligibility), (shown, Some(eligibility)));
    assert!(world.may(&mira, Action::CreateUsers).await);
}

async fn given_back_or_taken_away_it_is_not_extended(database: Database) {
    let (world, mira, paul, eligibility, activation) = stage(database).await;
    let asked = request(&world, &mira, activation, 3).await;
    world.write(&mira, async |op| activate::deactivate(op, activation).await).await.unwrap();
    let why = |reason: &str| (RequestStatus::Canceled, Some(reason.to_owned()));
    assert_eq!(closed(&world, asked).await, why("the role was given back"));
    refused(world.approve(&paul, asked).await);

    let activate = async || {
        let asked = world.request(&mira, eligibility).await;
        let Approved::Activated(activation) = world.approve(&paul, asked).await.unwrap() else { panic!() };
        activation.id
    };
    let activation = activate().await;
    let asked = request(&world, &mira, activation, 3).await;
    world.write(&world.ada, async |op| assign::remove(op, activation, None).await).await.unwrap();
    assert_eq!(closed(&world, asked).await, why("the assignment was removed"));

    let activation = activate().await;
    let asked = request(&world, &mira, activation, 3).await;
    world.write(&world.ada, async |op| assign::remove(op, eligibility, None).await).await.unwrap();
    assert_eq!(closed(&world, asked).await, why("the eligibility was removed"));
    assert_eq!(world.schedule(activation).await.window.end, Some(world.now()));
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE topic = 'approval.cancelled'").await, 3);
}

async fn two_agree_to_less(database: Database) {
    let (world, mira, paul, eligibility, activation) = stage(database).await;
    let lena = world.user("Lena").await;
    world.require_approval(ROLE, &[paul.id, lena.id]).await;
    world
        .change_settings(ROLE, |settings| settings.activation_approval.first.approvals_needed = 2)
        .await
        .unwrap();
    let old_end = world.schedule(activation).await.window.end.unwrap();
    let asked = request(&world, &mira, activation, 6).await;
    let approve = async |by: &User, hours| {
        let grant = Grant::AtMost(Duration::hours(hours));
        world.write(by, async |op| approvals::approve(op, asked, reason("less"), grant).await).await
    };
    assert!(matches!(approve(&paul, 7).await, Err(Error::Refused(_))));
    assert!(matches!(approve(&paul, 5).await.unwrap(), Approved::Waiting { approvals: 1, needed: 2 }));
    // The eligibility, which was for ever, is to end sooner.
    let limit = old_end + hours(4);
    let change = assign::Change { start: None, end: Some(limit), justification: None };
    world.write(&world.ada, async |op| assign::update(op, eligibility, change).await).await.unwrap();
    let Approved::Extended(after) = approve(&lena, 6).await.unwrap() else { panic!("two are enough") };
    assert_eq!(after.window.end, Some(limit));
    world.advance(days(1));
    assert!(!world.may(&mira, Action::CreateUsers).await);
}
