//! A page costs what it shows, however much there is besides (invariant 11). Not times are compared but what a database did.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use stint_domain::{
    audit::Category,
    id::PrincipalId,
    principal::PrincipalKind,
    request::{RequestAction, RequestKind, RequestStatus},
    role::Provider,
    schedule::AssignmentType,
    scope::ScopePath,
    settings::StageBegun,
    time::{Duration, Window},
};
use stint_engine::{
    Engine,
    clock::TestClock,
    generate::{ADMINISTRATOR, Size, generate},
    random::Random,
    store::{
        self, Database, Page, PageRequest, Transaction, approval, audit, bulk, cursor, group,
        on_both_databases, outbox, principal,
        request::{Approval, NewRequest, Prolongs},
        schedule,
        test_support::Meter,
    },
};

use uuid::Uuid;

on_both_databases!(a_page_costs_what_it_shows);

/// What a page of 50 may cost: thousands of steps of SQLite's machine, rows that Postgres reads. Reading one of the larger
/// tables whole costs 200 and 20,000. A row of a list comes from up to six tables, and Postgres remembers the person or role
/// of the row before only where its samples say that it pays: 50 rows cost 300 to 800.
fn most(database: &Database) -> u32 {
    match database {
        Database::Sqlite { .. } => 50,
        Database::Postgres(_) => 1000,
    }
}

/// Words that everybody shares.
const TWO_WORDS: &str = "stint example";

/// What it may cost besides to find out which of two words is the rarer. SQLite counts so many in less than a page costs.
fn counting(database: &Database) -> u32 {
    match database {
        Database::Sqlite { .. } => 0,
        Database::Postgres(_) => 2 * u32::try_from(principal::WORTH_COUNTING).unwrap(),
    }
}

struct Costs {
    tx: Transaction,
    found: Vec<(String, u32)>,
}

impl Costs {
    async fn one<T>(&mut self, name: &str, run: impl AsyncFnOnce(&mut Transaction) -> store::Result<T>) -> T {
        let meter = Meter::start(&mut self.tx).await.unwrap();
        let found = run(&mut self.tx).await.unwrap();
        let cost = meter.read(&mut self.tx).await.unwrap();
        self.found.push((name.to_owned(), cost));
        found
    }

    async fn list<T>(
        &mut self,
        name: &str,
        list: impl AsyncFn(&mut Transaction, &PageRequest) -> store::Result<Page<T>>,
    ) {
        let first = PageRequest::first();
        let page = self.one(name, async |tx| list(tx, &first).await).await;
        let mut next = page.next;
        for _ in 0..30 {
            let Some(after) = next else { return };
            next = list(&mut self.tx, &PageRequest { after: Some(after), size: PageRequest::MOST })
                .await
                .unwrap()
                .next;
        }
        if let Some(after) = next {
            let far_in = PageRequest::after(Some(after));
            self.one(&format!("{name}, far in"), async |tx| list(tx, &far_in).await).await;
        }
    }
}

/// Adds more requests to extend than anybody decides in a month, beside as many that are over.
async fn ask_for_more(engine: &Engine) {
    let (now, random) = (engine.clock().now(), engine.random());
    let mut tx = engine.database().begin().await.unwrap();
    let by = principal::find_by_user_name(&mut tx, ADMINISTRATOR).await.unwrap().unwrap().id;
    let role = engine.catalogue().list(Provider::Directory)[0].id;
    let request = |status, end| NewRequest {
        id: random.id(now),
        provider: Provider::Directory,
        assignment_type: AssignmentType::Eligible,
        action: RequestAction::SelfExtend,
        principal: by,
        role,
        scope: ScopePath::directory(),
        window: Window::lasting(now, Duration::days(30)),
        justification: None,
        ticket: None,
        status,
        requested_by: by,
        schedule: None,
        created_at: now,
        prolongs: Some(Prolongs { assignment: random.id(now), old_end: now }),
        approval: Some(Approval {
            eligibility: None,
            settings_scope: ScopePath::directory(),
            stages: 1,
            stage: StageBegun::only(1),
            expires_at: now + TimeDelta::seconds(end),
        }),
        signed_in: None,
    };
    let requests = (1..=10_000).flat_map(|end| {
        [RequestStatus::Denied, RequestStatus::PendingAdminDecision].map(|status| request(status, end))
    });
    bulk::append_requests(&mut tx, &requests.collect::<Vec<_>>()).await.unwrap();
    tx.commit().await.unwrap();
}

/// What was carried, and what waits for a server that is away.
async fn fill_outbox(engine: &Engine) {
    let (now, later) = (engine.clock().now(), engine.clock().now() + chrono::TimeDelta::hours(1));
    let mut tx = engine.database().begin().await.unwrap();
    for topic in ["news", outbox::MAIL, outbox::WEBHOOK] {
        for _ in 0..1500 {
            let (done, waits) = (engine.random().id(now), engine.random().id(now));
            outbox::append(&mut tx, done, topic, "{}".to_owned(), now).await.unwrap();
            outbox::finish(&mut tx, done).await.unwrap();
            outbox::append(&mut tx, waits, topic, "{}".to_owned(), later).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    engine.database().analyze().await.unwrap();
}

/// Not here: words that everybody shares, narrowed to the few who are disabled. That reads until a page is full.
const SEARCHES: [(&str, Option<bool>); 6] = [
    ("", None),
    ("", Some(false)),
    ("anna", None),
    ("anna", Some(false)),
    (TWO_WORDS, None),
    ("xyzzy", None),
];

/// What a worker looks at every ten seconds.
async fn look_at_moments(costs: &mut Costs, now: DateTime<Utc>) {
    for watched in [approval::Watched::Escalation, approval::Watched::Reminder] {
        let last = cursor::Cursor { at: now - TimeDelta::seconds(10), id: Uuid::max() };
        costs
            .one(&format!("requests whose {watched:?} has come"), async |tx| {
                approval::list_by_moment(tx, watched, last, now, 200).await
            })
            .await;
    }
}

async fn a_page_costs_what_it_shows(database: Database) {
    let engine =
        Engine::start(database.clone(), Arc::new(TestClock::default()), Arc::new(Random::from_seed(7)))
            .await
            .unwrap();
    let size = Size { users: 10_000, groups: 1_000, schedules: 20_000, audit_events: 20_000 };
    generate(&engine, size, 1, &mut |_, _, _| {}).await.unwrap().unwrap();
    let now = engine.clock().now();
    ask_for_more(&engine).await;
    fill_outbox(&engine).await;
    let mut costs = Costs { tx: database.begin().await.unwrap(), found: Vec::new() };

    for (search, enabled) in SEARCHES {
        let filter = principal::Filter {
            kinds: vec![PrincipalKind::User],
            search: search.to_owned(),
            enabled,
            ..principal::Filter::default()
        };
        let name = format!("users '{search}', enabled {enabled:?}");
        costs.list(&name, async |tx, page| principal::list(tx, &filter, page).await).await;
    }
    let admin = principal::find_by_user_name(&mut costs.tx, ADMINISTRATOR).await.unwrap().unwrap().id;
    let roles = |search: &str| -> Vec<_> {
        engine.catalogue().search(Provider::Directory, search).into_iter().map(|role| role.id).collect()
    };
    let holders: Vec<PrincipalId> = group::list_memberships(&mut costs.tx, admin, now).await.unwrap();
    for (who, principals) in [("all", Vec::new()), ("one", holders.clone())] {
        for (what, roles) in [("", None), ("user", Some(roles("user"))), ("xyzzy", Some(roles("xyzzy")))] {
            for assignment_type in [AssignmentType::Eligible, AssignmentType::Active] {
                for ended in [false, true] {
                    let filter = schedule::Filter {
                        principals: principals.clone(),
                        roles: roles.clone(),
                        assignment_type,
                        ended,
                    };
                    let name = format!("{assignment_type:?} of {who}, ended {ended}, roles '{what}'");
                    costs.list(&name, async |tx, page| schedule::list(tx, &filter, now, page).await).await;
                }
            }
        }
    }
    for actor in [None, Some(admin)] {
        for category in [None, Some(Category::RoleManagement), Some(Category::Authentication)] {
            let filter = audit::Filter { actor, category, ..audit::Filter::default() };
            let name = format!("events by {actor:?}, {category:?}");
            costs.list(&name, async |tx, page| audit::list(tx, &filter, page).await).await;
        }
    }
    let filter = principal::Filter { kinds: vec![PrincipalKind::User], ..principal::Filter::default() };
    let users = principal::list(&mut costs.tx, &filter, &PageRequest::first()).await.unwrap();
    let somebody = users.items[0].id;
    for (who, is_administrator) in [("an administrator", true), ("an approver", false)] {
        for kind in [None].into_iter().chain(RequestKind::ALL.map(Some)) {
            let approvers = vec![somebody.as_uuid()];
            let inbox =
                approval::Inbox { approvers, is_administrator, kind, ..approval::Inbox::of(somebody) };
            let name = format!("what waits for {who}, {kind:?}");
            costs.list(&name, async |tx, page| approval::list_inbox(tx, &inbox, now, page).await).await;
            let stands_in = vec![(users.items[1].id, vec![users.items[1].id.as_uuid()])];
            let inbox = approval::Inbox { stands_in, ..inbox };
            let name = format!("what waits for {who} and whoever is away, {kind:?}");
            costs.list(&name, async |tx, page| approval::list_inbox(tx, &inbox, now, page).await).await;
            let name = format!("what waits, {kind:?}");
            costs.list(&name, async |tx, page| approval::list_pending(tx, kind, now, page).await).await;
        }
    }
    costs.one("what waited too long", async |tx| approval::list_due(tx, now, 100).await).await;
    look_at_moments(&mut costs, now).await;
    costs.one("what one waits for", async |tx| approval::list_of_principal(tx, somebody, now).await).await;
    costs.one("what a person holds", async |tx| schedule::list_open(tx, &holders, now).await).await;
    for assignment_type in [AssignmentType::Eligible, AssignmentType::Active] {
        // What a worker looks at every ten seconds.
        let until = now + chrono::TimeDelta::seconds(10);
        costs
            .one(&format!("{assignment_type:?} that end soon"), async |tx| {
                schedule::list_by_end(tx, assignment_type, (now, Uuid::nil().into()), until, 200).await
            })
            .await;
        let later = until + chrono::TimeDelta::days(14);
        costs
            .one(&format!("{assignment_type:?} that end in two weeks"), async |tx| {
                let after = (later - chrono::TimeDelta::seconds(10), Uuid::nil().into());
                schedule::list_by_end(tx, assignment_type, after, later, 200).await
            })
            .await;
    }
    for lane in outbox::Lane::ALL {
        costs.one(&format!("the next of {lane:?}"), async |tx| outbox::claim(tx, lane, now, now).await).await;
    }
    let long_ago = now - chrono::TimeDelta::days(1);
    costs
        .one("what was carried long ago", async |tx| outbox::delete_done(tx, long_ago, long_ago, 200).await)
        .await;

    let most = most(&database);
    costs
        .found
        .retain(|(name, cost)| *cost > most + if name.contains(TWO_WORDS) { counting(&database) } else { 0 });
    assert!(costs.found.is_empty(), "{}, at most {most}: {:#?}", database.name(), costs.found);
}
