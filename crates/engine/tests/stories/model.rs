//! Whatever people do in whatever order: no activation outlives its eligibility, an administrator stands, and who may what
//! is what the rows and the time say (invariants 1, 4 and 7).

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use std::collections::BTreeSet;
use stint_domain::{
    authz::Action,
    id::{PrincipalId, ScheduleId},
    role::GLOBAL_ADMINISTRATOR,
    schedule::{AssignmentType, Schedule},
    scope::ScopePath,
    time::Window,
};
use stint_engine::{
    Error, Result, activate,
    assign::{self, Ask, Change},
    audit, groups,
    test_support::{User, World, because, hours},
    users,
};
use stint_store::{principal, schedule, test_support};
use tokio::runtime::Runtime;

/// One thing that somebody does. Numbers choose among what is there.
#[derive(Clone, Debug)]
enum Act {
    Assign { to: usize, role: usize, kind: AssignmentType, starts_in: i64, lasts: Option<i64> },
    Update { which: usize, lasts: Option<i64> },
    Remove { which: usize },
    Activate { who: usize, which: usize, starts_in: i64, lasts: i64 },
    Deactivate { who: usize, which: usize },
    Enable { who: usize, enabled: bool },
    Join { who: usize },
    Leave { who: usize },
    DeleteGroup,
    RestoreGroup,
    Wait { minutes: i64 },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let kind = prop_oneof![2 => Just(AssignmentType::Eligible), 1 => Just(AssignmentType::Active)];
    let act = prop_oneof![
        4 => (0..5_usize, 0..3_usize, kind, prop_oneof![3 => Just(0), 1 => 1..4_i64], proptest::option::of(1..12_i64))
            .prop_map(|(to, role, kind, starts_in, lasts)| Act::Assign { to, role, kind, starts_in, lasts }),
        2 => (any::<usize>(), proptest::option::of(1..12_i64)).prop_map(|(which, lasts)| Act::Update { which, lasts }),
        2 => any::<usize>().prop_map(|which| Act::Remove { which }),
        5 => (0..4_usize, any::<usize>(), prop_oneof![3 => Just(0), 1 => 1..4_i64], 1..9_i64)
            .prop_map(|(who, which, starts_in, lasts)| Act::Activate { who, which, starts_in, lasts }),
        1 => (0..4_usize, any::<usize>()).prop_map(|(who, which)| Act::Deactivate { who, which }),
        2 => (0..4_usize, any::<bool>()).prop_map(|(who, enabled)| Act::Enable { who, enabled }),
        1 => (0..4_usize).prop_map(|who| Act::Join { who }),
        1 => (0..4_usize).prop_map(|who| Act::Leave { who }),
        1 => Just(Act::DeleteGroup),
        1 => Just(Act::RestoreGroup),
        2 => (1..180_i64).prop_map(|minutes| Act::Wait { minutes }),
    ];
    proptest::collection::vec(act, 1..40)
}

const ROLES: [&str; 3] = ["User Administrator", "Groups Administrator", "Global Administrator"];

/// The world, and what the model remembers of it.
struct Story {
    world: World,
    people: Vec<User>,
    group: PrincipalId,
}

impl Story {
    async fn begin(world: World) -> Self {
        let mut people = vec![world.ada.clone()];
        for name in ["Ben", "Cleo", "Dora"] {
            people.push(world.user(name).await);
        }
        let group = world.group_of("Group", &[&people[2], &people[3]]).await;
        Self { world, people, group }
    }

    async fn schedules(&self) -> Vec<Schedule> {
        let mut tx = self.world.engine.database().read().await.unwrap();
        let ids: Vec<(ScheduleId,)> =
            tx.query("SELECT id FROM schedule ORDER BY id").fetch_all().await.unwrap();
        let mut all = Vec::new();
        for (id,) in ids {
            all.push(schedule::find(&mut tx, id).await.unwrap().unwrap());
        }
        all
    }

    /// The groups that somebody is in: themselves, and the one group there is.
    async fn memberships(&self, user: &User) -> BTreeSet<PrincipalId> {
        let mut tx = self.world.engine.database().read().await.unwrap();
        let members: Vec<(PrincipalId,)> = tx
            .query("SELECT member_id FROM group_member WHERE member_id = $1 AND group_id = $2")
            .bind(user.id)
            .bind(self.group)
            .fetch_all()
            .await
            .unwrap();
        let group = principal::find(&mut tx, self.group).await.unwrap().unwrap();
        let mut all = BTreeSet::from([user.id]);
        if !members.is_empty() && group.deleted_at.is_none() {
            all.insert(self.group);
        }
        all
    }

    async fn is_enabled(&self, user: &User) -> bool {
        let mut tx = self.world.engine.database().read().await.unwrap();
        principal::find(&mut tx, user.id).await.unwrap().unwrap().enabled
    }

    /// Somebody who may do everything, of whom there is always one.
    async fn administrator(&self) -> User {
        for user in &self.people {
            if self.world.may(user, Action::UpdateRoleAssignments).await {
                return user.clone();
            }
        }
        panic!("nobody administers any more");
    }

    async fn perform(&self, act: Act) -> Result<()> {
        let (world, by) = (&self.world, self.administrator().await);
        let (now, all) = (world.now(), self.schedules().await);
        let nth = |which: usize| all[which % all.len()].id;
        let at = |starts_in: i64| (starts_in > 0).then(|| now + hours(starts_in));
        match act {
            Act::Assign { to, role, kind, starts_in, lasts } => {
                let member = self.people.get(to).map_or(self.group, |user| user.id);
                let ask = Ask {
                    start: at(starts_in),
                    end: lasts.map(|lasts| now + hours(starts_in + lasts)),
                    ..world.ask(kind, world.role(ROLES[role]), member)
                };
                world.write(&by, async |op| assign::assign(op, ask).await).await.map(drop)
            }
            Act::Update { which, lasts } => {
                let end = lasts.map(|lasts| now + hours(lasts));
                let change = Change { start: None, end, justification: because("model") };
                world.write(&by, async |op| assign::update(op, nth(which), change).await).await
            }
            Act::Remove { which } => {
                world.write(&by, async |op| assign::remove(op, nth(which), None).await).await
            }
            Act::Activate { who, which, starts_in, lasts } => {
                let eligible: Vec<_> =
                    all.iter().filter(|s| s.assignment_type == AssignmentType::Eligible).collect();
                let Some(eligibility) = eligible.get(which % eligible.len().max(1)) else { return Ok(()) };
                let asked = stint_domain::assign::Activation {
                    start: at(starts_in),
                    duration: stint_domain::time::Duration::hours(lasts),
                    justification: because("model"),
                    ticket: None,
                };
                let user = &self.people[who];
                world
                    .write(user, async |op| activate::activate(op, eligibility.id, asked, None).await)
                    .await
                    .map(drop)
            }
            Act::Deactivate { who, which } => {
                world.write(&self.people[who], async |op| activate::deactivate(op, nth(which)).await).await
            }
            Act::Enable { who, enabled } => {
                let user = &self.people[who];
                let done = world.write(&by, async |op| {
                    if enabled { users::enable(op, user.id).await } else { users::disable(op, user.id).await }
                });
                let done = done.await;
                world.forget_session(user);
                done
            }
            Act::Join { who } => {
                let user = &self.people[who];
                world.write(&by, async |op| groups::add_member(op, self.group, user.id).await).await
            }
            Act::Leave { who } => {
                let user = &self.people[who];
                world.write(&by, async |op| groups::remove_member(op, self.group, user.id).await).await
            }
            Act::DeleteGroup => world.write(&by, async |op| groups::delete(op, self.group).await).await,
            Act::RestoreGroup => world.write(&by, async |op| groups::restore(op, self.group).await).await,
            Act::Wait { minutes } => {
                world.advance(TimeDelta::minutes(minutes));
                Ok(())
            }
        }
    }

    async fn check(&self) {
        let (now, all) = (self.world.now(), self.schedules().await);
        for activation in all.iter().filter(|s| s.eligibility.is_some()) {
            let eligibility = all.iter().find(|s| Some(s.id) == activation.eligibility).unwrap();
            assert!(
                lies_inside(activation.window, eligibility.window, now),
                "{activation:?} outlives {eligibility:?}"
            );
            let holder = self.people.iter().find(|user| user.id == activation.principal).unwrap();
            let lives = !activation.window.is_empty() && activation.window.end.is_none_or(|end| end > now);
            if lives {
                assert!(self.memberships(holder).await.contains(&eligibility.principal), "{activation:?}");
                assert!(self.is_enabled(holder).await, "{activation:?}");
            }
        }
        let mut standing = 0;
        for user in &self.people {
            let memberships = self.memberships(user).await;
            let enabled = self.is_enabled(user).await;
            let held: Vec<_> = all
                .iter()
                .filter(|s| {
                    enabled
                        && s.assignment_type == AssignmentType::Active
                        && memberships.contains(&s.principal)
                })
                .filter(|s| s.scope == ScopePath::directory() && s.window.contains(now))
                .collect();
            standing +=
                usize::from(held.iter().any(|s| s.role == GLOBAL_ADMINISTRATOR && s.window.end.is_none()));
            for action in [Action::CreateUsers, Action::CreateGroups, Action::UpdateRoleAssignments] {
                let expected = held.iter().any(|s| {
                    let (_, actions) = self.world.engine.catalogue().find(s.role).unwrap();
                    actions.contains(action)
                });
                assert_eq!(self.world.may(user, action).await, expected, "{} {action:?}", user.user_name);
            }
        }
        assert!(standing > 0, "nobody stands");
    }
}

/// Whether every moment from now on that lies in the inner window lies in the outer.
fn lies_inside(inner: Window, outer: Window, now: DateTime<Utc>) -> bool {
    let (start, over) = (inner.start.max(now), inner.end.is_some_and(|end| end <= inner.start.max(now)));
    over || (outer.start <= start && outer.end.is_none_or(|limit| inner.end.is_some_and(|end| end <= limit)))
}

fn whatever_people_do(cases: u32, database: impl AsyncFn() -> Option<stint_store::Database>) {
    let runtime = Runtime::new().unwrap();
    let config = Config { cases, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&acts(), |acts| {
        runtime.block_on(async {
            let Some(database) = database().await else { return };
            let story = Story::begin(World::new(database).await).await;
            for act in acts {
                match story.perform(act).await {
                    Err(error @ (Error::Store(_) | Error::Hashing(_) | Error::Busy)) => panic!("{error}"),
                    Ok(()) | Err(_) => story.check().await,
                }
            }
            let chain = audit::verify(story.world.engine.database()).await.unwrap();
            assert!(matches!(chain, audit::Chain::Whole(_)), "{chain:?}");
            test_support::forget(story.world.engine.database());
            story.world.engine.database().close().await;
        });
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn whatever_people_do_on_sqlite() {
    whatever_people_do(24, async || Some(test_support::sqlite().await));
}

#[test]
fn whatever_people_do_on_postgres() {
    whatever_people_do(6, test_support::postgres);
}
