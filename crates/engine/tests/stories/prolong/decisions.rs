//! Those who decide see extensions and renewals beside activations, and may grant something else than was asked for.

use super::{ROLE, Stage, ask, found, hold, inbox, still};
use crate::refused;
use stint_domain::{
    authz::Action,
    prolong::{Prolong, Terms},
    refusal::{Broken, Field},
    request::{RequestKind, RequestStatus},
    schedule::AssignmentType,
    time::{Duration, Window},
};
use stint_engine::{
    approvals::{self, Approved, Grant},
    requests,
    test_support::{User, World, days, hours, reason},
};
use stint_store::{Database, PageRequest};

stint_store::on_both_databases!(
    a_decider_grants_less,
    a_decider_grants_another_type,
    what_the_settings_do_not_allow_is_not_granted,
    what_was_asked_for_is_cut_to_what_is_allowed_by_now,
    lists_have_all_kinds_and_are_read_in_pages,
    several_are_decided_with_one_reason,
);

async fn approve(
    world: &World,
    by: &User,
    id: stint_domain::id::RequestId,
    grant: Grant,
) -> stint_engine::Result<Approved> {
    world.write(by, async |op| approvals::approve(op, id, reason("as far as needed"), grant).await).await
}

async fn a_decider_grants_less(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, pia, old_end) = (&stage.world, &stage.pia, stage.end().await);
    let request = stage.request().await;
    let at_most = Grant::AtMost(Duration::days(3));
    let Approved::Extended(after) = approve(world, pia, request, at_most).await.unwrap() else { panic!() };
    assert_eq!(after.window.end, Some(old_end + days(3)));
    let request = stage.request().await;
    let until = |end| Grant::On(Terms { assignment_type: AssignmentType::Eligible, start: None, end });
    let (old_end, end) = (old_end + days(3), old_end + days(5));
    assert_eq!(
        refused(approve(world, pia, request, until(Some(old_end))).await),
        [(Field::End, Broken::EndsNoLater(old_end))]
    );
    let Approved::Extended(after) = approve(world, pia, request, until(Some(end))).await.unwrap() else {
        panic!()
    };
    assert_eq!((after.id, after.window.end), (stage.held, Some(end)));
    // Or more, where the settings allow it.
    world.advance(end - world.now());
    let request = stage.ask(Prolong::Renew).await.unwrap().request;
    let start = world.now() + days(1);
    let terms = Terms { assignment_type: AssignmentType::Eligible, start: Some(start), end: None };
    let Approved::Renewed(after) = approve(world, pia, request, Grant::On(terms)).await.unwrap() else {
        panic!()
    };
    assert_eq!(after.window, Window::new(start, None));
    assert_eq!(found(world, pia, request).await.status, RequestStatus::Granted);
}

async fn a_decider_grants_another_type(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, pia, mira) = (&stage.world, &stage.pia, &stage.mira);
    let request = stage.request().await;
    let end = world.now() + days(60);
    let terms = Terms { assignment_type: AssignmentType::Active, start: None, end: Some(end) };
    let Approved::Extended(after) = approve(world, pia, request, Grant::On(terms)).await.unwrap() else {
        panic!()
    };
    assert_eq!(
        (after.assignment_type, after.window),
        (AssignmentType::Active, Window::new(world.now(), Some(end)))
    );
    assert!(world.may(mira, Action::CreateUsers).await, "active, without activating");
    refused(world.activate(mira, stage.held, 1).await);
    let shown = found(world, mira, request).await;
    assert_eq!((shown.status, shown.window), (RequestStatus::Provisioned, after.window));
}

async fn what_the_settings_do_not_allow_is_not_granted(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, pia) = (&stage.world, &stage.pia);
    world
        .change_settings(ROLE, |settings| settings.active_expiration.is_expiration_required = true)
        .await
        .unwrap();
    let request = stage.request().await;
    let terms = |end| Grant::On(Terms { assignment_type: AssignmentType::Active, start: None, end });
    let half_a_year = Duration::days(180);
    for (end, broken) in [
        (None, Broken::MustExpire(half_a_year)),
        (Some(world.now() + days(181)), Broken::TooLong(half_a_year)),
        (Some(world.now() - days(1)), Broken::EndBeforeStart),
    ] {
        assert_eq!(refused(approve(world, pia, request, terms(end)).await), [(Field::End, broken)]);
    }
    // Nothing was decided by that.
    let shown = found(world, pia, request).await;
    assert_eq!((shown.status, shown.decisions.len()), (RequestStatus::PendingAdminDecision, 0));
    approve(world, pia, request, terms(Some(world.now() + days(180)))).await.unwrap();
}

async fn what_was_asked_for_is_cut_to_what_is_allowed_by_now(database: Database) {
    let stage = Stage::eligible(database).await;
    let (world, pia, old_end) = (&stage.world, &stage.pia, stage.end().await);
    let request = stage.request().await;
    world
        .change_settings(ROLE, |settings| {
            settings.eligible_expiration.is_expiration_required = true;
            settings.eligible_expiration.maximum_duration = Duration::days(15);
        })
        .await
        .unwrap();
    let shown = found(world, pia, request).await;
    assert_eq!(shown.window, Window::new(old_end, Some(world.now() + days(15))));
    world.approve(pia, request).await.unwrap();
    assert_eq!(stage.end().await, world.now() + days(15));
}

async fn lists_have_all_kinds_and_are_read_in_pages(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    world.require_approval("Groups Administrator", &[world.ada.id]).await;
    let ended = hold(&world, &mira, ROLE, AssignmentType::Eligible, days(1)).await;
    world.advance(days(1));
    // Until they expire: the renewal 30 days, the extensions 31 and 32, the activations 1.
    let mut expected = Vec::new();
    for (name, lasts) in [("Omar", 1), ("Lena", 2)] {
        let user = world.user(name).await;
        let held = hold(&world, &user, ROLE, AssignmentType::Active, days(lasts)).await;
        expected
            .push((ask(&world, &user, Prolong::Extend, held).await.unwrap().request, RequestKind::Extension));
        world.advance(hours(1));
        let eligibility = world.make_eligible(&user, "Groups Administrator").await;
        let activation = (world.request(&user, eligibility).await, RequestKind::Activation);
        expected.insert(expected.len() / 2, activation);
    }
    let pia = world.holder("Pia", "Privileged Role Administrator").await;
    let renewal = ask(&world, &mira, Prolong::Renew, ended).await.unwrap().request;
    expected.insert(2, (renewal, RequestKind::Renewal));

    let ada = &world.ada;
    for kind in [None].into_iter().chain(RequestKind::ALL.map(Some)) {
        let of_kind = |activations: bool| -> Vec<_> {
            let wanted = expected.iter().filter(|(_, is)| kind.is_none_or(|kind| kind == *is));
            let wanted = wanted.filter(|(_, is)| activations || *is != RequestKind::Activation);
            wanted.map(|&(id, _)| id).collect()
        };
        for (by, all) in [(ada, false), (ada, true), (&pia, false)] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = PageRequest { after, size: 2 };
                let found = world.read(by, async |op| {
                    if all {
                        requests::list_pending_all(op, kind, &page).await
                    } else {
                        let view = approvals::View { kind, ..Default::default() };
                        let page = approvals::list(op, &view, &page).await;
                        page.map(|page| page.map(|waiting| waiting.request))
                    }
                });
                let found = found.await.unwrap();
                seen.extend(found.items.iter().map(|row| row.id));
                after = found.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, of_kind(by.id == ada.id), "{kind:?}, all {all}");
        }
    }
    assert!(inbox(&world, &mira, None).await.is_empty());
    world.advance(days(2) + hours(1));
    assert_eq!(inbox(&world, ada, None).await.len(), 3, "activations wait for a day");
}

async fn several_are_decided_with_one_reason(database: Database) {
    let world = still(database).await;
    world.require_approval("Groups Administrator", &[world.ada.id]).await;
    let mut requests = Vec::new();
    for name in ["Mira", "Omar"] {
        let user = world.user(name).await;
        let held = hold(&world, &user, ROLE, AssignmentType::Eligible, days(9)).await;
        requests.push(ask(&world, &user, Prolong::Extend, held).await.unwrap().request);
        let eligibility = world.make_eligible(&user, "Groups Administrator").await;
        requests.push(world.request(&user, eligibility).await);
    }
    // As the page does: each by itself, whatever it is about.
    for id in requests {
        approve(&world, &world.ada, id, Grant::AsAsked).await.unwrap();
        assert_eq!(found(&world, &world.ada, id).await.status, RequestStatus::Provisioned);
    }
}
