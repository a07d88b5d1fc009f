//! An activation never outlives its eligibility (invariant 4).

use chrono::TimeDelta;
use stint_domain::{
    assign::Activation,
    authz::Action,
    id::ScheduleId,
    refusal::{Broken, Field},
    schedule::{AssignmentType, Schedule},
    time::Duration,
};
use stint_engine::{
    activate,
    assign::{self, Change},
    groups,
    test_support::{User, World, because, days, hours},
    users,
};
use stint_store::{Database, schedule};

use crate::refused;

stint_store::on_both_databases!(
    removing_the_eligibility_ends_the_activation,
    shortening_the_eligibility_cuts_the_activation,
    the_end_of_the_eligibility_is_the_end_of_the_activation,
    an_upcoming_activation_goes_with_its_eligibility,
    an_activation_itself_cannot_be_lengthened,
    leaving_the_group_ends_what_came_through_it,
    deleting_the_group_ends_what_came_through_it,
    leaving_one_group_leaves_what_another_gives,
    activating_races_removing,
    activating_races_leaving_the_group,
    activating_races_being_disabled,
    two_activations_at_once,
    activating_two_eligibilities_of_one_role_at_once,
);

async fn remove(world: &World, id: ScheduleId) -> stint_engine::Result<()> {
    world.write(&world.ada, async |op| assign::remove(op, id, None).await).await
}

async fn open_activations(world: &World, eligibility: ScheduleId) -> Vec<Schedule> {
    let mut tx = world.engine.database().read().await.unwrap();
    schedule::list_activations(&mut tx, eligibility, world.now()).await.unwrap()
}

async fn removing_the_eligibility_ends_the_activation(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    let activation = world.activate(&mira, eligibility, 8).await.unwrap();
    remove(&world, eligibility).await.unwrap();
    assert!(!world.may(&mira, Action::CreateUsers).await);
    assert!(open_activations(&world, eligibility).await.is_empty());
    let (ended, limit) = (world.schedule(activation.id).await, world.schedule(eligibility).await);
    assert_eq!(ended.window.end, limit.window.end);
    refused(world.activate(&mira, eligibility, 1).await);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM audit_event WHERE activity LIKE '%activation ended%'").await,
        1
    );
}

async fn shortening_the_eligibility_cuts_the_activation(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    let activation = world.activate(&mira, eligibility, 8).await.unwrap();
    let news = world.count("SELECT COUNT(*) FROM outbox").await;
    let end = world.now() + hours(1);
    let change = Change { start: None, end: Some(end), justification: None };
    world.write(&world.ada, async |op| assign::update(op, eligibility, change).await).await.unwrap();
    assert_eq!(world.schedule(activation.id).await.window.end, Some(end));
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox").await, news + 2, "both are told of");
    assert!(world.may(&mira, Action::CreateUsers).await);
    world.advance(hours(1));
    assert!(!world.may(&mira, Action::CreateUsers).await);

    let change = Change { start: None, end: Some(world.now() + hours(4)), justification: None };
    let late = world.write(&world.ada, async |op| assign::update(op, eligibility, change).await).await;
    assert_eq!(refused(late), [(Field::Form, Broken::AlreadyEnded)]);
}

async fn the_end_of_the_eligibility_is_the_end_of_the_activation(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let mut ask = world.ask(AssignmentType::Eligible, world.role("User Administrator"), &mira);
    ask.end = Some(world.now() + hours(3));
    let eligibility = world.assign(ask).await.unwrap();
    let activation = world.activate(&mira, eligibility, 8).await.unwrap();
    assert_eq!(activation.window.end, world.schedule(eligibility).await.window.end);
    // A longer eligibility does not lengthen what was activated.
    let change = Change { start: None, end: None, justification: None };
    world.write(&world.ada, async |op| assign::update(op, eligibility, change).await).await.unwrap();
    world.advance(hours(3));
    assert!(!world.may(&mira, Action::CreateUsers).await);
    world.activate(&mira, eligibility, 8).await.unwrap();
    assert!(world.may(&mira, Action::CreateUsers).await);
}

async fn an_upcoming_activation_goes_with_its_eligibility(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    let asked = Activation {
        start: Some(world.now() + hours(5)),
        duration: Duration::hours(2),
        justification: because("tonight"),
        ticket: None,
    };
    let upcoming =
        world.write(&mira, async |op| activate::activate(op, eligibility, asked, None).await).await.unwrap();
    let upcoming = upcoming.schedule().unwrap();
    // The eligibility now ends before the activation would begin.
    let change = Change { start: None, end: Some(world.now() + hours(4)), justification: None };
    world.write(&world.ada, async |op| assign::update(op, eligibility, change).await).await.unwrap();
    assert!(open_activations(&world, eligibility).await.is_empty());
    assert!(world.schedule(upcoming.id).await.window.is_empty());
    // So that nothing stands in the way of an activation that still fits.
    world.activate(&mira, eligibility, 1).await.unwrap();
    world.advance(hours(6));
    assert!(!world.may(&mira, Action::CreateUsers).await);
}

async fn an_activation_itself_cannot_be_lengthened(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    let activation = world.activate(&mira, eligibility, 1).await.unwrap();
    for end in [None, Some(world.now() + days(30)), Some(world.now() + TimeDelta::minutes(30))] {
        let change = Change { start: None, end, justification: because("longer") };
        let refusal =
            world.write(&world.ada, async |op| assign::update(op, activation.id, change).await).await;
        assert_eq!(refused(refusal), [(Field::Form, Broken::IsActivation)]);
    }
    // An administrator may end it.
    remove(&world, activation.id).await.unwrap();
    assert!(!world.may(&mira, Action::CreateUsers).await);
    world.activate(&mira, eligibility, 1).await.unwrap();
}

async fn leaving_the_group_ends_what_came_through_it(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let helpdesk = world.group_of("Helpdesk", &[&mira, &omar]).await;
    let eligibility = world.make_eligible(helpdesk, "User Administrator").await;
    world.activate(&mira, eligibility, 8).await.unwrap();
    world.activate(&omar, eligibility, 8).await.unwrap();
    world.write(&world.ada, async |op| groups::remove_member(op, helpdesk, mira.id).await).await.unwrap();
    assert!(!world.may(&mira, Action::CreateUsers).await);
    assert!(world.may(&omar, Action::CreateUsers).await, "who stays keeps theirs");
    refused(world.activate(&mira, eligibility, 1).await);
}

async fn deleting_the_group_ends_what_came_through_it(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let helpdesk = world.group_of("Helpdesk", &[&mira]).await;
    let eligibility = world.make_eligible(helpdesk, "User Administrator").await;
    world.activate(&mira, eligibility, 8).await.unwrap();
    world.write(&world.ada, async |op| groups::delete(op, helpdesk).await).await.unwrap();
    assert!(!world.may(&mira, Action::CreateUsers).await);
    refused(world.activate(&mira, eligibility, 1).await);
    world.write(&world.ada, async |op| groups::restore(op, helpdesk).await).await.unwrap();
    assert!(!world.may(&mira, Action::CreateUsers).await, "what ended stays ended");
    world.activate(&mira, eligibility, 1).await.unwrap();
}

async fn leaving_one_group_leaves_what_another_gives(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let first = world.group_of("First", &[&mira]).await;
    let second = world.group_of("Second", &[&mira]).await;
    let through_second = world.make_eligible(second, "User Administrator").await;
    world.activate(&mira, through_second, 8).await.unwrap();
    let own = world.make_eligible(&mira, "Groups Administrator").await;
    world.activate(&mira, own, 8).await.unwrap();
    world.write(&world.ada, async |op| groups::remove_member(op, first, mira.id).await).await.unwrap();
    assert!(world.may(&mira, Action::CreateUsers).await && world.may(&mira, Action::CreateGroups).await);
    world.write(&world.ada, async |op| groups::remove_member(op, second, mira.id).await).await.unwrap();
    assert!(!world.may(&mira, Action::CreateUsers).await && world.may(&mira, Action::CreateGroups).await);
}

const ROUNDS: usize = 50;

async fn activating_races_removing(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    world.caller(&mira).await;
    for round in 0..ROUNDS {
        let eligibility = world.make_eligible(&mira, "User Administrator").await;
        let (activated, removed) =
            tokio::join!(world.activate(&mira, eligibility, 8), remove(&world, eligibility));
        removed.unwrap();
        if activated.is_err() {
            refused(activated);
        }
        assert!(open_activations(&world, eligibility).await.is_empty(), "round {round}");
        assert!(!world.may(&mira, Action::CreateUsers).await, "round {round}");
    }
}

async fn activating_races_leaving_the_group(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let helpdesk = world.group_of("Helpdesk", &[]).await;
    let eligibility = world.make_eligible(helpdesk, "User Administrator").await;
    world.caller(&mira).await;
    for round in 0..ROUNDS {
        world.write(&world.ada, async |op| groups::add_member(op, helpdesk, mira.id).await).await.unwrap();
        let leave = world.write(&world.ada, async |op| {
            if round % 5 == 0 {
                groups::delete(op, helpdesk).await
            } else {
                groups::remove_member(op, helpdesk, mira.id).await
            }
        });
        let (activated, left) = tokio::join!(world.activate(&mira, eligibility, 8), leave);
        left.unwrap();
        if activated.is_err() {
            refused(activated);
        }
        assert!(open_activations(&world, eligibility).await.is_empty(), "round {round}");
        if round % 5 == 0 {
            world.write(&world.ada, async |op| groups::restore(op, helpdesk).await).await.unwrap();
        }
    }
}

async fn activating_races_being_disabled(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    for round in 0..ROUNDS {
        let session = world.sign_in(&mira).await;
        let activate = async {
            let mut op = world.engine.write(&session).await?;
            let asked = Activation {
                start: None,
                duration: Duration::hours(1),
                justification: because("race"),
                ticket: None,
            };
            activate::activate(&mut op, eligibility, asked, None).await?;
            op.commit().await
        };
        let disable = world.write(&world.ada, async |op| users::disable(op, mira.id).await);
        let (activated, disabled) = tokio::join!(activate, disable);
        disabled.unwrap();
        assert!(!matches!(activated, Err(stint_engine::Error::Store(_))), "{activated:?}");
        assert!(open_activations(&world, eligibility).await.is_empty(), "round {round}");
        world.write(&world.ada, async |op| users::enable(op, mira.id).await).await.unwrap();
    }
}

async fn two_activations_at_once(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    world.caller(&mira).await;
    for _ in 0..ROUNDS {
        one_wins(&world, &mira, [eligibility, eligibility]).await;
        let activation = open_activations(&world, eligibility).await.remove(0).id;
        world.write(&mira, async |op| activate::deactivate(op, activation).await).await.unwrap();
    }
}

async fn activating_two_eligibilities_of_one_role_at_once(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let helpdesk = world.group_of("Helpdesk", &[&mira]).await;
    let own = world.make_eligible(&mira, "User Administrator").await;
    let through = world.make_eligible(helpdesk, "User Administrator").await;
    world.caller(&mira).await;
    for _ in 0..10 {
        one_wins(&world, &mira, [own, through]).await;
        for eligibility in [own, through] {
            for activation in open_activations(&world, eligibility).await {
                world.write(&mira, async |op| activate::deactivate(op, activation.id).await).await.unwrap();
            }
        }
    }
}

async fn one_wins(world: &World, mira: &User, eligibilities: [ScheduleId; 2]) {
    let [first, second] = eligibilities.map(|eligibility| Box::pin(world.activate(mira, eligibility, 8)));
    let (first, second) = tokio::join!(first, second);
    assert_ne!(first.is_ok(), second.is_ok());
    let loser = if first.is_ok() { second } else { first };
    assert!(matches!(refused(loser)[..], [(Field::Form, Broken::AlreadyActive(_))]));
}
