//! An installation of a version before goes on: what people hold, asked for and set is still there, and still works.

use crate::refused;
use chrono::{DateTime, Utc};
use stint_domain::{
    authz::Action,
    id::{PrincipalId, RequestId, RoleId, ScheduleId},
    refusal::{Broken, Field},
    request::RequestAction,
    role::Provider,
    schedule::AssignmentType,
    scope::ScopePath,
    settings::RoleSettings,
    time::Duration,
};
use stint_engine::{
    approvals::{self, Approved},
    clock::{Clock, TestClock},
    role_settings,
    test_support::{User, World, hours},
};
use stint_store::{Database, PageRequest, Transaction, test_support};
use uuid::Uuid;

/// The tables of the first version that knew approvals. Nobody has older ones.
const VERSION: i64 = 2;
/// User Administrator.
const ROLE: Uuid = Uuid::from_u128(0xfe93_0be7_5e62_47db_91af_98c3_a49a_38b1);
const NEVER: &str = "9999-12-31T00:00:00Z";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    let database = test_support::empty_sqlite().await;
    an_installation_goes_on(database.clone()).await;
    test_support::forget(&database);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    if let Some(database) = test_support::empty_postgres().await {
        an_installation_goes_on(database).await;
    }
}

/// What was there: Mira is eligible for a role, and her request to turn it on waits for Paul.
struct Before {
    mira: User,
    paul: User,
    eligibility: ScheduleId,
    request: RequestId,
}

impl Before {
    /// As that version wrote it, so nothing here asks the store of today.
    async fn write(database: &Database, now: DateTime<Utc>) -> Self {
        let before = Self {
            mira: user(1, "Mira"),
            paul: user(2, "Paul"),
            eligibility: Uuid::from_u128(3).into(),
            request: Uuid::from_u128(4).into(),
        };
        let mut tx = database.begin().await.unwrap();
        for (person, name) in [(&before.mira, "Mira"), (&before.paul, "Paul")] {
            tx.query(
                "INSERT INTO principal (id, kind, display_name, sort_name, user_name, enabled, assignable_to_role, version,
                                        created_at)
                 VALUES ($1, 'user', $2, $3, $4, $5, $6, 1, $7)",
            )
            .bind(person.id)
            .bind(name.to_owned())
            .bind(name.to_lowercase())
            .bind(person.user_name.clone())
            .bind(true)
            .bind(false)
            .bind(now)
            .execute_one()
            .await
            .unwrap();
        }
        tx.query(
            "INSERT INTO role (id, provider, name, sort_name, description, is_builtin, is_privileged, is_assignable,
                               scope_types, permissions, version)
             VALUES ($1, 'directory', 'User Administrator', 'user administrator', '', $2, $2, $2, '[]', '[]', 1)",
        )
        .bind(ROLE)
        .bind(true)
        .execute_one()
        .await
        .unwrap();
        before.write_settings(&mut tx, now).await;
        before.write_assignment(&mut tx, now).await;
        tx.commit().await.unwrap();
        before
    }

    async fn write_settings(&self, tx: &mut Transaction, now: DateTime<Utc>) {
        let mut settings = RoleSettings::default_for(Provider::Directory);
        settings.activation_expiration.maximum_duration = Duration::hours(4);
        settings.activation_approval.is_approval_required = true;
        settings.activation_approval.first.approvers.insert(self.paul.id);
        let rules = serde_json::to_string(&settings).unwrap();
        for table in [
            "INSERT INTO role_settings (role_id, scope, rules, version, modified_at, modified_by)
             VALUES ($1, '/', $2, 1, $3, $4)",
            "INSERT INTO role_settings_version (role_id, scope, rules, version, modified_at, modified_by)
             VALUES ($1, '/', $2, 1, $3, $4)",
        ] {
            tx.query(table)
                .bind(ROLE)
                .bind(rules.clone())
                .bind(now)
                .bind(self.paul.id)
                .execute_one()
                .await
                .unwrap();
        }
        tx.query("INSERT INTO role_approver (approver_id, role_id, scope) VALUES ($1, $2, '/')")
            .bind(self.paul.id)
            .bind(ROLE)
            .execute_one()
            .await
            .unwrap();
    }

    async fn write_assignment(&self, tx: &mut Transaction, now: DateTime<Utc>) {
        let given: RequestId = Uuid::from_u128(5).into();
        let never: DateTime<Utc> = NEVER.parse().unwrap();
        for (id, kind, action, status, end) in [
            (given, "eligible", RequestAction::AdminAssign, "Provisioned", never),
            (self.request, "active", RequestAction::SelfActivate, "PendingApproval", now + hours(2)),
        ] {
            tx.query(
                "INSERT INTO schedule_request (id, provider, assignment_type, action, principal_id, role_id, scope, start_at,
                                               end_at, justification, status, requested_by, created_at)
                 VALUES ($1, 'directory', $2, $3, $4, $5, '/', $6, $7, 'of before', $8, $4, $6)",
            )
            .bind(id)
            .bind(kind.to_owned())
            .bind(action)
            .bind(self.mira.id)
            .bind(ROLE)
            .bind(now)
            .bind(end)
            .bind(status.to_owned())
            .execute_one()
            .await
            .unwrap();
        }
        tx.query(
            "INSERT INTO schedule (id, provider, assignment_type, state, principal_id, role_id, scope, start_at, end_at,
                                   request_id, created_at)
             VALUES ($1, 'directory', 'eligible', 'assigned', $2, $3, '/', $4, $5, $6, $4)",
        )
        .bind(self.eligibility)
        .bind(self.mira.id)
        .bind(ROLE)
        .bind(now)
        .bind(never)
        .bind(given)
        .execute_one()
        .await
        .unwrap();
        tx.query(
            "UPDATE schedule_request
                SET eligibility_id = $2, settings_scope = '/', approvals_needed = 1, expires_at = $3
              WHERE id = $1",
        )
        .bind(self.request)
        .bind(self.eligibility)
        .bind(now + hours(24))
        .execute_one()
        .await
        .unwrap();
    }
}

fn user(number: u128, name: &str) -> User {
    let id: PrincipalId = Uuid::from_u128(number).into();
    User { id, user_name: format!("{}@contoso.example", name.to_lowercase()) }
}

async fn an_installation_goes_on(database: Database) {
    database.migrate_to(VERSION).await.unwrap();
    let Before { mira, paul, eligibility, request } =
        Before::write(&database, TestClock::default().now()).await;
    // The new version starts on it, twice.
    let world = World::new(database.clone()).await;
    database.migrate().await.unwrap();
    let role = RoleId::from(ROLE);

    let everywhere = ScopePath::directory();
    let found =
        world.read(&world.ada, async |op| role_settings::get(op, role, &everywhere).await).await.unwrap();
    assert_eq!(
        (found.version, found.settings.activation_expiration.maximum_duration),
        (1, Duration::hours(4))
    );
    assert_eq!(found.approvers.iter().map(|one| one.id).collect::<Vec<_>>(), [paul.id]);

    // What waited still waits for whom it waited, in the only stage that there is, and is decided.
    let waiting =
        async |op: &mut _| approvals::list(op, &approvals::View::default(), &PageRequest::first()).await;
    let waiting = world.read(&paul, waiting).await.unwrap().items;
    assert_eq!(waiting.iter().map(|one| one.request.id).collect::<Vec<_>>(), [request]);
    assert_eq!((waiting[0].request.stage(), waiting[0].request.stages()), (1, 1));
    let twice = world.ask_to_activate(&mira, eligibility, 1).await;
    assert!(matches!(refused(twice)[..], [(Field::Form, Broken::RequestPending)]));
    let approved = world.approve(&paul, request).await.unwrap();
    assert!(matches!(approved, Approved::Activated(_)), "{approved:?}");
    assert!(world.may(&mira, Action::CreateUsers).await);
    world.advance(hours(2));
    assert!(!world.may(&mira, Action::CreateUsers).await);

    // What was held is held, and given to others beside it.
    let held = world.schedule(eligibility).await;
    assert_eq!((held.assignment_type, held.window.end), (AssignmentType::Eligible, None));
    world.make_eligible(&paul, "User Administrator").await;
}
