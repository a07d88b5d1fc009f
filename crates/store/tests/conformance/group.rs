//! Who is in a group and who owns it.

use crate::fixtures::{active, eligible, group, group_member_role, hour, id, noon, row, schedule, user};
use stint_domain::{
    id::PrincipalId,
    principal::PrincipalKind,
    role::{GROUP_MEMBER, Provider},
    schedule::Schedule,
    scope::ScopePath,
    time::Window,
};
use stint_store::{Database, PageRequest, Transaction, group as groups, principal, principal::PrincipalRow};

stint_store::on_both_databases!(
    members_come_and_go,
    owners_come_and_go,
    membership_goes_through_nested_groups,
    a_deleted_group_gives_nothing,
    a_schedule_makes_a_member_while_it_holds,
    a_circle_of_groups_ends,
    owning_or_being_in_a_group_that_holds_roles_is_sensitive,
);

async fn members_come_and_go(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (cats, ada, ben) =
        (group(&mut tx, "Cats").await, user(&mut tx, "Ada").await, user(&mut tx, "ben").await);
    assert!(groups::insert_member(&mut tx, cats, ben, noon()).await.unwrap());
    assert!(groups::insert_member(&mut tx, cats, ada, noon()).await.unwrap());
    assert!(!groups::insert_member(&mut tx, cats, ada, hour(1)).await.unwrap());
    let page = PageRequest { after: None, size: 1 };
    let first = groups::list_members(&mut tx, cats, &page).await.unwrap();
    let second =
        groups::list_members(&mut tx, cats, &PageRequest { after: first.next, size: 1 }).await.unwrap();
    assert_eq!((first.items[0].id, second.items[0].id, second.next), (ada, ben, None));
    let of_ada = groups::list_of_member(&mut tx, ada, &page).await.unwrap();
    assert_eq!(of_ada.items[0].id, cats);

    principal::set_deleted(&mut tx, ben, Some(noon())).await.unwrap();
    let left = groups::list_members(&mut tx, cats, &PageRequest::first()).await.unwrap();
    assert_eq!(left.items.len(), 1, "the deleted are not shown");
    assert!(groups::delete_member(&mut tx, cats, ada).await.unwrap());
    assert!(!groups::delete_member(&mut tx, cats, ada).await.unwrap());
    assert_eq!(groups::list_of_member(&mut tx, ada, &page).await.unwrap().items, []);
}

async fn owners_come_and_go(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (cats, ada) = (group(&mut tx, "Cats").await, user(&mut tx, "Ada").await);
    assert!(!groups::is_owner(&mut tx, cats, ada).await.unwrap());
    assert!(groups::insert_owner(&mut tx, cats, ada, noon()).await.unwrap());
    assert!(!groups::insert_owner(&mut tx, cats, ada, noon()).await.unwrap());
    assert!(groups::is_owner(&mut tx, cats, ada).await.unwrap());
    let owners = groups::list_owners(&mut tx, cats, &PageRequest::first()).await.unwrap();
    assert_eq!(owners.items[0].id, ada);
    assert!(groups::delete_owner(&mut tx, cats, ada).await.unwrap());
    assert!(!groups::delete_owner(&mut tx, cats, ada).await.unwrap());
    assert!(!groups::is_owner(&mut tx, cats, ada).await.unwrap());
}

async fn memberships(tx: &mut Transaction, id: PrincipalId, hours: i64) -> Vec<PrincipalId> {
    let mut found = groups::list_memberships(tx, id, hour(hours)).await.unwrap();
    found.sort();
    found
}

async fn users(tx: &mut Transaction, group: PrincipalId, hours: i64) -> Vec<PrincipalId> {
    let mut found = groups::list_users(tx, group, hour(hours), 100).await.unwrap();
    found.sort();
    found
}

async fn membership_goes_through_nested_groups(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (ada, ben) = (user(&mut tx, "Ada").await, user(&mut tx, "Ben").await);
    let (inner, middle, outer) =
        (group(&mut tx, "Inner").await, group(&mut tx, "Middle").await, group(&mut tx, "Outer").await);
    for (group, member) in [(inner, ada), (middle, inner), (outer, middle), (outer, ada), (outer, ben)] {
        groups::insert_member(&mut tx, group, member, noon()).await.unwrap();
    }
    assert_eq!(memberships(&mut tx, ada, 0).await, [ada, inner, middle, outer]);
    assert_eq!(memberships(&mut tx, ben, 0).await, [ben, outer]);
    assert_eq!(memberships(&mut tx, inner, 0).await, [inner, middle, outer]);
    assert_eq!(users(&mut tx, outer, 0).await, [ada, ben]);
    assert_eq!(users(&mut tx, middle, 0).await, [ada]);
    assert_eq!(groups::list_users(&mut tx, outer, noon(), 1).await.unwrap().len(), 1);
}

async fn a_deleted_group_gives_nothing(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let ada = user(&mut tx, "Ada").await;
    let (inner, outer) = (group(&mut tx, "Inner").await, group(&mut tx, "Outer").await);
    groups::insert_member(&mut tx, inner, ada, noon()).await.unwrap();
    groups::insert_member(&mut tx, outer, inner, noon()).await.unwrap();
    principal::set_deleted(&mut tx, inner, Some(noon())).await.unwrap();
    assert_eq!(memberships(&mut tx, ada, 0).await, [ada], "nor does what lies behind it");
    assert_eq!(users(&mut tx, outer, 0).await, []);
    assert_eq!(users(&mut tx, inner, 0).await, []);
    principal::set_deleted(&mut tx, inner, None).await.unwrap();
    assert_eq!(memberships(&mut tx, ada, 0).await, [ada, inner, outer]);
    assert_eq!(users(&mut tx, outer, 0).await, [ada]);
    principal::set_deleted(&mut tx, ada, Some(noon())).await.unwrap();
    assert_eq!(users(&mut tx, outer, 0).await, []);
}

async fn a_schedule_makes_a_member_while_it_holds(database: Database) {
    let mut tx = database.begin().await.unwrap();
    group_member_role(&mut tx).await;
    let (ada, ben) = (user(&mut tx, "Ada").await, user(&mut tx, "Ben").await);
    let (inner, outer) = (group(&mut tx, "Inner").await, group(&mut tx, "Outer").await);
    groups::insert_member(&mut tx, outer, inner, noon()).await.unwrap();
    let membership = |member, window| Schedule {
        provider: Provider::Group,
        scope: ScopePath::object(inner),
        ..active(member, GROUP_MEMBER, window)
    };
    schedule(&mut tx, membership(ada, Window::new(hour(1), Some(hour(3))))).await;
    let waiting = Schedule {
        provider: Provider::Group,
        scope: ScopePath::object(inner),
        ..eligible(ben, GROUP_MEMBER, Window::new(hour(0), None))
    };
    schedule(&mut tx, waiting).await;
    for (hours, inside) in [(0, false), (1, true), (2, true), (3, false)] {
        let expected = if inside { vec![ada, inner, outer] } else { vec![ada] };
        assert_eq!(memberships(&mut tx, ada, hours).await, expected, "{hours}");
        assert_eq!(users(&mut tx, outer, hours).await, if inside { vec![ada] } else { vec![] }, "{hours}");
        assert_eq!(memberships(&mut tx, ben, hours).await, [ben], "to be eligible is not to be in");
    }
}

async fn a_circle_of_groups_ends(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (ada, one, two) =
        (user(&mut tx, "Ada").await, group(&mut tx, "One").await, group(&mut tx, "Two").await);
    for (group, member) in [(one, two), (two, one), (one, one), (two, ada)] {
        groups::insert_member(&mut tx, group, member, noon()).await.unwrap();
    }
    assert_eq!(memberships(&mut tx, ada, 0).await, [ada, one, two]);
    assert_eq!(users(&mut tx, one, 0).await, [ada]);
}

async fn owning_or_being_in_a_group_that_holds_roles_is_sensitive(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (owner, member, other) =
        (user(&mut tx, "Owner").await, user(&mut tx, "Member").await, user(&mut tx, "Other").await);
    let admins = PrincipalRow { assignable_to_role: true, ..row(PrincipalKind::Group, "Admins") };
    principal::insert(&mut tx, &admins).await.unwrap();
    let plain = group(&mut tx, "Plain").await;
    groups::insert_owner(&mut tx, admins.id, owner, noon()).await.unwrap();
    groups::insert_member(&mut tx, admins.id, member, noon()).await.unwrap();
    groups::insert_owner(&mut tx, plain, other, noon()).await.unwrap();
    groups::insert_member(&mut tx, plain, other, noon()).await.unwrap();
    for (person, expected) in [(owner, true), (member, true), (other, false), (id(), false)] {
        let memberships = groups::list_memberships(&mut tx, person, noon()).await.unwrap();
        let is_near = groups::is_near_roles(&mut tx, person, &memberships).await.unwrap();
        assert_eq!(is_near, expected);
    }
}
