//! How far a worker has come, and the ends that it reads.

use crate::fixtures::{active, eligible, hour, noon, role, schedule, user};
use stint_domain::{
    schedule::{AssignmentType, EndReason},
    time::Window,
};
use stint_store::{
    Database,
    cursor::{self, Cursor},
    schedule as schedules,
};
use uuid::Uuid;

stint_store::on_both_databases!(a_cursor_moves, ends_come_in_their_order);

async fn a_cursor_moves(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (first, second) = (Cursor { at: noon(), id: Uuid::nil() }, Cursor { at: hour(1), id: Uuid::max() });
    assert!(first < second && first < Cursor { id: Uuid::max(), ..first });
    assert_eq!(cursor::take(&mut tx, "ends").await.unwrap(), None);
    cursor::insert_missing(&mut tx, "ends", first).await.unwrap();
    cursor::insert_missing(&mut tx, "ends", second).await.unwrap();
    assert_eq!(cursor::take(&mut tx, "ends").await.unwrap(), Some(first), "whoever came first began");
    cursor::set(&mut tx, "ends", second).await.unwrap();
    assert!(cursor::list(&mut tx).await.unwrap().contains(&("ends".to_owned(), second)));
}

async fn ends_come_in_their_order(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, reader) = (user(&mut tx, "Mira").await, role(&mut tx, "Reader").await);
    let mut ids = Vec::new();
    for end in [1, 2, 2, 3] {
        let one = active(mira, reader, Window::new(noon(), Some(hour(end))));
        ids.push(one.id);
        schedule(&mut tx, one).await;
    }
    schedule(&mut tx, active(mira, reader, Window::new(noon(), None))).await;
    schedule(&mut tx, eligible(mira, reader, Window::new(noon(), Some(hour(2))))).await;
    let ended = active(mira, reader, Window::new(noon(), Some(hour(9))));
    schedule(&mut tx, ended.clone()).await;
    assert!(schedules::end(&mut tx, ended.id, hour(4), EndReason::Removed).await.unwrap());

    let kind = AssignmentType::Active;
    let nobody = Uuid::nil().into();
    let found = schedules::list_by_end(&mut tx, kind, (hour(1), nobody), hour(3), 3).await.unwrap();
    assert_eq!(found.iter().map(|(one, _)| one.id).collect::<Vec<_>>(), ids[..3]);
    let last = (hour(2), ids[1]);
    let found = schedules::list_by_end(&mut tx, kind, last, hour(3), 3).await.unwrap();
    assert_eq!(found.iter().map(|(one, _)| one.id).collect::<Vec<_>>(), ids[2..]);
    let last = (hour(3), Uuid::max().into());
    let found = schedules::list_by_end(&mut tx, kind, last, hour(1_000_000), 9).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|(one, reason)| (one.id, reason)).collect();
    assert_eq!(found, [(ended.id, Some(EndReason::Removed))], "what is permanent has no end");
}
