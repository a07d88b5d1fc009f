//! What an operator finds in the log: every line of a request carries its name, and what broke is there once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use chrono::TimeDelta;
use leptos::prelude::LeptosOptions;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
};
use stint::server::{App, config::Config, router, session::to_hex};
use stint_engine::{
    Caller, Engine,
    clock::TestClock,
    demo,
    random::Random,
    sign_in::{self, SignedIn},
    store::test_support,
};
use tower::ServiceExt;
use tracing_subscriber::fmt::MakeWriter;

/// What was logged.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The lines since the last time.
    fn take(&self) -> Vec<Value> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Sends a request. Gives its name, and what came back.
async fn ask(router: &Router, request: axum::http::request::Builder, body: &'static str) -> (String, String) {
    let response = router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let name = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body = to_bytes(response.into_body(), 4 << 20).await.unwrap();
    (name, String::from_utf8_lossy(&body).into_owned())
}

/// Whose session it is, as the log names them.
async fn person_of(engine: &Engine, session: &SignedIn) -> String {
    let caller = Caller { token: Some(session.token.clone()), ..Caller::default() };
    engine.read(&caller).await.unwrap().person().unwrap().id.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_in_a_request_is_found_by_its_name() {
    let log = Log::default();
    let filter = tracing_subscriber::EnvFilter::new("info,stint=debug,stint_engine=debug,sqlx=warn");
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(log.clone()).init();
    let database = test_support::sqlite().await;
    let clock = Arc::<TestClock>::default();
    clock.stop();
    let engine = Engine::start(database, clock.clone(), Arc::new(Random::from_seed(7))).await.unwrap();
    demo::fill(&engine).await.unwrap();
    let nobody = Caller::default();
    let session = sign_in::as_demo_person(&engine, &nobody, "admin@stint.example").await.unwrap();
    let cookie = format!("stint_session={}", to_hex(&session.token));
    let options =
        LeptosOptions::builder().output_name("stint").site_root("no-site").hash_files(false).build();
    let config = Arc::new(Config { demo: true, ..Config::default() });
    let router = router(&App { engine: engine.clone(), config, options }).unwrap();

    let get =
        |path: &str| Request::get(path).header(header::ACCEPT, "text/html").header(header::COOKIE, &cookie);
    log.take();
    let (name, page) = ask(&router, get("/users"), "").await;
    assert!(page.contains("Olga"), "{page}");
    let lines = log.take();
    assert_eq!(lines.last().unwrap()["fields"]["message"], "Answered");
    assert!(lines.iter().all(|line| line["span"]["id"] == name.as_str()), "{lines:?}");
    assert_eq!(lines.last().unwrap()["span"]["person"], person_of(&engine, &session).await);

    // What somebody may not do, and what another site sends, is refused; the log tells who tried what.
    let eli = sign_in::as_demo_person(&engine, &nobody, "eli@stint.example").await.unwrap();
    let eli_cookie = format!("stint_session={}", to_hex(&eli.token));
    let post = |cookie: &str, origin: &str| {
        Request::post("/users/new?post=create_user")
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::HOST, "stint.example")
            .header(header::ORIGIN, format!("http://{origin}"))
            .header(header::COOKIE, cookie)
    };
    log.take();
    ask(&router, post(&eli_cookie, "stint.example"), "user_name=x%40stint.example&display_name=X").await;
    let lines = log.take();
    let denied: Vec<_> = lines.iter().filter(|line| line["fields"]["message"] == "Denied").collect();
    assert!(!denied.is_empty(), "{lines:?}");
    for line in denied {
        assert_eq!(line["span"]["person"], person_of(&engine, &eli).await);
        assert_eq!(line["fields"]["may_not"], "create users");
    }
    ask(&router, post(&cookie, "evil.example"), "user_name=x%40stint.example&display_name=X").await;
    let refused = log.take();
    assert_eq!(refused[0]["fields"]["message"], "Refused", "{refused:?}");
    assert_eq!(
        refused[0]["fields"]["error"], "Cross-Origin request from old browser detected",
        "{refused:?}"
    );

    engine.database().close().await;
    let post = Request::post("/api/list_users")
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, &cookie);
    let form = Request::post("/users/new?post=create_user")
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, &cookie);
    for (what, request, body) in [
        ("a page", get("/users"), ""),
        ("a file", get("/sign-in-logs/export?token=hidden"), ""),
        ("a call", post, "q=&status=&after="),
        ("a form", form, "user_name=new.one%40stint.example&display_name=New+One"),
        ("a look", get("/readyz"), ""),
    ] {
        let (name, body) = ask(&router, request, body).await;
        let lines = log.take();
        assert!(!lines.is_empty(), "{what}");
        let mut references: BTreeMap<String, usize> = BTreeMap::new();
        for line in &lines {
            assert_eq!(line["span"]["id"], name.as_str(), "{what}: {line}");
            assert!(
                !line.to_string().contains("hidden"),
                "{what}: what stands after the path is no business of the log"
            );
            if let Some(reference) = line["fields"]["reference"].as_str() {
                *references.entry(reference.to_owned()).or_default() += 1;
            }
        }
        assert!(references.values().all(|&times| times == 1), "{what}: {references:?}");
        let told = references.keys().filter(|reference| body.contains(reference.as_str())).count();
        assert!(what == "a look" || told > 0, "{what}: {references:?} {body}");
        assert_eq!(lines.last().unwrap()["fields"]["message"], "Answered", "{what}");
    }

    // Too much at once is said once a minute.
    let mut warned = Vec::new();
    for seconds in [0, 60, 0] {
        clock.advance(TimeDelta::seconds(seconds));
        ask(&router, get("/readyz"), "").await;
        warned.push(log.take().last().unwrap()["level"] == "WARN");
    }
    assert_eq!(warned, [false, true, false], "the first of this minute was said above");
}
