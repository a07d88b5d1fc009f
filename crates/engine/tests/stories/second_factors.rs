//! Second factors: how people get one, what asks for one, and what somebody gains who has half of it.

mod authenticator;
mod nonsense;
mod passkeys;
mod places;

use super::{is_denied, refused};
use chrono::TimeDelta;
use stint_domain::{
    refusal::{Broken, Field},
    settings::Requirement,
    step_up::FactorMethod,
};
use stint_engine::{
    Caller, Error, Result,
    second_factor::{self, recovery, totp},
    sign_in::SignedIn,
    step_up::{self, Confirmed},
    test_support::{User, World, hours},
};
use stint_store::Database;

stint_store::on_both_databases!(
    an_app_is_set_up_with_a_code_of_it,
    a_code_counts_once,
    a_factor_counts_for_ten_minutes,
    the_old_token_opens_nothing,
    guessing_is_slow_and_locks_nobody_out,
    a_code_of_before_or_after_is_taken,
    a_recovery_code_counts_once,
    a_recovery_code_is_raced_for,
    what_is_there_guards_what_is_added,
    two_first_factors_are_raced_for,
    the_last_goes_with_its_recovery_codes,
    an_administrator_takes_everything_away,
    without_a_key_nothing_is_set_up,
    the_demo_has_codes_ready,
    whoever_it_is_about_is_told,
);

const fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

/// A world in which time stands still, at the beginning of a step of thirty seconds.
async fn still(database: Database) -> World {
    let world = World::new(database).await;
    world.stop_clock();
    world.advance(TimeDelta::seconds(30 - world.now().timestamp() % 30));
    world
}

/// Lets the next code come.
fn next_step(world: &World) {
    world.advance(TimeDelta::seconds(30));
}

/// What the person's app shows.
struct App(Vec<u8>);

impl App {
    fn code(&self, world: &World) -> String {
        self.code_in(world, 0)
    }

    fn code_in(&self, world: &World, steps: i64) -> String {
        totp::code_at(&self.0, world.now().timestamp() / 30 + steps).unwrap()
    }
}

/// Sets an app up in the person's session.
async fn enrol(world: &World, user: &User) -> App {
    let begun = world.write(user, async |op| totp::begin(op).await).await.unwrap();
    let app = App(totp::read_secret(&begun.secret).unwrap());
    let session = totp::confirm(&world.engine, &world.caller(user).await, &app.code(world)).await.unwrap();
    world.keep_session(user, session);
    app
}

/// Gives a code in the person's session, which goes on with the new token.
async fn give(world: &World, user: &User, code: &str) -> Result<()> {
    match step_up::with_code(&world.engine, &world.caller(user).await, code).await? {
        Confirmed::Now(session) => world.keep_session(user, session),
        Confirmed::Before => {}
    }
    Ok(())
}

async fn is_fresh(world: &World, user: &User) -> bool {
    world.read(user, async |op| step_up::require_fresh(op).await).await.is_ok()
}

fn at_code(broken: Broken) -> Vec<(Field, Broken)> {
    vec![(Field::SecondFactor, broken)]
}

fn caller(session: SignedIn) -> Caller {
    Caller { token: Some(session.token), ..Caller::default() }
}

async fn an_app_is_set_up_with_a_code_of_it(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let begun = world.write(&mira, async |op| totp::begin(op).await).await.unwrap();
    assert!(begun.link.starts_with("otpauth://totp/Stint:mira") && begun.picture.contains("<svg"));
    assert_eq!(begun.secret.len(), 32 + 7, "eight groups of four");
    let has = async || world.read(&mira, async |op| second_factor::list_own(op).await).await.unwrap().kinds();
    assert_eq!(has().await, [], "a code of it has not been seen");
    // The page that shows it can be loaded again.
    let again = world.read(&mira, async |op| totp::begun(op).await).await.unwrap().unwrap();
    assert_eq!(again.secret, begun.secret);
    let wrong = totp::confirm(&world.engine, &world.caller(&mira).await, "000000").await;
    assert_eq!(refused(wrong), [(Field::Code, Broken::WrongCode)]);
    let app = App(totp::read_secret(&begun.secret).unwrap());
    let session = totp::confirm(&world.engine, &world.caller(&mira).await, &app.code(&world)).await.unwrap();
    world.keep_session(&mira, session);
    assert_eq!(has().await, [FactorMethod::Totp]);
    assert!(is_fresh(&world, &mira).await, "the code that set it up is a factor");
    // What is kept is not the secret.
    let mut tx = world.engine.database().read().await.unwrap();
    let row = stint_store::totp::find(&mut tx, mira.id).await.unwrap().unwrap();
    assert!(!row.sealed.secret.windows(20).any(|part| part == app.0.as_slice()));
    drop(tx);
    // It takes fifteen minutes at most.
    let omar = world.user("Omar").await;
    let begun = world.write(&omar, async |op| totp::begin(op).await).await.unwrap();
    world.advance(minutes(15));
    let app = App(totp::read_secret(&begun.secret).unwrap());
    let late = totp::confirm(&world.engine, &world.caller(&omar).await, &app.code(&world)).await;
    assert_eq!(refused(late), [(Field::Code, Broken::BeginAgain)]);
}

async fn a_code_counts_once(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let app = enrol(&world, &mira).await;
    let other = world.sign_in(&mira).await;
    let replayed = step_up::with_code(&world.engine, &other, &app.code(&world)).await;
    assert_eq!(refused(replayed), at_code(Broken::CodeUsed), "the code that set it up is used");
    next_step(&world);
    let code = app.code(&world);
    give(&world, &mira, &code).await.unwrap();
    let replayed = step_up::with_code(&world.engine, &other, &code).await;
    assert_eq!(refused(replayed), at_code(Broken::CodeUsed));
    // In the session that it was given in it is no harm: a form is sent again with what stood in it.
    give(&world, &mira, &code).await.unwrap();
    // Two at once: one is faster.
    next_step(&world);
    let code = app.code(&world);
    let (one, two) = (world.sign_in(&mira).await, world.sign_in(&mira).await);
    let (one, two) = tokio::join!(
        step_up::with_code(&world.engine, &one, &code),
        step_up::with_code(&world.engine, &two, &code)
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

async fn a_factor_counts_for_ten_minutes(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let app = enrol(&world, &mira).await;
    world.advance(minutes(9));
    assert!(is_fresh(&world, &mira).await);
    world.advance(minutes(1));
    assert!(!is_fresh(&world, &mira).await);
    // A form that is sent again with an old code renews nothing.
    give(&world, &mira, &app.code(&world)).await.unwrap();
    let code = app.code(&world);
    world.advance(TimeDelta::seconds(29));
    give(&world, &mira, &code).await.unwrap();
    world.advance(minutes(10) - TimeDelta::seconds(29));
    assert!(!is_fresh(&world, &mira).await);
    // Signing in anew begins with nothing.
    give(&world, &mira, &app.code(&world)).await.unwrap();
    let other = world.sign_in(&mira).await;
    let mut op = world.engine.read(&other).await.unwrap();
    let missing = step_up::require_fresh(&mut op).await;
    let [(field, Broken::SecondFactorNeeded { has, .. })] = &refused(missing)[..] else {
        panic!("one refusal")
    };
    assert_eq!((*field, has.as_slice()), (Field::SecondFactor, &[FactorMethod::Totp][..]));
}

async fn the_old_token_opens_nothing(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let app = enrol(&world, &mira).await;
    next_step(&world);
    let before = world.caller(&mira).await;
    let until = world.now() + hours(12) - TimeDelta::seconds(30);
    let Confirmed::Now(session) =
        step_up::with_code(&world.engine, &before, &app.code(&world)).await.unwrap()
    else {
        panic!("a new token")
    };
    assert_eq!(world.now() + session.lasts, until, "it holds as long as it did");
    let after = caller(session);
    assert_ne!(before.token, after.token);
    assert!(world.engine.read(&before).await.unwrap().person().is_err());
    assert!(world.engine.read(&after).await.unwrap().person().is_ok());
    next_step(&world);
    let old = step_up::with_code(&world.engine, &before, &app.code(&world)).await;
    assert!(matches!(old, Err(Error::NotSignedIn)), "{old:?}");
}

async fn guessing_is_slow_and_locks_nobody_out(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let app = enrol(&world, &mira).await;
    next_step(&world);
    for guess in ["000000", "111111", "nonsense", "", "999 999"] {
        assert_eq!(refused(give(&world, &mira, guess).await), at_code(Broken::WrongCode), "{guess:?}");
    }
    let until = world.now() + minutes(15);
    // Not even the right one, from no session.
    let other = world.sign_in(&mira).await;
    let blocked = step_up::with_code(&world.engine, &other, &app.code(&world)).await;
    assert_eq!(refused(blocked), at_code(Broken::TooManyCodes(until)));
    world.advance(minutes(14));
    assert_eq!(refused(give(&world, &mira, &app.code(&world)).await), at_code(Broken::TooManyCodes(until)));
    world.advance(minutes(1));
    give(&world, &mira, &app.code(&world)).await.unwrap();
    let failed = "SELECT COUNT(*) FROM audit_event WHERE activity = 'Confirm with second factor failed'";
    assert_eq!(world.count(failed).await, 5);
    // Many guesses at once are counted one after the other.
    next_step(&world);
    let mut guesses = Vec::new();
    for _ in 0..8 {
        let (engine, caller) = (world.engine.clone(), world.sign_in(&mira).await);
        guesses
            .push(tokio::spawn(async move { step_up::with_code(&engine, &caller, "123456").await.is_ok() }));
    }
    for guess in guesses {
        assert!(!guess.await.unwrap());
    }
    assert_eq!(world.count(failed).await, 10);
}

async fn a_code_of_before_or_after_is_taken(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let app = enrol(&world, &mira).await;
    for _ in 0..5 {
        next_step(&world);
    }
    assert_eq!(refused(give(&world, &mira, &app.code_in(&world, -2)).await), at_code(Broken::WrongCode));
    assert_eq!(refused(give(&world, &mira, &app.code_in(&world, 2)).await), at_code(Broken::WrongCode));
    let shown = app.code_in(&world, -1);
    give(&world, &mira, &format!("{} {}", &shown[..3], &shown[3..])).await.unwrap();
    give(&world, &mira, &app.code_in(&world, 1)).await.unwrap();
    // Whoever was early has used the later ones up to then.
    let other = world.sign_in(&mira).await;
    let earlier = step_up::with_code(&world.engine, &other, &app.code(&world)).await;
    assert_eq!(refused(earlier), at_code(Broken::CodeUsed));
}

async fn a_recovery_code_counts_once(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let alone = world.write(&mira, async |op| recovery::create(op).await).await;
    assert!(matches!(refused(alone)[..], [(Field::Form, Broken::Missing(_))]));
    enrol(&world, &mira).await;
    let codes = world.write(&mira, async |op| recovery::create(op).await).await.unwrap();
    assert_eq!(codes.len(), 10);
    world.advance(minutes(20));
    give(&world, &mira, &codes[0].to_uppercase()).await.unwrap();
    assert!(is_fresh(&world, &mira).await);
    let other = world.sign_in(&mira).await;
    let again = step_up::with_code(&world.engine, &other, &codes[0]).await;
    assert_eq!(refused(again), at_code(Broken::CodeUsed));
    let left = world.read(&mira, async |op| second_factor::list_own(op).await).await.unwrap();
    assert_eq!(left.recovery_codes, 9);
    // New ones replace them; those of somebody else are none.
    let new = world.write(&mira, async |op| recovery::create(op).await).await.unwrap();
    assert_eq!(refused(give(&world, &mira, &codes[1]).await), at_code(Broken::WrongCode));
    let omar = world.user("Omar").await;
    assert_eq!(refused(give(&world, &omar, &new[0]).await), at_code(Broken::WrongCode));
    let kept = world.count("SELECT COUNT(*) FROM recovery_code").await;
    assert_eq!(kept, 10);
}

async fn a_recovery_code_is_raced_for(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    enrol(&world, &mira).await;
    let codes = world.write(&mira, async |op| recovery::create(op).await).await.unwrap();
    for code in &codes[..3] {
        let mut tries = Vec::new();
        for _ in 0..4 {
            let (engine, caller, code) = (world.engine.clone(), world.sign_in(&mira).await, code.clone());
            tries
                .push(tokio::spawn(async move { step_up::with_code(&engine, &caller, &code).await.is_ok() }));
        }
        let mut taken = 0;
        for one in tries {
            taken += usize::from(one.await.unwrap());
        }
        assert_eq!(taken, 1);
    }
}

async fn what_is_there_guards_what_is_added(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let app = enrol(&world, &mira).await;
    world.advance(minutes(10));
    // A session that somebody has stolen, or that was left open.
    let needed =
        |result| matches!(refused(result)[..], [(Field::SecondFactor, Broken::SecondFactorNeeded { .. })]);
    assert!(needed(world.write(&mira, async |op| totp::begin(op).await.map(drop)).await));
    assert!(needed(world.write(&mira, async |op| totp::remove(op).await).await));
    assert!(needed(world.write(&mira, async |op| recovery::create(op).await.map(drop)).await));
    give(&world, &mira, &app.code(&world)).await.unwrap();
    let begun = world.write(&mira, async |op| totp::begin(op).await).await.unwrap();
    let new = App(totp::read_secret(&begun.secret).unwrap());
    // What was begun is confirmed by the same rule.
    world.advance(minutes(10));
    let late = totp::confirm(&world.engine, &world.caller(&mira).await, &new.code(&world)).await;
    assert!(needed(late.map(drop)));
    give(&world, &mira, &app.code(&world)).await.unwrap();
    let session = totp::confirm(&world.engine, &world.caller(&mira).await, &new.code(&world)).await.unwrap();
    world.keep_session(&mira, session);
    next_step(&world);
    assert_eq!(refused(give(&world, &mira, &app.code(&world)).await), at_code(Broken::WrongCode), "replaced");
    give(&world, &mira, &new.code(&world)).await.unwrap();
}

async fn two_first_factors_are_raced_for(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let begun = world.write(&mira, async |op| totp::begin(op).await).await.unwrap();
    let app = App(totp::read_secret(&begun.secret).unwrap());
    let (one, two) = (world.sign_in(&mira).await, world.sign_in(&mira).await);
    let code = app.code(&world);
    let (one, two) =
        tokio::join!(totp::confirm(&world.engine, &one, &code), totp::confirm(&world.engine, &two, &code));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

async fn the_last_goes_with_its_recovery_codes(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    enrol(&world, &mira).await;
    world.write(&mira, async |op| recovery::create(op).await).await.unwrap();
    world.write(&mira, async |op| totp::remove(op).await).await.unwrap();
    let left = world.read(&mira, async |op| second_factor::list_own(op).await).await.unwrap();
    assert_eq!((left.kinds(), left.recovery_codes), (vec![], 0));
    let gone = world.write(&mira, async |op| totp::remove(op).await).await;
    assert!(matches!(gone, Err(Error::NotFound)));
}

async fn an_administrator_takes_everything_away(database: Database) {
    let world = still(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let desk = world.holder("Desk", "Helpdesk Administrator").await;
    let app = enrol(&world, &mira).await;
    world.write(&mira, async |op| recovery::create(op).await).await.unwrap();
    for (person, may) in [(&omar, false), (&desk, true), (&mira, true)] {
        let seen = world.read(person, async |op| second_factor::list_of(op, mira.id).await).await;
        assert_eq!(seen.is_ok(), may, "{}", person.user_name);
    }
    assert!(is_denied(&world.write(&omar, async |op| second_factor::reset(op, mira.id).await).await));
    assert!(is_denied(&world.write(&desk, async |op| second_factor::reset(op, world.ada.id).await).await));
    world.write(&desk, async |op| second_factor::reset(op, mira.id).await).await.unwrap();
    assert!(world.read(&mira, async |op| Ok(op.person()?.id)).await.is_err(), "signed out");
    world.forget_session(&mira);
    assert_eq!(refused(give(&world, &mira, &app.code(&world)).await), at_code(Broken::WrongCode));
    enrol(&world, &mira).await;
    // Their own is no way around it.
    enrol(&world, &world.ada).await;
    world.advance(minutes(10));
    let own = world.write(&world.ada, async |op| second_factor::reset(op, world.ada.id).await).await;
    assert!(matches!(refused(own)[..], [(Field::SecondFactor, Broken::SecondFactorNeeded { .. })]));
}

async fn without_a_key_nothing_is_set_up(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let app = enrol(&world, &mira).await;
    next_step(&world);
    let (clock, random) = (world.clock(), std::sync::Arc::new(stint_engine::random::Random::from_seed(8)));
    let keyless = stint_engine::Engine::start(world.engine.database().clone(), clock, random).await.unwrap();
    assert!(!totp::can_be_kept(&keyless));
    let session = world.caller(&mira).await;
    let code = step_up::with_code(&keyless, &session, &app.code(&world)).await;
    assert_eq!(refused(code), [(Field::Form, Broken::NoSecretKey)]);
    let mut op = keyless.write(&session).await.unwrap();
    assert_eq!(refused(totp::begin(&mut op).await), [(Field::Form, Broken::NoSecretKey)]);
    drop(op);
    // A new key beside the old one goes on; the old one alone would be forgotten too early.
    let keys = |text: String| stint_engine::secrets::SecretKeys::parse(&text).unwrap();
    let rotated = keyless.clone().with_secret_keys(keys(format!("{}\n{}", "6b".repeat(32), "5a".repeat(32))));
    let session = match step_up::with_code(&rotated, &session, &app.code(&world)).await.unwrap() {
        Confirmed::Now(session) => caller(session),
        Confirmed::Before => panic!("a new code"),
    };
    next_step(&world);
    let forgotten = keyless.with_secret_keys(keys("6b".repeat(32)));
    let code = step_up::with_code(&forgotten, &session, &app.code(&world)).await;
    assert_eq!(refused(code), [(Field::Form, Broken::NoSecretKey)]);
}

async fn the_demo_has_codes_ready(database: Database) {
    use stint_engine::{demo, sign_in};
    let clock = std::sync::Arc::new(stint_engine::clock::TestClock::default());
    let random = std::sync::Arc::new(stint_engine::random::Random::from_seed(8));
    let engine = stint_engine::Engine::start(database, clock, random).await.unwrap();
    let keys = stint_engine::secrets::SecretKeys::parse(&"5a".repeat(32)).unwrap();
    let engine = engine.with_secret_keys(keys);
    demo::fill(&engine).await.unwrap();
    let code = async |caller: &Caller| demo::code(&mut engine.read(caller).await.unwrap()).await.unwrap();
    let sign_in =
        async |name| caller(sign_in::as_demo_person(&engine, &Caller::default(), name).await.unwrap());
    let mut eli = sign_in("eli@stint.example").await;
    // One after the other: the code that is shown is always one that is taken.
    for _ in 0..2 {
        let shown = code(&eli).await.unwrap();
        let Confirmed::Now(session) = step_up::with_code(&engine, &eli, &shown).await.unwrap() else {
            panic!("a new token")
        };
        eli = caller(session);
    }
    assert_eq!(code(&sign_in("demouser@stint.example").await).await, None);
}

async fn whoever_it_is_about_is_told(database: Database) {
    use crate::post::{Office, told};
    let office = Office::quiet(database).await;
    let (world, mira) = (&office.world, &office.mira);
    world.stop_clock();
    enrol(world, mira).await;
    let subject = "PIM: Security info was added to your account";
    assert_eq!(office.news().await, [told("mira", subject)]);
    world.write(&world.ada, async |op| second_factor::reset(op, mira.id).await).await.unwrap();
    assert_eq!(office.news().await, [told("mira", "PIM: An administrator reset your security info")]);
    world.forget_session(mira);
    enrol(world, mira).await;
    world.write(mira, async |op| totp::remove(op).await).await.unwrap();
    let mut told: Vec<_> = office.news().await.into_iter().map(|(_, subject)| subject).collect();
    told.sort();
    assert_eq!(told, [subject, "PIM: Security info was removed from your account"]);
}

/// Lets a role ask for a second factor when it is activated.
async fn ask_on_activation(world: &World, role: &str) {
    world
        .change_settings(role, |settings| {
            settings.activation_enablement.enabled_rules.insert(Requirement::MultiFactorAuthentication);
        })
        .await
        .unwrap();
}
