//! Activations that several stages have to agree to, one after the other, and what happens when that takes long.

mod moments;
mod settings;

use chrono::TimeDelta;
use stint_domain::{
    authz::Action,
    id::{PrincipalId, RequestId, ScheduleId},
    refusal::{Broken, Field},
    request::{RequestStatus, Verdict},
    settings::{ApprovalStage, Backup},
    time::Duration,
};
use stint_engine::{
    Error, activate,
    approvals::{self, Approved, Found, Grant},
    audit,
    test_support::{User, World, hours, reason},
};
use stint_store::{Database, PageRequest};

use crate::refused;

stint_store::on_both_databases!(
    each_stage_decides_in_its_turn,
    who_is_not_in_turn_is_told_whose_turn_it_is,
    a_denial_in_the_second_stage_ends_it,
    one_person_decides_in_one_stage,
    whoever_is_needed_later_does_not_decide_now,
    whoever_asked_decides_in_no_stage,
    the_least_that_any_stage_grants,
    an_extension_goes_the_same_way,
    backups_decide_when_it_has_taken_long,
    the_ground_is_looked_at_between_stages,
);

const ROLE: &str = "User Administrator";

/// Paul decides first, then two of Lena, Omar and Rosa; Olga is to stand in for them after two hours.
struct Court {
    world: World,
    mira: User,
    paul: User,
    lena: User,
    omar: User,
    olga: User,
    eligibility: ScheduleId,
}

fn stage(approvers: &[PrincipalId], needed: u8) -> ApprovalStage {
    ApprovalStage { approvers: approvers.iter().copied().collect(), approvals_needed: needed, backup: None }
}

/// With somebody who decides too after a while.
fn with_backup(stage: ApprovalStage, approver: &User, after: Duration) -> ApprovalStage {
    ApprovalStage { backup: Some(Backup { approvers: [approver.id].into(), after }), ..stage }
}

async fn set_stages(world: &World, stages: &[ApprovalStage]) -> stint_engine::Result<i64> {
    world
        .change_settings(ROLE, |settings| {
            let rule = &mut settings.activation_approval;
            rule.is_approval_required = true;
            rule.first = stages[0].clone();
            rule.further_stages = stages[1..].to_vec();
        })
        .await
}

impl Court {
    async fn new(database: Database) -> Self {
        let world = World::new(database).await;
        let mut people = Vec::new();
        for name in ["Mira", "Paul", "Lena", "Omar", "Rosa", "Olga"] {
            people.push(world.user(name).await);
        }
        let [mira, paul, lena, omar, rosa, olga] = people.try_into().unwrap();
        let eligibility = world.make_eligible(&mira, ROLE).await;
        let second = with_backup(stage(&[lena.id, omar.id, rosa.id], 2), &olga, Duration::hours(2));
        set_stages(&world, &[stage(&[paul.id], 1), second]).await.unwrap();
        Self { world, mira, paul, lena, omar, olga, eligibility }
    }

    async fn ask(&self) -> RequestId {
        self.world.request(&self.mira, self.eligibility).await
    }

    async fn find(&self, by: &User, id: RequestId) -> Found {
        self.world.read(by, async |op| approvals::find(op, id).await).await.unwrap()
    }

    async fn has_inbox(&self, by: &User) -> bool {
        let list =
            async |op: &mut _| approvals::list(op, &approvals::View::default(), &PageRequest::first()).await;
        !self.world.read(by, list).await.unwrap().items.is_empty()
    }

    /// Whose inboxes have something: Paul's, Lena's, Omar's, Olga's.
    async fn inboxes(&self) -> [bool; 4] {
        let Self { paul, lena, omar, olga, .. } = self;
        [
            self.has_inbox(paul).await,
            self.has_inbox(lena).await,
            self.has_inbox(omar).await,
            self.has_inbox(olga).await,
        ]
    }
}

async fn each_stage_decides_in_its_turn(database: Database) {
    let court = Court::new(database).await;
    let Court { world, mira, paul, lena, omar, eligibility, .. } = &court;
    let offer = world.read(mira, async |op| activate::offer(op, *eligibility).await).await.unwrap();
    let asked: Vec<Vec<_>> = offer
        .approvers
        .iter()
        .map(|people| people.iter().map(|row| row.display_name.as_str()).collect())
        .collect();
    assert_eq!(asked, [vec!["Paul"], vec!["Lena", "Omar", "Rosa"]]);

    let request = court.ask().await;
    let found = court.find(mira, request).await;
    assert_eq!((found.request.stage(), found.request.stages()), (1, 2));
    assert_eq!(found.approvers.iter().map(|row| row.id).collect::<Vec<_>>(), [paul.id]);
    let needed: Vec<_> = found.stages.iter().map(|stage| (stage.number, stage.needed)).collect();
    assert_eq!(needed, [(1, 1), (2, 2)]);
    assert_eq!(court.inboxes().await, [true, false, false, false]);

    let first = world.approve(paul, request).await.unwrap();
    assert!(matches!(first, Approved::NextStage(2)), "{first:?}");
    assert!(!world.may(mira, Action::CreateUsers).await, "the first stage gives nothing");
    assert_eq!(court.inboxes().await, [false, true, true, false]);
    let found = court.find(lena, request).await;
    assert_eq!(
        (found.status, found.denial, found.request.stage()),
        (RequestStatus::PendingApproval, None, 2)
    );
    assert_eq!((found.request.approvals, found.request.approvals_needed), (0, Some(2)));

    let second = world.approve(lena, request).await.unwrap();
    assert!(matches!(second, Approved::Waiting { approvals: 1, needed: 2 }), "{second:?}");
    assert_eq!(court.inboxes().await, [false, false, true, false]);
    let last = world.approve(omar, request).await.unwrap();
    assert!(matches!(last, Approved::Activated(_)), "{last:?}");
    assert!(world.may(mira, Action::CreateUsers).await);
    assert_eq!(court.inboxes().await, [false; 4]);
    let said: Vec<_> = court
        .find(mira, request)
        .await
        .decisions
        .iter()
        .map(|decision| (decision.approver_name.clone(), decision.verdict, decision.stage()))
        .collect();
    let yes = |name: &str, stage| (name.to_owned(), Verdict::Approve, stage);
    assert_eq!(said, [yes("Paul", 1), yes("Lena", 2), yes("Omar", 2)]);

    let filter = stint_store::audit::Filter { target: Some(mira.id.as_uuid()), ..Default::default() };
    let log = async |op: &mut _| audit::list(op, &filter, &PageRequest::first()).await;
    let events = world.read(&world.ada, log).await.unwrap().items;
    let about: Vec<_> = events
        .iter()
        .rev()
        .filter(|event| event.request_id == Some(request))
        .map(|event| {
            (event.activity.as_str(), event.actor_name.as_str(), event.detail.as_deref().unwrap_or_default())
        })
        .skip(1)
        .take(4)
        .collect();
    assert_eq!(
        about,
        [
            ("Add member to role request approved (PIM activation)", "Paul", "Stage 1 of 2"),
            (
                "Add member to role request passed a stage (PIM activation)",
                "Stint",
                "Stage 1 of 2; stage 2 begins"
            ),
            ("Add member to role request approved (PIM activation)", "Lena", "Stage 2 of 2"),
            ("Add member to role request approved (PIM activation)", "Omar", "Stage 2 of 2"),
        ]
    );
}

async fn who_is_not_in_turn_is_told_whose_turn_it_is(database: Database) {
    let court = Court::new(database).await;
    let Court { world, mira, paul, lena, olga, .. } = &court;
    let request = court.ask().await;
    // They may know of it, since they decide on it later.
    let words = "You decide in stage 2, after the stage before it has approved.";
    for by in [lena, olga] {
        assert_eq!(court.find(by, request).await.denial.as_deref(), Some(words));
        let later = [(Field::Form, Broken::LaterStage(2))];
        assert_eq!(refused(world.approve(by, request).await), later);
        assert_eq!(refused(world.deny(by, request).await), later);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM approval_decision").await, 0);
    let nobody = world.user("Nobody").await;
    assert!(matches!(world.approve(&nobody, request).await, Err(Error::NotFound)));

    let eve = world.user("Eve").await;
    let stages = [stage(&[paul.id, eve.id], 1), stage(&[lena.id], 1)];
    set_stages(world, &stages).await.unwrap();
    world.approve(paul, request).await.unwrap();
    let over = refused(world.approve(&eve, request).await);
    assert!(matches!(&over[..], [(_, Broken::StageOver { stage: 1, by, .. })] if by == "Paul"), "{over:?}");
    assert!(
        court
            .find(&eve, request)
            .await
            .denial
            .unwrap()
            .starts_with("Stage 1, in which you decide, is over: Paul")
    );
    let said = refused(world.approve(paul, request).await);
    assert!(matches!(&said[..], [(_, Broken::AlreadyDecided { by, .. })] if by == "Paul"), "{said:?}");
    world.approve(lena, request).await.unwrap();
    assert!(world.may(mira, Action::CreateUsers).await);
}

async fn a_denial_in_the_second_stage_ends_it(database: Database) {
    let court = Court::new(database).await;
    let Court { world, mira, paul, lena, omar, .. } = &court;
    let request = court.ask().await;
    world.approve(paul, request).await.unwrap();
    world.approve(omar, request).await.unwrap();
    world.deny(lena, request).await.unwrap();
    let found = court.find(mira, request).await;
    assert_eq!((found.status, found.request.stage()), (RequestStatus::Denied, 2));
    assert!(found.denial.unwrap().starts_with("Lena denied this request on "));
    assert!(!world.may(mira, Action::CreateUsers).await);
    assert_eq!(court.inboxes().await, [false; 4]);
    // A new request begins at the beginning.
    let again = court.ask().await;
    assert_eq!(court.find(mira, again).await.request.stage(), 1);
    world.deny(paul, again).await.unwrap();
    assert_eq!(court.find(mira, again).await.status, RequestStatus::Denied);
}

async fn one_person_decides_in_one_stage(database: Database) {
    let court = Court::new(database).await;
    let Court { world, mira, paul, lena, omar, .. } = &court;
    let team = world.group_of("Team", &[paul, lena]).await;
    set_stages(world, &[stage(&[team], 1), stage(&[paul.id, lena.id, omar.id], 2)]).await.unwrap();
    let request = court.ask().await;
    world.approve(paul, request).await.unwrap();
    assert_eq!(court.inboxes().await, [false, true, true, false], "Paul has said what he has to say");
    for again in [world.approve(paul, request).await.map(drop), world.deny(paul, request).await] {
        let again = refused(again);
        assert!(matches!(&again[..], [(_, Broken::AlreadyDecided { by, .. })] if by == "Paul"), "{again:?}");
    }
    assert!(court.find(paul, request).await.denial.unwrap().starts_with("Paul approved this request on "));
    let found = court.find(omar, request).await;
    assert_eq!(found.request.approvals, 0);
    world.approve(omar, request).await.unwrap();
    assert!(!world.may(mira, Action::CreateUsers).await, "Paul's approval is not counted twice");
    world.approve(lena, request).await.unwrap();
    assert!(world.may(mira, Action::CreateUsers).await);
}

async fn whoever_is_needed_later_does_not_decide_now(database: Database) {
    let court = Court::new(database).await;
    let Court { world, paul, lena, .. } = &court;
    set_stages(world, &[stage(&[paul.id, lena.id], 1), stage(&[paul.id], 1)]).await.unwrap();
    let request = court.ask().await;
    let refusals = refused(world.approve(paul, request).await);
    assert_eq!(refusals, [(Field::Form, Broken::NeededLater(2))]);
    assert!(matches!(world.approve(lena, request).await, Ok(Approved::NextStage(2))));
    assert!(matches!(world.approve(paul, request).await, Ok(Approved::Activated(_))));
}

async fn whoever_asked_decides_in_no_stage(database: Database) {
    let court = Court::new(database).await;
    let Court { world, mira, paul, lena, omar, .. } = &court;
    let team = world.group_of("Team", &[mira, lena]).await;
    let mut first = stage(&[paul.id], 1);
    first.backup = Some(Backup { approvers: [team].into(), after: Duration::minutes(15) });
    set_stages(world, &[first, stage(&[team, omar.id], 1)]).await.unwrap();
    let request = court.ask().await;
    let own = [(Field::Form, Broken::OwnRequest)];
    for step in [hours(0), hours(1)] {
        world.advance(step);
        assert_eq!(refused(world.approve(mira, request).await), own);
        assert!(!court.has_inbox(mira).await);
    }
    world.approve(paul, request).await.unwrap();
    assert_eq!(refused(world.approve(mira, request).await), own);
    assert!(!court.has_inbox(mira).await);
    world.approve(lena, request).await.unwrap();
}

async fn the_least_that_any_stage_grants(database: Database) {
    let court = Court::new(database).await;
    let Court { world, mira, paul, lena, omar, eligibility, .. } = &court;
    let asked = world.ask_to_activate(mira, *eligibility, 6).await.unwrap();
    let activate::Activated::Pending { request, .. } = asked else { panic!("it waits") };
    let approve = async |by: &User, length| {
        let grant = Grant::AtMost(Duration::hours(length));
        world
            .write(by, async |op| approvals::approve(op, request, reason("enough"), grant).await)
            .await
            .unwrap()
    };
    approve(paul, 2).await;
    approve(lena, 5).await;
    let Approved::Activated(activation) = approve(omar, 6).await else { panic!("all have agreed") };
    assert_eq!(activation.window.end.unwrap() - activation.window.start, hours(2));
}

async fn an_extension_goes_the_same_way(database: Database) {
    let court = Court::new(database).await;
    let Court { world, mira, paul, lena, omar, .. } = &court;
    let first = court.ask().await;
    for by in [paul, lena] {
        world.approve(by, first).await.unwrap();
    }
    let Approved::Activated(activation) = world.approve(omar, first).await.unwrap() else {
        panic!("all agreed")
    };
    let asked = stint_domain::assign::Activation {
        start: None,
        duration: Duration::hours(1),
        justification: Some(reason("still on call")),
        ticket: None,
    };
    let offer =
        world.read(mira, async |op| activate::offer_extension(op, activation.id).await).await.unwrap();
    assert_eq!(offer.approvers.len(), 2);
    let extend = async |op: &mut _| activate::extend(op, activation.id, asked, None).await;
    let activate::Activated::Pending { request, .. } = world.write(mira, extend).await.unwrap() else {
        panic!("it waits")
    };
    assert!(matches!(world.approve(paul, request).await.unwrap(), Approved::NextStage(2)));
    world.approve(lena, request).await.unwrap();
    let Approved::Extended(extended) = world.approve(omar, request).await.unwrap() else {
        panic!("all agreed")
    };
    assert_eq!(extended.window.end.unwrap() - activation.window.end.unwrap(), hours(1));
}

async fn backups_decide_when_it_has_taken_long(database: Database) {
    let court = Court::new(database).await;
    let Court { world, mira, paul, lena, olga, .. } = &court;
    let request = court.ask().await;
    world.advance(hours(5));
    assert_eq!(court.inboxes().await, [true, false, false, false], "the first stage has no backup");
    world.stop_clock();
    world.approve(paul, request).await.unwrap();
    let from = world.now() + hours(2);
    let found = court.find(olga, request).await;
    let words = format!(
        "You are a backup approver: you can decide from {} on if nobody has decided by then.",
        from.format("%-d %b %Y, %H:%M UTC")
    );
    assert_eq!(found.denial, Some(words));
    assert_eq!(found.stages[1].backups_from, Some(from));
    assert_eq!(found.stages[1].backups.iter().map(|row| row.id).collect::<Vec<_>>(), [olga.id]);
    world.advance(hours(2) - TimeDelta::microseconds(1));
    assert_eq!(refused(world.approve(olga, request).await), [(Field::Form, Broken::BackupFrom(from))]);
    assert_eq!(refused(world.deny(olga, request).await), [(Field::Form, Broken::BackupFrom(from))]);
    assert_eq!(court.inboxes().await, [false, true, true, false]);
    world.advance(TimeDelta::microseconds(1));
    assert_eq!(court.inboxes().await, [false, true, true, true], "nothing has to run for it");
    assert_eq!(court.find(olga, request).await.denial, None);
    assert_eq!(court.find(mira, request).await.approvers.len(), 4);
    world.approve(olga, request).await.unwrap();
    world.approve(lena, request).await.unwrap();
    assert!(world.may(mira, Action::CreateUsers).await, "one of each");
}

async fn the_ground_is_looked_at_between_stages(database: Database) {
    let court = Court::new(database).await;
    let Court { world, mira, paul, eligibility, .. } = &court;
    let change = stint_engine::assign::Change {
        start: None,
        end: Some(world.now() + hours(3)),
        justification: Some(reason("for less long")),
    };
    world
        .write(&world.ada, async |op| stint_engine::assign::update(op, *eligibility, change).await)
        .await
        .unwrap();
    let request = court.ask().await;
    world.advance(hours(3));
    let Approved::Closed(why) = world.approve(paul, request).await.unwrap() else { panic!("it has ended") };
    assert_eq!(why, "the eligibility has ended");
    assert_eq!(court.find(mira, request).await.status, RequestStatus::Canceled);
    assert_eq!(court.inboxes().await, [false; 4]);
}
