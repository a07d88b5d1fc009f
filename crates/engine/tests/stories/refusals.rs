//! Everything that is wrong is said at once, where it can be mended (invariant 12).

use chrono::TimeDelta;
use stint_domain::{
    assign::Activation,
    refusal::{Broken, Field},
    role::{GROUP_MEMBER, Provider, ScopeType},
    schedule::AssignmentType,
    scope::ScopePath,
    settings::{Requirement, RoleSettings},
    time::Duration,
};
use stint_engine::{
    activate, administrative_units,
    assign::{self, Change},
    test_support::{World, because, days, hours},
    users,
};
use stint_store::{Database, role_settings};

use crate::refused;

stint_store::on_both_databases!(
    everything_wrong_with_an_assignment,
    everything_wrong_with_its_members,
    everything_wrong_with_its_scope,
    the_same_assignment_twice,
    two_equal_assignments_at_once,
    everything_wrong_with_a_change,
    everything_wrong_with_an_activation,
    the_settings_are_obeyed,
);

async fn everything_wrong_with_an_assignment(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let mut ask = world.ask(AssignmentType::Active, world.role("User Administrator"), &mira);
    ask.members.clear();
    ask.start = Some(world.now() - days(1));
    ask.end = Some(world.now() - days(2));
    ask.justification = None;
    ask.scope = ScopePath::object(mira.id);
    let fields: Vec<_> = refused(world.assign(ask).await).into_iter().map(|(field, _)| field).collect();
    assert_eq!(
        fields,
        [Field::Scope, Field::Scope, Field::Members, Field::Start, Field::End, Field::Justification]
    );

    let ask = || world.ask(AssignmentType::Active, world.role("User Administrator"), &mira);
    let now = world.now();
    for (start, end, justification, expected) in [
        (None, Some(now - hours(1)), because("x"), (Field::End, Broken::EndBeforeStart)),
        (Some(now + days(2)), Some(now + days(1)), because("x"), (Field::End, Broken::EndBeforeStart)),
        (
            None,
            Some(now + TimeDelta::minutes(3)),
            because("x"),
            (Field::End, Broken::TooShort(Duration::SHORTEST)),
        ),
        (Some(now - hours(25)), None, because("x"), (Field::Start, Broken::StartInPast)),
        (Some(now + days(400_000)), None, because("x"), (Field::Start, Broken::StartTooLate)),
        (None, None, None, (Field::Justification, Broken::JustificationRequired)),
    ] {
        let ask = assign::Ask { start, end, justification, ..ask() };
        assert_eq!(refused(world.assign(ask).await), [expected]);
    }
    // A form takes time to fill in.
    world.assign(assign::Ask { start: Some(world.now() - TimeDelta::minutes(9)), ..ask() }).await.unwrap();
}

async fn everything_wrong_with_its_members(database: Database) {
    let world = World::new(database).await;
    let (mira, gone) = (world.user("Mira").await, world.user("Gone").await);
    let (plain, program) = (world.group("Plain", false).await, world.program("Backup").await);
    world.write(&world.ada, async |op| users::delete(op, gone.id).await).await.unwrap();
    let mut ask = world.ask(AssignmentType::Eligible, world.role("User Administrator"), &mira);
    let nobody = world.engine.random().id(world.now());
    ask.members.extend([gone.id, plain, program, mira.id, nobody]);
    let mut found = refused(world.assign(ask.clone()).await);
    found.sort_by_key(|(_, rule)| rule.to_string());
    assert_eq!(
        found,
        [
            (Field::Members, Broken::MemberDeleted("A selected member".to_owned())),
            (Field::AssignmentType, Broken::ServicePrincipalEligible("Backup".to_owned())),
            (Field::Members, Broken::MemberDeleted("Gone".to_owned())),
            (Field::Members, Broken::GroupNotAssignable("Plain".to_owned())),
        ]
    );
    // All of them or none.
    assert_eq!(world.count("SELECT COUNT(*) FROM schedule").await, 1);
    ask.members = vec![mira.id, mira.id, world.ada.id];
    let ids = world.write(&world.ada, async |op| assign::assign(op, ask).await).await.unwrap();
    assert_eq!(ids.len(), 2, "whoever is chosen twice is chosen once");
    world.make_active(program, "User Administrator").await;
}

async fn everything_wrong_with_its_scope(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let (sales, backup) = (world.unit("Sales", &[]).await, world.program("Backup").await);
    let ask = |role: &str, scope: ScopePath| {
        let ask = world.ask(AssignmentType::Eligible, world.role(role), &mira);
        world.assign(assign::Ask { scope, ..ask })
    };
    let unit = ScopePath::administrative_unit(sales);
    let unsupported =
        |role: &str, scope| (Field::Scope, Broken::ScopeNotSupported { role: role.to_owned(), scope });
    let missing = (Field::Scope, Broken::ScopeMissing);
    assert_eq!(
        refused(ask("Global Administrator", unit.clone()).await),
        [unsupported("Global Administrator", ScopeType::AdministrativeUnit)]
    );
    let at_program = ScopePath::object(backup);
    assert_eq!(
        refused(ask("User Administrator", at_program.clone()).await),
        [unsupported("User Administrator", ScopeType::Application)]
    );
    assert_eq!(
        refused(ask("User Administrator", "/subscriptions/a".parse().unwrap()).await),
        [missing.clone()]
    );
    assert_eq!(
        refused(ask("Application Administrator", ScopePath::object(mira.id)).await),
        [missing.clone()],
        "a person is no application"
    );
    ask("Application Administrator", at_program).await.unwrap();
    let limited = ask("User Administrator", unit.clone()).await.unwrap();

    let delete =
        async || world.write(&world.ada, async |op| administrative_units::delete(op, sales).await).await;
    assert!(matches!(refused(delete().await)[..], [(Field::Form, Broken::Membership(_))]));
    world.write(&world.ada, async |op| assign::remove(op, limited, None).await).await.unwrap();
    delete().await.unwrap();
    assert_eq!(refused(ask("User Administrator", unit).await), [missing.clone()]);

    // The two roles of a group are not given here yet.
    let group = world.group("Plain", false).await;
    for scope in [ScopePath::directory(), ScopePath::object(group), ScopePath::object(backup)] {
        let ask = world.ask(AssignmentType::Active, GROUP_MEMBER, &mira);
        let end = Some(world.now() + days(1));
        assert_eq!(refused(world.assign(assign::Ask { scope, end, ..ask }).await), [missing.clone()]);
    }
    let nothing = world.assign(world.ask(AssignmentType::Active, sales.as_uuid().into(), &mira)).await;
    assert!(matches!(nothing, Err(stint_engine::Error::NotFound)), "{nothing:?}");
}

async fn the_same_assignment_twice(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let ask = world.ask(AssignmentType::Eligible, world.role("User Administrator"), &mira);
    let first = assign::Ask { end: Some(world.now() + days(2)), ..ask.clone() };
    let first = world.assign(first).await.unwrap();
    let again = refused(world.assign(ask.clone()).await);
    let [(Field::Members, rule @ Broken::Exists { .. })] = &again[..] else { panic!("{again:?}") };
    assert!(rule.to_string().starts_with("Mira already has an eligible assignment of this role"), "{rule}");
    // Later, of another type, of another role: these are others.
    let later = assign::Ask { start: Some(world.now() + days(3)), ..ask.clone() };
    let later = world.assign(later).await.unwrap();
    world.make_active(&mira, "User Administrator").await;
    world.make_eligible(&mira, "Groups Administrator").await;
    // The first cannot grow into the second.
    let grow = Change { start: None, end: Some(world.now() + days(4)), justification: None };
    let grown = refused(world.write(&world.ada, async |op| assign::update(op, first, grow).await).await);
    assert!(matches!(grown[..], [(Field::Members, Broken::Exists { .. })]), "{grown:?}");
    // What was taken away can be given again.
    for id in [first, later] {
        world.write(&world.ada, async |op| assign::remove(op, id, None).await).await.unwrap();
    }
    world.assign(ask).await.unwrap();
}

async fn two_equal_assignments_at_once(database: Database) {
    let world = World::new(database).await;
    world.caller(&world.ada).await;
    for round in 0..50 {
        let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
        let kind = if round % 2 == 0 { AssignmentType::Eligible } else { AssignmentType::Active };
        let mut first = world.ask(kind, world.role("User Administrator"), &mira);
        first.members.push(omar.id);
        let mut second = first.clone();
        second.members.reverse();
        let before = world.count("SELECT COUNT(*) FROM schedule").await;
        let assign = async |ask| world.write(&world.ada, async |op| assign::assign(op, ask).await).await;
        let (first, second) = tokio::join!(assign(first), assign(second));
        assert_ne!(first.is_ok(), second.is_ok(), "round {round}: {first:?} {second:?}");
        let loser = refused(if first.is_ok() { second } else { first });
        assert!(matches!(loser[..], [(_, Broken::Exists { .. }), (_, Broken::Exists { .. })]), "{loser:?}");
        assert_eq!(world.count("SELECT COUNT(*) FROM schedule").await, before + 2);
    }
}

async fn everything_wrong_with_a_change(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let held = world.make_active(&mira, "User Administrator").await;
    let change = async |end, justification| {
        let change = Change { start: None, end, justification };
        world.write(&world.ada, async |op| assign::update(op, held, change).await).await
    };
    world.advance(hours(1));
    let now = world.now();
    assert_eq!(
        refused(change(Some(now - hours(2)), None).await),
        [(Field::End, Broken::EndBeforeStart), (Field::Justification, Broken::JustificationRequired)]
    );
    assert_eq!(
        refused(change(Some(now - TimeDelta::minutes(30)), because("x")).await),
        [(Field::End, Broken::EndBeforeStart)],
        "an end in the past is a removal, which has a button of its own"
    );
    let window = world.schedule(held).await.window;
    change(Some(now + hours(4)), because("for the move")).await.unwrap();
    assert_eq!(world.schedule(held).await.window.start, window.start);
    // What has begun cannot begin again.
    let moved = Change { start: Some(now + hours(1)), end: None, justification: because("x") };
    world.write(&world.ada, async |op| assign::update(op, held, moved).await).await.unwrap();
    assert_eq!(world.schedule(held).await.window, window);
    world.write(&world.ada, async |op| assign::remove(op, held, None).await).await.unwrap();
    assert_eq!(refused(change(None, because("x")).await), [(Field::Form, Broken::AlreadyEnded)]);
    let again = world.write(&world.ada, async |op| assign::remove(op, held, None).await).await;
    assert_eq!(refused(again), [(Field::Form, Broken::AlreadyEnded)]);
    let nothing =
        world.write(&world.ada, async |op| assign::remove(op, mira.id.as_uuid().into(), None).await).await;
    assert!(matches!(nothing, Err(stint_engine::Error::NotFound)));
}

async fn everything_wrong_with_an_activation(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    let asked = Activation {
        start: Some(world.now() - days(2)),
        duration: Duration::hours(9),
        justification: None,
        ticket: None,
    };
    let activate =
        async |by, id, asked| world.write(by, async |op| activate::activate(op, id, asked, None).await).await;
    assert_eq!(
        refused(activate(&mira, eligibility, asked).await),
        [
            (Field::Start, Broken::StartInPast),
            (Field::Duration, Broken::TooLong(Duration::hours(8))),
            (Field::Justification, Broken::JustificationRequired),
        ]
    );
    assert_eq!(refused(world.activate(&omar, eligibility, 1).await), [(Field::Form, Broken::NotEligible)]);
    let held = world.make_active(&mira, "Groups Administrator").await;
    assert_eq!(refused(world.activate(&mira, held, 1).await), [(Field::Form, Broken::NotEligible)]);
    world.activate(&mira, eligibility, 1).await.unwrap();
    let again = refused(world.activate(&mira, eligibility, 1).await);
    assert!(matches!(again[..], [(Field::Form, Broken::AlreadyActive(_))]), "{again:?}");
}

async fn the_settings_are_obeyed(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let role = world.role("User Administrator");
    let mut settings = RoleSettings::default_for(Provider::Directory);
    settings.eligible_expiration.is_expiration_required = true;
    settings.eligible_expiration.maximum_duration = Duration::days(90);
    settings.activation_expiration.maximum_duration = Duration::hours(1);
    settings.activation_enablement.enabled_rules = [Requirement::Ticketing].into();
    let mut tx = world.engine.database().begin().await.unwrap();
    role_settings::put(&mut tx, role, &ScopePath::directory(), &settings, world.ada.id, world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let ask = world.ask(AssignmentType::Eligible, role, &mira);
    let longest = Duration::days(90);
    assert_eq!(refused(world.assign(ask.clone()).await), [(Field::End, Broken::MustExpire(longest))]);
    let too_long = assign::Ask { end: Some(world.now() + days(91)), ..ask.clone() };
    assert_eq!(refused(world.assign(too_long).await), [(Field::End, Broken::TooLong(longest))]);
    let eligibility = world.assign(assign::Ask { end: Some(world.now() + days(90)), ..ask }).await.unwrap();
    assert_eq!(
        refused(world.activate(&mira, eligibility, 2).await),
        [(Field::Duration, Broken::TooLong(Duration::hours(1))), (Field::Ticket, Broken::TicketRequired)]
    );
}
