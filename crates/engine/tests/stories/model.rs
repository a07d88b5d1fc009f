//! Whatever people do in whatever order: no activation outlives its eligibility, nothing is assigned twice, an administrator
//! stands, and who may what is what the rows and the time say (invariants 1, 4 and 7).

mod act;

use self::act::acts;
use chrono::{DateTime, Utc};
use proptest::test_runner::{Config, TestRunner};
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
    Error, audit,
    test_support::{User, World},
};
use stint_store::{principal, schedule, test_support};
use tokio::runtime::Runtime;

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

    async fn check(&self) {
        let (now, all) = (self.world.now(), self.schedules().await);
        for (index, one) in all.iter().enumerate().filter(|(_, one)| one.eligibility.is_none()) {
            let doubles = |other: &&Schedule| {
                (one.principal, one.role, one.assignment_type)
                    == (other.principal, other.role, other.assignment_type)
                    && other.eligibility.is_none()
                    && one.window.overlaps(&other.window)
            };
            assert_eq!(all[..index].iter().find(doubles), None, "{one:?} is there twice");
        }
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
