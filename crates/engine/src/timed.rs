//! What time alone makes news: an assignment ends soon, or has ended; nobody has decided for a while; a week is over.
//!
//! Nothing has to run for access to end, so all this is only told. Each kind of news has a cursor, the last end that was looked
//! at; the ends that have come near since then are one range of an index, however many assignments there are. The news and the
//! cursor's move hold together, and the news has an id that follows from the assignment, the kind and the end: each is told
//! once, by however many workers, and what came near while none ran is told afterwards.

mod stages;

pub(crate) use stages::is_of_stage;

use crate::{Engine, Result, derived, digest};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use stages::MOMENTS;
use stint_domain::{
    id::ScheduleId,
    schedule::{AssignmentState, AssignmentType, EndReason, Schedule},
};
use stint_store::{
    Database, Transaction,
    cursor::{self, Cursor},
    outbox, schedule,
};
use uuid::Uuid;

/// The topic of the news that an assignment ends soon or has ended.
pub(crate) const ENDING: &str = "assignment.ending";

/// How long nobody looks again.
const EVERY: TimeDelta = TimeDelta::seconds(10);

/// So many are looked at in one transaction.
const BATCH: i64 = 200;

/// The cursor of the digest.
const WEEKS: &str = "weekly_digest";

/// A kind of news about ends.
struct Watch {
    name: &'static str,
    assignment_type: AssignmentType,
    state: AssignmentState,
    /// So long before the end it is told.
    ahead: TimeDelta,
    /// If the end is as near as this, the next kind tells it.
    unless_within: TimeDelta,
}

impl Watch {
    const fn new(
        name: &'static str,
        assignment_type: AssignmentType,
        state: AssignmentState,
        ahead: TimeDelta,
        unless_within: TimeDelta,
    ) -> Self {
        Self { name, assignment_type, state, ahead, unless_within }
    }
}

const ZERO: TimeDelta = TimeDelta::zero();
const FIVE_MINUTES: TimeDelta = TimeDelta::minutes(5);
const HALF_AN_HOUR: TimeDelta = TimeDelta::minutes(30);
const A_DAY: TimeDelta = TimeDelta::days(1);
const TWO_WEEKS: TimeDelta = TimeDelta::days(14);

/// All kinds, in the order in which their cursors are taken.
const WATCHES: [Watch; 8] = {
    use AssignmentState::{Activated, Assigned};
    use AssignmentType::{Active, Eligible};
    [
        Watch::new("activation_5_minutes", Active, Activated, FIVE_MINUTES, ZERO),
        Watch::new("activation_30_minutes", Active, Activated, HALF_AN_HOUR, FIVE_MINUTES),
        Watch::new("active_1_day", Active, Assigned, A_DAY, ZERO),
        Watch::new("active_14_days", Active, Assigned, TWO_WEEKS, A_DAY),
        Watch::new("active_ended", Active, Assigned, ZERO, ZERO),
        Watch::new("eligible_1_day", Eligible, Assigned, A_DAY, ZERO),
        Watch::new("eligible_14_days", Eligible, Assigned, TWO_WEEKS, A_DAY),
        Watch::new("eligible_ended", Eligible, Assigned, ZERO, ZERO),
    ]
};

/// Looks from now on, where nobody has looked before.
pub(crate) async fn begin(database: &Database, now: DateTime<Utc>) -> Result<()> {
    let mut tx = database.begin().await?;
    for watch in &WATCHES {
        cursor::insert_missing(&mut tx, watch.name, watch.none_left(now)).await?;
    }
    for moment in &MOMENTS {
        cursor::insert_missing(&mut tx, moment.name, Cursor { at: now, id: Uuid::max() }).await?;
    }
    cursor::insert_missing(&mut tx, WEEKS, end_of_week(now)).await?;
    Ok(tx.commit().await?)
}

/// Writes the news that time has made since the last look. Tells how many pieces there were.
pub(crate) async fn tell(engine: &Engine) -> Result<usize> {
    let cursors = cursor::list(&mut engine.database.read().await?).await?;
    if !is_due(&cursors, engine.clock.now()) {
        return Ok(0);
    }
    let (mut told, mut is_all) = (0, false);
    while !is_all {
        let now = engine.clock.now();
        let mut tx = engine.database.begin().await?;
        is_all = true;
        for watch in &WATCHES {
            let looked = watch.look(&mut tx, now).await?;
            told += looked.told;
            is_all &= looked.is_all;
        }
        for moment in &MOMENTS {
            let looked = moment.look(&mut tx, now).await?;
            told += looked.told;
            is_all &= looked.is_all;
        }
        told += tell_week(&mut tx, now).await?;
        tx.commit().await?;
    }
    Ok(told)
}

/// What came of looking.
struct Looked {
    told: usize,
    /// Whether nothing is left to look at now.
    is_all: bool,
}

fn is_due(cursors: &[(String, Cursor)], now: DateTime<Utc>) -> bool {
    let is_moment = |name: &str| MOMENTS.iter().any(|moment| moment.name == name);
    cursors.iter().any(|(name, cursor)| match WATCHES.iter().find(|watch| watch.name == name) {
        Some(watch) => cursor.at + EVERY <= now + watch.ahead,
        None if is_moment(name) => cursor.at + EVERY <= now,
        None => name == WEEKS && cursor.at < end_of_week(now).at,
    })
}

impl Watch {
    /// The cursor when everything that has come near by `now` was looked at.
    fn none_left(&self, now: DateTime<Utc>) -> Cursor {
        Cursor { at: now + self.ahead, id: Uuid::max() }
    }

    /// Tells of some ends that have come near.
    async fn look(&self, tx: &mut Transaction, now: DateTime<Utc>) -> Result<Looked> {
        let nothing = Looked { told: 0, is_all: true };
        let Some(cursor) = cursor::take(tx, self.name).await? else { return Ok(nothing) };
        let until = self.none_left(now);
        let passed = Cursor { at: now + self.unless_within, id: Uuid::max() };
        let after = if self.is_reminder() { cursor.max(passed) } else { cursor };
        if until <= after {
            if until > cursor {
                cursor::set(tx, self.name, until).await?;
            }
            return Ok(nothing);
        }
        let (last, kind) = ((after.at, ScheduleId::new(after.id)), self.assignment_type);
        let found = schedule::list_by_end(tx, kind, last, until.at, BATCH).await?;
        let is_all = found.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        let seen = match found.last().and_then(|(schedule, _)| Some((schedule.window.end?, schedule.id))) {
            Some((at, id)) if !is_all => Cursor { at, id: id.as_uuid() },
            _ => until,
        };
        cursor::set(tx, self.name, seen).await?;
        let mut told = 0;
        for (schedule, end_reason) in &found {
            told += usize::from(self.tell(tx, schedule, *end_reason, now).await?);
        }
        Ok(Looked { told, is_all })
    }

    const fn is_reminder(&self) -> bool {
        !self.ahead.is_zero()
    }

    async fn tell(
        &self,
        tx: &mut Transaction,
        schedule: &Schedule,
        end_reason: Option<EndReason>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let Some(end) = schedule.window.end else { return Ok(false) };
        // What lasts no longer than this was told of when it was given.
        let is_short = self.is_reminder() && end - self.ahead <= schedule.window.start;
        if schedule.state != self.state || end_reason.is_some() || is_short || schedule.window.is_empty() {
            return Ok(false);
        }
        let (schedule_id, micros) = (schedule.id.as_uuid(), end.timestamp_micros().to_be_bytes());
        let parts = [schedule_id.as_bytes().as_slice(), self.name.as_bytes(), &micros];
        let news = json!({
            "schedule": schedule.id, "principal": schedule.principal, "role": schedule.role, "scope": schedule.scope,
            "end": end, "kind": self.name,
        });
        let id = derived::id_at(end - self.ahead, &parts);
        outbox::append_once(tx, id, ENDING, news.to_string(), now).await?;
        Ok(true)
    }
}

fn end_of_week(now: DateTime<Utc>) -> Cursor {
    Cursor { at: digest::Week::before(now).to, id: Uuid::nil() }
}

async fn tell_week(tx: &mut Transaction, now: DateTime<Utc>) -> Result<usize> {
    let week = digest::Week::before(now);
    let Some(cursor) = cursor::take(tx, WEEKS).await? else { return Ok(0) };
    if week.to <= cursor.at {
        return Ok(0);
    }
    cursor::set(tx, WEEKS, end_of_week(now)).await?;
    let id = derived::id_at(week.to, &[WEEKS.as_bytes()]);
    let news = serde_json::to_string(&week).map_err(stint_store::Error::from)?;
    outbox::append_once(tx, id, digest::TOPIC, news, now).await?;
    Ok(1)
}
