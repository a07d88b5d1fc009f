//! Sessions: seen, listed, ended.
//!
//! A session ends after a while in which it was not seen, and at the latest half a day after it began. When it was seen is noted in
//! memory and written by the worker once a minute, so that nobody who only reads waits for the database's one writer. A server that is
//! killed forgets a minute of that at most.

use crate::{
    Caller, Engine, Error, Operation, Result, assign::end_activation, audit::Event, operation::hash_token,
    users,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
};
use stint_domain::{
    audit::Activity,
    authz::Action,
    id::PrincipalId,
    schedule::{AssignmentState, EndReason},
};
use stint_store::{
    principal::PrincipalRow,
    schedule,
    session::{self, SessionRow},
};

/// How long sessions hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Without being seen.
    pub idle: TimeDelta,
    /// At the latest.
    pub longest: TimeDelta,
}

impl Default for Limits {
    /// An hour and half a day: what NIST SP 800-63B asks of the second of its three levels.
    fn default() -> Self {
        Self { idle: TimeDelta::hours(1), longest: TimeDelta::hours(12) }
    }
}

/// When sessions were seen that is not written yet.
#[derive(Default)]
pub(crate) struct Seen(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    /// When the first of them was noted.
    since: Option<DateTime<Utc>>,
    at: HashMap<Vec<u8>, DateTime<Utc>>,
}

/// What was seen is written this long after.
const WRITTEN_AFTER: TimeDelta = TimeDelta::minutes(1);

impl Seen {
    fn noted(&self) -> std::sync::MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a session was last seen.
    pub(crate) fn last(&self, row: &SessionRow) -> DateTime<Utc> {
        let written = row.last_seen_at.unwrap_or(row.created_at);
        self.noted().at.get(&row.token_hash).map_or(written, |&noted| noted.max(written))
    }

    /// Notes that a session is seen, where it was not within the last half minute.
    pub(crate) fn note(&self, row: &SessionRow, now: DateTime<Utc>) {
        if self.last(row) + TimeDelta::seconds(30) <= now {
            let mut noted = self.noted();
            noted.since.get_or_insert(now);
            noted.at.insert(row.token_hash.clone(), now);
        }
    }

    fn take_due(&self, before: DateTime<Utc>) -> Vec<(Vec<u8>, DateTime<Utc>)> {
        let mut noted = self.noted();
        if noted.since.is_none_or(|since| since > before) {
            return Vec::new();
        }
        noted.since = None;
        let mut due: Vec<_> = noted.at.iter().map(|(hash, at)| (hash.clone(), *at)).collect();
        due.sort();
        due
    }

    /// Forgets what was written, unless it was seen again meanwhile.
    fn written(&self, what: &[(Vec<u8>, DateTime<Utc>)], now: DateTime<Utc>) {
        let mut noted = self.noted();
        for (hash, at) in what {
            if noted.at.get(hash) == Some(at) {
                noted.at.remove(hash);
            }
        }
        if !noted.at.is_empty() {
            noted.since.get_or_insert(now);
        }
    }

    fn failed(&self, now: DateTime<Utc>) {
        self.noted().since.get_or_insert(now);
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seen")
    }
}

/// Writes down when sessions were seen, where that was noted a minute ago or more.
pub(crate) async fn write_seen(engine: &Engine) -> Result<()> {
    let now = engine.clock.now();
    write_due(engine, now, now - WRITTEN_AFTER).await
}

/// Writes down when sessions were seen, all that is noted: for when the server stops.
pub async fn write_all_seen(engine: &Engine) -> Result<()> {
    let now = engine.clock.now();
    write_due(engine, now, now).await
}

async fn write_due(engine: &Engine, now: DateTime<Utc>, before: DateTime<Utc>) -> Result<()> {
    let due = engine.seen.take_due(before);
    if due.is_empty() {
        return Ok(());
    }
    let written = async {
        let mut tx = engine.database.begin().await?;
        for (hash, at) in &due {
            session::set_seen(&mut tx, hash.clone(), *at).await?;
        }
        tx.commit().await
    };
    match written.await {
        Ok(()) => engine.seen.written(&due, now),
        Err(error) => {
            engine.seen.failed(now);
            return Err(error.into());
        }
    }
    Ok(())
}

/// Whether a session was seen lately enough to hold.
pub(crate) fn is_awake(engine: &Engine, row: &SessionRow, now: DateTime<Utc>) -> bool {
    engine.seen.last(row) + engine.limits.idle > now
}

/// A session of the person who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// The session.
    pub row: SessionRow,
    /// When it was last seen.
    pub last_seen_at: DateTime<Utc>,
    /// Whether it is this one.
    pub is_this: bool,
}

/// The sessions of whoever is signed in, this one first.
pub async fn list_own(op: &mut Operation, caller: &Caller) -> Result<Vec<Own>> {
    let person = op.person()?.id;
    let this = caller.token.as_deref().map(hash_token);
    let rows = session::list(&mut op.tx, person, op.now).await?;
    let mut own: Vec<_> = rows
        .into_iter()
        .filter(|row| is_awake(&op.engine, row, op.now))
        .map(|row| Own {
            last_seen_at: op.engine.seen.last(&row),
            is_this: this.as_ref() == Some(&row.token_hash),
            row,
        })
        .collect();
    own.sort_by_key(|own| !own.is_this);
    Ok(own)
}

/// Ends one of the sessions of whoever is signed in.
pub async fn end_own(op: &mut Operation, token_hash: Vec<u8>) -> Result<()> {
    let person = op.person()?.clone();
    if !session::delete_of(&mut op.tx, person.id, token_hash).await? {
        return Err(Error::NotFound);
    }
    op.record(Event::new(Activity::SignedOut).on(&person).detail("one of their sessions"));
    Ok(())
}

/// Ends all sessions of whoever is signed in but this one. Tells how many.
pub async fn end_others(op: &mut Operation, caller: &Caller) -> Result<u64> {
    let person = op.person()?.clone();
    let this = caller.token.as_deref().map(hash_token).unwrap_or_default();
    let ended = session::delete_others(&mut op.tx, person.id, this).await?;
    if ended > 0 {
        op.record(Event::new(Activity::SignedOut).on(&person).detail(format!("{ended} of their sessions")));
    }
    Ok(ended)
}

/// Ends all sessions of somebody. What they have activated stays active: they may sign in again.
pub async fn revoke(op: &mut Operation, id: PrincipalId) -> Result<u64> {
    let (row, target) = users::get(op, id).await?;
    op.require(Action::RevokeSessions, &target)?;
    let ended = session::delete_all(&mut op.tx, id).await?;
    op.record(Event::new(Activity::SessionsRevoked).on(&row).detail(format!("{ended} sessions")));
    Ok(ended)
}

/// Ends the sessions and the activations of somebody.
pub(crate) async fn end_all(op: &mut Operation, row: &PrincipalRow, why: EndReason) -> Result<()> {
    session::delete_all(&mut op.tx, row.id).await?;
    let own = schedule::list_open(&mut op.tx, &[row.id], op.now).await?;
    for activation in own.iter().filter(|schedule| schedule.state == AssignmentState::Activated) {
        let role = op.engine.catalogue.get(activation.role)?.clone();
        end_activation(op, activation, row, &role, why).await?;
    }
    Ok(())
}
