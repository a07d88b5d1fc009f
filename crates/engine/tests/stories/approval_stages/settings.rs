//! What the settings say of stages: before they are saved, before something is asked, and when they change while something waits.

use super::{Court, ROLE, set_stages, stage, with_backup};
use crate::refused;
use stint_domain::{
    authz::Action,
    refusal::{Broken, Field},
    scope::ScopePath,
    settings::{ApprovalRule, Backup},
    time::Duration,
};
use stint_engine::{
    approvals::Approved,
    role_settings,
    test_support::{World, hours},
    users,
};
use stint_store::Database;

stint_store::on_both_databases!(
    each_stage_has_people_of_its_own,
    nothing_is_asked_that_a_stage_could_not_approve,
    a_stage_that_is_taken_out_is_not_waited_for,
    a_request_in_a_stage_that_is_taken_out_waits_for_the_last_that_is_left,
    a_stage_that_is_put_in_is_not_asked_of_who_waits,
    a_backup_that_is_named_later_is_for_later_stages,
    settings_from_before_there_were_stages_are_read,
);

async fn each_stage_has_people_of_its_own(database: Database) {
    let world = World::new(database).await;
    let (mira, paul) = (world.user("Mira").await, world.user("Paul").await);
    let too_few = |stage, needed: &str, people: &str| {
        let (needed, people) = (needed.to_owned(), people.to_owned());
        [(Field::Approvers(stage), Broken::TooFewInStage { stage, needed, people })]
    };
    let one = |who: &[stint_domain::id::PrincipalId]| stage(who, 1);
    let found = refused(set_stages(&world, &[one(&[mira.id]), one(&[mira.id])]).await);
    assert_eq!(found, too_few(2, "one approval", "Mira"));
    assert_eq!(
        found[0].1.to_string(),
        "Stage 2 needs one approval and could have them from Mira only. Nobody counts in two stages, so each needs people of its own."
    );
    let found =
        refused(set_stages(&world, &[one(&[]), one(&[mira.id]), stage(&[mira.id, paul.id], 2)]).await);
    assert_eq!(found, too_few(3, "2 approvals", "Mira and Paul"));
    // Ada decides by default.
    set_stages(&world, &[stage(&[mira.id, paul.id], 2), one(&[])]).await.unwrap();
}

async fn nothing_is_asked_that_a_stage_could_not_approve(database: Database) {
    let court = Court::new(database).await;
    let Court { world, mira, paul, lena, omar, olga, eligibility, .. } = &court;
    let ask = async || match &refused(world.ask_to_activate(mira, *eligibility, 1).await)[..] {
        [(Field::Form, Broken::NobodyCanApprove { needed, people })] => format!("{needed}: {people}"),
        other => panic!("{other:?}"),
    };
    // Mira is one of two who could serve the second stage, and the other is needed in the first.
    set_stages(world, &[stage(&[paul.id], 1), stage(&[mira.id, paul.id], 1)]).await.unwrap();
    assert_eq!(ask().await, "one approval in stage 2 (nobody counts in two stages): you and Paul");
    set_stages(world, &[stage(&[mira.id], 1), stage(&[paul.id], 1)]).await.unwrap();
    assert_eq!(ask().await, "one approval in stage 1 (nobody counts in two stages): only you");
    set_stages(world, &[stage(&[lena.id], 1), stage(&[paul.id, omar.id], 2)]).await.unwrap();
    world.write(&world.ada, async |op| users::disable(op, omar.id).await).await.unwrap();
    assert_eq!(ask().await, "2 approvals in stage 2 (nobody counts in two stages): Paul");
    // Who stands in could do it.
    let second = with_backup(stage(&[paul.id], 2), olga, Duration::hours(1));
    set_stages(world, &[stage(&[lena.id], 1), second]).await.unwrap();
    court.ask().await;
}

async fn a_stage_that_is_taken_out_is_not_waited_for(database: Database) {
    let court = Court::new(database).await;
    let Court { world, mira, paul, .. } = &court;
    let request = court.ask().await;
    set_stages(world, &[stage(&[paul.id], 1)]).await.unwrap();
    assert!(matches!(world.approve(paul, request).await.unwrap(), Approved::Activated(_)));
    assert!(world.may(mira, Action::CreateUsers).await);
}

async fn a_request_in_a_stage_that_is_taken_out_waits_for_the_last_that_is_left(database: Database) {
    let court = Court::new(database).await;
    let Court { world, paul, lena, omar, .. } = &court;
    let request = court.ask().await;
    world.approve(paul, request).await.unwrap();
    set_stages(world, &[stage(&[paul.id, lena.id, omar.id], 1)]).await.unwrap();
    assert_eq!(court.inboxes().await, [false, true, true, false], "Paul has decided");
    // How many are needed was written down when the stage began.
    assert!(matches!(
        world.approve(lena, request).await.unwrap(),
        Approved::Waiting { approvals: 1, needed: 2 }
    ));
    assert!(matches!(world.approve(omar, request).await.unwrap(), Approved::Activated(_)));
}

async fn a_stage_that_is_put_in_is_not_asked_of_who_waits(database: Database) {
    let court = Court::new(database).await;
    let Court { world, paul, lena, omar, olga, .. } = &court;
    let request = court.ask().await;
    let stages = [stage(&[paul.id], 1), stage(&[lena.id, omar.id], 1), stage(&[olga.id], 1)];
    set_stages(world, &stages).await.unwrap();
    assert_eq!(court.find(paul, request).await.stages.len(), 2);
    world.approve(paul, request).await.unwrap();
    assert!(
        matches!(world.approve(lena, request).await.unwrap(), Approved::Activated(_)),
        "it had two, and one is needed now"
    );
}

async fn a_backup_that_is_named_later_is_for_later_stages(database: Database) {
    let court = Court::new(database).await;
    let Court { world, paul, lena, omar, olga, .. } = &court;
    let request = court.ask().await;
    let first = with_backup(stage(&[paul.id], 1), olga, Duration::minutes(15));
    set_stages(world, &[first, stage(&[lena.id, omar.id], 1)]).await.unwrap();
    world.advance(hours(1));
    assert_eq!(refused(world.approve(olga, request).await), [(Field::Form, Broken::BackupTooLate)]);
    assert_eq!(court.inboxes().await, [true, false, false, false]);
}

async fn settings_from_before_there_were_stages_are_read(database: Database) {
    let court = Court::new(database).await;
    let Court { world, paul, lena, .. } = &court;
    set_stages(world, &[stage(&[paul.id, lena.id], 2)]).await.unwrap();
    let (role, everywhere) = (world.role(ROLE), ScopePath::directory());
    let mut tx = world.engine.database().begin().await.unwrap();
    let (rules,): (String,) =
        tx.query("SELECT rules FROM role_settings WHERE role_id = $1").bind(role).fetch_one().await.unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&rules).unwrap();
    let written = json["Approval_EndUser_Assignment"].as_object_mut().unwrap();
    let names: Vec<_> = written.keys().cloned().collect();
    assert_eq!(
        names,
        ["approvalsNeeded", "approvers", "isApprovalRequired", "window"],
        "one stage is written as it was"
    );
    // As it was before anybody had to agree at all.
    written.retain(|name, _| name == "isApprovalRequired");
    for sql in [
        "UPDATE role_settings SET rules = $2 WHERE role_id = $1",
        "UPDATE role_settings_version SET rules = $2 WHERE role_id = $1",
    ] {
        tx.query(sql).bind(role).bind(json.to_string()).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
    let get = async |op: &mut _| role_settings::get(op, role, &everywhere).await;
    let found = world.read(&world.ada, get).await.unwrap().settings.activation_approval;
    assert_eq!(found, ApprovalRule { is_approval_required: true, ..ApprovalRule::default() });
    // And an old version comes back.
    set_stages(world, &[stage(&[paul.id], 1), stage(&[lena.id], 1)]).await.unwrap();
    let restore = async |op: &mut _| role_settings::restore(op, role, &everywhere, 1).await;
    world.write(&world.ada, restore).await.unwrap();
    assert_eq!(world.read(&world.ada, get).await.unwrap().settings.activation_approval, found);
    // What is named as a backup has to be somebody.
    let mut first = stage(&[paul.id], 1);
    let nobody = world.engine.random().id(world.now());
    first.backup = Some(Backup { approvers: [nobody].into(), after: Duration::hours(1) });
    let refusals = refused(set_stages(world, &[first]).await);
    assert!(
        matches!(&refusals[..], [(Field::BackupApprovers(1), Broken::CannotApprove { .. })]),
        "{refusals:?}"
    );
}
