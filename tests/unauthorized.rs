//! Every server function and every page, called by nobody and by somebody without a role.
//!
//! The lists below name each of them once. A new one that has no line fails [`every_server_function_has_a_line`] or
//! [`every_page_has_a_line`].
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use leptos::prelude::LeptosOptions;
use std::{collections::BTreeSet, sync::Arc};
use stint::server::{App, config::Config, router};
use stint_domain::{principal::PrincipalKind, scope::ScopePath};
use stint_engine::{
    Caller, Engine, administrative_units,
    clock::TestClock,
    demo, groups,
    random::Random,
    secrets::SecretKeys,
    service_principals, sign_in,
    store::{Database, PageRequest, principal},
    users,
};
use tower::ServiceExt;

/// The least that a caller needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Nothing.
    Nothing,
    /// To be signed in.
    SignIn,
    /// A role.
    Role,
}
use Needs::{Nothing, Role, SignIn};

/// Path, a form that can be read, and what the caller needs. `{user}` and the like are ids of the demo.
const SERVER_FUNCTIONS: &[(&str, &str, Needs)] = &[
    ("activate_role", "id={eligibility}&hours=1&justification=x", SignIn),
    ("activate_roles", "ids%5B0%5D={eligibility}&hours=1&justification=x", SignIn),
    ("add_member", "relation=member&of={group}&member={user}", Role),
    ("apply_settings", "source=template%3Adefault&roles%5Brole-{role}%5D=true", Role),
    ("ask_to_prolong", "id={eligibility}&wanted=extend&justification=x", SignIn),
    ("assign_role", "role={role}&members={user}&permanent=true", Role),
    ("await_request", "id={eligibility}&seen=x", SignIn),
    ("begin_passkey_confirmation", "", SignIn),
    ("begin_passkey_registration", "", SignIn),
    ("begin_passkey_sign_in", "", Nothing),
    ("begin_sign_in_with", "provider=contoso", Nothing),
    ("begin_totp", "", SignIn),
    ("cancel_for_other", "id={eligibility}", SignIn),
    ("cancel_request", "id={eligibility}", SignIn),
    ("change_password", "present_password=x&password=x&password_again=x", SignIn),
    ("compare_settings", "left=&right=", Role),
    ("confirm_identity", "", SignIn),
    ("confirm_totp", "code=1", SignIn),
    ("confirm_with_passkey", "challenge=ab&answer=%7B%7D", SignIn),
    ("create_administrative_unit", "display_name=x", Role),
    ("create_group", "display_name=x", Role),
    ("create_recovery_codes", "", SignIn),
    ("create_service_principal", "display_name=x", Role),
    ("create_user", "user_name=x%40stint.example&display_name=x", Role),
    ("current_session", "", Nothing),
    ("deactivate_role", "id={eligibility}", SignIn),
    ("decide_request", "id={eligibility}&verdict=approve&hours=1&end=&justification=x", SignIn),
    ("decide_requests", "ids%5B0%5D={eligibility}&verdict=deny&justification=x", SignIn),
    ("deliver_again", "id={eligibility}", Role),
    ("delete_administrative_unit", "id={unit}", Role),
    ("delete_authentication_context", "id=c1", Role),
    ("delete_group", "id={group}", Role),
    ("delete_service_principal", "id={program}", Role),
    ("delete_user", "id={user}", Role),
    ("demo_people", "", Nothing),
    ("disable_service_principal", "id={program}", Role),
    ("disable_user", "id={user}", Role),
    ("enable_service_principal", "id={program}", Role),
    ("enable_user", "id={user}", Role),
    ("end_other_sessions", "", SignIn),
    ("end_session", "id=x", SignIn),
    ("end_substitution", "id={eligibility}", SignIn),
    ("extend_activation", "id={eligibility}&hours=1&justification=x", SignIn),
    ("finish_password_reset", "token=x&password=x&password_again=x", Nothing),
    ("finish_setup", "token=x&password=x&password_again=x", Nothing),
    ("begin_setup_passkey", "token=x", Nothing),
    ("finish_setup_with_passkey", "token=x&challenge=x&answer=x", Nothing),
    ("forgot_password", "user_name=x%40stint.example", Nothing),
    ("get_administrative_unit", "id={unit}", SignIn),
    ("get_apply_choices", "", Role),
    ("get_assignment", "id={eligibility}", Role),
    ("get_group", "id={group}", SignIn),
    ("get_mailing", "", Nothing),
    ("get_own_password", "", SignIn),
    ("get_password_reset", "token=x", Nothing),
    ("get_request", "id={eligibility}", SignIn),
    ("get_role", "id={role}", SignIn),
    ("get_role_settings", "id={role}", Role),
    ("get_security_info", "", SignIn),
    ("get_service_principal", "id={program}", SignIn),
    ("get_settings_fields", "id={role}", Role),
    ("get_setup", "token=x", Nothing),
    ("get_transfer_rights", "", Role),
    ("get_user", "id={user}", SignIn),
    ("import_settings", "document=%5B%5Broles%5D%5D", Role),
    ("link_account", "provider=contoso", SignIn),
    ("list_activatable", "", SignIn),
    ("list_administrative_units", "q=&after=", SignIn),
    ("list_approvals", "kind=&sort=&q=&after=", SignIn),
    ("list_assignments", "tab=&kind=&q=&after=", Role),
    ("list_audit_events", "category=&from=&to=&role=&actor=&target=&after=", Role),
    ("list_authentication_contexts", "", Role),
    ("list_deleted_groups", "q=&after=", SignIn),
    ("list_deleted_users", "q=&after=", SignIn),
    ("list_groups", "q=&assignable=&after=", SignIn),
    ("list_groups_of", "member={user}&after=", SignIn),
    ("list_mails", "after=", Role),
    ("list_members", "relation=member&of={group}&find=&after=", SignIn),
    ("list_my_requests", "q=&after=", SignIn),
    ("list_my_roles", "tab=&kind=&q=&after=", SignIn),
    ("list_my_sessions", "", SignIn),
    ("list_pending_requests", "kind=&after=", Role),
    ("list_principal_assignments", "principal={user}&tab=&kind=&q=&after=", Role),
    ("list_role_assignments", "id={role}&tab=&kind=&after=", Role),
    ("list_roles", "q=&privileged=", SignIn),
    ("list_service_principals", "q=&status=&after=", SignIn),
    ("list_settings_versions", "id={role}&after=", Role),
    ("list_sign_ins", "person=&result=&from=&to=&after=", Role),
    ("list_substitutions", "after=", SignIn),
    ("list_units_of", "member={user}", SignIn),
    ("list_users", "q=&status=&after=", SignIn),
    ("list_webhook_deliveries", "after=", Role),
    ("name_substitute", "substitute=x", SignIn),
    ("new_group_rights", "", SignIn),
    ("offer_activation", "id={eligibility}&again={eligibility}", SignIn),
    ("offer_confirmation", "", SignIn),
    ("offer_prolonging", "id={eligibility}", Role),
    ("prepare_assignment", DRAFT, SignIn),
    ("prolong_assignment", "id={eligibility}&wanted=extend&assignment_type=eligible&permanent=true", Role),
    ("put_authentication_context", "id=c1&display_name=x&strength=any&minutes=10", Role),
    ("register_passkey", "challenge=ab&answer=%7B%7D&name=x", SignIn),
    ("remove_assignment", "id={eligibility}", Role),
    ("remove_member", "relation=member&of={group}&member={user}", Role),
    ("remove_passkey", "id={user}", SignIn),
    ("remove_totp", "", SignIn),
    ("reset_password", "id={user}", Role),
    ("reset_security_info", "id={user}", Role),
    ("restore_group", "id={group}", Role),
    ("restore_settings", "id={role}&version=0", Role),
    ("restore_user", "id={user}", Role),
    ("revoke_sessions", "id={user}", Role),
    ("search_directory", "q=ada", SignIn),
    ("send_mail_again", "id={eligibility}", Role),
    ("set_favourite", "id={eligibility}&on=true", SignIn),
    ("sign_in", "user_name=x%40stint.example&password=x", Nothing),
    ("sign_in_as", "user_name=demouser%40stint.example", Nothing),
    ("sign_in_offers", "", Nothing),
    ("sign_in_with_passkey", "challenge=ab&answer=%7B%7D", Nothing),
    ("sign_out", "", Nothing),
    ("summary", "", SignIn),
    ("unlink_account", "provider=contoso", SignIn),
    ("update_administrative_unit", "id={unit}&display_name=x", Role),
    ("update_assignment", "id={eligibility}&permanent=true", Role),
    ("update_group", "id={group}&display_name=x", Role),
    (
        "update_role_settings",
        "id={role}&form%5Bhours%5D=8&form%5Bwindow%5D=24&form%5Bstages%5D%5B1%5D%5Bapprovers%5D%5B0%5D={user}",
        Role,
    ),
    ("update_service_principal", "id={program}&display_name=x", Role),
    ("update_user", "id={user}&user_name=x%40stint.example&display_name=x", Role),
    ("validate_activation", "id={eligibility}", SignIn),
];

const DRAFT: &str = r#"{"draft":{"tab":"","role":"","scope_type":"","scope":"","scope_find":"","members":"","find":"",
    "assignment_type":"","visited":"","permanent":"","starts":"","ends":"","justification":""}}"#;

/// Pages, as the router has them, with an address of the demo, and what the caller needs to see them.
const PAGES: &[(&str, &str, Needs)] = &[
    ("/", "/", SignIn),
    ("/administrative-units", "/administrative-units", SignIn),
    ("/administrative-units/new", "/administrative-units/new", SignIn),
    ("/authentication-contexts", "/authentication-contexts", Role),
    ("/confirm", "/confirm", SignIn),
    ("/security-info", "/security-info", SignIn),
    ("/administrative-units/:id/:tab?", "/administrative-units/{unit}", SignIn),
    ("/approvals", "/approvals", SignIn),
    ("/approvals/:id", "/approvals/{eligibility}", SignIn),
    ("/approvals/substitute", "/approvals/substitute", SignIn),
    ("/assignments", "/assignments", Role),
    ("/assignments/add", "/assignments/add", SignIn),
    ("/assignments/:id/prolong", "/assignments/{eligibility}/prolong", Role),
    ("/assignments/:id/update", "/assignments/{eligibility}/update", Role),
    ("/audit", "/audit", Role),
    ("/change-password", "/change-password", SignIn),
    ("/forgot-password", "/forgot-password", Nothing),
    ("/groups", "/groups", SignIn),
    ("/groups/deleted", "/groups/deleted", SignIn),
    ("/groups/new", "/groups/new", SignIn),
    ("/groups/:id/:tab?", "/groups/{group}", SignIn),
    ("/my-audit-history", "/my-audit-history", SignIn),
    ("/my-requests", "/my-requests", SignIn),
    ("/my-requests/:id", "/my-requests/{eligibility}", SignIn),
    ("/my-roles", "/my-roles", SignIn),
    ("/my-roles/activate", "/my-roles/activate", SignIn),
    ("/my-roles/:id/activate", "/my-roles/{eligibility}/activate", SignIn),
    ("/my-roles/:id/status", "/my-roles/{eligibility}/status", SignIn),
    ("/notifications", "/notifications", Role),
    ("/notifications/webhooks", "/notifications/webhooks", Role),
    ("/requests", "/requests", Role),
    ("/reset-password", "/reset-password?token=x", Nothing),
    ("/role-settings/apply", "/role-settings/apply", Role),
    ("/role-settings/compare", "/role-settings/compare", Role),
    ("/role-settings/transfer", "/role-settings/transfer", Role),
    ("/roles", "/roles", SignIn),
    ("/roles/:id/:tab?", "/roles/{role}/assignments", Role),
    ("/search", "/search?q=ada", SignIn),
    ("/service-principals", "/service-principals", SignIn),
    ("/service-principals/new", "/service-principals/new", SignIn),
    ("/service-principals/:id/:tab?", "/service-principals/{program}", SignIn),
    ("/sessions", "/sessions", SignIn),
    ("/setup", "/setup?token=x", Nothing),
    ("/sign-in", "/sign-in", Nothing),
    ("/sign-in-logs", "/sign-in-logs", Role),
    ("/signed-out", "/signed-out", SignIn),
    ("/users", "/users", SignIn),
    ("/users/deleted", "/users/deleted", SignIn),
    ("/users/new", "/users/new", SignIn),
    ("/users/:id/:tab?", "/users/{user}/assigned-roles", Role),
];

struct World {
    router: Router,
    engine: Engine,
    ids: Vec<(&'static str, String)>,
}

impl World {
    async fn new(database: Database) -> Self {
        Self::of(Self::engine(database).await).await
    }

    /// The same, where people have authenticator apps.
    async fn with_apps(database: Database) -> Self {
        let keys = SecretKeys::parse(&"5a".repeat(32)).unwrap();
        Self::of(Self::engine(database).await.with_secret_keys(keys)).await
    }

    async fn engine(database: Database) -> Engine {
        let (clock, random) = (Arc::new(TestClock::default()), Arc::new(Random::from_seed(7)));
        Engine::start(database, clock, random).await.unwrap().with_address("http://localhost:3000")
    }

    async fn of(engine: Engine) -> Self {
        demo::fill(&engine).await.unwrap();
        let config = Config { demo: true, ..Config::default() };
        let options =
            LeptosOptions::builder().output_name("stint").site_root("no-site").hash_files(false).build();
        let router = router(&App { engine: engine.clone(), config: Arc::new(config), options }).unwrap();
        let ids = ids(&engine).await;
        Self { router, engine, ids }
    }

    fn fill(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
    }

    async fn cookie(&self, user_name: &str) -> String {
        let session = sign_in::as_demo_person(&self.engine, &Caller::default(), user_name).await.unwrap();
        let hex = session.token.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        format!("stint_session={hex}")
    }

    async fn call(&self, function: &str, form: &str, cookie: Option<&str>) -> (StatusCode, String) {
        let form = self.fill(form);
        let kind =
            if form.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
        let mut request = Request::post(format!("/api/{function}")).header(header::CONTENT_TYPE, kind);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.answer(request.body(Body::from(form)).unwrap()).await
    }

    async fn open(&self, path: &str, cookie: Option<&str>) -> (StatusCode, String) {
        let mut request = Request::get(self.fill(path)).header(header::ACCEPT, "text/html");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.answer(request.body(Body::empty()).unwrap()).await
    }

    async fn answer(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let location =
            response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
        let body = to_bytes(response.into_body(), 4 << 20).await.unwrap();
        (status, location.unwrap_or_else(|| String::from_utf8_lossy(&body).into_owned()))
    }

    /// How many audit events there are: whoever is refused has changed nothing.
    async fn changes(&self) -> stint_engine::audit::Chain {
        stint_engine::audit::verify(self.engine.database()).await.unwrap()
    }
}

async fn ids(engine: &Engine) -> Vec<(&'static str, String)> {
    let session = sign_in::as_demo_person(engine, &Caller::default(), "admin@stint.example").await.unwrap();
    let caller = Caller { token: Some(session.token), ..Caller::default() };
    let mut op = engine.read(&caller).await.unwrap();
    let first = PageRequest::first();
    let user = users::list(&mut op, "olga", None, &first).await.unwrap().items.remove(0);
    let group = groups::list(&mut op, "finance", None, &first).await.unwrap().items.remove(0);
    let program = service_principals::list(&mut op, "", None, &first).await.unwrap().items.remove(0);
    let unit = administrative_units::list(&mut op, "finance", &first).await.unwrap().items.remove(0);
    let role = stint_engine::roles::list(&op, "User Administrator").unwrap().remove(0);
    let mut tx = engine.database().read().await.unwrap();
    let eli = principal::find_by_user_name(&mut tx, "eli@stint.example").await.unwrap().unwrap();
    assert_eq!(eli.kind, PrincipalKind::User);
    let open = stint_engine::store::schedule::list_open(&mut tx, &[eli.id], op.now).await.unwrap();
    let eligibility = open.iter().find(|schedule| schedule.scope == ScopePath::directory()).unwrap();
    vec![
        ("user", user.id.to_string()),
        ("group", group.id.to_string()),
        ("program", program.id.to_string()),
        ("unit", unit.id.to_string()),
        ("role", role.id.to_string()),
        ("eligibility", eligibility.id.to_string()),
    ]
}

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
    let caller = |cookie: &str| {
        let hex = cookie.trim_start_matches("stint_session=");
        let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        Caller { token: Some((0..hex.len()).step_by(2).map(byte).collect()), ..Caller::default() }
    };
    let mut op = world.engine.read(&caller(&cookie)).await.unwrap();
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
        let response = world.router.clone().oneshot(request.body(Body::from(form)).unwrap()).await.unwrap();
        let headers = response.headers().clone();
        let body = to_bytes(response.into_body(), 4 << 20).await.unwrap();
        (headers, String::from_utf8_lossy(&body).into_owned())
    };
    let set = |headers: &axum::http::HeaderMap| {
        let all = headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        all.filter_map(|cookie| cookie.split(';').next())
            .find(|cookie| cookie.starts_with("stint_session="))
            .map(ToOwned::to_owned)
    };
    // A form of a still page that asks for one is kept on a page that does nothing else.
    let several = format!("ids%5B0%5D={eligibility}&hours=1&justification=kept+words");
    let (headers, body) = post("/my-roles/activate?post=activate_roles", several.clone(), &cookie).await;
    assert!(
        body.contains("What you typed before is kept") && body.contains(r#"value="kept words""#),
        "{body}"
    );
    assert_eq!(set(&headers), None);
    // A wrong code changes nothing and loses nothing; the code itself is not given back.
    let form = format!("id={eligibility}&hours=99&justification=kept+words");
    let wrong = format!("{form}&confirmation_code=000000");
    let (headers, body) = post("/api/activate_role", wrong, &cookie).await;
    assert!(
        body.contains("This code is not right") && body.contains("kept words") && !body.contains("000000"),
        "{body}"
    );
    assert_eq!(set(&headers), None);
    // A right one counts, also where something else is wrong with the form: the page goes on with the new token.
    let (headers, body) =
        post("/api/activate_role", format!("{form}&confirmation_code={code}"), &cookie).await;
    let raised = set(&headers).unwrap();
    assert!(body.contains("You gave one a moment ago") && body.contains("kept words"), "{body}");
    assert_eq!(world.open("/users", Some(&cookie)).await.0, StatusCode::FOUND, "the old token opens nothing");
    // The same form again, with the same code still in it, and what was wrong mended.
    let again = several.clone() + &format!("&confirmation_code={code}");
    let (headers, body) = post("/my-roles/activate?post=activate_roles", again, &raised).await;
    assert!(body.contains("Active until"), "{body}");
    assert_eq!(set(&headers), None);
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

/// One test at a time: while a router's list of pages is made, no page of the process loads its data (a flag of Leptos's).
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                let _turn = super::TURN.lock().await;
                super::$name(stint_engine::store::test_support::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let _turn = super::TURN.lock().await;
                if let Some(database) = stint_engine::store::test_support::postgres().await {
                    super::$name(database).await;
                }
            }
        }
    )+};
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
