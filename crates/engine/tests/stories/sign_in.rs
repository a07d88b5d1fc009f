//! Signing in and out.

use stint_domain::text::{NewPassword, UserName};
use stint_engine::{
    Caller, Error, Result, passwords,
    sign_in::{self, SignedIn},
    test_support::{World, display_name, hours},
    users,
};
use stint_store::{Database, password};

stint_store::on_both_databases!(
    the_right_password_opens_and_nothing_else_does,
    who_may_not_sign_in_is_told_what_the_unknown_are_told,
    what_was_typed_is_not_kept,
    a_session_ends_after_half_a_day,
    signing_out_ends_one_session,
    who_signs_in_again_leaves_no_session_behind,
    a_reset_password_ends_the_sessions,
    signing_in_races_a_reset,
);

const PASSWORD: &str = "correct horse battery staple";

/// Somebody who has chosen their password.
async fn create(world: &World, name: &str, password: &str) -> stint_domain::id::PrincipalId {
    let properties = users::Properties {
        user_name: UserName::parse(&format!("{name}@contoso.example")).unwrap(),
        display_name: display_name(name),
        job_title: None,
        department: None,
    };
    let password = NewPassword::parse(password).unwrap();
    let given = world.fresh_password().await;
    let first = given.expose().to_owned();
    let id = world.write(&world.ada, async |op| users::create(op, properties, given).await).await.unwrap();
    let session = caller(sign_in(world, &format!("{name}@contoso.example"), &first).await.unwrap());
    passwords::change(&world.engine, &session, &first, &password).await.unwrap();
    let mut op = world.engine.write(&session).await.unwrap();
    sign_in::sign_out(&mut op, &session).await.unwrap();
    op.commit().await.unwrap();
    id
}

async fn reset(world: &World, id: stint_domain::id::PrincipalId) -> String {
    let fresh = world.fresh_password().await;
    let password = fresh.expose().to_owned();
    world.write(&world.ada, async |op| users::reset_password(op, id, fresh).await).await.unwrap();
    password
}

async fn sign_in(world: &World, user_name: &str, password: &str) -> Result<SignedIn> {
    sign_in::with_password(&world.engine, &Caller::default(), user_name, password).await
}

fn caller(signed_in: SignedIn) -> Caller {
    Caller { token: Some(signed_in.token), ..Caller::default() }
}

fn is_wrong(result: Result<SignedIn>) {
    assert!(matches!(result, Err(Error::WrongCredentials)), "{result:?}");
}

async fn the_right_password_opens_and_nothing_else_does(database: Database) {
    let world = World::new(database).await;
    let mira = create(&world, "mira", PASSWORD).await;
    let signed_in = sign_in(&world, "Mira@CONTOSO.example ", PASSWORD).await.unwrap();
    assert_eq!(signed_in.lasts, hours(12));
    let op = world.engine.read(&caller(signed_in)).await.unwrap();
    assert_eq!(op.person().unwrap().id, mira);
    drop(op);
    for wrong in
        ["", "correct horse battery stapl", "Correct horse battery staple", "correct horse battery staple "]
    {
        is_wrong(sign_in(&world, "mira@contoso.example", wrong).await);
    }
    let mut tx = world.engine.database().read().await.unwrap();
    let kept = password::find(&mut tx, mira).await.unwrap().unwrap();
    assert!(kept.hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !kept.must_change);
    drop(tx);
    // Who has no password has none that is empty.
    let omar = world.user("Omar").await;
    is_wrong(sign_in(&world, &omar.user_name, "").await);
}

async fn who_may_not_sign_in_is_told_what_the_unknown_are_told(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (create(&world, "mira", PASSWORD).await, create(&world, "omar", PASSWORD).await);
    world.write(&world.ada, async |op| users::disable(op, mira).await).await.unwrap();
    world.write(&world.ada, async |op| users::delete(op, omar).await).await.unwrap();
    for name in
        ["mira@contoso.example", "omar@contoso.example", "unknown@contoso.example", "", "no name", "\u{0}'--"]
    {
        is_wrong(sign_in(&world, name, PASSWORD).await);
    }
    is_wrong(sign_in::as_demo_person(&world.engine, &Caller::default(), "mira@contoso.example").await);
    is_wrong(sign_in::as_demo_person(&world.engine, &Caller::default(), "omar@contoso.example").await);
    assert_eq!(world.count("SELECT COUNT(*) FROM session").await, 1, "there is Ada's only");
    world.write(&world.ada, async |op| users::enable(op, mira).await).await.unwrap();
    sign_in(&world, "mira@contoso.example", PASSWORD).await.unwrap();
}

async fn what_was_typed_is_not_kept(database: Database) {
    let world = World::new(database).await;
    create(&world, "mira", PASSWORD).await;
    let secret = "hunter2-hunter2-hunter2";
    is_wrong(sign_in(&world, "mira@contoso.example", secret).await);
    // A password in the field for the name.
    is_wrong(sign_in(&world, secret, "").await);
    is_wrong(sign_in(&world, "hunter2@contoso.example", "x").await);
    let mut tx = world.engine.database().read().await.unwrap();
    let events = stint_store::audit::list_chain(&mut tx, 0, 100).await.unwrap();
    let failed: Vec<_> = events.iter().filter(|event| event.activity == "Sign in failed").collect();
    assert_eq!(failed.len(), 3);
    assert_eq!(failed[0].target_name.as_deref(), Some("mira@contoso.example"));
    assert_eq!((failed[1].target_id, failed[2].target_id), (None, None));
    for event in &events {
        assert!(!format!("{event:?}").contains("hunter2") && !format!("{event:?}").contains(PASSWORD));
    }
}

async fn a_session_ends_after_half_a_day(database: Database) {
    let world = World::new(database).await;
    create(&world, "mira", PASSWORD).await;
    let session = caller(sign_in(&world, "mira@contoso.example", PASSWORD).await.unwrap());
    // Whoever works is not idle.
    for _ in 0..22 {
        world.advance(hours(1) / 2);
        assert!(world.engine.read(&session).await.unwrap().person().is_ok());
    }
    world.advance(hours(1));
    assert!(matches!(world.engine.read(&session).await.unwrap().person(), Err(Error::NotSignedIn)));
}

async fn signing_out_ends_one_session(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let (first, second) = (world.sign_in(&mira).await, world.sign_in(&mira).await);
    for _ in 0..2 {
        let mut op = world.engine.write(&first).await.unwrap();
        sign_in::sign_out(&mut op, &first).await.unwrap();
        op.commit().await.unwrap();
        assert!(world.engine.read(&first).await.unwrap().person().is_err());
    }
    assert!(world.engine.read(&second).await.unwrap().person().is_ok());
    let signed_out = world.count("SELECT COUNT(*) FROM audit_event WHERE activity = 'Sign out'").await;
    assert_eq!(signed_out, 1);
}

async fn who_signs_in_again_leaves_no_session_behind(database: Database) {
    let world = World::new(database).await;
    create(&world, "mira", PASSWORD).await;
    let omar = world.sign_in(&world.user("Omar").await).await;
    let is_in = async |session: &Caller| world.engine.read(session).await.unwrap().person().is_ok();
    let come = async |from: &Caller, password: &str| {
        sign_in::with_password(&world.engine, from, "mira@contoso.example", password).await
    };
    is_wrong(come(&omar, "wrong").await);
    assert!(is_in(&omar).await, "who is not let in loses nothing");
    let (first, elsewhere) = (caller(come(&omar, PASSWORD).await.unwrap()), Caller::default());
    assert!(!is_in(&omar).await, "the browser was Omar's until now");
    let elsewhere = caller(come(&elsewhere, PASSWORD).await.unwrap());
    let second = caller(come(&first, PASSWORD).await.unwrap());
    assert!(!is_in(&first).await && is_in(&second).await && is_in(&elsewhere).await);
}

async fn a_reset_password_ends_the_sessions(database: Database) {
    let world = World::new(database).await;
    let mira = create(&world, "mira", PASSWORD).await;
    let session = caller(sign_in(&world, "mira@contoso.example", PASSWORD).await.unwrap());
    let new = reset(&world, mira).await;
    assert!(world.engine.read(&session).await.unwrap().person().is_err());
    is_wrong(sign_in(&world, "mira@contoso.example", PASSWORD).await);
    sign_in(&world, "mira@contoso.example", &new).await.unwrap();
}

async fn signing_in_races_a_reset(database: Database) {
    let world = World::new(database).await;
    let mira = create(&world, "mira", PASSWORD).await;
    let mut password = PASSWORD.to_owned();
    for round in 0..3 {
        let reset = reset(&world, mira);
        let (signed_in, new) = tokio::join!(sign_in(&world, "mira@contoso.example", &password), reset);
        password = new;
        if let Ok(signed_in) = signed_in {
            let op = world.engine.read(&caller(signed_in)).await.unwrap();
            let in_or_out = op.person().map(drop);
            assert!(
                matches!(in_or_out, Err(Error::NotSignedIn)),
                "round {round}: the old password opens nothing any more"
            );
        }
    }
}
