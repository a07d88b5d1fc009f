//! What is done behind the pages: activations beside a bare transaction, and permission checks.

use crate::{Result, report::Report};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use std::{
    collections::HashSet,
    hint::black_box,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use stint_domain::{
    assign::Activation,
    authz::{self, Action, Target},
    id::{PrincipalId, RoleId, ScheduleId},
    text::Justification,
    time,
};
use stint_engine::{
    Caller, Engine, activate,
    store::{Database, Transaction, session},
};
use uuid::Uuid;

/// How long each is done.
const TIME: Duration = Duration::from_secs(4);

/// How many do it at once.
const TASKS: usize = 16;

/// Something to be activated, by whom.
#[derive(Clone, Copy, Debug)]
struct Job {
    principal: PrincipalId,
    eligibility: ScheduleId,
    role: RoleId,
}

fn caller(principal: PrincipalId) -> Caller {
    let token = principal.as_uuid().as_bytes().repeat(2);
    Caller { token: Some(token), source: Some("127.0.0.1".to_owned()), ..Caller::default() }
}

/// Signs people in without their passwords.
pub async fn sign_in(
    tx: &mut Transaction,
    people: impl IntoIterator<Item = PrincipalId>,
    now: DateTime<Utc>,
) -> Result<Vec<Caller>> {
    let people: Vec<_> = people.into_iter().map(|id| (id, caller(id))).collect();
    for part in people.chunks(500) {
        let mut query = tx.build(
            "INSERT INTO session (token_hash, principal_id, created_at, last_seen_at, expires_at) VALUES ",
        );
        for (index, (id, caller)) in part.iter().enumerate() {
            query = query
                .push(if index == 0 { "(" } else { "), (" })
                .bind(Sha256::digest(caller.token.as_deref().unwrap_or_default()).to_vec())
                .push(", ")
                .bind(*id)
                .push(", ")
                .bind(now)
                .push(", ")
                .bind(now)
                .push(", ")
                .bind(now + TimeDelta::hours(1));
        }
        // Of an earlier run, perhaps, and idle since.
        let again = ") ON CONFLICT (token_hash) DO UPDATE
                       SET last_seen_at = excluded.last_seen_at, expires_at = excluded.expires_at";
        query.push(again).execute().await?;
    }
    Ok(people.into_iter().map(|(_, caller)| caller).collect())
}

/// Enabled users with an eligibility in force that no approval guards, one each, signed in.
async fn jobs(engine: &Engine, guarded: RoleId) -> Result<Vec<Job>> {
    let now = engine.clock().now();
    let mut tx = engine.database().begin().await?;
    let rows: Vec<(PrincipalId, ScheduleId, RoleId)> = tx
        .query(
            "SELECT s.principal_id, s.id, s.role_id
               FROM schedule AS s
               JOIN principal AS p ON p.id = s.principal_id
              WHERE s.assignment_type = 'eligible'
                AND s.provider = 'directory'
                AND s.start_at <= $1
                AND s.end_at > $2
                AND s.role_id <> $3
                AND p.kind = 'user'
                AND p.enabled
                AND p.deleted_at IS NULL
                AND NOT EXISTS (SELECT a.id FROM schedule AS a
                                 WHERE a.principal_id = s.principal_id
                                   AND a.assignment_type = 'active'
                                   AND a.state = 'activated'
                                   AND a.end_at > $1)
              ORDER BY s.id
              LIMIT 50000",
        )
        .bind(now)
        .bind(now + TimeDelta::hours(9))
        .bind(guarded)
        .fetch_all()
        .await?;
    let mut seen = HashSet::new();
    let jobs: Vec<Job> = rows
        .into_iter()
        .filter(|(principal, ..)| seen.insert(*principal))
        .map(|(principal, eligibility, role)| Job { principal, eligibility, role })
        .collect();
    sign_in(&mut tx, jobs.iter().map(|job| job.principal), now).await?;
    tx.commit().await?;
    Ok(jobs)
}

/// Runs `work` on as many jobs as there is time for, in 16 tasks. Tells how many were done a second.
async fn race<F>(jobs: &Arc<Vec<Job>>, work: impl Fn(Job) -> F + Clone + Send + 'static) -> Result<f64>
where
    F: Future<Output = Result<()>> + Send,
{
    let next = Arc::new(AtomicUsize::new(0));
    let done = Arc::new(AtomicUsize::new(0));
    let refused = Arc::new(Mutex::new(Vec::new()));
    let begin = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (next, done, refused, jobs, work) =
                (next.clone(), done.clone(), refused.clone(), jobs.clone(), work.clone());
            tokio::spawn(async move {
                while begin.elapsed() < TIME {
                    let Some(&job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                    match work(job).await {
                        Ok(()) => _ = done.fetch_add(1, Ordering::Relaxed),
                        Err(error) => refused.lock().expect("no task panicked").push(error.to_string()),
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let refused = refused.lock().expect("no task panicked");
    if !refused.is_empty() {
        eprintln!("{} refused, such as: {}", refused.len(), refused[0]);
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
    Ok(done.load(Ordering::Relaxed) as f64 / seconds)
}

/// Measures on one database, which is changed by it. The role that needs approval is not activated.
pub async fn run(
    engine: &Engine,
    guarded: RoleId,
    url: &str,
    label: &str,
    report: &mut Report,
) -> Result<()> {
    let jobs = Arc::new(jobs(engine, guarded).await?);
    let half = jobs.len() / 2;
    let (ours, theirs) = (Arc::new(jobs[..half].to_vec()), Arc::new(jobs[half..].to_vec()));
    eprintln!("{label}: {} activations to make", jobs.len());

    let on = engine.clone();
    let activations = race(&ours, move |job| {
        let engine = on.clone();
        async move {
            let mut op = engine.write(&caller(job.principal)).await?;
            let asked = Activation {
                start: None,
                duration: time::Duration::hours(1),
                justification: Some(Justification::parse("Rotating the certificates of the mail gateway")?),
                ticket: None,
            };
            activate::activate(&mut op, job.eligibility, asked, None).await?;
            Ok(op.commit().await?)
        }
    })
    .await?;
    let bare = match engine.database() {
        Database::Sqlite { .. } => bare::sqlite(url, &theirs).await?,
        Database::Postgres(_) => bare::postgres(url, &theirs).await?,
    };
    report.work(label, "Activations", activations, bare);

    let on = engine.clone();
    let checks = race(&Arc::new(jobs.iter().copied().cycle().take(1_000_000).collect()), move |job| {
        let engine = on.clone();
        async move {
            let op = engine.read(&caller(job.principal)).await?;
            black_box(op.decide(Action::CreateUsers, &Target::directory())?);
            Ok(())
        }
    })
    .await?;
    let on = engine.database().clone();
    let bare = race(&Arc::new(jobs.iter().copied().cycle().take(1_000_000).collect()), move |job| {
        let database = on.clone();
        async move {
            let mut tx = database.read().await?;
            let now = DateTime::<Utc>::UNIX_EPOCH;
            black_box(session::find(&mut tx, job.principal.as_uuid().as_bytes().to_vec(), now).await?);
            Ok(())
        }
    })
    .await?;
    report.work(label, "Permission checks from the database", checks, bare);

    let op = engine.read(&caller(jobs[0].principal)).await?;
    let actor = op.actor()?.clone();
    drop(op);
    report.memory_checks(label, in_memory(&actor), actor.grants.len());
    Ok(())
}

/// Permission checks a second of one core, over every action and some targets.
fn in_memory(actor: &authz::Actor) -> f64 {
    let targets = [
        Target::directory(),
        Target::object(Uuid::from_u128(7)),
        Target { units: vec![Uuid::from_u128(8).into()], ..Target::object(Uuid::from_u128(9)) },
    ];
    let (begin, mut count) = (Instant::now(), 0_u32);
    while begin.elapsed() < Duration::from_secs(1) {
        for _ in 0..20 {
            for target in &targets {
                for &action in Action::ALL {
                    black_box(authz::decide(black_box(actor), action, target));
                    count += 1;
                }
            }
        }
    }
    f64::from(count) / begin.elapsed().as_secs_f64()
}

/// The rows of an activation, written by plain sqlx in one transaction.
mod bare {
    use super::{Arc, DateTime, Job, Result, Utc, race};
    use chrono::TimeDelta;
    use stint_engine::clock::{Clock, SystemClock};
    use stint_engine::random::Random;
    use uuid::Uuid;

    const REQUEST: &str = "INSERT INTO schedule_request (id, provider, assignment_type, action, principal_id, role_id, scope, start_at,
            end_at, justification, status, requested_by, schedule_id, created_at, completed_at)
        VALUES ($1, 'directory', 'active', 'selfActivate', $2, $3, '/', $4, $5, 'Rotating the certificates of the mail gateway',
            'Provisioned', $2, $6, $4, $4)";
    const SCHEDULE: &str = "INSERT INTO schedule (id, provider, assignment_type, state, principal_id, role_id, scope, start_at, end_at,
            eligibility_id, request_id, created_at)
        VALUES ($1, 'directory', 'active', 'activated', $2, $3, '/', $4, $5, $6, $7, $4)";
    const NEWS: &str = "INSERT INTO outbox (id, topic, payload, state, attempts, due_at, created_at)
        VALUES ($1, 'role_assignment_changed', '{}', 'queued', 0, $2, $2)";
    const TAKE: &str = "UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash";
    const EVENT: &str = "INSERT INTO audit_event (seq, id, at, category, activity, actor_id, actor_name, target_id, target_name, role_id,
            role_name, scope, justification, detail, source, request_id, hash)
        VALUES ($1, $2, $3, 'role_management', 'Add member to role completed (PIM activation)', $4, 'Somebody', $4,
            'somebody@stint.example', $5, 'A role', '/', 'Rotating the certificates of the mail gateway', 'an hour', '127.0.0.1', $6, $7)";
    const MOVE: &str = "UPDATE audit_head SET hash = $1 WHERE id = 1";

    macro_rules! transaction {
        ($pool:expr, $begin:literal, $job:expr, $random:expr) => {{
            let (job, now): (Job, DateTime<Utc>) = ($job, SystemClock.now());
            let id = || -> Uuid { $random.id(now) };
            let (request, schedule, end) = (id(), id(), now + TimeDelta::hours(1));
            let mut tx = $pool.begin_with($begin).await?;
            sqlx::query(REQUEST)
                .bind(request)
                .bind(job.principal.as_uuid())
                .bind(job.role.as_uuid())
                .bind(now)
                .bind(end)
                .bind(schedule)
                .execute(&mut *tx)
                .await?;
            sqlx::query(SCHEDULE)
                .bind(schedule)
                .bind(job.principal.as_uuid())
                .bind(job.role.as_uuid())
                .bind(now)
                .bind(end)
                .bind(job.eligibility.as_uuid())
                .bind(request)
                .execute(&mut *tx)
                .await?;
            sqlx::query(NEWS).bind(id()).bind(now).execute(&mut *tx).await?;
            let (seq, hash): (i64, Vec<u8>) = sqlx::query_as(TAKE).fetch_one(&mut *tx).await?;
            sqlx::query(EVENT)
                .bind(seq)
                .bind(id())
                .bind(now)
                .bind(job.principal.as_uuid())
                .bind(job.role.as_uuid())
                .bind(request)
                .bind(hash.clone())
                .execute(&mut *tx)
                .await?;
            sqlx::query(MOVE).bind(hash).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(())
        }};
    }

    pub(super) async fn sqlite(url: &str, jobs: &Arc<Vec<Job>>) -> Result<f64> {
        use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
        let options: SqliteConnectOptions = url.parse()?;
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        let random = Arc::new(Random::from_system());
        race(jobs, move |job| {
            let (pool, random) = (pool.clone(), random.clone());
            async move { transaction!(pool, "BEGIN IMMEDIATE", job, random) }
        })
        .await
    }

    pub(super) async fn postgres(url: &str, jobs: &Arc<Vec<Job>>) -> Result<f64> {
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(16)
            .test_before_acquire(false)
            .connect(url)
            .await?;
        let random = Arc::new(Random::from_system());
        race(jobs, move |job| {
            let (pool, random) = (pool.clone(), random.clone());
            async move { transaction!(pool, "BEGIN", job, random) }
        })
        .await
    }
}
