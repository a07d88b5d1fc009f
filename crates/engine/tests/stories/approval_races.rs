//! Of all who would end a request at the same moment, exactly one does (invariant 3).

use chrono::TimeDelta;
use std::time::Duration;
use stint_domain::{
    id::{RequestId, ScheduleId},
    refusal::Broken,
    settings::ApprovalStage,
};
use stint_engine::{
    Error, Result, approvals, assign,
    test_support::{User, World, hours},
    users,
};
use stint_store::Database;

stint_store::on_both_databases!(
    two_approvers_at_once,
    an_approver_and_the_requester_at_once,
    an_approver_and_the_clock_at_once,
    the_last_two_of_three_at_once,
    an_approver_and_an_administrator_at_once,
    two_approvers_at_the_end_of_a_stage,
    two_who_decide_in_both_stages_at_once,
);

const ROLE: &str = "User Administrator";
const ROUNDS: usize = 50;
const STAGE_ROUNDS: usize = 100;

struct Stage {
    world: World,
    mira: User,
    approvers: [User; 3],
    eligibility: ScheduleId,
}

impl Stage {
    async fn new(database: Database, needed: u8) -> Self {
        let world = World::new(database).await;
        let mira = world.user("Mira").await;
        let approvers = [world.user("Paul").await, world.user("Lena").await, world.user("Omar").await];
        let eligibility = world.make_eligible(&mira, ROLE).await;
        world.require_approval(ROLE, &approvers.each_ref().map(|user| user.id)).await;
        world
            .change_settings(ROLE, |settings| settings.activation_approval.first.approvals_needed = needed)
            .await
            .unwrap();
        Self { world, mira, approvers, eligibility }
    }

    /// A new request, after everything that came of the last is over; and everybody's session at hand.
    async fn request(&self) -> RequestId {
        for user in self.approvers.iter().chain([&self.mira]) {
            self.world.caller(user).await;
        }
        self.world.request(&self.mira, self.eligibility).await
    }

    async fn approve(&self, who: usize, id: RequestId) -> Result<()> {
        self.world.approve(&self.approvers[who], id).await.map(drop)
    }

    /// How many activations there are.
    async fn activations(&self) -> i64 {
        self.world.count("SELECT COUNT(*) FROM schedule WHERE state = 'activated'").await
    }
}

/// Exactly one of two came through, and the other was told who was faster.
fn one_was_faster(first: &Result<()>, second: &Result<()>, round: usize) {
    assert_ne!(first.is_ok(), second.is_ok(), "round {round}: {first:?} {second:?}");
    let loser = if first.is_ok() { second } else { first };
    let Err(Error::Refused(refusals)) = loser else { panic!("round {round}: {loser:?}") };
    assert!(
        matches!(refusals.as_slice()[0].rule, Broken::AlreadyDecided { .. } | Broken::RequestExpired(_)),
        "round {round}: {refusals:?}"
    );
}

async fn two_approvers_at_once(database: Database) {
    let stage = Stage::new(database, 1).await;
    let mut activations = 0;
    for round in 0..ROUNDS {
        let id = stage.request().await;
        let other = async {
            if round % 2 == 0 {
                stage.approve(1, id).await
            } else {
                stage.world.deny(&stage.approvers[1], id).await
            }
        };
        let (first, second) = tokio::join!(stage.approve(0, id), other);
        one_was_faster(&first, &second, round);
        activations += i64::from(first.is_ok() || round % 2 == 0);
        assert_eq!(stage.activations().await, activations, "round {round}");
        stage.world.advance(hours(1));
    }
    // Each of them said something once at most, and nothing after it was over.
    let said = stage.world.count("SELECT COUNT(*) FROM approval_decision").await;
    assert_eq!(said, i64::try_from(ROUNDS).unwrap());
}

async fn an_approver_and_the_requester_at_once(database: Database) {
    let stage = Stage::new(database, 1).await;
    let mut activations = 0;
    for round in 0..ROUNDS {
        let id = stage.request().await;
        let cancel = stage.world.write(&stage.mira, async |op| approvals::cancel(op, id).await);
        let (first, second) = tokio::join!(stage.approve(0, id), cancel);
        one_was_faster(&first, &second, round);
        activations += i64::from(first.is_ok());
        assert_eq!(stage.activations().await, activations, "round {round}");
        stage.world.advance(hours(1));
    }
}

async fn an_approver_and_the_clock_at_once(database: Database) {
    let stage = Stage::new(database, 1).await;
    let mut activations = 0;
    for round in 0..ROUNDS {
        let id = stage.request().await;
        stage.world.advance(hours(24) - TimeDelta::seconds(30));
        stage.world.caller(&stage.approvers[0]).await;
        // Now and then the approver is there before the time is over.
        let expire = async {
            let delay = u64::try_from(round % 10).unwrap() * 300;
            if delay > 0 {
                tokio::time::sleep(Duration::from_micros(delay)).await;
            }
            stage.world.advance(TimeDelta::seconds(30));
            approvals::expire(&stage.world.engine).await
        };
        let approve = stage.approve(0, id);
        let (approved, expired) = if round % 10 == 0 {
            let (expired, approved) = tokio::join!(expire, approve);
            (approved, expired)
        } else {
            tokio::join!(approve, expire)
        };
        let expired = match expired.unwrap() {
            1 => Ok(()),
            _ => Err(Error::NotFound),
        };
        assert_ne!(approved.is_ok(), expired.is_ok(), "round {round}: {approved:?} {expired:?}");
        if let Err(error) = &approved {
            assert!(matches!(error, Error::Refused(_)), "round {round}: {error:?}");
        }
        activations += i64::from(approved.is_ok());
        assert_eq!(stage.activations().await, activations, "round {round}");
        stage.world.advance(hours(1));
    }
}

async fn the_last_two_of_three_at_once(database: Database) {
    let stage = Stage::new(database, 2).await;
    for round in 0..ROUNDS / 2 {
        let id = stage.request().await;
        let (first, second, third) =
            tokio::join!(stage.approve(0, id), stage.approve(1, id), stage.approve(2, id));
        let through = [&first, &second, &third].into_iter().filter(|result| result.is_ok()).count();
        assert_eq!(through, 2, "round {round}: {first:?} {second:?} {third:?}");
        assert_eq!(stage.activations().await, i64::try_from(round + 1).unwrap(), "one activation, not two");
        stage.world.advance(hours(1));
    }
}

async fn an_approver_and_an_administrator_at_once(database: Database) {
    let mut stage = Stage::new(database, 1).await;
    for round in 0..ROUNDS / 2 {
        let id = stage.request().await;
        let (world, mira, eligibility) = (&stage.world, &stage.mira, stage.eligibility);
        let act = world.write(&world.ada, async |op| match round % 2 {
            0 => assign::remove(op, eligibility, None).await,
            _ => users::disable(op, mira.id).await,
        });
        let (approved, acted) = tokio::join!(stage.approve(0, id), act);
        acted.unwrap();
        assert!(!matches!(approved, Err(Error::Store(_))), "round {round}: {approved:?}");
        // Whoever was first, nothing holds without its ground.
        let open = "SELECT COUNT(*) FROM schedule WHERE state = 'activated' AND end_reason IS NULL";
        assert_eq!(world.count(open).await, 0, "round {round}");
        let pending = "SELECT COUNT(*) FROM schedule_request WHERE status = 'PendingApproval'";
        assert_eq!(world.count(pending).await, 0, "round {round}");
        if round % 2 == 0 {
            stage.eligibility = world.make_eligible(mira, ROLE).await;
        } else {
            world.write(&world.ada, async |op| users::enable(op, mira.id).await).await.unwrap();
            world.forget_session(mira);
        }
    }
}

impl Stage {
    /// The approvers of the first stage, and those of the second, by number.
    async fn in_two_stages(database: Database, first: &[usize], second: &[usize]) -> Self {
        let stage = Self::new(database, 1).await;
        let of = |who: &[usize]| ApprovalStage {
            approvers: who.iter().map(|&who| stage.approvers[who].id).collect(),
            ..ApprovalStage::default()
        };
        let (first, second) = (of(first), of(second));
        let change = stage.world.change_settings(ROLE, |settings| {
            settings.activation_approval.first = first;
            settings.activation_approval.further_stages = vec![second];
        });
        change.await.unwrap();
        stage
    }
}

/// Paul and Lena decide first, then Omar. One of the two is too late; Omar is too early, or gets his turn.
async fn two_approvers_at_the_end_of_a_stage(database: Database) {
    let stage = Stage::in_two_stages(database, &[0, 1], &[2]).await;
    let mut activations = 0;
    for round in 0..STAGE_ROUNDS {
        let id = stage.request().await;
        let other = async {
            match round % 2 {
                0 => stage.approve(1, id).await,
                _ => stage.world.deny(&stage.approvers[1], id).await,
            }
        };
        let (first, other, second) = tokio::join!(stage.approve(0, id), other, stage.approve(2, id));
        assert_ne!(first.is_ok(), other.is_ok(), "round {round}: {first:?} {other:?}");
        for (who, result) in [(0, &first), (1, &other), (2, &second)] {
            let Err(error) = result else { continue };
            let Error::Refused(refusals) = error else { panic!("round {round}, {who}: {error:?}") };
            let is_fit = match refusals.as_slice()[0].rule {
                Broken::StageOver { stage: 1, .. } => who < 2,
                Broken::LaterStage(2) => who == 2,
                Broken::AlreadyDecided { .. } => true,
                _ => false,
            };
            assert!(is_fit, "round {round}, {who}: {refusals:?}");
        }
        let is_denied = round % 2 == 1 && other.is_ok();
        assert!(second.is_err() || !is_denied, "round {round}: nobody approves what was denied");
        assert_eq!(stage.activations().await, activations + i64::from(second.is_ok()), "round {round}");
        if !is_denied && second.is_err() {
            stage.approve(2, id).await.unwrap();
        }
        activations += i64::from(!is_denied);
        assert_eq!(stage.activations().await, activations, "round {round}");
        stage.world.advance(hours(1));
    }
}

/// Whoever is second is so in the second stage: two people, one in each, and one activation.
async fn two_who_decide_in_both_stages_at_once(database: Database) {
    let stage = Stage::in_two_stages(database, &[0, 1], &[0, 1]).await;
    for round in 0..STAGE_ROUNDS {
        let id = stage.request().await;
        let (first, second, again) =
            tokio::join!(stage.approve(0, id), stage.approve(1, id), stage.approve(0, id));
        assert!(second.is_ok(), "round {round}: {second:?}");
        assert_ne!(first.is_ok(), again.is_ok(), "round {round}: {first:?} {again:?}");
        assert_eq!(stage.activations().await, i64::try_from(round + 1).unwrap(), "round {round}");
        stage.world.advance(hours(1));
    }
    let rounds = i64::try_from(STAGE_ROUNDS).unwrap();
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM approval_decision WHERE stage = 1").await, rounds);
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM approval_decision WHERE stage = 2").await, rounds);
}
