//! Keyset pages visit every row exactly once, in order, whatever happens beside them.

use crate::fixtures::{active, eligible, hour, id, noon, role, row, schedule, user};
use chrono::TimeDelta;
use stint_domain::{principal::PrincipalKind, schedule::AssignmentType, time::Window};
use stint_store::{
    Database, PageRequest,
    administrative_unit::{self, AdministrativeUnitRow},
    audit,
    principal::{self, Filter},
    schedule as schedules,
};

stint_store::on_both_databases!(
    every_row_comes_once_under_inserts,
    rows_of_one_name_are_told_apart,
    assignments_come_in_the_order_of_their_end,
    a_foreign_cursor_begins_from_the_start,
    a_page_has_at_least_one_row_and_not_too_many,
);

fn page_of(size: usize, after: Option<String>) -> PageRequest {
    PageRequest { after, size }
}

async fn every_row_comes_once_under_inserts(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mut expected = Vec::new();
    for n in 0..20 {
        expected.push(user(&mut tx, &format!("User {n:02}")).await);
    }
    let (mut seen, mut after) = (Vec::new(), None);
    for round in 0.. {
        let page = principal::list(&mut tx, &Filter::default(), &page_of(3, after)).await.unwrap();
        assert!(page.items.len() <= 3);
        seen.extend(page.items.iter().map(|row| row.id));
        // Behind the reader, where it does not matter any more, and far ahead, where it is met later.
        user(&mut tx, &format!("User 00 {round}")).await;
        if round == 0 {
            expected.push(user(&mut tx, "Üser, the last").await);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
}

async fn rows_of_one_name_are_told_apart(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mut expected = Vec::new();
    for name in ["mira", "Mira", "MIRA", "mira", "Mira"] {
        expected.push(user(&mut tx, name).await);
    }
    expected.sort();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = principal::list(&mut tx, &Filter::default(), &page_of(2, after)).await.unwrap();
        seen.extend(page.items.iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
}

async fn assignments_come_in_the_order_of_their_end(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, role) = (user(&mut tx, "Mira").await, role(&mut tx, "User Administrator").await);
    let (mut open, mut ended) = (Vec::new(), Vec::new());
    for n in 1..=4 {
        // Microseconds, whole seconds and equal ends are told apart.
        for end in [
            hour(n),
            hour(n),
            hour(n) + TimeDelta::microseconds(1),
            hour(n) - TimeDelta::microseconds(123_457),
        ] {
            let window = Window::new(hour(-9), Some(end));
            open.push((end, schedule(&mut tx, eligible(mira, role, window)).await));
        }
        let window = Window::new(hour(-9), Some(hour(-n)));
        ended.push((hour(-n), schedule(&mut tx, eligible(mira, role, window)).await));
    }
    open.push((hour(99_999_999), schedule(&mut tx, eligible(mira, role, Window::new(noon(), None))).await));
    schedule(&mut tx, active(mira, role, Window::new(noon(), None))).await;
    open.sort();
    ended.sort();
    ended.reverse();
    for (is_ended, expected) in [(false, open), (true, ended)] {
        let filter = schedules::Filter {
            principals: vec![mira],
            roles: None,
            assignment_type: AssignmentType::Eligible,
            ended: is_ended,
        };
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = schedules::list(&mut tx, &filter, noon(), &page_of(3, after)).await.unwrap();
            seen.extend(page.items.iter().map(|assignment| assignment.schedule.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected.into_iter().map(|(_, id)| id).collect::<Vec<_>>(), "ended: {is_ended}");
    }
}

async fn a_foreign_cursor_begins_from_the_start(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, role) = (user(&mut tx, "Mira").await, role(&mut tx, "Reader").await);
    schedule(&mut tx, eligible(mira, role, Window::new(noon(), None))).await;
    let unit = AdministrativeUnitRow {
        id: id(),
        display_name: "Sales".to_owned(),
        description: None,
        created_at: noon(),
        deleted_at: None,
    };
    administrative_unit::insert(&mut tx, &unit).await.unwrap();
    let filter = schedules::Filter {
        principals: Vec::new(),
        roles: None,
        assignment_type: AssignmentType::Eligible,
        ended: false,
    };
    for nonsense in [
        "",
        "x",
        "null",
        "[]",
        "[1,2]",
        "{\"a\":1}",
        "[\"a\"]",
        "[\"\\u0000\",\"00000000-0000-0000-0000-000000000000\"]",
        "[\"+200000-01-01T00:00:00Z\",\"00000000-0000-0000-0000-000000000000\"]",
        "[\"-200000-01-01T00:00:00Z\",\"00000000-0000-0000-0000-000000000000\"]",
        "[\"'\",\"'\"]",
        "99999999999999999999999999",
        "\u{0}",
    ] {
        let page = page_of(5, Some(nonsense.to_owned()));
        let people = principal::list(&mut tx, &Filter::default(), &page).await.unwrap();
        if !nonsense.contains("00Z") {
            assert_eq!(people.items.len(), 1, "{nonsense:?}");
            assert_eq!(
                administrative_unit::list(&mut tx, "", &page).await.unwrap().items.len(),
                1,
                "{nonsense:?}"
            );
        }
        assert_eq!(
            schedules::list(&mut tx, &filter, noon(), &page).await.unwrap().items.len(),
            1,
            "{nonsense:?}"
        );
        audit::list(&mut tx, &audit::Filter::default(), &page).await.unwrap();
    }
}

async fn a_page_has_at_least_one_row_and_not_too_many(database: Database) {
    let mut tx = database.begin().await.unwrap();
    for n in 0..=PageRequest::MOST {
        principal::insert(&mut tx, &row(PrincipalKind::User, &format!("User {n:03}"))).await.unwrap();
    }
    for (size, most) in [(0, 1), (1, 1), (50, 50), (100_000, PageRequest::MOST)] {
        let page = principal::list(&mut tx, &Filter::default(), &page_of(size, None)).await.unwrap();
        assert_eq!(page.items.len(), most);
        assert!(page.next.is_some());
    }
}
