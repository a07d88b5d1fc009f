//! What is not extended or renewed, and what is said then.

use super::{ROLE, Stage, ask, by_administrator, closed, hold, inbox, still, wish};
use crate::refused;
use chrono::TimeDelta;
use stint_domain::{
    prolong::{Prolong, RENEWABLE, Terms},
    refusal::{Broken, Field},
    request::RequestStatus,
    schedule::AssignmentType,
    time::Duration,
};
use stint_engine::{
    Error, assign, groups,
    prolong::{self, Wish},
    test_support::{days, hours},
};
use stint_store::Database;

stint_store::on_both_databases!(
    too_early_and_too_late,
    what_does_not_end_by_itself_does_not_go_on,
    what_is_held_through_a_group_is_not_asked_for,
    what_is_somebody_elses_is_not_asked_for,
    one_request_at_a_time,
    the_settings_bound_what_is_asked_for,
    nobody_decides_on_their_own,
    nobody_waits_for_nobody,
    what_changes_meanwhile_is_not_decided,
);

async fn too_early_and_too_late(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let held = hold(&world, &mira, ROLE, AssignmentType::Eligible, days(30)).await;
    let end = world.schedule(held).await.window.end.unwrap();
    let terms = Terms { assignment_type: AssignmentType::Eligible, start: None, end: Some(end + days(9)) };
    // By the person and by an administrator alike.
    let rules = async |wanted| {
        let [asked, done] = [
            ask(&world, &mira, wanted, held).await.map(drop),
            by_administrator(&world, wanted, held, terms.clone()).await.map(drop),
        ];
        let (asked, done) = (refused(asked), refused(done));
        assert_eq!(asked, done);
        let [(Field::Form, rule)] = &asked[..] else { panic!("{asked:?}") };
        rule.clone()
    };
    let to = |at: chrono::DateTime<chrono::Utc>| world.advance(at - world.now());
    to(end - days(14) - TimeDelta::microseconds(1));
    assert_eq!(rules(Prolong::Extend).await, Broken::ExtendTooEarly(end - days(14)));
    assert_eq!(rules(Prolong::Renew).await, Broken::NotEnded(end));
    to(end - days(14));
    assert_eq!(rules(Prolong::Renew).await, Broken::NotEnded(end));
    let asked = ask(&world, &mira, Prolong::Extend, held).await.unwrap().request;
    world.deny(&world.ada, asked).await.unwrap();
    to(end);
    assert_eq!(rules(Prolong::Extend).await, Broken::EndedRenew(end + RENEWABLE.to_delta()));
    to(end + days(30));
    assert_eq!(rules(Prolong::Renew).await, Broken::RenewTooLate(end + days(30)));
}

async fn what_does_not_end_by_itself_does_not_go_on(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let permanent = world.make_eligible(&mira, ROLE).await;
    let activation = world.activate(&mira, permanent, 1).await.unwrap().id;
    let removed = hold(&world, &mira, "Groups Administrator", AssignmentType::Active, days(9)).await;
    world.write(&world.ada, async |op| assign::remove(op, removed, None).await).await.unwrap();
    for (held, broken) in [
        (permanent, Broken::IsPermanent),
        (activation, Broken::IsActivation),
        (removed, Broken::EndedEarly("removed".into())),
    ] {
        for wanted in [Prolong::Extend, Prolong::Renew] {
            let said = [(Field::Form, broken.clone())];
            assert_eq!(refused(ask(&world, &mira, wanted, held).await), said);
            let terms = Terms { assignment_type: AssignmentType::Active, start: None, end: None };
            assert_eq!(refused(by_administrator(&world, wanted, held, terms).await), said);
        }
    }
}

async fn what_is_held_through_a_group_is_not_asked_for(database: Database) {
    let world = still(database).await;
    let (mira, pia) = (world.user("Mira").await, world.holder("Pia", "Privileged Role Administrator").await);
    let team = world.group_of("Team", &[&mira]).await;
    let held = hold(&world, team, ROLE, AssignmentType::Eligible, days(9)).await;
    let through = [(Field::Form, Broken::HeldThroughGroup("Team".into()))];
    assert_eq!(refused(ask(&world, &mira, Prolong::Extend, held).await), through);
    let offer = world.read(&mira, async |op| prolong::offer(op, held).await).await.unwrap();
    assert_eq!(offer.through.as_deref(), Some("Team"));
    assert!(offer.prolonging.check_for_member(Prolong::Extend, offer.through.as_deref()).is_err());
    world.advance(days(9));
    assert_eq!(refused(ask(&world, &mira, Prolong::Renew, held).await), through);
    // An administrator does it, for the group.
    let terms =
        Terms { assignment_type: AssignmentType::Eligible, start: None, end: Some(world.now() + days(9)) };
    let after = by_administrator(&world, Prolong::Renew, held, terms).await.unwrap();
    assert_eq!(after.principal, team);
    world.activate(&mira, after.id, 1).await.unwrap();
    world.write(&world.ada, async |op| groups::remove_member(op, team, mira.id).await).await.unwrap();
    assert!(matches!(ask(&world, &mira, Prolong::Extend, after.id).await, Err(Error::NotFound)));
    assert!(inbox(&world, &pia, None).await.is_empty());
}

async fn what_is_somebody_elses_is_not_asked_for(database: Database) {
    let stage = Stage::eligible(database).await;
    let omar = stage.world.user("Omar").await;
    for by in [&omar, &stage.pia] {
        let asked = ask(&stage.world, by, Prolong::Extend, stage.held).await;
        assert!(matches!(asked, Err(Error::NotFound)), "{asked:?}");
    }
    let offer = stage.world.read(&omar, async |op| prolong::offer(op, stage.held).await).await;
    assert!(crate::is_denied(&offer));
    let terms = Terms { assignment_type: AssignmentType::Eligible, start: None, end: None };
    for by in [&omar, &stage.mira] {
        let terms = terms.clone();
        let done = stage
            .world
            .write(by, async |op| prolong::prolong(op, Prolong::Extend, stage.held, terms, None).await);
        assert!(crate::is_denied(&done.await));
    }
}

async fn one_request_at_a_time(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, mira) = (&stage.world, &stage.mira);
    let other = hold(world, mira, "Groups Administrator", AssignmentType::Active, days(9)).await;
    let request = stage.request().await;
    assert_eq!(refused(stage.ask(Prolong::Extend).await), [(Field::Form, Broken::RequestPending)]);
    let offer = world.read(mira, async |op| prolong::offer(op, stage.held).await).await.unwrap();
    assert_eq!(offer.pending, Some(request));
    ask(world, mira, Prolong::Extend, other).await.unwrap();
    // Being asked for stands in the way of nothing else.
    world.activate(mira, stage.held, 1).await.unwrap();
    // After the end it is still the same request.
    world.advance(days(11));
    assert_eq!(refused(stage.ask(Prolong::Renew).await), [(Field::Form, Broken::RequestPending)]);
    world.deny(&stage.pia, request).await.unwrap();
    stage.ask(Prolong::Renew).await.unwrap();
}

async fn the_settings_bound_what_is_asked_for(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, mira) = (&stage.world, &stage.mira);
    let fortnight = Duration::days(15);
    world
        .change_settings(ROLE, |settings| {
            settings.eligible_expiration.is_expiration_required = true;
            settings.eligible_expiration.maximum_duration = fortnight;
        })
        .await
        .unwrap();
    let old_end = stage.end().await;
    let until = async |end| {
        let wish = Wish { end: Some(end), ..wish() };
        world.write(mira, async |op| prolong::ask(op, Prolong::Extend, stage.held, wish).await).await
    };
    let latest = world.now() + days(15);
    assert_eq!(
        refused(until(latest + hours(1)).await),
        [(Field::End, Broken::TooLong(fortnight))],
        "counted from now"
    );
    assert_eq!(refused(until(old_end).await), [(Field::End, Broken::EndsNoLater(old_end))]);
    let offer = world.read(mira, async |op| prolong::offer(op, stage.held).await).await.unwrap();
    assert_eq!(offer.usual.unwrap().end, Some(latest), "no more than is allowed");
    let request = until(latest).await.unwrap().request;
    // Neither does an administrator go beyond the settings.
    let beyond = |end| Terms { assignment_type: AssignmentType::Eligible, start: None, end };
    for (end, broken) in [
        (Some(latest + hours(1)), Broken::TooLong(fortnight)),
        (None, Broken::MustExpire(fortnight)),
        (Some(old_end), Broken::EndsNoLater(old_end)),
    ] {
        let done = by_administrator(world, Prolong::Extend, stage.held, beyond(end)).await;
        assert_eq!(refused(done), [(Field::End, broken)]);
    }
    world.approve(&stage.pia, request).await.unwrap();
    assert_eq!(stage.end().await, latest);
}

async fn nobody_decides_on_their_own(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, lena) = (&stage.world, stage.world.user("Lena").await);
    let admins = world.group_of("Admins", &[&lena]).await;
    world.make_active(admins, "Privileged Role Administrator").await;
    for who in [&stage.pia, &lena] {
        let held = hold(world, who, ROLE, AssignmentType::Eligible, days(9)).await;
        let request = ask(world, who, Prolong::Extend, held).await.unwrap().request;
        assert!(inbox(world, who, None).await.iter().all(|row| row.id != request));
        for decided in [world.approve(who, request).await.map(drop), world.deny(who, request).await] {
            assert_eq!(refused(decided), [(Field::Form, Broken::OwnRequest)]);
        }
        assert!(inbox(world, &world.ada, None).await.iter().any(|row| row.id == request));
        world.deny(&world.ada, request).await.unwrap();
    }
}

async fn nobody_waits_for_nobody(database: Database) {
    let world = still(database).await;
    let held = hold(&world, &world.ada, ROLE, AssignmentType::Eligible, days(9)).await;
    let asked = ask(&world, &world.ada, Prolong::Extend, held).await;
    assert_eq!(refused(asked), [(Field::Form, Broken::NobodyCanDecide("only you".into()))]);
    // Somebody who could activate such a role is somebody.
    let pia = world.user("Pia").await;
    let eligibility = world.make_eligible(&pia, "Privileged Role Administrator").await;
    let request = ask(&world, &world.ada, Prolong::Extend, held).await.unwrap().request;
    assert!(matches!(world.approve(&pia, request).await, Err(Error::NotFound)));
    world.confirm(&pia).await;
    world.activate(&pia, eligibility, 1).await.unwrap();
    assert_eq!(inbox(&world, &pia, None).await.len(), 1);
    world.approve(&pia, request).await.unwrap();
}

async fn what_changes_meanwhile_is_not_decided(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, held) = (&stage.world, stage.held);
    let why = async |request| {
        let (status, reason) = closed(world, request).await;
        assert_eq!(status, RequestStatus::Canceled);
        refused(world.approve(&stage.pia, request).await);
        reason.unwrap()
    };
    let end = stage.end().await + days(1);
    let request = stage.request().await;
    let change = assign::Change { start: None, end: Some(end), justification: None };
    world.write(&world.ada, async |op| assign::update(op, held, change).await).await.unwrap();
    assert_eq!(why(request).await, "an administrator changed the assignment");
    let request = stage.request().await;
    let terms = Terms { assignment_type: AssignmentType::Eligible, start: None, end: Some(end + days(2)) };
    by_administrator(world, Prolong::Extend, held, terms).await.unwrap();
    assert_eq!(why(request).await, "an administrator extended the assignment");
    let request = stage.request().await;
    world.write(&world.ada, async |op| assign::remove(op, held, None).await).await.unwrap();
    assert_eq!(why(request).await, "the assignment was removed");
}
