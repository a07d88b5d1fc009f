//! The least that could show the same: a plain axum handler a page, plain sqlx, one string. No permissions, no frame, no
//! design; only who asks, the same rows, and the same table.

use crate::Result;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Html,
    routing::get,
};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use stint_engine::clock::{Clock, SystemClock};
use uuid::Uuid;

const SESSION: &str = "SELECT p.id, p.display_name
       FROM session AS s
       JOIN principal AS p ON p.id = s.principal_id
      WHERE s.token_hash = $1
        AND s.expires_at > $2";

const USER: &str = "SELECT display_name, user_name, job_title, department FROM principal WHERE id = $1";

const USERS: &str = "SELECT display_name, user_name, job_title, department, enabled
       FROM principal
      WHERE kind = 'user'
        AND deleted_at IS NULL
      ORDER BY sort_name, id
      LIMIT 51";

const ASSIGNMENTS: &str =
    "SELECT s.start_at, s.end_at, p.display_name, p.user_name, r.name AS role_name, r.is_privileged,
            COALESCE(u.display_name, o.display_name) AS scope_name, s.state
       FROM (SELECT id
               FROM schedule
              WHERE assignment_type = 'eligible'
                AND end_at > $1
              ORDER BY end_at, id
              LIMIT 51) AS found
       JOIN schedule AS s ON s.id = found.id
       JOIN principal AS p ON p.id = s.principal_id
       JOIN role AS r ON r.id = s.role_id
       LEFT JOIN administrative_unit AS u ON u.id = s.object_id
       LEFT JOIN principal AS o ON o.id = s.object_id
      ORDER BY s.end_at, s.id";

const ASSIGNED: &str = "SELECT s.start_at, s.end_at, p.display_name, p.user_name, r.name AS role_name, r.is_privileged,
            COALESCE(u.display_name, o.display_name) AS scope_name, s.state
       FROM (SELECT id
               FROM schedule
              WHERE principal_id IN (SELECT $2 UNION ALL SELECT group_id FROM group_member WHERE member_id = $2)
                AND assignment_type = 'eligible'
                AND end_at > $1
              ORDER BY end_at, id
              LIMIT 51) AS found
       JOIN schedule AS s ON s.id = found.id
       JOIN principal AS p ON p.id = s.principal_id
       JOIN role AS r ON r.id = s.role_id
       LEFT JOIN administrative_unit AS u ON u.id = s.object_id
       LEFT JOIN principal AS o ON o.id = s.object_id
      ORDER BY s.end_at, s.id";

const AUDIT: &str =
    "SELECT seq, at, category, activity, actor_name, target_name, role_name, scope, justification, ticket,
            detail, source, hash
       FROM audit_event
      ORDER BY seq DESC
      LIMIT 51";

const APPROVALS: &str =
    "SELECT q.created_at, q.expires_at, p.display_name, r.name AS role_name, q.justification, q.start_at, q.end_at
       FROM (SELECT id
               FROM schedule_request
              WHERE status = 'PendingApproval'
                AND expires_at > $1
              ORDER BY expires_at, id
              LIMIT 51) AS found
       JOIN schedule_request AS q ON q.id = found.id
       JOIN principal AS p ON p.id = q.principal_id
       JOIN role AS r ON r.id = q.role_id
      ORDER BY q.expires_at, q.id";

type Waiting = (DateTime<Utc>, DateTime<Utc>, String, String, Option<String>, DateTime<Utc>, DateTime<Utc>);

type Assigned = (DateTime<Utc>, DateTime<Utc>, String, Option<String>, String, bool, Option<String>, String);

#[derive(sqlx::FromRow)]
struct Event {
    seq: i64,
    at: DateTime<Utc>,
    category: String,
    activity: String,
    actor_name: String,
    target_name: Option<String>,
    role_name: Option<String>,
    scope: Option<String>,
    justification: Option<String>,
    ticket: Option<String>,
    detail: Option<String>,
    source: Option<String>,
    hash: Vec<u8>,
}

fn cell(page: &mut String, text: &str) {
    page.push_str("<td>");
    for c in text.chars() {
        match c {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            c => page.push(c),
        }
    }
    page.push_str("</td>");
}

fn table(title: &str, rows: impl IntoIterator<Item = Vec<String>>) -> Html<String> {
    let mut page = String::with_capacity(16 * 1024);
    let _infallible =
        write!(page, "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1><table>");
    for row in rows.into_iter().take(50) {
        page.push_str("<tr>");
        for text in row {
            cell(&mut page, &text);
        }
        page.push_str("</tr>");
    }
    page.push_str("</table></body></html>");
    Html(page)
}

fn assigned(title: &str, rows: Vec<Assigned>) -> Html<String> {
    let cells = |(start, end, name, user_name, role, privileged, scope, state): Assigned| {
        vec![
            role,
            if privileged { "Privileged".to_owned() } else { String::new() },
            name,
            user_name.unwrap_or_default(),
            scope.unwrap_or_else(|| "Directory".to_owned()),
            state,
            start.to_rfc3339(),
            end.to_rfc3339(),
        ]
    };
    table(title, rows.into_iter().map(cells))
}

fn token_hash(headers: &HeaderMap) -> Vec<u8> {
    let cookie = headers.get("cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token =
        cookie.strip_prefix("stint_session=").and_then(|token| hex::decode(token).ok()).unwrap_or_default();
    Sha256::digest(token).to_vec()
}

type Shown = Result<Html<String>, StatusCode>;

fn broken(_: sqlx::Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

macro_rules! pages {
    ($name:ident, $pool:ty) => {
        mod $name {
            use super::*;

            type Pool = State<$pool>;

            async fn who(pool: &$pool, headers: &HeaderMap) -> Result<(Uuid, String), StatusCode> {
                let found = sqlx::query_as(SESSION).bind(token_hash(headers)).bind(SystemClock.now());
                found.fetch_optional(pool).await.map_err(broken)?.ok_or(StatusCode::UNAUTHORIZED)
            }

            async fn of(pool: &$pool, id: Uuid) -> Result<Vec<Assigned>, StatusCode> {
                sqlx::query_as(ASSIGNED)
                    .bind(SystemClock.now())
                    .bind(id)
                    .fetch_all(pool)
                    .await
                    .map_err(broken)
            }

            async fn my_roles(State(pool): Pool, headers: HeaderMap) -> Shown {
                let (id, name) = who(&pool, &headers).await?;
                Ok(assigned(&name, of(&pool, id).await?))
            }

            async fn of_user(State(pool): Pool, Path(id): Path<Uuid>, headers: HeaderMap) -> Shown {
                who(&pool, &headers).await?;
                let user: (String, Option<String>, Option<String>, Option<String>) =
                    sqlx::query_as(USER).bind(id).fetch_one(&pool).await.map_err(broken)?;
                Ok(assigned(&user.0, of(&pool, id).await?))
            }

            async fn users(State(pool): Pool, headers: HeaderMap) -> Shown {
                let (_, name) = who(&pool, &headers).await?;
                let rows: Vec<(String, Option<String>, Option<String>, Option<String>, bool)> =
                    sqlx::query_as(USERS).fetch_all(&pool).await.map_err(broken)?;
                let cells = |(name, user_name, title, department, enabled): (
                    String,
                    Option<String>,
                    Option<String>,
                    Option<String>,
                    bool,
                )| {
                    let enabled = if enabled { "Enabled" } else { "Disabled" };
                    vec![
                        name,
                        user_name.unwrap_or_default(),
                        title.unwrap_or_default(),
                        department.unwrap_or_default(),
                        enabled.to_owned(),
                    ]
                };
                Ok(table(&name, rows.into_iter().map(cells)))
            }

            async fn assignments(State(pool): Pool, headers: HeaderMap) -> Shown {
                let (_, name) = who(&pool, &headers).await?;
                let rows = sqlx::query_as(ASSIGNMENTS)
                    .bind(SystemClock.now())
                    .fetch_all(&pool)
                    .await
                    .map_err(broken)?;
                Ok(assigned(&name, rows))
            }

            async fn audit(State(pool): Pool, headers: HeaderMap) -> Shown {
                let (_, name) = who(&pool, &headers).await?;
                let rows: Vec<Event> = sqlx::query_as(AUDIT).fetch_all(&pool).await.map_err(broken)?;
                let cells = |event: Event| {
                    vec![
                        event.seq.to_string(),
                        event.at.to_rfc3339(),
                        event.category,
                        event.activity,
                        event.actor_name,
                        event.target_name.unwrap_or_default(),
                        event.role_name.unwrap_or_default(),
                        event.scope.unwrap_or_default(),
                        event.justification.unwrap_or_default(),
                        event.ticket.unwrap_or_default(),
                        event.detail.unwrap_or_default(),
                        event.source.unwrap_or_default(),
                        hex::encode(&event.hash[..8]),
                    ]
                };
                Ok(table(&name, rows.into_iter().map(cells)))
            }

            async fn approvals(State(pool): Pool, headers: HeaderMap) -> Shown {
                let (_, name) = who(&pool, &headers).await?;
                let rows: Vec<Waiting> = sqlx::query_as(APPROVALS)
                    .bind(SystemClock.now())
                    .fetch_all(&pool)
                    .await
                    .map_err(broken)?;
                let cells = |(asked, expires, who, role, reason, start, end): Waiting| {
                    vec![
                        role,
                        who,
                        asked.to_rfc3339(),
                        expires.to_rfc3339(),
                        reason.unwrap_or_default(),
                        start.to_rfc3339(),
                        end.to_rfc3339(),
                    ]
                };
                Ok(table(&name, rows.into_iter().map(cells)))
            }

            pub fn router(pool: $pool) -> Router {
                Router::new()
                    .route("/my-roles", get(my_roles))
                    .route("/users/{id}/assigned-roles", get(of_user))
                    .route("/users", get(users))
                    .route("/assignments", get(assignments))
                    .route("/audit", get(audit))
                    .route("/approvals", get(approvals))
                    .with_state(pool)
            }
        }
    };
}

pages!(on_sqlite, sqlx::SqlitePool);
pages!(on_postgres, sqlx::PgPool);

/// Serves until killed; prints the address first.
pub async fn serve(database: &str) -> Result<()> {
    use axum::serve::ListenerExt;
    let router = if database.starts_with("postgres") {
        on_postgres::router(
            sqlx::postgres::PgPoolOptions::new()
                .max_connections(16)
                .test_before_acquire(false)
                .connect(database)
                .await?,
        )
    } else {
        on_sqlite::router(
            sqlx::sqlite::SqlitePoolOptions::new()
                .max_connections(16)
                .test_before_acquire(false)
                .connect(database)
                .await?,
        )
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    Ok(axum::serve(listener, router).await?)
}
