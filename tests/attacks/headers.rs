//! Headers that say what a proxy would say, and a host that is not ours.

use crate::{
    ADMIN, ELI, form, html, nonce::without_nonce, page, person, turn::on_both_databases, world::World,
};
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use std::{net::SocketAddr, sync::Arc};
use stint::server::config::{Config, Secret};
use stint_engine::{
    Engine,
    clock::TestClock,
    mail::{self, MailCarrier, Transport},
    random::Random,
    store::{Database, PageRequest},
    worker,
};

on_both_databases!(
    a_host_that_is_not_ours_stands_nowhere,
    a_mail_leads_to_the_address_that_is_configured,
    nobody_says_for_a_proxy_how_they_came,
    who_writes_other_addresses_is_slowed_all_the_same,
);

/// What only a proxy may say, and no proxy of ours does.
const SPOOFED: &[(&str, &str)] = &[
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-server", "evil.example"),
    ("x-host", "evil.example"),
    ("forwarded", "for=127.0.0.1;host=evil.example;proto=https"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-scheme", "https"),
    ("front-end-https", "on"),
    ("x-forwarded-port", "444"),
    ("x-forwarded-prefix", "//evil.example"),
    ("x-original-url", "/audit"),
    ("x-rewrite-url", "/audit"),
    ("x-original-host", "evil.example"),
    ("x-http-method-override", "POST"),
    ("x-real-ip", "127.0.0.1"),
    ("x-client-ip", "127.0.0.1"),
    ("x-remote-user", ADMIN),
    ("x-user-id", ADMIN),
    ("authorization", "Basic YWRtaW46YWRtaW4="),
];

async fn server(database: Database, config: Config) -> World {
    let (clock, random) = (Arc::<TestClock>::default(), Arc::new(Random::from_seed(7)));
    // What a page shows must not change while two answers are compared.
    clock.stop();
    World::of(Engine::start(database, clock, random).await.unwrap(), config).await
}

fn public(url: &str) -> Config {
    Config { demo: true, public_url: Some(url.to_owned()), ..Config::default() }
}

async fn a_host_that_is_not_ours_stands_nowhere(database: Database) {
    let world = server(database, public("http://pim.contoso.example")).await;
    let cookie = world.cookie(ADMIN).await;
    for path in ["/sign-in", "/", "/users", "/users/new", "/my-roles", "/no-such-page", "/setup?token=x"] {
        for host in
            ["evil.example", "evil.example:80", "pim.contoso.example@evil.example", "\"><stint-pwned>"]
        {
            let answer = world.ask(page(path, &[("cookie", &cookie), ("host", host)])).await;
            let said: String = answer.headers.values().filter_map(|value| value.to_str().ok()).collect();
            assert!(!answer.body.contains("evil.example") && !said.contains("evil.example"), "{path} {host}");
            assert!(html::injected(&answer.body).is_empty(), "{path} {host}");
        }
    }
    // A form whose host is another's comes from somewhere else.
    let own =
        [("host", "evil.example"), ("origin", "http://pim.contoso.example"), ("cookie", cookie.as_str())];
    let sent = form("/users?post=end_other_sessions", &own, "");
    assert_eq!(
        world.ask(sent).await.location(),
        Some("/users"),
        "our own pages are trusted by their address"
    );
    let evil =
        [("host", "pim.contoso.example"), ("origin", "http://evil.example"), ("cookie", cookie.as_str())];
    assert_eq!(
        world.ask(form("/users?post=end_other_sessions", &evil, "")).await.status,
        StatusCode::FORBIDDEN
    );
}

async fn a_mail_leads_to_the_address_that_is_configured(database: Database) {
    let base = "https://pim.contoso.example";
    let smtp_url = Some(Secret::new("smtp://127.0.0.1:9".to_owned()));
    let world = server(database, Config { smtp_url, ..public(base) }).await;
    person::with_password(&world.engine, "mira.own@stint.example", "walrus orbit teacup nineteen").await;
    let mut headers = SPOOFED.to_vec();
    headers.push(("host", "evil.example"));
    let asked = form("/forgot-password?post=forgot_password", &headers, "user_name=mira.own@stint.example");
    assert_eq!(world.ask(asked).await.status, StatusCode::SEE_OTHER);
    let carrier =
        MailCarrier::new(world.engine.clone(), Transport::Keep, "pim@contoso.example", base).unwrap();
    while worker::work(&world.engine, &carrier).await.unwrap() > 0 {}
    let admin = World::caller(&world.cookie(ADMIN).await);
    let mut op = world.engine.read(&admin).await.unwrap();
    let mails = mail::list(&mut op, &PageRequest::first()).await.unwrap().items;
    let link = format!("{base}/reset-password?token=");
    assert!(mails.iter().any(|mail| mail.payload.contains(&link)), "there is a mail with the link");
    assert!(mails.iter().all(|mail| !mail.payload.contains("evil.example")));
}

async fn nobody_says_for_a_proxy_how_they_came(database: Database) {
    for url in ["http://pim.contoso.example", "https://pim.contoso.example"] {
        let world = server(database.clone(), public(url)).await;
        let is_https = url.starts_with("https");
        let eli = world.cookie(ELI).await;
        let eli = if is_https { format!("__Host-{eli}") } else { eli };
        for path in ["/my-roles", "/audit", "/sign-in"] {
            let plain = world.ask(page(path, &[("cookie", &eli)])).await;
            for spoofed in SPOOFED {
                let answer = world.ask(page(path, &[("cookie", eli.as_str()), *spoofed])).await;
                assert_eq!(answer.status, plain.status, "{path} {spoofed:?}");
                assert_eq!(without_nonce(&answer.body), without_nonce(&plain.body), "{path} {spoofed:?}");
            }
        }
        for spoofed in SPOOFED.iter().chain(&[("x-forwarded-proto", "http")]) {
            let sent = form("/sign-in?post=sign_in_as", &[*spoofed], format!("user_name={ELI}"));
            let answer = world.ask(sent).await;
            let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
            assert_eq!(cookie.contains("; Secure"), is_https, "{spoofed:?}");
            assert_eq!(cookie.starts_with("__Host-"), is_https, "{spoofed:?}");
            // So it is with what a page tells once, and with where a form came from.
            let cookies = [("cookie", eli.as_str()), *spoofed];
            for path in ["/sessions?post=end_other_sessions", "/api/activate_role"] {
                let answer = world.ask(form(path, &cookies, "id={eligibility}&hours=x")).await;
                let given =
                    answer.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
                for cookie in given {
                    assert_eq!(cookie.contains("; Secure"), is_https, "{cookie}");
                    let is_bound = cookie.starts_with("__Host-") || cookie.starts_with("__Secure-stint_form");
                    assert_eq!(is_bound, is_https, "{cookie}");
                }
            }
        }
        let nobody = world.ask(page("/audit", SPOOFED)).await;
        assert_eq!(nobody.status, StatusCode::FOUND, "nobody is somebody by a header");
    }
}

async fn who_writes_other_addresses_is_slowed_all_the_same(database: Database) {
    let smtp_url = Some(Secret::new("smtp://127.0.0.1:9".to_owned()));
    let world = server(database, Config { smtp_url, ..Config::default() }).await;
    let mut statuses = Vec::new();
    for number in 0..14 {
        let body = format!("user_name=nobody{number}@stint.example");
        let claimed = format!("203.0.113.{number}");
        let mut request: Request<Body> = form(
            "/forgot-password?post=forgot_password",
            &[("x-forwarded-for", &claimed), ("x-real-ip", &claimed)],
            body,
        );
        let peer: SocketAddr = "198.51.100.9:4711".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        statuses.push(world.ask(request).await.status.as_u16());
    }
    assert_eq!(statuses, [&[303; 10][..], &[429; 4]].concat());
}
