//! Passwords, sessions, links, known browsers, and what may be tried only so often.

use crate::fixtures::{hour, noon, user};
use stint_domain::{
    id::PrincipalId,
    sign_in::Method,
    step_up::{Factor, FactorMethod, SignInClass, SignedIn},
};
use stint_store::{
    Constraint, Database, Error, known_device,
    one_time_link::{self, LinkRow, Purpose},
    password::{self, PasswordRow},
    session::{self, SessionRow},
    throttle,
};

stint_store::on_both_databases!(
    a_password_is_replaced,
    sessions_hold_for_a_time,
    sessions_are_seen_and_ended_by_their_owner,
    a_session_that_rises_has_another_token,
    a_session_knows_its_provider_and_how_that_calls_the_sign_in,
    a_link_is_spent_once_and_in_time,
    a_browser_is_known_to_its_people,
    what_is_paid_moves_on,
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

fn session_of(token: u8, person: PrincipalId, hours: i64) -> SessionRow {
    SessionRow {
        token_hash: vec![token; 32],
        principal_id: person,
        created_at: noon(),
        expires_at: hour(hours),
        last_seen_at: None,
        method: Method::Password,
        factor: None,
        factor_at: None,
        source: Some("192.0.2.7".to_owned()),
        device: None,
        must_change_password: false,
        acr: None,
        acr_at: None,
        provider: None,
    }
}

async fn sessions_hold_for_a_time(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, omar) = (user(&mut tx, "Mira").await, user(&mut tx, "Omar").await);
    for (token, person, hours) in [(1, mira, 1), (2, mira, 2), (3, omar, 3)] {
        session::insert(&mut tx, &session_of(token, person, hours)).await.unwrap();
    }
    let mut holds = async |token: u8, hours| {
        let row = session::find(&mut tx, vec![token; 32], hour(hours)).await.unwrap();
        row.map(|row| row.principal_id)
    };
    assert_eq!(holds(1, 0).await, Some(mira));
    assert_eq!(holds(1, 1).await, None, "the end is outside");
    assert_eq!(holds(3, 2).await, Some(omar));
    assert_eq!(holds(9, 0).await, None);
    assert_eq!(session::delete_expired(&mut tx, hour(1)).await.unwrap(), 1);
    assert!(!session::delete(&mut tx, vec![9; 32]).await.unwrap());
    assert_eq!(session::delete_all(&mut tx, mira).await.unwrap(), 1);
    assert_eq!(session::find(&mut tx, vec![2; 32], hour(0)).await.unwrap(), None);
    assert_eq!(session::find(&mut tx, vec![3; 32], hour(0)).await.unwrap(), Some(session_of(3, omar, 3)));
    assert!(session::delete(&mut tx, vec![3; 32]).await.unwrap());
    assert_eq!(session::find(&mut tx, vec![3; 32], hour(0)).await.unwrap(), None);

    session::insert(&mut tx, &session_of(4, mira, 1)).await.unwrap();
    let twice = session::insert(&mut tx, &session_of(4, omar, 1)).await;
    assert!(matches!(twice, Err(Error::Conflict(Constraint::PrimaryKey))), "{twice:?}");
}

async fn sessions_are_seen_and_ended_by_their_owner(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, omar) = (user(&mut tx, "Mira").await, user(&mut tx, "Omar").await);
    for (token, person) in [(1, mira), (2, mira), (3, mira), (4, omar)] {
        session::insert(&mut tx, &session_of(token, person, 9)).await.unwrap();
    }
    session::set_seen(&mut tx, vec![1; 32], hour(2)).await.unwrap();
    session::set_seen(&mut tx, vec![1; 32], hour(1)).await.unwrap();
    session::set_seen(&mut tx, vec![9; 32], hour(1)).await.unwrap();
    let listed = session::list(&mut tx, mira, hour(3)).await.unwrap();
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[0].last_seen_at, Some(hour(2)), "it does not go back");
    assert!(!session::delete_of(&mut tx, omar, vec![1; 32]).await.unwrap(), "it is not his");
    assert!(session::delete_of(&mut tx, mira, vec![1; 32]).await.unwrap());
    assert_eq!(session::delete_others(&mut tx, mira, vec![2; 32]).await.unwrap(), 1);
    assert_eq!(session::list(&mut tx, mira, hour(3)).await.unwrap().len(), 1);
    assert_eq!(session::list(&mut tx, omar, hour(3)).await.unwrap().len(), 1);
    assert!(session::list(&mut tx, omar, hour(9)).await.unwrap().is_empty());
}

async fn a_session_that_rises_has_another_token(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mira = user(&mut tx, "Mira").await;
    session::insert(&mut tx, &session_of(1, mira, 2)).await.unwrap();
    let factor = |hours| Factor { method: FactorMethod::Totp, at: hour(hours) };
    let until = session::raise(&mut tx, vec![1; 32], vec![2; 32], factor(1)).await.unwrap();
    assert_eq!(until, Some(hour(2)), "it holds no longer than before");
    assert!(session::find(&mut tx, vec![1; 32], hour(1)).await.unwrap().is_none());
    let found = session::find(&mut tx, vec![2; 32], hour(1)).await.unwrap().unwrap();
    let shown = SignedIn { method: Method::Password, second_factor: Some(factor(1)), class: None };
    assert_eq!(found.signed_in(), shown);
    let as_before = SessionRow {
        token_hash: vec![1; 32],
        last_seen_at: None,
        factor: None,
        factor_at: None,
        ..found.clone()
    };
    assert_eq!(as_before, session_of(1, mira, 2), "everything else is as it was");
    assert_eq!(found.last_seen_at, Some(hour(1)), "giving one is being seen");
    for old in [1, 3] {
        assert_eq!(session::raise(&mut tx, vec![old; 32], vec![4; 32], factor(1)).await.unwrap(), None);
    }
    assert_eq!(
        session::raise(&mut tx, vec![2; 32], vec![4; 32], factor(2)).await.unwrap(),
        None,
        "it is over"
    );
}

async fn a_session_knows_its_provider_and_how_that_calls_the_sign_in(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mira = user(&mut tx, "Mira").await;
    for token in [1, 2] {
        session::insert(&mut tx, &session_of(token, mira, 2)).await.unwrap();
    }
    let class = |acr: &str, hours| SignInClass { acr: acr.to_owned(), at: hour(hours) };
    for (provider, class) in [("contoso", class("urn:password", 0)), ("fabrikam", class("urn:card", 1))] {
        assert!(session::set_provider(&mut tx, vec![1; 32], provider).await.unwrap());
        assert!(session::set_class(&mut tx, vec![1; 32], &class).await.unwrap());
        let found = session::find(&mut tx, vec![1; 32], hour(1)).await.unwrap().unwrap();
        assert_eq!(found.provider.as_deref(), Some(provider));
        assert_eq!(found.signed_in().class, Some(class));
    }
    assert!(!session::set_provider(&mut tx, vec![9; 32], "contoso").await.unwrap());
    assert!(!session::set_class(&mut tx, vec![9; 32], &class("urn:card", 1)).await.unwrap());
    let other = session::find(&mut tx, vec![2; 32], hour(1)).await.unwrap();
    assert_eq!(other, Some(session_of(2, mira, 2)));
}

fn link(token: u8, purpose: Purpose, principal: Option<PrincipalId>) -> LinkRow {
    LinkRow {
        token_hash: vec![token; 32],
        purpose,
        principal_id: principal,
        created_at: noon(),
        expires_at: hour(1),
        used_at: None,
    }
}

async fn a_link_is_spent_once_and_in_time(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mira = user(&mut tx, "Mira").await;
    for row in [
        link(1, Purpose::Setup, None),
        link(2, Purpose::ResetPassword, Some(mira)),
        link(3, Purpose::Recover, Some(mira)),
    ] {
        one_time_link::insert(&mut tx, &row).await.unwrap();
        assert_eq!(one_time_link::find(&mut tx, row.token_hash.clone()).await.unwrap(), Some(row));
    }
    assert!(!one_time_link::spend(&mut tx, vec![1; 32], hour(1)).await.unwrap(), "the end is outside");
    assert!(one_time_link::spend(&mut tx, vec![1; 32], noon()).await.unwrap());
    assert!(!one_time_link::spend(&mut tx, vec![1; 32], noon()).await.unwrap());
    assert!(!one_time_link::spend(&mut tx, vec![9; 32], noon()).await.unwrap());
    assert_eq!(one_time_link::delete_unused(&mut tx, Purpose::Setup, None).await.unwrap(), 0, "it was used");
    let unused = one_time_link::delete_unused(&mut tx, Purpose::ResetPassword, Some(mira)).await;
    assert_eq!(unused.unwrap(), 1);
    assert_eq!(one_time_link::delete_of(&mut tx, mira).await.unwrap(), 1);
    assert_eq!(one_time_link::delete_expired(&mut tx, hour(1)).await.unwrap(), 0);
    assert_eq!(one_time_link::delete_expired(&mut tx, hour(2)).await.unwrap(), 1);
}

async fn a_browser_is_known_to_its_people(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, omar) = (user(&mut tx, "Mira").await, user(&mut tx, "Omar").await);
    for at in [noon(), hour(1)] {
        known_device::set(&mut tx, mira, vec![1; 32], at).await.unwrap();
    }
    assert!(known_device::exists(&mut tx, mira, vec![1; 32]).await.unwrap());
    assert!(!known_device::exists(&mut tx, omar, vec![1; 32]).await.unwrap());
    assert!(known_device::is_known(&mut tx, vec![1; 32]).await.unwrap());
    assert!(!known_device::is_known(&mut tx, vec![2; 32]).await.unwrap());
    known_device::set(&mut tx, omar, vec![1; 32], noon()).await.unwrap();
    assert_eq!(known_device::delete_unused(&mut tx, hour(1)).await.unwrap(), 1);
    assert_eq!(known_device::delete_all(&mut tx, mira).await.unwrap(), 1);
    assert!(!known_device::is_known(&mut tx, vec![1; 32]).await.unwrap());
}

async fn what_is_paid_moves_on(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let key = || vec![1; 32];
    assert_eq!(throttle::find(&mut tx, key()).await.unwrap(), None);
    let taken = throttle::take(&mut tx, key(), noon()).await.unwrap();
    assert_eq!((taken.paid_until, taken.noted_at), (noon(), None));
    throttle::set_paid(&mut tx, key(), hour(2)).await.unwrap();
    assert_eq!(throttle::take(&mut tx, key(), hour(1)).await.unwrap().paid_until, hour(2));
    assert!(throttle::set_noted(&mut tx, key(), hour(1), noon()).await.unwrap());
    assert!(!throttle::set_noted(&mut tx, key(), hour(1), hour(1)).await.unwrap());
    assert!(throttle::set_noted(&mut tx, key(), hour(3), hour(2)).await.unwrap());
    assert_eq!(throttle::delete_paid(&mut tx, hour(2)).await.unwrap(), 0);
    assert_eq!(throttle::delete_paid(&mut tx, hour(3)).await.unwrap(), 1);
}
