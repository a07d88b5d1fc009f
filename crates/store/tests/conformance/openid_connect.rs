//! Accounts at identity providers, and what people go there for.

use crate::fixtures::{hour, noon, user};
use stint_domain::{id::PrincipalId, sign_in::ProviderProblem};
use stint_store::{
    Constraint, Database, Error,
    external_identity::{self, ExternalIdentityRow},
    openid_attempt::{self, AttemptRow, Purpose},
};

stint_store::on_both_databases!(
    an_account_is_one_persons,
    two_who_link_an_account_at_once_are_told_who_has_it,
    a_second_factor_is_remembered_beyond_sign_ins_without_one,
    accounts_are_taken_away_by_person_and_provider,
    an_attempt_is_kept_as_it_was_begun,
    an_attempt_is_taken_once,
    attempts_that_are_over_are_forgotten,
);

const CONTOSO: &str = "https://login.contoso.example";
const FABRIKAM: &str = "https://login.fabrikam.example";

fn account(issuer: &str, subject: &str, principal_id: PrincipalId) -> ExternalIdentityRow {
    ExternalIdentityRow {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        principal_id,
        created_at: noon(),
        last_used_at: None,
        factor_at: None,
    }
}

async fn an_account_is_one_persons(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, omar) = (user(&mut tx, "Mira").await, user(&mut tx, "Omar").await);
    assert_eq!(external_identity::find(&mut tx, CONTOSO, "1").await.unwrap(), None);
    let mut link = async |issuer, subject, person| {
        external_identity::insert(&mut tx, issuer, subject, person, noon()).await.unwrap()
    };
    assert!(link(CONTOSO, "1", mira).await);
    assert!(!link(CONTOSO, "1", omar).await);
    assert!(!link(CONTOSO, "1", mira).await, "not even hers again");
    assert!(link(FABRIKAM, "1", omar).await, "elsewhere it is somebody else's");
    assert!(link(CONTOSO, "a", omar).await && link(CONTOSO, "A", mira).await, "to the letter");
    for (issuer, subject, person) in [(CONTOSO, "1", mira), (FABRIKAM, "1", omar), (CONTOSO, "a", omar)] {
        let found = external_identity::find(&mut tx, issuer, subject).await.unwrap();
        assert_eq!(found, Some(account(issuer, subject, person)));
    }
    assert_eq!(external_identity::find(&mut tx, FABRIKAM, "a").await.unwrap(), None);
}

async fn two_who_link_an_account_at_once_are_told_who_has_it(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, omar) = (user(&mut tx, "Mira").await, user(&mut tx, "Omar").await);
    tx.commit().await.unwrap();
    let link = async |person| {
        let mut tx = database.begin().await.unwrap();
        let linked = external_identity::insert(&mut tx, CONTOSO, "1", person, noon()).await.unwrap();
        tx.commit().await.unwrap();
        linked
    };
    let (first, second) = tokio::join!(link(mira), link(omar));
    assert!(first != second, "{first} and {second}");
    let has_it = if first { mira } else { omar };
    let found = external_identity::find(&mut database.read().await.unwrap(), CONTOSO, "1").await.unwrap();
    assert_eq!(found, Some(account(CONTOSO, "1", has_it)));
}

async fn a_second_factor_is_remembered_beyond_sign_ins_without_one(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mira = user(&mut tx, "Mira").await;
    for subject in ["1", "2"] {
        assert!(external_identity::insert(&mut tx, CONTOSO, subject, mira, noon()).await.unwrap());
    }
    for (hours, with_factor, factor_at) in
        [(1, false, None), (2, true, Some(2)), (3, false, Some(2)), (4, true, Some(4))]
    {
        external_identity::set_used(&mut tx, CONTOSO, "1", hour(hours), with_factor).await.unwrap();
        let row = external_identity::find(&mut tx, CONTOSO, "1").await.unwrap().unwrap();
        assert_eq!((row.last_used_at, row.factor_at), (Some(hour(hours)), factor_at.map(hour)));
    }
    let other = external_identity::find(&mut tx, CONTOSO, "2").await.unwrap();
    assert_eq!(other, Some(account(CONTOSO, "2", mira)));
    let nobody = external_identity::set_used(&mut tx, FABRIKAM, "1", noon(), true).await;
    assert!(matches!(nobody, Err(Error::Missing)), "{nobody:?}");
}

async fn accounts_are_taken_away_by_person_and_provider(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, omar) = (user(&mut tx, "Mira").await, user(&mut tx, "Omar").await);
    for (issuer, subject, person) in
        [(FABRIKAM, "m", mira), (CONTOSO, "m2", mira), (CONTOSO, "m1", mira), (CONTOSO, "o", omar)]
    {
        assert!(external_identity::insert(&mut tx, issuer, subject, person, noon()).await.unwrap());
    }
    let listed = external_identity::list(&mut tx, mira).await.unwrap();
    assert_eq!(
        listed,
        [account(CONTOSO, "m1", mira), account(CONTOSO, "m2", mira), account(FABRIKAM, "m", mira)]
    );
    assert_eq!(external_identity::delete(&mut tx, omar, FABRIKAM).await.unwrap(), 0, "it is hers");
    assert_eq!(external_identity::delete(&mut tx, mira, CONTOSO).await.unwrap(), 2);
    assert_eq!(external_identity::list(&mut tx, mira).await.unwrap(), [account(FABRIKAM, "m", mira)]);
    assert_eq!(external_identity::delete_all(&mut tx, mira).await.unwrap(), 1);
    assert_eq!(external_identity::delete_all(&mut tx, mira).await.unwrap(), 0);
    assert_eq!(external_identity::list(&mut tx, omar).await.unwrap(), [account(CONTOSO, "o", omar)]);
    assert!(external_identity::insert(&mut tx, CONTOSO, "m1", omar, noon()).await.unwrap(), "free again");
}

fn attempt(token: u8, hours: i64) -> AttemptRow {
    AttemptRow {
        token_hash: vec![token; 32],
        provider: "contoso".to_owned(),
        purpose: Purpose::SignIn,
        session_hash: None,
        return_to: "/".to_owned(),
        acr: None,
        form: None,
        problem: None,
        created_at: noon(),
        expires_at: hour(hours),
    }
}

async fn an_attempt_is_kept_as_it_was_begun(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mut rows: Vec<_> = [Purpose::SignIn, Purpose::Link, Purpose::Confirm, Purpose::Answered]
        .into_iter()
        .map(|purpose| AttemptRow { purpose, ..attempt(0, 1) })
        .collect();
    rows.extend(ProviderProblem::ALL.map(|problem| AttemptRow {
        purpose: Purpose::Answered,
        session_hash: Some(vec![9; 32]),
        return_to: "/my-roles/1/activate?again=2".to_owned(),
        acr: Some("urn:card".to_owned()),
        form: Some("{\"a form\":1}".to_owned()),
        problem: Some(problem),
        ..attempt(0, 1)
    }));
    for (token, row) in (1..).zip(rows) {
        let row = AttemptRow { token_hash: vec![token; 32], ..row };
        openid_attempt::insert(&mut tx, &row).await.unwrap();
        assert_eq!(openid_attempt::find(&mut tx, vec![token; 32]).await.unwrap(), Some(row));
    }
    assert_eq!(openid_attempt::find(&mut tx, vec![99; 32]).await.unwrap(), None);
    let twice = openid_attempt::insert(&mut tx, &attempt(1, 2)).await;
    assert!(matches!(twice, Err(Error::Conflict(Constraint::PrimaryKey))), "{twice:?}");
}

async fn an_attempt_is_taken_once(database: Database) {
    let mut tx = database.begin().await.unwrap();
    for token in [1, 2] {
        openid_attempt::insert(&mut tx, &attempt(token, 1)).await.unwrap();
    }
    assert_eq!(openid_attempt::take(&mut tx, vec![9; 32]).await.unwrap(), None);
    assert_eq!(openid_attempt::take(&mut tx, vec![1; 32]).await.unwrap(), Some(attempt(1, 1)));
    assert_eq!(openid_attempt::take(&mut tx, vec![1; 32]).await.unwrap(), None);
    assert_eq!(openid_attempt::find(&mut tx, vec![1; 32]).await.unwrap(), None);
    tx.commit().await.unwrap();
    // Two who come back at once.
    let take = async || {
        let mut tx = database.begin().await.unwrap();
        let taken = openid_attempt::take(&mut tx, vec![2; 32]).await.unwrap();
        tx.commit().await.unwrap();
        taken
    };
    let (first, second) = tokio::join!(take(), take());
    assert!(first.is_some() != second.is_some(), "{first:?} and {second:?}");
    assert_eq!(first.or(second), Some(attempt(2, 1)));
}

async fn attempts_that_are_over_are_forgotten(database: Database) {
    let mut tx = database.begin().await.unwrap();
    for (token, hours) in [(1, 1), (2, 1), (3, 2)] {
        openid_attempt::insert(&mut tx, &attempt(token, hours)).await.unwrap();
    }
    assert_eq!(openid_attempt::delete_expired(&mut tx, noon()).await.unwrap(), 0);
    assert_eq!(openid_attempt::delete_expired(&mut tx, hour(1)).await.unwrap(), 2, "the end is outside");
    assert_eq!(openid_attempt::find(&mut tx, vec![1; 32]).await.unwrap(), None);
    assert_eq!(openid_attempt::find(&mut tx, vec![3; 32]).await.unwrap(), Some(attempt(3, 2)));
}
