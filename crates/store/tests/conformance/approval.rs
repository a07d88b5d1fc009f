//! Requests that wait for an approval.

use crate::fixtures::{active, eligible, group, hour, id, noon, request_for, role, row, schedule, user};
use chrono::TimeDelta;
use std::collections::BTreeSet;
use stint_domain::{
    id::{PrincipalId, RequestId, RoleId, ScheduleId},
    principal::PrincipalKind,
    request::{RequestAction, RequestStatus, Verdict},
    role::{GLOBAL_ADMINISTRATOR, Provider},
    scope::ScopePath,
    settings::{ApprovalStage, Backup, RoleSettings, StageBegun},
    time::{Duration, Window},
};
use stint_store::{
    Database, Error, PageRequest, Transaction,
    approval::{self, Closing, Inbox, Order, Watched},
    bulk,
    cursor::Cursor,
    request,
    request::{Approval, NewRequest},
    role_settings,
    test_support::Meter,
};
use uuid::Uuid;

stint_store::on_both_databases!(
    a_request_waits_until_it_is_closed,
    time_closes_it_too,
    one_person_waits_once,
    an_inbox_has_what_one_may_decide,
    decisions_are_kept,
    an_inbox_is_found_by_index,
    a_stage_begins_once_and_has_decisions_of_its_own,
    each_stage_has_its_inbox_and_backups_their_time,
    moments_are_read_in_their_order,
    a_stage_does_not_pay_for_those_that_wait_in_another,
);

/// A request of somebody's for a role that waits until 6 p.m.
fn waiting(principal: PrincipalId, role: RoleId, eligibility: ScheduleId) -> NewRequest {
    NewRequest {
        action: RequestAction::SelfActivate,
        status: RequestStatus::PendingApproval,
        schedule: None,
        approval: Some(Approval {
            eligibility: Some(eligibility),
            settings_scope: ScopePath::directory(),
            stages: 1,
            stage: StageBegun::only(2),
            expires_at: hour(6),
        }),
        ..request_for(&active(principal, role, Window::new(noon(), Some(hour(1)))))
    }
}

async fn ask(tx: &mut Transaction, name: &str, role: RoleId) -> (PrincipalId, RequestId) {
    let who = user(tx, name).await;
    let eligibility = schedule(tx, eligible(who, role, Window::new(noon(), None))).await;
    let request = waiting(who, role, eligibility);
    request::append(tx, &request).await.unwrap();
    (who, request.id)
}

fn closing(status: RequestStatus, by: PrincipalId) -> Closing {
    Closing { status, by: Some(by), reason: Some("no need".to_owned()), schedule: None }
}

/// The inbox of somebody who may not assign roles.
fn of_approver(approvers: &[Uuid], own: PrincipalId) -> Inbox {
    Inbox { approvers: approvers.to_vec(), ..Inbox::of(own) }
}

async fn a_request_waits_until_it_is_closed(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let reader = role(&mut tx, "Reader").await;
    let (mira, asked) = ask(&mut tx, "Mira", reader).await;
    let row = request::find(&mut tx, asked).await.unwrap().unwrap();
    assert_eq!((row.principal_name.as_str(), row.role_name.as_str()), ("Mira", "Reader"));
    assert_eq!((row.approvals_needed, row.expires_at, row.approvals), (Some(2), Some(hour(6)), 0));
    assert_eq!(row.window(), Window::new(noon(), Some(hour(1))));
    assert_eq!((row.schedule_id, row.completed_at), (None, None));
    assert_eq!(row.status_at(hour(5)), RequestStatus::PendingApproval);
    assert_eq!(row.status_at(hour(6)), RequestStatus::TimedOut);
    let eligibility = row.eligibility_id.unwrap();
    let found = approval::list_of_eligibility(&mut tx, eligibility, hour(5)).await.unwrap();
    let own = approval::list_of_principal(&mut tx, mira, hour(5)).await.unwrap();
    assert_eq!((found.as_slice(), own.as_slice()), (std::slice::from_ref(&row), std::slice::from_ref(&row)));
    let everywhere = ScopePath::directory();
    let open = approval::find_open(&mut tx, mira, reader, &everywhere).await.unwrap();
    assert_eq!(open, Some(row));

    assert!(approval::take(&mut tx, asked, hour(5)).await.unwrap());
    assert!(approval::close(&mut tx, asked, &closing(RequestStatus::Canceled, mira), hour(5)).await.unwrap());
    assert!(!approval::close(&mut tx, asked, &closing(RequestStatus::Denied, mira), hour(5)).await.unwrap());
    assert!(!approval::take(&mut tx, asked, hour(5)).await.unwrap());
    assert!(!approval::expire(&mut tx, asked, hour(7)).await.unwrap());
    let row = request::find(&mut tx, asked).await.unwrap().unwrap();
    assert_eq!(
        (row.status, row.closed_by, row.completed_at),
        (RequestStatus::Canceled, Some(mira), Some(hour(5)))
    );
    assert_eq!((row.closed_by_name.as_deref(), row.close_reason.as_deref()), (Some("Mira"), Some("no need")));
    assert_eq!(approval::list_of_eligibility(&mut tx, eligibility, hour(5)).await.unwrap(), []);
    assert_eq!(approval::list_of_principal(&mut tx, mira, hour(5)).await.unwrap(), []);
    assert_eq!(approval::find_open(&mut tx, mira, reader, &everywhere).await.unwrap(), None);
    assert!(!approval::take(&mut tx, id(), hour(5)).await.unwrap());
    assert_eq!(request::find(&mut tx, id()).await.unwrap(), None);
}

async fn time_closes_it_too(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let reader = role(&mut tx, "Reader").await;
    let (mira, asked) = ask(&mut tx, "Mira", reader).await;
    assert!(!approval::expire(&mut tx, asked, hour(6) - TimeDelta::microseconds(1)).await.unwrap());
    assert_eq!(approval::list_due(&mut tx, hour(5), 9).await.unwrap(), []);
    assert!(!approval::take(&mut tx, asked, hour(6)).await.unwrap());
    assert!(!approval::close(&mut tx, asked, &closing(RequestStatus::Denied, mira), hour(6)).await.unwrap());
    assert_eq!(approval::list_due(&mut tx, hour(6), 9).await.unwrap().len(), 1);
    assert!(approval::expire(&mut tx, asked, hour(8)).await.unwrap());
    assert!(!approval::expire(&mut tx, asked, hour(8)).await.unwrap());
    assert_eq!(approval::list_due(&mut tx, hour(9), 9).await.unwrap(), []);
    let row = request::find(&mut tx, asked).await.unwrap().unwrap();
    assert_eq!((row.status, row.completed_at, row.closed_by), (RequestStatus::TimedOut, Some(hour(6)), None));
}

async fn one_person_waits_once(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (reader, writer) = (role(&mut tx, "Reader").await, role(&mut tx, "Writer").await);
    let (mira, asked) = ask(&mut tx, "Mira", reader).await;
    let eligibility = request::find(&mut tx, asked).await.unwrap().unwrap().eligibility_id.unwrap();
    request::append(&mut tx, &waiting(mira, writer, eligibility)).await.unwrap();
    assert!(approval::close(&mut tx, asked, &closing(RequestStatus::Denied, mira), hour(1)).await.unwrap());
    request::append(&mut tx, &waiting(mira, reader, eligibility)).await.unwrap();
    let twice = request::append(&mut tx, &waiting(mira, reader, eligibility)).await;
    assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
}

async fn an_inbox_has_what_one_may_decide(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (reader, writer, other) =
        (role(&mut tx, "Reader").await, role(&mut tx, "Writer").await, role(&mut tx, "Other").await);
    let paul = user(&mut tx, "Paul").await;
    let team = group(&mut tx, "Team").await;
    let everywhere = ScopePath::directory();
    let mut settings = RoleSettings::default_for(Provider::Directory);
    for (role, approvers) in [(reader, vec![paul, team]), (writer, vec![team]), (other, Vec::new())] {
        settings.activation_approval.first.approvers = approvers.into_iter().collect();
        role_settings::put(&mut tx, role, &everywhere, &settings, paul, noon()).await.unwrap();
    }
    let (_, first) = ask(&mut tx, "Mira", reader).await;
    let (lena, second) = ask(&mut tx, "Lena", writer).await;
    let (_, third) = ask(&mut tx, "Omar", other).await;
    let (paul, team, guarded) = (paul.as_uuid(), team.as_uuid(), GLOBAL_ADMINISTRATOR.as_uuid());
    let inbox = async |tx: &mut Transaction, approvers: &[_], own, at| -> Vec<RequestId> {
        let page =
            approval::list_inbox(tx, &of_approver(approvers, own), at, &PageRequest::first()).await.unwrap();
        page.items.into_iter().map(|(row, _)| row.id).collect()
    };
    let nobody: PrincipalId = id();
    assert_eq!(inbox(&mut tx, &[], nobody, noon()).await, []);
    assert_eq!(inbox(&mut tx, &[paul], nobody, noon()).await, [first]);
    assert_eq!(inbox(&mut tx, &[paul, team], nobody, noon()).await, [first, second], "nothing comes twice");
    assert_eq!(
        inbox(&mut tx, &[guarded], nobody, noon()).await,
        [third],
        "nobody is named, so the role decides"
    );
    assert_eq!(
        inbox(&mut tx, &[paul, team, guarded], lena, noon()).await,
        [first, third],
        "but for one's own"
    );
    assert_eq!(inbox(&mut tx, &[paul, team, guarded], nobody, hour(6)).await, []);
    // Who has decided is not asked again.
    let by = PrincipalId::new(paul);
    assert!(
        approval::append_decision(&mut tx, first, (by, None), Verdict::Approve, "yes", None, noon())
            .await
            .unwrap()
    );
    assert_eq!(inbox(&mut tx, &[paul, team], by, noon()).await, [second]);
    // Settings that name somebody else take effect at once.
    settings.activation_approval.first.approvers = [by].into();
    role_settings::put(&mut tx, other, &everywhere, &settings, by, noon()).await.unwrap();
    assert_eq!(inbox(&mut tx, &[guarded], nobody, noon()).await, []);
    assert_eq!(inbox(&mut tx, &[paul], by, noon()).await, [third]);
    let all = approval::list_pending(&mut tx, None, noon(), &PageRequest::first()).await.unwrap();
    assert_eq!(all.items.len(), 3);
    let all = approval::list_pending(&mut tx, None, hour(6), &PageRequest::first()).await.unwrap();
    assert_eq!(all.items, []);
}

async fn decisions_are_kept(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let reader = role(&mut tx, "Reader").await;
    let (mira, asked) = ask(&mut tx, "Mira", reader).await;
    let (paul, lena) = (user(&mut tx, "Paul").await, user(&mut tx, "Lena").await);
    let granted = Some(Duration::minutes(45));
    let say = async |tx: &mut Transaction, by, verdict, granted, at| {
        approval::append_decision(tx, asked, (by, None), verdict, "because", granted, at).await.unwrap()
    };
    assert!(say(&mut tx, paul, Verdict::Approve, granted, hour(2)).await);
    assert!(!say(&mut tx, paul, Verdict::Deny, None, hour(3)).await, "nobody says two things");
    assert!(say(&mut tx, lena, Verdict::Deny, None, hour(1)).await);
    let said: Vec<_> = approval::list_decisions(&mut tx, asked)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.approver_name.clone(), row.verdict, row.granted(), row.decided_at))
        .collect();
    assert_eq!(
        said,
        [
            ("Lena".to_owned(), Verdict::Deny, None, hour(1)),
            ("Paul".to_owned(), Verdict::Approve, granted, hour(2)),
        ]
    );
    assert_eq!(request::find(&mut tx, asked).await.unwrap().unwrap().approvals, 1);
    let decided = approval::list_decided(&mut tx, paul, &PageRequest::first()).await.unwrap();
    assert_eq!(decided.items.iter().map(|(row, at)| (row.id, *at)).collect::<Vec<_>>(), [(asked, hour(2))]);
    let own = request::list_own(&mut tx, mira, None, &PageRequest::first()).await.unwrap();
    assert_eq!(own.items[0].id, asked);
    let others = approval::list_decided(&mut tx, mira, &PageRequest::first()).await.unwrap();
    assert_eq!(others.items, []);
}

fn stage(number: u8) -> StageBegun {
    StageBegun { number, ..StageBegun::only(1) }
}

async fn a_stage_begins_once_and_has_decisions_of_its_own(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let reader = role(&mut tx, "Reader").await;
    let (mira, asked) = ask(&mut tx, "Mira", reader).await;
    let (paul, lena) = (user(&mut tx, "Paul").await, user(&mut tx, "Lena").await);
    let say = async |tx: &mut Transaction, by: PrincipalId| {
        approval::append_decision(tx, asked, (by, None), Verdict::Approve, "yes", None, hour(1))
            .await
            .unwrap()
    };
    let row = request::find(&mut tx, asked).await.unwrap().unwrap();
    assert_eq!((row.stage(), row.stages(), row.is_escalated(hour(5))), (1, 1, false));
    assert!(say(&mut tx, paul).await);
    let second = StageBegun { escalates_at: Some(hour(3)), ..stage(2) };
    assert!(!approval::begin_stage(&mut tx, asked, &stage(3), hour(1)).await.unwrap(), "none is left out");
    assert!(!approval::begin_stage(&mut tx, asked, &second, hour(6)).await.unwrap(), "it is too late");
    assert!(approval::begin_stage(&mut tx, asked, &second, hour(1)).await.unwrap());
    assert!(!approval::begin_stage(&mut tx, asked, &second, hour(1)).await.unwrap(), "once");
    let row = request::find(&mut tx, asked).await.unwrap().unwrap();
    assert_eq!((row.stage(), row.approvals_needed, row.approvals), (2, Some(1), 0));
    assert_eq!((row.is_escalated(hour(2)), row.is_escalated(hour(3))), (false, true));
    assert!(!say(&mut tx, paul).await, "nobody says something in two stages");
    assert!(say(&mut tx, lena).await);
    let said = approval::list_decisions(&mut tx, asked).await.unwrap();
    let mut said: Vec<_> = said.iter().map(|row| (row.approver_name.as_str(), row.stage())).collect();
    said.sort_unstable();
    assert_eq!(said, [("Lena", 2), ("Paul", 1)]);
    assert_eq!(request::find(&mut tx, asked).await.unwrap().unwrap().approvals, 1);
    assert!(approval::close(&mut tx, asked, &closing(RequestStatus::Denied, mira), hour(2)).await.unwrap());
    assert!(!approval::begin_stage(&mut tx, asked, &stage(3), hour(2)).await.unwrap(), "it is over");
}

async fn each_stage_has_its_inbox_and_backups_their_time(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let reader = role(&mut tx, "Reader").await;
    let names = ["Paul", "Lena", "Olga"];
    let mut people = Vec::new();
    for name in names {
        people.push(user(&mut tx, name).await);
    }
    let of = |who: usize| ApprovalStage { approvers: [people[who]].into(), ..ApprovalStage::default() };
    let mut settings = RoleSettings::default_for(Provider::Directory);
    let rule = &mut settings.activation_approval;
    let backup = Backup { approvers: BTreeSet::new(), after: Duration::hours(2) };
    rule.first = ApprovalStage { backup: Some(backup), ..of(0) };
    rule.further_stages = vec![of(1), of(2)];
    let everywhere = ScopePath::directory();
    role_settings::put(&mut tx, reader, &everywhere, &settings, people[0], noon()).await.unwrap();

    let who = user(&mut tx, "Mira").await;
    let eligibility = schedule(&mut tx, eligible(who, reader, Window::new(noon(), None))).await;
    let mut asked = waiting(who, reader, eligibility);
    let first = StageBegun { escalates_at: Some(hour(2)), ..stage(1) };
    asked.approval = asked.approval.map(|approval| Approval { stages: 3, stage: first, ..approval });
    request::append(&mut tx, &asked).await.unwrap();
    // Whose inbox has it: Paul's, Lena's, Olga's, and that of the guarded roles.
    let nobody: PrincipalId = id();
    let guarded = GLOBAL_ADMINISTRATOR.as_uuid();
    let capacities = people.iter().map(|id| id.as_uuid()).chain([guarded]).collect::<Vec<_>>();
    let inboxes = async |tx: &mut Transaction, at| {
        let mut found = Vec::new();
        for &capacity in &capacities {
            let inbox = of_approver(&[capacity], nobody);
            let page = approval::list_inbox(tx, &inbox, at, &PageRequest::first()).await.unwrap();
            found.push(page.items.len());
        }
        found
    };
    assert_eq!(inboxes(&mut tx, hour(1)).await, [1, 0, 0, 0]);
    assert_eq!(inboxes(&mut tx, hour(2)).await, [1, 0, 0, 1], "it has taken long");
    approval::begin_stage(&mut tx, asked.id, &stage(2), hour(2)).await.unwrap();
    assert_eq!(inboxes(&mut tx, hour(3)).await, [0, 1, 0, 0]);
    // A stage that is taken out is that of those before it.
    settings.activation_approval.further_stages.clear();
    role_settings::put(&mut tx, reader, &everywhere, &settings, people[0], noon()).await.unwrap();
    assert_eq!(inboxes(&mut tx, hour(3)).await, [1, 0, 0, 0]);
    // Who is both an approver and a backup approver has it once.
    let inbox = of_approver(&[people[0].as_uuid(), guarded], nobody);
    let page = approval::list_inbox(&mut tx, &inbox, hour(3), &PageRequest::first()).await.unwrap();
    assert_eq!(page.items.len(), 1);
}

async fn moments_are_read_in_their_order(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let reader = role(&mut tx, "Reader").await;
    let mut asked = Vec::new();
    for (name, escalates, reminds) in [("One", 2, 3), ("Two", 1, 3), ("Three", 2, 9)] {
        let who = user(&mut tx, name).await;
        let eligibility = schedule(&mut tx, eligible(who, reader, Window::new(noon(), None))).await;
        let mut request = waiting(who, reader, eligibility);
        let (escalates_at, reminds_at) = (Some(hour(escalates)), Some(hour(reminds)));
        let stage = StageBegun { escalates_at, reminds_at, ..stage(1) };
        request.approval = request.approval.map(|approval| Approval { stage, ..approval });
        request::append(&mut tx, &request).await.unwrap();
        asked.push(request.id.as_uuid());
    }
    let list = async |tx: &mut Transaction, watched, last: Cursor, until, most| {
        approval::list_by_moment(tx, watched, last, hour(until), most).await.unwrap()
    };
    let begin = Cursor { at: noon(), id: Uuid::max() };
    let mut sorted = [asked[0], asked[2]];
    sorted.sort_unstable();
    let at = |hour_of, id| (Cursor { at: hour(hour_of), id }, 1);
    let all = [at(1, asked[1]), at(2, sorted[0]), at(2, sorted[1])];
    let escalation = Watched::Escalation;
    assert_eq!(list(&mut tx, escalation, begin, 0, 9).await, []);
    assert_eq!(list(&mut tx, escalation, begin, 2, 9).await, all);
    assert_eq!(list(&mut tx, escalation, begin, 2, 2).await, all[..2]);
    assert_eq!(list(&mut tx, escalation, all[1].0, 2, 9).await, all[2..]);
    assert_eq!(list(&mut tx, escalation, begin, 6, 9).await, [], "nobody decides any more");
    assert_eq!(list(&mut tx, Watched::Reminder, begin, 5, 9).await.len(), 2);
    let first = RequestId::new(asked[0]);
    let nobody: PrincipalId = user(&mut tx, "Nobody").await;
    approval::close(&mut tx, first, &closing(RequestStatus::Denied, nobody), hour(1)).await.unwrap();
    assert_eq!(list(&mut tx, Watched::Reminder, begin, 5, 9).await.len(), 1, "what is decided is not read");
    approval::begin_stage(&mut tx, RequestId::new(asked[1]), &stage(2), hour(1)).await.unwrap();
    assert_eq!(
        list(&mut tx, Watched::Reminder, begin, 5, 9).await,
        [],
        "the next stage has moments of its own"
    );
}

async fn an_inbox_is_found_by_index(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (reader, paul) = (role(&mut tx, "Reader").await, user(&mut tx, "Paul").await);
    let mut settings = RoleSettings::default_for(Provider::Directory);
    settings.activation_approval.first.approvers = [paul].into();
    role_settings::put(&mut tx, reader, &ScopePath::directory(), &settings, paul, noon()).await.unwrap();
    ask(&mut tx, "Mira", reader).await;
    // Years of requests that are over.
    let old: Vec<_> =
        (0..20_000).map(|_| request_for(&active(paul, reader, Window::new(noon(), None)))).collect();
    bulk::append_requests(&mut tx, &old).await.unwrap();
    tx.commit().await.unwrap();
    database.analyze().await.unwrap();

    let mut tx = database.read().await.unwrap();
    let own = of_approver(&[paul.as_uuid()], paul);
    let instead: PrincipalId = id();
    let for_paul = Inbox { stands_in: vec![(paul, vec![paul.as_uuid()])], ..of_approver(&[], instead) };
    let sorted =
        Inbox { order: Order::Requestor, words: vec![("mi".to_owned(), vec![])], ..for_paul.clone() };
    for inbox in [own, for_paul, sorted] {
        let plan = approval::explain_inbox(&mut tx, &inbox, noon()).await.unwrap();
        assert!(plan.contains("request_pending"), "{plan}");
        let reads_everything = if tx.is_sqlite() {
            plan.lines().any(|line| line.starts_with("SCAN w") || line.starts_with("SCAN q"))
        } else {
            plan.contains("Seq Scan on schedule_request")
        };
        assert!(!reads_everything, "{plan}");
        let page = approval::list_inbox(&mut tx, &inbox, noon(), &PageRequest::first()).await;
        assert_eq!(page.unwrap().items.len(), 1);
    }
}

async fn a_stage_does_not_pay_for_those_that_wait_in_another(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let reader = role(&mut tx, "Reader").await;
    let (paul, lena, olga) =
        (user(&mut tx, "Paul").await, user(&mut tx, "Lena").await, user(&mut tx, "Olga").await);
    let mut settings = RoleSettings::default_for(Provider::Directory);
    let rule = &mut settings.activation_approval;
    let of = |who| ApprovalStage { approvers: [who].into(), ..ApprovalStage::default() };
    let backup = Backup { approvers: [olga].into(), after: Duration::hours(2) };
    rule.first = ApprovalStage { backup: Some(backup), ..of(paul) };
    rule.further_stages = vec![of(lena)];
    role_settings::put(&mut tx, reader, &ScopePath::directory(), &settings, paul, noon()).await.unwrap();
    let people: Vec<_> = (0..6000).map(|n| row(PrincipalKind::User, &format!("Person {n}"))).collect();
    bulk::insert_principals(&mut tx, &people).await.unwrap();
    // All but three wait in the first stage, where none has waited for long.
    let requests: Vec<_> = people
        .iter()
        .enumerate()
        .map(|(n, person)| {
            let asked = waiting(person.id, reader, id());
            let escalates_at = (n >= 3).then(|| hour(2));
            let stage = StageBegun { escalates_at, ..stage(if n < 3 { 2 } else { 1 }) };
            NewRequest {
                approval: asked.approval.map(|approval| Approval { stages: 2, stage, ..approval }),
                ..asked
            }
        })
        .collect();
    bulk::append_requests(&mut tx, &requests).await.unwrap();
    // Years of requests that are over.
    let over: Vec<_> =
        (0..30_000).map(|_| request_for(&active(paul, reader, Window::new(noon(), None)))).collect();
    bulk::append_requests(&mut tx, &over).await.unwrap();
    tx.commit().await.unwrap();
    database.analyze().await.unwrap();

    let mut tx = database.read().await.unwrap();
    for (who, expected) in [(lena, 3), (olga, 0)] {
        let inbox = of_approver(&[who.as_uuid()], who);
        let plan = approval::explain_inbox(&mut tx, &inbox, hour(1)).await.unwrap();
        assert!(plan.contains("request_pending_by_role"), "{plan}");
        let meter = Meter::start(&mut tx).await.unwrap();
        let page = approval::list_inbox(&mut tx, &inbox, hour(1), &PageRequest::first()).await.unwrap();
        let cost = meter.read(&mut tx).await.unwrap();
        assert_eq!(page.items.len(), expected);
        assert!(cost <= if tx.is_sqlite() { 5 } else { 100 }, "{expected}: {cost}: {plan}");
    }
}
