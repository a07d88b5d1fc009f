//! The moments at which a second factor is asked for.

use super::{ask_on_activation, enrol, minutes, next_step, still};
use crate::refused;
use stint_domain::{
    id::PrincipalId,
    prolong::{Prolong, Terms},
    refusal::{Broken, Field},
    role::Provider,
    schedule::AssignmentType,
    scope::ScopePath,
    settings::{AuthenticationContextRule, Requirement, RoleSettings},
    sign_in::Method,
    step_up::{AuthenticationContext, FactorMethod, Freshness, Strength},
    time::Duration,
};
use stint_engine::{
    Caller, Operation, Result, activate,
    assign::{self, Change},
    authentication_contexts, groups, prolong,
    role_settings::{self, Wanted},
    second_factor,
    test_support::{User, World, because, days, hours},
    users,
};
use stint_store::{Database, request};

stint_store::on_both_databases!(
    activating_asks,
    extending_an_activation_asks,
    approving_asks_where_the_settings_say_so,
    making_active_asks,
    the_guarded_roles_ask_by_default,
    what_guards_others_asks_whoever_has_one,
    a_rehearsal_asks_for_nothing_and_changes_nothing,
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

/// What gives somebody a way in, or makes one wider.
async fn widen(world: &World, what: &str, mira: &User, group: PrincipalId, role: &str) -> Result<()> {
    let password = world.fresh_password().await;
    let role = world.role(role);
    match what {
        "settings" => {
            let change = |settings: &mut RoleSettings| {
                settings.activation_expiration.maximum_duration = Duration::hours(3);
            };
            world.change_settings(ROLE, change).await.map(drop)
        }
        "settings of before" => {
            let restore = async |op: &mut Operation| {
                role_settings::restore(op, world.role(ROLE), &ScopePath::directory(), 0).await.map(drop)
            };
            world.write(&world.ada, restore).await
        }
        "many settings" => {
            let wanted =
                Wanted { role, settings: RoleSettings::default_for(Provider::Directory), seen: None };
            let put = async |op: &mut Operation| role_settings::put_many(op, vec![wanted]).await.map(drop);
            world.write(&world.ada, put).await
        }
        "a context" => describe(world, &world.ada, Strength::AnyFactor, &[]).await,
        "a context less" => {
            let delete =
                async |op: &mut Operation| authentication_contexts::delete(op, "c1".parse().unwrap()).await;
            world.write(&world.ada, delete).await
        }
        "a password" => {
            world.write(&world.ada, async |op| users::reset_password(op, mira.id, password).await).await
        }
        "factors" => world.write(&world.ada, async |op| second_factor::reset(op, mira.id).await).await,
        "a member" => world.write(&world.ada, async |op| groups::add_member(op, group, mira.id).await).await,
        "an owner" => world.write(&world.ada, async |op| groups::add_owner(op, group, mira.id).await).await,
        "a guarded role" => world.assign(world.ask(AssignmentType::Eligible, role, mira)).await.map(drop),
        other => panic!("{other} is nothing that widens"),
    }
}

async fn what_guards_others_asks_whoever_has_one(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let group = world.group("Holders", true).await;
    // A group that no role can be assigned to, but that approves.
    let approvers = world.group_of("Approvers", &[&mira]).await;
    world.require_approval("Groups Administrator", &[approvers]).await;
    // Ada has one, and gave it when she set it up.
    enrol(&world, &world.ada).await;
    world.advance(minutes(10));
    for what in [
        "settings",
        "settings of before",
        "many settings",
        "a context",
        "a context less",
        "a password",
        "factors",
        "a member",
        "an owner",
        "a guarded role",
    ] {
        let widen = async || widen(&world, what, &mira, group, "Privileged Role Administrator").await;
        assert_eq!(needs(widen().await), [FactorMethod::Totp], "{what}");
        world.confirm(&world.ada).await;
        widen().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        world.advance(minutes(10));
    }
    let omar = world.user("Omar").await;
    let join =
        async |group| world.write(&world.ada, async |op| groups::add_member(op, group, omar.id).await).await;
    needs(join(approvers).await);
    join(world.group("Readers", false).await).await.unwrap();
    world.assign(world.ask(AssignmentType::Eligible, world.role(ROLE), &omar)).await.unwrap();
}

async fn a_rehearsal_asks_for_nothing_and_changes_nothing(database: Database) {
    let world = still(database).await;
    enrol(&world, &world.ada).await;
    world.advance(minutes(10));
    let settings = async || {
        let everywhere = ScopePath::directory();
        world
            .read(&world.ada, async |op| role_settings::get(op, world.role(ROLE), &everywhere).await)
            .await
            .unwrap()
    };
    let before = settings().await;
    let mut op = world.engine.rehearse(&world.caller(&world.ada).await).await.unwrap();
    let mut shorter = before.settings.clone();
    shorter.activation_expiration.maximum_duration = Duration::hours(1);
    let everywhere = ScopePath::directory();
    let version =
        role_settings::update(&mut op, world.role(ROLE), &everywhere, shorter, before.version).await.unwrap();
    assert!(version > before.version);
    op.commit().await.unwrap();
    let after = settings().await;
    assert_eq!(
        (after.version, after.settings),
        (before.version, before.settings),
        "also where it is committed"
    );
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
