//! Other people's things, asked for by their ids.
//!
//! Wherever a line of `routes.rs` has an id, Bert puts the id of something of Eli's there. What he is told is what he is told of
//! an id that nobody has: not even that there is such a thing. So a new function or page is tried as soon as it has its line.

use crate::{
    ADMIN, BERT, ELI, fields, html, joined, page,
    routes::{PAGES, SERVER_FUNCTIONS},
    turn::on_both_databases,
    world::World,
};
use axum::http::StatusCode;
use std::sync::Arc;
use stint::{paths::encode, server::config::Config};
use stint_domain::id::PasskeyId;
use stint_engine::{
    Engine,
    clock::TestClock,
    mail::{self, MailCarrier, Transport},
    random::Random,
    store::{Database, PageRequest, passkey, principal},
    worker,
};
use uuid::Uuid;

on_both_databases!(what_is_another_s_is_not_there, nothing_of_another_s_is_shown_anywhere);

/// A word of Eli's that nobody else uses.
const SECRET: &str = "okapi";

/// Something of somebody's: what it is, and its id.
struct Thing {
    kind: &'static str,
    id: String,
}

struct Office {
    world: World,
    things: Vec<Thing>,
    bert: String,
}

impl Office {
    async fn new(database: Database) -> Self {
        let clock = Arc::<TestClock>::default();
        // Two answers are the same only where no time has passed between them.
        clock.stop();
        let engine = Engine::start(database, clock.clone(), Arc::new(Random::from_seed(7))).await.unwrap();
        let world = World::of(engine, Config { demo: true, ..Config::default() }).await;
        let bert = world.cookie(BERT).await;
        let mut office = Self { world, things: Vec::new(), bert };
        office.activations().await;
        office.requests().await;
        office.substitution().await;
        office.passkey().await;
        office.mail().await;
        let of_session = office.world.cookie(ELI).await;
        let other = office.world.cookie(ELI).await;
        let listed = office.world.ask(page("/sessions", &[("cookie", &of_session)])).await.body;
        let (_, rest) = listed.split_once(r#"name="id" value=""#).unwrap();
        office.things.push(Thing { kind: "session", id: rest[..64].to_owned() });
        drop(other);
        office
    }

    async fn post(&self, who: &str, function: &str, line: &str) -> String {
        let cookie = self.world.cookie(who).await;
        let (status, said) = self.world.call(function, line, Some(&cookie)).await;
        assert!(status.is_success() || status.is_redirection(), "{function} {line}: {status} {said}");
        said
    }

    async fn activations(&mut self) {
        self.post(ELI, "set_favourite", "id={eligibility}&on=true").await;
        let to = self.post(ELI, "activate_role", "id={eligibility}&hours=1&justification=okapi").await;
        let activation = to.split('/').nth(2).unwrap().to_owned();
        self.things.push(Thing { kind: "eligibility", id: self.world.fill("{eligibility}") });
        self.things.push(Thing { kind: "activation", id: activation });
    }

    async fn requests(&mut self) {
        let cookie = self.world.cookie(ELI).await;
        let op = self.world.engine.read(&World::caller(&cookie)).await.unwrap();
        let roles = stint_engine::roles::list(&op, "Application Administrator").unwrap();
        let role = roles.into_iter().find(|role| role.name == "Application Administrator").unwrap().id;
        let waits = op.schedules().unwrap().iter().find(|schedule| schedule.role == role).unwrap().id;
        drop(op);
        let to = self.post(ELI, "activate_role", &format!("id={waits}&hours=1&justification=okapi")).await;
        self.things.push(Thing { kind: "request", id: to.rsplit('/').next().unwrap().to_owned() });
        self.things.push(Thing { kind: "eligibility that waits", id: waits.to_string() });
    }

    async fn substitution(&mut self) {
        let end = (self.world.engine.clock().now() + chrono::TimeDelta::days(3)).format("%Y-%m-%dT%H:%M");
        let line = format!(
            "substitute=olga.marin%40stint.example&end={}&justification=okapi",
            encode(&end.to_string())
        );
        self.post("approver@stint.example", "name_substitute", &line).await;
        let cookie = self.world.cookie("approver@stint.example").await;
        let shown = self.world.ask(page("/approvals/substitute", &[("cookie", &cookie)])).await.body;
        let (_, rest) = shown.split_once(r#"name="id" value=""#).unwrap();
        self.things.push(Thing { kind: "substitution", id: rest[..36].to_owned() });
    }

    async fn passkey(&mut self) {
        let mut tx = self.world.engine.database().begin().await.unwrap();
        let owner = principal::find_by_user_name(&mut tx, ELI).await.unwrap().unwrap().id;
        let row = passkey::PasskeyRow {
            id: PasskeyId::new(Uuid::from_u128(0x00c0_ffee)),
            principal_id: owner,
            name: "okapi".to_owned(),
            credential: "{}".to_owned(),
            created_at: self.world.engine.clock().now(),
            used_at: None,
        };
        passkey::insert(&mut tx, &row, b"a key of Eli's".to_vec()).await.unwrap();
        tx.commit().await.unwrap();
        self.things.push(Thing { kind: "passkey", id: row.id.to_string() });
    }

    async fn mail(&mut self) {
        let engine = &self.world.engine;
        let carrier =
            MailCarrier::new(engine.clone(), Transport::Keep, "pim@contoso.example", "http://localhost")
                .unwrap();
        while worker::work(engine, &carrier).await.unwrap() > 0 {}
        let admin = World::caller(&self.world.cookie(ADMIN).await);
        let mut op = engine.read(&admin).await.unwrap();
        let mails = mail::list(&mut op, &PageRequest::first()).await.unwrap().items;
        drop(op);
        let of_eli = mails.iter().find(|mail| mail.payload.contains(SECRET)).unwrap();
        self.things.push(Thing { kind: "mail", id: of_eli.id.to_string() });
    }

    /// An id of the same shape that nobody has.
    fn nobody_s(thing: &Thing) -> String {
        if thing.kind == "session" { "ab".repeat(32) } else { Uuid::from_u128(0xdead).to_string() }
    }

    fn thing(&self, kind: &str) -> &str {
        &self.things.iter().find(|thing| thing.kind == kind).unwrap().id
    }
}

/// The ways to put an id into a line: in the place of each id that it has, one after the other.
fn attacks(line: &str) -> Vec<String> {
    let fields = fields(line);
    let takes_id = |(name, value): (&str, &str)| {
        name == "id" || name.starts_with("ids") || (value.starts_with('{') && value.ends_with('}'))
    };
    let places = (0..fields.len()).filter(|&at| takes_id(fields[at]));
    let attack = |at: usize| {
        let mut fields = fields.clone();
        fields[at].1 = "{wanted}";
        joined(&fields)
    };
    places.map(attack).collect()
}

async fn what_is_another_s_is_not_there(database: Database) {
    let office = Office::new(database).await;
    let world = &office.world;
    let (before, mut tried) = (world.changes().await, 0);
    for (function, line, _) in SERVER_FUNCTIONS.iter().filter(|(_, line, _)| !line.starts_with('{')) {
        for attack in attacks(line) {
            for thing in &office.things {
                let ask = async |id: &str| {
                    let (status, body) =
                        world.call(function, &attack.replace("{wanted}", id), Some(&office.bert)).await;
                    (status, body.replace(id, "ID"))
                };
                let (wanted, unknown) = (ask(&thing.id).await, ask(&Office::nobody_s(thing)).await);
                // Who may not look at any such thing may be told that, instead of that there is none.
                let is_denied = wanted.0 == StatusCode::FORBIDDEN && unknown.0 == StatusCode::NOT_FOUND;
                assert!(
                    is_denied || wanted == unknown,
                    "{function}: {attack}: the {}: {wanted:?}, {unknown:?}",
                    thing.kind
                );
                assert!(!wanted.1.contains(SECRET), "{function}: {attack}: the {}", thing.kind);
                tried += 1;
            }
        }
    }
    for (name, path, _) in PAGES {
        for place in ["{eligibility}", "{user}", "{group}", "{program}", "{unit}", "{role}"] {
            for thing in office.things.iter().filter(|_| path.contains(place)) {
                let ask = async |id: &str| {
                    let path = world.fill(&path.replace(place, id));
                    let answer = world.ask(page(&path, &[("cookie", &office.bert)])).await;
                    (answer.status, html::parts(&answer.body.replace(id, "ID")))
                };
                let (wanted, unknown) = (ask(&thing.id).await, ask(&Office::nobody_s(thing)).await);
                // A page that asks for two things is refused for the one or for the other, whichever is told last.
                let is_no = |status| [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status);
                let are_no = is_no(wanted.0) && is_no(unknown.0);
                assert!(are_no || wanted.0 == unknown.0, "{name}: the {}", thing.kind);
                let differs = wanted.1.iter().find(|part| !unknown.1.contains(part));
                assert!(are_no || differs.is_none(), "{name}: the {}: {differs:?}", thing.kind);
                let told = wanted.1.iter().find(|part| part.contains(SECRET));
                assert!(told.is_none(), "{name}: the {}: {told:?}", thing.kind);
                tried += 1;
            }
        }
    }
    assert!(tried > 500, "{tried}");
    assert_eq!(world.changes().await, before, "Bert changed something");

    // The ids are right: to those whose things they are, they open what they name.
    let eli = world.cookie(ELI).await;
    for (function, kind) in [
        ("get_request", "request"),
        ("offer_activation", "eligibility"),
        ("validate_activation", "activation"),
        ("end_session", "session"),
        ("cancel_request", "request"),
        ("deactivate_role", "activation"),
    ] {
        let line = format!("id={}&again=", office.thing(kind));
        let (status, body) = world.call(function, &line, Some(&eli)).await;
        assert_eq!(status, StatusCode::OK, "{function}: {body}");
    }
    let approver = world.cookie("approver@stint.example").await;
    let line = format!("id={}", office.thing("substitution"));
    assert_eq!(world.call("end_substitution", &line, Some(&approver)).await.0, StatusCode::OK);
}

async fn nothing_of_another_s_is_shown_anywhere(database: Database) {
    let office = Office::new(database).await;
    let world = &office.world;
    for (function, line, _) in SERVER_FUNCTIONS.iter().filter(|(function, ..)| *function != "sign_out") {
        let (_, body) = world.call(function, line, Some(&office.bert)).await;
        assert!(!body.contains(SECRET), "{function}: {body}");
    }
    let eli = {
        let mut tx = world.engine.database().read().await.unwrap();
        principal::find_by_user_name(&mut tx, ELI).await.unwrap().unwrap().id
    };
    let of_eli = ["", "/assigned-roles", "/groups", "/administrative-units", "/audit-logs", "/edit"];
    let of_eli = of_eli.iter().map(|tab| format!("/users/{eli}{tab}"));
    let exports =
        ["/sign-in-logs/export?format=json", "/role-settings/export?which=all"].map(ToOwned::to_owned);
    let pages = PAGES.iter().map(|(_, path, _)| (*path).to_owned());
    for path in pages.chain(of_eli).chain(exports) {
        let (_, body) = world.open(&path, Some(&office.bert)).await;
        assert!(!body.contains(SECRET), "{path}");
    }
    // Eli does see it, so there was something to be hidden.
    let cookie = world.cookie(ELI).await;
    for path in ["/my-requests", "/security-info", "/my-audit-history"] {
        let (_, body) = world.open(path, Some(&cookie)).await;
        assert!(body.contains(SECRET), "{path}");
    }
}
