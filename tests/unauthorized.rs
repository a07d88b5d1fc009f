//! Every server function and every page, called by nobody and by somebody without a role.
//!
//! `support/routes.rs` names each of them once. A new one that has no line there fails [`every_server_function_has_a_line`] or
//! [`every_page_has_a_line`].
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/routes.rs"]
mod routes;
#[path = "support/turn.rs"]
mod turn;
#[path = "support/world.rs"]
mod world;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use routes::{Nothing, PAGES, Role, SERVER_FUNCTIONS};
use std::{collections::BTreeSet, sync::Arc};
use stint_engine::{demo, store::Database};
use turn::{TURN, on_both_databases};
use world::World;

async fn nobody_may_call_what_needs_a_sign_in(database: Database) {
    let world = World::new(database).await;
    let before = world.changes().await;
    for (function, form, needs) in SERVER_FUNCTIONS.iter().filter(|(.., needs)| *needs != Nothing) {
        let (status, body) = world.call(function, form, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{function} ({needs:?}): {body}");
    }
    assert_eq!(world.changes().await, before, "nobody changed something");
}

async fn a_stranger_s_cookie_is_nobody(database: Database) {
    let world = World::new(database).await;
    let forged = format!("stint_session={}", "ab".repeat(32));
    let (status, _) = world.call("list_users", "q=&status=&after=", Some(&forged)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

async fn who_has_no_role_may_call_nothing_that_needs_one(database: Database) {
    let world = World::new(database).await;
    let cookie = world.cookie("demouser@stint.example").await;
    let before = world.changes().await;
    for (function, form, needs) in SERVER_FUNCTIONS.iter().filter(|(.., needs)| *needs != Nothing) {
        let (status, body) = world.call(function, form, Some(&cookie)).await;
        match needs {
            Role => {
                assert_eq!(status, StatusCode::FORBIDDEN, "{function}: {body}");
                assert!(body.contains("Denied"), "{function} says why: {body}");
            }
            _ => assert_ne!(status, StatusCode::FORBIDDEN, "{function}: {body}"),
        }
        assert_ne!(status, StatusCode::UNAUTHORIZED, "{function}: {body}");
        assert!(!status.is_server_error(), "{function}: {body}");
        assert_ne!(
            status,
            StatusCode::BAD_REQUEST,
            "{function} could not read its line in this file: {body}"
        );
    }
    assert_eq!(world.changes().await, before, "somebody without a role changed something");
}

async fn an_administrator_s_forms_can_be_read(database: Database) {
    let world = World::new(database).await;
    let cookie = world.cookie("admin@stint.example").await;
    for (function, form, _) in SERVER_FUNCTIONS.iter().filter(|(function, ..)| *function != "sign_out") {
        let (status, body) = world.call(function, form, Some(&cookie)).await;
        assert!(!status.is_server_error() && status != StatusCode::FORBIDDEN, "{function}: {status} {body}");
    }
}

async fn who_must_change_their_password_may_call_nothing_else(database: Database) {
    let world = World::new(database).await;
    let cookie = world.cookie("admin@stint.example").await;
    let mut tx = world.engine.database().begin().await.unwrap();
    tx.query("UPDATE session SET must_change_password = TRUE").execute().await.unwrap();
    tx.commit().await.unwrap();
    let before = world.changes().await;
    let open = ["change_password", "get_own_password"];
    for (function, form, _) in SERVER_FUNCTIONS.iter().filter(|(.., needs)| *needs != Nothing) {
        let (status, body) = world.call(function, form, Some(&cookie)).await;
        if open.contains(function) {
            assert_ne!(status, StatusCode::FORBIDDEN, "{function}: {body}");
        } else {
            assert_eq!(status, StatusCode::FORBIDDEN, "{function}: {body}");
            assert!(body.contains("MustChangePassword"), "{function}: {body}");
        }
    }
    assert_eq!(world.changes().await, before, "something was changed");
    for (page, path, _) in PAGES.iter().filter(|(.., needs)| *needs != Nothing) {
        let (status, body) = world.open(path, Some(&cookie)).await;
        match *page {
            "/change-password" => assert_eq!(status, StatusCode::OK),
            _ => assert_eq!((status, body.as_str()), (StatusCode::FOUND, "/change-password"), "{page}"),
        }
    }
}

async fn what_cannot_be_read_is_a_bad_request(database: Database) {
    let world = World::new(database).await;
    let cookie = world.cookie("admin@stint.example").await;
    for (function, form) in [
        ("list_members", "relation=nonsense&of={group}&find=&after="),
        ("remove_assignment", "id=nonsense"),
        ("remove_assignment", ""),
        ("update_user", "id=%ff&user_name=x%40stint.example"),
        ("prepare_assignment", r#"{"draft": [1, 2"#),
    ] {
        let (status, body) = world.call(function, form, Some(&cookie)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{function} {form}: {body}");
    }
}

async fn a_form_is_sent_to_its_own_page(database: Database) {
    let world = World::new(database).await;
    let form = "id={role}&form%5Bhours%5D=99&form%5Bwindow%5D=24&form%5Bstages%5D%5B1%5D%5Bneeded%5D=1\
                &form%5Beligible_days%5D=365&form%5Bactive_days%5D=180";
    let post = async |who: &str, page: &str| {
        let cookie = world.cookie(who).await;
        let request = Request::post(world.fill(page))
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookie);
        world.answer(request.body(Body::from(world.fill(form))).unwrap()).await
    };
    let page = "/roles/{role}/edit-settings?post=update_role_settings";
    let (status, body) = post("admin@stint.example", page).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body.contains("Choose between half an hour and 24 hours"), "the page says what is wrong");
    assert!(body.contains(r#"value="99""#), "and keeps what was typed");
    assert_eq!(post("demouser@stint.example", page).await.0, StatusCode::FORBIDDEN);
    // Whose session has ended loses nothing that was typed.
    let request = Request::post(world.fill(page))
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let (status, body) = world.answer(request.body(Body::from(world.fill(form))).unwrap()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(body.contains("What you typed is kept here"), "{body}");
    assert!(body.contains(r#"name="form[hours]" value="99""#), "{body}");
    assert!(body.contains(r#"action="?post=update_role_settings""#), "{body}");
    let nonsense = post("admin@stint.example", "/roles/{role}/edit-settings?post=../sign_out").await.0;
    assert_eq!(nonsense, StatusCode::METHOD_NOT_ALLOWED);
}

async fn a_code_comes_with_any_form(database: Database) {
    let world = World::with_apps(database).await;
    let cookie = world.cookie("eli@stint.example").await;
    let mut op = world.engine.read(&World::caller(&cookie)).await.unwrap();
    let role = stint_engine::roles::list(&op, "Conditional Access Administrator").unwrap().remove(0).id;
    let eligibility = op.schedules().unwrap().iter().find(|schedule| schedule.role == role).unwrap().id;
    let code = demo::code(&mut op).await.unwrap().unwrap();
    drop(op);
    let (_, panel) = world.open(&format!("/my-roles/{eligibility}/activate"), Some(&cookie)).await;
    assert!(panel.contains("Confirm that it is you") && panel.contains(&code), "it is said before the form");
    let post = async |path: &str, form: String, cookie: &str| {
        let request = Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::HOST, "localhost:3000")
            .header(header::REFERER, format!("http://localhost:3000/my-roles/{eligibility}/activate"))
            .header(header::COOKIE, cookie);
        world.ask(request.body(Body::from(form)).unwrap()).await
    };
    // A form of a still page that asks for one is kept on a page that does nothing else.
    let several = format!("ids%5B0%5D={eligibility}&hours=1&justification=kept+words");
    let asked = post("/my-roles/activate?post=activate_roles", several.clone(), &cookie).await;
    let body = &asked.body;
    assert!(
        body.contains("What you typed before is kept") && body.contains(r#"value="kept words""#),
        "{body}"
    );
    assert_eq!(asked.session(), None);
    // A wrong code changes nothing and loses nothing; the code itself is not given back.
    let form = format!("id={eligibility}&hours=99&justification=kept+words");
    let wrong = format!("{form}&confirmation_code=000000");
    let refused = post("/api/activate_role", wrong, &cookie).await;
    let body = &refused.body;
    assert!(
        body.contains("This code is not right") && body.contains("kept words") && !body.contains("000000"),
        "{body}"
    );
    assert_eq!(refused.session(), None);
    // A right one counts, also where something else is wrong with the form: the page goes on with the new token.
    let taken = post("/api/activate_role", format!("{form}&confirmation_code={code}"), &cookie).await;
    let (raised, body) = (taken.session().unwrap(), &taken.body);
    assert!(body.contains("You gave one a moment ago") && body.contains("kept words"), "{body}");
    assert_eq!(world.open("/users", Some(&cookie)).await.0, StatusCode::FOUND, "the old token opens nothing");
    // The same form again, with the same code still in it, and what was wrong mended.
    let again = several.clone() + &format!("&confirmation_code={code}");
    let done = post("/my-roles/activate?post=activate_roles", again, &raised).await;
    assert!(done.body.contains("Active until"), "{}", done.body);
    assert_eq!(done.session(), None);
}

async fn settings_are_a_file_for_who_may_read_them(database: Database) {
    let world = World::new(database).await;
    let get = async |who: Option<&str>| {
        let cookie = match who {
            Some(who) => Some(world.cookie(who).await),
            None => None,
        };
        world.open("/role-settings/export?format=toml&which=changed", cookie.as_deref()).await
    };
    assert_eq!(get(None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(get(Some("demouser@stint.example")).await.0, StatusCode::FORBIDDEN);
    let (status, file) = get(Some("admin@stint.example")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(file.starts_with("[[roles]]") && file.contains("name = \"Application Administrator\""), "{file}");
}

async fn pages_send_nobody_to_sign_in_and_back(database: Database) {
    let world = World::new(database).await;
    for (page, path, needs) in PAGES {
        let (status, body) = world.open(path, None).await;
        if *needs == Nothing {
            // A link that does not work says so, with the status.
            let is_dead = path.contains("token=x");
            let expected = if is_dead { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            assert_eq!(status, expected, "{page}");
        } else {
            assert_eq!(status, StatusCode::FOUND, "{page}: {body}");
            assert!(body.starts_with("/sign-in"), "{page}: {body}");
        }
    }
}

async fn pages_tell_who_may_not_see_them_why(database: Database) {
    let world = World::new(database).await;
    let cookie = world.cookie("demouser@stint.example").await;
    for (page, path, needs) in PAGES {
        let (status, body) = world.open(path, Some(&cookie)).await;
        if *needs == Role {
            assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
            assert!(body.contains("would allow it"), "{page} says which role would help");
        } else {
            assert_ne!(status, StatusCode::FORBIDDEN, "{page}");
            assert!(!status.is_server_error(), "{page}");
        }
        let nobody_there = world.open(&path.replace(['{', '}'], ""), Some(&cookie)).await;
        assert!(!nobody_there.0.is_server_error(), "{page} with nonsense for an id");
    }
}

/// Everything at once, over and over: no page waits for a wake-up that was lost between threads.
async fn many_pages_at_once_are_all_answered(database: Database) {
    let world = Arc::new(World::new(database).await);
    let cookie = world.cookie("admin@stint.example").await;
    for _ in 0..20 {
        let pages = PAGES.iter().map(|(page, path, _)| {
            let (world, cookie) = (world.clone(), cookie.clone());
            (page, tokio::spawn(async move { world.open(path, Some(&cookie)).await }))
        });
        for (page, answer) in pages.collect::<Vec<_>>() {
            let (status, body) = answer.await.unwrap();
            assert!(!status.is_server_error(), "{page}: {status} {body}");
        }
    }
}

on_both_databases!(
    nobody_may_call_what_needs_a_sign_in,
    a_stranger_s_cookie_is_nobody,
    who_has_no_role_may_call_nothing_that_needs_one,
    an_administrator_s_forms_can_be_read,
    who_must_change_their_password_may_call_nothing_else,
    what_cannot_be_read_is_a_bad_request,
    a_form_is_sent_to_its_own_page,
    pages_send_nobody_to_sign_in_and_back,
    pages_tell_who_may_not_see_them_why,
    many_pages_at_once_are_all_answered,
    settings_are_a_file_for_who_may_read_them,
    a_code_comes_with_any_form,
);

#[test]
fn every_server_function_has_a_line() {
    let there: BTreeSet<_> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path.trim_start_matches("/api/").to_owned())
        .collect();
    let listed: BTreeSet<_> = SERVER_FUNCTIONS.iter().map(|(function, ..)| (*function).to_owned()).collect();
    assert_eq!(there, listed);
}

#[test]
fn every_page_has_a_line() {
    let _turn = TURN.blocking_lock();
    let there: BTreeSet<_> = leptos_axum::generate_route_list(stint::app::App)
        .iter()
        .map(|route| route.path().to_owned())
        .collect();
    // The router spells parameters its own way, and an optional part makes two routes.
    let spelled = |page: &str| page.replace(":id", "{id}").replace("*any", "{*any}");
    let listed: BTreeSet<_> = PAGES
        .iter()
        .flat_map(|(page, ..)| match page.strip_suffix("/:tab?") {
            Some(page) => vec![spelled(page), format!("{}/{{tab}}", spelled(page))],
            None => vec![spelled(page)],
        })
        .collect();
    assert_eq!(there, listed);
}
