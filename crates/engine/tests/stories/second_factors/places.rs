//! The moments at which a second factor is asked for.

use super::{ask_on_activation, enrol, minutes, next_step, still};
use crate::refused;
use stint_domain::{
    prolong::{Prolong, Terms},
    refusal::{Broken, Field},
    schedule::AssignmentType,
    settings::{AuthenticationContextRule, Requirement},
    sign_in::Method,
    step_up::{AuthenticationContext, FactorMethod, Freshness, Strength},
    time::Duration,
};
use stint_engine::{
    Caller, Result, activate,
    assign::{self, Change},
    authentication_contexts, prolong,
    test_support::{User, World, because, days, hours},
};
use stint_store::{Database, request};

stint_store::on_both_databases!(
    activating_asks,
    extending_an_activation_asks,
    approving_asks_where_the_settings_say_so,
    making_active_asks,
    the_guarded_roles_ask_by_default,
    a_context_asks_for_its_own,
    what_was_shown_is_written_down,
);

const ROLE: &str = "User Administrator";

fn needs<T: std::fmt::Debug>(result: Result<T>) -> Vec<FactorMethod> {
    match &refused(result)[..] {
        [(Field::SecondFactor, Broken::SecondFactorNeeded { has, .. })] => has.clone(),
        other => panic!("a second factor was expected to be asked for, not {other:?}"),
    }
}

async fn activating_asks(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, ROLE).await;
    ask_on_activation(&world, ROLE).await;
    assert_eq!(needs(world.activate(&mira, eligibility, 1).await), [], "she has none yet");
    let offer = world.read(&mira, async |op| activate::offer(op, eligibility).await).await.unwrap();
    assert!(offer.step_up.unwrap().refusal().unwrap().to_string().contains("Security info"));
    enrol(&world, &mira).await;
    world.advance(minutes(10));
    assert_eq!(needs(world.activate(&mira, eligibility, 1).await), [FactorMethod::Totp]);
    world.confirm(&mira).await;
    let offer = world.read(&mira, async |op| activate::offer(op, eligibility).await).await.unwrap();
    assert_eq!(offer.step_up.unwrap().refusal(), None);
    world.activate(&mira, eligibility, 1).await.unwrap();
}

async fn extending_an_activation_asks(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, ROLE).await;
    let running = world.activate(&mira, eligibility, 1).await.unwrap();
    ask_on_activation(&world, ROLE).await;
    let asked = || stint_domain::assign::Activation {
        start: None,
        duration: Duration::hours(1),
        justification: because("it takes longer"),
        ticket: None,
    };
    let extend = async || {
        world.write(&mira, async |op| activate::extend(op, running.id, asked(), None).await).await.map(drop)
    };
    needs(extend().await);
    world.confirm(&mira).await;
    extend().await.unwrap();
}

async fn approving_asks_where_the_settings_say_so(database: Database) {
    let world = still(database).await;
    let (mira, lena) = (world.user("Mira").await, world.user("Lena").await);
    let eligibility = world.make_eligible(&mira, ROLE).await;
    world.require_approval(ROLE, &[lena.id]).await;
    let request = world.request(&mira, eligibility).await;
    let ask = |settings: &mut stint_domain::settings::RoleSettings| {
        settings.activation_approval.is_second_factor_required = true;
    };
    world.change_settings(ROLE, ask).await.unwrap();
    needs(world.approve(&lena, request).await);
    world.confirm(&lena).await;
    world.approve(&lena, request).await.unwrap();
    // Saying no takes nothing.
    world
        .write(&mira, async |op| {
            let running = op.schedules()?.iter().find(|schedule| schedule.eligibility.is_some()).unwrap().id;
            activate::deactivate(op, running).await
        })
        .await
        .unwrap();
    let request = world.request(&mira, eligibility).await;
    world.advance(minutes(10));
    world.deny(&lena, request).await.unwrap();
}

async fn making_active_asks(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    world
        .change_settings(ROLE, |settings| {
            settings.active_enablement.enabled_rules.insert(Requirement::MultiFactorAuthentication);
        })
        .await
        .unwrap();
    world.make_eligible(&mira, ROLE).await;
    let active = || {
        let mut ask = world.ask(AssignmentType::Active, world.role(ROLE), &mira);
        ask.end = Some(world.now() + days(7));
        ask
    };
    needs(world.assign(active()).await);
    world.confirm(&world.ada).await;
    let held = world.assign(active()).await.unwrap();
    world.advance(minutes(10));
    let later = world.now() + days(8);
    let change = || Change { start: None, end: Some(later), justification: because("longer") };
    let update = async || world.write(&world.ada, async |op| assign::update(op, held, change()).await).await;
    needs(update().await);
    let terms = || Terms { assignment_type: AssignmentType::Active, start: None, end: Some(later + days(1)) };
    let extend = async || {
        world
            .write(&world.ada, async |op| {
                prolong::prolong(op, Prolong::Extend, held, terms(), because("longer")).await.map(drop)
            })
            .await
    };
    needs(extend().await);
    world.confirm(&world.ada).await;
    update().await.unwrap();
    extend().await.unwrap();
}

async fn the_guarded_roles_ask_by_default(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    for role in ["Global Administrator", "Privileged Role Administrator"] {
        let eligibility = world.make_eligible(&mira, role).await;
        needs(world.activate(&mira, eligibility, 1).await);
    }
    let eligibility = world.make_eligible(&mira, ROLE).await;
    world.activate(&mira, eligibility, 1).await.unwrap();
}

async fn describe(world: &World, by: &User, strength: Strength, networks: &[&str]) -> Result<()> {
    let context = AuthenticationContext {
        id: "c1".parse().unwrap(),
        name: "Sensitive".to_owned(),
        strength,
        freshness: Freshness(Duration::minutes(2)),
        networks: networks.iter().map(|network| network.parse().unwrap()).collect(),
    };
    world.write(by, async |op| authentication_contexts::put(op, context).await).await
}

async fn a_context_asks_for_its_own(database: Database) {
    let world = still(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let eligibility = world.make_eligible(&mira, ROLE).await;
    let rule = AuthenticationContextRule { is_enabled: true, claim_value: Some("c1".to_owned()) };
    world.change_settings(ROLE, |settings| settings.activation_authentication_context = rule).await.unwrap();
    // Nobody has said what c1 is: any second factor, within the usual time.
    world.confirm(&mira).await;
    let attempt = async |caller: &Caller| -> Result<()> {
        let mut op = world.engine.write(caller).await?;
        let asked = stint_domain::assign::Activation {
            start: None,
            duration: Duration::hours(1),
            justification: because("a story"),
            ticket: None,
        };
        activate::activate(&mut op, eligibility, asked, None).await.map(drop)
    };
    let mut caller = world.caller(&mira).await;
    attempt(&caller).await.unwrap();
    assert!(crate::is_denied(&describe(&world, &omar, Strength::AnyFactor, &[]).await));
    describe(&world, &world.ada, Strength::AnyFactor, &["10.1.0.0/16"]).await.unwrap();
    let elsewhere = vec![(Field::SecondFactor, Broken::NetworkNotAllowed("10.1.0.0/16".to_owned()))];
    assert_eq!(refused(attempt(&caller).await), elsewhere);
    caller.source = Some("10.2.0.1".to_owned());
    assert_eq!(refused(attempt(&caller).await), elsewhere);
    caller.source = Some("10.1.0.1".to_owned());
    attempt(&caller).await.unwrap();
    world.advance(minutes(2));
    needs(attempt(&caller).await);
    describe(&world, &world.ada, Strength::Passkey, &[]).await.unwrap();
    world.confirm(&mira).await;
    assert_eq!(needs(attempt(&world.caller(&mira).await).await), [], "a code is no passkey");
    world
        .write(&world.ada, async |op| authentication_contexts::delete(op, "c1".parse().unwrap()).await)
        .await
        .unwrap();
    attempt(&world.caller(&mira).await).await.unwrap();
    let never = AuthenticationContext {
        id: "c2".parse().unwrap(),
        name: String::new(),
        strength: Strength::AnyFactor,
        freshness: Freshness(Duration::hours(13)),
        networks: Vec::new(),
    };
    let never = world.write(&world.ada, async |op| authentication_contexts::put(op, never).await).await;
    let fields: Vec<_> = refused(never).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, [Field::DisplayName, Field::Duration]);
}

async fn what_was_shown_is_written_down(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, ROLE).await;
    ask_on_activation(&world, ROLE).await;
    enrol(&world, &mira).await;
    next_step(&world);
    let schedule = world.activate(&mira, eligibility, 1).await.unwrap();
    let mut tx = world.engine.database().read().await.unwrap();
    let row = request::find(&mut tx, schedule.request).await.unwrap().unwrap();
    let signed_in = row.signed_in().unwrap();
    assert_eq!(signed_in.method, Method::Demo);
    assert_eq!(signed_in.second_factor.unwrap().method, FactorMethod::Totp);
    let events = stint_store::audit::list_chain(&mut tx, 0, 100).await.unwrap();
    let activated = events.iter().find(|event| event.request_id == Some(schedule.request)).unwrap();
    let detail = activated.detail.as_deref().unwrap();
    assert!(detail.contains("confirmed with a code from an authenticator app at"), "{detail}");
    drop(tx);
    // What asks for nothing says nothing of it.
    let omar = world.user("Omar").await;
    let eligibility = world.make_eligible(&omar, "Groups Administrator").await;
    world.confirm(&omar).await;
    let schedule = world.activate(&omar, eligibility, 1).await.unwrap();
    let mut tx = world.engine.database().read().await.unwrap();
    let events = stint_store::audit::list_chain(&mut tx, 0, 200).await.unwrap();
    let activated = events.iter().find(|event| event.request_id == Some(schedule.request)).unwrap();
    assert!(!activated.detail.as_deref().unwrap().contains("confirmed"));
    assert_eq!(world.now() + hours(1), schedule.window.end.unwrap());
}
