//! Users, groups and service principals come back as they were written.

use crate::fixtures::{group, id, noon, row, user};
use chrono::TimeDelta;
use stint_domain::principal::PrincipalKind;
use stint_store::{
    Constraint, Database, Error, PageRequest, group as groups,
    principal::{self, Filter, PrincipalRow},
};

stint_store::on_both_databases!(
    a_principal_comes_back_as_it_was_written,
    a_principal_changes,
    two_users_cannot_have_one_name,
    a_new_name_is_known_wherever_it_stands,
    enabling_and_deleting_tell_whether_they_changed_something,
    lists_are_narrowed,
    somebody_is_there_or_nobody,
    whoever_takes_a_principal_sees_what_the_one_before_wrote,
);

fn full() -> PrincipalRow {
    PrincipalRow {
        user_name: Some("mira.stein@contoso.example".to_owned()),
        mail: Some("mira@contoso.example".to_owned()),
        description: Some("Täglich; \"quoted\" 'and' \\ 100 % _ 🦊".to_owned()),
        job_title: Some("Engineer".to_owned()),
        department: Some("Operations".to_owned()),
        enabled: false,
        ..row(PrincipalKind::User, "Mira Štein")
    }
}

async fn a_principal_comes_back_as_it_was_written(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let group = PrincipalRow { assignable_to_role: true, ..row(PrincipalKind::Group, "Admins") };
    let program = row(PrincipalKind::ServicePrincipal, "Backup");
    let user = full();
    for row in [&user, &group, &program] {
        principal::insert(&mut tx, row).await.unwrap();
        assert_eq!(principal::find(&mut tx, row.id).await.unwrap().as_ref(), Some(row));
    }
    let found = principal::find_by_user_name(&mut tx, "mira.stein@contoso.example").await.unwrap();
    assert_eq!(found.as_ref(), Some(&user));
    assert_eq!(principal::find_by_user_name(&mut tx, "mira").await.unwrap(), None);
    assert_eq!(principal::find(&mut tx, id()).await.unwrap(), None);

    let mut listed = principal::list_by_id(&mut tx, &[program.id, id(), group.id]).await.unwrap();
    listed.sort_by_key(|row| row.id);
    assert_eq!(listed, [group, program]);
    assert_eq!(principal::list_by_id(&mut tx, &[]).await.unwrap(), []);
}

async fn a_principal_changes(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let before = full();
    principal::insert(&mut tx, &before).await.unwrap();
    let after = PrincipalRow {
        display_name: "Mira Stone".to_owned(),
        user_name: Some("mira.stone@contoso.example".to_owned()),
        mail: None,
        job_title: None,
        ..before
    };
    principal::update(&mut tx, &after).await.unwrap();
    assert_eq!(principal::find(&mut tx, after.id).await.unwrap().as_ref(), Some(&after));
    assert_eq!(names(&mut tx, "štein").await, Vec::<String>::new(), "the old words are forgotten");
    assert_eq!(names(&mut tx, "stone").await, ["Mira Stone"]);
    let nobody = row(PrincipalKind::User, "Nobody");
    assert!(matches!(principal::update(&mut tx, &nobody).await, Err(Error::Missing)));
}

/// Names stand beside memberships and words too, for the order of lists.
async fn a_new_name_is_known_wherever_it_stands(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (cats, mira) = (group(&mut tx, "Cats").await, row(PrincipalKind::User, "Mira"));
    principal::insert(&mut tx, &mira).await.unwrap();
    let omar = user(&mut tx, "Omar").await;
    for member in [mira.id, omar] {
        groups::insert_member(&mut tx, cats, member, noon()).await.unwrap();
    }
    let first = PageRequest { after: None, size: 1 };
    assert_eq!(groups::list_members(&mut tx, cats, &first).await.unwrap().items[0].id, mira.id);
    let renamed = PrincipalRow { display_name: "Zoe".to_owned(), ..mira.clone() };
    principal::update(&mut tx, &renamed).await.unwrap();
    let page = groups::list_members(&mut tx, cats, &first).await.unwrap();
    let next = groups::list_members(&mut tx, cats, &PageRequest { after: page.next, size: 1 }).await.unwrap();
    assert_eq!((page.items[0].id, next.items[0].id, next.next), (omar, mira.id, None));

    // Whoever renames may not have heard yet that it was deleted.
    principal::set_deleted(&mut tx, mira.id, Some(noon())).await.unwrap();
    principal::update(&mut tx, &PrincipalRow { display_name: "Zora".to_owned(), ..mira }).await.unwrap();
    assert_eq!(names(&mut tx, "zora").await, Vec::<String>::new());
    let deleted = Filter { search: "zora".to_owned(), deleted: true, ..Filter::default() };
    let found = principal::list(&mut tx, &deleted, &PageRequest::first()).await.unwrap();
    assert_eq!(found.items.len(), 1);
}

async fn names(tx: &mut stint_store::Transaction, search: &str) -> Vec<String> {
    let filter = Filter { search: search.to_owned(), ..Filter::default() };
    let page = principal::list(tx, &filter, &PageRequest::first()).await.unwrap();
    page.items.into_iter().map(|row| row.display_name).collect()
}

async fn two_users_cannot_have_one_name(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, omar) = (full(), row(PrincipalKind::User, "Omar"));
    principal::insert(&mut tx, &mira).await.unwrap();
    principal::insert(&mut tx, &omar).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = database.begin().await.unwrap();
    let twin = PrincipalRow { id: id(), ..mira.clone() };
    let refused = principal::insert(&mut tx, &twin).await;
    assert!(matches!(refused, Err(Error::Conflict(Constraint::UserName))), "{refused:?}");
    drop(tx);

    let mut tx = database.begin().await.unwrap();
    let renamed = PrincipalRow { user_name: mira.user_name.clone(), ..omar };
    let refused = principal::update(&mut tx, &renamed).await;
    assert!(matches!(refused, Err(Error::Conflict(Constraint::UserName))), "{refused:?}");
    drop(tx);

    let mut tx = database.begin().await.unwrap();
    let refused = principal::insert(&mut tx, &PrincipalRow { user_name: None, ..mira }).await;
    assert!(matches!(refused, Err(Error::Conflict(Constraint::PrimaryKey))), "{refused:?}");
}

async fn enabling_and_deleting_tell_whether_they_changed_something(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mira = user(&mut tx, "Mira").await;
    assert!(!principal::set_enabled(&mut tx, mira, true).await.unwrap());
    assert!(principal::set_enabled(&mut tx, mira, false).await.unwrap());
    assert!(!principal::set_enabled(&mut tx, mira, false).await.unwrap());
    assert!(principal::set_deleted(&mut tx, mira, Some(noon())).await.unwrap());
    assert!(!principal::set_deleted(&mut tx, mira, Some(noon() + TimeDelta::hours(1))).await.unwrap());
    assert!(!principal::set_enabled(&mut tx, mira, true).await.unwrap(), "the deleted stay as they were");
    let row = principal::find(&mut tx, mira).await.unwrap().unwrap();
    assert_eq!((row.enabled, row.deleted_at), (false, Some(noon())));
    assert!(principal::set_deleted(&mut tx, mira, None).await.unwrap());
    assert!(!principal::set_deleted(&mut tx, mira, None).await.unwrap());
    assert!(!principal::set_deleted(&mut tx, id(), Some(noon())).await.unwrap());
}

async fn lists_are_narrowed(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (ada, ben, gone) = (
        row(PrincipalKind::User, "ada"),
        PrincipalRow { enabled: false, ..row(PrincipalKind::User, "Ben") },
        row(PrincipalKind::User, "Gone"),
    );
    let cats = row(PrincipalKind::Group, "Cats");
    let dogs = PrincipalRow { assignable_to_role: true, ..row(PrincipalKind::Group, "Dogs") };
    let ear = row(PrincipalKind::ServicePrincipal, "Ear");
    for row in [&gone, &ear, &dogs, &cats, &ben, &ada] {
        principal::insert(&mut tx, row).await.unwrap();
    }
    principal::set_deleted(&mut tx, gone.id, Some(noon())).await.unwrap();

    let mut list = async |filter: Filter| {
        let page = principal::list(&mut tx, &filter, &PageRequest::first()).await.unwrap();
        page.items.into_iter().map(|row| row.display_name).collect::<Vec<_>>().join(" ")
    };
    let users = Filter { kinds: vec![PrincipalKind::User], ..Filter::default() };
    assert_eq!(list(Filter::default()).await, "ada Ben Cats Dogs Ear", "case does not count in the order");
    assert_eq!(list(users.clone()).await, "ada Ben");
    assert_eq!(list(Filter { enabled: Some(true), ..users.clone() }).await, "ada");
    assert_eq!(list(Filter { enabled: Some(false), ..users.clone() }).await, "Ben");
    assert_eq!(list(Filter { deleted: true, ..users }).await, "Gone");
    let others = vec![PrincipalKind::Group, PrincipalKind::ServicePrincipal];
    assert_eq!(list(Filter { kinds: others, ..Filter::default() }).await, "Cats Dogs Ear");
    let groups = Filter { kinds: vec![PrincipalKind::Group], ..Filter::default() };
    assert_eq!(list(Filter { assignable_to_role: Some(true), ..groups.clone() }).await, "Dogs");
    assert_eq!(list(Filter { assignable_to_role: Some(false), ..groups }).await, "Cats");
}

async fn somebody_is_there_or_nobody(database: Database) {
    let mut tx = database.begin().await.unwrap();
    assert!(!principal::exists_any(&mut tx).await.unwrap());
    user(&mut tx, "Mira").await;
    assert!(principal::exists_any(&mut tx).await.unwrap());
}

async fn whoever_takes_a_principal_sees_what_the_one_before_wrote(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mira = user(&mut tx, "Mira").await;
    assert_eq!(principal::take(&mut tx, id()).await.unwrap(), None);
    tx.commit().await.unwrap();

    let mut first = database.begin().await.unwrap();
    principal::take(&mut first, mira).await.unwrap().unwrap();
    let second = tokio::spawn(async move {
        let mut second = database.begin().await.unwrap();
        principal::take(&mut second, mira).await.unwrap().unwrap()
    });
    principal::set_enabled(&mut first, mira, false).await.unwrap();
    first.commit().await.unwrap();
    assert!(!second.await.unwrap().enabled);
}
