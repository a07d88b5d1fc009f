//! Rules of many roles at once: compared, from templates, from another role, from a file.

use std::collections::BTreeSet;
use stint_domain::{
    refusal::{Broken, Field},
    scope::ScopePath,
    settings::{ApprovalStage, Backup, RoleSettings, Template},
    time::Duration,
};
use stint_engine::{
    Error, Result,
    role_settings::{self, Document, Format, Planned, Wanted},
    test_support::{User, World},
};
use stint_store::Database;

use crate::{is_denied, refused};

stint_store::on_both_databases!(
    a_template_is_tried_and_applied,
    what_one_role_refuses_is_said_of_it,
    whoever_looked_too_early_is_told,
    a_role_is_the_model_of_others,
    a_file_brings_back_what_was_exported,
    what_a_file_cannot_say_is_refused,
    a_file_takes_away_what_was_not_there,
    a_file_brings_stages_and_takes_them_away,
);

const ROLES: [&str; 2] = ["Global Administrator", "User Administrator"];

async fn settings(world: &World, by: &User, role: &str) -> role_settings::Settings {
    let role = world.role(role);
    world.read(by, async |op| role_settings::get(op, role, &ScopePath::directory()).await).await.unwrap()
}

async fn apply(world: &World, by: &User, wanted: Vec<Wanted>) -> Result<Vec<Planned>> {
    world.write(by, async |op| role_settings::put_many(op, wanted).await).await
}

async fn of_template(world: &World, by: &User, slug: &str) -> Result<Vec<Wanted>> {
    let roles = ROLES.map(|role| world.role(role));
    let template = Template::find(slug).unwrap();
    world.read(by, async |op| role_settings::from_template(op, template, &roles).await).await
}

async fn a_template_is_tried_and_applied(database: Database) {
    let world = World::new(database).await;
    let (pia, mira) = (world.holder("Pia", "Privileged Role Administrator").await, world.user("Mira").await);
    let reader = world.holder("Rita", "Security Reader").await;
    world.make_eligible(&mira, "User Administrator").await;
    assert!(is_denied(&of_template(&world, &mira, "highest").await));
    let wanted = of_template(&world, &reader, "highest").await.unwrap();
    assert!(is_denied(&apply(&world, &reader, wanted.clone()).await), "reading is not changing");

    // Whoever only looks drops the operation.
    let mut op = world.engine.write(&world.caller(&pia).await).await.unwrap();
    let planned = role_settings::put_many(&mut op, wanted.clone()).await.unwrap();
    drop(op);
    let names: Vec<_> = planned.iter().map(|planned| planned.role.name.as_str()).collect();
    assert_eq!(names, ROLES);
    assert!(planned.iter().all(|planned| planned.refused.is_empty() && planned.version == 0));
    assert!(
        planned[1]
            .changes
            .iter()
            .any(|change| change.to_string() == "Require approval to activate: No → Yes")
    );
    assert_eq!(
        planned[1].effects,
        [
            "1 person could no longer activate without approval.",
            "1 person could activate for at most 1 hour instead of 8 hours.",
            "1 person could no longer activate without a second factor.",
            "1 person could no longer activate without a ticket number.",
        ]
    );
    assert_eq!(planned[0].effects, Vec::<String>::new(), "nobody is eligible for it");
    assert_eq!(settings(&world, &pia, ROLES[0]).await.version, 0);

    apply(&world, &pia, wanted.clone()).await.unwrap();
    for role in ROLES {
        let found = settings(&world, &pia, role).await;
        assert_eq!((found.version, found.settings.longest_activation()), (1, Duration::hours(1)));
    }
    assert_eq!(
        world.count("SELECT COUNT(*) FROM audit_event WHERE activity = 'Update role setting in PIM'").await,
        2
    );
    // Nothing is left to do.
    assert!(apply(&world, &pia, wanted).await.unwrap().iter().all(|planned| planned.changes.is_empty()));
    assert_eq!(settings(&world, &pia, ROLES[0]).await.version, 1);
}

async fn what_one_role_refuses_is_said_of_it(database: Database) {
    let world = World::new(database).await;
    let pia = world.holder("Pia", "Privileged Role Administrator").await;
    let mut wanted = of_template(&world, &pia, "highest").await.unwrap();
    let user_administrator = world.role(ROLES[1]);
    for wanted in wanted.iter_mut().filter(|wanted| wanted.role == user_administrator) {
        wanted.settings.activation_expiration.maximum_duration = Duration::hours(25);
    }
    let planned = apply(&world, &pia, wanted).await.unwrap();
    assert_eq!(planned[0].refused, Vec::<String>::new());
    assert_eq!(planned[1].refused, ["Choose between half an hour and 24 hours, in steps of half an hour."]);
}

async fn whoever_looked_too_early_is_told(database: Database) {
    let world = World::new(database).await;
    let pia = world.holder("Pia", "Privileged Role Administrator").await;
    let mut wanted = of_template(&world, &pia, "service").await.unwrap();
    for wanted in &mut wanted {
        wanted.seen = Some(0);
    }
    world
        .change_settings(ROLES[0], |settings| {
            settings.activation_expiration.maximum_duration = Duration::hours(3);
        })
        .await
        .unwrap();
    let planned = apply(&world, &pia, wanted).await.unwrap();
    assert!(planned[0].refused[0].contains("changed these settings"), "{:?}", planned[0].refused);
    assert_eq!(planned[1].refused, Vec::<String>::new());
}

async fn a_role_is_the_model_of_others(database: Database) {
    let world = World::new(database).await;
    let pia = world.holder("Pia", "Privileged Role Administrator").await;
    world
        .change_settings(ROLES[0], |settings| {
            settings.activation_expiration.maximum_duration = Duration::hours(3);
        })
        .await
        .unwrap();
    let (model, other) = (world.role(ROLES[0]), world.role(ROLES[1]));
    let compare = async || {
        let found =
            world.read(&pia, async |op| role_settings::compare(op, model, other).await).await.unwrap();
        assert_eq!(found.len(), 32);
        found.into_iter().filter(|line| line.left != line.right).collect::<Vec<_>>()
    };
    let differing = compare().await;
    let differing: Vec<_> = differing.iter().map(|line| (line.left.as_str(), line.right.as_str())).collect();
    assert_eq!(
        differing,
        [("3", "8"), ("A second factor", "None")],
        "a guarded role asks for more by itself"
    );

    let wanted = world
        .read(&pia, async |op| role_settings::from_role(op, model, &[model, other]).await)
        .await
        .unwrap();
    assert_eq!(wanted.len(), 1, "a role is not its own model");
    apply(&world, &pia, wanted).await.unwrap();
    assert_eq!(compare().await, []);
}

async fn export(world: &World, by: &User, only_changed: bool) -> Document {
    world.read(by, async |op| role_settings::export(op, only_changed).await).await.unwrap()
}

async fn import(world: &World, by: &User, text: &str) -> Result<Vec<Planned>> {
    world
        .write(by, async |op| {
            let wanted = Document::parse(text)?.wanted(op).await?;
            role_settings::put_many(op, wanted).await
        })
        .await
}

async fn a_file_brings_back_what_was_exported(database: Database) {
    let world = World::new(database).await;
    let (pia, mira) = (world.holder("Pia", "Privileged Role Administrator").await, world.user("Mira").await);
    assert_eq!(export(&world, &pia, true).await.roles, []);
    assert!(export(&world, &pia, false).await.roles.len() > 100);
    world.require_approval(ROLES[1], &[mira.id, pia.id]).await;
    let kept = settings(&world, &pia, ROLES[1]).await.settings;
    let document = export(&world, &pia, true).await;
    assert_eq!(document.roles.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), [ROLES[1]]);

    for format in [Format::Toml, Format::Json] {
        let text = document.write(format).unwrap();
        assert_eq!(Document::parse(&text).unwrap(), document, "{text}");
        let defaults = RoleSettings::clone(&settings(&world, &pia, ROLES[0]).await.settings);
        world.change_settings(ROLES[1], |settings| *settings = defaults).await.unwrap();
        let planned = import(&world, &pia, &text).await.unwrap();
        assert!(!planned[0].changes.is_empty() && planned[0].refused.is_empty());
        assert_eq!(settings(&world, &pia, ROLES[1]).await.settings, kept);
    }
    // What a file does not name stays as it is.
    let id = world.role(ROLES[1]);
    let part =
        format!("[[roles]]\nid = \"{id}\"\n[roles.rules.Approval_EndUser_Assignment]\napprovalsNeeded = 2\n");
    let planned = import(&world, &pia, &part).await.unwrap();
    assert_eq!(
        planned[0].changes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["Approvals needed: 1 → 2"]
    );
}

async fn what_a_file_cannot_say_is_refused(database: Database) {
    let world = World::new(database).await;
    let pia = world.holder("Pia", "Privileged Role Administrator").await;
    let id = world.role(ROLES[1]);
    let rule = |rule: &str| format!("[[roles]]\nid = \"{id}\"\n[roles.rules.{rule}\n");
    let twice = format!("[[roles]]\nid = \"{id}\"\nrules = {{}}\n").repeat(2);
    for (text, words) in [
        ("nonsense".to_owned(), "The file cannot be read: "),
        ("{\"roles\": 7}".to_owned(), "The file cannot be read: "),
        (
            "[[roles]]\nid = \"00000000-0000-0000-0000-00000000000f\"\nname = \"Boss\"\nrules = {}\n"
                .to_owned(),
            "There is no role Boss.",
        ),
        (twice, "User Administrator stands in the file twice."),
        (rule("Approval]\na = 1"), "User Administrator: there is no rule Approval."),
        (
            rule("Approval_EndUser_Assignment]\napprovals = 2"),
            "User Administrator: the rule Approval_EndUser_Assignment has no field approvals.",
        ),
        (rule("Approval_EndUser_Assignment]\napprovalsNeeded = -2"), "User Administrator: invalid value"),
    ] {
        let found = import(&world, &pia, &text).await;
        assert!(
            matches!(refused(found).as_slice(), [(Field::Form, Broken::Document(said))] if said.starts_with(words)),
            "{text}"
        );
    }
    assert!(matches!(
        world.read(&world.user("Nora").await, async |op| role_settings::export(op, true).await).await,
        Err(Error::Denied(_))
    ));
}

async fn a_file_takes_away_what_was_not_there(database: Database) {
    let world = World::new(database).await;
    let pia = world.holder("Pia", "Privileged Role Administrator").await;
    world
        .change_settings(ROLES[1], |settings| {
            settings.activation_expiration.maximum_duration = Duration::hours(3);
        })
        .await
        .unwrap();
    let kept = settings(&world, &pia, ROLES[1]).await.settings;
    let document = export(&world, &pia, true).await;
    for format in [Format::Toml, Format::Json] {
        let text = document.write(format).unwrap();
        world
            .change_settings(ROLES[1], |settings| {
                settings.activation_enablement.ticket_pattern = Some("INC#".to_owned());
                settings.activation_enablement.ticket_hint = Some("INC and a digit".to_owned());
            })
            .await
            .unwrap();
        let planned = import(&world, &pia, &text).await.unwrap();
        assert_eq!(planned[0].changes.len(), 2, "{:?}", planned[0].changes);
        assert_eq!(settings(&world, &pia, ROLES[1]).await.settings, kept);
    }
}

async fn a_file_brings_stages_and_takes_them_away(database: Database) {
    let world = World::new(database).await;
    let (pia, mira) = (world.holder("Pia", "Privileged Role Administrator").await, world.user("Mira").await);
    world.require_approval(ROLES[1], &[mira.id]).await;
    let simple = export(&world, &pia, true).await;
    let text = simple.write(Format::Toml).unwrap();
    for line in ["approvalsNeeded = 1", "backup = \"\"", "furtherStages = []", "remindAfter = \"\""] {
        assert!(text.contains(line), "{line}: {text}");
    }
    world
        .change_settings(ROLES[1], |settings| {
            let rule = &mut settings.activation_approval;
            let backup = Backup { approvers: BTreeSet::new(), after: Duration::minutes(90) };
            rule.further_stages = vec![ApprovalStage { approvers: [pia.id].into(), ..rule.first.clone() }];
            rule.first.backup = Some(backup);
            rule.remind_after = Some(Duration::hours(4));
        })
        .await
        .unwrap();
    let kept = settings(&world, &pia, ROLES[1]).await.settings;
    let staged = export(&world, &pia, true).await;
    for format in [Format::Toml, Format::Json] {
        let planned = import(&world, &pia, &simple.write(format).unwrap()).await.unwrap();
        let changes: Vec<_> = planned[0].changes.iter().map(|change| change.name.as_str()).collect();
        assert_eq!(changes, ["Backup approvers", "Second approval stage", "Remind approvers after"]);
        let rule = settings(&world, &pia, ROLES[1]).await.settings.activation_approval;
        assert_eq!((rule.count(), rule.first.backup, rule.remind_after), (1, None, None));
        let text = staged.write(format).unwrap();
        assert_eq!(Document::parse(&text).unwrap(), staged, "{text}");
        import(&world, &pia, &text).await.unwrap();
        assert_eq!(settings(&world, &pia, ROLES[1]).await.settings, kept, "{text}");
    }
    // A file from before there were stages leaves them.
    let id = world.role(ROLES[1]);
    let old = format!(
        "[[roles]]\nid = \"{id}\"\n[roles.rules.Approval_EndUser_Assignment]\nisApprovalRequired = true\nwindow = \"P1D\"\n"
    );
    assert_eq!(import(&world, &pia, &old).await.unwrap()[0].changes, []);
}
