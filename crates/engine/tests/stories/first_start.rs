//! Taking a server into use, and getting back into it.

use crate::{
    post::{Office, told},
    refused,
};
use std::sync::Arc;
use stint_domain::{
    authz::{Action, Target},
    refusal::{Broken, Field},
    text::{DisplayName, NewPassword, UserName},
};
use stint_engine::{
    Caller, Engine, Result,
    clock::TestClock,
    first_start::{self, Door, Key, NewAdministrator},
    mail::Transport,
    random::Random,
    second_factor::{self, totp},
    sign_in::{self, SignedIn},
    test_support::World,
    users,
};
use stint_store::Database;

stint_store::on_both_databases!(
    the_link_makes_the_first_administrator,
    looking_changes_nothing_and_a_link_works_once,
    two_with_one_link_are_one_administrator,
    a_restart_voids_the_link_before,
    a_link_lasts_half_an_hour,
    what_is_wrong_leaves_the_link,
    recovering_works_beside_administrators_and_is_told,
    recovering_lets_a_locked_out_administrator_in,
);

const PASSWORD: &str = "walrus orbit teacup nineteen";

struct Empty {
    engine: Engine,
    clock: Arc<TestClock>,
}

async fn empty(database: Database) -> Empty {
    let clock: Arc<TestClock> = Arc::default();
    let engine =
        Engine::start(database, clock.clone(), Arc::new(Random::from_seed(7))).await.expect("an engine");
    Empty { engine, clock }
}

fn grace() -> NewAdministrator {
    NewAdministrator {
        display_name: DisplayName::parse("Grace Mensah").unwrap(),
        user_name: UserName::parse("grace@contoso.example").unwrap(),
    }
}

async fn finish(engine: &Engine, token: &[u8]) -> Result<SignedIn> {
    let password = NewPassword::parse(PASSWORD).unwrap();
    first_start::finish(engine, &Caller::default(), token, Some(grace()), Key::Password(&password)).await
}

async fn look(engine: &Engine, token: &[u8]) -> Result<Door> {
    first_start::look(engine, &Caller::default(), token).await
}

async fn count(engine: &Engine, sql: &'static str) -> i64 {
    let (count,): (i64,) = engine.database().read().await.unwrap().query(sql).fetch_one().await.unwrap();
    count
}

fn at_form(rule: Broken) -> Vec<(Field, Broken)> {
    vec![(Field::Form, rule)]
}

async fn the_link_makes_the_first_administrator(database: Database) {
    let Empty { engine, .. } = empty(database).await;
    let token = first_start::begin(&engine).await.unwrap().expect("nobody is there");
    assert_eq!(look(&engine, &token).await.unwrap(), Door { is_first: true, user_name: None });
    let signed_in = finish(&engine, &token).await.unwrap();
    let caller = Caller { token: Some(signed_in.token), ..Caller::default() };
    let mut op = engine.read(&caller).await.unwrap();
    assert_eq!(op.person().unwrap().display_name, "Grace Mensah");
    for action in [Action::CreateUsers, Action::UpdateRoleAssignments, Action::UpdatePrivilegedUsers] {
        assert!(op.decide(action, &Target::directory()).unwrap().is_allowed());
    }
    let own = op.schedules().unwrap();
    assert_eq!(own.len(), 2, "two roles");
    assert!(own.iter().all(|schedule| schedule.window.end.is_none()), "for good");
    let id = op.person().unwrap().id;
    assert!(users::get(&mut op, id).await.is_ok());
    drop(op);
    assert!(first_start::begin(&engine).await.unwrap().is_none(), "somebody is there");
    sign_in::with_password(&engine, &Caller::default(), "grace@contoso.example", PASSWORD).await.unwrap();
    let mut tx = engine.database().read().await.unwrap();
    let events = stint_store::audit::list_chain(&mut tx, 0, 10).await.unwrap();
    let told: Vec<_> = events.iter().map(|event| event.activity.as_str()).collect();
    assert_eq!(
        told,
        [
            "Add user",
            "Add member to role in PIM completed (permanent)",
            "Add member to role in PIM completed (permanent)",
            "Sign in",
            "Sign in"
        ]
    );
    let kept = stint_store::one_time_link::find(&mut tx, token).await.unwrap();
    assert_eq!(kept, None, "only the hash is kept");
}

async fn looking_changes_nothing_and_a_link_works_once(database: Database) {
    let Empty { engine, .. } = empty(database).await;
    let token = first_start::begin(&engine).await.unwrap().unwrap();
    for _ in 0..3 {
        look(&engine, &token).await.unwrap();
    }
    finish(&engine, &token).await.unwrap();
    assert_eq!(refused(look(&engine, &token).await), at_form(Broken::LinkUsed));
    assert_eq!(refused(finish(&engine, &token).await), at_form(Broken::LinkUsed));
    assert_eq!(refused(look(&engine, &[1; 32]).await), at_form(Broken::LinkUnknown));
    assert_eq!(refused(look(&engine, &[]).await), at_form(Broken::LinkUnknown));
}

async fn two_with_one_link_are_one_administrator(database: Database) {
    let Empty { engine, .. } = empty(database).await;
    let token = first_start::begin(&engine).await.unwrap().unwrap();
    let (first, second) = tokio::join!(finish(&engine, &token), finish(&engine, &token));
    assert_ne!(first.is_ok(), second.is_ok());
    assert_eq!(refused(if first.is_ok() { second } else { first }), at_form(Broken::LinkUsed));
    assert_eq!(count(&engine, "SELECT COUNT(*) FROM principal").await, 1);
}

async fn a_restart_voids_the_link_before(database: Database) {
    let Empty { engine, .. } = empty(database).await;
    let before = first_start::begin(&engine).await.unwrap().unwrap();
    let after = first_start::begin(&engine).await.unwrap().unwrap();
    assert_eq!(refused(finish(&engine, &before).await), at_form(Broken::LinkUnknown));
    finish(&engine, &after).await.unwrap();
}

async fn a_link_lasts_half_an_hour(database: Database) {
    let Empty { engine, clock } = empty(database).await;
    clock.stop();
    let token = first_start::begin(&engine).await.unwrap().unwrap();
    clock.advance(
        chrono::TimeDelta::minutes(stint_domain::text::LINK_MINUTES) - chrono::TimeDelta::microseconds(1),
    );
    look(&engine, &token).await.unwrap();
    clock.advance(chrono::TimeDelta::microseconds(1));
    assert_eq!(refused(look(&engine, &token).await), at_form(Broken::LinkExpired));
    assert_eq!(refused(finish(&engine, &token).await), at_form(Broken::LinkExpired));
}

async fn what_is_wrong_leaves_the_link(database: Database) {
    let Empty { engine, .. } = empty(database).await;
    let token = first_start::begin(&engine).await.unwrap().unwrap();
    let weak = NewPassword::parse("grace mensah 1").unwrap();
    let tried =
        first_start::finish(&engine, &Caller::default(), &token, Some(grace()), Key::Password(&weak)).await;
    assert!(matches!(refused(tried).as_slice(), [(Field::Password, Broken::WeakPassword(_))]));
    finish(&engine, &token).await.unwrap();
}

async fn recovering_works_beside_administrators_and_is_told(database: Database) {
    let office = Office::quiet(database).await;
    let engine = &office.world.engine;
    let unknown = first_start::recover(engine, Some("nobody@contoso.example")).await;
    let words = "There is no user nobody@contoso.example.".to_owned();
    assert_eq!(refused(unknown), [(Field::UserName, Broken::Missing(words))]);
    let recovery = first_start::recover(engine, None).await.unwrap();
    assert_eq!(look(engine, &recovery.token).await.unwrap(), Door { is_first: false, user_name: None });
    office.work(Transport::Keep).await;
    let subject = "PIM: a link that makes a Global Administrator was created";
    assert_eq!(office.subjects().await, [told("ada", subject)]);
    let signed_in = finish(engine, &recovery.token).await.unwrap();
    let caller = Caller { token: Some(signed_in.token), ..Caller::default() };
    let op = engine.read(&caller).await.unwrap();
    assert!(op.decide(Action::UpdateRoleAssignments, &Target::directory()).unwrap().is_allowed());
    let made = "SELECT COUNT(*) FROM audit_event WHERE activity = 'Create administrator recovery link'";
    assert_eq!(office.world.count(made).await, 1);
}

async fn recovering_lets_a_locked_out_administrator_in(database: Database) {
    let world = World::new(database).await;
    let omar = world.user("Omar").await;
    let before = world.sign_in(&omar).await;
    // Whoever got in as Omar gave themselves a second factor.
    let begun = world.write(&omar, async |op| totp::begin(op).await).await.unwrap();
    let secret = totp::read_secret(&begun.secret).unwrap();
    let code = totp::code_at(&secret, world.now().timestamp() / 30).unwrap();
    totp::confirm(&world.engine, &world.caller(&omar).await, &code).await.unwrap();
    world.write(&world.ada, async |op| users::disable(op, omar.id).await).await.unwrap();
    let first = first_start::recover(&world.engine, Some(&omar.user_name)).await.unwrap();
    let second = first_start::recover(&world.engine, Some(&omar.user_name.to_uppercase())).await.unwrap();
    assert_eq!(refused(look(&world.engine, &first.token).await), at_form(Broken::LinkUnknown));
    let door = look(&world.engine, &second.token).await.unwrap();
    assert_eq!(door, Door { is_first: false, user_name: Some(omar.user_name.clone()) });

    let password = NewPassword::parse(PASSWORD).unwrap();
    let own = Caller::default();
    let both = tokio::join!(
        first_start::finish(&world.engine, &own, &second.token, None, Key::Password(&password)),
        first_start::finish(&world.engine, &own, &second.token, None, Key::Password(&password)),
    );
    assert_ne!(both.0.is_ok(), both.1.is_ok());
    let signed_in = both.0.or(both.1).unwrap();
    let caller = Caller { token: Some(signed_in.token), ..Caller::default() };
    let mut op = world.engine.read(&caller).await.unwrap();
    assert_eq!(op.person().unwrap().id, omar.id);
    assert_eq!(second_factor::list_own(&mut op).await.unwrap().kinds(), [], "and their app with them");
    assert!(op.decide(Action::UpdateRoleAssignments, &Target::directory()).unwrap().is_allowed());
    drop(op);
    assert!(world.engine.read(&before).await.unwrap().person().is_err(), "who was signed in as him is out");
    let pia = world.user("Pia").await;
    world.write(&world.ada, async |op| users::delete(op, pia.id).await).await.unwrap();
    let deleted = first_start::recover(&world.engine, Some(&pia.user_name)).await;
    assert!(matches!(refused(deleted).as_slice(), [(Field::UserName, Broken::Missing(_))]));
}
