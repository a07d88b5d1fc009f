//! Administrative units.

use crate::fixtures::{hour, id, noon, user};
use stint_store::{
    Database, Error, PageRequest, Transaction,
    administrative_unit::{self, AdministrativeUnitRow},
    principal,
};

stint_store::on_both_databases!(a_unit_lives, members_come_and_go, units_are_found_by_their_beginning);

async fn unit(tx: &mut Transaction, name: &str) -> AdministrativeUnitRow {
    let row = AdministrativeUnitRow {
        id: id(),
        display_name: name.to_owned(),
        description: Some(format!("All of {name}")),
        created_at: noon(),
        deleted_at: None,
    };
    administrative_unit::insert(tx, &row).await.unwrap();
    row
}

async fn a_unit_lives(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mut row = unit(&mut tx, "Sales").await;
    assert_eq!(administrative_unit::find(&mut tx, row.id).await.unwrap().as_ref(), Some(&row));
    "Verkauf".clone_into(&mut row.display_name);
    row.description = None;
    administrative_unit::update(&mut tx, &row).await.unwrap();
    assert_eq!(administrative_unit::take(&mut tx, row.id).await.unwrap().as_ref(), Some(&row));
    assert_eq!(administrative_unit::take(&mut tx, id()).await.unwrap(), None);
    let nobody = AdministrativeUnitRow { id: id(), ..row.clone() };
    assert!(matches!(administrative_unit::update(&mut tx, &nobody).await, Err(Error::Missing)));
    assert!(administrative_unit::delete(&mut tx, row.id, hour(1)).await.unwrap());
    assert!(!administrative_unit::delete(&mut tx, row.id, hour(2)).await.unwrap());
    let gone = administrative_unit::find(&mut tx, row.id).await.unwrap().unwrap();
    assert_eq!(gone.deleted_at, Some(hour(1)));
    assert_eq!(administrative_unit::list(&mut tx, "", &PageRequest::first()).await.unwrap().items, []);
}

async fn members_come_and_go(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (sales, west) = (unit(&mut tx, "Sales").await, unit(&mut tx, "West").await);
    let (ada, ben) = (user(&mut tx, "Ada").await, user(&mut tx, "Ben").await);
    for (unit, member) in [(&west, ada), (&sales, ada), (&sales, ben)] {
        assert!(administrative_unit::insert_member(&mut tx, unit.id, member, noon()).await.unwrap());
    }
    assert!(!administrative_unit::insert_member(&mut tx, sales.id, ada, noon()).await.unwrap());
    let members = administrative_unit::list_members(&mut tx, sales.id, &PageRequest::first()).await.unwrap();
    assert_eq!(members.items.iter().map(|row| row.id).collect::<Vec<_>>(), [ada, ben]);
    assert_eq!(
        administrative_unit::list_of_member(&mut tx, ada).await.unwrap(),
        [sales.clone(), west.clone()]
    );
    let mut units = principal::list_units(&mut tx, ada).await.unwrap();
    units.sort();
    assert_eq!(units, [sales.id, west.id]);

    administrative_unit::delete(&mut tx, west.id, noon()).await.unwrap();
    assert_eq!(
        principal::list_units(&mut tx, ada).await.unwrap(),
        [sales.id],
        "a deleted unit bounds nothing"
    );
    assert!(administrative_unit::delete_member(&mut tx, sales.id, ada).await.unwrap());
    assert!(!administrative_unit::delete_member(&mut tx, sales.id, ada).await.unwrap());
    assert_eq!(principal::list_units(&mut tx, ada).await.unwrap(), []);
}

async fn units_are_found_by_their_beginning(database: Database) {
    let mut tx = database.begin().await.unwrap();
    for name in ["Sales West", "sales East", "Sälzer", "100 %", "S"] {
        unit(&mut tx, name).await;
    }
    for (search, expected) in [
        ("sales", "sales East | Sales West"),
        (" SALES w", "Sales West"),
        ("säl", "Sälzer"),
        ("s", "S | sales East | Sales West | Sälzer"),
        ("100 %", "100 %"),
        ("%", ""),
        ("\u{0}", ""),
        ("sales\u{0}", ""),
        ("west", ""),
    ] {
        let page = administrative_unit::list(&mut tx, search, &PageRequest::first()).await.unwrap();
        let names: Vec<_> = page.items.into_iter().map(|row| row.display_name).collect();
        assert_eq!(names.join(" | "), expected, "{search:?}");
    }
}
