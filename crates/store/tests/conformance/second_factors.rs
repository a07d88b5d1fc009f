//! Authenticator apps, recovery codes and what passkeys are asked to sign.

use crate::fixtures::{hour, noon, user};
use stint_store::{
    Database,
    passkey::{self, Purpose},
    recovery_code,
    totp::{self, SealedSecret},
};
use uuid::Uuid;

stint_store::on_both_databases!(
    a_step_is_taken_once,
    a_recovery_code_is_taken_once,
    wrong_codes_are_forgotten,
    a_challenge_is_taken_once_by_its_session,
);

async fn a_step_is_taken_once(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, omar) = (user(&mut tx, "Mira").await, user(&mut tx, "Omar").await);
    let sealed = |key: &str| SealedSecret { key_id: key.to_owned(), secret: vec![7, 8, 9] };
    totp::begin(&mut tx, mira, sealed("a"), hour(1)).await.unwrap();
    totp::begin(&mut tx, mira, sealed("b"), hour(1)).await.unwrap();
    assert_eq!(totp::find_begun(&mut tx, mira, noon()).await.unwrap(), Some(sealed("b")));
    assert_eq!(totp::find_begun(&mut tx, mira, hour(1)).await.unwrap(), None);
    totp::set(&mut tx, mira, sealed("b"), 10, noon()).await.unwrap();
    for (step, taken) in
        [(9, false), (10, false), (11, true), (11, false), (10, false), (13, true), (12, false)]
    {
        assert_eq!(totp::take_step(&mut tx, mira, step, hour(1)).await.unwrap(), taken, "{step}");
        assert!(!totp::take_step(&mut tx, omar, step, hour(1)).await.unwrap());
    }
    let row = totp::find(&mut tx, mira).await.unwrap().unwrap();
    assert_eq!((row.sealed, row.last_step, row.used_at), (sealed("b"), 13, Some(hour(1))));
    assert!(totp::delete(&mut tx, mira).await.unwrap());
    assert!(!totp::delete(&mut tx, mira).await.unwrap());
}

async fn a_recovery_code_is_taken_once(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, omar) = (user(&mut tx, "Mira").await, user(&mut tx, "Omar").await);
    recovery_code::set(&mut tx, mira, vec![vec![1; 32], vec![2; 32]]).await.unwrap();
    assert!(!recovery_code::take(&mut tx, omar, vec![1; 32], noon()).await.unwrap());
    assert!(recovery_code::take(&mut tx, mira, vec![1; 32], noon()).await.unwrap());
    assert!(!recovery_code::take(&mut tx, mira, vec![1; 32], noon()).await.unwrap());
    assert!(recovery_code::is_used(&mut tx, mira, vec![1; 32]).await.unwrap());
    assert!(!recovery_code::is_used(&mut tx, mira, vec![2; 32]).await.unwrap());
    assert_eq!(recovery_code::count(&mut tx, mira).await.unwrap(), 1);
    recovery_code::set(&mut tx, mira, vec![vec![3; 32]]).await.unwrap();
    assert!(!recovery_code::take(&mut tx, mira, vec![2; 32], noon()).await.unwrap(), "replaced");
}

async fn wrong_codes_are_forgotten(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mira = user(&mut tx, "Mira").await;
    for (number, hours) in [(1, 0), (2, 1), (3, 2)] {
        let id = Uuid::from_u128(number);
        recovery_code::note_wrong(&mut tx, id, mira, hour(hours - 1), hour(hours)).await.unwrap();
    }
    assert_eq!(recovery_code::list_wrong(&mut tx, mira, hour(-5)).await.unwrap(), [hour(2)]);
    recovery_code::forget_wrong(&mut tx, mira).await.unwrap();
    assert!(recovery_code::list_wrong(&mut tx, mira, hour(-5)).await.unwrap().is_empty());
}

async fn a_challenge_is_taken_once_by_its_session(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let session = || Some(vec![5; 32]);
    for (token, purpose, session) in
        [(1, Purpose::Confirm, session()), (2, Purpose::SignIn, None), (3, Purpose::Register, session())]
    {
        let state = format!("state {token}");
        passkey::insert_challenge(&mut tx, vec![token; 32], purpose, session, state, noon(), hour(1))
            .await
            .unwrap();
    }
    let mut take = async |token: u8, purpose, session: Option<Vec<u8>>, hours| {
        passkey::take_challenge(&mut tx, vec![token; 32], purpose, session, hour(hours)).await.unwrap()
    };
    assert_eq!(take(1, Purpose::Confirm, Some(vec![6; 32]), 0).await, None, "another session");
    assert_eq!(take(1, Purpose::Confirm, None, 0).await, None, "no session");
    assert_eq!(take(1, Purpose::Register, session(), 0).await, None, "another purpose");
    assert_eq!(take(1, Purpose::Confirm, session(), 1).await, None, "too late");
    assert_eq!(take(1, Purpose::Confirm, session(), 0).await.as_deref(), Some("state 1"));
    assert_eq!(take(1, Purpose::Confirm, session(), 0).await, None, "once");
    assert_eq!(take(2, Purpose::SignIn, None, 0).await.as_deref(), Some("state 2"));
    let state = String::new();
    passkey::insert_challenge(&mut tx, vec![4; 32], Purpose::SignIn, None, state, hour(1), hour(2))
        .await
        .unwrap();
    let old =
        passkey::take_challenge(&mut tx, vec![3; 32], Purpose::Register, session(), noon()).await.unwrap();
    assert_eq!(old, None, "what is too old is forgotten");
}
