//! Numbers for whoever watches the server, as Prometheus reads them: at `/metrics` of a listener of its own.
//!
//! What the engine measures stands in [`stint_engine::measures`]; here are the requests and the process. Requests are told apart
//! by the pattern of their address, which the program knows, never by the address itself: whoever asks for a million addresses
//! makes no line more.

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use leptos::server_fn::axum::server_fn_paths;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::{
    collections::HashSet,
    sync::{Arc, LazyLock, OnceLock},
    time::Duration,
};
use stint_engine::{Engine, measures};
use tokio::time::{self, Instant};

/// How long answers take, in seconds: from a file to what the longest limit allows.
const BUCKETS: [f64; 11] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Numbers that nobody asks for are put together this often, so that they do not pile up.
const UPKEEP: Duration = Duration::from_secs(5);

/// Where the pattern of a request's address is noted by whoever finds it; the first is kept.
#[derive(Clone, Debug, Default)]
struct Route(Arc<OnceLock<String>>);

impl Route {
    fn note(request: &Request, pattern: &str) {
        if let Some(Self(noted)) = request.extensions().get() {
            let _or_was_noted = noted.set(pattern.to_owned());
        }
    }
}

/// Notes that a request is for a function.
pub(super) fn note_function(request: &Request) {
    static KNOWN: LazyLock<HashSet<&'static str>> =
        LazyLock::new(|| server_fn_paths().map(|(path, _)| path).collect());
    Route::note(request, KNOWN.get(request.uri().path()).copied().unwrap_or("/api/{unknown}"));
}

/// Notes that a request is for a page.
pub(super) async fn note_page(request: Request, next: Next) -> Response {
    if let Some(matched) = request.extensions().get::<MatchedPath>() {
        Route::note(&request, matched.as_str());
    }
    next.run(request).await
}

/// Counts a request and how long its answer took to begin.
pub(super) async fn measure(mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        _ => "other",
    };
    let matched = request.extensions().get::<MatchedPath>().cloned();
    // Noted in the request: an answer that panicked, or took too long, could tell nothing.
    let route = Route::default();
    request.extensions_mut().insert(route.clone());
    let response = next.run(request).await;
    let route = match (route.0.get(), matched) {
        (Some(pattern), _) => pattern.clone(),
        (None, Some(matched)) => matched.as_str().to_owned(),
        (None, None) if response.headers().contains_key(header::LAST_MODIFIED) => "(file)".to_owned(),
        (None, None) => "(none)".to_owned(),
    };
    let status = response.status().as_str().to_owned();
    counter!("stint_http_requests_total", "route" => route.clone(), "method" => method, "status" => status)
        .increment(1);
    histogram!("stint_http_request_seconds", "route" => route, "method" => method).record(began.elapsed());
    response
}

/// Listens to what is counted from now on.
///
/// # Errors
/// Where something listens already.
pub fn begin(engine: &Engine) -> Result<PrometheusHandle, Box<dyn std::error::Error>> {
    let recorder = recorder()?;
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| "something counts already")?;
    describe();
    gauge!("stint_build_info", "version" => env!("CARGO_PKG_VERSION"), "database" => engine.database().name())
        .set(1);
    gauge!("process_start_time_seconds").set(seconds(engine.clock().now().timestamp()));
    let kept = handle.clone();
    tokio::spawn(async move {
        loop {
            time::sleep(UPKEEP).await;
            kept.run_upkeep();
        }
    });
    Ok(handle)
}

fn recorder() -> Result<metrics_exporter_prometheus::PrometheusRecorder, BuildError> {
    let of = Matcher::Full("stint_http_request_seconds".to_owned());
    Ok(PrometheusBuilder::new().set_buckets_for_metric(of, &BUCKETS)?.build_recorder())
}

/// The listener's only address.
pub fn router(engine: Engine, handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(show)).with_state((engine, handle))
}

async fn show(State((engine, handle)): State<(Engine, PrometheusHandle)>) -> Response {
    let began = Instant::now();
    let looked = time::timeout(Duration::from_secs(5), measures::look(&engine)).await;
    // What was counted is told all the same where the database does not answer.
    let is_up = matches!(looked, Ok(Ok(())));
    gauge!("stint_database_up").set(u8::from(is_up));
    gauge!("stint_database_look_seconds").set(began.elapsed());
    note_memory();
    handle.run_upkeep();
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (StatusCode::OK, kind, handle.render()).into_response()
}

/// What the process holds, as the system tells it.
fn note_memory() {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return };
    for (field, name) in
        [("VmRSS:", "process_resident_memory_bytes"), ("VmHWM:", "process_resident_memory_max_bytes")]
    {
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u32>().ok());
        if let Some(kib) = kib {
            gauge!(name).set(f64::from(kib) * 1024.0);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact for 285 million years")]
fn seconds(whole: i64) -> f64 {
    whole as f64
}

fn describe() {
    describe_counter!("stint_http_requests_total", "Requests that were answered");
    describe_histogram!("stint_http_request_seconds", "How long answers took to begin");
    describe_counter!("stint_http_limited_total", "Requests that were refused because there were too many");
    describe_gauge!("stint_connections", "Open connections");
    describe_counter!("stint_sign_ins_total", "Tries to sign in");
    describe_counter!("stint_audit_events_total", "What happened, by the name that webhooks give it");
    describe_counter!("stint_role_requests_total", "Activations, assignments and requests for more time");
    describe_counter!("stint_outbox_carried_total", "Pieces of news, mails and webhooks that were carried");
    describe_gauge!("stint_outbox_pieces", "Pieces that wait");
    describe_gauge!("stint_outbox_oldest_seconds", "Age of the oldest piece that waits");
    describe_gauge!("stint_worker_lag_seconds", "For how long the first piece in the line has been due");
    describe_gauge!("stint_worker_last_pass_timestamp_seconds", "When this process last went through a lane");
    describe_gauge!("stint_sessions", "Sessions that have not reached their end");
    describe_gauge!("stint_audit_log_events", "Events in the audit log");
    describe_gauge!("stint_password_hashes", "Passwords that are hashed or wait for it");
    describe_gauge!("stint_database_connections", "Open connections to the database");
    describe_gauge!("stint_database_up", "Whether the database answered");
    describe_gauge!("stint_database_look_seconds", "How long looking these numbers up took");
    describe_gauge!("stint_build_info", "The version and the database");
    describe_gauge!("process_start_time_seconds", "When the process began");
    describe_gauge!("process_resident_memory_bytes", "Memory that the process holds");
    describe_gauge!("process_resident_memory_max_bytes", "Memory that the process held at most");
}
