//! What a provider answers, and what is made of answers that are not what they should be.

use super::{Provider, Stage, settings, signed_in};
use chrono::TimeDelta;
use serde_json::{Value, json};
use stint_domain::{
    sign_in::{Outcome, ProviderProblem},
    step_up::FactorMethod,
};
use stint_engine::{
    Caller, Error,
    openid_connect::{self, Answer, Finished},
    sign_in,
    test_support::World,
};
use stint_store::Database;

stint_store::on_both_databases!(
    an_answer_is_good_once_and_in_one_browser,
    an_attempt_lasts_ten_minutes,
    a_token_for_another_attempt_is_not_taken,
    a_token_for_others_is_not_taken,
    a_token_of_another_time_is_not_taken,
    of_several_providers_none_answers_for_another,
    new_keys_are_asked_for,
    whoever_is_down_keeps_nobody_out,
    whoever_goes_down_is_noticed_within_a_minute,
    a_redirect_is_not_followed,
    the_person_gives_up,
    what_the_provider_says_of_a_second_factor_counts,
    guessing_is_slowed,
);

fn failed(finished: Finished) -> ProviderProblem {
    signed_in(finished).unwrap_err()
}

async fn linked(database: Database) -> Stage {
    let stage = Stage::new(database).await;
    let mira = stage.world.user("Mira").await;
    stage.link(&mira, "m1").await;
    stage
}

async fn an_answer_is_good_once_and_in_one_browser(database: Database) {
    let stage = linked(database).await;
    let (begun, nobody) = (stage.begin().await, Caller::default());
    let answer = stage.signs_in_there(&begun, stage.claims("m1", json!({}))).await;
    // Somebody sends a link to their own sign-in, so that others work under their name.
    let foreign = stage.begin().await;
    assert_eq!(failed(stage.finish(&nobody, &foreign, &answer).await.unwrap()), ProviderProblem::BeginAgain);
    let without = openid_connect::finish(stage.engine(), &nobody, "contoso", None, &answer).await.unwrap();
    assert_eq!(failed(without), ProviderProblem::BeginAgain);
    let no_state = Answer { state: None, ..answer.clone() };
    assert_eq!(failed(stage.finish(&nobody, &begun, &no_state).await.unwrap()), ProviderProblem::BeginAgain);
    assert!(signed_in(stage.finish(&nobody, &begun, &answer).await.unwrap()).is_ok());
    assert_eq!(failed(stage.finish(&nobody, &begun, &answer).await.unwrap()), ProviderProblem::BeginAgain);
    assert!(openid_connect::onward(stage.engine(), "contoso", &begun.token).await.unwrap().is_none());
    assert_eq!(stage.log().await.iter().filter(|(outcome, _)| *outcome == Outcome::WrongAnswer).count(), 4);
    // What the browser keeps stands nowhere else.
    assert_ne!(answer.state, Some(hex::encode(&begun.token)));
}

async fn an_attempt_lasts_ten_minutes(database: Database) {
    let stage = linked(database).await;
    let begun = stage.begin().await;
    let answer = stage.signs_in_there(&begun, stage.claims("m1", json!({}))).await;
    stage.world.advance(openid_connect::LASTS);
    let late = stage.finish(&Caller::default(), &begun, &answer).await.unwrap();
    assert_eq!(failed(late), ProviderProblem::BeginAgain);
    assert!(openid_connect::onward(stage.engine(), "contoso", &begun.token).await.unwrap().is_none());
    stint_engine::worker::work(stage.engine(), &stint_engine::worker::LogCarrier).await.unwrap();
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM openid_attempt").await, 0);
}

async fn a_token_for_another_attempt_is_not_taken(database: Database) {
    let stage = linked(database).await;
    for other in [json!({ "nonce": "another" }), json!({ "nonce": Value::Null })] {
        assert_eq!(stage.sign_in("m1", other).await.unwrap_err(), ProviderProblem::Untrusted);
    }
    // A code that was made for another attempt: its challenge is another's.
    let (one, two) = (stage.begin().await, stage.begin().await);
    let stolen = stage.signs_in_there(&one, stage.claims("m1", json!({}))).await;
    let own = stage.signs_in_there(&two, stage.claims("m1", json!({}))).await;
    let injected = Answer { code: stolen.code, ..own };
    let finished = stage.finish(&Caller::default(), &two, &injected).await.unwrap();
    assert_eq!(failed(finished), ProviderProblem::Untrusted);
}

async fn a_token_for_others_is_not_taken(database: Database) {
    let stage = linked(database).await;
    for others in [
        json!({ "aud": "another" }),
        json!({ "aud": ["stint", "another"] }),
        json!({ "azp": "another" }),
        json!({ "iss": "https://another.example" }),
        json!({ "sub": "" }),
    ] {
        assert_eq!(
            stage.sign_in("m1", others.clone()).await.unwrap_err(),
            ProviderProblem::Untrusted,
            "{others}"
        );
    }
    stage.sign_in("m1", json!({ "aud": ["stint"], "azp": "stint" })).await.unwrap();
}

async fn a_token_of_another_time_is_not_taken(database: Database) {
    let stage = linked(database).await;
    let now = stage.world.now().timestamp();
    for other in [
        json!({ "exp": now - 61 }),
        json!({ "iat": now - 120 }),
        json!({ "iat": now + 300 }),
        json!({ "auth_time": now + 300 }),
        json!({ "auth_time": now - 13 * 3600 }),
    ] {
        assert_eq!(
            stage.sign_in("m1", other.clone()).await.unwrap_err(),
            ProviderProblem::Untrusted,
            "{other}"
        );
    }
    // Clocks are apart by some seconds.
    stage.sign_in("m1", json!({ "exp": now - 20, "iat": now - 40 })).await.unwrap();
}

async fn of_several_providers_none_answers_for_another(database: Database) {
    let mut stage = linked(database).await;
    let fabrikam = Provider::start().await;
    stage.set(vec![settings(&stage.contoso, "contoso"), settings(&fabrikam, "fabrikam")]);
    assert_eq!(openid_connect::offers(stage.engine()).len(), 2);
    let nobody = Caller::default();
    // The same subject there is nobody here.
    let begun =
        openid_connect::begin_sign_in(stage.engine(), &nobody, "fabrikam", "/my-roles").await.unwrap();
    let onward = openid_connect::onward(stage.engine(), "fabrikam", &begun.token).await.unwrap().unwrap();
    let answer = fabrikam.signs_in(&onward, stage.claims("m1", json!({})));
    assert_eq!(failed(stage.finish(&nobody, &begun, &answer).await.unwrap()), ProviderProblem::Unknown);
    // It says that it is the other.
    let begun =
        openid_connect::begin_sign_in(stage.engine(), &nobody, "fabrikam", "/my-roles").await.unwrap();
    let onward = openid_connect::onward(stage.engine(), "fabrikam", &begun.token).await.unwrap().unwrap();
    let claims = stage.claims("m1", json!({ "iss": stage.contoso.issuer }));
    let answer = fabrikam.signs_in(&onward, claims);
    assert_eq!(failed(stage.finish(&nobody, &begun, &answer).await.unwrap()), ProviderProblem::Untrusted);
    // It sends the browser back to where the other's answers go, or the answer says whose it is.
    let begun = stage.begin().await;
    let answer = stage.signs_in_there(&begun, stage.claims("m1", json!({}))).await;
    let token = Some(begun.token.as_slice());
    let crossed = openid_connect::finish(stage.engine(), &nobody, "fabrikam", token, &answer).await.unwrap();
    assert_eq!(failed(crossed), ProviderProblem::BeginAgain);
    let mixed = Answer { issuer: Some(fabrikam.issuer.clone()), ..answer };
    assert_eq!(failed(stage.finish(&nobody, &begun, &mixed).await.unwrap()), ProviderProblem::Untrusted);
}

async fn new_keys_are_asked_for(database: Database) {
    let stage = linked(database).await;
    let asked = || stage.contoso.asked("/jwks");
    let before = asked();
    stage.sign_in("m1", json!({})).await.unwrap();
    assert_eq!(asked(), before, "what was said within the hour is believed");
    stage.contoso.change(|state| state.keys = vec![1, 2]);
    stage.sign_in("m1", json!({})).await.unwrap();
    assert_eq!(asked(), before + 1);
    stage.contoso.change(|state| state.signs_with = Some(9));
    assert_eq!(stage.sign_in("m1", json!({})).await.unwrap_err(), ProviderProblem::Untrusted);
    assert_eq!(asked(), before + 2, "and no more than once");
}

async fn whoever_is_down_keeps_nobody_out(database: Database) {
    let mut stage = linked(database).await;
    let begun = stage.begin().await;
    let answer = stage.signs_in_there(&begun, stage.claims("m1", json!({}))).await;
    stage.contoso.change(|state| state.is_down = true);
    assert_eq!(
        failed(stage.finish(&Caller::default(), &begun, &answer).await.unwrap()),
        ProviderProblem::Down
    );
    assert_eq!(stage.log().await[0].0, Outcome::NoAnswer);
    // A server that has just started knows nothing of it, and says so before anybody is sent there.
    stage.configure(|_| ());
    let begun =
        openid_connect::begin_sign_in(stage.engine(), &Caller::default(), "contoso", "/my-roles").await;
    let Err(Error::Refused(refusals)) = begun else { panic!("{begun:?}") };
    assert!(refusals.to_string().contains("Contoso does not answer"), "{refusals}");
    let (ada, fresh) = (stage.world.ada.clone(), stage.world.fresh_password().await);
    let password = fresh.expose().to_owned();
    let omar = stage.world.user("Omar").await;
    stage
        .world
        .write(&ada, async |op| stint_engine::users::reset_password(op, omar.id, fresh).await)
        .await
        .unwrap();
    sign_in::with_password(stage.engine(), &Caller::default(), &omar.user_name, &password).await.unwrap();
    stage.contoso.change(|state| state.is_down = false);
    stage.sign_in("m1", json!({})).await.unwrap();
}

async fn whoever_goes_down_is_noticed_within_a_minute(database: Database) {
    let stage = linked(database).await;
    let looks = || stage.contoso.asked("/.well-known/openid-configuration");
    let before = looks();
    stage.contoso.change(|state| state.is_down = true);
    stage.begin().await;
    assert_eq!(looks(), before, "it has just answered");
    stage.world.advance(TimeDelta::minutes(1));
    let (omar, nobody) = (stage.world.user("Omar").await, Caller::default());
    let caller = stage.world.caller(&omar).await;
    let begun = openid_connect::begin_sign_in(stage.engine(), &nobody, "contoso", "/my-roles").await;
    let linking = openid_connect::begin_link(stage.engine(), &caller, "contoso", "/security-info").await;
    for begun in [begun, linking] {
        let Err(Error::Refused(refusals)) = begun else { panic!("{begun:?}") };
        assert!(refusals.to_string().contains("Contoso does not answer"), "{refusals}");
    }
    let begun = openid_connect::begin_confirmation(stage.engine(), &caller, "contoso", None, "/", None)
        .await
        .unwrap();
    assert!(!begun.is_onward);
    assert_eq!(looks(), before + 3);
    // It is back: who comes at the same time waits for one look, and for a minute nobody else does.
    stage.contoso.change(|state| state.is_down = false);
    tokio::join!(stage.begin(), stage.begin(), stage.begin());
    stage.sign_in("m1", json!({})).await.unwrap();
    assert_eq!(looks(), before + 4);
}

async fn a_redirect_is_not_followed(database: Database) {
    let (world, contoso) = (World::new(database).await, Provider::start().await);
    let mut stage = Stage { world, contoso };
    stage.configure(|_| ());
    stage.contoso.change(|state| state.redirects = true);
    let begun =
        openid_connect::begin_sign_in(stage.engine(), &Caller::default(), "contoso", "/my-roles").await;
    assert!(matches!(begun, Err(Error::Refused(_))), "{begun:?}");
}

async fn the_person_gives_up(database: Database) {
    let stage = linked(database).await;
    for (error, problem) in
        [("access_denied", ProviderProblem::Refused), ("server_error", ProviderProblem::Down)]
    {
        let begun = stage.begin().await;
        let answer = stage.signs_in_there(&begun, stage.claims("m1", json!({}))).await;
        let answer = Answer { code: None, error: Some(error.to_owned()), ..answer };
        assert_eq!(failed(stage.finish(&Caller::default(), &begun, &answer).await.unwrap()), problem);
    }
}

async fn what_the_provider_says_of_a_second_factor_counts(database: Database) {
    let stage = linked(database).await;
    let now = stage.world.now().timestamp();
    for (said, counts) in [
        (json!({}), false),
        (json!({ "amr": ["pwd"] }), false),
        (json!({ "amr": ["pwd", "sms"] }), false),
        (json!({ "acr": "0" }), false),
        (json!({ "amr": ["pwd", "otp"] }), true),
        (json!({ "acr": "phr" }), true),
        (json!({ "amr": ["mfa"], "auth_time": Value::Null }), false),
    ] {
        let session = stage.sign_in("m1", said.clone()).await.unwrap();
        let factor = stage.op(&session).await.session().unwrap().second_factor;
        assert_eq!(
            factor.is_some_and(|factor| factor.method == FactorMethod::IdentityProvider),
            counts,
            "{said}"
        );
    }
    // It was given when the person signed in there, not when they came here.
    let session = stage.sign_in("m1", json!({ "amr": ["mfa"], "auth_time": now - 3600 })).await.unwrap();
    let op = stage.op(&session).await;
    let factor = op.session().unwrap().second_factor.unwrap();
    assert_eq!(factor.at.timestamp(), now - 3600);
}

async fn guessing_is_slowed(database: Database) {
    let stage = linked(database).await;
    stage.world.stop_clock();
    let caller = Caller { source: Some("192.0.2.9".to_owned()), ..Caller::default() };
    let mut slowed = None;
    for tries in 0..60 {
        let finished =
            openid_connect::finish(stage.engine(), &caller, "contoso", Some(&[7; 32]), &Answer::default())
                .await;
        if let Err(Error::Slowed(_)) = finished {
            slowed = Some(tries);
            break;
        }
    }
    assert_eq!(slowed, Some(50));
    assert!(matches!(
        openid_connect::begin_sign_in(stage.engine(), &caller, "contoso", "/").await,
        Err(Error::Slowed(_))
    ));
    stage.sign_in("m1", json!({})).await.unwrap();
}
