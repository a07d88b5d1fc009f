//! Who sees which assignments.

use stint_domain::{id::PrincipalId, schedule::AssignmentType};
use stint_engine::{
    Error, assign,
    assignments::{self, Listed, Tab},
    test_support::{User, World, days},
};
use stint_store::{Database, Page, PageRequest};

use crate::is_denied;

stint_store::on_both_databases!(
    a_person_sees_their_own_and_what_comes_through_groups,
    all_assignments_are_for_those_who_may_see_them,
    what_ended_moves_to_the_last_tab,
);

async fn of(
    world: &World,
    by: &User,
    on: impl Into<PrincipalId>,
    tab: Tab,
) -> stint_engine::Result<Page<Listed>> {
    let on = on.into();
    world.read(by, async |op| assignments::of_principal(op, on, tab, "", &PageRequest::first()).await).await
}

async fn a_person_sees_their_own_and_what_comes_through_groups(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let helpdesk = world.group_of("Helpdesk", &[&mira]).await;
    world.make_eligible(&mira, "User Administrator").await;
    world.make_eligible(helpdesk, "Helpdesk Administrator").await;
    for by in [&mira, &world.ada] {
        let page = of(&world, by, &mira, Tab::Eligible).await.unwrap();
        let mut shown: Vec<_> = page
            .items
            .iter()
            .map(|listed| (listed.assignment.role_name.as_str(), listed.through.as_deref()))
            .collect();
        shown.sort_unstable();
        assert_eq!(shown, [("Helpdesk Administrator", Some("Helpdesk")), ("User Administrator", None)]);
    }
    assert!(of(&world, &mira, &mira, Tab::Active).await.unwrap().items.is_empty());
    assert!(is_denied(&of(&world, &omar, &mira, Tab::Eligible).await));
    assert!(is_denied(&of(&world, &mira, helpdesk, Tab::Eligible).await));
    let found = world
        .read(&mira, async |op| {
            assignments::of_principal(op, mira.id, Tab::Eligible, "helpd", &PageRequest::first()).await
        })
        .await
        .unwrap();
    assert_eq!(found.items.len(), 1);
}

async fn all_assignments_are_for_those_who_may_see_them(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let held = world.make_eligible(&mira, "User Administrator").await;
    let role = world.role("User Administrator");
    let first = PageRequest::first();
    let reader = world.holder("Rita", "Global Reader").await;
    let of_all =
        world.read(&reader, async |op| assignments::of_all(op, Tab::Eligible, "", &first).await).await;
    assert_eq!(of_all.unwrap().items[0].schedule.id, held);
    let of_role =
        world.read(&reader, async |op| assignments::of_role(op, role, Tab::Eligible, &first).await).await;
    assert_eq!(of_role.unwrap().items.len(), 1);
    let searched =
        world.read(&reader, async |op| assignments::of_all(op, Tab::Active, "no such", &first).await).await;
    assert!(searched.unwrap().items.is_empty());

    assert!(is_denied(
        &world.read(&mira, async |op| assignments::of_all(op, Tab::Eligible, "", &first).await).await
    ));
    assert!(is_denied(
        &world.read(&mira, async |op| assignments::of_role(op, role, Tab::Active, &first).await).await
    ));
    assert!(world.read(&mira, async |op| assignments::get(op, held).await).await.is_ok(), "one's own");
    let omar = world.user("Omar").await;
    assert!(is_denied(&world.read(&omar, async |op| assignments::get(op, held).await).await));
    let nothing = world.read(&omar, async |op| assignments::get(op, omar.id.as_uuid().into()).await).await;
    assert!(matches!(nothing, Err(Error::NotFound)));
}

async fn what_ended_moves_to_the_last_tab(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let mut ask = world.ask(AssignmentType::Active, world.role("User Administrator"), &mira);
    ask.end = Some(world.now() + days(1));
    let runs_out = world.assign(ask).await.unwrap();
    let taken = world.make_active(&mira, "Groups Administrator").await;
    let expired = Tab::Expired(AssignmentType::Active);
    assert_eq!(of(&world, &mira, &mira, Tab::Active).await.unwrap().items.len(), 2);
    assert!(of(&world, &mira, &mira, expired).await.unwrap().items.is_empty());
    world.write(&world.ada, async |op| assign::remove(op, taken, None).await).await.unwrap();
    world.advance(days(1));
    assert!(of(&world, &mira, &mira, Tab::Active).await.unwrap().items.is_empty());
    let ended = of(&world, &mira, &mira, expired).await.unwrap();
    let ids: Vec<_> = ended.items.iter().map(|listed| listed.assignment.schedule.id).collect();
    assert_eq!(ids, [runs_out, taken], "the last to end comes first");
}
