//! Accounts as somebody outside sees them: what is told to whom, with which status.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/nonce.rs"]
mod nonce;
#[path = "support/person.rs"]
mod person;
#[path = "support/turn.rs"]
mod turn;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
};
use leptos::prelude::LeptosOptions;
use nonce::without_nonce;
use std::{net::SocketAddr, sync::Arc};
use stint::error::AppError;
use stint::server::{
    App,
    config::{Config, Secret},
    router,
    session::{from_hex, to_hex},
};
use stint_engine::{
    Caller, Engine,
    clock::TestClock,
    demo, first_start,
    random::Random,
    second_factor::totp,
    secrets::SecretKeys,
    sign_in,
    store::{Database, principal},
};
use tower::ServiceExt;
use turn::on_both_databases;

const MIRA: &str = "mira.own@stint.example";
const PASSWORD: &str = "walrus orbit teacup nineteen";

struct Server {
    engine: Engine,
    router: Router,
}

/// What came back.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: StatusCode,
    location: String,
    retry_after: Option<i64>,
    cookies: Vec<String>,
    body: String,
}

impl Server {
    async fn new(database: Database, config: Config) -> Self {
        let clock = Arc::new(TestClock::default());
        let engine = Engine::start(database, clock, Arc::new(Random::from_seed(7))).await.unwrap();
        let engine = engine.with_secret_keys(SecretKeys::parse(&"5a".repeat(32)).unwrap());
        let options =
            LeptosOptions::builder().output_name("stint").site_root("no-site").hash_files(false).build();
        let router = router(&App { engine: engine.clone(), config: Arc::new(config), options }).unwrap();
        Self { engine, router }
    }

    /// The demo's organisation, and Mira, who has to change her password first.
    async fn with_mira(database: Database, config: Config) -> Self {
        let server = Self::new(database, config).await;
        demo::fill(&server.engine).await.unwrap();
        person::with_password(&server.engine, MIRA, PASSWORD).await;
        server
    }

    async fn session_of_admin(&self) -> Caller {
        let caller = Caller::default();
        let session = sign_in::as_demo_person(&self.engine, &caller, "admin@stint.example").await.unwrap();
        Caller { token: Some(session.token), ..caller }
    }

    /// A form as a browser sends it by itself.
    async fn post(&self, path: &str, form: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path).header(header::ACCEPT, "text/html");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(request.body(Body::empty()).unwrap()).await
    }

    async fn answer(&self, mut request: Request<Body>) -> Answer {
        let peer: SocketAddr = "198.51.100.9:4711".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), 4 << 20).await.unwrap();
        Answer {
            status,
            location: text(&headers, header::LOCATION),
            retry_after: text(&headers, header::RETRY_AFTER).parse().ok(),
            cookies: headers
                .get_all(header::SET_COOKIE)
                .iter()
                .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned())
                .collect(),
            body: without_nonce(&String::from_utf8_lossy(&body)),
        }
    }

    async fn sign_in(&self, password: &str) -> Answer {
        let form = format!("user_name={MIRA}&password={}&return_to=/my-roles", password.replace(' ', "+"));
        self.post("/sign-in?post=sign_in", &form, &[]).await
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let mut tx = self.engine.database().read().await.unwrap();
        let (count,): (i64,) = tx.query(sql).fetch_one().await.unwrap();
        count
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

fn mailing() -> Config {
    Config { smtp_url: Some(Secret::new("smtp://127.0.0.1:9".to_owned())), ..Config::default() }
}

async fn forgetting_tells_nobody_who_is_there(database: Database) {
    let server = Server::with_mira(database, mailing()).await;
    let forgot = async |name: &str| {
        server.post("/forgot-password?post=forgot_password", &format!("user_name={name}"), &[]).await
    };
    let known = forgot(MIRA).await;
    assert_eq!((known.status, known.location.as_str()), (StatusCode::SEE_OTHER, "/forgot-password?sent=yes"));
    assert_eq!(forgot("nobody@stint.example").await, known);
    assert_eq!(forgot("admin@stint.example").await, known, "who has no password is told the same");
    let page = server.get(&known.location, &[]).await;
    assert!(page.body.contains("If there is an account with this name"), "{}", page.body);
    assert_eq!(forgot("no+name").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut answer = known;
    for _ in 0..10 {
        answer = forgot("nobody@stint.example").await;
    }
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        answer.retry_after.is_some_and(|seconds| (1..=240).contains(&seconds)),
        "{:?}",
        answer.retry_after
    );
}

async fn a_server_that_sends_no_mail_says_so(database: Database) {
    let server = Server::with_mira(database, Config::default()).await;
    let page = server.get("/forgot-password", &[]).await;
    assert!(page.body.contains("Ask an administrator") && !page.body.contains("Send the link"));
}

async fn signing_in_tells_nobody_who_is_there(database: Database) {
    let server = Server::with_mira(database, Config::default()).await;
    let tried = async |name: &str, password: &str| {
        let form = format!("user_name={name}&password={password}");
        let mut answer = server.post("/sign-in?post=sign_in", &form, &[]).await;
        answer.body = answer.body.replace(name, "NAME");
        answer
    };
    let mut statuses = Vec::new();
    for tries in 0..12 {
        let (known, unknown) = (tried(MIRA, "x").await, tried("nobody@stint.example", "x").await);
        assert_eq!((known.status, &known.cookies), (unknown.status, &unknown.cookies), "try {tries}");
        if known.retry_after.is_none() {
            assert_eq!(known.body, unknown.body, "try {tries}");
        }
        statuses.push(known.status.as_u16());
    }
    assert_eq!(statuses, [&[401; 10][..], &[429; 2]].concat());
    let slowed = tried(MIRA, "x").await;
    assert!(
        slowed.retry_after.is_some_and(|seconds| (1..=120).contains(&seconds)),
        "{:?}",
        slowed.retry_after
    );
    assert!(slowed.body.contains("Too many tries"), "the page says how long to wait");
    assert!(slowed.body.contains(r#"value="NAME""#), "and keeps what was typed");
}

async fn who_must_change_their_password_sees_one_page(database: Database) {
    let server = Server::with_mira(database, Config::default()).await;
    let signed_in = server.sign_in(PASSWORD).await;
    assert_eq!(signed_in.location, "/change-password?return_to=/my-roles");
    let cookie =
        signed_in.cookies.iter().find(|cookie| cookie.starts_with("stint_session=")).unwrap().clone();
    assert!(
        signed_in.cookies.iter().any(|cookie| cookie.starts_with("stint_device=")),
        "the browser is known"
    );
    let cookies = [("cookie", cookie.as_str())];
    for path in ["/", "/my-roles", "/users", "/audit", "/sessions", "/sign-in-logs", "/approvals"] {
        let answer = server.get(path, &cookies).await;
        assert_eq!(
            (answer.status, answer.location.as_str()),
            (StatusCode::FOUND, "/change-password"),
            "{path}"
        );
        assert!(!answer.body.contains("Olga"), "{path} shows nothing");
    }
    assert_eq!(server.get("/sign-in-logs/export", &cookies).await.status, StatusCode::FORBIDDEN);
    let page = server.get("/change-password?return_to=/my-roles", &cookies).await;
    assert!(page.body.contains("Somebody else knows the one that you signed in with"), "{}", page.body);
    let change = async |present: &str, new: &str, again: &str| {
        let form =
            format!("present_password={present}&password={new}&password_again={again}&return_to=/my-roles");
        server
            .post(
                "/change-password?post=change_password&return_to=/my-roles",
                &form.replace(' ', "+"),
                &cookies,
            )
            .await
    };
    let new = "velvet anchor mosaic eleven";
    for (present, new, again, says) in [
        ("wrong", new, new, "This is not your present password."),
        (PASSWORD, new, "another", "This is not the same password."),
        (PASSWORD, "mira.own@stint", "mira.own@stint", "too easy to guess"),
        (PASSWORD, "short", "short", "Use at least 12 characters."),
    ] {
        let answer = change(present, new, again).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        assert!(answer.body.contains(says), "{says}: {}", answer.body);
        assert!(!answer.body.contains(PASSWORD) && !answer.body.contains("velvet"), "no password is shown");
    }
    assert_eq!(change(PASSWORD, new, new).await.location, "/my-roles");
    assert_eq!(server.get("/my-roles", &cookies).await.status, StatusCode::OK);
    assert_eq!(server.sign_in(new).await.location, "/my-roles");
}

async fn the_first_administrator_comes_in_by_a_link(database: Database) {
    let server = Server::new(database, Config::default()).await;
    let token = to_hex(&first_start::begin(&server.engine).await.unwrap().unwrap());
    let address = format!("/setup?token={token}");
    for _ in 0..2 {
        let page = server.get(&address, &[]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.body.contains(r#"action="?post=finish_setup""#),
            "the token leaves the address: {}",
            page.body
        );
        assert!(page.body.contains(&format!(r#"name="token" value="{token}""#)));
    }
    assert_eq!(server.count("SELECT COUNT(*) FROM principal").await, 0, "looking changed nothing");
    let finish = async |name: &str, password: &str| {
        let form = format!(
            "token={token}&display_name=Grace+Mensah&user_name={name}&password={password}&password_again={password}"
        );
        server.post("/setup?post=finish_setup", &form.replace(' ', "+"), &[]).await
    };
    let wrong = finish("grace", "short").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in
        ["Enter a user name such as", "Use at least 12 characters.", r#"value="Grace Mensah""#, &token]
    {
        assert!(wrong.body.contains(said), "{said}: {}", wrong.body);
    }
    let done = finish("grace@contoso.example", PASSWORD).await;
    assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, "/"));
    let cookie = done.cookies.iter().find(|cookie| cookie.starts_with("stint_session=")).unwrap();
    let home = server.get("/users", &[("cookie", cookie)]).await;
    assert!(home.status == StatusCode::OK && home.body.contains("Grace Mensah"));
    for answer in [server.get(&address, &[]).await, finish("eve@contoso.example", PASSWORD).await] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("This link was used already."), "{}", answer.body);
    }
    assert_eq!(server.count("SELECT COUNT(*) FROM principal").await, 1);
}

async fn an_address_is_believed_of_trusted_proxies_only(database: Database) {
    let source = async |server: &Server| {
        let mut tx = server.engine.database().read().await.unwrap();
        let sql = "SELECT source FROM sign_in ORDER BY id DESC LIMIT 1";
        let (source,): (Option<String>,) = tx.query(sql).fetch_one().await.unwrap();
        source.unwrap_or_default()
    };
    let forwarded =
        [("x-forwarded-for", "6.6.6.6, 203.0.113.5"), ("forwarded", "for=7.7.7.7"), ("user-agent", "curl/8")];
    let form = "user_name=nobody@stint.example&password=x";
    let server = Server::new(database.clone(), Config::default()).await;
    server.post("/sign-in?post=sign_in", form, &forwarded).await;
    assert_eq!(source(&server).await, "198.51.100.9", "anybody can write such a header");
    let trusted_proxies = vec!["198.51.100.0/24".parse().unwrap()];
    let server = Server::new(database, Config { trusted_proxies, ..Config::default() }).await;
    server.post("/sign-in?post=sign_in", form, &forwarded).await;
    assert_eq!(source(&server).await, "203.0.113.5");
    assert_eq!(server.count("SELECT COUNT(*) FROM sign_in WHERE device = 'curl'").await, 2);
}

async fn the_sign_in_log_is_a_file_for_who_may_read_it(database: Database) {
    let server = Server::with_mira(database, Config { demo: true, ..Config::default() }).await;
    let agent = [("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")];
    server.post("/sign-in?post=sign_in", &format!("user_name={MIRA}&password=x"), &agent).await;
    let cookie_of = async |name: &str| {
        let answer = server.post("/sign-in?post=sign_in_as", &format!("user_name={name}"), &[]).await;
        answer.cookies.into_iter().find(|cookie| cookie.starts_with("stint_session=")).unwrap()
    };
    let (auditor, nobody) =
        (cookie_of("auditor@stint.example").await, cookie_of("demouser@stint.example").await);
    let export = async |query: &str, cookie: &str| {
        server.get(&format!("/sign-in-logs/export?{query}"), &[("cookie", cookie)]).await
    };
    assert_eq!(export("", "").await.status, StatusCode::UNAUTHORIZED);
    for query in ["", "person=198.51.100.9"] {
        assert_eq!(export(query, &nobody).await.status, StatusCode::FORBIDDEN);
        let page = server.get(&format!("/sign-in-logs?{query}"), &[("cookie", &nobody)]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.body);
    }
    let csv = export(&format!("format=csv&person={MIRA}&result=wrong_password"), &auditor).await;
    let lines: Vec<_> = csv.body.lines().collect();
    assert_eq!(lines.len(), 2, "{}", csv.body);
    let end = r#""Mira Own","mira.own@stint.example","Stint portal","Password","wrong_password","198.51.100.9","Firefox on Linux""#;
    assert!(lines[1].ends_with(end), "{}", lines[1]);
    let json = export("format=json", &auditor).await;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json.body).unwrap();
    let all = server.count("SELECT COUNT(*) FROM sign_in").await;
    assert_eq!(rows.len(), usize::try_from(all).unwrap());
    assert_eq!(rows.last().unwrap()["result"], "success");
    let none = export("format=json&person=unheard.of@stint.example", &auditor).await;
    assert_eq!(none.body, "[]\n");
    // One's own is shown to oneself.
    let own = server.get("/sessions", &[("cookie", &nobody)]).await;
    assert!(own.body.contains("This session") && own.body.contains("One click (demo)"), "{}", own.body);
}

async fn sessions_are_ended_by_forms(database: Database) {
    let server = Server::with_mira(database, Config { demo: true, ..Config::default() }).await;
    let come = async || {
        let answer = server.post("/sign-in?post=sign_in_as", "user_name=eli@stint.example", &[]).await;
        answer.cookies.into_iter().find(|cookie| cookie.starts_with("stint_session=")).unwrap()
    };
    let (here, there, elsewhere) = (come().await, come().await, come().await);
    let page = server.get("/sessions", &[("cookie", &here)]).await;
    let (_, named) = page.body.split_once(r#"name="id" value=""#).unwrap();
    let done = server
        .post("/sessions?post=end_session", &format!("id={}", &named[..64]), &[("cookie", &here)])
        .await;
    assert_eq!(done.location, "/sessions");
    let mut tx = server.engine.database().read().await.unwrap();
    let eli = principal::find_by_user_name(&mut tx, "eli@stint.example").await.unwrap().unwrap();
    drop(tx);
    let left = async || {
        let mut left = 0;
        for cookie in [&here, &there, &elsewhere] {
            left +=
                usize::from(server.get("/my-roles", &[("cookie", cookie)]).await.status == StatusCode::OK);
        }
        left
    };
    assert_eq!(left().await, 2);
    server.post("/sessions?post=end_other_sessions", "", &[("cookie", &here)]).await;
    assert_eq!(left().await, 1);
    let admin = to_hex(&server.session_of_admin().await.token.unwrap());
    let admin = format!("stint_session={admin}");
    let path = format!("/users/{}?post=revoke_sessions", eli.id);
    let done = server.post(&path, &format!("id={}", eli.id), &[("cookie", &admin)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(left().await, 0);
}

async fn a_code_beside_a_new_app_s_keeps_its_person_signed_in(database: Database) {
    let server = Server::with_mira(database, Config { demo: true, ..Config::default() }).await;
    let session_in = |answer: &Answer| {
        let mut given = answer.cookies.iter().filter(|cookie| cookie.starts_with("stint_session="));
        (given.next_back().cloned(), given.count())
    };
    let code = async |cookie: &str| {
        let token = cookie.strip_prefix("stint_session=").and_then(from_hex);
        let mut op = server.engine.read(&Caller { token, ..Caller::default() }).await.unwrap();
        let begun = totp::begun(&mut op).await.unwrap();
        (demo::code(&mut op).await.unwrap().unwrap(), begun)
    };
    let here = server.post("/sign-in?post=sign_in_as", "user_name=eli@stint.example", &[]).await;
    let cookie = session_in(&here).0.unwrap();
    let form = format!("confirmation_code={}", code(&cookie).await.0);
    let begun = server.post("/security-info?post=begin_totp", &form, &[("cookie", &cookie)]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    let cookie = session_in(&begun).0.unwrap();
    // The new app's code, and beside it another of the app that is there already: both give the session a new token.
    let (old_code, begun) = code(&cookie).await;
    let secret = totp::read_secret(&begun.unwrap().secret).unwrap();
    let new_code = totp::code_at(&secret, server.engine.clock().now().timestamp() / 30).unwrap();
    let form = format!("code={new_code}&confirmation_code={old_code}");
    let added = server.post("/security-info?post=confirm_totp", &form, &[("cookie", &cookie)]).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    let (cookie, others) = session_in(&added);
    assert_eq!(others, 0, "{:?}", added.cookies);
    let page = server.get("/security-info", &[("cookie", &cookie.unwrap())]).await;
    assert_eq!(page.status, StatusCode::OK, "the token that is given is the one that holds");
}

async fn too_much_at_once_is_refused_and_said(database: Database) {
    let server = Server::with_mira(database, Config { requests_per_minute: 1, ..Config::default() }).await;
    for _ in 0..10 {
        assert_eq!(server.get("/sign-in", &[]).await.status, StatusCode::OK);
    }
    let page = server.get("/sign-in", &[]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.retry_after.is_some_and(|seconds| (1..=7).contains(&seconds)), "{:?}", page.retry_after);
    assert!(page.body.contains("<h1>Too many requests</h1>") && page.body.contains("Wait "), "{}", page.body);
    let form = server.sign_in(PASSWORD).await;
    assert_eq!(form.status, StatusCode::TOO_MANY_REQUESTS, "a form is refused as a page is");
    let call = Request::post("/api/list_users").header(header::ACCEPT, "application/json");
    let call = server.answer(call.body(Body::empty()).unwrap()).await;
    let said: AppError = serde_json::from_str(&call.body).unwrap();
    assert!(matches!(said, AppError::Slowed { seconds: 1..=7 }), "{said:?}");
    assert_eq!(
        server.get("/healthz", &[]).await.status,
        StatusCode::OK,
        "who watches over the server is not refused"
    );
    // An account has a budget of its own, wherever it is used and however often it has signed in.
    let server = Server::new(
        server.engine.database().clone(),
        Config {
            requests_per_minute: 1,
            trusted_proxies: vec!["198.51.100.9".parse().unwrap()],
            ..Config::default()
        },
    )
    .await;
    let cookie = format!("stint_session={}", "5a".repeat(32));
    let mut statuses = Vec::new();
    for host in 1..=2 {
        let from = format!("203.0.113.{host}");
        let headers = [("cookie", cookie.as_str()), ("x-forwarded-for", from.as_str())];
        statuses.push(server.get("/sign-in", &headers).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 429], "somebody whom nobody knows");
    let admin = [server.session_of_admin().await, server.session_of_admin().await];
    let cookies = admin.map(|caller| format!("stint_session={}", to_hex(&caller.token.unwrap())));
    let mut statuses = Vec::new();
    for cookie in [&cookies[0], &cookies[1], &cookies[0], &cookies[1]] {
        statuses.push(server.get("/my-roles", &[("cookie", cookie)]).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429], "the second session is the same person's");
}

async fn repeated_failures_stand_above_the_sign_in_log(database: Database) {
    let server = Server::with_mira(database, Config { demo: true, ..Config::default() }).await;
    for _ in 0..10 {
        assert_eq!(server.sign_in("x").await.status, StatusCode::UNAUTHORIZED);
    }
    let admin = to_hex(&server.session_of_admin().await.token.unwrap());
    let cookie = format!("stint_session={admin}");
    let page = server.get("/sign-in-logs", &[("cookie", &cookie)]).await;
    assert!(page.body.contains("Repeated failures within the last day"), "{}", page.body);
    let (_, alert) = page.body.split_once("Signing in as ").unwrap();
    assert!(alert.starts_with("<a href=\"/sign-in-logs?person="), "{alert}");
    let (link, _) = alert["<a href=\"".len()..].split_once('"').unwrap();
    let narrowed = server.get(link, &[("cookie", &cookie)]).await;
    assert!(
        !narrowed.body.contains("Repeated failures")
            && narrowed.body.matches("Failure: wrong password").count() > 10
    );
    // So does the address they came from, which no user needs to be known for; from another nothing came.
    let from_there = "<a href=\"/sign-in-logs?person=198.51.100.9\">198.51.100.9<";
    assert!(page.body.contains(from_there), "{}", page.body);
    for (address, tries) in [("198.51.100.9", 10), ("+::ffff:198.51.100.9+", 10), ("198.51.100.8", 0)] {
        let path = format!("/sign-in-logs?person={address}&result=wrong_password");
        let narrowed = server.get(&path, &[("cookie", &cookie)]).await;
        assert_eq!(narrowed.body.matches("<td data-label=\"User\"").count(), tries, "{}", narrowed.body);
        let path = format!("/sign-in-logs/export?person={address}&result=wrong_password");
        let file = server.get(&path, &[("cookie", &cookie)]).await;
        assert_eq!(file.body.lines().count(), tries + 1, "{}", file.body);
    }
}

on_both_databases!(
    forgetting_tells_nobody_who_is_there,
    a_server_that_sends_no_mail_says_so,
    signing_in_tells_nobody_who_is_there,
    who_must_change_their_password_sees_one_page,
    the_first_administrator_comes_in_by_a_link,
    an_address_is_believed_of_trusted_proxies_only,
    the_sign_in_log_is_a_file_for_who_may_read_it,
    sessions_are_ended_by_forms,
    a_code_beside_a_new_app_s_keeps_its_person_signed_in,
    too_much_at_once_is_refused_and_said,
    repeated_failures_stand_above_the_sign_in_log,
);
