//! Rules of a role are changed, looked back at, and restored.

use stint_domain::{
    assign::Activation,
    principal::PrincipalKind,
    refusal::{Broken, Field},
    scope::ScopePath,
    settings::{Requirement, RoleSettings},
    text::TicketNumber,
    time::Duration,
};
use stint_engine::{
    Error, Result, activate,
    role_settings::{self, Effect},
    test_support::{User, World, reason},
    users,
};
use stint_store::{Database, PageRequest};

use crate::{is_denied, refused};

stint_store::on_both_databases!(
    what_is_changed_is_obeyed_and_told,
    what_cannot_be_is_refused_at_its_field,
    approvers_are_people_who_can_decide,
    two_who_change_at_once_are_told,
    every_version_is_kept_and_comes_back,
    the_effect_is_said_before,
    a_ticket_has_the_form_that_the_settings_say,
);

const ROLE: &str = "User Administrator";

async fn get(world: &World, by: &User) -> Result<role_settings::Settings> {
    let (role, everywhere) = (world.role(ROLE), ScopePath::directory());
    world.read(by, async |op| role_settings::get(op, role, &everywhere).await).await
}

async fn update(world: &World, by: &User, settings: RoleSettings, expected: i64) -> Result<i64> {
    let (role, everywhere) = (world.role(ROLE), ScopePath::directory());
    world.write(by, async |op| role_settings::update(op, role, &everywhere, settings, expected).await).await
}

async fn what_is_changed_is_obeyed_and_told(database: Database) {
    let world = World::new(database).await;
    let (mira, pia) = (world.user("Mira").await, world.holder("Pia", "Privileged Role Administrator").await);
    let (reader, auditor) =
        (world.holder("Rita", "Security Reader").await, world.holder("Uma", "User Administrator").await);
    let eligibility = world.make_eligible(&mira, ROLE).await;
    let before = get(&world, &pia).await.unwrap();
    assert_eq!((before.version, before.modified), (0, None));
    let mut settings = before.settings;
    settings.activation_expiration.maximum_duration = Duration::hours(4);
    settings.activation_enablement.enabled_rules.insert(Requirement::Ticketing);
    for by in [&mira, &reader, &auditor] {
        assert!(is_denied(&update(&world, by, settings.clone(), 0).await));
    }
    assert!(is_denied(&get(&world, &mira).await));
    assert_eq!(update(&world, &pia, settings.clone(), 0).await.unwrap(), 1);
    assert_eq!(update(&world, &pia, settings.clone(), 1).await.unwrap(), 1, "nothing was changed");

    let after = get(&world, &reader).await.unwrap();
    assert_eq!((after.settings, after.version), (settings, 1));
    assert_eq!(after.modified.map(|(_, name, _)| name).as_deref(), Some("Pia"));
    assert_eq!(
        refused(world.activate(&mira, eligibility, 5).await),
        [(Field::Duration, Broken::TooLong(Duration::hours(4))), (Field::Ticket, Broken::TicketRequired)]
    );
    let mut tx = world.engine.database().read().await.unwrap();
    let (detail, actor): (String, String) = tx
        .query("SELECT detail, actor_name FROM audit_event WHERE activity = 'Update role setting in PIM'")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(
        (detail.as_str(), actor.as_str()),
        (
            "Activation maximum duration (hours): 8 → 4; Require ticket information on activation: No → Yes",
            "Pia"
        )
    );
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox WHERE topic = 'role_settings_changed'").await, 1);
    // A directory role has one set of settings, wherever it is held.
    let unit = world.unit("Sales", &[]).await;
    let (role, at_unit) = (world.role(ROLE), ScopePath::administrative_unit(unit));
    let found = world.read(&pia, async |op| role_settings::get(op, role, &at_unit).await).await;
    assert!(matches!(found, Err(Error::NotFound)));
}

async fn what_cannot_be_is_refused_at_its_field(database: Database) {
    let world = World::new(database).await;
    let found = refused(
        world
            .change_settings(ROLE, |settings| {
                settings.activation_expiration.maximum_duration = Duration::hours(25);
                settings.active_expiration.maximum_duration = Duration::days(7);
                settings.activation_approval.first.approvals_needed = 9;
                settings.notify_admin_of_eligible.notification_recipients = vec!["soc".to_owned()];
            })
            .await,
    );
    let fields: Vec<_> = found.into_iter().map(|(field, _)| field).collect();
    assert_eq!(
        fields,
        [
            Field::ActivationMaximum,
            Field::ActiveMaximum,
            Field::ApprovalsNeeded(1),
            Field::NotifyAdminOfEligible
        ]
    );
    assert_eq!(get(&world, &world.ada).await.unwrap().version, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM role_settings_version").await, 0);
}

async fn approvers_are_people_who_can_decide(database: Database) {
    let world = World::new(database).await;
    let (mira, gone, off) = (world.user("Mira").await, world.user("Gone").await, world.user("Off").await);
    let (program, empty) = (world.program("Robot").await, world.group("Empty", false).await);
    world.write(&world.ada, async |op| users::delete(op, gone.id).await).await.unwrap();
    world.write(&world.ada, async |op| users::disable(op, off.id).await).await.unwrap();
    let name = async |approvers: &[stint_domain::id::PrincipalId], needed| {
        world
            .change_settings(ROLE, |settings| {
                settings.activation_approval.is_approval_required = true;
                settings.activation_approval.first.approvers = approvers.iter().copied().collect();
                settings.activation_approval.first.approvals_needed = needed;
            })
            .await
    };
    let nobody: stint_domain::id::PrincipalId = world.engine.random().id(world.now());
    for (approver, who) in
        [(gone.id, "Gone"), (off.id, "Off"), (program, "Robot"), (nobody, "Somebody who was chosen")]
    {
        let found = refused(name(&[mira.id, approver], 1).await);
        assert!(
            matches!(&found[..], [(Field::Approvers(1), Broken::CannotApprove { name, .. })] if name == who),
            "{found:?}"
        );
    }
    let too_few = |needed, people: &str| {
        [(Field::Approvers(1), Broken::TooFewApprovers { needed, people: people.to_owned() })]
    };
    assert_eq!(refused(name(&[empty], 1).await), too_few(1, "nobody"));
    assert_eq!(refused(name(&[mira.id, empty], 2).await), too_few(2, "Mira"));
    assert_eq!(refused(name(&[], 2).await), too_few(2, "Ada"));
    assert_eq!(name(&[], 1).await.unwrap(), 1);
    assert_eq!(name(&[mira.id, empty], 1).await.unwrap(), 2);
    let named = get(&world, &world.ada).await.unwrap().approvers;
    assert_eq!(
        named.iter().map(|row| (row.display_name.as_str(), row.kind)).collect::<Vec<_>>(),
        [("Empty", PrincipalKind::Group), ("Mira", PrincipalKind::User)]
    );
    // While no approval is asked for, it does not matter who is named.
    world.write(&world.ada, async |op| users::disable(op, mira.id).await).await.unwrap();
    world
        .change_settings(ROLE, |settings| settings.activation_approval.is_approval_required = false)
        .await
        .unwrap();
}

async fn two_who_change_at_once_are_told(database: Database) {
    let world = World::new(database).await;
    let pia = world.holder("Pia", "Privileged Role Administrator").await;
    let names = [(&world.ada, "Ada"), (&pia, "Pia")];
    for round in 0..50 {
        let seen = get(&world, &pia).await.unwrap();
        let change = |minutes| {
            let mut settings = seen.settings.clone();
            let half_hours = (seen.settings.longest_activation().half_hours() + minutes) % 40 + 1;
            settings.activation_expiration.maximum_duration = Duration::minutes(half_hours * 30);
            settings
        };
        let (first, second) = tokio::join!(
            update(&world, names[0].0, change(1), seen.version),
            update(&world, names[1].0, change(2), seen.version)
        );
        assert_ne!(first.is_ok(), second.is_ok(), "round {round}: {first:?} {second:?}");
        let (winner, loser) = if first.is_ok() { (names[0].1, second) } else { (names[1].1, first) };
        let found = refused(loser);
        assert!(
            matches!(&found[..], [(Field::Form, Broken::SettingsChanged { by, .. })] if by == winner),
            "round {round}: {found:?}"
        );
        assert_eq!(get(&world, &pia).await.unwrap().version, round + 1);
    }
}

async fn every_version_is_kept_and_comes_back(database: Database) {
    let world = World::new(database).await;
    let (mira, paul) = (world.user("Mira").await, world.user("Paul").await);
    for hours in 1..=5 {
        world
            .change_settings(ROLE, |settings| {
                settings.activation_expiration.maximum_duration = Duration::hours(hours);
            })
            .await
            .unwrap();
    }
    world.require_approval(ROLE, &[mira.id, paul.id]).await;
    let (role, everywhere) = (world.role(ROLE), ScopePath::directory());
    let history = async |by: &User, after, size| {
        let page = PageRequest { after, size };
        world.read(by, async |op| role_settings::history(op, role, &everywhere, &page).await).await
    };
    assert!(is_denied(&history(&mira, None, 2).await));
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = history(&world.ada, after, 4).await.unwrap();
        seen.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let said: Vec<_> = seen
        .iter()
        .map(|version| {
            let changes: Vec<_> = version.changes.iter().map(ToString::to_string).collect();
            (version.number, version.by_name.as_str(), changes.join("; "))
        })
        .collect();
    let of_hours = |number, was: i64, is: i64| {
        (number, "Ada", format!("Activation maximum duration (hours): {was} → {is}"))
    };
    assert_eq!(
        said,
        [
            (
                6,
                "Ada",
                "Require approval to activate: No → Yes; Approvers: Active Privileged Role Administrators and Global Administrators → Mira, Paul".to_owned()
            ),
            of_hours(5, 4, 5),
            of_hours(4, 3, 4),
            of_hours(3, 2, 3),
            of_hours(2, 1, 2),
            of_hours(1, 8, 1),
        ]
    );

    let restore = async |by: &User, version| {
        world.write(by, async |op| role_settings::restore(op, role, &everywhere, version).await).await
    };
    assert!(is_denied(&restore(&mira, 2).await));
    assert!(matches!(restore(&world.ada, 99).await, Err(Error::NotFound)));
    assert_eq!(restore(&world.ada, 2).await.unwrap(), 7);
    let now = get(&world, &world.ada).await.unwrap().settings;
    assert_eq!(now.longest_activation(), Duration::hours(2));
    assert!(!now.activation_approval.is_approval_required);
    assert_eq!(restore(&world.ada, 0).await.unwrap(), 8);
    assert_eq!(
        get(&world, &world.ada).await.unwrap().settings,
        RoleSettings::default_for(stint_domain::role::Provider::Directory)
    );
    // What was right once may not be any more.
    world.write(&world.ada, async |op| users::disable(op, paul.id).await).await.unwrap();
    let found = refused(restore(&world.ada, 6).await);
    assert!(
        matches!(&found[..], [(Field::Approvers(1), Broken::CannotApprove { name, .. })] if name == "Paul")
    );
}

async fn the_effect_is_said_before(database: Database) {
    let world = World::new(database).await;
    let (role, everywhere) = (world.role(ROLE), ScopePath::directory());
    let effect = async |change: &dyn Fn(&mut RoleSettings)| {
        let mut settings = get(&world, &world.ada).await.unwrap().settings;
        change(&mut settings);
        world
            .read(&world.ada, async |op| role_settings::effect(op, role, &everywhere, &settings).await)
            .await
            .unwrap()
    };
    let with_approval =
        |settings: &mut RoleSettings| settings.activation_approval.is_approval_required = true;
    assert_eq!(effect(&with_approval).await, Effect { people: 0, and_more: false, sentences: Vec::new() });
    let (mira, paul, lena) = (world.user("Mira").await, world.user("Paul").await, world.user("Lena").await);
    let team = world.group_of("Team", &[&mira, &paul, &lena]).await;
    world.make_eligible(&mira, ROLE).await;
    assert_eq!(
        effect(&with_approval).await.sentences,
        ["1 person could no longer activate without approval."]
    );
    world.make_eligible(team, ROLE).await;
    let found = effect(&|settings| {
        with_approval(settings);
        settings.activation_expiration.maximum_duration = Duration::hours(4);
        settings.activation_enablement.enabled_rules = [Requirement::Ticketing].into();
    })
    .await;
    assert_eq!(found.people, 3, "nobody is counted twice");
    assert_eq!(
        found.sentences,
        [
            "3 people could no longer activate without approval.",
            "3 people could activate for at most 4 hours instead of 8 hours.",
            "3 people could activate without a reason.",
            "3 people could no longer activate without a ticket number.",
        ]
    );
    assert!(effect(&|_| {}).await.sentences.is_empty());
}

async fn a_ticket_has_the_form_that_the_settings_say(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let eligibility = world.make_eligible(&mira, ROLE).await;
    let set = async |pattern: &str, hint: &str| {
        world
            .change_settings(ROLE, |settings| {
                let rule = &mut settings.activation_enablement;
                rule.enabled_rules.insert(Requirement::Ticketing);
                rule.ticket_pattern = Some(pattern.to_owned());
                rule.ticket_hint = Some(hint.to_owned()).filter(|hint| !hint.is_empty());
            })
            .await
    };
    assert_eq!(refused(set(" ", "").await), [(Field::TicketPattern, Broken::TicketPattern)]);
    assert_eq!(refused(set(&"#".repeat(101), "").await), [(Field::TicketPattern, Broken::TicketPattern)]);
    set("INC####### | CHG-*", "INC and seven digits, or CHG and the change").await.unwrap();
    let ask = async |ticket: &str| {
        let ticket = TicketNumber::parse(ticket).unwrap();
        let asked = Activation {
            start: None,
            duration: Duration::hours(1),
            justification: Some(reason("Tidy up")),
            ticket: Some(ticket),
        };
        world.write(&mira, async |op| activate::activate(op, eligibility, asked, None).await).await
    };
    let told = "INC and seven digits, or CHG and the change".to_owned();
    assert_eq!(refused(ask("INC12").await), [(Field::Ticket, Broken::TicketForm(told))]);
    set("INC####### | CHG-*", "").await.unwrap();
    assert_eq!(
        refused(ask("INC00123456").await),
        [(Field::Ticket, Broken::TicketForm("INC####### | CHG-*".to_owned()))]
    );
    ask("inc0012345").await.unwrap();
}
