//! What is measured of the engine, for whoever watches the server: how often and how much, never who or what.
//!
//! Counting costs an addition, and nothing where nobody listens. The labels are kinds that the program knows, so that their
//! number is bounded; what stands in the database is looked up when somebody asks for the numbers.

use crate::{
    Engine, Result,
    audit::Event,
    passwords::{WAITING, hashed_at_once},
};
use chrono::{DateTime, TimeDelta, Utc};
use metrics::{counter, gauge};
use stint_domain::{
    audit::Activity,
    sign_in::{Method, Outcome},
};
use stint_store::{
    audit,
    outbox::{self, Lane},
    session,
};

/// Counts what a transaction did, once it holds.
pub(crate) fn count_committed(events: &[Event], tries: &[(Method, Outcome)]) {
    for event in events {
        let activity = event.activity();
        counter!("stint_audit_events_total", "category" => activity.category().slug(), "activity" => activity.name())
            .increment(1);
        if let Some((kind, outcome)) = request_of(activity) {
            counter!("stint_role_requests_total", "kind" => kind, "outcome" => outcome).increment(1);
        }
    }
    for (method, outcome) in tries {
        counter!("stint_sign_ins_total", "method" => method.slug(), "outcome" => outcome.slug()).increment(1);
    }
}

/// Counts a piece of news that was carried, or was not.
pub(crate) fn count_carried(lane: Lane, came_to: &'static str) {
    counter!("stint_outbox_carried_total", "lane" => lane.name(), "outcome" => came_to).increment(1);
}

/// Notes that a worker has been through a lane.
pub(crate) fn note_pass(lane: Lane, at: DateTime<Utc>) {
    gauge!("stint_worker_last_pass_timestamp_seconds", "lane" => lane.name())
        .set(seconds(at.timestamp_millis()));
}

/// What an activity is in the life of a request for a role: of which kind, and what came of it.
const fn request_of(activity: Activity) -> Option<(&'static str, &'static str)> {
    use Activity as A;
    Some(match activity {
        A::Activated => ("activation", "completed"),
        A::ApprovalRequested => ("activation", "requested"),
        A::ActivationApproved => ("activation", "approved"),
        A::ActivationDenied => ("activation", "denied"),
        A::ActivationCanceled => ("activation", "canceled"),
        A::ActivationExpired => ("activation", "expired"),
        A::ActivationExtended => ("activation", "extended"),
        A::TicketRefused => ("activation", "ticket_refused"),
        A::Deactivated => ("activation", "deactivated"),
        A::ActivationEnded => ("activation", "ended"),
        A::EligibleAssignedPermanent | A::EligibleAssigned => ("eligible", "assigned"),
        A::ActiveAssignedPermanent | A::ActiveAssigned => ("active", "assigned"),
        A::EligibleUpdated => ("eligible", "updated"),
        A::ActiveUpdated => ("active", "updated"),
        A::EligibleRemoved => ("eligible", "removed"),
        A::ActiveRemoved => ("active", "removed"),
        A::EligibleRenewed => ("eligible", "renewed"),
        A::ActiveRenewed => ("active", "renewed"),
        A::EligibleExtensionRequested
        | A::ActiveExtensionRequested
        | A::EligibleRenewalRequested
        | A::ActiveRenewalRequested => ("prolongation", "requested"),
        A::EligibleExtensionCanceled
        | A::ActiveExtensionCanceled
        | A::EligibleRenewalCanceled
        | A::ActiveRenewalCanceled => ("prolongation", "canceled"),
        A::ProlongationApproved => ("prolongation", "approved"),
        A::ProlongationDenied => ("prolongation", "denied"),
        A::ProlongationExpired => ("prolongation", "expired"),
        _ => return None,
    })
}

/// Looks up what stands in the database, and how busy the engine is.
pub async fn look(engine: &Engine) -> Result<()> {
    // Before a connection is taken for looking.
    for (pool, open, idle) in engine.database.pools() {
        let idle = u32::try_from(idle).unwrap_or(open).min(open);
        gauge!("stint_database_connections", "pool" => pool, "state" => "used").set(open - idle);
        gauge!("stint_database_connections", "pool" => pool, "state" => "idle").set(idle);
    }
    let hashed = hashed_at_once() - engine.hashing.available_permits();
    let waiting = (WAITING - engine.waiting.available_permits()).saturating_sub(hashed);
    for (state, count) in [("running", hashed), ("waiting", waiting)] {
        gauge!("stint_password_hashes", "state" => state).set(u32::try_from(count).unwrap_or(u32::MAX));
    }

    let now = engine.clock.now();
    let mut tx = engine.database.read().await?;
    gauge!("stint_sessions").set(whole(session::count(&mut tx, now).await?));
    gauge!("stint_audit_log_events").set(whole(audit::end(&mut tx).await?));
    for lane in Lane::ALL {
        let waits = outbox::waiting(&mut tx, lane).await?;
        let ago = |at: Option<DateTime<Utc>>| {
            let age = at.map_or(TimeDelta::zero(), |at| (now - at).max(TimeDelta::zero()));
            seconds(age.num_milliseconds())
        };
        gauge!("stint_outbox_pieces", "lane" => lane.name()).set(whole(waits.pieces));
        gauge!("stint_outbox_oldest_seconds", "lane" => lane.name()).set(ago(waits.oldest));
        gauge!("stint_worker_lag_seconds", "lane" => lane.name()).set(ago(waits.due));
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "a count of rows")]
fn whole(count: i64) -> f64 {
    count as f64
}
