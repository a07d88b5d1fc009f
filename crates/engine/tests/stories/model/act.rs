//! What people do in the model.

use super::Story;
use chrono::TimeDelta;
use proptest::prelude::*;
use stint_domain::{
    assign::Activation,
    prolong::{Prolong, Terms},
    schedule::AssignmentType,
    time::Duration,
};
use stint_engine::{
    Result, activate, approvals,
    assign::{self, Ask, Change},
    groups, prolong,
    test_support::{User, because, hours, reason},
    users,
};
use stint_store::PageRequest;

/// One thing that somebody does. Numbers choose among what is there.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Assign { to: usize, role: usize, kind: AssignmentType, starts_in: i64, lasts: Option<i64> },
    Update { which: usize, lasts: Option<i64> },
    Remove { which: usize },
    Activate { who: usize, which: usize, starts_in: i64, lasts: i64 },
    Deactivate { who: usize, which: usize },
    Lengthen { who: usize, which: usize, lasts: i64 },
    AskForMore { who: usize, which: usize, renew: bool },
    Decide { which: usize, approve: bool },
    Prolong { which: usize, renew: bool, kind: AssignmentType, starts_in: i64, lasts: Option<i64> },
    Enable { who: usize, enabled: bool },
    Join { who: usize },
    Leave { who: usize },
    DeleteGroup,
    RestoreGroup,
    Wait { minutes: i64 },
}

pub(super) fn acts() -> impl Strategy<Value = Vec<Act>> {
    let kind = || prop_oneof![2 => Just(AssignmentType::Eligible), 1 => Just(AssignmentType::Active)];
    let act = prop_oneof![
        4 => (0..5_usize, 0..3_usize, kind(), prop_oneof![3 => Just(0), 1 => 1..4_i64], proptest::option::of(1..12_i64))
            .prop_map(|(to, role, kind, starts_in, lasts)| Act::Assign { to, role, kind, starts_in, lasts }),
        2 => (any::<usize>(), proptest::option::of(1..12_i64)).prop_map(|(which, lasts)| Act::Update { which, lasts }),
        2 => any::<usize>().prop_map(|which| Act::Remove { which }),
        5 => (0..4_usize, any::<usize>(), prop_oneof![3 => Just(0), 1 => 1..4_i64], 1..9_i64)
            .prop_map(|(who, which, starts_in, lasts)| Act::Activate { who, which, starts_in, lasts }),
        1 => (0..4_usize, any::<usize>()).prop_map(|(who, which)| Act::Deactivate { who, which }),
        2 => (0..4_usize, any::<usize>(), 1..5_i64).prop_map(|(who, which, lasts)| Act::Lengthen { who, which, lasts }),
        2 => (0..4_usize, any::<usize>(), any::<bool>())
            .prop_map(|(who, which, renew)| Act::AskForMore { who, which, renew }),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(which, approve)| Act::Decide { which, approve }),
        3 => (any::<usize>(), any::<bool>(), kind(), prop_oneof![3 => Just(0), 1 => 1..4_i64], proptest::option::of(1..24_i64))
            .prop_map(|(which, renew, kind, starts_in, lasts)| Act::Prolong { which, renew, kind, starts_in, lasts }),
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

/// An activation or an extension of one, with a reason.
fn asked(start: Option<chrono::DateTime<chrono::Utc>>, lasts: i64) -> Activation {
    Activation { start, duration: Duration::hours(lasts), justification: because("model"), ticket: None }
}

const fn way(renew: bool) -> Prolong {
    if renew { Prolong::Renew } else { Prolong::Extend }
}

impl Story {
    pub(super) async fn perform(&self, act: Act) -> Result<()> {
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
                let asked = asked(at(starts_in), lasts);
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
            act => self.let_go_on(&by, act).await,
        }
    }

    /// What makes assignments and activations last longer.
    async fn let_go_on(&self, by: &User, act: Act) -> Result<()> {
        let (world, now, all) = (&self.world, self.world.now(), self.schedules().await);
        let nth = |which: usize| all[which % all.len()].id;
        let at = |starts_in: i64| (starts_in > 0).then(|| now + hours(starts_in));
        match act {
            Act::Lengthen { who, which, lasts } => {
                let asked = asked(None, lasts);
                let user = &self.people[who];
                world
                    .write(user, async |op| activate::extend(op, nth(which), asked, None).await)
                    .await
                    .map(drop)
            }
            Act::AskForMore { who, which, renew } => {
                let wish = prolong::Wish { end: None, justification: reason("model") };
                let asked = world.write(&self.people[who], async |op| {
                    prolong::ask(op, way(renew), nth(which), wish).await
                });
                asked.await.map(drop)
            }
            Act::Decide { which, approve } => {
                let page = PageRequest::first();
                let inbox =
                    world.read(by, async |op| approvals::list(op, &approvals::View::default(), &page).await);
                let inbox = inbox.await?.items;
                let Some(request) = inbox.get(which % inbox.len().max(1)).map(|waiting| &waiting.request)
                else {
                    return Ok(());
                };
                if approve {
                    world.approve(by, request.id).await.map(drop)
                } else {
                    world.deny(by, request.id).await
                }
            }
            Act::Prolong { which, renew, kind, starts_in, lasts } => {
                let end = lasts.map(|lasts| now + hours(starts_in + lasts));
                let terms = Terms { assignment_type: kind, start: at(starts_in), end };
                let done = world.write(by, async |op| {
                    prolong::prolong(op, way(renew), nth(which), terms, because("model")).await
                });
                done.await.map(drop)
            }
            act => panic!("{act:?} makes nothing last longer"),
        }
    }
}
