//! Assignments and the requests behind them.

use crate::fixtures::{activation, active, eligible, hour, id, noon, request_for, role, row, schedule, user};
use chrono::{DateTime, TimeDelta, Utc};
use stint_domain::{
    principal::PrincipalKind,
    request::{RequestAction, RequestStatus},
    role::Provider,
    schedule::{AssignmentState, AssignmentType, EndReason, Schedule},
    scope::ScopePath,
    text::{Justification, TicketNumber, TicketSystem},
    time::Window,
};
use stint_store::{
    Database, Error, PageRequest,
    administrative_unit::{self, AdministrativeUnitRow},
    principal, request,
    request::NewRequest,
    schedule::{self as schedules, Filter},
};

stint_store::on_both_databases!(
    a_schedule_comes_back_as_it_was_written,
    what_was_ended_stays_ended,
    a_window_changes_only_while_it_is_open,
    open_schedules_and_activations_are_found,
    what_is_limited_to_an_object_is_found,
    lists_name_what_they_show,
    requests_are_kept,
);

async fn a_schedule_comes_back_as_it_was_written(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, reader) = (user(&mut tx, "Mira").await, role(&mut tx, "Reader").await);
    let eligibility = eligible(mira, reader, Window::new(noon(), None));
    let half_past = noon() + TimeDelta::microseconds(1);
    for written in [
        eligibility.clone(),
        activation(&eligibility, Window::new(half_past, Some(half_past + TimeDelta::microseconds(1)))),
        Schedule {
            provider: Provider::Resource,
            scope: "/subscriptions/A-b/resourceGroups/Wéb (1)".replace(' ', "_").parse().unwrap(),
            ..active(mira, reader, Window::new(hour(-1), Some(hour(1))))
        },
        Schedule {
            scope: ScopePath::administrative_unit(id()),
            ..active(mira, reader, Window::new(hour(-1), Some(hour(9999))))
        },
        active(mira, reader, Window::new("2024-02-29T00:00:00Z".parse().unwrap(), None)),
    ] {
        schedule(&mut tx, written.clone()).await;
        assert_eq!(schedules::find(&mut tx, written.id).await.unwrap().as_ref(), Some(&written));
        assert_eq!(schedules::take(&mut tx, written.id).await.unwrap().as_ref(), Some(&written));
    }
    assert_eq!(schedules::find(&mut tx, id()).await.unwrap(), None);
    assert_eq!(schedules::take(&mut tx, id()).await.unwrap(), None);
}

async fn what_was_ended_stays_ended(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, reader) = (user(&mut tx, "Mira").await, role(&mut tx, "Reader").await);
    let held = schedule(&mut tx, active(mira, reader, Window::new(hour(0), Some(hour(4))))).await;
    assert!(!schedules::end(&mut tx, held, hour(4), EndReason::Removed).await.unwrap(), "it ran its time");
    assert!(schedules::end(&mut tx, held, hour(2), EndReason::Deactivated).await.unwrap());
    assert!(
        !schedules::end(&mut tx, held, hour(1), EndReason::Removed).await.unwrap(),
        "nobody ends it twice"
    );
    assert!(!schedules::set_window(&mut tx, held, Window::new(hour(0), None), hour(1)).await.unwrap());
    let listed = schedules::get_listed(&mut tx, held).await.unwrap();
    assert_eq!(listed.schedule.window, Window::new(hour(0), Some(hour(2))));
    assert_eq!(listed.end_reason, Some(EndReason::Deactivated));
    assert_eq!(schedules::take(&mut tx, held).await.unwrap(), None, "what was ended is not taken any more");

    let upcoming = schedule(&mut tx, active(mira, reader, Window::new(hour(5), None))).await;
    assert!(schedules::end(&mut tx, upcoming, hour(1), EndReason::Removed).await.unwrap());
    assert!(schedules::find(&mut tx, upcoming).await.unwrap().unwrap().window.is_empty());
    assert!(!schedules::end(&mut tx, id(), hour(1), EndReason::Removed).await.unwrap());
}

async fn a_window_changes_only_while_it_is_open(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, reader) = (user(&mut tx, "Mira").await, role(&mut tx, "Reader").await);
    let held = schedule(&mut tx, active(mira, reader, Window::new(hour(0), Some(hour(4))))).await;
    let changed = Window::new(hour(1), None);
    assert!(!schedules::set_window(&mut tx, held, changed, hour(4)).await.unwrap());
    assert!(schedules::set_window(&mut tx, held, changed, hour(3)).await.unwrap());
    assert_eq!(schedules::find(&mut tx, held).await.unwrap().unwrap().window, changed);
    assert!(!schedules::set_window(&mut tx, id(), changed, hour(3)).await.unwrap());
    // A window that ends in the far future still ends.
    let far: DateTime<Utc> = "9999-12-31T23:59:59Z".parse().unwrap();
    assert!(schedules::set_window(&mut tx, held, Window::new(hour(1), Some(far)), hour(3)).await.unwrap());
    assert!(schedules::find(&mut tx, held).await.unwrap().unwrap().window.end.is_some());
}

async fn open_schedules_and_activations_are_found(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, omar, reader) =
        (user(&mut tx, "Mira").await, user(&mut tx, "Omar").await, role(&mut tx, "Reader").await);
    let eligibility = eligible(mira, reader, Window::new(noon(), None));
    let first = schedule(&mut tx, eligibility.clone()).await;
    let running = schedule(&mut tx, activation(&eligibility, Window::new(noon(), Some(hour(2))))).await;
    let later = schedule(&mut tx, activation(&eligibility, Window::new(hour(5), Some(hour(6))))).await;
    schedule(&mut tx, activation(&eligibility, Window::new(hour(-2), Some(noon())))).await;
    let of_omar = schedule(&mut tx, active(omar, reader, Window::new(noon(), Some(hour(1))))).await;
    let ids = |found: Vec<Schedule>| {
        let mut ids: Vec<_> = found.into_iter().map(|schedule| schedule.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(schedules::list_open(&mut tx, &[mira], noon()).await.unwrap()), [first, running, later]);
    assert_eq!(
        ids(schedules::list_open(&mut tx, &[mira, omar], noon()).await.unwrap()),
        [first, running, later, of_omar]
    );
    assert_eq!(schedules::list_open(&mut tx, &[omar], hour(1)).await.unwrap(), []);
    assert_eq!(schedules::list_open(&mut tx, &[], noon()).await.unwrap(), []);
    assert_eq!(ids(schedules::list_activations(&mut tx, first, noon()).await.unwrap()), [running, later]);
    assert_eq!(ids(schedules::list_activations(&mut tx, first, hour(2)).await.unwrap()), [later]);
    assert_eq!(schedules::list_activations(&mut tx, of_omar, noon()).await.unwrap(), []);
}

async fn what_is_limited_to_an_object_is_found(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, reader) = (user(&mut tx, "Mira").await, role(&mut tx, "Reader").await);
    let unit = id();
    let held = Schedule {
        scope: ScopePath::administrative_unit(unit),
        ..active(mira, reader, Window::new(noon(), Some(hour(1))))
    };
    schedule(&mut tx, held.clone()).await;
    schedule(&mut tx, Schedule { id: id(), request: id(), ..held.clone() }).await;
    schedule(&mut tx, active(mira, reader, Window::new(noon(), None))).await;
    let mut count =
        async |at, most| schedules::list_at_object(&mut tx, unit.as_uuid(), at, most).await.unwrap().len();
    assert_eq!((count(noon(), 9).await, count(noon(), 1).await, count(hour(1), 9).await), (2, 1, 0));
}

async fn lists_name_what_they_show(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let reader = role(&mut tx, "Reader").await;
    let writer = role(&mut tx, "Writer").await;
    let mira = principal::PrincipalRow {
        user_name: Some("mira@contoso.example".to_owned()),
        ..row(PrincipalKind::User, "Mira")
    };
    let program = row(PrincipalKind::ServicePrincipal, "Backup");
    principal::insert(&mut tx, &mira).await.unwrap();
    principal::insert(&mut tx, &program).await.unwrap();
    let unit = AdministrativeUnitRow {
        id: id(),
        display_name: "Sales".to_owned(),
        description: None,
        created_at: noon(),
        deleted_at: None,
    };
    administrative_unit::insert(&mut tx, &unit).await.unwrap();
    let window = |hours| Window::new(noon(), Some(hour(hours)));
    let everywhere = active(mira.id, reader, window(1));
    let in_unit =
        Schedule { scope: ScopePath::administrative_unit(unit.id), ..active(mira.id, writer, window(2)) };
    let at_program =
        Schedule { scope: ScopePath::object(program.id), ..active(program.id, reader, window(3)) };
    for written in [&everywhere, &in_unit, &at_program] {
        schedule(&mut tx, written.clone()).await;
    }
    let all =
        Filter { principals: Vec::new(), roles: None, assignment_type: AssignmentType::Active, ended: false };
    let page = schedules::list(&mut tx, &all, noon(), &PageRequest::first()).await.unwrap();
    let shown: Vec<_> = page
        .items
        .iter()
        .map(|a| (&a.schedule, a.principal_name.as_str(), a.role_name.as_str(), a.scope_name.as_deref()))
        .collect();
    assert_eq!(
        shown,
        [
            (&everywhere, "Mira", "Reader", None),
            (&in_unit, "Mira", "Writer", Some("Sales")),
            (&at_program, "Backup", "Reader", Some("Backup")),
        ]
    );
    assert_eq!(page.items[0].principal_user_name.as_deref(), Some("mira@contoso.example"));
    assert_eq!(page.items[2].principal_kind, PrincipalKind::ServicePrincipal);
    assert!(!page.items[0].role_is_privileged);
    assert_eq!(schedules::get_listed(&mut tx, in_unit.id).await.unwrap(), page.items[1]);
    assert!(matches!(schedules::get_listed(&mut tx, id()).await, Err(Error::Missing)));

    let mut count = async |filter: Filter| {
        schedules::list(&mut tx, &filter, noon(), &PageRequest::first()).await.unwrap().items.len()
    };
    assert_eq!(count(Filter { principals: vec![mira.id], ..all.clone() }).await, 2);
    assert_eq!(count(Filter { principals: vec![mira.id, program.id], ..all.clone() }).await, 3);
    assert_eq!(count(Filter { roles: Some(vec![writer]), ..all.clone() }).await, 1);
    assert_eq!(count(Filter { roles: Some(vec![writer, reader]), ..all.clone() }).await, 3);
    assert_eq!(
        count(Filter { roles: Some(Vec::new()), ..all.clone() }).await,
        0,
        "no role found is no assignment"
    );
    assert_eq!(count(Filter { assignment_type: AssignmentType::Eligible, ..all.clone() }).await, 0);
    assert_eq!(count(Filter { ended: true, ..all }).await, 0);
}

async fn requests_are_kept(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (mira, reader) = (user(&mut tx, "Mira").await, role(&mut tx, "Reader").await);
    let actions = [
        RequestAction::AdminAssign,
        RequestAction::AdminUpdate,
        RequestAction::AdminRemove,
        RequestAction::AdminExtend,
        RequestAction::AdminRenew,
        RequestAction::SelfActivate,
        RequestAction::SelfDeactivate,
        RequestAction::SelfExtend,
        RequestAction::SelfRenew,
    ];
    let statuses = [
        RequestStatus::PendingApproval,
        RequestStatus::PendingAdminDecision,
        RequestStatus::Granted,
        RequestStatus::Provisioned,
        RequestStatus::Revoked,
        RequestStatus::Denied,
        RequestStatus::Canceled,
        RequestStatus::TimedOut,
        RequestStatus::Provisioned,
    ];
    let mut written = 0_i64;
    for (action, status) in actions.into_iter().zip(statuses) {
        let request = NewRequest {
            action,
            status,
            justification: Some(Justification::parse("on call\nsince noon").unwrap()),
            ticket: Some((
                TicketNumber::parse("INC-7").unwrap(),
                (written % 2 == 0).then(|| TicketSystem::parse("Jira").unwrap()),
            )),
            ..request_for(&Schedule {
                state: AssignmentState::Assigned,
                ..active(mira, reader, Window::new(noon(), None))
            })
        };
        request::append(&mut tx, &request).await.unwrap();
        written += 1;
        let row: (RequestAction, RequestStatus, Option<String>, Option<String>, Option<DateTime<Utc>>) = tx
            .query("SELECT action, status, justification, ticket_system, completed_at FROM schedule_request WHERE id = $1")
            .bind(request.id)
            .fetch_one()
            .await
            .unwrap();
        assert_eq!((row.0, row.1, row.2.as_deref()), (action, status, Some("on call\nsince noon")));
        assert_eq!(row.3.is_some(), written % 2 == 1);
        assert_eq!(row.4, (!status.is_open()).then(noon));
    }
    let (count,): (i64,) = tx.query("SELECT COUNT(*) FROM schedule_request").fetch_one().await.unwrap();
    assert_eq!(count, written);
}
