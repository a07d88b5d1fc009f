//! An administrator extends and renews without being asked.

use super::{ROLE, Stage, by_administrator, closed, hold, still};
use crate::refused;
use stint_domain::{
    authz::Action,
    prolong::{Prolong, Terms},
    refusal::{Broken, Field},
    request::{RequestAction, RequestStatus},
    schedule::{AssignmentType, EndReason},
    scope::ScopePath,
    time::Window,
};
use stint_engine::{
    administrative_units, assignments, prolong,
    test_support::{days, hours},
    users,
};
use stint_store::{Database, PageRequest, request, schedule};

stint_store::on_both_databases!(
    an_administrator_extends,
    an_administrator_renews,
    another_type_takes_the_place_of_the_first,
    another_type_later_lets_the_first_run_until_then,
    what_assigning_asks_for_is_asked_for,
    programs_and_the_disabled_are_no_exception,
    a_scope_that_is_gone_is_not_renewed,
    the_last_administrator_stays,
);

fn terms(assignment_type: AssignmentType, end: Option<chrono::DateTime<chrono::Utc>>) -> Terms {
    Terms { assignment_type, start: None, end }
}

async fn an_administrator_extends(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, old_end) = (&stage.world, stage.end().await);
    let end = old_end + days(90);
    let after =
        by_administrator(world, Prolong::Extend, stage.held, terms(AssignmentType::Eligible, Some(end)))
            .await
            .unwrap();
    assert_eq!((after.id, after.window.end), (stage.held, Some(end)));
    assert_eq!(stage.end().await, end);
    let mut tx = world.engine.database().read().await.unwrap();
    let rows: Vec<(stint_domain::id::RequestId,)> =
        tx.query("SELECT id FROM schedule_request WHERE action = 'adminExtend'").fetch_all().await.unwrap();
    let row = request::find(&mut tx, rows[0].0).await.unwrap().unwrap();
    drop(tx);
    assert_eq!((row.action, row.status), (RequestAction::AdminExtend, RequestStatus::Provisioned));
    assert_eq!((row.old_end_at, row.window()), (Some(old_end), Window::new(old_end, Some(end))));
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE topic = 'extension.completed'").await, 1);
    // For ever, where the settings allow that.
    world.advance(end - days(1) - world.now());
    by_administrator(world, Prolong::Extend, stage.held, terms(AssignmentType::Eligible, None))
        .await
        .unwrap();
    assert_eq!(world.schedule(stage.held).await.window.end, None);
}

async fn an_administrator_renews(database: Database) {
    let stage = Stage::new(database, AssignmentType::Active).await;
    let (world, mira) = (&stage.world, &stage.mira);
    world.advance(days(20));
    assert!(!world.may(mira, Action::CreateUsers).await);
    let (start, end) = (world.now() + hours(2), world.now() + days(20));
    let renewed = Terms { start: Some(start), ..terms(AssignmentType::Active, Some(end)) };
    let after = by_administrator(world, Prolong::Renew, stage.held, renewed).await.unwrap();
    assert_eq!(after.window, Window::new(start, Some(end)));
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE topic = 'renewal.completed'").await, 1);
    assert_eq!(
        world
            .count("SELECT COUNT(*) FROM audit_event WHERE activity = 'Add member to role in PIM completed (renew)'")
            .await,
        1
    );
    assert!(!world.may(mira, Action::CreateUsers).await);
    world.advance(hours(2));
    assert!(world.may(mira, Action::CreateUsers).await);
    let twice = terms(AssignmentType::Active, Some(end));
    let twice = refused(by_administrator(world, Prolong::Renew, stage.held, twice).await);
    assert!(matches!(twice[..], [(Field::Members, Broken::Exists { .. })]), "{twice:?}");
}

async fn another_type_takes_the_place_of_the_first(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, mira, end) = (&stage.world, &stage.mira, stage.world.now() + days(50));
    let activation = world.activate(mira, stage.held, 8).await.unwrap();
    let request = stage.request().await;
    let active =
        by_administrator(world, Prolong::Extend, stage.held, terms(AssignmentType::Active, Some(end)))
            .await
            .unwrap();
    assert_eq!(closed(world, request).await.0, RequestStatus::Canceled);
    assert!(world.may(mira, Action::CreateUsers).await, "without a gap");
    assert_eq!(world.schedule(activation.id).await.window.end, Some(world.now()), "it has lost its ground");
    let mut tx = world.engine.database().read().await.unwrap();
    let first = schedule::get_listed(&mut tx, stage.held).await.unwrap();
    drop(tx);
    assert_eq!(first.end_reason, Some(EndReason::Replaced));
    for wanted in [Prolong::Extend, Prolong::Renew] {
        let again = by_administrator(world, wanted, stage.held, terms(AssignmentType::Eligible, None)).await;
        assert!(matches!(refused(again)[..], [(Field::Form, Broken::EndedEarly(_))]));
    }
    // And back again.
    world.advance(days(45));
    by_administrator(world, Prolong::Extend, active.id, terms(AssignmentType::Eligible, None)).await.unwrap();
    assert!(!world.may(mira, Action::CreateUsers).await);
}

async fn another_type_later_lets_the_first_run_until_then(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, mira) = (&stage.world, &stage.mira);
    let start = world.now() + days(2);
    let later = Terms { start: Some(start), ..terms(AssignmentType::Active, None) };
    by_administrator(world, Prolong::Extend, stage.held, later).await.unwrap();
    assert_eq!(stage.end().await, start);
    world.activate(mira, stage.held, 1).await.unwrap();
    world.advance(days(2));
    refused(world.activate(mira, stage.held, 1).await);
    assert!(world.may(mira, Action::CreateUsers).await);
    let expired = assignments::Tab::Expired(AssignmentType::Eligible);
    let expired = world.read(mira, async |op| {
        assignments::of_principal(op, mira.id, expired, "", &PageRequest::first()).await
    });
    let expired = expired.await.unwrap().items;
    assert_eq!((expired.len(), expired[0].assignment.end_reason), (1, None));
}

async fn what_assigning_asks_for_is_asked_for(database: Database) {
    let stage = Stage::new(database, AssignmentType::Active).await;
    let world = &stage.world;
    let wanted = terms(AssignmentType::Active, Some(stage.end().await + days(2)));
    let silent = world
        .write(&world.ada, async |op| prolong::prolong(op, Prolong::Extend, stage.held, wanted, None).await);
    assert_eq!(refused(silent.await), [(Field::Justification, Broken::JustificationRequired)]);
    // What would double another is refused: she has the role from the end on already.
    let mut ask = world.ask(AssignmentType::Active, world.role(ROLE), &stage.mira);
    ask.start = Some(stage.end().await + days(1));
    world.assign(ask).await.unwrap();
    let long = terms(AssignmentType::Active, None);
    let doubled = refused(by_administrator(world, Prolong::Extend, stage.held, long).await);
    assert!(matches!(doubled[..], [(Field::Members, Broken::Exists { .. })]), "{doubled:?}");
    assert!(matches!(
        refused(stage.ask(Prolong::Extend).await)[..],
        [(Field::Members, Broken::Exists { .. })]
    ));
    let short = terms(AssignmentType::Active, Some(stage.end().await + days(1)));
    by_administrator(world, Prolong::Extend, stage.held, short).await.unwrap();
}

async fn programs_and_the_disabled_are_no_exception(database: Database) {
    let world = still(database).await;
    let program = world.program("Backup").await;
    let held = hold(&world, program, ROLE, AssignmentType::Active, days(3)).await;
    let eligible = terms(AssignmentType::Eligible, None);
    let refusal = refused(by_administrator(&world, Prolong::Extend, held, eligible).await);
    assert!(matches!(refusal[..], [(Field::AssignmentType, Broken::ServicePrincipalEligible(_))]));
    by_administrator(&world, Prolong::Extend, held, terms(AssignmentType::Active, None)).await.unwrap();
    // As they can be assigned a role, which they have when they are enabled again.
    let mira = world.user("Mira").await;
    let held = hold(&world, &mira, ROLE, AssignmentType::Active, days(3)).await;
    world.write(&world.ada, async |op| users::disable(op, mira.id).await).await.unwrap();
    by_administrator(&world, Prolong::Extend, held, terms(AssignmentType::Active, None)).await.unwrap();
    assert!(!world.may(&mira, Action::CreateUsers).await);
    let lena = world.user("Lena").await;
    let held = hold(&world, &lena, ROLE, AssignmentType::Active, days(3)).await;
    world.write(&world.ada, async |op| users::delete(op, lena.id).await).await.unwrap();
    world.advance(days(3));
    let refusal =
        refused(by_administrator(&world, Prolong::Renew, held, terms(AssignmentType::Active, None)).await);
    assert!(matches!(refusal[..], [(Field::Members, Broken::MemberDeleted(_))]), "{refusal:?}");
}

async fn a_scope_that_is_gone_is_not_renewed(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let unit = world.unit("Sales", &[]).await;
    let mut ask = world.ask(AssignmentType::Active, world.role(ROLE), &mira);
    ask.scope = ScopePath::administrative_unit(unit);
    ask.end = Some(world.now() + days(3));
    let held = world.assign(ask).await.unwrap();
    world.advance(days(3));
    world.write(&world.ada, async |op| administrative_units::delete(op, unit).await).await.unwrap();
    let renewed = by_administrator(&world, Prolong::Renew, held, terms(AssignmentType::Active, None)).await;
    assert_eq!(refused(renewed), [(Field::Scope, Broken::ScopeMissing)]);
}

async fn the_last_administrator_stays(database: Database) {
    let world = still(database).await;
    const GUARDED: &str = "Privileged Role Administrator";
    let (mira, pia) = (world.user("Mira").await, world.user("Pia").await);
    let eligibility = hold(&world, &mira, GUARDED, AssignmentType::Eligible, days(3)).await;
    // The first to hold it actively must hold it for good.
    let for_a_time = terms(AssignmentType::Active, Some(world.now() + days(9)));
    let first = refused(by_administrator(&world, Prolong::Extend, eligibility, for_a_time.clone()).await);
    assert!(matches!(first[..], [(Field::End, Broken::FirstMustStay(_))]), "{first:?}");
    world.make_active(&pia, GUARDED).await;
    let active = by_administrator(&world, Prolong::Extend, eligibility, for_a_time).await.unwrap();
    // Beside Pia, Mira need not stay.
    by_administrator(&world, Prolong::Extend, active.id, terms(AssignmentType::Eligible, None))
        .await
        .unwrap();
}
