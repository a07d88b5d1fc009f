//! What stands before every page and function: headers, limits, and where a call may come from.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use leptos::prelude::LeptosOptions;
use std::sync::Arc;
use stint::server::{App, config::Config, router, session::to_hex};
use stint_engine::{Caller, Engine, clock::TestClock, demo, random::Random, sign_in, store::test_support};
use tower::ServiceExt;

/// A file that the browser loads, which lies in this directory.
const FILE: &str = "/theme.js";

async fn server(config: Config) -> (Engine, Router) {
    let database = test_support::sqlite().await;
    let engine =
        Engine::start(database, Arc::<TestClock>::default(), Arc::new(Random::from_seed(7))).await.unwrap();
    demo::fill(&engine).await.unwrap();
    let options = LeptosOptions::builder().output_name("stint").site_root("public").hash_files(false).build();
    let router = router(&App { engine: engine.clone(), config: Arc::new(config), options }).unwrap();
    (engine, router)
}

async fn answer(router: &Router, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body(), 8 << 20).await.unwrap();
    (status, headers, String::from_utf8_lossy(&body).into_owned())
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).header(header::ACCEPT, "text/html").body(Body::empty()).unwrap()
}

fn form(path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

/// Pages and files that one thread answers in turns, as it does when many ask at once.
async fn a_page_keeps_its_headers_and_a_file_gets_none_of_them(engine: &Engine, router: &Router) {
    let admin = sign_in::as_demo_person(engine, &Caller::default(), "admin@stint.example").await.unwrap();
    let cookie = format!("__Host-stint_session={}", to_hex(&admin.token));
    for _ in 0..20 {
        let mut page = get("/users");
        page.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
        let page = answer(router, page);
        let file = async {
            for _ in 0..10 {
                let (status, headers, _) = answer(router, get(FILE)).await;
                assert_eq!(status, StatusCode::OK);
                let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
                assert!(!policy.contains("nonce"), "a file has the policy of somebody's page: {policy}");
                let (status, _, _) = answer(router, form(FILE, &[], "")).await;
                assert_eq!(status, StatusCode::NOT_FOUND, "a file takes no form");
            }
        };
        let ((status, headers, body), ()) = tokio::join!(page, file);
        assert!(status == StatusCode::OK && body.contains("Olga"), "{status}: {body}");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("'nonce-"), "a page has lost its own policy: {policy}");
    }
}

// One test: while a router's list of pages is made, no page of the process loads its data (a flag of Leptos's).
#[tokio::test(flavor = "multi_thread")]
async fn the_front_is_closed() {
    let https = Config {
        demo: true,
        public_url: Some("https://pim.contoso.example".to_owned()),
        ..Config::default()
    };
    let (engine, router) = server(https).await;

    // Every answer carries what guards it, and a name that is its own.
    let mut names = Vec::new();
    for path in ["/sign-in", "/users", "/api/list_users", "/healthz", "/no-such-page", "/sign-in-logs/export"]
    {
        let (_, headers, _) = answer(&router, get(path)).await;
        let said = |name: &str| headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
        let policy = said("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("strict-transport-security", "max-age=31536000; includeSubDomains"),
        ] {
            assert_eq!(said(name), value, "{path}: {name}");
        }
        assert!(said("permissions-policy").contains("camera=()"), "{path}");
        names.push(said("x-request-id").to_owned());
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 6, "every request has a name of its own");
    let (_, headers, page) = answer(&router, get("/sign-in")).await;
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    let (_, nonce) = policy.split_once("'nonce-").unwrap();
    assert!(page.contains(&format!("nonce=\"{}\"", nonce.split('\'').next().unwrap())));
    let (status, headers, _) = answer(&router, {
        let mut request = get("/sign-in");
        request.headers_mut().insert("x-request-id", "forged\\nline".parse().unwrap());
        request
    })
    .await;
    assert!(status.is_success() && headers["x-request-id"] != "forged\\nline");

    a_page_keeps_its_headers_and_a_file_gets_none_of_them(&engine, &router).await;
    // What a browser has already is not sent again, and may be kept as before.
    let (_, headers, _) = answer(&router, get(FILE)).await;
    let mut known = get(FILE);
    known.headers_mut().insert(header::IF_MODIFIED_SINCE, headers[header::LAST_MODIFIED].clone());
    let (status, again, body) = answer(&router, known).await;
    assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(again[header::CACHE_CONTROL], headers[header::CACHE_CONTROL]);

    // A form of somebody else's page does nothing, however the browser says whose it is.
    let signs_in = "user_name=admin%40stint.example";
    for elsewhere in [
        [("host", "pim.contoso.example"), ("sec-fetch-site", "cross-site")],
        [("host", "pim.contoso.example"), ("sec-fetch-site", "same-site")],
        [("host", "pim.contoso.example"), ("origin", "https://evil.example")],
    ] {
        let (status, headers, _) = answer(&router, form("/api/sign_in_as", &elsewhere, signs_in)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{elsewhere:?}");
        assert!(!headers.contains_key(header::SET_COOKIE), "{elsewhere:?}");
    }
    let own =
        [("host", "pim.contoso.example"), ("origin", "https://pim.contoso.example"), ("accept", "text/html")];
    let (status, headers, _) = answer(&router, form("/sign-in?post=sign_in_as", &own, signs_in)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let cookie = headers[header::SET_COOKIE].to_str().unwrap();
    for part in ["__Host-stint_session=", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }

    // Nobody is sent elsewhere after signing in.
    for target in ["https://evil.example", "//evil.example", "/%5Cevil.example", "javascript:alert(1)"] {
        let body = format!("{signs_in}&return_to={target}");
        let (_, headers, _) = answer(&router, form("/sign-in?post=sign_in_as", &own, body)).await;
        assert_eq!(headers[header::LOCATION], "/", "{target}");
    }

    // Nobody sends more than fits.
    for (path, accept) in
        [("/api/list_users", "application/json"), ("/users/new?post=create_user", "text/html")]
    {
        let much = "x".repeat(2 << 20);
        let length = much.len().to_string();
        let told = [("accept", accept), ("content-length", length.as_str())];
        assert_eq!(
            answer(&router, form(path, &told, much.clone())).await.0,
            StatusCode::PAYLOAD_TOO_LARGE,
            "{path}"
        );
        // Who does not say how much it is, is read as far as it fits.
        let (status, ..) = answer(&router, form(path, &[("accept", accept)], much)).await;
        let refused = [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::BAD_REQUEST];
        assert!(refused.contains(&status), "{path}: {status}");
    }

    // Alive is not ready.
    assert_eq!(answer(&router, get("/readyz")).await.0, StatusCode::OK);
    engine.database().close().await;
    assert_eq!(answer(&router, get("/readyz")).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer(&router, get("/healthz")).await.0, StatusCode::OK);
}
