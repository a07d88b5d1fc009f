//! Passwords and sessions.

use crate::fixtures::{hour, noon, user};
use stint_store::{
    Constraint, Database, Error,
    password::{self, PasswordRow},
    session,
};

stint_store::on_both_databases!(a_password_is_replaced, sessions_hold_for_a_time);

async fn a_password_is_replaced(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mira = user(&mut tx, "Mira").await;
    assert!(password::find(&mut tx, mira).await.unwrap().is_none());
    for (hash, must_change) in [("$argon2id$first", true), ("$argon2id$second", false)] {
        let row = PasswordRow { hash: hash.to_owned(), must_change };
        password::set(&mut tx, mira, &row, noon()).await.unwrap();
        let kept = password::find(&mut tx, mira).await.unwrap().unwrap();
        assert_eq!((kept.hash.as_str(), kept.must_change), (hash, must_change));
    }
}

async fn sessions_hold_for_a_time(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, omar) = (user(&mut tx, "Mira").await, user(&mut tx, "Omar").await);
    for (token, person, hours) in [(1, mira, 1), (2, mira, 2), (3, omar, 3)] {
        session::insert(&mut tx, vec![token; 32], person, noon(), hour(hours)).await.unwrap();
    }
    let mut holds =
        async |token: u8, hours| session::find(&mut tx, vec![token; 32], hour(hours)).await.unwrap();
    assert_eq!(holds(1, 0).await, Some(mira));
    assert_eq!(holds(1, 1).await, None, "the end is outside");
    assert_eq!(holds(3, 2).await, Some(omar));
    assert_eq!(holds(9, 0).await, None);
    assert_eq!(session::delete_expired(&mut tx, hour(1)).await.unwrap(), 1);
    session::delete(&mut tx, vec![9; 32]).await.unwrap();
    session::delete_all(&mut tx, mira).await.unwrap();
    assert_eq!(session::find(&mut tx, vec![2; 32], hour(0)).await.unwrap(), None);
    assert_eq!(session::find(&mut tx, vec![3; 32], hour(0)).await.unwrap(), Some(omar));
    session::delete(&mut tx, vec![3; 32]).await.unwrap();
    assert_eq!(session::find(&mut tx, vec![3; 32], hour(0)).await.unwrap(), None);

    session::insert(&mut tx, vec![4; 32], mira, noon(), hour(1)).await.unwrap();
    let twice = session::insert(&mut tx, vec![4; 32], omar, noon(), hour(1)).await;
    assert!(matches!(twice, Err(Error::Conflict(Constraint::PrimaryKey))), "{twice:?}");
}
