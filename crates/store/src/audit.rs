//! The audit log: append-only, each event sealed with the hash of the one before.
//!
//! The tables take the order and keep the hashes; what is hashed, and how, is the engine's business.

use crate::{Page, PageRequest, Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::{
    audit::Category,
    id::{AuditEventId, PrincipalId, RequestId, RoleId},
};
use uuid::Uuid;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditEventRow {
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// Its id.
    pub id: AuditEventId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What it concerns.
    pub category: Category,
    /// What happened.
    pub activity: String,
    /// Who did it; nobody where Stint itself did.
    pub actor_id: Option<PrincipalId>,
    /// What the actor was called then.
    pub actor_name: String,
    /// To whom or what.
    pub target_id: Option<Uuid>,
    /// What the target was called then.
    pub target_name: Option<String>,
    /// Which role it was about.
    pub role_id: Option<RoleId>,
    /// What the role was called then.
    pub role_name: Option<String>,
    /// Where.
    pub scope: Option<String>,
    /// Why, in the actor's words.
    pub justification: Option<String>,
    /// Under which ticket.
    pub ticket: Option<String>,
    /// What changed, as text.
    pub detail: Option<String>,
    /// From which address.
    pub source: Option<String>,
    /// The request behind it.
    pub request_id: Option<RequestId>,
    /// The seal: over this event and the seal before.
    pub hash: Vec<u8>,
}

/// The end of the chain, taken for this transaction: others who append wait.
pub async fn take_head(tx: &mut Transaction) -> Result<(i64, Vec<u8>)> {
    tx.query("UPDATE audit_head SET seq = seq WHERE id = 1 RETURNING seq, hash").fetch_one().await
}

/// The place of the last event in the chain.
pub async fn end(tx: &mut Transaction) -> Result<i64> {
    let (seq,): (i64,) = tx.query("SELECT seq FROM audit_head WHERE id = 1").fetch_one().await?;
    Ok(seq)
}

/// Moves the end of the chain.
pub async fn set_head(tx: &mut Transaction, seq: i64, hash: Vec<u8>) -> Result<()> {
    tx.query("UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1")
        .bind(seq)
        .bind(hash)
        .execute_one()
        .await
}

/// Appends an event.
pub async fn append(tx: &mut Transaction, event: &AuditEventRow) -> Result<()> {
    tx.query(
        "INSERT INTO audit_event (seq, id, at, category, activity, actor_id, actor_name, target_id, target_name, role_id,
                                  role_name, scope, justification, ticket, detail, source, request_id, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(event.seq)
    .bind(event.id)
    .bind(event.at)
    .bind(event.category)
    .bind(event.activity.clone())
    .bind(event.actor_id)
    .bind(event.actor_name.clone())
    .bind(event.target_id)
    .bind(event.target_name.clone())
    .bind(event.role_id)
    .bind(event.role_name.clone())
    .bind(event.scope.clone())
    .bind(event.justification.clone())
    .bind(event.ticket.clone())
    .bind(event.detail.clone())
    .bind(event.source.clone())
    .bind(event.request_id)
    .bind(event.hash.clone())
    .execute_one()
    .await
}

/// What a list of events is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only what somebody did.
    pub actor: Option<PrincipalId>,
    /// Only what was done to something.
    pub target: Option<Uuid>,
    /// Only what was about a role.
    pub role: Option<RoleId>,
    /// Only one category.
    pub category: Option<Category>,
    /// Only from this moment on.
    pub since: Option<DateTime<Utc>>,
    /// Only before this moment.
    pub until: Option<DateTime<Utc>>,
}

/// Events, the latest first.
pub async fn list(tx: &mut Transaction, filter: &Filter, page: &PageRequest) -> Result<Page<AuditEventRow>> {
    // The chain is in the order of time, so a moment is a place in the chain.
    let first = match filter.since {
        Some(since) => place_at(tx, since).await?,
        None => 0,
    };
    let mut end = match filter.until {
        Some(until) => place_at(tx, until).await?,
        None => i64::MAX,
    };
    if let Some(seq) = page.key::<i64>() {
        end = end.min(seq);
    }
    // Each category is one range of an index that ends with the place in the chain: the latest of each are read, and of
    // those the latest. Only where all events are wanted is the chain itself that range.
    let narrowed = filter.actor.is_some() || filter.target.is_some() || filter.role.is_some();
    let categories: Vec<Option<Category>> = match filter.category {
        Some(category) => vec![Some(category)],
        None if narrowed => Category::ALL.into_iter().map(Some).collect(),
        None => vec![None],
    };
    let mut query = tx.build(
        "SELECT e.seq, e.id, e.at, e.category, e.activity, e.actor_id, e.actor_name, e.target_id, e.target_name, e.role_id,
                e.role_name, e.scope, e.justification, e.ticket, e.detail, e.source, e.request_id, e.hash
           FROM (",
    );
    for (index, category) in categories.into_iter().enumerate() {
        query = query
            .push(if index == 0 { "" } else { " UNION ALL " })
            .push("SELECT seq FROM (SELECT seq FROM audit_event WHERE seq >= ")
            .bind(first)
            .push(" AND seq < ")
            .bind(end);
        if let Some(category) = category {
            // The word itself: how common it is decides which index is the better.
            query = query.push(" AND category = '").push(category.slug()).push("'");
        }
        if let Some(target) = filter.target {
            query = query.push(" AND target_id = ").bind(target);
        }
        // Of several, the one with the fewest events finds them; `IS TRUE` keeps the indexes of the others from being used.
        if let Some(role) = filter.role {
            query = match filter.target {
                None => query.push(" AND role_id = ").bind(role),
                Some(_) => query.push(" AND (role_id = ").bind(role).push(") IS TRUE"),
            };
        }
        if let Some(actor) = filter.actor {
            query = match (filter.target, filter.role) {
                (None, None) => query.push(" AND actor_id = ").bind(actor),
                _ => query.push(" AND (actor_id = ").bind(actor).push(") IS TRUE"),
            };
        }
        query = query.push(" ORDER BY seq DESC").limit(page.limit()).push(") AS part");
    }
    let rows = query
        .push(" ORDER BY seq DESC")
        .limit(page.limit())
        .push(") AS found JOIN audit_event AS e ON e.seq = found.seq ORDER BY found.seq DESC")
        .fetch_all()
        .await?;
    Ok(page.page(rows, |row: &AuditEventRow| row.seq))
}

/// The place in the chain of the first event at or after a moment; after all places where there is none.
async fn place_at(tx: &mut Transaction, at: DateTime<Utc>) -> Result<i64> {
    let row: Option<(i64,)> = tx
        .query("SELECT seq FROM audit_event WHERE at >= $1 ORDER BY at, seq LIMIT 1")
        .bind(at)
        .fetch_optional()
        .await?;
    Ok(row.map_or(i64::MAX, |(seq,)| seq))
}

/// The events after a place in the chain, in order: for checking the seals.
pub async fn list_chain(tx: &mut Transaction, after: i64, most: i64) -> Result<Vec<AuditEventRow>> {
    tx.query(
        "SELECT seq, id, at, category, activity, actor_id, actor_name, target_id, target_name, role_id, role_name, scope,
                justification, ticket, detail, source, request_id, hash
           FROM audit_event
          WHERE seq > $1
          ORDER BY seq
          LIMIT $2",
    )
    .bind(after)
    .bind(most)
    .fetch_all()
    .await
}

/// The latest alerts that signing in failed again and again, since a moment. The name is that of their index, word for word.
pub async fn list_sign_in_alerts(
    tx: &mut Transaction,
    since: DateTime<Utc>,
    most: i64,
) -> Result<Vec<AuditEventRow>> {
    tx.query(
        "SELECT seq, id, at, category, activity, actor_id, actor_name, target_id, target_name, role_id, role_name, scope,
                justification, ticket, detail, source, request_id, hash
           FROM audit_event
          WHERE activity = 'Repeated sign-in failures'
            AND at >= $1
          ORDER BY seq DESC
          LIMIT $2",
    )
    .bind(since)
    .bind(most)
    .fetch_all()
    .await
}

/// How often something happened.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ActivityCount {
    /// What.
    pub activity: String,
    /// To how many.
    pub targets: i64,
    /// How often.
    pub events: i64,
}

/// How often each of these activities of role management happened from `from` until before `to`.
pub async fn count_activities(
    tx: &mut Transaction,
    activities: &[&'static str],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<ActivityCount>> {
    let (first, end) = (place_at(tx, from).await?, place_at(tx, to).await?);
    tx.build(
        "SELECT activity, COUNT(DISTINCT target_id) AS targets, COUNT(*) AS events
           FROM audit_event
          WHERE category = 'role_management'
            AND seq >= ",
    )
    .bind(first)
    .push(" AND seq < ")
    .bind(end)
    .push(" AND activity IN ")
    .bind_list(activities.iter().map(|&activity| activity.to_owned()))
    .push(" GROUP BY activity")
    .fetch_all()
    .await
}

/// The roles that most of these activities were about from `from` until before `to`, with how many they were.
pub async fn count_roles(
    tx: &mut Transaction,
    activities: &[&'static str],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    most: i64,
) -> Result<Vec<(String, i64)>> {
    let (first, end) = (place_at(tx, from).await?, place_at(tx, to).await?);
    tx.build(
        "SELECT role_name, COUNT(*) AS events
           FROM audit_event
          WHERE category = 'role_management'
            AND role_name IS NOT NULL
            AND seq >= ",
    )
    .bind(first)
    .push(" AND seq < ")
    .bind(end)
    .push(" AND activity IN ")
    .bind_list(activities.iter().map(|&activity| activity.to_owned()))
    .push(" GROUP BY role_name ORDER BY events DESC, role_name")
    .limit(most)
    .fetch_all()
    .await
}
