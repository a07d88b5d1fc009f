//! Confirming at a provider that it is the person who is signed in.

use super::{Stage, of};
use chrono::TimeDelta;
use serde_json::{Value, json};
use stint_domain::{
    authz::Action,
    settings::{AuthenticationContextRule, Requirement},
    sign_in::ProviderProblem,
    step_up::{AuthenticationContext, FactorMethod, Freshness, Strength},
    time::Duration,
};
use stint_engine::{
    Caller, authentication_contexts,
    openid_connect::{self, Finished, Waiting},
    sign_in, step_up,
    test_support::{User, hours},
};
use stint_store::Database;

stint_store::on_both_databases!(
    confirming_there_opens_what_asks_for_it,
    the_form_waits_for_whoever_sent_it,
    only_what_was_asked_now_counts,
    another_account_confirms_nothing,
    what_went_wrong_is_said_at_the_form,
    a_class_of_sign_in_satisfies_its_context,
    whoever_confirmed_there_may_still_be_signed_in_there,
);

const ROLE: &str = "User Administrator";
const PAGE: &str = "/my-roles/1/activate?again=2";

/// Mira, who has linked her account and signed in with it.
async fn mira(stage: &Stage) -> (User, Caller) {
    let mira = stage.world.user("Mira").await;
    stage.link(&mira, "m1").await;
    let session = stage.sign_in("m1", json!({})).await.unwrap();
    (mira, of(&session))
}

/// Confirms with these claims, from a form; what came of it, and the caller's session from then on.
async fn confirm(
    stage: &Stage,
    caller: &Caller,
    acr: Option<&str>,
    claims: Value,
) -> (Finished, Caller, openid_connect::Begun) {
    let form = Some("{\"a form\":1}".to_owned());
    let begun =
        openid_connect::begin_confirmation(stage.engine(), caller, "contoso", acr, PAGE, form).await.unwrap();
    let answer = stage.signs_in_there(&begun, claims).await;
    let finished = stage.finish(caller, &begun, &answer).await.unwrap();
    let after = match &finished {
        Finished::Confirmed(Some(session), _) => of(session),
        _ => caller.clone(),
    };
    (finished, after, begun)
}

async fn is_asked_for_more(stage: &Stage, caller: &Caller) -> bool {
    let mut op = stage.engine().read(caller).await.unwrap();
    step_up::require_fresh(&mut op).await.is_err()
}

async fn waiting(stage: &Stage, caller: &Caller, begun: &openid_connect::Begun) -> Option<Waiting> {
    openid_connect::take_form(stage.engine(), caller, &begun.token, PAGE).await.unwrap()
}

async fn confirming_there_opens_what_asks_for_it(database: Database) {
    let stage = Stage::new(database).await;
    let (mira, caller) = mira(&stage).await;
    let eligibility = stage.world.make_eligible(&mira, ROLE).await;
    stage
        .world
        .change_settings(ROLE, |settings| {
            let rules = &mut settings.activation_enablement.enabled_rules;
            rules.insert(Requirement::MultiFactorAuthentication);
        })
        .await
        .unwrap();
    assert!(is_asked_for_more(&stage, &caller).await);
    let begun = openid_connect::begin_confirmation(stage.engine(), &caller, "contoso", None, PAGE, None)
        .await
        .unwrap();
    let onward = openid_connect::onward(stage.engine(), "contoso", &begun.token).await.unwrap().unwrap();
    for asked in ["prompt=login", "max_age=0", "acr_values=phr"] {
        assert!(onward.url.contains(asked), "{asked} in {}", onward.url);
    }
    let (finished, after, _) =
        confirm(&stage, &caller, None, stage.claims("m1", json!({ "acr": "phr" }))).await;
    assert!(matches!(&finished, Finished::Confirmed(Some(_), page) if page == PAGE), "{finished:?}");
    assert!(!is_asked_for_more(&stage, &after).await);
    assert!(is_asked_for_more(&stage, &caller).await, "the token of before opens nothing any more");
    let mut op = stage.engine().write(&after).await.unwrap();
    let asked = stint_domain::assign::Activation {
        start: None,
        duration: Duration::hours(1),
        justification: stint_engine::test_support::because("on call"),
        ticket: None,
    };
    stint_engine::activate::activate(&mut op, eligibility, asked, None).await.unwrap();
    op.commit().await.unwrap();
    let op = stage.engine().read(&after).await.unwrap();
    assert!(op.decide(Action::CreateUsers, &stint_domain::authz::Target::directory()).unwrap().is_allowed());
    drop(op);
    stage.world.advance(Freshness::default().0.to_delta());
    assert!(is_asked_for_more(&stage, &after).await, "for ten minutes");
}

async fn the_form_waits_for_whoever_sent_it(database: Database) {
    let stage = Stage::new(database).await;
    let (_, caller) = mira(&stage).await;
    let (_, after, begun) =
        confirm(&stage, &caller, None, stage.claims("m1", json!({ "amr": ["mfa"] }))).await;
    let elsewhere = openid_connect::take_form(stage.engine(), &after, &begun.token, "/users").await.unwrap();
    assert_eq!(elsewhere, None);
    let omar = stage.world.user("Omar").await;
    assert_eq!(waiting(&stage, &stage.world.caller(&omar).await, &begun).await, None);
    assert_eq!(waiting(&stage, &Caller::default(), &begun).await, None);
    let kept = waiting(&stage, &after, &begun).await.unwrap();
    assert_eq!((kept.form.as_str(), kept.problem), ("{\"a form\":1}", None));
    assert_eq!(waiting(&stage, &after, &begun).await, None, "once");
    let much = Some("x".repeat(70_000));
    let refused =
        openid_connect::begin_confirmation(stage.engine(), &after, "contoso", None, PAGE, much).await;
    assert!(refused.is_err());
}

async fn only_what_was_asked_now_counts(database: Database) {
    let stage = Stage::new(database).await;
    let (_, caller) = mira(&stage).await;
    let now = stage.world.now().timestamp();
    for stale in [
        json!({ "amr": ["mfa"], "auth_time": now - 600 }),
        json!({ "amr": ["mfa"], "auth_time": Value::Null }),
        json!({ "amr": ["pwd"] }),
        json!({}),
    ] {
        let (finished, after, begun) =
            confirm(&stage, &caller, None, stage.claims("m1", stale.clone())).await;
        assert!(matches!(finished, Finished::Confirmed(None, _)), "{stale}");
        assert!(is_asked_for_more(&stage, &after).await, "{stale}");
        let said = waiting(&stage, &after, &begun).await.unwrap().problem.unwrap().to_string();
        assert_eq!(said, ProviderProblem::NoSecondFactor.in_words("Contoso"));
    }
    let failed = "SELECT COUNT(*) FROM audit_event WHERE activity = 'Confirm with second factor failed'";
    assert_eq!(stage.world.count(failed).await, 4);
}

async fn another_account_confirms_nothing(database: Database) {
    let stage = Stage::new(database).await;
    let (_, caller) = mira(&stage).await;
    let omar = stage.world.user("Omar").await;
    stage.link(&omar, "o1").await;
    for subject in ["o1", "x1"] {
        let claims = stage.claims(subject, json!({ "amr": ["mfa"] }));
        let (finished, after, begun) = confirm(&stage, &caller, None, claims).await;
        assert!(matches!(finished, Finished::Confirmed(None, _)));
        assert!(is_asked_for_more(&stage, &after).await);
        assert!(waiting(&stage, &after, &begun).await.unwrap().problem.is_some());
    }
    // Another session than the one that asked gets nothing, although it is the same person's.
    let begun = openid_connect::begin_confirmation(stage.engine(), &caller, "contoso", None, PAGE, None)
        .await
        .unwrap();
    let answer = stage.signs_in_there(&begun, stage.claims("m1", json!({ "amr": ["mfa"] }))).await;
    let other = of(&stage.sign_in("m1", json!({})).await.unwrap());
    let finished = stage.finish(&other, &begun, &answer).await.unwrap();
    assert!(
        matches!(finished, Finished::Failed { problem: ProviderProblem::BeginAgain, .. }),
        "{finished:?}"
    );
    assert!(is_asked_for_more(&stage, &other).await);
}

async fn what_went_wrong_is_said_at_the_form(database: Database) {
    let mut stage = Stage::new(database).await;
    let (_, caller) = mira(&stage).await;
    let form = Some("{}".to_owned());
    let begun = openid_connect::begin_confirmation(stage.engine(), &caller, "contoso", None, PAGE, form)
        .await
        .unwrap();
    let answer = stage.signs_in_there(&begun, stage.claims("m1", json!({}))).await;
    let gave_up = openid_connect::Answer { code: None, error: Some("access_denied".to_owned()), ..answer };
    let finished = stage.finish(&caller, &begun, &gave_up).await.unwrap();
    assert!(matches!(finished, Finished::Confirmed(None, _)));
    let said = waiting(&stage, &caller, &begun).await.unwrap().problem.unwrap().to_string();
    assert_eq!(said, "Contoso did not vouch for you.");
    // Where the provider is down nobody is sent there, and the form waits all the same.
    stage.contoso.change(|state| state.is_down = true);
    stage.world.advance(hours(1) - TimeDelta::minutes(1));
    stage.configure(|_| ());
    let form = Some("{}".to_owned());
    let begun = openid_connect::begin_confirmation(stage.engine(), &caller, "contoso", None, PAGE, form)
        .await
        .unwrap();
    assert!(!begun.is_onward);
    assert!(openid_connect::onward(stage.engine(), "contoso", &begun.token).await.unwrap().is_none());
    let said = waiting(&stage, &caller, &begun).await.unwrap().problem.unwrap().to_string();
    assert!(said.starts_with("Contoso does not answer"), "{said}");
}

async fn a_class_of_sign_in_satisfies_its_context(database: Database) {
    let stage = Stage::new(database).await;
    let (mira, caller) = mira(&stage).await;
    let ada = stage.world.ada.clone();
    let context = AuthenticationContext {
        id: "c1".parse().unwrap(),
        name: "Smart card".to_owned(),
        strength: Strength::SignIn { acr: "urn:card".to_owned() },
        freshness: Freshness(Duration::minutes(5)),
        networks: Vec::new(),
    };
    stage.world.write(&ada, async |op| authentication_contexts::put(op, context).await).await.unwrap();
    stage.world.make_eligible(&mira, ROLE).await;
    stage
        .world
        .change_settings(ROLE, |settings| {
            settings.activation_authentication_context =
                AuthenticationContextRule { is_enabled: true, claim_value: Some("c1".to_owned()) };
        })
        .await
        .unwrap();
    let missing = async |caller: &Caller| {
        let mut op = stage.engine().read(caller).await.unwrap();
        let role = stage.world.role(ROLE);
        let everywhere = stint_domain::scope::ScopePath::directory();
        let settings = stint_engine::role_settings::get(
            &mut stage.engine().read(&stage.world.caller(&ada).await).await.unwrap(),
            role,
            &everywhere,
        )
        .await
        .unwrap()
        .settings;
        let demand = step_up::of_activation(&mut op, &settings).await.unwrap();
        let found = step_up::look(&mut op, demand).await.unwrap().unwrap();
        assert_eq!(found.providers.len(), 1, "Contoso is offered");
        found.refusal().map(|refusal| refusal.to_string())
    };
    assert!(missing(&caller).await.unwrap().contains("urn:card"));
    // A second factor is not that class.
    let claims = stage.claims("m1", json!({ "amr": ["mfa"] }));
    let (_, caller, _) = confirm(&stage, &caller, None, claims).await;
    assert!(missing(&caller).await.is_some());
    let claims = stage.claims("m1", json!({ "acr": "urn:other", "amr": ["mfa"] }));
    let (_, caller, begun) = confirm(&stage, &caller, Some("urn:card"), claims).await;
    assert!(waiting(&stage, &caller, &begun).await.unwrap().problem.is_some());
    let claims = stage.claims("m1", json!({ "acr": "urn:card" }));
    let (finished, caller, _) = confirm(&stage, &caller, Some("urn:card"), claims).await;
    assert!(matches!(finished, Finished::Confirmed(None, _)), "no factor, and the class all the same");
    assert_eq!(missing(&caller).await, None);
    let op = stage.engine().read(&caller).await.unwrap();
    assert_eq!(op.session().unwrap().class.as_ref().map(|class| class.acr.as_str()), Some("urn:card"));
    assert_eq!(
        op.session().unwrap().second_factor.map(|factor| factor.method),
        Some(FactorMethod::IdentityProvider),
        "of before"
    );
    drop(op);
    stage.world.advance(Duration::minutes(5).to_delta());
    assert!(missing(&caller).await.is_some(), "for five minutes");
}

async fn whoever_confirmed_there_may_still_be_signed_in_there(database: Database) {
    let stage = Stage::new(database).await;
    let mira = stage.world.user("Mira").await;
    stage.link(&mira, "m1").await;
    let sign_out = async |caller: &Caller| {
        let mut op = stage.engine().write(caller).await.unwrap();
        sign_in::sign_out(&mut op, caller).await.unwrap()
    };
    let caller = stage.world.caller(&mira).await;
    assert_eq!(sign_out(&caller).await, None, "she signed in here");
    for (claims, provider) in [
        (stage.claims("x1", json!({ "amr": ["mfa"] })), None),
        (stage.claims("m1", json!({ "amr": ["mfa"] })), Some("contoso")),
    ] {
        let (_, after, _) = confirm(&stage, &caller, None, claims).await;
        assert_eq!(sign_out(&after).await.as_deref(), provider);
    }
}
