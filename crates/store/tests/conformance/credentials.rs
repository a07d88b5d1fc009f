//! Passwords and sessions.

use crate::fixtures::{hour, noon, user};
use stint_domain::{
    id::PrincipalId,
    step_up::{Factor, FactorMethod, SignInMethod, SignedIn},
};
use stint_store::{
    Constraint, Database, Error,
    passkey::{self, Purpose},
    password::{self, PasswordRow},
    recovery_code,
    session::{self, SessionRow},
    totp::{self, SealedSecret},
};
use uuid::Uuid;

stint_store::on_both_databases!(
    a_password_is_replaced,
    sessions_hold_for_a_time,
    a_session_that_rises_has_another_token,
    a_step_is_taken_once,
    a_recovery_code_is_taken_once,
    wrong_codes_are_forgotten,
    a_challenge_is_taken_once_by_its_session,
);

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

const PLAIN: SignedIn = SignedIn { method: SignInMethod::Password, second_factor: None };

fn whose(found: stint_store::Result<Option<SessionRow>>) -> Option<PrincipalId> {
    found.unwrap().map(|session| session.principal_id)
}

async fn sessions_hold_for_a_time(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, omar) = (user(&mut tx, "Mira").await, user(&mut tx, "Omar").await);
    for (token, person, hours) in [(1, mira, 1), (2, mira, 2), (3, omar, 3)] {
        session::insert(&mut tx, vec![token; 32], person, &PLAIN, noon(), hour(hours)).await.unwrap();
    }
    let mut holds =
        async |token: u8, hours| whose(session::find(&mut tx, vec![token; 32], hour(hours)).await);
    assert_eq!(holds(1, 0).await, Some(mira));
    assert_eq!(holds(1, 1).await, None, "the end is outside");
    assert_eq!(holds(3, 2).await, Some(omar));
    assert_eq!(holds(9, 0).await, None);
    assert_eq!(session::delete_expired(&mut tx, hour(1)).await.unwrap(), 1);
    session::delete(&mut tx, vec![9; 32]).await.unwrap();
    session::delete_all(&mut tx, mira).await.unwrap();
    assert_eq!(whose(session::find(&mut tx, vec![2; 32], hour(0)).await), None);
    assert_eq!(whose(session::find(&mut tx, vec![3; 32], hour(0)).await), Some(omar));
    session::delete(&mut tx, vec![3; 32]).await.unwrap();
    assert_eq!(whose(session::find(&mut tx, vec![3; 32], hour(0)).await), None);

    session::insert(&mut tx, vec![4; 32], mira, &PLAIN, noon(), hour(1)).await.unwrap();
    let twice = session::insert(&mut tx, vec![4; 32], omar, &PLAIN, noon(), hour(1)).await;
    assert!(matches!(twice, Err(Error::Conflict(Constraint::PrimaryKey))), "{twice:?}");
}

async fn a_session_that_rises_has_another_token(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mira = user(&mut tx, "Mira").await;
    session::insert(&mut tx, vec![1; 32], mira, &PLAIN, noon(), hour(2)).await.unwrap();
    let factor = |hours| Factor { method: FactorMethod::Totp, at: hour(hours) };
    let until = session::raise(&mut tx, vec![1; 32], vec![2; 32], factor(1)).await.unwrap();
    assert_eq!(until, Some(hour(2)), "it holds no longer than before");
    assert!(session::find(&mut tx, vec![1; 32], hour(1)).await.unwrap().is_none());
    let found = session::find(&mut tx, vec![2; 32], hour(1)).await.unwrap().unwrap();
    assert_eq!(found.signed_in(), SignedIn { second_factor: Some(factor(1)), ..PLAIN });
    for old in [1, 3] {
        assert_eq!(session::raise(&mut tx, vec![old; 32], vec![4; 32], factor(1)).await.unwrap(), None);
    }
    assert_eq!(
        session::raise(&mut tx, vec![2; 32], vec![4; 32], factor(2)).await.unwrap(),
        None,
        "it is over"
    );
}

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
