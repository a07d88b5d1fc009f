//! From an address to a page, a server function or a file.

use super::{
    config::Config,
    downloads, forms,
    headers::{FIXED, NO_PAGE},
    log, metrics, openid_connect, operation, rate_limit, session,
    step_up::{self, Taken},
};
use crate::{app, paths};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use leptos::{prelude::*, reactive::computed::ScopedFuture};
use leptos_axum::{LeptosRoutes, generate_route_list};
use std::{sync::Arc, time::Duration};
use stint_engine::Engine;
use tower::ServiceExt;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    limit::RequestBodyLimitLayer,
    services::ServeDir,
    set_header::SetResponseHeaderLayer,
    timeout::{RequestBodyDeadlineLayer, TimeoutLayer},
};

/// What every request can reach.
#[derive(Clone, Debug)]
pub struct App {
    /// The engine.
    pub engine: Engine,
    /// The configuration.
    pub config: Arc<Config>,
    /// What Leptos has to know of the built files.
    pub options: LeptosOptions,
}

/// The whole server.
///
/// # Errors
/// Where `public_url` is no origin.
pub fn router(app: &App) -> Result<Router, tower_http::csrf::ConfigError> {
    let context = {
        let app = app.clone();
        move || {
            provide_context(app.engine.clone());
            provide_context(app.config.clone());
        }
    };
    let pages = pages(app.options.clone(), context.clone());
    let server_functions = {
        let (pages, app) = (pages.clone(), app.clone());
        move |request: Request| {
            let (pages, context, app) = (pages.clone(), context.clone(), app.clone());
            async move {
                metrics::note_function(&request);
                let (request, taken) = match step_up::take(&app, request).await {
                    Ok(taken) => taken,
                    Err(response) => return *response,
                };
                let cookie = taken.cookie(&app.config);
                let call = move |request| async move {
                    match taken {
                        Taken::Refused(error) => (operation::status(&error), Json(error)).into_response(),
                        // SECURITY: without an owner of its own it would have that of a page which this thread began (as `files` says).
                        _ => Owner::new_root(None)
                            .with(|| {
                                ScopedFuture::new(leptos_axum::handle_server_fns_with_context(
                                    context, request,
                                ))
                            })
                            .await
                            .into_response(),
                    }
                };
                let mut response = if forms::is_plain_form(&request) {
                    forms::answer(request, pages, call).await
                } else {
                    call(request).await
                };
                // A browser takes the last of two: what the function says of the session is newer than the code before it.
                if let Some(cookie) = cookie
                    && !session::is_given(response.headers(), &app.config)
                {
                    response.headers_mut().append(header::SET_COOKIE, cookie);
                }
                response
            }
        }
    };

    let fallback = {
        let server_functions = server_functions.clone();
        move |mut request: Request| async move {
            if forms::to_function(&mut request) {
                server_functions(request).await
            } else {
                pages.oneshot(request).await.into_response()
            }
        }
    };

    let mut csrf = CsrfLayer::new();
    if let Some(url) = &app.config.public_url {
        csrf = csrf.add_trusted_origin(url)?;
    }
    let router = Router::new()
        .route("/api/{*function}", post(server_functions).get(not_found))
        .route(paths::EXPORT_SETTINGS, get(downloads::role_settings).with_state(app.clone()))
        .route(paths::EXPORT_SIGN_INS, get(downloads::sign_in_log).with_state(app.clone()))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz).with_state(app.clone()))
        .merge(openid_connect::routes(app))
        .merge(test_routes(app))
        .fallback(fallback)
        .layer(from_fn_with_state(app.clone(), openid_connect::show_form))
        .layer(from_fn_with_state(rate_limit::Limiter::new(app), rate_limit::limit))
        .layer(from_fn_with_state(app.config.clone(), session::note_caller))
        .layer(csrf)
        .layer(DefaultBodyLimit::max(forms::MOST))
        // The functions read a body by themselves, whatever the limit of axum's extractors is.
        .layer(RequestBodyLimitLayer::new(forms::MOST))
        .layer(RequestBodyDeadlineLayer::new(app.config.connection_limits().read))
        .layer(from_fn(keep_built_files))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(30)))
        .layer(CompressionLayer::new().br(true).gzip(true).quality(tower_http::CompressionLevel::Precise(4)))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(metrics::measure))
        .layer(from_fn_with_state((app.clone(), Arc::default()), log::name_request))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(NO_PAGE),
        ));
    Ok(with_headers(router, app.config.is_https()))
}

/// The same with the headers of every answer.
fn with_headers(mut router: Router, is_https: bool) -> Router {
    for (name, value) in FIXED {
        router = router.layer(SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value)));
    }
    if is_https {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        router =
            router.layer(SetResponseHeaderLayer::if_not_present(header::STRICT_TRANSPORT_SECURITY, year));
    }
    router
}

/// The pages, and the files that they load; what is neither is a page that says so.
fn pages(options: LeptosOptions, context: impl Fn() + Clone + Send + Sync + 'static) -> Router {
    let missing = {
        let options = options.clone();
        let render =
            leptos_axum::render_app_async_with_context(context.clone(), move || app::shell(options.clone()));
        move |request: Request| async move {
            let mut response = render(request).await;
            // A page may also send elsewhere whoever comes.
            if response.status() == StatusCode::OK {
                *response.status_mut() = StatusCode::NOT_FOUND;
            }
            response
        }
    };
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(app::App), context, {
            let options = options.clone();
            move || app::shell(options.clone())
        })
        .fallback_service(files(&options).fallback(any(missing)))
        .layer(from_fn(metrics::note_page))
        .with_state(options)
}

/// The files that the browser loads; what is none of them falls back to a page that says so.
///
/// SECURITY: `file_and_error_handler` of `leptos_axum` 0.8 would find them too, but gives them the headers, cookies among them, of a page that
/// this thread has begun for somebody else, and takes them from that page: a root owner stays the thread's own while its page waits.
fn files(options: &LeptosOptions) -> ServeDir {
    ServeDir::new(&*options.site_root)
        .precompressed_br()
        .precompressed_gzip()
        .append_index_html_on_directories(false)
        .call_fallback_on_method_not_allowed(true)
}

async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}

async fn healthz() -> &'static str {
    "ok"
}

/// Whether pages can be answered: the database has to be there.
async fn readyz(State(app): State<App>) -> Response {
    match app.engine.is_ready().await {
        Ok(()) => "ready".into_response(),
        Err(error) => {
            tracing::warn!(%error, "Not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response()
        }
    }
}

/// Built files carry their content's hash in their names, so browsers may keep them; everything else is fresh each time.
async fn keep_built_files(request: Request, next: axum::middleware::Next) -> Response {
    let is_built = request.uri().path().starts_with("/pkg/");
    let mut response = next.run(request).await;
    let is_unchanged = response.status() == StatusCode::NOT_MODIFIED;
    let keep = match (
        is_built && (is_unchanged || response.status().is_success()),
        is_unchanged || response.headers().contains_key(header::LAST_MODIFIED),
    ) {
        (true, _) => "public, max-age=31536000, immutable",
        (false, true) => "public, max-age=3600",
        (false, false) => "no-store",
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    response
}

#[cfg(not(feature = "test-support"))]
fn test_routes(_app: &App) -> Router {
    Router::new()
}

/// `POST /test/clock/advance?seconds=N`: lets time pass. `GET /test/clock`: what time it is. Compiled for tests only.
#[cfg(feature = "test-support")]
fn test_routes(_app: &App) -> Router {
    use axum::extract::Query;
    use stint_engine::clock::Clock;
    #[derive(serde::Deserialize)]
    struct Advance {
        seconds: i64,
    }
    let now = || async { crate::server::test_clock().now().timestamp().to_string() };
    Router::new().route("/test/clock", get(now)).route(
        "/test/clock/advance",
        post(|Query(advance): Query<Advance>| async move {
            crate::server::test_clock().advance(chrono::TimeDelta::seconds(advance.seconds));
            StatusCode::NO_CONTENT
        }),
    )
}
