//! A running activation lasts longer, under the rules of activating.

mod approved;

use super::{ROLE, hold, still};
use crate::refused;
use chrono::TimeDelta;
use stint_domain::{
    assign::Activation,
    authz::Action,
    id::ScheduleId,
    refusal::{Broken, Field},
    request::{RequestAction, RequestStatus},
    schedule::AssignmentType,
    settings::Requirement,
    text::TicketNumber,
    time::{Duration, Window},
};
use stint_engine::{
    Error, Result,
    activate::{self, Activated},
    assign, requests,
    test_support::{User, World, because, hours},
};
use stint_store::{Database, PageRequest, request::RequestRow};

stint_store::on_both_databases!(
    extended_it_goes_on_without_a_gap,
    it_never_outlives_its_eligibility,
    the_rules_of_activating_hold,
    it_is_nobody_elses,
);

async fn extend(world: &World, by: &User, activation: ScheduleId, hours: i64) -> Result<Activated> {
    let asked = Activation {
        start: None,
        duration: Duration::hours(hours),
        justification: because("still on call"),
        ticket: None,
    };
    world.write(by, async |op| activate::extend(op, activation, asked, None).await).await
}

async fn mine(world: &World, by: &User) -> Vec<RequestRow> {
    let found = world.read(by, async |op| requests::list_mine(op, &PageRequest::first()).await).await;
    found.unwrap().items
}

async fn extended_it_goes_on_without_a_gap(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, ROLE).await;
    let first = world.activate(&mira, eligibility, 2).await.unwrap();
    let old_end = first.window.end.unwrap();
    world.advance(hours(1));
    let offer = world.read(&mira, async |op| activate::offer_extension(op, first.id).await).await.unwrap();
    assert_eq!((offer.most, offer.pending), (Duration::hours(7), None));
    // From now on no more than one activation may have.
    let (maximum, left) = (Duration::hours(8), Duration::hours(7));
    assert_eq!(
        refused(extend(&world, &mira, first.id, 8).await),
        [(Field::Duration, Broken::ExtensionTooLong { maximum, left })]
    );
    let after = extend(&world, &mira, first.id, 3).await.unwrap().schedule().unwrap();
    assert_eq!(
        (after.id, after.window),
        (first.id, Window::new(first.window.start, Some(old_end + hours(3))))
    );
    assert_eq!(world.schedule(first.id).await, after);
    let asked = &mine(&world, &mira).await[0];
    assert_eq!((asked.action, asked.status), (RequestAction::SelfExtend, RequestStatus::Provisioned));
    assert_eq!((asked.old_end_at, asked.window()), (Some(old_end), Window::new(old_end, after.window.end)));
    for _ in 0..240 {
        assert!(world.may(&mira, Action::CreateUsers).await);
        world.advance(TimeDelta::minutes(1));
    }
    assert!(!world.may(&mira, Action::CreateUsers).await);
    assert_eq!(refused(extend(&world, &mira, first.id, 1).await), [(Field::Form, Broken::AlreadyEnded)]);
    let said = "SELECT COUNT(*) FROM audit_event WHERE activity = 'Update member in role completed (PIM activation extended)'";
    assert_eq!(world.count(said).await, 1);
}

async fn it_never_outlives_its_eligibility(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let eligibility = hold(&world, &mira, ROLE, AssignmentType::Eligible, hours(4)).await;
    let limit = world.schedule(eligibility).await.window.end;
    let activation = world.activate(&mira, eligibility, 2).await.unwrap().id;
    let offer = world.read(&mira, async |op| activate::offer_extension(op, activation).await).await.unwrap();
    assert_eq!(offer.most, Duration::hours(2));
    let after = extend(&world, &mira, activation, 6).await.unwrap().schedule().unwrap();
    assert_eq!(after.window.end, limit);
    assert_eq!(
        refused(extend(&world, &mira, activation, 1).await),
        [(Field::Form, Broken::EligibilityEndsFirst)]
    );
    // Removing the eligibility ends it, however long it was to last.
    world.write(&world.ada, async |op| assign::remove(op, eligibility, None).await).await.unwrap();
    assert!(!world.may(&mira, Action::CreateUsers).await);
}

async fn the_rules_of_activating_hold(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, ROLE).await;
    let activation = world.activate(&mira, eligibility, 2).await.unwrap().id;
    world
        .change_settings(ROLE, |settings| {
            settings.activation_enablement.enabled_rules =
                [Requirement::Ticketing, Requirement::Justification].into();
        })
        .await
        .unwrap();
    let mut asked =
        Activation { start: None, duration: Duration::minutes(4), justification: None, ticket: None };
    let silent = asked.clone();
    let said = world.write(&mira, async |op| activate::extend(op, activation, silent, None).await).await;
    assert_eq!(
        refused(said),
        [
            (Field::Duration, Broken::TooShort(Duration::SHORTEST)),
            (Field::Ticket, Broken::TicketRequired),
            (Field::Justification, Broken::JustificationRequired),
        ]
    );
    world.advance(hours(1));
    asked.duration = Duration::hours(1);
    asked.justification = because("still on call");
    asked.ticket = Some(TicketNumber::parse("INC-7").unwrap());
    world.write(&mira, async |op| activate::extend(op, activation, asked, None).await).await.unwrap();
    assert_eq!(mine(&world, &mira).await[0].ticket_number.as_deref(), Some("INC-7"));
    // What has not begun is not extended.
    let later = Activation {
        start: Some(world.now() + hours(1)),
        duration: Duration::hours(1),
        justification: because("tonight"),
        ticket: None,
    };
    let other = world.make_eligible(&mira, "Groups Administrator").await;
    let later = world.write(&mira, async |op| activate::activate(op, other, later, None).await).await;
    let later = later.unwrap().schedule().unwrap().id;
    assert_eq!(refused(extend(&world, &mira, later, 1).await), [(Field::Form, Broken::NotBegun)]);
}

async fn it_is_nobody_elses(database: Database) {
    let world = still(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let team = world.group_of("Team", &[&mira, &omar]).await;
    let eligibility = world.make_eligible(team, ROLE).await;
    let activation = world.activate(&mira, eligibility, 2).await.unwrap().id;
    for by in [&omar, &world.ada] {
        assert!(matches!(extend(&world, by, activation, 1).await, Err(Error::NotFound)));
        let offer = world.read(by, async |op| activate::offer_extension(op, activation).await).await;
        assert!(matches!(offer, Err(Error::NotFound)));
    }
    // What she activated through a group is hers, as long as she is in it.
    extend(&world, &mira, activation, 1).await.unwrap();
    assert!(matches!(extend(&world, &mira, eligibility, 1).await, Err(Error::NotFound)), "no activation");
}
