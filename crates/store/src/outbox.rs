//! News to be carried outside, written in the transaction of the change that it tells of.

use crate::{Page, PageRequest, Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::id::OutboxId;

/// The topic of mails.
pub const MAIL: &str = "mail";

/// The topic of what goes to webhooks.
pub const WEBHOOK: &str = "webhook";

/// What is carried apart from the rest, so that nothing waits for a mail server or a webhook that does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Everything that is neither mail nor goes to a webhook.
    News,
    /// Mails.
    Mail,
    /// What goes to webhooks.
    Webhook,
}

impl Lane {
    /// All of them, in the order in which one makes work for the next.
    pub const ALL: [Self; 3] = [Self::News, Self::Mail, Self::Webhook];

    /// What it is called where it is measured.
    pub const fn name(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }
}

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OutboxRow {
    /// Its id.
    pub id: OutboxId,
    /// What it is about.
    pub topic: String,
    /// What it says, as JSON.
    pub payload: String,
    /// How often it was tried.
    pub attempts: i64,
}

/// Writes a piece of news, to be carried at once.
pub async fn append(
    tx: &mut Transaction,
    id: OutboxId,
    topic: &str,
    payload: String,
    at: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO outbox (id, topic, payload, state, attempts, due_at, created_at)
         VALUES ($1, $2, $3, 'queued', 0, $4, $4)",
    )
    .bind(id)
    .bind(topic.to_owned())
    .bind(payload)
    .bind(at)
    .execute_one()
    .await
}

/// Writes a piece of news, unless one with this id is there already.
pub async fn append_once(
    tx: &mut Transaction,
    id: OutboxId,
    topic: &str,
    payload: String,
    at: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO outbox (id, topic, payload, state, attempts, due_at, created_at)
         VALUES ($1, $2, $3, 'queued', 0, $4, $4)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(id)
    .bind(topic.to_owned())
    .bind(payload)
    .bind(at)
    .execute()
    .await
    .map(drop)
}

/// A piece of news with how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TrackedRow {
    /// Its id.
    pub id: OutboxId,
    /// What it says, as JSON.
    pub payload: String,
    /// `queued`, `claimed`, `done` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// The pieces of one topic, the latest first.
pub async fn list_of_topic(
    tx: &mut Transaction,
    topic: &'static str,
    page: &PageRequest,
) -> Result<Page<TrackedRow>> {
    let mut query = tx
        .build("SELECT id, payload, state, attempts, last_error, created_at FROM outbox WHERE topic = ")
        .bind(topic.to_owned());
    if let Some(after) = page.key::<OutboxId>() {
        query = query.push(" AND id < ").bind(after);
    }
    let rows = query.push(" ORDER BY id DESC").limit(page.limit()).fetch_all().await?;
    Ok(page.page(rows, |row: &TrackedRow| row.id))
}

/// Queues a piece again that has failed for good. Tells whether that was a change.
pub async fn requeue(tx: &mut Transaction, id: OutboxId, topic: &str, at: DateTime<Utc>) -> Result<bool> {
    let changed = tx
        .query(
            "UPDATE outbox SET state = 'queued', attempts = 0, due_at = $3
              WHERE id = $1 AND topic = $2 AND state = 'failed'",
        )
        .bind(id)
        .bind(topic.to_owned())
        .bind(at)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// The condition of a lane is that of its index, word for word: that is how a database knows the index. `IS TRUE` keeps the index
/// of topics from being used: it has no order of time.
macro_rules! claim {
    ($lane:literal) => {
        concat!(
            "UPDATE outbox
                SET state = 'claimed', attempts = attempts + 1, due_at = $2
              WHERE state IN ('queued', 'claimed')
                AND due_at <= $1
                AND id = (SELECT id
                            FROM outbox
                           WHERE state IN ('queued', 'claimed')
                             AND ",
            $lane,
            "
                             AND due_at <= $1
                           ORDER BY due_at, id
                           LIMIT 1)
            RETURNING id, topic, payload, attempts"
        )
    };
}

/// What waits in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// How many pieces.
    pub pieces: i64,
    /// When the oldest of them was written.
    pub oldest: Option<DateTime<Utc>>,
    /// When the one was due that is first in the line.
    pub due: Option<DateTime<Utc>>,
}

macro_rules! waiting {
    ($lane:literal) => {
        concat!(
            "SELECT COUNT(*) AS pieces, MIN(created_at) AS oldest, MIN(due_at) AS due
               FROM outbox
              WHERE state IN ('queued', 'claimed')
                AND ",
            $lane
        )
    };
}

/// What waits in a lane.
pub async fn waiting(tx: &mut Transaction, lane: Lane) -> Result<Waiting> {
    let sql = match lane {
        Lane::News => waiting!("topic <> 'mail' AND topic <> 'webhook'"),
        Lane::Mail => waiting!("(topic = 'mail') IS TRUE"),
        Lane::Webhook => waiting!("(topic = 'webhook') IS TRUE"),
    };
    tx.query(sql).fetch_one().await
}

/// Takes the next piece of a lane that is due, until `until`: whoever has not finished by then loses it to another.
pub async fn claim(
    tx: &mut Transaction,
    lane: Lane,
    at: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<OutboxRow>> {
    let sql = match lane {
        Lane::News => claim!("topic <> 'mail' AND topic <> 'webhook'"),
        Lane::Mail => claim!("(topic = 'mail') IS TRUE"),
        Lane::Webhook => claim!("(topic = 'webhook') IS TRUE"),
    };
    tx.query(sql).bind(at).bind(until).fetch_optional().await
}

/// Forgets what was carried: mails that were written before `mails_before`, and the rest that was before `news_before`, at
/// most `most` of each. Tells how many. What failed stays.
pub async fn delete_done(
    tx: &mut Transaction,
    mails_before: DateTime<Utc>,
    news_before: DateTime<Utc>,
    most: i64,
) -> Result<u64> {
    let mails = tx
        .query(
            "DELETE FROM outbox
              WHERE id IN (SELECT id
                             FROM outbox
                            WHERE state = 'done' AND (topic = 'mail') IS TRUE AND created_at < $1
                            ORDER BY created_at
                            LIMIT $2)",
        )
        .bind(mails_before)
        .bind(most)
        .execute()
        .await?;
    let news = tx
        .query(
            "DELETE FROM outbox
              WHERE id IN (SELECT id
                             FROM outbox
                            WHERE state = 'done' AND topic <> 'mail' AND created_at < $1
                            ORDER BY created_at
                            LIMIT $2)",
        )
        .bind(news_before)
        .bind(most)
        .execute()
        .await?;
    Ok(mails + news)
}

/// Notes that a piece was carried.
pub async fn finish(tx: &mut Transaction, id: OutboxId) -> Result<()> {
    tx.query("UPDATE outbox SET state = 'done', last_error = NULL WHERE id = $1").bind(id).execute_one().await
}

/// Notes that a claimed piece could not be carried: to be tried again at `retry_at`, or never. Tells whether that was a
/// change: whoever has lost the claim meanwhile changes nothing.
pub async fn fail(
    tx: &mut Transaction,
    claimed: &OutboxRow,
    error: &str,
    retry_at: Option<DateTime<Utc>>,
) -> Result<bool> {
    let changed = tx
        .query(
            "UPDATE outbox
                SET state = $3, last_error = $4, due_at = COALESCE($5, due_at)
              WHERE id = $1
                AND attempts = $2
                AND state = 'claimed'",
        )
        .bind(claimed.id)
        .bind(claimed.attempts)
        .bind(if retry_at.is_some() { "queued" } else { "failed" })
        .bind(error.to_owned())
        .bind(retry_at)
        .execute()
        .await?;
    Ok(changed == 1)
}
