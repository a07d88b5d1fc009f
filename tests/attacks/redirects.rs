//! Being sent elsewhere: by a link that somebody prepared, by a form's address, by where a form came from.

use crate::{
    ADMIN, ELI, form,
    html::{self, LINKS},
    page, person,
    routes::{PAGES, SERVER_FUNCTIONS},
    turn::on_both_databases,
    world::World,
};
use axum::http::StatusCode;
use stint::paths::encode;
use stint_engine::{demo, store::Database};
use url::Url;

on_both_databases!(
    nobody_is_sent_elsewhere_by_a_form,
    no_page_links_elsewhere,
    an_address_that_looks_like_another_server_is_ours,
);

/// Where somebody would like others to go. Each is somewhere else for one browser or another, or tries to be.
const ELSEWHERE: &[&str] = &[
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "%2f%2fevil.example",
    "/%2f%2fevil.example/..",
    "/%5Cevil.example",
    "/%09/evil.example",
    "https:evil.example",
    "http:/evil.example",
    "https:///evil.example",
    "https://localhost:3000@evil.example/",
    "//localhost:3000@evil.example/",
    "/..//evil.example",
    "/.//evil.example",
    "evil.example",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "/users\r\nSet-Cookie: stint_session=x",
    "/users\r\n\r\n<script>",
    "/\u{2215}evil.example",
    "/\u{ff0f}evil.example",
    "\u{0}//evil.example",
    "",
];

/// Where a browser goes that is on one of our pages.
fn leads_to(link: &str) -> String {
    let here = Url::parse("http://localhost:3000/users/new").unwrap();
    here.join(link).unwrap_or_else(|error| panic!("{link:?}: {error}")).origin().ascii_serialization()
}

#[track_caller]
fn stays(link: &str, why: &str) {
    assert_eq!(leads_to(link), "http://localhost:3000", "{why}: {link:?}");
    assert!(link.bytes().all(|byte| byte.is_ascii_graphic()), "{why}: {link:?}");
}

async fn nobody_is_sent_elsewhere_by_a_form(database: Database) {
    let world = World::with_apps(database).await;
    let long = format!("//evil.example/{}", "x".repeat(5000));
    let targets = ELSEWHERE.iter().copied().chain([long.as_str()]);
    person::with_password(&world.engine, "mira.own@stint.example", "walrus orbit teacup nineteen").await;
    let password = "user_name=mira.own@stint.example&password=walrus+orbit+teacup+nineteen";
    let confirmed = confirmed(&world).await;
    let admin = world.cookie(ADMIN).await;
    for target in targets {
        let to = encode(target);
        for (path, cookie, line) in [
            ("/sign-in?post=sign_in_as", "", "user_name=eli@stint.example"),
            ("/sign-in?post=sign_in", "", password),
            ("/confirm?post=confirm_identity", confirmed.as_str(), ""),
            (
                "/assignments?post=update_assignment",
                admin.as_str(),
                "id={eligibility}&permanent=true&justification=x",
            ),
        ] {
            let line = format!("{}&return_to={to}", world.fill(line));
            let answer = world.ask(form(path, &[("cookie", cookie)], line)).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path} {target:?}: {}", answer.body);
            stays(answer.location().unwrap(), path);
        }
    }
    // Whatever else takes such a field, or will.
    for (function, line, _) in SERVER_FUNCTIONS.iter().filter(|(_, line, _)| !line.starts_with('{')) {
        for target in ["//evil.example", "https://evil.example"] {
            let line = format!("{}&return_to={}", world.fill(line), encode(target));
            let cookie = world.cookie(ADMIN).await;
            let answer =
                world.ask(form(&format!("/users?post={function}"), &[("cookie", &cookie)], line)).await;
            if let Some(location) = answer.location() {
                stays(location, function);
            }
        }
    }
}

/// A session in which somebody has just confirmed that it is them.
async fn confirmed(world: &World) -> String {
    let cookie = world.cookie(ELI).await;
    let mut op = world.engine.read(&World::caller(&cookie)).await.unwrap();
    let code = demo::code(&mut op).await.unwrap().unwrap();
    drop(op);
    let confirms =
        form("/confirm?post=confirm_identity", &[("cookie", &cookie)], format!("confirmation_code={code}"));
    world.ask(confirms).await.session().unwrap()
}

async fn no_page_links_elsewhere(database: Database) {
    let world = World::new(database).await;
    let admin = world.cookie(ADMIN).await;
    for (name, path, _) in PAGES {
        let path = world.fill(path);
        let mark = if path.contains('?') { '&' } else { '?' };
        for cookie in ["", admin.as_str()] {
            let open = async |target: &str| {
                let path = format!("{path}{mark}return_to={}", encode(target));
                world.ask(page(&path, &[("cookie", cookie)])).await
            };
            // Most pages take nothing of the kind, and of the others not more than a link back.
            let probed = open("/where-it-came-from").await;
            let is_there = |link: &str| link.starts_with("/where-it-came-from");
            let takes_it = probed.location().is_some_and(is_there)
                || html::attributes(&probed.body, LINKS).iter().any(|(_, link)| is_there(link));
            for target in ELSEWHERE.iter().filter(|_| takes_it) {
                let shown = open(target).await;
                if let Some(location) = shown.location() {
                    stays(location, name);
                }
                for (element, link) in html::attributes(&shown.body, LINKS) {
                    assert_eq!(leads_to(&link), "http://localhost:3000", "{name}: <{element}> to {link:?}");
                }
            }
        }
    }
}

async fn an_address_that_looks_like_another_server_is_ours(database: Database) {
    let world = World::new(database).await;
    let cookie = world.cookie(ADMIN).await;
    let cookies = [("cookie", cookie.as_str()), ("host", "localhost:3000")];
    for path in [
        "//evil.example",
        "//evil.example/",
        "//evil.example/users",
        "/\\evil.example/",
        "//evil.example/%2e%2e",
    ] {
        let looked = world.ask(page(path, &cookies)).await;
        if let Some(location) = looked.location() {
            stays(location, path);
        }
        // A form that says nothing of where to go on goes back to where it was.
        let sent = form(&format!("{path}?post=end_other_sessions"), &cookies, "");
        stays(world.ask(sent).await.location().unwrap(), path);
        let referer = format!("http://localhost:3000{path}");
        let from = [&cookies[..], &[("referer", referer.as_str())]].concat();
        stays(world.ask(form("/api/end_other_sessions", &from, "")).await.location().unwrap(), path);
        let remembered = format!("{cookie}; stint_form={path}");
        let from = [
            ("cookie", remembered.as_str()),
            ("host", "localhost:3000"),
            ("referer", "http://localhost:3000/api/x"),
        ];
        stays(world.ask(form("/api/end_other_sessions", &from, "")).await.location().unwrap(), path);
    }
}
