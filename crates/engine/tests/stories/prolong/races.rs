//! Of all who would decide on the same assignment at the same moment, one does, and nothing holds twice or without its ground.

use super::{ROLE, ask, hold, still};
use stint_domain::{
    assign::Activation,
    id::{RequestId, ScheduleId},
    prolong::{Prolong, Terms},
    refusal::Broken,
    schedule::AssignmentType,
    time::Duration,
};
use stint_engine::{
    Error, Result, activate, approvals, assign, prolong,
    test_support::{User, World, because, days, hours},
    users,
};
use stint_store::Database;

stint_store::on_both_databases!(
    two_deciders_at_once,
    a_decider_and_the_requester_at_once,
    a_decider_and_an_administrator_at_once,
    two_requests_at_once,
    extending_an_activation_races_its_end,
);

const ROUNDS: usize = 25;

struct Stage {
    world: World,
    mira: User,
    deciders: [User; 2],
    held: ScheduleId,
}

impl Stage {
    async fn new(database: Database) -> Self {
        let world = still(database).await;
        let mira = world.user("Mira").await;
        let deciders = [
            world.holder("Pia", "Privileged Role Administrator").await,
            world.holder("Lena", "Global Administrator").await,
        ];
        let held = hold(&world, &mira, ROLE, AssignmentType::Eligible, days(3)).await;
        Self { world, mira, deciders, held }
    }

    /// A new request, with everybody's session at hand, for a day more.
    async fn request(&self) -> RequestId {
        for user in self.deciders.iter().chain([&self.mira, &self.world.ada]) {
            self.world.caller(user).await;
        }
        ask(&self.world, &self.mira, Prolong::Extend, self.held).await.unwrap().request
    }

    async fn approve(&self, who: usize, id: RequestId) -> Result<()> {
        self.world.approve(&self.deciders[who], id).await.map(drop)
    }

    async fn end(&self) -> chrono::DateTime<chrono::Utc> {
        self.world.schedule(self.held).await.window.end.unwrap()
    }

    /// How many wait.
    async fn open(&self) -> i64 {
        self.world.count("SELECT COUNT(*) FROM schedule_request WHERE status LIKE 'Pending%'").await
    }

    /// So that it can be extended again: shortens it to what it was.
    async fn shorten(&self) {
        let change =
            assign::Change { start: None, end: Some(self.world.now() + days(3)), justification: None };
        let shorten =
            self.world.write(&self.world.ada, async |op| assign::update(op, self.held, change).await);
        shorten.await.unwrap();
    }
}

/// Exactly one of two came through, and the other was told who was faster.
fn one_was_faster(first: &Result<()>, second: &Result<()>, round: usize) {
    assert_ne!(first.is_ok(), second.is_ok(), "round {round}: {first:?} {second:?}");
    let loser = if first.is_ok() { second } else { first };
    let Err(Error::Refused(refusals)) = loser else { panic!("round {round}: {loser:?}") };
    assert!(
        matches!(refusals.as_slice()[0].rule, Broken::AlreadyDecided { .. }),
        "round {round}: {refusals:?}"
    );
}

async fn two_deciders_at_once(database: Database) {
    let stage = Stage::new(database).await;
    for round in 0..ROUNDS {
        let (id, before) = (stage.request().await, stage.end().await);
        let other = async {
            if round % 2 == 0 {
                stage.approve(1, id).await
            } else {
                stage.world.deny(&stage.deciders[1], id).await
            }
        };
        let (first, second) = tokio::join!(stage.approve(0, id), other);
        one_was_faster(&first, &second, round);
        let given = first.is_ok() || round % 2 == 0;
        assert_eq!(stage.end().await, before + if given { days(3) } else { days(0) }, "round {round}: once");
        stage.shorten().await;
    }
    let said = stage.world.count("SELECT COUNT(*) FROM approval_decision").await;
    assert_eq!(said, i64::try_from(ROUNDS).unwrap());
}

async fn a_decider_and_the_requester_at_once(database: Database) {
    let stage = Stage::new(database).await;
    for round in 0..ROUNDS {
        let (id, before) = (stage.request().await, stage.end().await);
        let cancel = stage.world.write(&stage.mira, async |op| approvals::cancel(op, id).await);
        let (first, second) = tokio::join!(stage.approve(0, id), cancel);
        one_was_faster(&first, &second, round);
        assert_eq!(stage.end().await > before, first.is_ok(), "round {round}");
        stage.shorten().await;
    }
}

async fn a_decider_and_an_administrator_at_once(database: Database) {
    let mut stage = Stage::new(database).await;
    for round in 0..ROUNDS {
        let id = stage.request().await;
        let (world, mira, held) = (&stage.world, &stage.mira, stage.held);
        let terms = Terms { assignment_type: AssignmentType::Eligible, start: None, end: None };
        let act = world.write(&world.ada, async |op| match round % 3 {
            0 => assign::remove(op, held, None).await,
            1 => users::disable(op, mira.id).await,
            _ => prolong::prolong(op, Prolong::Extend, held, terms, None).await.map(drop),
        });
        let (approved, acted) = tokio::join!(stage.approve(0, id), act);
        assert!(!matches!(approved, Err(Error::Store(_))), "round {round}: {approved:?}");
        acted.unwrap();
        assert_eq!(stage.open().await, 0, "round {round}");
        let after = world.schedule(held).await;
        match round % 3 {
            0 => assert_eq!(after.window.end, Some(world.now()), "round {round}: what is removed is gone"),
            1 => {
                world.write(&world.ada, async |op| users::enable(op, mira.id).await).await.unwrap();
                world.forget_session(mira);
                stage.shorten().await;
            }
            _ => {
                assert_eq!(after.window.end, None, "round {round}: whoever was first");
                stage.shorten().await;
            }
        }
        if round % 3 == 0 {
            stage.held = hold(world, mira, ROLE, AssignmentType::Eligible, days(3)).await;
        }
    }
}

async fn two_requests_at_once(database: Database) {
    let stage = Stage::new(database).await;
    stage.world.caller(&stage.mira).await;
    for round in 0..ROUNDS {
        let ask = || ask(&stage.world, &stage.mira, Prolong::Extend, stage.held);
        let (first, second) = tokio::join!(ask(), ask());
        assert_ne!(first.is_ok(), second.is_ok(), "round {round}: {first:?} {second:?}");
        let (asked, refused) = if first.is_ok() { (first, second) } else { (second, first) };
        assert!(matches!(refused, Err(Error::Refused(_))), "round {round}: {refused:?}");
        assert_eq!(stage.open().await, 1);
        stage.world.deny(&stage.deciders[0], asked.unwrap().request).await.unwrap();
    }
}

async fn extending_an_activation_races_its_end(database: Database) {
    let mut stage = Stage::new(database).await;
    for round in 0..ROUNDS {
        let (world, mira, held) = (&stage.world, &stage.mira, stage.held);
        world.caller(&world.ada).await;
        let activation = world.activate(mira, held, 1).await.unwrap().id;
        let asked = Activation {
            start: None,
            duration: Duration::hours(2),
            justification: because("longer"),
            ticket: None,
        };
        let extend = world.write(mira, async |op| activate::extend(op, activation, asked, None).await);
        let end = async {
            match round % 2 {
                0 => world.write(mira, async |op| activate::deactivate(op, activation).await).await,
                _ => world.write(&world.ada, async |op| assign::remove(op, held, None).await).await,
            }
        };
        let (extended, ended) = tokio::join!(extend, end);
        ended.unwrap();
        assert!(!matches!(extended, Err(Error::Store(_))), "round {round}: {extended:?}");
        assert_eq!(world.schedule(activation).await.window.end, Some(world.now()), "round {round}");
        if round % 2 == 1 {
            stage.held = hold(world, mira, ROLE, AssignmentType::Eligible, days(3)).await;
        }
        stage.world.advance(hours(1));
        stage.shorten().await;
    }
}
