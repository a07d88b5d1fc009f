//! Users, groups, service principals and administrative units come, change and go.

use std::sync::Arc;
use stint_domain::{
    authz::{Action, Target},
    refusal::{Broken, Field},
    scope::ScopePath,
    text::{Description, NewPassword, ShortText, UserName},
};
use stint_engine::{
    Caller, Engine, Error, administrative_units,
    audit::Chain,
    groups, passwords,
    random::Random,
    role_settings, roles, service_principals, sign_in,
    test_support::{World, days, display_name},
    users,
};
use stint_store::{Database, PageRequest};

use crate::refused;

stint_store::on_both_databases!(
    a_user_lives,
    a_user_name_is_taken_once,
    a_deleted_user_comes_back_for_thirty_days,
    a_group_lives,
    a_member_is_renamed_while_joining,
    the_first_administrator_is_made_on_the_server,
    groups_do_not_go_round_in_a_circle,
    a_service_principal_lives,
    an_administrative_unit_lives,
    replicas_start_at_once,
    roles_are_read,
);

fn user(name: &str) -> users::Properties {
    users::Properties {
        user_name: UserName::parse(&format!("{name}@contoso.example")).unwrap(),
        display_name: display_name(name),
        job_title: ShortText::parse_optional("Engineer").unwrap(),
        department: None,
    }
}

async fn a_user_lives(database: Database) {
    let world = World::new(database).await;
    let fresh = world.fresh_password().await;
    let created =
        world.write(&world.ada, async |op| users::create(op, user("mira"), fresh).await).await.unwrap();
    let (row, _) = world.read(&world.ada, async |op| users::get(op, created).await).await.unwrap();
    assert_eq!(
        (row.display_name.as_str(), row.job_title.as_deref(), row.enabled),
        ("mira", Some("Engineer"), true)
    );
    let changed =
        users::Properties { display_name: display_name("Mira Stein"), job_title: None, ..user("mira.stein") };
    for _ in 0..2 {
        let changed = changed.clone();
        world.write(&world.ada, async |op| users::update(op, created, changed).await).await.unwrap();
    }
    let updates = world.count("SELECT COUNT(*) FROM audit_event WHERE activity = 'Update user'").await;
    assert_eq!(updates, 1, "what changes nothing is no event");
    let found = world
        .read(&world.ada, async |op| users::list(op, "stein", Some(true), &PageRequest::first()).await)
        .await
        .unwrap();
    assert_eq!(found.items[0].user_name.as_deref(), Some("mira.stein@contoso.example"));
    let picked =
        world.read(&world.ada, async |op| users::get_principals(op, &[created]).await).await.unwrap();
    assert_eq!(picked, found.items);
    let group = world.group("Group", false).await;
    let as_user = world.read(&world.ada, async |op| users::get(op, group).await).await;
    assert!(matches!(as_user, Err(Error::NotFound)), "a group is no user");
    let disable = world.write(&world.ada, async |op| users::disable(op, group).await).await;
    assert!(matches!(disable, Err(Error::NotFound)));
}

async fn a_user_name_is_taken_once(database: Database) {
    let world = World::new(database).await;
    let create = async |name: &str| {
        let fresh = world.fresh_password().await;
        world.write(&world.ada, async |op| users::create(op, user(name), fresh).await).await
    };
    let (first, second) = tokio::join!(create("mira"), create("mira"));
    assert_ne!(first.is_ok(), second.is_ok());
    let taken = [(Field::UserName, Broken::Taken("mira@contoso.example".to_owned()))];
    assert_eq!(refused(if first.is_ok() { second } else { first }), taken);
    let omar = create("omar").await.unwrap();
    let rename = world.write(&world.ada, async |op| users::update(op, omar, user("mira")).await).await;
    assert_eq!(refused(rename), taken);
}

async fn a_deleted_user_comes_back_for_thirty_days(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    world.make_active(&mira, "Reports Reader").await;
    let delete = async || world.write(&world.ada, async |op| users::delete(op, mira.id).await).await;
    let restore = async || world.write(&world.ada, async |op| users::restore(op, mira.id).await).await;
    assert!(matches!(restore().await, Err(Error::NotFound)), "who is there need not come back");
    delete().await.unwrap();
    assert!(matches!(delete().await, Err(Error::NotFound)));
    let gone =
        world.read(&world.ada, async |op| users::list_deleted(op, "mira", &PageRequest::first()).await).await;
    assert_eq!(gone.unwrap().items[0].id, mira.id);
    world.advance(days(29));
    restore().await.unwrap();
    assert!(world.may(&mira, stint_domain::authz::Action::ReadAuditLog).await);
    delete().await.unwrap();
    world.advance(days(30));
    assert!(matches!(restore().await, Err(Error::NotFound)));
}

async fn a_group_lives(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let group = world.group("Cats", false).await;
    let properties = groups::Properties {
        display_name: display_name("Dogs"),
        description: Description::parse_optional("They bark.").unwrap(),
    };
    world.write(&world.ada, async |op| groups::update(op, group, properties).await).await.unwrap();
    for _ in 0..2 {
        world.write(&world.ada, async |op| groups::add_member(op, group, mira.id).await).await.unwrap();
        world.write(&world.ada, async |op| groups::add_owner(op, group, mira.id).await).await.unwrap();
    }
    let (row, target) = world.read(&mira, async |op| groups::get(op, group).await).await.unwrap();
    assert_eq!((row.display_name.as_str(), row.description.as_deref()), ("Dogs", Some("They bark.")));
    assert!(target.is_owned);
    let first = PageRequest::first();
    let members = world.read(&mira, async |op| groups::members(op, group, &first).await).await.unwrap();
    let owners = world.read(&mira, async |op| groups::owners(op, group, &first).await).await.unwrap();
    let of_mira = world.read(&mira, async |op| users::groups_of(op, mira.id, &first).await).await.unwrap();
    assert_eq!((members.items[0].id, owners.items[0].id, of_mira.items[0].id), (mira.id, mira.id, group));
    let listed =
        world.read(&mira, async |op| groups::list(op, "dog", Some(false), &first).await).await.unwrap();
    assert_eq!(listed.items.len(), 1);

    world.write(&world.ada, async |op| groups::delete(op, group).await).await.unwrap();
    let add = world.write(&world.ada, async |op| groups::add_member(op, group, world.ada.id).await).await;
    assert!(matches!(add, Err(Error::NotFound)));
    let gone = world.read(&mira, async |op| groups::list_deleted(op, "", &first).await).await.unwrap();
    assert_eq!(gone.items[0].id, group);
    world.write(&world.ada, async |op| groups::restore(op, group).await).await.unwrap();
    world.write(&world.ada, async |op| groups::remove_owner(op, group, mira.id).await).await.unwrap();
    world.write(&world.ada, async |op| groups::remove_member(op, group, mira.id).await).await.unwrap();
    let events = world.count("SELECT COUNT(*) FROM audit_event WHERE category = 'group_management'").await;
    assert_eq!(events, 8, "what changes nothing is no event");

    let program = world.program("Backup").await;
    world.write(&world.ada, async |op| groups::add_owner(op, group, program).await).await.unwrap();
    let other = world.group("Other", false).await;
    let refusal = world.write(&world.ada, async |op| groups::add_owner(op, group, other).await).await;
    assert!(matches!(refused(refusal)[..], [(Field::Members, Broken::Membership(_))]));
    world.write(&world.ada, async |op| users::delete(op, mira.id).await).await.unwrap();
    let refusal = world.write(&world.ada, async |op| groups::add_member(op, group, mira.id).await).await;
    assert!(matches!(refused(refusal)[..], [(Field::Members, Broken::Membership(_))]));
}

/// The name of a member stands beside the membership, for the order of lists, and must not be an old one.
async fn a_member_is_renamed_while_joining(database: Database) {
    let world = World::new(database).await;
    let group = world.group("Group", false).await;
    let unit = world.unit("Unit", &[]).await;
    for round in 0..20 {
        let mira = world.user("Mira").await;
        let renamed = users::Properties {
            user_name: UserName::parse(&mira.user_name).unwrap(),
            ..user(&format!("Renamed{round}"))
        };
        let rename = world.write(&world.ada, async |op| users::update(op, mira.id, renamed).await);
        let join = world.write(&world.ada, async |op| groups::add_member(op, group, mira.id).await);
        let enter =
            world.write(&world.ada, async |op| administrative_units::add_member(op, unit, mira.id).await);
        let (renamed, joined, entered) = tokio::join!(rename, join, enter);
        renamed.and(joined).and(entered).unwrap();
    }
    for stale in [
        "SELECT COUNT(*) FROM group_member AS m JOIN principal AS p ON p.id = m.member_id WHERE m.sort_name <> p.sort_name",
        "SELECT COUNT(*) FROM administrative_unit_member AS m JOIN principal AS p ON p.id = m.member_id
          WHERE m.sort_name <> p.sort_name",
    ] {
        assert_eq!(world.count(stale).await, 0);
    }
}

async fn the_first_administrator_is_made_on_the_server(database: Database) {
    let clock = Arc::new(stint_engine::clock::TestClock::default());
    let engine = Engine::start(database, clock, Arc::new(Random::from_seed(1))).await.unwrap();
    assert!(users::nobody_is_there(&engine).await.unwrap());
    refused(users::create_administrator(&engine, "no name").await);
    let mut sessions = Vec::new();
    // The second time it is the same person, who gets in again and whom nobody else is any more.
    for _ in 0..2 {
        let password = users::create_administrator(&engine, "Root@contoso.example").await.unwrap();
        let name = "root@contoso.example";
        let signed_in = sign_in::with_password(&engine, &Caller::default(), name, &password).await.unwrap();
        let caller = Caller { token: Some(signed_in.token), ..Caller::default() };
        let op = engine.read(&caller).await.unwrap();
        assert!(matches!(op.person(), Err(Error::MustChangePassword)));
        drop(op);
        let own = NewPassword::parse("walrus orbit teacup nineteen").unwrap();
        passwords::change(&engine, &caller, &password, &own).await.unwrap();
        let op = engine.read(&caller).await.unwrap();
        assert!(op.decide(Action::UpdateRoleAssignments, &Target::directory()).unwrap().is_allowed());
        assert_eq!(op.schedules().unwrap().len(), 1);
        sessions.push(caller);
    }
    assert!(!users::nobody_is_there(&engine).await.unwrap());
    assert!(engine.read(&sessions[0]).await.unwrap().person().is_err());
    assert!(matches!(stint_engine::audit::verify(engine.database()).await.unwrap(), Chain::Whole(_)));
}

async fn groups_do_not_go_round_in_a_circle(database: Database) {
    let world = World::new(database).await;
    let mut groups_in_a_row = Vec::new();
    for name in ["A", "B", "C", "D"] {
        groups_in_a_row.push(world.group(name, false).await);
    }
    let enter = async |inner: usize, outer: usize| {
        let (inner, outer) = (groups_in_a_row[inner], groups_in_a_row[outer]);
        world.write(&world.ada, async |op| groups::add_member(op, outer, inner).await).await
    };
    refused(enter(0, 0).await);
    // Four at once would close the circle; three do not.
    for round in 0..10 {
        let (a, b, c, d) = tokio::join!(enter(0, 1), enter(1, 2), enter(2, 3), enter(3, 0));
        let entered = [a, b, c, d];
        assert_eq!(entered.iter().filter(|result| result.is_ok()).count(), 3, "round {round}: {entered:?}");
        for result in entered.into_iter().filter(Result::is_err) {
            refused(result);
        }
        for inner in 0..4 {
            let (inner, outer) = (groups_in_a_row[inner], groups_in_a_row[(inner + 1) % 4]);
            world.write(&world.ada, async |op| groups::remove_member(op, outer, inner).await).await.unwrap();
        }
    }
}

async fn a_service_principal_lives(database: Database) {
    let world = World::new(database).await;
    let program = world.program("Backup").await;
    let properties = || service_principals::Properties {
        display_name: display_name("Restore"),
        description: Description::parse_optional("Brings back").unwrap(),
    };
    world
        .write(&world.ada, async |op| service_principals::update(op, program, properties()).await)
        .await
        .unwrap();
    for enabled in [false, false, true] {
        world
            .write(&world.ada, async |op| service_principals::set_enabled(op, program, enabled).await)
            .await
            .unwrap();
    }
    let list = async |search: &str| {
        let first = PageRequest::first();
        world
            .read(&world.ada, async |op| service_principals::list(op, search, Some(true), &first).await)
            .await
    };
    assert_eq!(list("rest").await.unwrap().items[0].id, program);
    world.write(&world.ada, async |op| service_principals::delete(op, program).await).await.unwrap();
    let again = world.write(&world.ada, async |op| service_principals::delete(op, program).await).await;
    assert!(matches!(again, Err(Error::NotFound)));
    assert!(list("rest").await.unwrap().items.is_empty());
    let as_program = world.read(&world.ada, async |op| service_principals::get(op, world.ada.id).await).await;
    assert!(matches!(as_program, Err(Error::NotFound)), "a person is no program");
    let events =
        world.count("SELECT COUNT(*) FROM audit_event WHERE category = 'application_management'").await;
    assert_eq!(events, 5);
}

async fn an_administrative_unit_lives(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let unit = world.unit("Sales", &[mira.id]).await;
    let properties =
        || administrative_units::Properties { display_name: display_name("West"), description: None };
    for _ in 0..2 {
        world
            .write(&world.ada, async |op| administrative_units::update(op, unit, properties()).await)
            .await
            .unwrap();
    }
    let first = PageRequest::first();
    let listed =
        world.read(&mira, async |op| administrative_units::list(op, "we", &first).await).await.unwrap();
    assert_eq!(listed.items[0].id, unit);
    let members =
        world.read(&mira, async |op| administrative_units::members(op, unit, &first).await).await.unwrap();
    assert_eq!(members.items[0].id, mira.id);
    assert_eq!(world.read(&mira, async |op| users::units_of(op, mira.id).await).await.unwrap()[0].id, unit);
    for _ in 0..2 {
        let remove = async |op: &mut stint_engine::Operation| {
            administrative_units::remove_member(op, unit, mira.id).await
        };
        world.write(&world.ada, remove).await.unwrap();
    }
    world.write(&world.ada, async |op| administrative_units::delete(op, unit).await).await.unwrap();
    let gone = world.read(&mira, async |op| administrative_units::get(op, unit).await).await;
    assert!(matches!(gone, Err(Error::NotFound)));
    let events = world.count("SELECT COUNT(*) FROM audit_event WHERE category = 'administrative_unit'").await;
    assert_eq!(events, 5);
    assert!(matches!(stint_engine::audit::verify(world.engine.database()).await.unwrap(), Chain::Whole(_)));
}

async fn replicas_start_at_once(database: Database) {
    let start = || {
        let clock = Arc::new(stint_engine::clock::TestClock::default());
        Engine::start(database.clone(), clock, Arc::new(Random::from_seed(1)))
    };
    let (a, b, c) = tokio::join!(start(), start(), start());
    let roles = [a, b, c]
        .map(|engine| engine.unwrap().catalogue().list(stint_domain::role::Provider::Directory).len());
    assert!(roles[0] > 100 && roles.iter().all(|&count| count == roles[0]));
}

async fn roles_are_read(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let found = world.read(&mira, async |op| roles::list(op, " user ADMIN")).await.unwrap();
    assert!(found.iter().any(|role| role.name == "User Administrator"));
    let role = world.role("User Administrator");
    assert_eq!(world.read(&mira, async |op| roles::get(op, role)).await.unwrap().name, "User Administrator");
    assert!(crate::is_denied(
        &world.read(&mira, async |op| role_settings::get(op, role, &ScopePath::directory()).await).await
    ));
    let settings = world
        .read(&world.ada, async |op| role_settings::get(op, role, &ScopePath::directory()).await)
        .await
        .unwrap();
    assert!(settings.modified.is_none());
}
