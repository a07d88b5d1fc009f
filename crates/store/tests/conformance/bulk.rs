//! Rows that are written many at once read like rows that are written one by one.

use crate::fixtures::{activation, active, eligible, hour, id, noon, request_for, role, row};
use stint_domain::{
    audit::Category,
    id::OutboxId,
    principal::PrincipalKind,
    schedule::{EndReason, Schedule},
    scope::ScopePath,
    time::Window,
};
use stint_store::{
    Database, PageRequest,
    administrative_unit::{self, AdministrativeUnitRow},
    audit::{self, AuditEventRow},
    bulk, group, outbox,
    principal::{self, Filter, PrincipalRow},
    schedule,
};

stint_store::on_both_databases!(a_directory_at_once, a_history_at_once, nothing_at_once);

fn people(count: usize) -> Vec<PrincipalRow> {
    let one = |n| PrincipalRow {
        user_name: Some(format!("user{n}@contoso.example")),
        mail: Some(format!("user{n}@contoso.example")),
        enabled: n % 2 == 0,
        deleted_at: (n % 100 == 99).then(noon),
        ..row(PrincipalKind::User, &format!("Person Ü{n:04}"))
    };
    (0..count).map(one).collect()
}

async fn a_directory_at_once(database: Database) {
    let mut tx = database.begin().await.unwrap();
    // More than one statement takes.
    let people = people(1300);
    let cats = PrincipalRow { assignable_to_role: true, ..row(PrincipalKind::Group, "Cats") };
    bulk::insert_principals(&mut tx, &people).await.unwrap();
    bulk::insert_principals(&mut tx, std::slice::from_ref(&cats)).await.unwrap();
    bulk::insert_words(&mut tx, &people).await.unwrap();
    for written in [&people[0], &people[99], &people[1299], &cats] {
        assert_eq!(principal::find(&mut tx, written.id).await.unwrap().as_ref(), Some(written));
    }
    let filter = Filter { search: "ü0099".to_owned(), deleted: true, ..Filter::default() };
    let found = principal::list(&mut tx, &filter, &PageRequest::first()).await.unwrap();
    assert_eq!(found.items, [people[99].clone()]);
    let filter = Filter { search: "person ü1298".to_owned(), ..Filter::default() };
    let found = principal::list(&mut tx, &filter, &PageRequest::first()).await.unwrap();
    assert_eq!(found.items, [people[1298].clone()]);

    let unit = AdministrativeUnitRow {
        id: id(),
        display_name: "Sales".to_owned(),
        description: None,
        created_at: noon(),
        deleted_at: None,
    };
    administrative_unit::insert(&mut tx, &unit).await.unwrap();
    bulk::insert_members(&mut tx, &[(cats.id, &people[1], noon()), (cats.id, &people[0], noon())])
        .await
        .unwrap();
    bulk::insert_owners(&mut tx, &[(cats.id, people[2].id, noon())]).await.unwrap();
    bulk::insert_unit_members(&mut tx, &[(unit.id, &people[3], noon())]).await.unwrap();
    let first = PageRequest::first();
    assert_eq!(group::list_members(&mut tx, cats.id, &first).await.unwrap().items, people[..2]);
    assert!(group::is_owner(&mut tx, cats.id, people[2].id).await.unwrap());
    let members = administrative_unit::list_members(&mut tx, unit.id, &first).await.unwrap();
    assert_eq!(members.items, people[3..4]);
}

async fn a_history_at_once(database: Database) {
    let mut tx = database.begin().await.unwrap();
    bulk::set_page_cache(&database, &mut tx, true).await.unwrap();
    let (people, reader) = (people(1), role(&mut tx, "Reader").await);
    bulk::insert_principals(&mut tx, &people).await.unwrap();
    let eligibility = eligible(people[0].id, reader, Window::new(noon(), None));
    let ended = activation(&eligibility, Window::new(noon(), Some(hour(1))));
    let in_unit = Schedule {
        scope: ScopePath::administrative_unit(id()),
        ..active(people[0].id, reader, Window::new(noon(), Some(hour(9))))
    };
    let rows = [
        (eligibility.clone(), None, noon()),
        (ended.clone(), Some(EndReason::Deactivated), noon()),
        (in_unit.clone(), None, noon()),
    ];
    let requests: Vec<_> = rows.iter().map(|(schedule, ..)| request_for(schedule)).collect();
    bulk::append_requests(&mut tx, &requests).await.unwrap();
    bulk::insert_schedules(&mut tx, &rows).await.unwrap();
    for (written, end_reason, _) in &rows {
        let listed = schedule::get_listed(&mut tx, written.id).await.unwrap();
        assert_eq!((&listed.schedule, listed.end_reason), (written, *end_reason));
    }
    let unit = in_unit.scope.as_str().rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(schedule::list_at_object(&mut tx, unit, noon(), 9).await.unwrap(), [in_unit]);

    let events: Vec<_> = (1..=400)
        .map(|seq| AuditEventRow {
            seq,
            id: id(),
            at: noon(),
            category: Category::UserManagement,
            activity: "Add user".to_owned(),
            actor_id: Some(id()),
            actor_name: "Ada".to_owned(),
            target_id: Some(id()),
            target_name: Some("Mira".to_owned()),
            role_id: None,
            role_name: None,
            scope: None,
            justification: Some("because".to_owned()),
            ticket: None,
            detail: None,
            source: None,
            request_id: None,
            hash: vec![1, 2, 3],
        })
        .collect();
    bulk::append_events(&mut tx, &events).await.unwrap();
    assert_eq!(audit::list_chain(&mut tx, 0, 1000).await.unwrap(), events);

    let news: Vec<_> = (0..3).map(|_| (id::<OutboxId>(), "topic", "{}".to_owned(), noon())).collect();
    bulk::append_carried_news(&mut tx, &news).await.unwrap();
    assert_eq!(
        outbox::claim(&mut tx, outbox::Lane::News, hour(9), hour(10)).await.unwrap(),
        None,
        "it was carried long ago"
    );
    bulk::set_page_cache(&database, &mut tx, false).await.unwrap();
    tx.commit().await.unwrap();
}

async fn nothing_at_once(database: Database) {
    let mut tx = database.begin().await.unwrap();
    bulk::insert_principals(&mut tx, &[]).await.unwrap();
    bulk::insert_words(&mut tx, &[]).await.unwrap();
    bulk::insert_members(&mut tx, &[]).await.unwrap();
    bulk::insert_schedules(&mut tx, &[]).await.unwrap();
    bulk::append_events(&mut tx, &[]).await.unwrap();
}
