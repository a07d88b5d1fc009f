//! What happened to roles in a week, for those who watch over them.

use crate::{Operation, Result};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use stint_domain::audit::Activity;
use stint_store::audit;

/// The topic of the news that a week is over.
pub(crate) const TOPIC: &str = "digest.weekly";

/// So many roles are named.
const ROLES: i64 = 5;

/// Seven days, half-open, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Week {
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
}

impl Week {
    /// The last week that was over at `now`: weeks end on Mondays at 08:00 UTC.
    pub(crate) fn before(now: DateTime<Utc>) -> Self {
        let shifted = now - TimeDelta::hours(8);
        let monday = shifted.date_naive() - TimeDelta::days(shifted.weekday().num_days_from_monday().into());
        let to = monday.and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::hours(8);
        Self { from: to - TimeDelta::days(7), to }
    }
}

/// What happened in a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Digest {
    pub(crate) week: Week,
    /// How many people activated, and how often.
    pub(crate) activated: (i64, i64),
    /// How many got a role for ever.
    pub(crate) made_permanent: i64,
    /// How many assignments were made.
    pub(crate) assigned: i64,
    /// The roles that most of this was about.
    pub(crate) roles: Vec<(String, i64)>,
}

impl Digest {
    /// Whether nothing happened that is worth a mail.
    pub(crate) const fn is_empty(&self) -> bool {
        self.activated.1 == 0 && self.assigned == 0
    }
}

/// Counts what happened in a week.
pub(crate) async fn of(op: &mut Operation, week: Week) -> Result<Digest> {
    use Activity::{
        Activated, ActiveAssigned, ActiveAssignedPermanent, EligibleAssigned, EligibleAssignedPermanent,
    };
    let assigning = [EligibleAssigned, EligibleAssignedPermanent, ActiveAssigned, ActiveAssignedPermanent];
    let all: Vec<_> = assigning.into_iter().chain([Activated]).map(Activity::label).collect();
    let counts = audit::count_activities(&mut op.tx, &all, week.from, week.to).await?;
    let of = |activity: Activity| {
        let found = counts.iter().find(|count| count.activity == activity.label());
        found.map_or((0, 0), |count| (count.targets, count.events))
    };
    let roles = audit::count_roles(&mut op.tx, &all, week.from, week.to, ROLES).await?;
    Ok(Digest {
        week,
        activated: of(Activated),
        made_permanent: of(ActiveAssignedPermanent).0,
        assigned: assigning.into_iter().map(|activity| of(activity).1).sum(),
        roles,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_ends_on_monday_at_eight() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        // 2026-11-16 and 2026-11-23 are Mondays.
        for (now, to) in [
            ("2026-11-21T07:00:00Z", "2026-11-16T08:00:00Z"),
            ("2026-11-23T07:59:59Z", "2026-11-16T08:00:00Z"),
            ("2026-11-23T08:00:00Z", "2026-11-23T08:00:00Z"),
        ] {
            let week = Week::before(at(now));
            assert_eq!((week.to, week.to - week.from), (at(to), TimeDelta::days(7)), "{now}");
        }
    }
}
