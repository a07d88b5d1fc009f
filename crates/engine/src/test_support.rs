//! A small organisation to tell stories in: a clock that can be moved, people who are signed in, one administrator.
//!
//! Where a story needs a row, [`World`] makes it; where it needs a verb, it runs one operation as one person, from its
//! beginning to its commit. What cannot happen in a story panics, because there the test cannot go on.
#![expect(clippy::missing_panics_doc, reason = "a test's helper panics where the test cannot go on")]

use crate::{
    Caller, Engine, Operation, Result,
    activate::{self, Activated},
    administrative_units,
    approvals::{self, Approved, Grant},
    assign::{self, Ask},
    clock::{Clock, TestClock},
    groups,
    passwords::{self, Fresh},
    random::Random,
    role_settings,
    secrets::SecretKeys,
    service_principals,
    sessions::Limits,
    sign_in::{self, SignedIn},
    step_up,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use stint_domain::{
    assign::Activation,
    authz::{Action, Target},
    id::{AdministrativeUnitId, PrincipalId, RequestId, RoleId, ScheduleId},
    principal::PrincipalKind,
    role::GLOBAL_ADMINISTRATOR,
    schedule::{AssignmentState, AssignmentType, Schedule},
    scope::ScopePath,
    settings::RoleSettings,
    step_up::FactorMethod,
    text::{DisplayName, Justification},
    time::{Duration, Window},
};
use stint_store::{
    Database,
    principal::{self, PrincipalRow},
    request::{self, NewRequest},
    schedule,
};

/// This many hours.
pub const fn hours(count: i64) -> TimeDelta {
    TimeDelta::hours(count)
}

/// This many days.
pub const fn days(count: i64) -> TimeDelta {
    TimeDelta::days(count)
}

/// A reason.
pub fn because(text: &str) -> Option<Justification> {
    Some(Justification::parse(text).expect("a reason"))
}

/// A reason, where there must be one.
pub fn reason(text: &str) -> Justification {
    Justification::parse(text).expect("a reason")
}

/// A person in a story.
#[derive(Clone, Debug)]
pub struct User {
    /// Their id.
    pub id: PrincipalId,
    /// What they sign in with.
    pub user_name: String,
}

/// An organisation with one permanent Global Administrator.
#[derive(Debug)]
pub struct World {
    /// The engine that serves it.
    pub engine: Engine,
    /// Ada, the Global Administrator.
    pub ada: User,
    clock: Arc<TestClock>,
    sessions: Mutex<HashMap<PrincipalId, (Caller, Used)>>,
}

/// When a session began, and when it was last used.
#[derive(Clone, Copy, Debug)]
struct Used {
    since: DateTime<Utc>,
    last: DateTime<Utc>,
}

impl Used {
    fn holds(self, now: DateTime<Utc>) -> bool {
        let limits = Limits::default();
        now < self.since + limits.longest && now < self.last + limits.idle
    }
}

impl World {
    /// An organisation in an empty database.
    pub async fn new(database: Database) -> Self {
        let (clock, random) = (Arc::new(TestClock::default()), Arc::new(Random::from_seed(7)));
        let engine = Engine::start(database, clock.clone(), random).await.expect("the engine starts");
        let keys = SecretKeys::parse(&"5a".repeat(32)).expect("a key");
        let engine = engine.with_secret_keys(keys).with_address("http://localhost:3000");
        let ada = insert_user(&engine, "Ada").await;
        insert_standing(&engine, &ada, GLOBAL_ADMINISTRATOR).await;
        Self { engine, ada, clock, sessions: Mutex::default() }
    }

    /// A new person.
    pub async fn user(&self, name: &str) -> User {
        insert_user(&self.engine, name).await
    }

    /// A new person who permanently holds a role.
    pub async fn holder(&self, name: &str, role: &str) -> User {
        let user = self.user(name).await;
        insert_standing(&self.engine, &user, self.role(role)).await;
        user
    }

    /// A new group.
    pub async fn group(&self, name: &str, assignable_to_role: bool) -> PrincipalId {
        let properties = groups::Properties { display_name: display_name(name), description: None };
        self.write(&self.ada, async |op| groups::create(op, properties, assignable_to_role).await)
            .await
            .expect("a group")
    }

    /// A new group that roles can be assigned to, with these members.
    pub async fn group_of(&self, name: &str, members: &[&User]) -> PrincipalId {
        let group = self.group(name, true).await;
        for member in members {
            self.write(&self.ada, async |op| groups::add_member(op, group, member.id).await)
                .await
                .expect("a member");
        }
        group
    }

    /// A new service principal.
    pub async fn program(&self, name: &str) -> PrincipalId {
        let properties =
            service_principals::Properties { display_name: display_name(name), description: None };
        self.write(&self.ada, async |op| service_principals::create(op, properties).await)
            .await
            .expect("a service principal")
    }

    /// A new administrative unit with these members.
    pub async fn unit(&self, name: &str, members: &[PrincipalId]) -> AdministrativeUnitId {
        let properties =
            administrative_units::Properties { display_name: display_name(name), description: None };
        self.write(&self.ada, async |op| {
            let unit = administrative_units::create(op, properties).await?;
            for &member in members {
                administrative_units::add_member(op, unit, member).await?;
            }
            Ok(unit)
        })
        .await
        .expect("an administrative unit")
    }

    /// The directory role with this name.
    pub fn role(&self, name: &str) -> RoleId {
        let found = self.engine.catalogue().search(stint_domain::role::Provider::Directory, name);
        found.into_iter().find(|role| role.name == name).unwrap_or_else(|| panic!("there is no {name}")).id
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Lets no time pass but by [`Self::advance`], where a story is about moments. What happens at one moment has no order.
    pub fn stop_clock(&self) {
        self.clock.stop();
    }

    /// The clock, for another engine in the same world.
    pub fn clock(&self) -> Arc<TestClock> {
        self.clock.clone()
    }

    /// Lets time pass.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Signs a person in.
    pub async fn sign_in(&self, user: &User) -> Caller {
        let signed_in = sign_in::as_demo_person(&self.engine, &Caller::default(), &user.user_name).await;
        Caller { token: Some(signed_in.expect("they sign in").token), ..Caller::default() }
    }

    /// The person's session; a new one where the last has run its time.
    pub async fn caller(&self, user: &User) -> Caller {
        let sessions = || self.sessions.lock().expect("no test panicked here");
        let known = sessions().get(&user.id).cloned();
        match known {
            Some((caller, times)) if times.holds(self.now()) => {
                let times = Used { last: self.now(), ..times };
                sessions().insert(user.id, (caller.clone(), times));
                caller
            }
            _ => {
                let signed_in =
                    sign_in::as_demo_person(&self.engine, &Caller::default(), &user.user_name).await;
                let token = signed_in.ok().map(|signed_in| signed_in.token);
                let caller = Caller { token, ..Caller::default() };
                let times = Used { since: self.now(), last: self.now() };
                sessions().insert(user.id, (caller.clone(), times));
                caller
            }
        }
    }

    /// Notes a second factor in the person's session, where a story is about something else.
    pub async fn confirm(&self, user: &User) {
        let caller = self.caller(user).await;
        let mut op = self.engine.write(&caller).await.expect("an operation");
        let session = step_up::raise(&mut op, &caller, FactorMethod::Totp).await.expect("a session");
        op.commit().await.expect("a commit");
        self.keep_session(user, session);
    }

    /// Goes on with another token of the person's session.
    pub fn keep_session(&self, user: &User, session: SignedIn) {
        let caller = Caller { token: Some(session.token), ..Caller::default() };
        let since = self.now() + session.lasts - Limits::default().longest;
        let times = Used { since, last: self.now() };
        self.sessions.lock().expect("no test panicked here").insert(user.id, (caller, times));
    }

    /// Lets the person sign in anew: after they were disabled, say, and enabled again.
    pub fn forget_session(&self, user: &User) {
        self.sessions.lock().expect("no test panicked here").remove(&user.id);
    }

    /// One operation of a person that writes, committed where it succeeds.
    pub async fn write<T>(
        &self,
        by: &User,
        work: impl AsyncFnOnce(&mut Operation) -> Result<T>,
    ) -> Result<T> {
        let mut op = self.engine.write(&self.caller(by).await).await?;
        let done = work(&mut op).await?;
        op.commit().await?;
        Ok(done)
    }

    /// One operation of a person that reads.
    pub async fn read<T>(&self, by: &User, work: impl AsyncFnOnce(&mut Operation) -> Result<T>) -> Result<T> {
        work(&mut self.engine.read(&self.caller(by).await).await?).await
    }

    /// Whether a person may do this to the directory, now.
    pub async fn may(&self, user: &User, action: Action) -> bool {
        self.may_to(user, action, &Target::directory()).await
    }

    /// Whether a person may do this to that, now.
    pub async fn may_to(&self, user: &User, action: Action, target: &Target) -> bool {
        let decision = self.read(user, async |op| op.decide(action, target)).await;
        decision.is_ok_and(|decision| decision.is_allowed())
    }

    /// What the wizard would ask for: permanently, from now on, everywhere, with a reason.
    pub fn ask(&self, assignment_type: AssignmentType, role: RoleId, member: impl Into<PrincipalId>) -> Ask {
        Ask {
            role,
            scope: ScopePath::directory(),
            members: vec![member.into()],
            assignment_type,
            start: None,
            end: None,
            justification: because("a story needs it"),
        }
    }

    /// Assigns as Ada.
    pub async fn assign(&self, ask: Ask) -> Result<ScheduleId> {
        self.write(&self.ada, async |op| assign::assign(op, ask).await).await.map(|ids| ids[0])
    }

    /// Makes somebody permanently eligible.
    pub async fn make_eligible(&self, member: impl Into<PrincipalId>, role: &str) -> ScheduleId {
        let ask = self.ask(AssignmentType::Eligible, self.role(role), member);
        self.assign(ask).await.expect("an eligibility")
    }

    /// Makes somebody permanently active.
    pub async fn make_active(&self, member: impl Into<PrincipalId>, role: &str) -> ScheduleId {
        let ask = self.ask(AssignmentType::Active, self.role(role), member);
        self.assign(ask).await.expect("an active assignment")
    }

    /// Activates for so many hours, with a reason, where nobody has to agree.
    pub async fn activate(&self, user: &User, eligibility: ScheduleId, hours: i64) -> Result<Schedule> {
        self.ask_to_activate(user, eligibility, hours).await.map(|activated| match activated {
            Activated::Schedule(schedule) => schedule,
            Activated::Pending { .. } => panic!("nobody has to agree"),
        })
    }

    /// Asks to activate for so many hours, with a reason.
    pub async fn ask_to_activate(
        &self,
        user: &User,
        eligibility: ScheduleId,
        hours: i64,
    ) -> Result<Activated> {
        let asked = Activation {
            start: None,
            duration: Duration::hours(hours),
            justification: because("on call"),
            ticket: None,
        };
        self.write(user, async |op| activate::activate(op, eligibility, asked, None).await).await
    }

    /// Lets these decide on activations of a role; those who do by default where nobody is named.
    pub async fn require_approval(&self, role: &str, approvers: &[PrincipalId]) {
        self.change_settings(role, |settings| {
            settings.activation_approval.is_approval_required = true;
            settings.activation_approval.first.approvers = approvers.iter().copied().collect();
        })
        .await
        .expect("settings");
    }

    /// Changes the settings of a directory role as Ada.
    pub async fn change_settings(&self, role: &str, change: impl FnOnce(&mut RoleSettings)) -> Result<i64> {
        let (role, everywhere) = (self.role(role), ScopePath::directory());
        self.write(&self.ada, async |op| {
            let found = role_settings::get(op, role, &everywhere).await?;
            let mut settings = found.settings;
            change(&mut settings);
            role_settings::update(op, role, &everywhere, settings, found.version).await
        })
        .await
    }

    /// Asks for an hour of a role that somebody has to agree to.
    pub async fn request(&self, user: &User, eligibility: ScheduleId) -> RequestId {
        match self.ask_to_activate(user, eligibility, 1).await.expect("a request") {
            Activated::Pending { request, .. } => request,
            Activated::Schedule(_) => panic!("somebody has to agree"),
        }
    }

    /// Approves as it was asked for.
    pub async fn approve(&self, by: &User, request: RequestId) -> Result<Approved> {
        self.write(by, async |op| {
            approvals::approve(op, request, reason("it is needed"), Grant::AsAsked).await
        })
        .await
    }

    /// Denies.
    pub async fn deny(&self, by: &User, request: RequestId) -> Result<()> {
        self.write(by, async |op| approvals::deny(op, request, reason("it is not needed")).await).await
    }

    /// An assignment as it stands.
    pub async fn schedule(&self, id: ScheduleId) -> Schedule {
        let mut tx = self.engine.database().read().await.expect("a reader");
        schedule::find(&mut tx, id).await.expect("an answer").expect("the assignment")
    }

    /// A password that is ready to be set.
    pub async fn fresh_password(&self) -> Fresh {
        passwords::fresh(&self.engine).await.expect("a password")
    }

    /// How many rows a `SELECT COUNT(*)` counts.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut tx = self.engine.database().read().await.expect("a reader");
        let (count,): (i64,) = tx.query(sql).fetch_one().await.expect("a count");
        count
    }
}

impl From<&User> for PrincipalId {
    fn from(user: &User) -> Self {
        user.id
    }
}

/// A name.
pub fn display_name(name: &str) -> DisplayName {
    DisplayName::parse(name).expect("a name")
}

async fn insert_user(engine: &Engine, name: &str) -> User {
    let mut tx = engine.database().begin().await.expect("a writer");
    let now = engine.clock().now();
    let id: PrincipalId = engine.random().id(now);
    let user_name =
        format!("{}.{}@contoso.example", name.to_lowercase().replace(' ', "."), id.as_uuid().simple());
    let row = PrincipalRow {
        user_name: Some(user_name.clone()),
        ..PrincipalRow::new(id, PrincipalKind::User, name.to_owned(), now)
    };
    principal::insert(&mut tx, &row).await.expect("a user");
    tx.commit().await.expect("a commit");
    User { id, user_name }
}

/// Past the use cases, because the first administrator is made by nobody.
async fn insert_standing(engine: &Engine, user: &User, role: RoleId) {
    let now = engine.clock().now();
    let schedule = Schedule {
        id: engine.random().id(now),
        assignment_type: AssignmentType::Active,
        state: AssignmentState::Assigned,
        provider: stint_domain::role::Provider::Directory,
        principal: user.id,
        role,
        scope: ScopePath::directory(),
        window: Window::new(now, None),
        eligibility: None,
        request: engine.random().id(now),
    };
    let request = NewRequest {
        id: schedule.request,
        provider: schedule.provider,
        assignment_type: schedule.assignment_type,
        action: stint_domain::request::RequestAction::AdminAssign,
        principal: user.id,
        role,
        scope: schedule.scope.clone(),
        window: schedule.window,
        justification: None,
        ticket: None,
        status: stint_domain::request::RequestStatus::Provisioned,
        requested_by: user.id,
        schedule: Some(schedule.id),
        created_at: now,
        signed_in: None,
        prolongs: None,
        approval: None,
    };
    let mut tx = engine.database().begin().await.expect("a writer");
    request::append(&mut tx, &request).await.expect("a request");
    schedule::insert(&mut tx, &schedule, now).await.expect("an assignment");
    tx.commit().await.expect("a commit");
}
