//! A server in front of the demo's organisation, asked without a network.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use leptos::prelude::LeptosOptions;
use std::sync::Arc;
use stint::server::{
    App,
    config::Config,
    router,
    session::{from_hex, to_hex},
};
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

/// The demo's organisation and its server.
pub struct World {
    pub router: Router,
    pub engine: Engine,
    ids: Vec<(&'static str, String)>,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Where the browser is sent.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION).map(|value| value.to_str().unwrap())
    }

    /// The session that the browser is given, as it will send it.
    pub fn session(&self) -> Option<String> {
        let all = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut cookies = all.filter_map(|cookie| cookie.split(';').next());
        cookies.find(|cookie| cookie.contains("stint_session=")).map(ToOwned::to_owned)
    }
}

impl World {
    pub async fn new(database: Database) -> Self {
        Self::of(Self::engine(database).await, demonstrating()).await
    }

    /// The same, where people have authenticator apps.
    pub async fn with_apps(database: Database) -> Self {
        let keys = SecretKeys::parse(&"5a".repeat(32)).unwrap();
        Self::of(Self::engine(database).await.with_secret_keys(keys), demonstrating()).await
    }

    async fn engine(database: Database) -> Engine {
        let (clock, random) = (Arc::new(TestClock::default()), Arc::new(Random::from_seed(7)));
        Engine::start(database, clock, random).await.unwrap().with_address("http://localhost:3000")
    }

    /// An engine of one's own, behind a server with this configuration.
    pub async fn of(engine: Engine, config: Config) -> Self {
        // A test asks more than people do; what is too much has tests of its own.
        let config = Config { requests_per_minute: 0, ..config };
        demo::fill(&engine).await.unwrap();
        let options =
            LeptosOptions::builder().output_name("stint").site_root("no-site").hash_files(false).build();
        let router = router(&App { engine: engine.clone(), config: Arc::new(config), options }).unwrap();
        let ids = ids(&engine).await;
        Self { router, engine, ids }
    }

    /// Puts the ids of the demo where a line of `routes.rs` speaks of them.
    pub fn fill(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
    }

    /// The cookie of a new session.
    pub async fn cookie(&self, user_name: &str) -> String {
        let session = sign_in::as_demo_person(&self.engine, &Caller::default(), user_name).await.unwrap();
        format!("stint_session={}", to_hex(&session.token))
    }

    /// Whoever sends this cookie.
    pub fn caller(cookie: &str) -> Caller {
        let token = cookie.split_once('=').and_then(|(_, hex)| from_hex(hex));
        Caller { token, ..Caller::default() }
    }

    /// Calls a server function, as a script does.
    pub async fn call(&self, function: &str, form: &str, cookie: Option<&str>) -> (StatusCode, String) {
        let form = self.fill(form);
        let kind =
            if form.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
        let mut request = Request::post(format!("/api/{function}")).header(header::CONTENT_TYPE, kind);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.answer(request.body(Body::from(form)).unwrap()).await
    }

    /// Opens a page.
    pub async fn open(&self, path: &str, cookie: Option<&str>) -> (StatusCode, String) {
        let mut request = Request::get(self.fill(path)).header(header::ACCEPT, "text/html");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.answer(request.body(Body::empty()).unwrap()).await
    }

    /// The status, and where the browser is sent or else what it is shown.
    pub async fn answer(&self, request: Request<Body>) -> (StatusCode, String) {
        let answer = self.ask(request).await;
        (answer.status, answer.location().map_or(answer.body.clone(), ToOwned::to_owned))
    }

    /// Sends a request as it is.
    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), 8 << 20).await.unwrap();
        Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// How many audit events there are: whoever is refused has changed nothing.
    pub async fn changes(&self) -> stint_engine::audit::Chain {
        stint_engine::audit::verify(self.engine.database()).await.unwrap()
    }
}

/// A server that shows the demo.
fn demonstrating() -> Config {
    Config { demo: true, ..Config::default() }
}

/// What the lines of `routes.rs` speak of.
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
