//! Markup in every text that people may write, shown on every page.
//!
//! Nothing is cleaned when it comes in: a name may hold any character. So every page has to show it as text, in an element, an
//! attribute, a title, a text area, a script with data, with script and without. Pages are read by the parser of a browser, and what
//! injected markup would have become is looked for.

use crate::{
    ADMIN, ELI, form,
    html::{self, MARK},
    page,
    routes::PAGES,
    turn::on_both_databases,
    world::World,
};
use axum::http::StatusCode;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Mutex,
};
use stint::paths::encode;
use stint_domain::id::PasskeyId;
use stint_engine::{
    demo,
    mail::{self, MailCarrier, Transport},
    store::{Database, PageRequest, passkey, principal},
    worker,
};
use url::Url;
use uuid::Uuid;

on_both_databases!(what_people_write_is_text_on_every_page, what_is_given_back_is_text, a_mail_is_text);

/// Leaves whatever it may stand in, and says who it is. At most 64 characters, so that it fits into the shortest field.
const LEAVES: &str = r#"'"--></script></title></textarea><stint-pwned onload=x>${7*7}"#;
/// Stays in an attribute and adds one.
const ADDS: &str = r#"" onfocus=x stint-pwned=" ' onfocus=x stint-pwned=' {{7*7}}"#;
/// Is escaped already, and must not be read as what it stands for.
const ESCAPED: &str = "&lt;stint-pwned&gt;&#60;stint-pwned&#62;\\u003cstint-pwned\\u003e";

/// People whose pages are looked at.
const APPROVER: &str = "approver@stint.example";

/// An organisation in which every text that can be written says the same.
struct Written {
    world: World,
    payload: &'static str,
    ids: Vec<(&'static str, String)>,
    cookies: Mutex<HashMap<String, String>>,
}

impl Written {
    async fn new(database: Database, payload: &'static str) -> Self {
        let mut written = Self {
            world: World::with_apps(database).await,
            payload,
            ids: Vec::new(),
            cookies: Mutex::default(),
        };
        written.directory().await;
        written.settings().await;
        written.assignments().await;
        written.requests().await;
        written.rest().await;
        written
    }

    /// The cookie of a person's session, in which whoever has an app has given its code.
    async fn cookie(&self, who: &str) -> String {
        if let Some(cookie) = self.cookies.lock().unwrap().get(who) {
            return cookie.clone();
        }
        let mut cookie = self.world.cookie(who).await;
        let mut op = self.world.engine.read(&World::caller(&cookie)).await.unwrap();
        let code = demo::code(&mut op).await.unwrap();
        drop(op);
        if let Some(code) = code {
            let line = format!("confirmation_code={code}");
            let confirmed = form("/confirm?post=confirm_identity", &[("cookie", &cookie)], line);
            cookie = self.world.ask(confirmed).await.session().unwrap();
        }
        self.cookies.lock().unwrap().insert(who.to_owned(), cookie.clone());
        cookie
    }

    /// Sends a form as a person, in which `{P}` stands for the payload, and expects that it does something.
    async fn post(&self, who: &str, function: &str, line: &str) -> String {
        let cookie = self.cookie(who).await;
        let line = self.fill(line).replace("{P}", &encode(self.payload));
        let (status, said) = self.world.call(function, &line, Some(&cookie)).await;
        assert!(status.is_success() || status.is_redirection(), "{function} {line}: {status} {said}");
        said
    }

    fn fill(&self, text: &str) -> String {
        let text = self
            .ids
            .iter()
            .fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id));
        self.world.fill(&text)
    }

    fn note(&mut self, name: &'static str, id: &str) {
        let id = id.trim_matches(['"', '/']).rsplit('/').next().unwrap();
        assert!(id.parse::<Uuid>().is_ok(), "{name} is {id}");
        self.ids.push((name, id.to_owned()));
    }

    async fn directory(&mut self) {
        for (name, function, line) in [
            (
                "pwned",
                "create_user",
                "user_name=pwned%40stint.example&display_name={P}&job_title={P}&department={P}",
            ),
            ("crowd", "create_group", "display_name={P}&description={P}&assignable=true"),
            ("robot", "create_service_principal", "display_name={P}&description={P}"),
            ("place", "create_administrative_unit", "display_name={P}&description={P}"),
        ] {
            let created = self.post(ADMIN, function, line).await;
            // A new user's page tells a password instead of leading on.
            let created = if name == "pwned" { self.user("pwned@stint.example").await } else { created };
            self.note(name, &created);
        }
        for line in ["relation=member&of={crowd}&member={pwned}", "relation=owner&of={crowd}&member={pwned}"]
        {
            self.post(ADMIN, "add_member", line).await;
        }
        self.post(ADMIN, "add_member", "relation=unit_member&of={place}&member={pwned}").await;
        let gone = "user_name=gone%40stint.example&display_name={P}";
        self.post(ADMIN, "create_user", gone).await;
        let gone = self.user("gone@stint.example").await;
        self.post(ADMIN, "delete_user", &format!("id={gone}")).await;
    }

    async fn user(&self, user_name: &str) -> String {
        let mut tx = self.world.engine.database().read().await.unwrap();
        principal::find_by_user_name(&mut tx, user_name).await.unwrap().unwrap().id.to_string()
    }

    async fn settings(&mut self) {
        let context = "id=c1&display_name={P}&strength=any&minutes=10";
        self.post(ADMIN, "put_authentication_context", context).await;
        let settings = "id={role}&form%5Bversion%5D=0&form%5Bhours%5D=8&form%5Bwindow%5D=24&form%5Bticket%5D=true\
            &form%5Bticket_pattern%5D={P}&form%5Bticket_hint%5D={P}&form%5Beligible_permanent%5D=true\
            &form%5Bactive_permanent%5D=true&form%5Beligible_days%5D=365&form%5Bactive_days%5D=180\
            &form%5Bstages%5D%5B1%5D%5Bneeded%5D=1";
        self.post(ADMIN, "update_role_settings", settings).await;
    }

    async fn assignments(&mut self) {
        let eligible =
            "role={role}&members={pwned}&assignment_type=eligible&permanent=true&justification={P}";
        self.post(ADMIN, "assign_role", eligible).await;
        self.post(ADMIN, "assign_role", &eligible.replace("{pwned}", "{crowd}")).await;
        self.post(
            ADMIN,
            "assign_role",
            &eligible.replace("{pwned}", "{robot}").replace("=eligible", "=active"),
        )
        .await;
        self.post(ADMIN, "update_assignment", "id={eligibility}&permanent=true&justification={P}").await;
    }

    async fn requests(&mut self) {
        let activate = "id={eligibility}&hours=1&justification={P}&ticket_number={P}&ticket_system={P}";
        self.post(ELI, "activate_role", activate).await;
        let cookie = self.world.cookie(ELI).await;
        let waits = {
            let op = self.world.engine.read(&World::caller(&cookie)).await.unwrap();
            let role = stint_engine::roles::list(&op, "Application Administrator").unwrap();
            let role = role.into_iter().find(|role| role.name == "Application Administrator").unwrap().id;
            let found = op.schedules().unwrap().iter().find(|schedule| schedule.role == role).unwrap().id;
            found.to_string()
        };
        for verdict in ["deny", ""] {
            let ask = activate.replace("{eligibility}", &waits);
            self.post(ELI, "activate_role", &ask).await;
            let (_, listed) = self.world.call("list_my_requests", "q=&after=", Some(&cookie)).await;
            let request = pending(&listed);
            if verdict == "deny" {
                let line = format!("id={request}&verdict={verdict}&hours=1&end=&justification={{P}}");
                self.post(APPROVER, "decide_request", &line).await;
                self.note("decided", &request);
            } else {
                self.note("pending", &request);
            }
        }
        self.note("waits", &waits);
    }

    /// What is written by other ways than forms of an administrator.
    async fn rest(&mut self) {
        let now = self.world.engine.clock().now();
        let end = (now + chrono::TimeDelta::days(3)).format("%Y-%m-%dT%H:%M");
        let line = format!(
            "substitute=olga.marin%40stint.example&end={}&justification={{P}}",
            encode(&end.to_string())
        );
        self.post(APPROVER, "name_substitute", &line).await;
        for (number, who) in [(1, ADMIN), (2, ELI)] {
            let owner = self.user(who).await.parse().unwrap();
            let id = PasskeyId::new(Uuid::from_u128(number));
            let row = passkey::PasskeyRow {
                id,
                principal_id: owner,
                name: self.payload.to_owned(),
                credential: "{}".to_owned(),
                created_at: now,
                used_at: None,
            };
            let mut tx = self.world.engine.database().begin().await.unwrap();
            passkey::insert(&mut tx, &row, who.as_bytes().to_vec()).await.unwrap();
            tx.commit().await.unwrap();
        }
        let agent = [("user-agent", self.payload)];
        let tried = format!("user_name={}&password=x", encode(self.payload));
        let answer = self.world.ask(form("/sign-in?post=sign_in", &agent, tried)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_text(&answer.body, "a user name that is none");
    }

    /// Every page, and those that only these things have.
    fn paths(&self) -> Vec<String> {
        let mut paths: Vec<_> = PAGES.iter().map(|(_, path, _)| (*path).to_owned()).collect();
        for tab in ["", "/assigned-roles", "/groups", "/administrative-units", "/audit-logs", "/edit"] {
            paths.push(format!("/users/{{pwned}}{tab}"));
        }
        for tab in ["", "/members", "/owners", "/assigned-roles", "/audit-logs", "/edit"] {
            paths.push(format!("/groups/{{crowd}}{tab}"));
        }
        for tab in ["", "/assigned-roles", "/audit-logs", "/edit"] {
            paths.push(format!("/service-principals/{{robot}}{tab}"));
        }
        for tab in ["", "/members", "/edit"] {
            paths.push(format!("/administrative-units/{{place}}{tab}"));
        }
        for tab in ["assignments", "settings", "edit-settings", "settings-history"] {
            paths.push(format!("/roles/{{role}}/{tab}"));
        }
        for request in ["{decided}", "{pending}"] {
            paths.push(format!("/approvals/{request}"));
            paths.push(format!("/my-requests/{request}"));
        }
        paths.push("/my-roles/{waits}/activate".to_owned());
        paths.push("/assignments/add?role={role}&members={pwned};{crowd}&tab=setting".to_owned());
        paths.push(format!("/search?q={}", encode("pwned")));
        paths.iter().map(|path| self.fill(path)).collect()
    }
}

/// The first id in what lists somebody's requests: the newest.
fn pending(listed: &str) -> String {
    let at =
        listed.find("\\\"id\\\":\\\"").map(|at| at + 9).or_else(|| listed.find("\"id\":\"").map(|at| at + 6));
    let at = at.unwrap_or_else(|| panic!("no request in {listed}"));
    listed[at..at + 36].to_owned()
}

#[track_caller]
fn assert_text(page: &str, what: &str) {
    let found = html::injected(page);
    assert!(found.is_empty(), "{what} has live markup: {found:?}");
}

async fn what_people_write_is_text_on_every_page(database: Database) {
    // One organisation each: what the second says must not hide behind the first.
    for payload in [LEAVES, ADDS] {
        assert!(payload.chars().count() <= 64, "{payload}");
        let written = Written::new(fresh_like(&database).await, payload).await;
        let mut shown = BTreeSet::new();
        for who in [ADMIN, ELI, APPROVER, "pwned@stint.example"] {
            let cookie = written.world.cookie(who).await;
            for path in written.paths() {
                let answer = written.world.ask(page(&path, &[("cookie", &cookie)])).await;
                assert!(!answer.status.is_server_error(), "{path} as {who}: {}", answer.status);
                assert_text(&answer.body, &format!("{path} as {who}"));
                // Their own name stands at the top of every page.
                if answer.body.contains(MARK) && who != "pwned@stint.example" {
                    shown.insert(path);
                }
            }
        }
        // The test is worth something: pages of every kind do show it.
        let is_told = |path: &str| shown.contains(&written.fill(path));
        for path in [
            "/users",
            "/users/{pwned}",
            "/users/{pwned}/edit",
            "/users/deleted",
            "/groups",
            "/groups/{crowd}/members",
            "/service-principals",
            "/administrative-units",
            "/assignments",
            "/audit",
            "/my-requests",
            "/my-requests/{pending}",
            "/approvals",
            "/approvals/{decided}",
            "/approvals/substitute",
            "/requests",
            "/authentication-contexts",
            "/security-info",
            "/roles/{role}/settings",
        ] {
            assert!(is_told(path), "{path} does not show what was written");
        }
    }
}

/// Another database of the same kind.
async fn fresh_like(database: &Database) -> Database {
    use stint_engine::store::test_support::{postgres, sqlite};
    match database {
        Database::Sqlite { .. } => sqlite().await,
        Database::Postgres(_) => postgres().await.unwrap(),
    }
}

async fn what_is_given_back_is_text(database: Database) {
    let world = World::with_apps(database).await;
    let payloads = [LEAVES, ADDS, ESCAPED];
    let mut tried = BTreeSet::new();
    for who in [ADMIN, ELI, ""] {
        let cookie = if who.is_empty() { String::new() } else { world.cookie(who).await };
        for (name, path, _) in PAGES {
            let here = Url::parse(&format!("http://localhost:3000{}", world.fill(path))).unwrap();
            let shown = world.ask(page(&world.fill(path), &[("cookie", &cookie)])).await;
            for (at, sent) in html::forms(&shown.body).into_iter().enumerate() {
                if sent.texts.is_empty() || sent.action.contains("sign_out") {
                    continue;
                }
                let payload = payloads[at % payloads.len()];
                let fields = sent.rest.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                let typed = sent.texts.iter().map(|name| (name.as_str(), payload));
                let body: Vec<_> = fields
                    .chain(typed)
                    .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
                    .collect();
                let mut to = here.join(&sent.action).unwrap();
                let answer = if sent.is_post {
                    let to = format!("{}?{}", to.path(), to.query().unwrap_or_default());
                    let cookies =
                        [("cookie", cookie.as_str()), ("host", "localhost:3000"), ("referer", here.as_str())];
                    world.ask(form(&to, &cookies, body.join("&"))).await
                } else {
                    to.set_query(Some(&body.join("&")));
                    let to = format!("{}?{}", to.path(), to.query().unwrap_or_default());
                    world.ask(page(&to, &[("cookie", &cookie)])).await
                };
                assert!(!answer.status.is_server_error(), "{name} {}: {}", sent.action, answer.body);
                assert_text(&answer.body, &format!("the answer to {} of {name}", sent.action));
                tried.extend(sent.texts.into_iter().map(|field| format!("{name} {field}")));
            }
            // What stands in the address.
            if who == ELI {
                continue;
            }
            let mark = if path.contains('?') { '&' } else { '?' };
            let query: Vec<_> = ADDRESS.iter().map(|field| format!("{field}={}", encode(LEAVES))).collect();
            let asked = format!("{}{mark}{}", world.fill(path), query.join("&"));
            let answer = world.ask(page(&asked, &[("cookie", &cookie)])).await;
            assert!(!answer.status.is_server_error(), "{asked}");
            assert_text(&answer.body, &asked);
        }
    }
    assert!(tried.len() > 40, "few fields were found: {tried:?}");
}

/// What pages read from their address.
const ADDRESS: &[&str] = &[
    "q",
    "after",
    "tab",
    "kind",
    "sort",
    "status",
    "role",
    "scope",
    "scope_type",
    "scope_find",
    "members",
    "find",
    "assignment_type",
    "permanent",
    "starts",
    "ends",
    "justification",
    "from",
    "to",
    "actor",
    "target",
    "category",
    "person",
    "result",
    "left",
    "right",
    "version",
    "return_to",
    "token",
    "sent",
    "again",
    "assignable",
    "privileged",
];

async fn a_mail_is_text(database: Database) {
    let written = Written::new(database, LEAVES).await;
    let engine = written.world.engine.clone();
    let base = "https://pim.contoso.example";
    let carrier = MailCarrier::new(engine.clone(), Transport::Keep, "pim@contoso.example", base).unwrap();
    while worker::work(&engine, &carrier).await.unwrap() > 0 {}
    let cookie = written.world.cookie(ADMIN).await;
    let mut op = engine.read(&World::caller(&cookie)).await.unwrap();
    let mails = mail::list(&mut op, &PageRequest { after: None, size: 200 }).await.unwrap().items;
    drop(op);
    let mut marked = 0;
    for mail in &mails {
        let mail: serde_json::Value = serde_json::from_str(&mail.payload).unwrap();
        let (subject, page) = (mail["subject"].as_str().unwrap(), mail["html"].as_str().unwrap());
        assert!(!subject.contains(['\r', '\n']), "{subject:?}");
        assert_text(page, subject);
        for (element, link) in html::attributes(page, html::LINKS) {
            assert!(link.starts_with(base), "{subject}: <{element}> leads to {link}");
        }
        marked += usize::from(page.contains(MARK));
    }
    assert!(marked > 3, "{marked} of {} mails say what was written", mails.len());
}
