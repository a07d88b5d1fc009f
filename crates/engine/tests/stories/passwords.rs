//! Passwords that have to be changed, are changed, are forgotten, are guessed.

use crate::{
    post::{BASE, Office, told},
    refused,
    smtp::{server, transport},
};
use chrono::TimeDelta;
use stint_domain::{
    authz::{Action, Target},
    id::PrincipalId,
    refusal::{Broken, Field},
    text::{NewPassword, UserName},
};
use stint_engine::{
    Caller, Error, Result,
    mail::{self, Transport},
    passwords,
    second_factor::{self, passkey, totp},
    sign_in::{self, SignedIn},
    step_up,
    test_support::{World, display_name, hours},
    users,
};
use stint_store::{Database, PageRequest};

stint_store::on_both_databases!(
    who_must_change_does_nothing_else,
    changing_ends_the_other_sessions,
    changing_wants_the_present_one_and_a_better_one,
    a_forgotten_password_is_reset_by_a_mail,
    who_has_reset_it_is_not_slowed_by_a_stranger,
    who_forgets_and_who_is_unknown_are_told_the_same,
    two_resets_by_one_link_are_one,
    a_newer_link_voids_the_one_before,
    a_link_ends_after_half_an_hour,
    a_reset_ends_sessions_and_activations,
    a_stranger_who_guesses_is_slowed,
    nobody_is_locked_out_by_a_stranger,
    an_address_that_guesses_is_slowed,
    slowing_does_not_tell_who_is_there,
);

const FIRST: &str = "walrus orbit teacup nineteen";
const SECOND: &str = "velvet anchor mosaic eleven";
const NAME: &str = "mira@contoso.example";

fn parsed(password: &str) -> NewPassword {
    NewPassword::parse(password).unwrap()
}

/// Mira, whose password is [`FIRST`] and was chosen by herself.
async fn mira(world: &World) -> PrincipalId {
    let properties = users::Properties {
        user_name: UserName::parse(NAME).unwrap(),
        display_name: display_name("Mira"),
        job_title: None,
        department: None,
    };
    let fresh = world.fresh_password().await;
    let given = fresh.expose().to_owned();
    let id = world.write(&world.ada, async |op| users::create(op, properties, fresh).await).await.unwrap();
    let session = sign_in(world, &given).await.unwrap();
    passwords::change(&world.engine, &caller(&session), &given, &parsed(FIRST)).await.unwrap();
    let mut op = world.engine.write(&caller(&session)).await.unwrap();
    sign_in::sign_out(&mut op, &caller(&session)).await.unwrap();
    op.commit().await.unwrap();
    id
}

async fn sign_in(world: &World, password: &str) -> Result<SignedIn> {
    sign_in::with_password(&world.engine, &Caller::default(), NAME, password).await
}

fn caller(signed_in: &SignedIn) -> Caller {
    Caller { token: Some(signed_in.token.clone()), ..Caller::default() }
}

fn from(address: &str) -> Caller {
    Caller { source: Some(address.to_owned()), ..Caller::default() }
}

async fn is_in(world: &World, session: &Caller) -> bool {
    world.engine.read(session).await.unwrap().person().is_ok()
}

async fn who_must_change_does_nothing_else(database: Database) {
    let world = World::new(database).await;
    let id = mira(&world).await;
    world.make_active(id, "Global Administrator").await;
    let fresh = world.fresh_password().await;
    let given = fresh.expose().to_owned();
    world.write(&world.ada, async |op| users::reset_password(op, id, fresh).await).await.unwrap();

    let session = sign_in(&world, &given).await.unwrap();
    assert!(session.must_change_password);
    let session = caller(&session);
    let mut op = world.engine.read(&session).await.unwrap();
    assert!(matches!(op.person(), Err(Error::MustChangePassword)));
    assert!(matches!(op.decide(Action::CreateUsers, &Target::directory()), Err(Error::MustChangePassword)));
    assert!(matches!(users::get(&mut op, id).await, Err(Error::MustChangePassword)));
    drop(op);
    // Nor do they add a second factor that stays when the password is another.
    let mut op = world.engine.write(&session).await.unwrap();
    assert!(matches!(totp::begin(&mut op).await, Err(Error::MustChangePassword)));
    assert!(matches!(passkey::begin_registration(&mut op, &session).await, Err(Error::MustChangePassword)));
    assert!(matches!(second_factor::list_own(&mut op).await, Err(Error::MustChangePassword)));
    drop(op);
    let code = step_up::with_code(&world.engine, &session, "123456").await;
    assert!(matches!(code, Err(Error::MustChangePassword)));
    let same = passwords::change(&world.engine, &session, &given, &parsed(&given)).await;
    assert_eq!(refused(same), [(Field::Password, Broken::SamePassword)]);
    passwords::change(&world.engine, &session, &given, &parsed(SECOND)).await.unwrap();
    let op = world.engine.read(&session).await.unwrap();
    assert!(op.decide(Action::CreateUsers, &Target::directory()).unwrap().is_allowed(), "at once");
    drop(op);
    assert!(!sign_in(&world, SECOND).await.unwrap().must_change_password);
    assert!(matches!(sign_in(&world, &given).await, Err(Error::WrongCredentials)));
}

async fn changing_ends_the_other_sessions(database: Database) {
    let world = World::new(database).await;
    mira(&world).await;
    let (here, there) = (sign_in(&world, FIRST).await.unwrap(), sign_in(&world, FIRST).await.unwrap());
    passwords::change(&world.engine, &caller(&here), FIRST, &parsed(SECOND)).await.unwrap();
    assert!(is_in(&world, &caller(&here)).await && !is_in(&world, &caller(&there)).await);
    // Of two changes at once that know the same password, one is right.
    let again = sign_in(&world, SECOND).await.unwrap();
    let (one, other) = (caller(&here), caller(&again));
    let (first, second) = (parsed(FIRST), parsed("mosaic nineteen walrus pepper"));
    let (first, second) = tokio::join!(
        passwords::change(&world.engine, &one, SECOND, &first),
        passwords::change(&world.engine, &other, SECOND, &second),
    );
    assert_ne!(first.is_ok(), second.is_ok());
}

async fn changing_wants_the_present_one_and_a_better_one(database: Database) {
    let world = World::new(database).await;
    mira(&world).await;
    let session = caller(&sign_in(&world, FIRST).await.unwrap());
    let wrong = passwords::change(&world.engine, &session, "not it at all", &parsed(SECOND)).await;
    assert_eq!(refused(wrong), [(Field::PresentPassword, Broken::WrongPassword)]);
    let weak = passwords::change(&world.engine, &session, FIRST, &parsed("mira@contoso.example")).await;
    assert!(matches!(refused(weak).as_slice(), [(Field::Password, Broken::WeakPassword(_))]));
    let nobody = passwords::change(&world.engine, &Caller::default(), FIRST, &parsed(SECOND)).await;
    assert!(matches!(nobody, Err(Error::NotSignedIn)));
    // Whoever found an open browser does not guess for long.
    let mut tried = 1;
    loop {
        match passwords::change(&world.engine, &session, "a guess", &parsed(SECOND)).await {
            Err(Error::Slowed(wait)) => break assert!(wait <= TimeDelta::minutes(2), "{wait}"),
            _ => tried += 1,
        }
    }
    assert_eq!(tried, 10);
}

impl Office {
    async fn with_mira(database: Database) -> (Self, PrincipalId) {
        let office = Self::quiet(database).await;
        let id = mira(&office.world).await;
        office.work(Transport::Keep).await;
        office.forget_mails().await;
        (office, id)
    }

    async fn forgot(&self, user_name: &str) -> Result<()> {
        passwords::forgot(&self.world.engine, &from("192.0.2.7"), user_name).await
    }

    /// Asks for a link and reads it in the mail.
    async fn link(&self) -> Vec<u8> {
        self.forgot(NAME).await.unwrap();
        let (url, inbox) = server().await;
        self.work(transport(&url)).await;
        let link = format!("{BASE}/reset-password?token=");
        let mails = inbox.mails().into_iter().map(|mail| mail.replace("=\n", "").replace("=3D", "="));
        let mail = mails.into_iter().find(|mail| mail.contains(&link)).expect("a mail with a link");
        let (_, rest) = mail.split_once(&link).unwrap();
        (0..64).step_by(2).map(|at| u8::from_str_radix(&rest[at..at + 2], 16).unwrap()).collect()
    }

    async fn reset(&self, token: &[u8], password: &str) -> Result<Vec<u8>> {
        passwords::reset_by_link(&self.world.engine, &Caller::default(), token, &parsed(password)).await
    }
}

fn at_form(rule: Broken) -> Vec<(Field, Broken)> {
    vec![(Field::Form, rule)]
}

async fn a_forgotten_password_is_reset_by_a_mail(database: Database) {
    let (office, _) = Office::with_mira(database).await;
    let token = office.link().await;
    let engine = &office.world.engine;
    let behind = passwords::look_at_reset(engine, &Caller::default(), &token).await.unwrap();
    assert_eq!(behind.user_name, NAME);
    // What is kept of the mail opens nothing.
    let list = async |op: &mut stint_engine::Operation| mail::list(op, &PageRequest::first()).await;
    let kept = office.world.read(&office.world.ada, list).await.unwrap();
    assert!(
        !kept.items[0]
            .payload
            .contains(&token.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")))
    );
    let weak = office.reset(&token, "mira mira mira").await;
    assert!(matches!(refused(weak).as_slice(), [(Field::Password, Broken::WeakPassword(_))]));
    office.reset(&token, SECOND).await.unwrap();
    assert!(!sign_in(&office.world, SECOND).await.unwrap().must_change_password);
    assert!(matches!(sign_in(&office.world, FIRST).await, Err(Error::WrongCredentials)));
    assert_eq!(refused(office.reset(&token, FIRST).await), at_form(Broken::LinkUsed));
    office.work(Transport::Keep).await;
    let subjects = office.subjects().await;
    assert_eq!(
        subjects,
        [told("mira", "PIM: reset your password"), told("mira", "PIM: your password was changed")]
    );
    for activity in ["Request password reset (self-service)", "Reset password (self-service)"] {
        let mut tx = engine.database().read().await.unwrap();
        let events = stint_store::audit::list_chain(&mut tx, 0, 200).await.unwrap();
        assert_eq!(events.iter().filter(|event| event.activity == activity).count(), 1, "{activity}");
    }
}

async fn who_has_reset_it_is_not_slowed_by_a_stranger(database: Database) {
    let (office, _) = Office::with_mira(database).await;
    let world = &office.world;
    let token = office.link().await;
    world.stop_clock();
    guesses(world, |_| from("198.51.100.1"), |_| NAME.to_owned()).await;
    let device = office.reset(&token, SECOND).await.unwrap();
    let elsewhere = sign_in::with_password(&world.engine, &from("192.0.2.7"), NAME, SECOND).await;
    assert!(matches!(elsewhere, Err(Error::Slowed(_))), "{elsewhere:?}");
    let here = Caller { device: Some(device), ..from("192.0.2.7") };
    sign_in::with_password(&world.engine, &here, NAME, SECOND).await.unwrap();
}

async fn who_forgets_and_who_is_unknown_are_told_the_same(database: Database) {
    let (office, id) = Office::with_mira(database).await;
    let world = &office.world;
    let (ada, without) = (world.ada.user_name.clone(), world.user("Without").await);
    // Ada signs in without a password; so does whoever has none.
    for name in ["nobody@contoso.example", &without.user_name, &ada] {
        office.forgot(name).await.unwrap();
    }
    assert_eq!(refused(office.forgot("no name").await).len(), 1, "that is no name, whoever is there");
    world.write(&world.ada, async |op| users::disable(op, id).await).await.unwrap();
    office.forgot(NAME).await.unwrap();
    office.work(Transport::Keep).await;
    assert!(office.subjects().await.is_empty());
    world.write(&world.ada, async |op| users::enable(op, id).await).await.unwrap();
    for _ in 0..4 {
        office.forgot(NAME).await.unwrap();
    }
    office.work(Transport::Keep).await;
    assert_eq!(office.subjects().await.len(), 2, "three an hour, of which one was while she was disabled");
    let mut answer = Ok(());
    for _ in 0..9 {
        answer = office.forgot("somebody@contoso.example").await;
    }
    assert!(matches!(answer, Err(Error::Slowed(_))), "the address is slowed");
}

async fn two_resets_by_one_link_are_one(database: Database) {
    let (office, _) = Office::with_mira(database).await;
    let token = office.link().await;
    let third = "pepper mosaic walrus thirty";
    let (first, second) = tokio::join!(office.reset(&token, SECOND), office.reset(&token, third));
    assert_ne!(first.is_ok(), second.is_ok());
    let right = if first.is_ok() { SECOND } else { third };
    assert_eq!(refused(if first.is_ok() { second } else { first }), at_form(Broken::LinkUsed));
    sign_in(&office.world, right).await.unwrap();
}

async fn a_newer_link_voids_the_one_before(database: Database) {
    let (office, id) = Office::with_mira(database).await;
    let before = office.link().await;
    let after = office.link().await;
    assert_eq!(refused(office.reset(&before, SECOND).await), at_form(Broken::LinkUnknown));
    let fresh = office.world.fresh_password().await;
    office
        .world
        .write(&office.world.ada, async |op| users::reset_password(op, id, fresh).await)
        .await
        .unwrap();
    assert_eq!(
        refused(office.reset(&after, SECOND).await),
        at_form(Broken::LinkUnknown),
        "an administrator was faster"
    );
    let link = office.link().await;
    let world = &office.world;
    world.write(&world.ada, async |op| users::disable(op, id).await).await.unwrap();
    assert_eq!(refused(office.reset(&link, SECOND).await), at_form(Broken::LinkUnknown));
}

async fn a_link_ends_after_half_an_hour(database: Database) {
    let (office, _) = Office::with_mira(database).await;
    office.world.stop_clock();
    let token = office.link().await;
    office.world.advance(TimeDelta::minutes(30));
    assert_eq!(refused(office.reset(&token, SECOND).await), at_form(Broken::LinkExpired));
}

async fn a_reset_ends_sessions_and_activations(database: Database) {
    let (office, id) = Office::with_mira(database).await;
    let world = &office.world;
    let eligibility = world.make_eligible(id, "User Administrator").await;
    let activate = async |session: &SignedIn| {
        use stint_domain::{assign::Activation, time::Duration};
        let asked = Activation {
            start: None,
            duration: Duration::hours(1),
            justification: stint_engine::test_support::because("on call"),
            ticket: None,
        };
        let mut op = world.engine.write(&caller(session)).await.unwrap();
        stint_engine::activate::activate(&mut op, eligibility, asked, None).await.unwrap();
        op.commit().await.unwrap();
    };
    let active = "SELECT COUNT(*) FROM schedule WHERE state = 'activated' AND end_reason IS NULL";
    let session = sign_in(world, FIRST).await.unwrap();
    activate(&session).await;
    assert_eq!(world.count(active).await, 1);
    let token = office.link().await;
    office.reset(&token, SECOND).await.unwrap();
    assert!(!is_in(world, &caller(&session)).await);
    assert_eq!(world.count(active).await, 0, "by the person themselves");

    let session = sign_in(world, SECOND).await.unwrap();
    activate(&session).await;
    let fresh = world.fresh_password().await;
    world.write(&world.ada, async |op| users::reset_password(op, id, fresh).await).await.unwrap();
    assert!(!is_in(world, &caller(&session)).await);
    assert_eq!(world.count(active).await, 0, "by an administrator");
    let why = "SELECT COUNT(*) FROM schedule WHERE end_reason = 'password_reset'";
    assert_eq!(world.count(why).await, 2);
}

async fn guess(world: &World, by: &Caller, name: &str) -> Result<SignedIn> {
    sign_in::with_password(&world.engine, by, name, "a guess").await
}

/// How many guesses are looked at before one has to wait, and for how long.
async fn guesses(
    world: &World,
    by: impl Fn(u32) -> Caller,
    name: impl Fn(u32) -> String,
) -> (u32, TimeDelta) {
    for tried in 0.. {
        match guess(world, &by(tried), &name(tried)).await {
            Err(Error::WrongCredentials) => {}
            Err(Error::Slowed(wait)) => return (tried, wait),
            other => panic!("{other:?}"),
        }
    }
    unreachable!()
}

async fn a_stranger_who_guesses_is_slowed(database: Database) {
    let world = World::new(database).await;
    world.stop_clock();
    mira(&world).await;
    let each_from_elsewhere = |tried: u32| from(&format!("198.51.100.{tried}"));
    let (tried, wait) = guesses(&world, each_from_elsewhere, |_| NAME.to_owned()).await;
    assert_eq!((tried, wait), (10, TimeDelta::minutes(1)));
    let right = sign_in::with_password(&world.engine, &from("198.51.100.77"), NAME, FIRST).await;
    assert!(matches!(right, Err(Error::Slowed(_))), "not even the right one is looked at");
    world.advance(TimeDelta::minutes(1));
    sign_in::with_password(&world.engine, &from("198.51.100.77"), NAME, FIRST).await.unwrap();
    let slowed = "SELECT COUNT(*) FROM sign_in WHERE result = 'slowed'";
    assert_eq!(world.count(slowed).await, 1, "once a minute is enough");
}

async fn nobody_is_locked_out_by_a_stranger(database: Database) {
    let world = World::new(database).await;
    world.stop_clock();
    mira(&world).await;
    let home = from("203.0.113.5");
    let first = sign_in::with_password(&world.engine, &home, NAME, FIRST).await.unwrap();
    guesses(&world, |_| from("198.51.100.1"), |_| NAME.to_owned()).await;
    // She comes from anywhere, with the browser that she came with before.
    let known = Caller { device: first.device.clone(), ..from("198.51.100.1") };
    let again = sign_in::with_password(&world.engine, &known, NAME, FIRST).await.unwrap();
    assert_eq!(again.device, first.device, "the browser keeps its token");
    // But not with one that somebody made up, nor with one of somebody else.
    let forged = Caller { device: Some(vec![7; 32]), ..home.clone() };
    assert!(matches!(guess(&world, &forged, NAME).await, Err(Error::Slowed(_))));
    // A stolen browser guesses no faster than a stranger.
    let (tried, _) = guesses(&world, |_| known.clone(), |_| NAME.to_owned()).await;
    assert_eq!(tried, 10);
}

async fn an_address_that_guesses_is_slowed(database: Database) {
    let world = World::new(database).await;
    world.stop_clock();
    let many = |tried: u32| format!("user{tried}@contoso.example");
    let (tried, wait) = guesses(&world, |_| from("2001:db8::5"), many).await;
    assert_eq!((tried, wait), (50, TimeDelta::seconds(12)));
    assert!(matches!(guess(&world, &from("2001:db8::6"), "a@b.example").await, Err(Error::Slowed(_))));
    assert!(matches!(
        guess(&world, &from("2001:db8:1::5"), "a@b.example").await,
        Err(Error::WrongCredentials)
    ));
    // What was paid for is forgotten.
    world.advance(hours(2));
    let nothing = stint_engine::worker::LogCarrier;
    stint_engine::worker::work(&world.engine, &nothing).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM throttle").await, 0);
}

async fn slowing_does_not_tell_who_is_there(database: Database) {
    let world = World::new(database).await;
    world.stop_clock();
    mira(&world).await;
    let known = guesses(&world, |tried| from(&format!("198.51.100.{tried}")), |_| NAME.to_owned()).await;
    let nobody = |_| "nobody@contoso.example".to_owned();
    let unknown = guesses(&world, |tried| from(&format!("203.0.113.{tried}")), nobody).await;
    assert_eq!(known, unknown);
}
