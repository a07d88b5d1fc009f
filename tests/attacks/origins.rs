//! Forms of somebody else's page, and requests that only look.

use crate::{
    ADMIN, form, joined, page,
    routes::{PAGES, SERVER_FUNCTIONS},
    turn::on_both_databases,
    world::World,
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use std::sync::Arc;
use stint::server::config::Config;
use stint_engine::{Engine, clock::TestClock, random::Random, store::Database};

on_both_databases!(
    no_form_of_another_origin_does_anything,
    ones_own_form_does_what_it_says,
    nothing_but_a_post_does_anything,
    a_cookie_of_a_neighbour_is_nobody_s,
);

/// What a browser says of a form that stands on somebody else's page. Another port, another scheme's null and a name that begins like
/// ours are somebody else.
const ELSEWHERE: &[&[(&str, &str)]] = &[
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "cross-site"), ("origin", "null")],
    &[("sec-fetch-site", "same-site"), ("origin", "https://pim.contoso.example:8443")],
    &[("sec-fetch-site", "cross-site"), ("referer", "https://pim.contoso.example/users")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("origin", "https://pim.contoso.example:8443")],
    &[("origin", "https://pim.contoso.example.evil.example")],
    &[("origin", "https://pim.contoso.example@evil.example")],
    &[("origin", "https://evil.example"), ("x-http-method-override", "GET")],
];

const HOST: (&str, &str) = ("host", "pim.contoso.example");

/// A server that people reach by https.
async fn secure(database: Database) -> World {
    let (clock, random) = (Arc::<TestClock>::default(), Arc::new(Random::from_seed(7)));
    let engine = Engine::start(database, clock, random).await.unwrap();
    let public_url = Some("https://pim.contoso.example".to_owned());
    World::of(engine, Config { demo: true, public_url, ..Config::default() }).await
}

async fn cookie_of_admin(world: &World) -> String {
    format!("__Host-{}", world.cookie(ADMIN).await)
}

async fn no_form_of_another_origin_does_anything(database: Database) {
    let world = secure(database).await;
    let cookie = cookie_of_admin(&world).await;
    let before = world.changes().await;
    for (function, line, _) in SERVER_FUNCTIONS {
        for elsewhere in ELSEWHERE {
            for path in [format!("/api/{function}"), format!("/users?post={function}")] {
                let headers = [&[HOST, ("cookie", cookie.as_str())], *elsewhere].concat();
                let answer = world.ask(form(&path, &headers, world.fill(line))).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {elsewhere:?}");
                assert!(!answer.headers.contains_key(header::SET_COOKIE), "{path} {elsewhere:?}");
            }
        }
    }
    assert_eq!(world.changes().await, before, "something was changed");
}

async fn ones_own_form_does_what_it_says(database: Database) {
    let world = secure(database).await;
    let cookie = cookie_of_admin(&world).await;
    let own = "https://pim.contoso.example";
    for said in [&[("origin", own)][..], &[("sec-fetch-site", "same-origin"), ("origin", own)], &[]] {
        // Who says nothing at all is no browser, and nobody's cookies come with it by themselves.
        let headers = [&[HOST, ("cookie", cookie.as_str())], said].concat();
        let answer = world.ask(form("/users?post=end_other_sessions", &headers, "")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{said:?}: {}", answer.body);
    }
}

async fn nothing_but_a_post_does_anything(database: Database) {
    let world = World::new(database).await;
    let cookie = world.cookie(ADMIN).await;
    let before = world.changes().await;
    for (function, line, _) in SERVER_FUNCTIONS.iter().filter(|(_, line, _)| !line.starts_with('{')) {
        let line = world.fill(line);
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            let request = Request::builder().method(method).uri(format!("/api/{function}?{line}"));
            let request = request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::COOKIE, &cookie);
            let status = world.ask(request.body(Body::from(line.clone())).unwrap()).await.status;
            let refused = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED];
            assert!(refused.contains(&status), "{method} {function}: {status}");
        }
        let looked = world.ask(page(&format!("/users?post={function}&{line}"), &[("cookie", &cookie)])).await;
        assert_eq!(looked.status, StatusCode::OK, "{function}");
    }
    for (page_of, path, _) in PAGES {
        let path = world.fill(path);
        let mark = if path.contains('?') { '&' } else { '?' };
        let evil =
            joined(&[("preview", "true"), ("confirmed", "true"), ("id", "{user}"), ("verdict", "deny")]);
        let request = page(&format!("{path}{mark}{}", world.fill(&evil)), &[("cookie", &cookie)]);
        assert!(!world.ask(request).await.status.is_server_error(), "{page_of}");
    }
    assert_eq!(world.changes().await, before, "looking changed something");
}

async fn a_cookie_of_a_neighbour_is_nobody_s(database: Database) {
    // Whoever runs another host of the domain, or listens to http, can set the plain name for ours, and not the bound one.
    let world = secure(database).await;
    let plain = world.cookie(ADMIN).await;
    let seen = world.ask(page("/users", &[("cookie", &plain)])).await;
    assert_eq!(seen.status, StatusCode::FOUND);
    let both = format!("{plain}; __Host-stint_session={}", "ab".repeat(32));
    assert_eq!(world.ask(page("/users", &[("cookie", &both)])).await.status, StatusCode::FOUND);
    let bound = format!("__Host-{plain}");
    assert_eq!(world.ask(page("/users", &[("cookie", &bound)])).await.status, StatusCode::OK);
}
