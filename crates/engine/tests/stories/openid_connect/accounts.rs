//! Whose an account at a provider is, and what comes with it.

use super::{Stage, of, settings};
use crate::refused;
use serde_json::json;
use stint_domain::{
    refusal::{Broken, Field},
    sign_in::{Method, Outcome, ProviderProblem},
    step_up::FactorMethod,
};
use stint_engine::{
    openid_connect::{self, Finished},
    second_factor, sign_in,
    test_support::hours,
    users,
};
use stint_store::{Database, group, principal};

stint_store::on_both_databases!(
    a_linked_account_opens_a_session,
    a_verified_address_finds_its_person_once,
    an_unverified_address_finds_nobody,
    nobody_is_made_unless_the_operator_says_so,
    a_taken_name_is_not_taken_over,
    groups_are_followed_in_and_out,
    a_group_that_holds_roles_is_left_alone,
    who_may_not_sign_in_here_does_not_by_way_of_there,
    linking_asks_for_the_second_factor_and_an_account_is_one_persons,
    the_only_way_in_is_not_unlinked,
    a_reset_takes_linked_accounts_away,
    signing_out_offers_to_sign_out_there,
    where_to_sign_out_is_asked_where_it_is_not_known,
);

async fn a_linked_account_opens_a_session(database: Database) {
    let stage = Stage::new(database).await;
    let mira = stage.world.user("Mira").await;
    assert_eq!(stage.sign_in("m1", json!({})).await.unwrap_err(), ProviderProblem::Unknown);
    stage.link(&mira, "m1").await;
    let session = stage.sign_in("m1", json!({})).await.unwrap();
    let op = stage.op(&session).await;
    assert_eq!(op.person().unwrap().id, mira.id);
    assert_eq!(op.session().unwrap().method, Method::OpenIdConnect);
    assert_eq!(op.session().unwrap().second_factor, None, "the provider says nothing of one");
    drop(op);
    assert!(stage.sign_in("m2", json!({})).await.is_err(), "another subject is another person");
    let log = stage.log().await;
    assert_eq!(log[1], (Outcome::Success, Some(mira.user_name.clone())));
    assert_eq!((log[0].0, log[2].0), (Outcome::UnknownUser, Outcome::UnknownUser));
}

async fn a_verified_address_finds_its_person_once(database: Database) {
    let stage = Stage::with(database, |settings| settings.match_verified_email = true).await;
    let mira = stage.world.user("Mira").await;
    let address = json!({ "email": mira.user_name.to_uppercase(), "email_verified": true, "name": "Mira" });
    let session = stage.sign_in("m1", address.clone()).await.unwrap();
    assert_eq!(stage.op(&session).await.person().unwrap().id, mira.id);
    // From now on it is the subject that counts.
    let session = stage.sign_in("m1", json!({ "email": "other@contoso.example" })).await.unwrap();
    assert_eq!(stage.op(&session).await.person().unwrap().id, mira.id);
    // The address was given to somebody else.
    assert_eq!(stage.sign_in("m2", address).await.unwrap_err(), ProviderProblem::Unknown);
    let told = "SELECT COUNT(*) FROM audit_event WHERE activity = 'Link external account'";
    assert_eq!(stage.world.count(told).await, 1);
    let mails = "SELECT COUNT(*) FROM outbox WHERE topic = 'security_info.added'";
    assert_eq!(stage.world.count(mails).await, 1);
}

async fn an_unverified_address_finds_nobody(database: Database) {
    let stage = Stage::with(database, |settings| settings.match_verified_email = true).await;
    let ada = stage.world.ada.clone();
    for verified in
        [json!({ "email": ada.user_name }), json!({ "email": ada.user_name, "email_verified": false })]
    {
        assert_eq!(stage.sign_in("x", verified).await.unwrap_err(), ProviderProblem::Unknown);
    }
    // What stands beside the ID token counts as much, and is of the same person or of nobody.
    let person = json!({ "sub": "x", "email": ada.user_name, "email_verified": true });
    stage.contoso.change(|state| state.person = person.clone());
    assert_eq!(stage.sign_in("y", json!({})).await.unwrap_err(), ProviderProblem::Down);
    let session = stage.sign_in("x", json!({})).await.unwrap();
    assert_eq!(stage.op(&session).await.person().unwrap().id, ada.id);
}

async fn nobody_is_made_unless_the_operator_says_so(database: Database) {
    let mut stage = Stage::new(database).await;
    let nils = json!({ "email": "nils@contoso.example", "email_verified": true, "name": "Nils Holm" });
    assert_eq!(stage.sign_in("n1", nils.clone()).await.unwrap_err(), ProviderProblem::Unknown);
    stage.configure(|settings| settings.create_people = true);
    let session = stage.sign_in("n1", nils.clone()).await.unwrap();
    let op = stage.op(&session).await;
    let person = op.person().unwrap();
    assert_eq!(person.display_name, "Nils Holm");
    assert_eq!(person.user_name.as_deref(), Some("nils@contoso.example"));
    assert!(op.actor().unwrap().grants.is_empty(), "a new person holds nothing");
    let id = person.id;
    drop(op);
    let again = stage.sign_in("n1", nils).await.unwrap();
    assert_eq!(stage.op(&again).await.person().unwrap().id, id);
    let made = "SELECT COUNT(*) FROM audit_event WHERE activity = 'Add user'";
    assert_eq!(stage.world.count(made).await, 1);
    assert_eq!(
        stage.sign_in("n2", json!({})).await.unwrap_err(),
        ProviderProblem::Unusable,
        "no name at all"
    );
}

async fn a_taken_name_is_not_taken_over(database: Database) {
    let stage = Stage::with(database, |settings| settings.create_people = true).await;
    let ada = stage.world.ada.clone();
    let as_ada = json!({ "preferred_username": ada.user_name, "email": ada.user_name, "email_verified": true, "name": "Ada" });
    assert_eq!(stage.sign_in("x", as_ada).await.unwrap_err(), ProviderProblem::Unusable);
}

async fn groups_are_followed_in_and_out(database: Database) {
    let mut stage = Stage::new(database).await;
    let mira = stage.world.user("Mira").await;
    let (helpdesk, other) =
        (stage.world.group("Helpdesk", false).await, stage.world.group("Other", false).await);
    stage.link(&mira, "m1").await;
    stage.configure(|settings| {
        settings.groups_claim = Some("groups".to_owned());
        settings.groups = [("hd", "Helpdesk"), ("hd-2", "Helpdesk"), ("x", "Nowhere")]
            .map(|(value, group)| (value.to_owned(), group.to_owned()))
            .into();
    });
    let is_in = async |group| {
        let mut tx = stage.engine().database().read().await.unwrap();
        group::is_member(&mut tx, group, mira.id).await.unwrap()
    };
    let ada = stage.world.ada.clone();
    stage
        .world
        .write(&ada, async |op| stint_engine::groups::add_member(op, other, mira.id).await)
        .await
        .unwrap();
    stage.sign_in("m1", json!({ "groups": ["hd-2", "x", "y"] })).await.unwrap();
    assert!(is_in(helpdesk).await);
    stage.sign_in("m1", json!({ "_claim_names": { "groups": "src1" } })).await.unwrap();
    assert!(is_in(helpdesk).await, "too many to be said: left as it was");
    stage.contoso.change(|state| state.person = json!({ "sub": "m1", "groups": ["hd"] }));
    stage.sign_in("m1", json!({})).await.unwrap();
    assert!(is_in(helpdesk).await, "it says so beside the token");
    stage.sign_in("m1", json!({ "groups": [] })).await.unwrap();
    assert!(!is_in(helpdesk).await);
    assert!(is_in(other).await, "nobody named this one");
    for activity in ["Add member to group", "Remove member from group"] {
        let sql: &'static str = match activity {
            "Add member to group" => {
                "SELECT COUNT(*) FROM audit_event WHERE activity = 'Add member to group' AND detail = 'Group: Helpdesk'"
            }
            _ => {
                "SELECT COUNT(*) FROM audit_event WHERE activity = 'Remove member from group' AND detail = 'Group: Helpdesk'"
            }
        };
        assert_eq!(stage.world.count(sql).await, 1, "{activity}");
    }
}

async fn a_group_that_holds_roles_is_left_alone(database: Database) {
    let mut stage = Stage::new(database).await;
    let mira = stage.world.user("Mira").await;
    let admins = stage.world.group("Admins", true).await;
    stage.link(&mira, "m1").await;
    let mapped = |settings: &mut openid_connect::Settings, is_said: bool| {
        settings.groups_claim = Some("groups".to_owned());
        settings.groups = [("adm".to_owned(), admins.to_string())].into();
        settings.role_assignable_groups = is_said;
    };
    let is_in = async |stage: &Stage| {
        let mut tx = stage.engine().database().read().await.unwrap();
        group::is_member(&mut tx, admins, mira.id).await.unwrap()
    };
    stage.configure(|settings| mapped(settings, false));
    stage.sign_in("m1", json!({ "groups": ["adm"] })).await.unwrap();
    assert!(!is_in(&stage).await);
    stage.configure(|settings| mapped(settings, true));
    stage.sign_in("m1", json!({ "groups": ["adm"] })).await.unwrap();
    assert!(is_in(&stage).await, "the operator said so");
    stage.configure(|settings| mapped(settings, false));
    stage.sign_in("m1", json!({ "groups": [] })).await.unwrap();
    assert!(is_in(&stage).await, "nor is anybody taken out");
}

async fn who_may_not_sign_in_here_does_not_by_way_of_there(database: Database) {
    let stage = Stage::with(database, |settings| settings.match_verified_email = true).await;
    let (mira, omar) = (stage.world.user("Mira").await, stage.world.user("Omar").await);
    stage.link(&mira, "m1").await;
    let ada = stage.world.ada.clone();
    stage.world.write(&ada, async |op| users::disable(op, mira.id).await).await.unwrap();
    stage.world.write(&ada, async |op| users::delete(op, omar.id).await).await.unwrap();
    let email = json!({ "email": omar.user_name, "email_verified": true, "name": "Omar" });
    assert_eq!(stage.sign_in("m1", json!({})).await.unwrap_err(), ProviderProblem::Unknown);
    assert_eq!(stage.sign_in("o1", email).await.unwrap_err(), ProviderProblem::Unknown);
    let log = stage.log().await;
    assert_eq!(log[1], (Outcome::Disabled, Some(mira.user_name.clone())));
    stage.world.write(&ada, async |op| users::enable(op, mira.id).await).await.unwrap();
    stage.sign_in("m1", json!({})).await.unwrap();
}

async fn linking_asks_for_the_second_factor_and_an_account_is_one_persons(database: Database) {
    let stage = Stage::new(database).await;
    let (mira, omar) = (stage.world.user("Mira").await, stage.world.user("Omar").await);
    stage.link(&mira, "m1").await;
    let taken = stage.try_to_link(&omar, "m1").await;
    assert!(
        matches!(taken, Finished::Failed { problem: ProviderProblem::Taken, is_link: true, .. }),
        "{taken:?}"
    );
    // Once the provider has said that she gave a second factor there, nobody changes what she has without one.
    stage.sign_in("m1", json!({ "amr": ["pwd", "mfa"] })).await.unwrap();
    let caller = stage.world.caller(&mira).await;
    let again = openid_connect::begin_link(stage.engine(), &caller, "contoso", "/security-info").await;
    let asked = refused(again);
    assert!(matches!(asked[0], (Field::SecondFactor, Broken::SecondFactorNeeded { .. })), "{asked:?}");
    let unlinked = stage.world.write(&mira, async |op| openid_connect::unlink(op, "contoso").await).await;
    assert!(matches!(refused(unlinked)[0], (Field::SecondFactor, _)));
    stage.world.confirm(&mira).await;
    let caller = stage.world.caller(&mira).await;
    openid_connect::begin_link(stage.engine(), &caller, "contoso", "/security-info").await.unwrap();
    // Whoever took her session meanwhile finishes nothing that she began.
    let begun =
        openid_connect::begin_link(stage.engine(), &caller, "contoso", "/security-info").await.unwrap();
    let answer = stage.signs_in_there(&begun, stage.claims("m9", json!({}))).await;
    let other = stage.finish(&stage.world.caller(&omar).await, &begun, &answer).await.unwrap();
    assert!(matches!(other, Finished::Failed { problem: ProviderProblem::BeginAgain, .. }), "{other:?}");
}

async fn the_only_way_in_is_not_unlinked(database: Database) {
    let stage = Stage::new(database).await;
    let mira = stage.world.user("Mira").await;
    stage.link(&mira, "m1").await;
    let unlink =
        async || stage.world.write(&mira, async |op| openid_connect::unlink(op, "contoso").await).await;
    assert_eq!(refused(unlink().await), [(Field::Form, Broken::OnlyWayIn)]);
    let (ada, fresh) = (stage.world.ada.clone(), stage.world.fresh_password().await);
    stage.world.write(&ada, async |op| users::reset_password(op, mira.id, fresh).await).await.unwrap();
    stage.world.forget_session(&mira);
    unlink().await.unwrap();
    assert!(stage.sign_in("m1", json!({})).await.is_err());
    let accounts = stage.world.read(&mira, async |op| openid_connect::list_own(op).await).await.unwrap();
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0].linked, None);
}

async fn a_reset_takes_linked_accounts_away(database: Database) {
    let stage = Stage::new(database).await;
    let mira = stage.world.user("Mira").await;
    stage.link(&mira, "m1").await;
    let ada = stage.world.ada.clone();
    let seen = stage.world.read(&ada, async |op| openid_connect::list_of(op, mira.id).await).await.unwrap();
    assert_eq!(seen.len(), 1);
    stage.world.write(&ada, async |op| second_factor::reset(op, mira.id).await).await.unwrap();
    assert!(stage.sign_in("m1", json!({})).await.is_err());
}

async fn signing_out_offers_to_sign_out_there(database: Database) {
    let mut stage = Stage::new(database).await;
    let mira = stage.world.user("Mira").await;
    stage.link(&mira, "m1").await;
    let session = stage.sign_in("m1", json!({ "amr": ["mfa"] })).await.unwrap();
    assert_eq!(
        stage.op(&session).await.session().unwrap().second_factor.map(|factor| factor.method),
        Some(FactorMethod::IdentityProvider)
    );
    let mut op = stage.engine().write(&of(&session)).await.unwrap();
    let provider = sign_in::sign_out(&mut op, &of(&session)).await.unwrap();
    op.commit().await.unwrap();
    assert_eq!(provider.as_deref(), Some("contoso"));
    assert!(stage.op(&session).await.person().is_err());
    let (offer, address) = openid_connect::still_signed_in_at(stage.engine(), "contoso").await.unwrap();
    let address = address.unwrap();
    assert_eq!(offer.name, "Contoso");
    assert!(address.starts_with(&format!("{}/sign-out?", stage.contoso.issuer)), "{address}");
    assert!(
        address.contains("client_id=stint") && address.contains("localhost%3A3000%2Fsign-in"),
        "{address}"
    );
    // Whoever changes the settings keeps the accounts: they are the issuer's, whatever it is called here.
    stage.set(vec![settings(&stage.contoso, "renamed")]);
    let begun = openid_connect::begin_sign_in(
        stage.engine(),
        &stint_engine::Caller::default(),
        "renamed",
        "/my-roles",
    )
    .await
    .unwrap();
    let answer = stage.signs_in_there(&begun, stage.claims("m1", json!({}))).await;
    assert!(matches!(
        stage.finish(&stint_engine::Caller::default(), &begun, &answer).await.unwrap(),
        Finished::SignedIn(..)
    ));
    stage.world.advance(hours(1));
    let row = principal::find(&mut stage.engine().database().read().await.unwrap(), mira.id).await.unwrap();
    assert!(row.is_some());
}

async fn where_to_sign_out_is_asked_where_it_is_not_known(database: Database) {
    let mut stage = Stage::new(database).await;
    let there = async |stage: &Stage| {
        let (offer, address) = openid_connect::still_signed_in_at(stage.engine(), "contoso").await.unwrap();
        assert_eq!(offer.name, "Contoso");
        address
    };
    // A server that has just started, and a provider that is away before it has said anything.
    stage.contoso.change(|state| state.is_down = true);
    assert_eq!(there(&stage).await, None);
    stage.contoso.change(|state| state.is_down = false);
    assert!(there(&stage).await.is_some());
    stage.contoso.change(|state| state.is_down = true);
    stage.world.advance(hours(2));
    assert!(there(&stage).await.is_some(), "it said so before");
    stage.contoso.change(|state| (state.is_down, state.has_no_sign_out) = (false, true));
    stage.configure(|_| ());
    assert_eq!(there(&stage).await, None, "it has no such place");
    assert_eq!(openid_connect::still_signed_in_at(stage.engine(), "nowhere").await, None);
}
