//! What time does to a request that waits: its backup approvers are asked, and those who have not decided are reminded.
//!
//! Both moments stand with the request and are taken anew when a stage begins. So what is decided or in another stage by then has
//! none that could be told of.

use super::{BATCH, Looked};
use crate::{Result, derived};
use chrono::{DateTime, Utc};
use serde_json::json;
use stint_store::{
    Transaction,
    approval::{self, Watched},
    cursor::{self, Cursor},
    outbox,
};
use uuid::Uuid;

/// A kind of news about requests that wait.
pub(super) struct Moment {
    pub(super) name: &'static str,
    topic: &'static str,
    watched: Watched,
}

/// Both kinds, in the order in which their cursors are taken.
pub(super) const MOMENTS: [Moment; 2] = [
    Moment { name: "approval_escalation", topic: "approval.escalated", watched: Watched::Escalation },
    Moment { name: "approval_reminder", topic: "approval.reminded", watched: Watched::Reminder },
];

/// Whether news under this topic is none any more once the stage is over that it is about.
pub(crate) fn is_of_stage(topic: &str) -> bool {
    MOMENTS.iter().any(|moment| moment.topic == topic)
}

impl Moment {
    /// Tells of some moments that have come since the last look.
    pub(super) async fn look(&self, tx: &mut Transaction, now: DateTime<Utc>) -> Result<Looked> {
        let nothing = Looked { told: 0, is_all: true };
        let Some(cursor) = cursor::take(tx, self.name).await? else { return Ok(nothing) };
        let until = Cursor { at: now, id: Uuid::max() };
        if until <= cursor {
            return Ok(nothing);
        }
        let found = approval::list_by_moment(tx, self.watched, cursor, now, BATCH).await?;
        let is_all = found.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        let seen = found.last().filter(|_| !is_all).map_or(until, |&(last, _)| last);
        cursor::set(tx, self.name, seen).await?;
        for (Cursor { at, id }, stage) in &found {
            let parts =
                [id.as_bytes().as_slice(), self.name.as_bytes(), &at.timestamp_micros().to_be_bytes()];
            let news = json!({ "request": id, "stage": stage }).to_string();
            outbox::append_once(tx, derived::id_at(*at, &parts), self.topic, news, now).await?;
        }
        Ok(Looked { told: found.len(), is_all })
    }
}
