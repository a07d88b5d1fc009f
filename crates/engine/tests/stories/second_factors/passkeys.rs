//! Passkeys: to confirm, to sign in, and what is refused.

use super::{at_code, authenticator::Device, caller, enrol, is_fresh, minutes, still};
use crate::refused;
use stint_domain::{
    authz::{Action, Target},
    refusal::{Broken, Field},
    sign_in::{Method, Outcome},
    step_up::FactorMethod,
    text::{DisplayName, ShortText, UserName},
};
use stint_engine::{
    Caller, Error, Result,
    first_start::{self, Key, NewAdministrator},
    second_factor::{self, passkey, passkey::RelyingParty},
    sign_in::SignedIn,
    sign_ins, step_up,
    test_support::{User, World},
    users,
};
use stint_store::{Database, PageRequest, sign_in::Filter};

stint_store::on_both_databases!(
    a_passkey_confirms,
    a_passkey_signs_in_without_a_name,
    whoever_has_a_link_comes_in_with_one,
    every_try_to_sign_in_is_in_the_log,
    who_tries_passkeys_without_end_is_slowed,
    what_is_not_right_is_not_taken,
    another_accounts_passkey_is_refused,
    a_copy_is_noticed,
    a_passkey_is_removed,
);

fn name(text: &str) -> ShortText {
    ShortText::parse(text).unwrap()
}

async fn register(world: &World, user: &User, device: &mut Device) -> Result<()> {
    let session = world.caller(user).await;
    let asked = world.write(user, async |op| passkey::begin_registration(op, &session).await).await?;
    let answer = device.create(&asked.options);
    let made = passkey::register(&world.engine, &session, &asked.challenge, &name("Phone"), &answer).await?;
    world.keep_session(user, made);
    Ok(())
}

async fn confirm(world: &World, user: &User, device: &mut Device) -> Result<()> {
    let session = world.caller(user).await;
    let asked = world.write(user, async |op| passkey::begin_confirmation(op, &session).await).await?;
    let answer = device.get(&asked.options);
    let made = passkey::confirm(&world.engine, &session, &asked.challenge, &answer).await?;
    world.keep_session(user, made);
    Ok(())
}

async fn sign_in(world: &World, device: &mut Device) -> Result<SignedIn> {
    let nobody = Caller::default();
    let asked = passkey::begin_sign_in(&world.engine, &nobody).await?;
    let answer = device.get(&asked.options);
    passkey::sign_in(&world.engine, &nobody, &asked.challenge, &answer).await
}

fn words<T: std::fmt::Debug>(result: Result<T>) -> String {
    match &refused(result)[..] {
        [(Field::SecondFactor, Broken::Passkey(words))] => words.clone(),
        other => panic!("a passkey was expected to be refused, not {other:?}"),
    }
}

async fn a_passkey_confirms(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let mut phone = Device::new(1);
    register(&world, &mira, &mut phone).await.unwrap();
    assert!(is_fresh(&world, &mira).await);
    world.advance(minutes(10));
    let mut key = Device::new(2);
    let guarded = refused(register(&world, &mira, &mut key).await);
    assert!(matches!(guarded[..], [(Field::SecondFactor, Broken::SecondFactorNeeded { .. })]));
    confirm(&world, &mira, &mut phone).await.unwrap();
    assert!(is_fresh(&world, &mira).await);
    register(&world, &mira, &mut key).await.unwrap();
    let has = world.read(&mira, async |op| second_factor::list_own(op).await).await.unwrap();
    assert_eq!((has.passkeys.len(), has.kinds()), (2, vec![FactorMethod::Passkey]));
    assert_eq!(has.passkeys[0].used_at, Some(world.now()));
    assert!(words(register(&world, &mira, &mut key).await).contains("not accepted"), "it is there already");
}

async fn a_passkey_signs_in_without_a_name(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let mut phone = Device::new(1);
    register(&world, &mira, &mut phone).await.unwrap();
    let session = caller(sign_in(&world, &mut phone).await.unwrap());
    let op = world.engine.read(&session).await.unwrap();
    assert_eq!(op.person().unwrap().id, mira.id);
    let strength = op.session().unwrap().clone();
    assert_eq!(strength.method, Method::Passkey);
    assert_eq!(strength.second_factor.unwrap().at, world.now(), "it is both factors in one");
    drop(op);
    world.write(&world.ada, async |op| users::disable(op, mira.id).await).await.unwrap();
    assert!(matches!(sign_in(&world, &mut phone).await, Err(Error::WrongCredentials)));
    let mut unknown = Device::new(9);
    assert!(matches!(sign_in(&world, &mut unknown).await, Err(Error::WrongCredentials)));
}

/// Makes an administrator by a link, with a passkey instead of a password.
async fn take_into_use(
    world: &World,
    link: &[u8],
    new: Option<NewAdministrator>,
    device: &mut Device,
) -> Result<SignedIn> {
    let (engine, nobody) = (&world.engine, Caller::default());
    let asked = first_start::begin_passkey(engine, &nobody, link, new.as_ref()).await?;
    let answer = device.create(&asked.options);
    let key = Key::Passkey { challenge: &asked.challenge, answer: &answer };
    first_start::finish(engine, &nobody, link, new, key).await
}

async fn whoever_has_a_link_comes_in_with_one(database: Database) {
    let world = still(database).await;
    let link = first_start::recover(&world.engine, None).await.unwrap().token;
    let grace = || NewAdministrator {
        display_name: DisplayName::parse("Grace Mensah").unwrap(),
        user_name: UserName::parse("grace@contoso.example").unwrap(),
    };
    let mut device = Device::new(20);
    let signed_in = take_into_use(&world, &link, Some(grace()), &mut device).await.unwrap();
    let mut op = world.engine.read(&caller(signed_in)).await.unwrap();
    assert!(op.decide(Action::UpdateRoleAssignments, &Target::directory()).unwrap().is_allowed());
    step_up::require_fresh(&mut op).await.expect("it is both factors in one");
    drop(op);
    sign_in(&world, &mut device).await.unwrap();
    let used = take_into_use(&world, &link, Some(grace()), &mut Device::new(21)).await;
    assert_eq!(refused(used.map(drop)), [(Field::Form, Broken::LinkUsed)]);

    // Somebody who comes back: what they had before opens nothing any more.
    let omar = world.user("Omar").await;
    let password = world.fresh_password().await;
    let told = password.expose().to_owned();
    world.write(&world.ada, async |op| users::reset_password(op, omar.id, password).await).await.unwrap();
    let mut old = Device::new(22);
    register(&world, &omar, &mut old).await.unwrap();
    let link = first_start::recover(&world.engine, Some(&omar.user_name)).await.unwrap().token;
    let asked_of_another =
        first_start::begin_passkey(&world.engine, &Caller::default(), &link, None).await.unwrap();
    let other = first_start::recover(&world.engine, None).await.unwrap().token;
    let answer = Device::new(23).create(&asked_of_another.options);
    let key = Key::Passkey { challenge: &asked_of_another.challenge, answer: &answer };
    let crossed = first_start::finish(&world.engine, &Caller::default(), &other, Some(grace()), key).await;
    assert_eq!(refused(crossed.map(drop)), at_code(Broken::BeginAgain), "it belongs to the other link");
    let mut new = Device::new(24);
    take_into_use(&world, &link, None, &mut new).await.unwrap();
    sign_in(&world, &mut new).await.unwrap();
    assert!(matches!(sign_in(&world, &mut old).await, Err(Error::WrongCredentials)));
    let by_password =
        stint_engine::sign_in::with_password(&world.engine, &Caller::default(), &omar.user_name, &told).await;
    assert!(matches!(by_password, Err(Error::WrongCredentials)));
}

async fn every_try_to_sign_in_is_in_the_log(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let mut phone = Device::new(1);
    register(&world, &mira, &mut phone).await.unwrap();
    let mut unverified = Device { verifies: false, ..phone.clone() };
    let signed_in = sign_in(&world, &mut phone).await.unwrap();
    assert!(
        signed_in.device.is_some() && !signed_in.must_change_password,
        "this browser is known from now on"
    );
    world.advance(minutes(1));
    sign_in(&world, &mut unverified).await.unwrap_err();
    world.advance(minutes(1));
    sign_in(&world, &mut Device::new(9)).await.unwrap_err();
    world.write(&world.ada, async |op| users::disable(op, mira.id).await).await.unwrap();
    world.advance(minutes(1));
    sign_in(&world, &mut phone).await.unwrap_err();
    let (filter, page) = (Filter::default(), PageRequest::first());
    let listed = world.read(&world.ada, async |op| sign_ins::list(op, &filter, &page).await).await.unwrap();
    let with_passkeys = listed.items.iter().rev().filter(|row| row.method == Method::Passkey);
    let told: Vec<_> = with_passkeys.map(|row| (row.principal_id, row.result)).collect();
    assert_eq!(
        told,
        [
            (Some(mira.id), Outcome::Success),
            (Some(mira.id), Outcome::WrongPasskey),
            (None, Outcome::UnknownUser),
            (Some(mira.id), Outcome::Disabled),
        ]
    );
}

async fn who_tries_passkeys_without_end_is_slowed(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let mut phone = Device::new(1);
    register(&world, &mira, &mut phone).await.unwrap();
    let from = |device| Caller { source: Some("192.0.2.7".to_owned()), device, ..Caller::default() };
    let tried = async |device: &mut Device, caller: &Caller| {
        let asked = passkey::begin_sign_in(&world.engine, caller).await.unwrap();
        let answer = device.get(&asked.options);
        passkey::sign_in(&world.engine, caller, &asked.challenge, &answer).await
    };
    let known = tried(&mut phone, &from(None)).await.unwrap().device;
    for _ in 0..50 {
        let wrong = tried(&mut Device::new(9), &from(None)).await;
        assert!(matches!(wrong, Err(Error::WrongCredentials)), "{wrong:?}");
    }
    assert!(matches!(tried(&mut Device::new(9), &from(None)).await, Err(Error::Slowed(_))));
    assert!(matches!(tried(&mut phone, &from(None)).await, Err(Error::Slowed(_))));
    tried(&mut phone, &from(known)).await.unwrap();
}

async fn what_is_not_right_is_not_taken(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let mut phone = Device::new(1);
    let mut careless = Device { verifies: false, ..Device::new(2) };
    assert!(words(register(&world, &mira, &mut careless).await).contains("fingerprint"));
    register(&world, &mira, &mut phone).await.unwrap();
    let mut unverified = Device { verifies: false, ..phone.clone() };
    assert!(words(confirm(&world, &mira, &mut unverified).await).contains("fingerprint"));
    assert!(matches!(sign_in(&world, &mut unverified).await, Err(Error::WrongCredentials)));
    let mut lured = Device { origin: "https://stint.evil.example", ..phone.clone() };
    assert!(words(confirm(&world, &mira, &mut lured).await).contains("address"));

    // An answer counts once, in the session that asked, and for a while.
    let again = vec![(Field::SecondFactor, Broken::BeginAgain)];
    let session = world.caller(&mira).await;
    let ask = async || {
        world.write(&mira, async |op| passkey::begin_confirmation(op, &session).await).await.unwrap()
    };
    let take = async |caller: &Caller, challenge: &str, answer: &str| {
        passkey::confirm(&world.engine, caller, challenge, answer).await
    };
    let asked = ask().await;
    phone.counter += 10;
    let answer = phone.get(&asked.options);
    let other = world.sign_in(&mira).await;
    assert_eq!(refused(take(&other, &asked.challenge, &answer).await), again);
    assert_eq!(refused(take(&session, "nonsense", &answer).await), again);
    world.advance(minutes(5));
    assert_eq!(refused(take(&session, &asked.challenge, &answer).await), again);
    let (first, second) = (ask().await, ask().await);
    let answer = phone.get(&first.options);
    assert!(take(&session, &second.challenge, &answer).await.is_err(), "an answer to another question");
    let made = take(&session, &first.challenge, &answer).await.unwrap();
    assert_eq!(refused(take(&caller(made), &first.challenge, &answer).await), again);
    // What was asked to sign in confirms nothing.
    let nobody = Caller::default();
    let asked = passkey::begin_sign_in(&world.engine, &nobody).await.unwrap();
    let answer = phone.get(&asked.options);
    assert_eq!(refused(take(&other, &asked.challenge, &answer).await), again);
}

async fn another_accounts_passkey_is_refused(database: Database) {
    let world = still(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let (mut of_mira, mut of_omar) = (Device::new(1), Device::new(2));
    register(&world, &mira, &mut of_mira).await.unwrap();
    register(&world, &omar, &mut of_omar).await.unwrap();
    world.advance(minutes(10));
    assert_eq!(words(confirm(&world, &omar, &mut of_mira).await), "This passkey is not one of yours.");
    assert!(!is_fresh(&world, &omar).await);
    confirm(&world, &omar, &mut of_omar).await.unwrap();
    // A device that says that it belongs to somebody else.
    let claimed = world.read(&mira, async |op| Ok(op.person()?.id)).await.unwrap();
    let mut lying = Device { owner: claimed.as_uuid().as_bytes().to_vec(), ..of_omar.clone() };
    assert!(matches!(sign_in(&world, &mut lying).await, Err(Error::WrongCredentials)));
    // One that is registered already is nobody else's.
    let taken = register(&world, &omar, &mut of_mira.clone()).await;
    assert_eq!(words(taken), "This passkey is registered already.");
}

async fn a_copy_is_noticed(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let mut phone = Device::new(1);
    register(&world, &mira, &mut phone).await.unwrap();
    let mut copy = phone.clone();
    confirm(&world, &mira, &mut phone).await.unwrap();
    confirm(&world, &mira, &mut phone).await.unwrap();
    assert!(words(confirm(&world, &mira, &mut copy).await).contains("copied"));
    assert!(matches!(sign_in(&world, &mut copy).await, Err(Error::WrongCredentials)));
    let noticed =
        world.count("SELECT COUNT(*) FROM audit_event WHERE activity = 'Passkey may be copied'").await;
    let told = world.count("SELECT COUNT(*) FROM outbox WHERE topic = 'security_info.cloned'").await;
    assert!((noticed, told) == (2, 2));
    confirm(&world, &mira, &mut phone).await.unwrap();
}

async fn a_passkey_is_removed(database: Database) {
    let world = still(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let mut phone = Device::new(1);
    enrol(&world, &mira).await;
    register(&world, &mira, &mut phone).await.unwrap();
    let has = world.read(&mira, async |op| second_factor::list_own(op).await).await.unwrap();
    let id = has.passkeys[0].id;
    let others = world.write(&omar, async |op| passkey::remove(op, id).await).await;
    assert!(matches!(others, Err(Error::NotFound)));
    world.write(&mira, async |op| passkey::remove(op, id).await).await.unwrap();
    assert_eq!(
        words(confirm(&world, &mira, &mut phone).await),
        "You have no passkey yet. Add one under Security info."
    );
    assert!(matches!(sign_in(&world, &mut phone).await, Err(Error::WrongCredentials)));
}

#[test]
fn a_passkey_is_bound_to_a_host() {
    let host = |address| RelyingParty::of_address(address).map(|party| party.host);
    assert_eq!(host("https://pim.contoso.example").as_deref(), Some("pim.contoso.example"));
    assert_eq!(host("http://localhost:3000").as_deref(), Some("localhost"));
    for loopback in ["http://127.0.0.1:3000", "http://[::1]:3000"] {
        assert_eq!(host(loopback).as_deref(), Some("localhost"));
    }
    assert_eq!(host("http://192.0.2.1:3000"), None);
}
