//! No role is a way to a higher one, and nobody acts for another.

use stint_domain::{
    authz::{Action, Target},
    prolong::{Prolong, Terms},
    schedule::AssignmentType,
    scope::ScopePath,
    text::UserName,
};
use stint_engine::{
    Error, Result, activate, administrative_units, approvals,
    assign::{self, Ask},
    groups, prolong, requests, role_settings, service_principals,
    test_support::{User, World, because, days, display_name, hours, reason},
    users,
};
use stint_store::Database;

use crate::{is_denied, refused};

stint_store::on_both_databases!(
    whoever_holds_a_privileged_role_is_out_of_reach,
    a_user_administrator_manages_ordinary_people,
    a_role_in_a_unit_reaches_its_members_only,
    an_owner_manages_their_group,
    roles_of_a_group_are_for_those_who_give_roles,
    a_disabled_person_is_out_at_once,
    nobody_acts_for_another,
    only_who_may_assign_assigns,
    nobody_without_a_session_does_anything,
    a_denial_names_what_would_help,
);

fn named(name: &str, user: &User) -> users::Properties {
    users::Properties {
        user_name: UserName::parse(&user.user_name).unwrap(),
        display_name: display_name(name),
        job_title: None,
        department: None,
    }
}

/// What each of the things that can be done to a person comes to.
async fn everything_to(world: &World, by: &User, on: &User) -> Vec<Result<()>> {
    let fresh = world.fresh_password().await;
    vec![
        world.write(by, async |op| users::reset_password(op, on.id, fresh).await).await,
        world.write(by, async |op| users::update(op, on.id, named("Renamed", on)).await).await,
        world.write(by, async |op| users::disable(op, on.id).await).await,
        world.write(by, async |op| users::enable(op, on.id).await).await,
        world.write(by, async |op| users::delete(op, on.id).await).await,
        world.write(by, async |op| users::restore(op, on.id).await).await,
    ]
}

async fn whoever_holds_a_privileged_role_is_out_of_reach(database: Database) {
    let world = World::new(database).await;
    let uma = world.holder("Uma", "User Administrator").await;

    let eligible = world.user("Eligible").await;
    world.make_eligible(&eligible, "Global Administrator").await;
    let later = world.user("Later").await;
    let mut ask = world.ask(AssignmentType::Eligible, world.role("Security Administrator"), &later);
    ask.start = Some(world.now() + days(9));
    world.assign(ask).await.unwrap();
    let member = world.user("Member").await;
    let admins = world.group_of("Admins", &[&member]).await;
    world.make_eligible(admins, "Privileged Role Administrator").await;
    let owner = world.user("Owner").await;
    world.write(&world.ada, async |op| groups::add_owner(op, admins, owner.id).await).await.unwrap();

    for person in [&world.ada, &eligible, &later, &member, &owner] {
        let (_, target) = world.read(&uma, async |op| users::get(op, person.id).await).await.unwrap();
        assert!(target.is_protected, "{}", person.user_name);
        for (index, result) in everything_to(&world, &uma, person).await.into_iter().enumerate() {
            // Who was not deleted cannot be restored: the last may be answered in either way.
            assert!(is_denied(&result) || index == 5, "{} {index}: {result:?}", person.user_name);
        }
        assert!(world.engine.read(&world.sign_in(person).await).await.unwrap().person().is_ok());
    }
    // Where the role is over, so is the guard.
    world.write(&world.ada, async |op| groups::remove_owner(op, admins, owner.id).await).await.unwrap();
    world.write(&uma, async |op| users::disable(op, owner.id).await).await.unwrap();
}

async fn a_user_administrator_manages_ordinary_people(database: Database) {
    let world = World::new(database).await;
    let uma = world.holder("Uma", "User Administrator").await;
    let mira = world.user("Mira").await;
    world.make_active(&mira, "Message Center Reader").await;
    for (index, result) in everything_to(&world, &uma, &mira).await.into_iter().enumerate() {
        assert!(result.is_ok(), "{index}: {result:?}");
    }
    let omar = world.user("Omar").await;
    for (index, result) in everything_to(&world, &mira, &omar).await.into_iter().enumerate() {
        assert!(is_denied(&result) || matches!(result, Err(Error::NotSignedIn)), "{index}: {result:?}");
    }
    let own = world.write(&mira, async |op| users::disable(op, mira.id).await).await;
    assert!(own.is_err(), "nor does one do it to oneself");
}

async fn a_role_in_a_unit_reaches_its_members_only(database: Database) {
    let world = World::new(database).await;
    let (helpdesk, inside, outside, boss) = (
        world.user("Helpdesk").await,
        world.user("Inside").await,
        world.user("Outside").await,
        world.user("Boss").await,
    );
    world.make_eligible(&boss, "Global Administrator").await;
    let sales = world.unit("Sales", &[inside.id, boss.id]).await;
    let other = world.unit("Other", &[outside.id]).await;
    let ask = Ask {
        scope: ScopePath::administrative_unit(sales),
        ..world.ask(AssignmentType::Eligible, world.role("User Administrator"), &helpdesk)
    };
    let eligibility = world.assign(ask).await.unwrap();
    world.activate(&helpdesk, eligibility, 8).await.unwrap();

    let reset = async |on: &User| {
        let fresh = world.fresh_password().await;
        world.write(&helpdesk, async |op| users::reset_password(op, on.id, fresh).await).await
    };
    reset(&inside).await.unwrap();
    assert!(is_denied(&reset(&outside).await));
    assert!(is_denied(&reset(&boss).await), "a unit is no way around the guard");
    assert!(!world.may(&helpdesk, Action::CreateUsers).await, "nobody is created in a unit");
    // Nor does the role reach for whom it wants.
    for unit in [sales, other] {
        let pull =
            world.write(&helpdesk, async |op| administrative_units::add_member(op, unit, outside.id).await);
        assert!(is_denied(&pull.await));
    }
    world
        .write(&world.ada, async |op| administrative_units::remove_member(op, sales, inside.id).await)
        .await
        .unwrap();
    assert!(is_denied(&reset(&inside).await));
    world
        .write(&world.ada, async |op| administrative_units::add_member(op, sales, inside.id).await)
        .await
        .unwrap();
    world.advance(hours(8));
    assert!(is_denied(&reset(&inside).await));
}

async fn an_owner_manages_their_group(database: Database) {
    let world = World::new(database).await;
    let (owner, mira) = (world.user("Owner").await, world.user("Mira").await);
    let (own, other) = (world.group("Own", false).await, world.group("Other", false).await);
    world.write(&world.ada, async |op| groups::add_owner(op, own, owner.id).await).await.unwrap();
    let properties = || groups::Properties { display_name: display_name("Renamed"), description: None };
    world.write(&owner, async |op| groups::add_member(op, own, mira.id).await).await.unwrap();
    world.write(&owner, async |op| groups::remove_member(op, own, mira.id).await).await.unwrap();
    world.write(&owner, async |op| groups::add_owner(op, own, mira.id).await).await.unwrap();
    world.write(&owner, async |op| groups::update(op, own, properties()).await).await.unwrap();
    assert!(is_denied(&world.write(&owner, async |op| groups::delete(op, own).await).await));
    for result in [
        world.write(&owner, async |op| groups::add_member(op, other, mira.id).await).await,
        world.write(&owner, async |op| groups::remove_member(op, other, mira.id).await).await,
        world.write(&owner, async |op| groups::add_owner(op, other, owner.id).await).await,
        world.write(&owner, async |op| groups::update(op, other, properties()).await).await,
        world.write(&owner, async |op| groups::create(op, properties(), false).await.map(drop)).await,
    ] {
        assert!(is_denied(&result), "{result:?}");
    }
    world.write(&mira, async |op| groups::remove_owner(op, own, owner.id).await).await.unwrap();
    assert!(is_denied(&world.write(&owner, async |op| groups::add_member(op, own, owner.id).await).await));
}

async fn roles_of_a_group_are_for_those_who_give_roles(database: Database) {
    let world = World::new(database).await;
    let grit = world.holder("Grit", "Groups Administrator").await;
    let admins = world.group_of("Admins", &[]).await;
    world.make_active(admins, "Global Administrator").await;
    let properties = || groups::Properties { display_name: display_name("Mine"), description: None };
    for result in [
        world.write(&grit, async |op| groups::add_member(op, admins, grit.id).await).await,
        world.write(&grit, async |op| groups::add_owner(op, admins, grit.id).await).await,
        world.write(&grit, async |op| groups::update(op, admins, properties()).await).await,
        world.write(&grit, async |op| groups::delete(op, admins).await).await,
        world.write(&grit, async |op| groups::create(op, properties(), true).await.map(drop)).await,
    ] {
        assert!(is_denied(&result), "{result:?}");
    }
    // Its owner manages it as any owner does, and no further.
    let owner = world.user("Owner").await;
    let team = world.group_of("Team", &[]).await;
    world.write(&world.ada, async |op| groups::add_owner(op, team, owner.id).await).await.unwrap();
    world.write(&owner, async |op| groups::add_member(op, team, owner.id).await).await.unwrap();
    assert!(is_denied(&world.write(&owner, async |op| groups::delete(op, team).await).await));
    world.write(&world.ada, async |op| groups::delete(op, team).await).await.unwrap();
    assert!(is_denied(&world.write(&owner, async |op| groups::restore(op, team).await).await));
    // Nor through the back door: what is in a group that holds roles is plain to see.
    let inner = world.write(&grit, async |op| groups::create(op, properties(), false).await).await.unwrap();
    world.write(&grit, async |op| groups::add_member(op, inner, grit.id).await).await.unwrap();
    refused(world.write(&world.ada, async |op| groups::add_member(op, admins, inner).await).await);
    assert!(!world.may(&grit, Action::UpdateRoleAssignments).await);
}

async fn a_disabled_person_is_out_at_once(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    let (first, second) = (world.sign_in(&mira).await, world.sign_in(&mira).await);
    world.activate(&mira, eligibility, 8).await.unwrap();
    world.write(&world.ada, async |op| users::disable(op, mira.id).await).await.unwrap();
    for session in [&first, &second] {
        let op = world.engine.read(session).await.unwrap();
        assert!(matches!(op.person(), Err(Error::NotSignedIn)));
        assert!(matches!(op.decide(Action::ReadUsers, &Target::directory()), Err(Error::NotSignedIn)));
    }
    world.write(&world.ada, async |op| users::enable(op, mira.id).await).await.unwrap();
    assert!(world.engine.read(&first).await.unwrap().person().is_err(), "an old session does not come back");
    world.forget_session(&mira);
    assert!(!world.may(&mira, Action::CreateUsers).await, "nor does what she had activated");
    world.activate(&mira, eligibility, 1).await.unwrap();

    let third = world.sign_in(&mira).await;
    world.write(&world.ada, async |op| users::delete(op, mira.id).await).await.unwrap();
    assert!(world.engine.read(&third).await.unwrap().person().is_err());
}

async fn nobody_acts_for_another(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    for thief in [&omar, &world.ada] {
        refused(world.activate(thief, eligibility, 1).await);
        let offer = world.read(thief, async |op| activate::offer(op, eligibility).await).await;
        refused(offer);
    }
    let activation = world.activate(&mira, eligibility, 1).await.unwrap();
    let standing = world.make_active(&mira, "Reports Reader").await;
    for (by, id) in
        [(&omar, activation.id), (&world.ada, activation.id), (&mira, standing), (&mira, eligibility)]
    {
        let result = world.write(by, async |op| activate::deactivate(op, id).await).await;
        assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
        let result = world.read(by, async |op| activate::prove(op, id)).await;
        assert!(by.id == mira.id || matches!(result, Err(Error::NotFound)), "{result:?}");
    }
    assert!(world.may(&mira, Action::CreateUsers).await);
}

async fn only_who_may_assign_assigns(database: Database) {
    let world = World::new(database).await;
    let (mira, uma) = (world.user("Mira").await, world.holder("Uma", "User Administrator").await);
    let pia = world.holder("Pia", "Privileged Role Administrator").await;
    let ask = world.ask(AssignmentType::Active, world.role("Global Administrator"), &mira);
    let held = world.make_eligible(&mira, "Reports Reader").await;
    for by in [&mira, &uma] {
        let ask = ask.clone();
        assert!(is_denied(&world.write(by, async |op| assign::assign(op, ask).await).await));
        assert!(is_denied(&world.write(by, async |op| assign::remove(op, held, None).await).await));
        let change = assign::Change { start: None, end: None, justification: because("x") };
        assert!(is_denied(&world.write(by, async |op| assign::update(op, held, change).await).await));
        let settings = world.read(by, async |op| {
            assign::settings(op, stint_domain::role::GLOBAL_ADMINISTRATOR, &ScopePath::directory()).await
        });
        assert!(is_denied(&settings.await));
    }
    world.write(&pia, async |op| assign::assign(op, ask).await).await.unwrap();
    // In a unit, roles are not given: who could, would rule it.
    let unit = world.unit("Sales", &[mira.id]).await;
    let target = Target { units: vec![unit], ..Target::object(mira.id) };
    assert!(!world.may_to(&uma, Action::UpdateRoleAssignments, &target).await);
}

async fn nobody_without_a_session_does_anything(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    for token in [None, Some(Vec::new()), Some(vec![0; 32]), Some(vec![255; 9999])] {
        let caller = stint_engine::Caller { token, ..stint_engine::Caller::default() };
        let mut op = world.engine.write(&caller).await.unwrap();
        let not_signed_in =
            |result: Result<()>| assert!(matches!(result, Err(Error::NotSignedIn)), "{result:?}");
        let ask = world.ask(AssignmentType::Active, world.role("Global Administrator"), &mira);
        let id = mira.id.as_uuid();
        let properties =
            || service_principals::Properties { display_name: display_name("X"), description: None };
        let asked = stint_domain::assign::Activation {
            start: None,
            duration: stint_domain::time::Duration::hours(1),
            justification: because("x"),
            ticket: None,
        };
        let longer = asked.clone();
        not_signed_in(assign::assign(&mut op, ask).await.map(drop));
        not_signed_in(assign::remove(&mut op, id.into(), None).await);
        not_signed_in(activate::activate(&mut op, id.into(), asked, None).await.map(drop));
        not_signed_in(activate::deactivate(&mut op, id.into()).await);
        not_signed_in(
            users::create(&mut op, named("X", &mira), world.fresh_password().await).await.map(drop),
        );
        not_signed_in(users::get(&mut op, mira.id).await.map(drop));
        not_signed_in(users::disable(&mut op, mira.id).await);
        not_signed_in(groups::get(&mut op, mira.id).await.map(drop));
        not_signed_in(service_principals::create(&mut op, properties()).await.map(drop));
        not_signed_in(service_principals::set_enabled(&mut op, mira.id, false).await);
        not_signed_in(administrative_units::get(&mut op, id.into()).await.map(drop));
        not_signed_in(stint_engine::roles::list(&op, "").map(drop));
        let (page, everywhere) = (stint_store::PageRequest::first(), ScopePath::directory());
        let settings =
            stint_domain::settings::RoleSettings::default_for(stint_domain::role::Provider::Directory);
        let role = world.role("User Administrator");
        not_signed_in(approvals::list(&mut op, &approvals::View::default(), &page).await.map(drop));
        not_signed_in(approvals::list_decided(&mut op, &page).await.map(drop));
        not_signed_in(approvals::find(&mut op, id.into()).await.map(drop));
        not_signed_in(
            approvals::approve(&mut op, id.into(), reason("x"), approvals::Grant::AsAsked).await.map(drop),
        );
        not_signed_in(approvals::deny(&mut op, id.into(), reason("x")).await);
        not_signed_in(approvals::cancel(&mut op, id.into()).await);
        let (wish, terms) = (
            prolong::Wish { end: None, justification: reason("x") },
            Terms { assignment_type: AssignmentType::Eligible, start: None, end: None },
        );
        not_signed_in(prolong::offer(&mut op, id.into()).await.map(drop));
        not_signed_in(prolong::ask(&mut op, Prolong::Extend, id.into(), wish).await.map(drop));
        not_signed_in(prolong::prolong(&mut op, Prolong::Extend, id.into(), terms, None).await.map(drop));
        not_signed_in(activate::offer_extension(&mut op, id.into()).await.map(drop));
        not_signed_in(activate::extend(&mut op, id.into(), longer, None).await.map(drop));
        not_signed_in(requests::list_mine(&mut op, &page).await.map(drop));
        not_signed_in(requests::list_waiting(&mut op).await.map(drop));
        not_signed_in(requests::list_pending_all(&mut op, None, &page).await.map(drop));
        not_signed_in(role_settings::get(&mut op, role, &everywhere).await.map(drop));
        not_signed_in(role_settings::effect(&mut op, role, &everywhere, &settings).await.map(drop));
        not_signed_in(role_settings::history(&mut op, role, &everywhere, &page).await.map(drop));
        not_signed_in(role_settings::restore(&mut op, role, &everywhere, 0).await.map(drop));
        not_signed_in(role_settings::update(&mut op, role, &everywhere, settings, 0).await.map(drop));
        let filter = stint_store::audit::Filter::default();
        not_signed_in(
            stint_engine::audit::list(&mut op, &filter, &stint_store::PageRequest::first()).await.map(drop),
        );
    }
}

async fn a_denial_names_what_would_help(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    world.make_eligible(&mira, "User Administrator").await;
    let denial =
        world.read(&mira, async |op| op.denial(Action::CreateUsers, &Target::directory())).await.unwrap();
    assert_eq!(
        denial.as_deref(),
        Some(
            "You may not create users. User Administrator would allow it. You can activate User Administrator in My roles."
        )
    );
    let ada = world.read(&mira, async |op| users::get(op, world.ada.id).await).await.unwrap().1;
    let denial =
        world.read(&mira, async |op| op.denial(Action::UpdatePasswords, &ada)).await.unwrap().unwrap();
    assert!(denial.contains("guarded by a privileged role"), "{denial}");
    assert!(!denial.contains("You can activate"), "{denial}");
}
