//! Organisations that are made up, for the demo and for measuring, keep the same rules as real ones.

use std::sync::Arc;
use stint_domain::{authz::Action, schedule::AssignmentType};
use stint_engine::{
    Caller, Engine,
    audit::{self, Chain},
    clock::TestClock,
    demo,
    generate::{self, Size},
    random::Random,
    sign_in,
};
use stint_store::Database;

stint_store::on_both_databases!(the_demo_keeps_the_rules, a_made_up_organisation_keeps_the_rules);

async fn start(database: Database) -> Engine {
    let clock = Arc::new(TestClock::default());
    Engine::start(database, clock, Arc::new(Random::from_seed(1))).await.unwrap()
}

async fn count(engine: &Engine, sql: &'static str) -> i64 {
    let mut tx = engine.database().read().await.unwrap();
    let (count,): (i64,) = tx.query(sql).fetch_one().await.unwrap();
    count
}

/// What holds of every organisation, told of its rows.
async fn keeps_the_rules(engine: &Engine) {
    let events = count(engine, "SELECT COUNT(*) FROM audit_event").await;
    assert_eq!(audit::verify(engine.database()).await.unwrap(), Chain::Whole(events));
    for (never, sql) in [
        ("outlives its eligibility",
         "SELECT COUNT(*) FROM schedule AS a JOIN schedule AS e ON e.id = a.eligibility_id WHERE a.end_at > e.end_at"),
        ("begins before its eligibility",
         "SELECT COUNT(*) FROM schedule AS a JOIN schedule AS e ON e.id = a.eligibility_id WHERE a.start_at < e.start_at"),
        ("is of another role than its eligibility",
         "SELECT COUNT(*) FROM schedule AS a JOIN schedule AS e ON e.id = a.eligibility_id WHERE a.role_id <> e.role_id"),
        ("has no request", "SELECT COUNT(*) FROM schedule WHERE request_id NOT IN (SELECT id FROM schedule_request)"),
        ("is an eligible service principal",
         "SELECT COUNT(*) FROM schedule AS s JOIN principal AS p ON p.id = s.principal_id
           WHERE s.assignment_type = 'eligible' AND p.kind = 'service_principal'"),
        ("is a group that roles cannot be assigned to",
         "SELECT COUNT(*) FROM schedule AS s JOIN principal AS p ON p.id = s.principal_id
           WHERE p.kind = 'group' AND p.assignable_to_role = FALSE"),
        ("is a group within a group that holds roles",
         "SELECT COUNT(*) FROM group_member AS m JOIN principal AS g ON g.id = m.group_id JOIN principal AS p ON p.id = m.member_id
           WHERE g.assignable_to_role = TRUE AND p.kind = 'group'"),
    ] {
        assert_eq!(count(engine, sql).await, 0, "something {never}");
    }
}

async fn the_demo_keeps_the_rules(database: Database) {
    let engine = start(database).await;
    demo::fill(&engine).await.unwrap();
    keeps_the_rules(&engine).await;
    let people = count(&engine, "SELECT COUNT(*) FROM principal").await;
    demo::fill(&engine).await.unwrap();
    assert_eq!(count(&engine, "SELECT COUNT(*) FROM principal").await, people, "what is there is left alone");
}

async fn a_made_up_organisation_keeps_the_rules(database: Database) {
    let engine = start(database).await;
    let size = Size { users: 300, groups: 20, schedules: 1500, audit_events: 2000 };
    let administrator = generate::generate(&engine, size, 7, &mut |_, _, _| {}).await.unwrap().unwrap();
    keeps_the_rules(&engine).await;
    for kind in [AssignmentType::Eligible, AssignmentType::Active] {
        let mut tx = engine.database().read().await.unwrap();
        let sql = "SELECT COUNT(*) FROM schedule WHERE assignment_type = $1";
        let (some,): (i64,) = tx.query(sql).bind(kind).fetch_one().await.unwrap();
        assert!(some > 100, "{kind:?}: {some}");
    }
    let password = administrator.password.as_str();
    let signed_in =
        sign_in::with_password(&engine, &Caller::default(), generate::ADMINISTRATOR, password).await.unwrap();
    let op = engine.read(&Caller { token: Some(signed_in.token), ..Caller::default() }).await.unwrap();
    let target = stint_domain::authz::Target::directory();
    assert!(op.decide(Action::UpdateRoleAssignments, &target).unwrap().is_allowed());
    drop(op);
    let again = generate::generate(&engine, size, 7, &mut |_, _, _| {}).await.unwrap();
    assert!(again.is_none(), "what is there is left alone");
}
