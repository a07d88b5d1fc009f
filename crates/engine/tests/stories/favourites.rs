//! The roles that somebody likes to see first.

use chrono::TimeDelta;
use stint_domain::{id::ScheduleId, schedule::AssignmentType};
use stint_engine::{
    Error, Result, favourites, groups,
    test_support::{User, World, days},
};
use stint_store::{Database, PageRequest};

stint_store::on_both_databases!(
    favourites_come_first_on_every_page,
    a_favourite_is_a_role_at_a_scope_of_ones_own,
);

const ROLES: [&str; 6] = [
    "User Administrator",
    "Groups Administrator",
    "Reports Reader",
    "Helpdesk Administrator",
    "License Administrator",
    "Security Reader",
];

/// What they are eligible for in the order of the list, read in pages of this size, a star before each favourite.
async fn list(world: &World, by: &User, search: &str, size: usize) -> Vec<String> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = PageRequest { after, size };
        let found =
            world.read(by, async |op| favourites::list_eligible(op, search, &page).await).await.unwrap();
        seen.extend(found.items.into_iter().map(|(listed, is_favourite)| {
            format!("{}{}", if is_favourite { "*" } else { "" }, listed.assignment.role_name)
        }));
        after = found.next;
        if after.is_none() {
            return seen;
        }
    }
}

async fn set(world: &World, by: &User, id: ScheduleId, on: bool) -> Result<()> {
    world.write(by, async |op| favourites::set(op, id, on).await).await
}

async fn favourites_come_first_on_every_page(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let team = world.group_of("Team", &[&mira]).await;
    let mut ids = Vec::new();
    for (index, role) in (0..).zip(ROLES) {
        // The third comes through a group, the last is permanent.
        let holder = if index == 2 { team } else { mira.id };
        let mut ask = world.ask(AssignmentType::Eligible, world.role(role), holder);
        ask.end = (index < 5).then(|| world.now() + days(10 + index));
        ids.push(world.assign(ask).await.unwrap());
    }
    assert_eq!(list(&world, &mira, "", 50).await, ROLES);
    for id in [ids[5], ids[2], ids[3], ids[3]] {
        set(&world, &mira, id, true).await.unwrap();
    }
    let expected = [
        "*Reports Reader",
        "*Helpdesk Administrator",
        "*Security Reader",
        "User Administrator",
        "Groups Administrator",
        "License Administrator",
    ];
    for size in 1..=7 {
        assert_eq!(list(&world, &mira, "", size).await, expected, "{size}");
    }
    let found = list(&world, &mira, "administrator", 2).await;
    assert_eq!(
        found,
        ["*Helpdesk Administrator", "User Administrator", "Groups Administrator", "License Administrator"]
    );
    assert_eq!(list(&world, &mira, "no such role", 2).await, [""; 0]);
    // A cursor that is none begins at the beginning.
    let page = PageRequest { after: Some("[1,\"9999-12-31T23:59:59Z\",7]".to_owned()), size: 50 };
    let found = world.read(&mira, async |op| favourites::list_eligible(op, "", &page).await).await.unwrap();
    assert_eq!(found.items.len(), 6);
    set(&world, &mira, ids[3], false).await.unwrap();
    set(&world, &mira, ids[3], false).await.unwrap();
    assert_eq!(
        list(&world, &mira, "", 2).await[..3],
        ["*Reports Reader", "*Security Reader", "User Administrator"]
    );
}

async fn a_favourite_is_a_role_at_a_scope_of_ones_own(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let (hers, his) =
        (world.make_eligible(&mira, ROLES[0]).await, world.make_eligible(&omar, ROLES[0]).await);
    let active = world.make_active(&mira, ROLES[1]).await;
    for id in [his, active] {
        assert!(matches!(set(&world, &mira, id, true).await, Err(Error::NotFound)));
    }
    set(&world, &mira, hers, true).await.unwrap();
    assert_eq!(list(&world, &omar, "", 9).await, [ROLES[0]], "it is hers alone");
    // It stays one where the eligibility comes anew, directly or through a group.
    world.write(&world.ada, async |op| stint_engine::assign::remove(op, hers, None).await).await.unwrap();
    assert!(list(&world, &mira, "", 9).await.is_empty());
    let team = world.group("Team", true).await;
    world.make_eligible(team, ROLES[0]).await;
    world.write(&world.ada, async |op| groups::add_member(op, team, mira.id).await).await.unwrap();
    world.advance(TimeDelta::minutes(1));
    assert_eq!(list(&world, &mira, "", 9).await, [format!("*{}", ROLES[0])]);
}
