//! Every list that a page reads, timed by itself against a large database: a page far in, a rare word and an absent one
//! must cost no more than the first page.

use crate::{Result, measure::Times};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Instant;
use stint_domain::{
    audit::Category,
    id::{PrincipalId, RoleId},
    principal::PrincipalKind,
    role::{GLOBAL_ADMINISTRATOR, Provider},
    schedule::AssignmentType,
    scope::ScopePath,
};
use stint_engine::{
    Engine, generate,
    store::{
        self, Page, PageRequest, Transaction, administrative_unit, audit, group, outbox, principal, role,
        role_settings, schedule, session,
    },
};
use uuid::Uuid;

/// How many pages in the deep page is.
const DEEP: usize = 200;

struct Lists<'a> {
    tx: Transaction,
    only: &'a str,
    times: usize,
}

impl Lists<'_> {
    /// Times one statement.
    async fn one<T>(
        &mut self,
        name: &str,
        run: impl AsyncFn(&mut Transaction) -> store::Result<T>,
    ) -> Result<()> {
        if !name.contains(self.only) {
            return Ok(());
        }
        let mut times = Vec::with_capacity(self.times);
        let budget = Instant::now();
        for _ in 0..self.times {
            let before = Instant::now();
            run(&mut self.tx).await?;
            times.push(before.elapsed());
            if budget.elapsed().as_secs() > 4 {
                break;
            }
        }
        let times = Times::of(times);
        let slow = if times.percentile(50) > 2.0 { "  <== slow" } else { "" };
        let [least, half, most] = [0, 50, 99].map(|percent| times.percentile(percent));
        println!("{name:<64} {least:>9.3} {half:>9.3} {most:>9.3}{slow}");
        Ok(())
    }

    /// Times the first page of a list and one far in.
    async fn pages<T>(
        &mut self,
        name: &str,
        list: impl AsyncFn(&mut Transaction, &PageRequest) -> store::Result<Page<T>>,
    ) -> Result<()> {
        if !name.contains(self.only) {
            return Ok(());
        }
        let first = PageRequest::first();
        let found = list(&mut self.tx, &first).await?;
        let rows = found.items.len();
        self.one(&format!("{name} ({rows} rows)"), async |tx| list(tx, &first).await).await?;
        let mut next = found.next;
        let mut pages = 1;
        let wide = |after: Option<String>, size| PageRequest { after, size };
        let begin = Instant::now();
        let mut deepest = None;
        while let Some(cursor) = next.filter(|_| pages < DEEP && begin.elapsed().as_secs() < 3) {
            next = list(&mut self.tx, &wide(Some(cursor.clone()), PageRequest::MOST)).await?.next;
            deepest = Some(cursor);
            pages += 1;
        }
        if let Some(cursor) = deepest {
            let deep = PageRequest::after(Some(cursor));
            self.one(&format!("{name}, far in ({pages} x 200)"), async |tx| list(tx, &deep).await).await?;
        }
        Ok(())
    }
}

/// Times every list.
pub async fn run(engine: &Engine, only: &str, times: usize) -> Result<()> {
    let now = engine.clock().now();
    let mut tx = engine.database().read().await?;
    let admin =
        principal::find_by_user_name(&mut tx, generate::ADMINISTRATOR).await?.ok_or("nobody is there")?;
    let known = known(&mut tx, now).await?;
    println!("{}, the least, p50 and p99 in ms", engine.database().name());
    let mut lists = Lists { tx, only, times };
    principals(&mut lists, &known).await?;
    groups(&mut lists, &known, now).await?;
    schedules(&mut lists, engine, admin.id, &known, now).await?;
    events(&mut lists, &known, admin.id, now).await?;
    small(&mut lists, admin.id, &known, now).await?;
    drop(lists);
    claim(engine, times).await
}

/// What there is to ask for.
struct Known {
    user: PrincipalId,
    groups: Vec<PrincipalId>,
    common_role: RoleId,
    rare_role: RoleId,
    at: DateTime<Utc>,
}

async fn known(tx: &mut Transaction, now: DateTime<Utc>) -> Result<Known> {
    let (common,): (RoleId,) = tx
        .query(
            "SELECT role_id FROM schedule WHERE scope = '/' GROUP BY role_id ORDER BY COUNT(*) DESC LIMIT 1",
        )
        .fetch_one()
        .await?;
    let (user,): (PrincipalId,) = tx
        .query(
            "SELECT s.principal_id FROM schedule AS s JOIN principal AS p ON p.id = s.principal_id
              WHERE p.kind = 'user' GROUP BY s.principal_id ORDER BY COUNT(*) DESC LIMIT 1",
        )
        .fetch_one()
        .await?;
    let groups: Vec<(PrincipalId,)> = tx
        .query("SELECT group_id FROM group_member GROUP BY group_id ORDER BY COUNT(*) DESC LIMIT 2")
        .fetch_all()
        .await?;
    Ok(Known {
        user,
        groups: groups.into_iter().map(|(id,)| id).collect(),
        common_role: common,
        rare_role: GLOBAL_ADMINISTRATOR,
        at: now - TimeDelta::days(400),
    })
}

async fn principals(lists: &mut Lists<'_>, _known: &Known) -> Result<()> {
    let users = vec![PrincipalKind::User];
    let all = vec![PrincipalKind::User, PrincipalKind::Group, PrincipalKind::ServicePrincipal];
    let searches = [
        "",
        "a",
        "m",
        "mi",
        "x",
        "mir",
        "anna",
        "ann",
        "anna berg",
        "a b",
        "zo",
        "stint",
        "example",
        "stint example",
        "exa",
        "admin",
        "müller",
        "jürgen müller",
        "xyzzy",
        "zz",
        "q",
        "anna xyzzy",
        "a xyzzy",
        "s q",
        "stint zz",
        "anna.berg@stint.example",
    ];
    for search in searches {
        let filter = principal::Filter {
            kinds: users.clone(),
            search: search.to_owned(),
            ..principal::Filter::default()
        };
        lists
            .pages(&format!("users '{search}'"), async |tx, page| principal::list(tx, &filter, page).await)
            .await?;
    }
    for search in ["", "anna", "de", "stint"] {
        let filter = principal::Filter {
            kinds: all.clone(),
            search: search.to_owned(),
            ..principal::Filter::default()
        };
        lists
            .pages(&format!("picker '{search}'"), async |tx, page| principal::list(tx, &filter, page).await)
            .await?;
        let filter = principal::Filter {
            kinds: users.clone(),
            search: search.to_owned(),
            enabled: Some(false),
            ..principal::Filter::default()
        };
        lists
            .pages(&format!("disabled users '{search}'"), async |tx, page| {
                principal::list(tx, &filter, page).await
            })
            .await?;
        let filter = principal::Filter {
            kinds: users.clone(),
            search: search.to_owned(),
            deleted: true,
            ..principal::Filter::default()
        };
        lists
            .pages(&format!("deleted users '{search}'"), async |tx, page| {
                principal::list(tx, &filter, page).await
            })
            .await?;
        let filter = principal::Filter {
            kinds: vec![PrincipalKind::Group],
            search: search.to_owned(),
            assignable_to_role: Some(true),
            ..principal::Filter::default()
        };
        lists
            .pages(&format!("role groups '{search}'"), async |tx, page| {
                principal::list(tx, &filter, page).await
            })
            .await?;
    }
    for search in ["", "project", "xyzzy"] {
        let filter = principal::Filter {
            kinds: vec![PrincipalKind::ServicePrincipal],
            search: search.to_owned(),
            ..principal::Filter::default()
        };
        let name = format!("service principals '{search}'");
        lists.pages(&name, async |tx, page| principal::list(tx, &filter, page).await).await?;
    }
    Ok(())
}

async fn groups(lists: &mut Lists<'_>, known: &Known, now: DateTime<Utc>) -> Result<()> {
    for &id in &known.groups {
        lists
            .pages("members of a large group", async |tx, page| group::list_members(tx, id, page).await)
            .await?;
        lists.pages("owners of a group", async |tx, page| group::list_owners(tx, id, page).await).await?;
        lists
            .one("users in a large group, nested", async |tx| group::list_users(tx, id, now, 100).await)
            .await?;
    }
    let user = known.user;
    lists.pages("groups of a user", async |tx, page| group::list_of_member(tx, user, page).await).await?;
    lists.one("memberships of a user", async |tx| group::list_memberships(tx, user, now).await).await?;
    let group = known.groups.last().copied().unwrap_or(user);
    lists.one("memberships of a group", async |tx| group::list_memberships(tx, group, now).await).await?;
    let (unit,): (Uuid,) = lists.tx.query("SELECT id FROM administrative_unit LIMIT 1").fetch_one().await?;
    lists.pages("units", async |tx, page| administrative_unit::list(tx, "", page).await).await?;
    lists.pages("units 'ber'", async |tx, page| administrative_unit::list(tx, "ber", page).await).await?;
    lists
        .pages("members of a unit", async |tx, page| {
            administrative_unit::list_members(tx, unit.into(), page).await
        })
        .await
}

async fn schedules(
    lists: &mut Lists<'_>,
    engine: &Engine,
    admin: PrincipalId,
    known: &Known,
    now: DateTime<Utc>,
) -> Result<()> {
    let found = |search: &str| -> Vec<RoleId> {
        engine.catalogue().search(Provider::Directory, search).into_iter().map(|role| role.id).collect()
    };
    let memberships = group::list_memberships(&mut lists.tx, known.user, now).await?;
    let whom = [
        ("all", Vec::new()),
        ("the administrator", vec![admin]),
        ("a user", vec![known.user]),
        ("a user and groups", memberships.clone()),
    ];
    let which = [
        ("", None),
        ("a common role", Some(vec![known.common_role])),
        ("a rare role", Some(vec![known.rare_role])),
        ("search 'user'", Some(found("user"))),
        ("search 'administrator'", Some(found("administrator"))),
        ("search 'global'", Some(found("global"))),
        ("search 'xyzzy'", Some(found("xyzzy"))),
    ];
    for (who, principals) in &whom {
        for (what, roles) in &which {
            for assignment_type in [AssignmentType::Eligible, AssignmentType::Active] {
                for ended in [false, true] {
                    let filter = schedule::Filter {
                        principals: principals.clone(),
                        roles: roles.clone(),
                        assignment_type,
                        ended,
                    };
                    let over = if ended { "ended " } else { "" };
                    let name = format!("{over}{} of {who}, {what}", assignment_type.label());
                    lists.pages(&name, async |tx, page| schedule::list(tx, &filter, now, page).await).await?;
                }
            }
        }
    }
    lists.one("list_open of a user", async |tx| schedule::list_open(tx, &memberships, now).await).await?;
    lists
        .one("list_open of the administrator", async |tx| schedule::list_open(tx, &[admin], now).await)
        .await?;
    let (eligibility,): (Uuid,) = lists
        .tx
        .query("SELECT eligibility_id FROM schedule WHERE eligibility_id IS NOT NULL LIMIT 1")
        .fetch_one()
        .await?;
    lists
        .one("activations", async |tx| schedule::list_activations(tx, eligibility.into(), now).await)
        .await?;
    let (object,): (Uuid,) = lists.tx.query("SELECT id FROM administrative_unit LIMIT 1").fetch_one().await?;
    lists.one("at a unit", async |tx| schedule::list_at_object(tx, object, now, 50).await).await
}

async fn events(lists: &mut Lists<'_>, known: &Known, admin: PrincipalId, now: DateTime<Utc>) -> Result<()> {
    let actors = [None, Some(admin), Some(known.user)];
    let categories = [
        None,
        Some(Category::RoleManagement),
        Some(Category::ApplicationManagement),
        Some(Category::Authentication),
    ];
    let day = now - TimeDelta::days(1);
    let times = [
        ("", None, None),
        ("since a day", Some(day), None),
        ("until long ago", None, Some(known.at)),
        ("one day long ago", Some(known.at), Some(known.at + TimeDelta::days(1))),
        ("in the future", Some(now + TimeDelta::days(9)), None),
    ];
    let whose = |id: Option<PrincipalId>| match id {
        None => "all",
        Some(id) if id == admin => "the administrator",
        Some(_) => "a user",
    };
    for actor in actors {
        for target in actors {
            for role in [None, Some(known.common_role), Some(known.rare_role)] {
                for category in categories {
                    for (when, since, until) in times {
                        let filter = audit::Filter {
                            actor,
                            target: target.map(PrincipalId::as_uuid),
                            role,
                            category,
                            since,
                            until,
                        };
                        let role = role
                            .map_or("", |id| if id == known.rare_role { "rare role" } else { "common role" });
                        let name = format!(
                            "events by {} on {} {role} {} {when}",
                            whose(actor),
                            whose(target),
                            category.map_or("", Category::slug)
                        );
                        lists.pages(&name, async |tx, page| audit::list(tx, &filter, page).await).await?;
                    }
                }
            }
        }
    }
    Ok(())
}

async fn small(lists: &mut Lists<'_>, admin: PrincipalId, known: &Known, now: DateTime<Utc>) -> Result<()> {
    let memberships = group::list_memberships(&mut lists.tx, known.user, now).await?;
    for standing in [false, true] {
        for role in [known.common_role, known.rare_role] {
            let name = format!("holders, standing {standing}");
            lists.one(&name, async |tx| role::count_holders(tx, role, now, standing).await).await?;
        }
    }
    lists.one("is a user privileged", async |tx| role::is_privileged(tx, &memberships, now).await).await?;
    lists
        .one("is the administrator privileged", async |tx| role::is_privileged(tx, &[admin], now).await)
        .await?;
    lists.one("units of a user", async |tx| principal::list_units(tx, known.user).await).await?;
    lists.one("a session that is not there", async |tx| session::find(tx, vec![7; 32], now).await).await?;
    lists.one("find a principal", async |tx| principal::find(tx, admin).await).await?;
    let directory = ScopePath::directory();
    lists
        .one("settings", async |tx| {
            role_settings::get(tx, Provider::Directory, known.common_role, &directory).await
        })
        .await
}

/// Claims from an outbox that is full of carried news; undone afterwards.
async fn claim(engine: &Engine, times: usize) -> Result<()> {
    let now = engine.clock().now();
    let mut tx = engine.database().begin().await?;
    let (done,): (i64,) = tx.query("SELECT COUNT(*) FROM outbox WHERE state = 'done'").fetch_one().await?;
    for index in 0..100_u128 {
        outbox::append(&mut tx, Uuid::from_u128(index).into(), "measured", "{}".to_owned(), now).await?;
    }
    let mut lists = Lists { tx, only: "", times: times.min(100) };
    let name = format!("claim beside {done} carried");
    let claim = async |tx: &mut Transaction| match outbox::claim(tx, outbox::Lane::News, now, now).await? {
        Some(news) => outbox::finish(tx, news.id).await,
        None => Ok(()),
    };
    lists.one(&name, claim).await
}
