//! Sessions that are forged, found, fixed beforehand, or kept for later.

use crate::{ADMIN, BERT, ELI, form, page, person, turn::on_both_databases, world::World};
use axum::http::StatusCode;
use stint_domain::id::PrincipalId;
use stint_engine::{
    Operation, Result, sign_in,
    store::{Database, principal},
    users,
};

on_both_databases!(
    what_is_no_token_is_nobody,
    the_name_of_a_session_is_not_its_token,
    a_session_that_somebody_else_chose_is_not_taken,
    who_signs_in_again_leaves_nothing_behind,
    a_token_is_worth_nothing_afterwards,
    a_known_browser_is_nobody_by_itself,
);

/// Whether this cookie opens a page.
async fn opens(world: &World, cookie: &str) -> bool {
    match world.ask(page("/users", &[("cookie", cookie)])).await.status {
        StatusCode::OK => true,
        StatusCode::FOUND => false,
        status => panic!("{cookie}: {status}"),
    }
}

fn token(cookie: &str) -> &str {
    cookie.split_once('=').unwrap().1
}

async fn sign_in_as(world: &World, who: &str, headers: &[(&str, &str)]) -> String {
    let answer = world.ask(form("/sign-in?post=sign_in_as", headers, format!("user_name={who}"))).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.session().unwrap()
}

async fn what_is_no_token_is_nobody(database: Database) {
    let world = World::new(database).await;
    let cookie = world.cookie(ADMIN).await;
    let token = token(&cookie);
    assert!(opens(&world, &cookie).await);
    let flipped = |at: usize| {
        let digit = if &token[at..=at] == "0" { "1" } else { "0" };
        format!("{}{digit}{}", &token[..at], &token[at + 1..])
    };
    let reversed: String = token.chars().rev().collect();
    for forged in [
        String::new(),
        "0".repeat(64),
        "f".repeat(64),
        token[..63].to_owned(),
        token[..32].to_owned(),
        format!("{token}0"),
        format!("{token}{token}"),
        format!("0x{token}"),
        format!("%{token}"),
        flipped(0),
        flipped(31),
        flipped(63),
        reversed,
        "../".repeat(40),
        "é".repeat(32),
        "+1".repeat(32),
        "x".repeat(60_000),
    ] {
        assert!(!opens(&world, &format!("stint_session={forged}")).await, "{forged}");
    }
    for name in
        ["stint_sessio", "stint_session_", " =", "STINT_SESSION", "__Host-stint_session", "stint_device"]
    {
        assert!(!opens(&world, &format!("{name}={token}")).await, "{name}");
    }
    assert!(!opens(&world, &format!("stint_session={}; stint_session={token}", "0".repeat(64))).await);
}

async fn the_name_of_a_session_is_not_its_token(database: Database) {
    // The page of one's sessions and the database name a session by a hash: whoever reads either has no token.
    let world = World::new(database).await;
    let (cookie, other) = (world.cookie(ELI).await, world.cookie(ELI).await);
    let listed = world.ask(page("/sessions", &[("cookie", &cookie)])).await.body;
    assert!(!listed.contains(token(&cookie)) && !listed.contains(token(&other)), "no token is shown");
    let (_, rest) = listed.split_once(r#"name="id" value=""#).unwrap();
    assert!(!opens(&world, &format!("stint_session={}", &rest[..64])).await);
}

async fn a_session_that_somebody_else_chose_is_not_taken(database: Database) {
    let world = World::new(database).await;
    let fixed = format!("stint_session={}", "ab".repeat(32));
    let given = sign_in_as(&world, ELI, &[("cookie", &fixed)]).await;
    assert_ne!(given, fixed);
    assert!(opens(&world, &given).await);
    assert!(!opens(&world, &fixed).await);
}

async fn who_signs_in_again_leaves_nothing_behind(database: Database) {
    let world = World::new(database).await;
    let elsewhere = world.cookie(ELI).await;
    let first = world.cookie(ELI).await;
    let second = sign_in_as(&world, ELI, &[("cookie", &first)]).await;
    assert!(!opens(&world, &first).await, "the session before is over");
    assert!(opens(&world, &second).await);
    assert!(opens(&world, &elsewhere).await, "another browser's is not");
    let other = sign_in_as(&world, BERT, &[("cookie", &second)]).await;
    assert!(!opens(&world, &second).await, "also where it was another's");
    // Who does not come in loses nothing.
    let failed = form("/sign-in?post=sign_in", &[("cookie", &other)], format!("user_name={ELI}&password=x"));
    assert_eq!(world.ask(failed).await.status, StatusCode::UNAUTHORIZED);
    assert!(opens(&world, &other).await);
}

async fn a_token_is_worth_nothing_afterwards(database: Database) {
    let world = World::new(database).await;
    let admin = World::caller(&world.cookie(ADMIN).await);
    let eli = {
        let mut tx = world.engine.database().read().await.unwrap();
        principal::find_by_user_name(&mut tx, ELI).await.unwrap().unwrap().id
    };
    let act = async |act: for<'a> fn(&'a mut Operation, PrincipalId) -> Act<'a>| {
        let mut op = world.engine.write(&admin).await.unwrap();
        act(&mut op, eli).await.unwrap();
        op.commit().await.unwrap();
    };
    let signed_out = world.cookie(ELI).await;
    world.ask(form("/users?post=sign_out", &[("cookie", &signed_out)], "")).await;
    assert!(!opens(&world, &signed_out).await, "signed out");

    let disabled = world.cookie(ELI).await;
    act(|op, eli| Box::pin(users::disable(op, eli))).await;
    assert!(!opens(&world, &disabled).await, "disabled");
    act(|op, eli| Box::pin(users::enable(op, eli))).await;
    assert!(!opens(&world, &disabled).await, "it does not come back");

    let deleted = world.cookie(ELI).await;
    act(|op, eli| Box::pin(users::delete(op, eli))).await;
    assert!(!opens(&world, &deleted).await, "deleted");
    act(|op, eli| Box::pin(users::restore(op, eli))).await;
    assert!(!opens(&world, &deleted).await, "nor does it with the person");
}

/// Something that is done to somebody.
type Act<'a> = std::pin::Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

async fn a_known_browser_is_nobody_by_itself(database: Database) {
    let world = World::new(database).await;
    person::with_password(&world.engine, "mira.own@stint.example", "walrus orbit teacup nineteen").await;
    let caller = stint_engine::Caller::default();
    let password = "walrus orbit teacup nineteen";
    let signed_in =
        sign_in::with_password(&world.engine, &caller, "mira.own@stint.example", password).await.unwrap();
    let device = stint::server::session::to_hex(&signed_in.device.unwrap());
    assert!(!opens(&world, &format!("stint_session={device}")).await);
    assert!(!opens(&world, &format!("stint_device={device}")).await);
}
