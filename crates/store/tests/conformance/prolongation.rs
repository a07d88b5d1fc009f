//! Requests to extend or renew, which those decide on who may assign roles.

use crate::fixtures::{active, eligible, hour, id, noon, request_for, role, schedule, user};
use stint_domain::{
    id::{PrincipalId, RequestId, RoleId, ScheduleId},
    request::{RequestAction, RequestKind, RequestStatus},
    role::Provider,
    scope::ScopePath,
    settings::{RoleSettings, StageBegun},
    time::Window,
};
use stint_store::{
    Database, Error, PageRequest, Transaction,
    approval::{self, Closing, Inbox},
    bulk, request,
    request::{Approval, NewRequest, Prolongs},
    role_settings,
};

stint_store::on_both_databases!(
    an_assignment_has_one_request_open,
    administrators_find_what_they_decide_on,
    time_closes_them_too,
    what_waits_is_found_by_index,
);

/// A request that an assignment until 1 p.m. goes on until 3 p.m., that waits until so many hours after noon.
fn waiting(
    kind: RequestKind,
    principal: PrincipalId,
    role: RoleId,
    assignment: ScheduleId,
    until: i64,
) -> NewRequest {
    NewRequest {
        action: kind.action(),
        status: RequestStatus::PendingAdminDecision,
        schedule: None,
        prolongs: Some(Prolongs { assignment, old_end: hour(1) }),
        approval: Some(Approval {
            eligibility: None,
            settings_scope: ScopePath::directory(),
            stages: 1,
            stage: StageBegun::only(1),
            expires_at: hour(until),
        }),
        ..request_for(&eligible(principal, role, Window::new(hour(1), Some(hour(3)))))
    }
}

/// The same for an activation, which approvers decide on.
fn of_activation(principal: PrincipalId, role: RoleId, eligibility: ScheduleId, until: i64) -> NewRequest {
    let request = waiting(RequestKind::Extension, principal, role, id(), until);
    let approval = request.approval.map(|approval| Approval { eligibility: Some(eligibility), ..approval });
    NewRequest { status: RequestStatus::PendingApproval, approval, ..request }
}

async fn inbox(tx: &mut Transaction, own: PrincipalId, kind: Option<RequestKind>) -> Vec<RequestId> {
    let inbox = Inbox { approvers: vec![own.as_uuid()], is_administrator: true, kind, ..Inbox::of(own) };
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = approval::list_inbox(tx, &inbox, noon(), &PageRequest { after, size: 2 }).await.unwrap();
        seen.extend(page.items.iter().map(|(row, _)| row.id));
        after = page.next;
        if after.is_none() {
            return seen;
        }
    }
}

async fn an_assignment_has_one_request_open(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, reader) = (user(&mut tx, "Mira").await, role(&mut tx, "Reader").await);
    let assignment = schedule(&mut tx, eligible(mira, reader, Window::new(noon(), Some(hour(1))))).await;
    let asked = waiting(RequestKind::Extension, mira, reader, assignment, 6);
    request::append(&mut tx, &asked).await.unwrap();
    let found = approval::find_of_assignment(&mut tx, assignment).await.unwrap().unwrap();
    assert_eq!((found.id, found.kind()), (asked.id, Some(RequestKind::Extension)));
    assert_eq!((found.assignment_id, found.old_end_at), (Some(assignment), Some(hour(1))));
    assert_eq!(found.window(), Window::new(hour(1), Some(hour(3))));
    assert!(found.is_for_administrators());
    assert_eq!(found.status_at(hour(6)), RequestStatus::TimedOut);
    let waits = approval::list_of_principal(&mut tx, mira, noon()).await.unwrap();
    assert_eq!(waits.as_slice(), std::slice::from_ref(&found));
    let everywhere = ScopePath::directory();
    let open = approval::find_open(&mut tx, mira, reader, &everywhere).await.unwrap();
    assert_eq!(open, None, "an activation is another matter");

    assert!(approval::take(&mut tx, asked.id, hour(5)).await.unwrap());
    let closing = Closing { status: RequestStatus::Denied, by: Some(mira), reason: None, schedule: None };
    assert!(approval::close(&mut tx, asked.id, &closing, hour(5)).await.unwrap());
    assert!(!approval::close(&mut tx, asked.id, &closing, hour(5)).await.unwrap());
    assert_eq!(approval::find_of_assignment(&mut tx, assignment).await.unwrap(), None);
    let again = waiting(RequestKind::Renewal, mira, reader, assignment, 6);
    request::append(&mut tx, &again).await.unwrap();
    let twice = waiting(RequestKind::Extension, mira, reader, assignment, 6);
    let twice = request::append(&mut tx, &twice).await;
    assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
}

async fn administrators_find_what_they_decide_on(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, paul) = (user(&mut tx, "Mira").await, user(&mut tx, "Paul").await);
    let reader = role(&mut tx, "Reader").await;
    let mut settings = RoleSettings::default_for(Provider::Directory);
    settings.activation_approval.first.approvers = [paul].into();
    role_settings::put(&mut tx, reader, &ScopePath::directory(), &settings, paul, noon()).await.unwrap();
    let (extension, renewal) = (RequestKind::Extension, RequestKind::Renewal);
    let requests = [
        waiting(renewal, mira, reader, id(), 2),
        of_activation(mira, reader, id(), 3),
        waiting(extension, mira, reader, id(), 4),
        waiting(extension, paul, reader, id(), 5),
        waiting(renewal, mira, reader, id(), 6),
        waiting(extension, mira, reader, id(), 7),
    ];
    for request in &requests {
        request::append(&mut tx, request).await.unwrap();
    }
    let ids = |numbers: &[usize]| numbers.iter().map(|&number| requests[number].id).collect::<Vec<_>>();
    assert_eq!(inbox(&mut tx, paul, None).await, ids(&[0, 1, 2, 4, 5]), "but for his own");
    assert_eq!(inbox(&mut tx, paul, Some(extension)).await, ids(&[1, 2, 5]));
    assert_eq!(inbox(&mut tx, paul, Some(renewal)).await, ids(&[0, 4]));
    assert_eq!(inbox(&mut tx, paul, Some(RequestKind::Activation)).await, []);
    assert_eq!(inbox(&mut tx, mira, None).await, ids(&[3]), "no approver, and all others are her own");
    for (kind, expected) in [
        (None, ids(&[0, 1, 2, 3, 4, 5])),
        (Some(extension), ids(&[1, 2, 3, 5])),
        (Some(renewal), ids(&[0, 4])),
        (Some(RequestKind::Activation), Vec::new()),
    ] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after, size: 2 };
            let page = approval::list_pending(&mut tx, kind, noon(), &page).await.unwrap();
            seen.extend(page.items.iter().map(|row| row.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected, "{kind:?}");
    }
}

async fn time_closes_them_too(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, reader) = (user(&mut tx, "Mira").await, role(&mut tx, "Reader").await);
    for until in [2, 3] {
        let request = waiting(RequestKind::Extension, mira, reader, id(), until);
        request::append(&mut tx, &request).await.unwrap();
    }
    let due = approval::list_due(&mut tx, hour(2), 9).await.unwrap();
    let [first] = &due[..] else { panic!("{due:?}") };
    assert!(!approval::take(&mut tx, first.id, hour(2)).await.unwrap());
    assert!(approval::expire(&mut tx, first.id, hour(2)).await.unwrap());
    let first = request::find(&mut tx, first.id).await.unwrap().unwrap();
    assert_eq!((first.status, first.completed_at), (RequestStatus::TimedOut, Some(hour(2))));
    assert_eq!(approval::list_due(&mut tx, hour(4), 9).await.unwrap().len(), 1);
    assert_eq!(request::find(&mut tx, first.id).await.unwrap().unwrap().action, RequestAction::SelfExtend);
}

async fn what_waits_is_found_by_index(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (reader, paul) = (role(&mut tx, "Reader").await, user(&mut tx, "Paul").await);
    let mira = user(&mut tx, "Mira").await;
    // Years of requests that are over, and more that wait than anybody decides in a month.
    let old = (0..20_000).map(|_| request_for(&active(paul, reader, Window::new(noon(), None))));
    let open = (0..20_000).map(|_| waiting(RequestKind::Extension, mira, reader, id(), 700));
    bulk::append_requests(&mut tx, &old.chain(open).collect::<Vec<_>>()).await.unwrap();
    tx.commit().await.unwrap();
    database.analyze().await.unwrap();

    let mut tx = database.read().await.unwrap();
    for kind in [None, Some(RequestKind::Extension), Some(RequestKind::Renewal)] {
        let inbox =
            Inbox { approvers: vec![paul.as_uuid()], is_administrator: true, kind, ..Inbox::of(paul) };
        let plan = approval::explain_inbox(&mut tx, &inbox, noon()).await.unwrap();
        assert!(plan.contains("request_undecided"), "{plan}");
        let reads_everything = if tx.is_sqlite() {
            plan.lines().any(|line| line.starts_with("SCAN schedule_request") || line.contains("SCAN q"))
        } else {
            plan.contains("Seq Scan on schedule_request")
        };
        assert!(!reads_everything, "{plan}");
        let page = approval::list_inbox(&mut tx, &inbox, noon(), &PageRequest::first()).await.unwrap();
        let expected = if kind == Some(RequestKind::Renewal) { 0 } else { PageRequest::first().size };
        assert_eq!(page.items.len(), expected);
    }
}
