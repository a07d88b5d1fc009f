//! Mira is made eligible, activates, works, and has nothing when the time is over (invariants 1 and 6).

use stint_domain::{
    assign::Activation,
    authz::Action,
    schedule::{AssignmentState, AssignmentType, EndReason},
    text::{TicketNumber, TicketSystem, UserName},
    time::{Duration, Phase},
};
use stint_engine::{
    Error,
    activate::{self, Proof},
    assign, assignments,
    assignments::Tab,
    test_support::{World, because, display_name, hours},
    users,
};
use stint_store::{Database, PageRequest};

use crate::refused;

stint_store::on_both_databases!(
    she_activates_works_and_gives_it_back,
    time_takes_it_away_and_nothing_had_to_run,
    an_activation_waits_for_its_start,
    an_assignment_waits_for_its_start,
    the_history_stays,
    a_role_through_a_group_is_activated_by_its_member,
    an_upcoming_eligibility_offers_nothing_yet,
);

async fn she_activates_works_and_gives_it_back(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    assert!(!world.may(&mira, Action::CreateUsers).await, "to be eligible is not to be allowed");

    let offer = world.read(&mira, async |op| activate::offer(op, eligibility).await).await.unwrap();
    assert_eq!((offer.role.name.as_str(), offer.running), ("User Administrator", None));

    let activation = world.activate(&mira, eligibility, 2).await.unwrap();
    assert!(world.may(&mira, Action::CreateUsers).await);
    let proof = world.read(&mira, async |op| activate::prove(op, activation.id)).await.unwrap();
    assert!(matches!(proof.0, Proof::Effective(count) if count > 5), "{proof:?}");

    let properties = users::Properties {
        user_name: UserName::parse("new@contoso.example").unwrap(),
        display_name: display_name("New"),
        job_title: None,
        department: None,
    };
    let fresh = world.fresh_password().await;
    assert!(fresh.expose().len() >= 16);
    world.write(&mira, async |op| users::create(op, properties, fresh).await).await.unwrap();

    world.write(&mira, async |op| activate::deactivate(op, activation.id).await).await.unwrap();
    assert!(!world.may(&mira, Action::CreateUsers).await);
    assert!(world.read(&mira, async |op| activate::prove(op, activation.id)).await.is_err());
    let again = world.write(&mira, async |op| activate::deactivate(op, activation.id).await).await;
    refused(again);
    assert!(world.activate(&mira, eligibility, 2).await.is_ok(), "she may need it again");
}

async fn time_takes_it_away_and_nothing_had_to_run(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    world.activate(&mira, eligibility, 8).await.unwrap();
    world.advance(hours(8) - Duration::minutes(1).to_delta());
    assert!(world.may(&mira, Action::CreateUsers).await);
    world.advance(Duration::minutes(1).to_delta());
    assert!(!world.may(&mira, Action::CreateUsers).await);
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE state <> 'queued'").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM schedule WHERE end_reason IS NOT NULL").await, 0);
}

async fn an_activation_waits_for_its_start(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    let asked = Activation {
        start: Some(world.now() + hours(24)),
        duration: Duration::hours(2),
        justification: because("the move of the mail server"),
        ticket: Some(TicketNumber::parse("CHG-1").unwrap()),
    };
    let system = TicketSystem::parse("Jira").ok();
    let activation = world
        .write(&mira, async |op| activate::activate(op, eligibility, asked, system).await)
        .await
        .unwrap()
        .schedule()
        .unwrap();
    let proof = world.read(&mira, async |op| activate::prove(op, activation.id)).await.unwrap();
    assert_eq!(proof.0, Proof::Upcoming);
    assert!(!world.may(&mira, Action::CreateUsers).await);
    world.advance(hours(25));
    assert!(world.may(&mira, Action::CreateUsers).await);
    world.advance(hours(1));
    assert!(!world.may(&mira, Action::CreateUsers).await);
}

async fn an_assignment_waits_for_its_start(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let mut ask = world.ask(AssignmentType::Active, world.role("User Administrator"), &mira);
    ask.start = Some(world.now() + hours(24));
    ask.end = Some(world.now() + hours(48));
    world.assign(ask).await.unwrap();
    for (passing, expected) in [(0, false), (23, false), (1, true), (23, true), (1, false)] {
        world.advance(hours(passing));
        assert_eq!(world.may(&mira, Action::CreateUsers).await, expected);
    }
}

async fn the_history_stays(database: Database) {
    let world = World::new(database).await;
    let before = world.count("SELECT COUNT(*) FROM schedule_request").await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    let activation = world.activate(&mira, eligibility, 2).await.unwrap();
    world.write(&mira, async |op| activate::deactivate(op, activation.id).await).await.unwrap();
    world
        .write(&world.ada, async |op| assign::remove(op, eligibility, because("she left")).await)
        .await
        .unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM schedule_request").await, before + 4);
    world.write(&world.ada, async |op| users::delete(op, mira.id).await).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM schedule_request").await, before + 4);

    let expired = Tab::Expired(AssignmentType::Active);
    let page = world
        .read(&world.ada, async |op| {
            assignments::of_principal(op, mira.id, expired, "", &PageRequest::first()).await
        })
        .await
        .unwrap();
    let listed = &page.items[0].assignment;
    assert_eq!(listed.end_reason, Some(EndReason::Deactivated));
    assert_eq!(listed.schedule.id, activation.id);
    let shown = world.read(&world.ada, async |op| assignments::get(op, eligibility).await).await.unwrap();
    assert_eq!(shown.assignment.end_reason, Some(EndReason::Removed));
}

async fn a_role_through_a_group_is_activated_by_its_member(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let helpdesk = world.group_of("Helpdesk", &[&mira]).await;
    let eligibility = world.make_eligible(helpdesk, "User Administrator").await;
    refused(world.activate(&omar, eligibility, 1).await);
    let activation = world.activate(&mira, eligibility, 1).await.unwrap();
    assert_eq!((activation.principal, activation.state), (mira.id, AssignmentState::Activated));
    assert!(world.may(&mira, Action::CreateUsers).await);
    assert!(!world.may(&omar, Action::CreateUsers).await);
    world
        .write(&world.ada, async |op| stint_engine::groups::add_member(op, helpdesk, omar.id).await)
        .await
        .unwrap();
    assert!(!world.may(&omar, Action::CreateUsers).await, "what one activates is one's own");
    world.activate(&omar, eligibility, 1).await.unwrap();
    assert!(world.may(&omar, Action::CreateUsers).await);
}

async fn an_upcoming_eligibility_offers_nothing_yet(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let mut ask = world.ask(AssignmentType::Eligible, world.role("User Administrator"), &mira);
    ask.start = Some(world.now() + hours(24));
    let eligibility = world.assign(ask).await.unwrap();
    assert_eq!(world.schedule(eligibility).await.window.phase(world.now()), Phase::Upcoming);
    refused(world.activate(&mira, eligibility, 1).await);
    world.advance(hours(24));
    world.activate(&mira, eligibility, 1).await.unwrap();
    let missing = world.activate(&mira, world.schedule(eligibility).await.request.as_uuid().into(), 1).await;
    assert!(!matches!(missing, Err(Error::Store(_))));
    refused(missing);
}
