//! The way to an identity provider and back, as a browser goes it: addresses, cookies, and a form that waits.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../crates/engine/tests/stories/heard/request.rs"]
mod heard;
#[expect(dead_code, reason = "the stories of the engine change what it does")]
#[path = "../crates/engine/tests/stories/openid_connect/provider.rs"]
mod provider;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
    response::Response,
};
use chrono::TimeDelta;
use leptos::prelude::LeptosOptions;
use provider::Provider;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};
use stint::server::{App, config::Config, router};
use stint_domain::{id::PrincipalId, scope::ScopePath};
use stint_engine::{
    Engine,
    clock::TestClock,
    demo,
    openid_connect::Onward,
    random::Random,
    store::{external_identity, principal, schedule, test_support},
};
use tower::ServiceExt;

const HOST: &str = "pim.contoso.example";

fn configured(provider: &Provider) -> Config {
    let contoso = json!({
        "id": "contoso", "name": "Contoso", "issuer": provider.issuer,
        "client_id": "stint", "client_secret": "a secret of the client",
    });
    Config {
        demo: true,
        public_url: Some(format!("https://{HOST}")),
        openid_connect: vec![serde_json::from_value(contoso).unwrap()],
        ..Config::default()
    }
}

/// A browser: it keeps cookies and says where a form comes from.
struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new(router: &Router) -> Self {
        Self { router: router.clone(), cookies: BTreeMap::new() }
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: String) -> (Response, String) {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request
            .header(header::HOST, HOST)
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookies.join("; "))
            .body(Body::from(body))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        for cookie in head.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                assert!(name.starts_with("__Host-") || name == "stint_form", "{cookie}");
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let text = to_bytes(body, 8 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        (Response::from_parts(head, Body::empty()), text)
    }

    async fn open(&mut self, path: &str) -> (StatusCode, String, String) {
        let (response, body) = self.send(Request::get(path), String::new()).await;
        (response.status(), location(&response), body)
    }

    async fn post(&mut self, path: &str, fields: &str) -> (StatusCode, String, String) {
        let request = Request::post(path)
            .header(header::ORIGIN, format!("https://{HOST}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let (response, body) = self.send(request, fields.to_owned()).await;
        (response.status(), location(&response), body)
    }

    /// Goes on to the provider from where a form has sent it, signs in there, and comes back.
    async fn goes_by_way_of(&mut self, provider: &Provider, onward: &str, claims: Value) -> (String, String) {
        let (status, _, page) = self.open(onward).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("http-equiv=\"refresh\"") && page.contains("Going to Contoso"), "{page}");
        let (_, rest) = page.split_once("url=").unwrap();
        let url = rest.split('"').next().unwrap().replace("&amp;", "&");
        assert!(url.starts_with(&format!("{}/authorize?", provider.issuer)), "{url}");
        assert!(url.contains("pim.contoso.example%2Fsign-in%2Fwith%2Fcontoso%2Fcallback"), "{url}");
        let answer = provider.signs_in(&Onward { url, name: String::new() }, claims);
        let (code, state) = (answer.code.unwrap(), answer.state.unwrap());
        let back = format!("/sign-in/with/contoso/callback?code={code}&state={state}");
        let (status, location, _) = self.open(&back).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        (location, back)
    }
}

fn location(response: &Response) -> String {
    let location = response.headers().get(header::LOCATION);
    location.map(|location| location.to_str().unwrap().to_owned()).unwrap_or_default()
}

fn claims(engine: &Engine, subject: &str, amr: &[&str]) -> Value {
    let now = engine.clock().now().timestamp();
    json!({ "sub": subject, "iat": now, "exp": now + 300, "auth_time": now, "amr": amr })
}

/// Eli of the demo, whose account is linked, and one of their eligibilities.
async fn eli(engine: &Engine, provider: &Provider) -> (PrincipalId, String) {
    let now = engine.clock().now();
    let mut tx = engine.database().begin().await.unwrap();
    let eli = principal::find_by_user_name(&mut tx, "eli@stint.example").await.unwrap().unwrap();
    assert!(external_identity::insert(&mut tx, &provider.issuer, "e1", eli.id, now).await.unwrap());
    let open = schedule::list_open(&mut tx, &[eli.id], now).await.unwrap();
    let eligibility = open.iter().find(|one| one.scope == ScopePath::directory()).unwrap().id.to_string();
    tx.commit().await.unwrap();
    (eli.id, eligibility)
}

// One test: while a router's list of pages is made, no page of the process loads its data (a flag of Leptos's).
#[tokio::test(flavor = "multi_thread")]
async fn to_the_provider_and_back() {
    let provider = Provider::start().await;
    let (config, clock) = (configured(&provider), Arc::<TestClock>::default());
    let engine = Engine::start(test_support::sqlite().await, clock.clone(), Arc::new(Random::from_seed(7)))
        .await
        .unwrap();
    let providers = config.identity_providers().unwrap();
    let engine = engine.with_identity_providers(&config.address(), providers).unwrap();
    demo::fill(&engine).await.unwrap();
    let options =
        LeptosOptions::builder().output_name("stint").site_root("no-site").hash_files(false).build();
    let router = router(&App { engine: engine.clone(), config: Arc::new(config), options }).unwrap();
    let (_, eligibility) = eli(&engine, &provider).await;

    // The button is there, and looking at addresses begins nothing.
    let mut browser = Browser::new(&router);
    let (_, _, page) = browser.open("/sign-in").await;
    assert!(page.contains("Sign in with Contoso"), "{page}");
    for path in ["/sign-in/with/contoso", "/sign-in/with/contoso?return_to=/users"] {
        let (status, to, _) = browser.open(path).await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/sign-in"));
    }
    assert!(browser.cookies.is_empty());
    assert_eq!(browser.open("/sign-in/with/nowhere/callback?code=x&state=x").await.0, StatusCode::NOT_FOUND);

    // Somebody unknown is told so, and keeps where they wanted to go.
    let begin = "/sign-in?post=begin_sign_in_with";
    let (status, onward, _) = browser.post(begin, "provider=contoso&return_to=%2Fmy-roles").await;
    assert_eq!((status, onward.as_str()), (StatusCode::SEE_OTHER, "/sign-in/with/contoso"));
    let (to, _) = browser.goes_by_way_of(&provider, &onward, claims(&engine, "x1", &[])).await;
    assert_eq!(to, "/sign-in?return_to=/my-roles&provider=contoso&problem=unknown");
    assert!(browser.cookies.is_empty());
    let (status, _, page) = browser.open(&to).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(
        page.contains("This account of Contoso opens nothing here.") && page.contains("value=\"/my-roles\"")
    );

    // Eli is known, and nobody is sent elsewhere.
    let elsewhere = "provider=contoso&return_to=https%3A%2F%2Fevil.example";
    let (_, onward, _) = browser.post(begin, elsewhere).await;
    let (to, back) = browser.goes_by_way_of(&provider, &onward, claims(&engine, "e1", &["pwd"])).await;
    assert_eq!(to, "/");
    assert!(browser.cookies.contains_key("__Host-stint_session"));
    assert!(!browser.cookies.contains_key("__Host-stint_openid"));
    let (_, to, _) = browser.open(&back).await;
    assert!(to.contains("problem=begin_again"), "an answer is good once: {to}");
    assert!(browser.open("/my-roles").await.2.contains("Eli Novak"));
    let (_, _, page) = browser.open("/security-info").await;
    assert!(page.contains("Linked accounts") && page.contains("Unlink") && !page.contains("Link Contoso"));

    // A form waits while its person confirms, and is shown again as it was; nothing was done meanwhile.
    let page_path = format!("/my-roles/{eligibility}/activate");
    let fields = format!("id={eligibility}&hours=1.5&justification=a+disk+is+full&confirm_with=contoso");
    let form = format!("{page_path}?post=activate_role");
    let (status, onward, _) = browser.post(&form, &fields).await;
    assert_eq!((status, onward.as_str()), (StatusCode::SEE_OTHER, "/sign-in/with/contoso"));
    let before = browser.cookies["__Host-stint_session"].clone();
    let (to, _) = browser.goes_by_way_of(&provider, &onward, claims(&engine, "e1", &["mfa"])).await;
    assert_eq!(to, page_path);
    assert_ne!(browser.cookies["__Host-stint_session"], before, "the session has another token");
    let (status, _, page) = browser.open(&to).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("a disk is full"), "{page}");
    assert!(!page.contains("already active"));
    assert!(!browser.open(&to).await.2.contains("a disk is full"), "once");
    let (status, to, _) = browser.post(&form, &fields.replace("&confirm_with=contoso", "")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(to.contains("/status"), "{to}");

    // Whoever gives up comes back to the form too, and is told.
    let kept = "code=1&confirm_with=contoso";
    let (_, onward, _) = browser.post("/security-info?post=confirm_totp", kept).await;
    let (to, _) = browser.goes_by_way_of(&provider, &onward, claims(&engine, "x9", &["mfa"])).await;
    assert_eq!(to, "/security-info");
    let (_, _, page) = browser.open(&to).await;
    assert!(page.contains("That is not the account of Contoso that is linked to yours."), "{page}");
    assert!(page.contains("What you typed before is kept"), "{page}");

    // Signing out ends the session, and offers to sign out there.
    let (_, to, _) = browser.post("/?post=sign_out", "").await;
    assert_eq!(to, "/sign-in?signed_out_of=contoso");
    let (_, _, page) = browser.open(&to).await;
    assert!(page.contains("Sign out of Contoso") && page.contains("/sign-out?"), "{page}");

    // Where it has no place to sign out at, that is left to the person.
    provider.change(|state| state.has_no_sign_out = true);
    clock.advance(TimeDelta::hours(1));
    let (_, _, page) = browser.open(&to).await;
    assert!(page.contains("You may still be signed in with Contoso."), "{page}");
    assert!(page.contains("sign out there too") && !page.contains("Sign out of Contoso"), "{page}");
}
