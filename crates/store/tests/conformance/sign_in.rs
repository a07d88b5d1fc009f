//! The sign-in log.

use crate::fixtures::noon;
use chrono::{DateTime, TimeDelta, Utc};
use stint_domain::{
    id::PrincipalId,
    sign_in::{Method, Outcome},
};
use stint_store::{
    Database, PageRequest, Transaction,
    sign_in::{self, Filter, SignInRow},
    test_support::Meter,
};
use uuid::Uuid;

stint_store::on_both_databases!(
    it_is_narrowed_by_ranges,
    a_page_costs_what_it_shows,
    what_is_old_is_forgotten
);

fn minute(n: u32) -> DateTime<Utc> {
    noon() + TimeDelta::minutes(n.into())
}

fn person(n: u32) -> PrincipalId {
    Uuid::from_u128(u128::from(n) + 1).into()
}

/// One try a minute, of a hundred people in turn, every tenth with a wrong password.
async fn append(tx: &mut Transaction, n: u32) {
    let at = minute(n);
    let bytes = [n.to_be_bytes().as_slice(), &[0; 6]].concat().try_into().unwrap();
    let millis = u64::try_from(at.timestamp_millis()).unwrap();
    let row = SignInRow {
        id: uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().into(),
        at,
        principal_id: (n % 1000 != 999).then(|| person(n % 100)),
        display_name: Some("Mira".to_owned()),
        user_name: Some("mira@contoso.example".to_owned()),
        application: "Stint portal".to_owned(),
        method: Method::Password,
        result: if n.is_multiple_of(10) { Outcome::WrongPassword } else { Outcome::Success },
        source: Some("192.0.2.7".to_owned()),
        device: None,
    };
    sign_in::append(tx, &row).await.unwrap();
}

async fn filled(database: &Database, count: u32) -> Transaction {
    let mut tx = database.begin().await.unwrap();
    for n in 0..count {
        append(&mut tx, n).await;
    }
    tx.commit().await.unwrap();
    database.analyze().await.unwrap();
    database.begin().await.unwrap()
}

async fn it_is_narrowed_by_ranges(database: Database) {
    let mut tx = filled(&database, 200).await;
    let mut times = async |filter: Filter| -> Vec<DateTime<Utc>> {
        let page = PageRequest { after: None, size: 200 };
        let page = sign_in::list(&mut tx, &filter, &page).await.unwrap();
        page.items.into_iter().map(|row| row.at).collect()
    };
    assert_eq!(times(Filter::default()).await.len(), 200);
    let some = Filter { since: Some(minute(50)), until: Some(minute(53)), ..Filter::default() };
    assert_eq!(times(some).await, [minute(52), minute(51), minute(50)], "the end is outside");
    let of_one = Filter { principal: Some(person(7)), ..Filter::default() };
    assert_eq!(times(of_one.clone()).await, [minute(107), minute(7)]);
    assert!(times(Filter { result: Some(Outcome::WrongPassword), ..of_one }).await.is_empty());
    let from = |address: &str| Filter { source: Some(address.to_owned()), ..Filter::default() };
    assert_eq!(times(from("192.0.2.7")).await.len(), 200);
    assert!(times(from("192.0.2.8")).await.is_empty());
    let wrong = Filter { result: Some(Outcome::WrongPassword), ..Filter::default() };
    assert_eq!(times(wrong.clone()).await.len(), 20);
    let both = Filter { principal: Some(person(10)), ..wrong };
    assert_eq!(times(both).await, [minute(110), minute(10)]);
}

async fn a_page_costs_what_it_shows(database: Database) {
    let mut tx = filled(&database, 6000).await;
    let one = Filter { principal: Some(person(10)), ..Filter::default() };
    let wrong = Filter { result: Some(Outcome::WrongPassword), ..Filter::default() };
    let none = Filter { result: Some(Outcome::Slowed), ..Filter::default() };
    let all = Filter { source: Some("192.0.2.7".to_owned()), ..Filter::default() };
    for filter in [
        Filter::default(),
        one.clone(),
        wrong.clone(),
        none.clone(),
        Filter { result: wrong.result, ..one.clone() },
        Filter { result: none.result, ..one.clone() },
        all.clone(),
        Filter { result: wrong.result, ..all.clone() },
        Filter { result: none.result, ..all },
        Filter { source: Some("192.0.2.8".to_owned()), ..Filter::default() },
        Filter { since: Some(minute(3000)), until: Some(minute(3100)), ..wrong },
    ] {
        let meter = Meter::start(&mut tx).await.unwrap();
        sign_in::list(&mut tx, &filter, &PageRequest { after: None, size: 20 }).await.unwrap();
        let cost = meter.read(&mut tx).await.unwrap();
        assert!(cost <= 100, "{filter:?} costs {cost}");
    }
}

async fn what_is_old_is_forgotten(database: Database) {
    let mut tx = filled(&database, 100).await;
    assert_eq!(sign_in::delete_before(&mut tx, minute(50), 30).await.unwrap(), 30);
    assert_eq!(sign_in::delete_before(&mut tx, minute(50), 30).await.unwrap(), 20);
    let page = PageRequest { after: None, size: 200 };
    let left = sign_in::list(&mut tx, &Filter::default(), &page).await.unwrap().items;
    assert_eq!((left.len(), left.last().unwrap().at), (50, minute(50)));
}
