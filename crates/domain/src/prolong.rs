//! How an assignment goes on: *extended* in the last days before its end, *renewed* in the days after it.
//!
//! Mira is eligible until 30 November. From the 16th on she, or an administrator, extends that: it goes on without a gap.
//! From the 30th on nothing holds any more, and until 30 December the same can be had again by renewing it. Somebody who may
//! assign roles decides on what she asks for. What is permanent goes on anyhow; what was taken away before its time, and what
//! is held through a group, is an administrator's business; an activation has rules of its own, see
//! [`Schedule::added_to_activation`].

mod activation;

use crate::{
    refusal::Broken,
    request::RequestKind,
    schedule::{AssignmentState, AssignmentType, EndReason, Schedule},
    settings::ExpirationRule,
    time::{Duration, Window},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// So long before its end an assignment can be extended.
pub const EXTENDABLE: Duration = Duration::days(14);

/// So long after its end an assignment can be renewed.
pub const RENEWABLE: Duration = Duration::days(30);

/// The two ways in which an assignment goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prolong {
    /// Without a gap, before the end.
    Extend,
    /// Again, after the end.
    Renew,
}

impl Prolong {
    /// What it is called on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Extend => "Extend",
            Self::Renew => "Renew",
        }
    }

    /// The kind of request that asks for it.
    pub const fn kind(self) -> RequestKind {
        match self {
            Self::Extend => RequestKind::Extension,
            Self::Renew => RequestKind::Renewal,
        }
    }
}

/// What can be done at some moment to make an assignment go on, and if nothing, why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prolonging {
    /// It can be extended until it ends, then.
    Extend(DateTime<Utc>),
    /// It can be extended, but not before then.
    ExtendFrom(DateTime<Utc>),
    /// It has ended and can be renewed until then.
    Renew(DateTime<Utc>),
    /// It has ended and could be renewed until then.
    RenewedNoMore(DateTime<Utc>),
    /// It has no end.
    Permanent,
    /// It is an activation: whoever activated it extends it while it runs.
    Activation,
    /// It was ended before its time.
    EndedEarly(EndReason),
}

impl Prolonging {
    /// Why this cannot be done; nothing where it can.
    pub fn check(&self, wanted: Prolong) -> Result<(), Broken> {
        Err(match (self, wanted) {
            (Self::Extend(_), Prolong::Extend) | (Self::Renew(_), Prolong::Renew) => return Ok(()),
            (&Self::Extend(end), Prolong::Renew) => Broken::NotEnded(end),
            (&Self::ExtendFrom(from), Prolong::Extend) => Broken::ExtendTooEarly(from),
            (&Self::ExtendFrom(from), Prolong::Renew) => Broken::NotEnded(from + EXTENDABLE.to_delta()),
            (&Self::Renew(until), Prolong::Extend) => Broken::EndedRenew(until),
            (&Self::RenewedNoMore(until), _) => Broken::RenewTooLate(until),
            (Self::Permanent, _) => Broken::IsPermanent,
            (Self::Activation, _) => Broken::IsActivation,
            (Self::EndedEarly(reason), _) => Broken::EndedEarly(reason.label().to_lowercase()),
        })
    }

    /// The button that a list shows, enabled or not; none where no such thing will ever be possible.
    pub const fn button(&self) -> Option<Prolong> {
        match self {
            Self::Extend(_) | Self::ExtendFrom(_) => Some(Prolong::Extend),
            Self::Renew(_) | Self::RenewedNoMore(_) => Some(Prolong::Renew),
            Self::Permanent | Self::Activation | Self::EndedEarly(_) => None,
        }
    }

    /// Why a person cannot ask for this; nothing where they can. `through` is the group that holds the assignment, where it
    /// is not the person themselves.
    pub fn check_for_member(&self, wanted: Prolong, through: Option<&str>) -> Result<(), Broken> {
        match through {
            Some(group) => Err(Broken::HeldThroughGroup(group.to_owned())),
            None => self.check(wanted),
        }
    }
}

impl Schedule {
    /// What can be done at `now` to make this assignment go on. `end_reason` says why it ended, where not time ended it.
    pub fn prolonging(&self, end_reason: Option<EndReason>, now: DateTime<Utc>) -> Prolonging {
        match (self.state, end_reason, self.window.end) {
            (AssignmentState::Activated, ..) => Prolonging::Activation,
            (_, Some(reason), _) => Prolonging::EndedEarly(reason),
            (_, None, None) => Prolonging::Permanent,
            (_, None, Some(end)) => {
                let (from, until) = (end - EXTENDABLE.to_delta(), end + RENEWABLE.to_delta());
                if now < from {
                    Prolonging::ExtendFrom(from)
                } else if now < end {
                    Prolonging::Extend(end)
                } else if now < until {
                    Prolonging::Renew(until)
                } else {
                    Prolonging::RenewedNoMore(until)
                }
            }
        }
    }
}

/// How an assignment is to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Eligible or active. Another type than before makes another assignment of it.
    pub assignment_type: AssignmentType,
    /// From when: from now where nothing was chosen. An extension of the same type has begun already.
    pub start: Option<DateTime<Utc>>,
    /// Until when; for ever where nothing was chosen.
    pub end: Option<DateTime<Utc>>,
}

impl Terms {
    /// What was asked for, as far as the settings allow it at `now`: so much time from the old end on, or from now where
    /// that is over.
    pub fn asked(
        assignment_type: AssignmentType,
        added: Window,
        expiration: &ExpirationRule,
        now: DateTime<Utc>,
    ) -> Self {
        let from = added.start.max(now);
        let end = added.end.map(|end| end + (from - added.start));
        let limit = expiration.is_expiration_required.then(|| now + expiration.maximum_duration.to_delta());
        Self { assignment_type, start: None, end: Window::new(from, end).cut(limit).end }
    }
}

/// The time that a person asks for who does not say how much: as much as was `given` at first, and no more than the settings
/// allow. From the end on where it is still to come, and else from now on.
pub fn usual(
    end: DateTime<Utc>,
    given: Option<Duration>,
    expiration: &ExpirationRule,
    now: DateTime<Utc>,
) -> Window {
    let most = expiration.maximum_duration;
    // In whole hours: that somebody took some seconds for a form does not make 29 days of 30.
    let hours = |given: Duration| Duration::hours((given.as_seconds() + 3599) / 3600);
    let length =
        given.map(hours).filter(|&given| given >= Duration::SHORTEST).map_or(most, |given| given.min(most));
    let added = Window::lasting(end.max(now), length);
    let limit = expiration.is_expiration_required.then(|| now + most.to_delta());
    added.cut(limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        assign::check_assignment,
        id::ScheduleId,
        role::{GLOBAL_ADMINISTRATOR, Provider},
        scope::ScopePath,
        settings::RoleSettings,
    };
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use uuid::Uuid;

    pub(super) fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).unwrap()
    }

    pub(super) fn eligible(window: Window) -> Schedule {
        Schedule {
            id: ScheduleId::new(Uuid::nil()),
            assignment_type: AssignmentType::Eligible,
            state: AssignmentState::Assigned,
            provider: Provider::Directory,
            principal: Uuid::nil().into(),
            role: GLOBAL_ADMINISTRATOR,
            scope: ScopePath::directory(),
            window,
            eligibility: None,
            request: Uuid::nil().into(),
        }
    }

    const DAY: i64 = 24 * 60;

    proptest! {
        /// At every moment at most one of the two can be done: extending in the 14 days before the end, renewing in the 30
        /// days after it, to the microsecond.
        #[test]
        fn extending_and_renewing_have_their_days(end in 0_i64..100 * DAY, now in 0_i64..200 * DAY, off in -1_i64..=1) {
            let (end, now) = (at(end), at(now) + TimeDelta::microseconds(off));
            let prolonging = eligible(Window::new(at(-1), Some(end))).prolonging(None, now);
            let may = |wanted| prolonging.check(wanted).is_ok();
            prop_assert_eq!(may(Prolong::Extend), end - TimeDelta::days(14) <= now && now < end);
            prop_assert_eq!(may(Prolong::Renew), end <= now && now < end + TimeDelta::days(30));
            for wanted in [Prolong::Extend, Prolong::Renew] {
                prop_assert!(prolonging.check_for_member(wanted, Some("Helpdesk")).is_err());
                prop_assert_eq!(prolonging.check_for_member(wanted, None).is_ok(), may(wanted));
                prop_assert!(!may(wanted) || prolonging.button() == Some(wanted));
            }
        }

        /// Who does not say how much asks for what they may have, and for no less than there was before.
        #[test]
        fn the_usual_time_is_allowed(
            end in 0_i64..30 * DAY, since in -14 * DAY..30 * DAY, given in proptest::option::of(0_i64..400 * DAY),
            most in 15_i64..366, is_expiration_required in any::<bool>(), later in 0_i64..40 * DAY,
        ) {
            let (end, now) = (at(end), at(end + since));
            let mut settings = RoleSettings::default_for(Provider::Directory);
            settings.eligible_expiration =
                ExpirationRule { is_expiration_required, maximum_duration: Duration::days(most) };
            let added = usual(end, given.map(Duration::minutes), &settings.eligible_expiration, now);
            prop_assert_eq!(added.start, end.max(now));
            let until = added.end.unwrap();
            prop_assert!(until > added.start);
            let wanted = Duration::minutes(given.unwrap_or(most * DAY)).min(Duration::days(most));
            prop_assert!(Duration::between(added.start, until) >= wanted || is_expiration_required);
            // What is granted later, as it was asked for, is allowed then, and nobody loses by the wait.
            let decided = now + TimeDelta::minutes(later);
            let terms = Terms::asked(AssignmentType::Eligible, added, &settings.eligible_expiration, decided);
            prop_assert!(terms.end.unwrap() >= until);
            let ahead = Window::new(decided, terms.end);
            prop_assert_eq!(check_assignment(&settings, AssignmentType::Eligible, ahead, None), []);
        }
    }

    #[test]
    fn what_does_not_go_on_says_why() {
        let now = at(0);
        let ending = eligible(Window::new(at(-9), Some(at(9))));
        let mut activation = ending.clone();
        activation.state = AssignmentState::Activated;
        for (schedule, end_reason, broken) in [
            (eligible(Window::new(at(-9), None)), None, Broken::IsPermanent),
            (activation, None, Broken::IsActivation),
            (ending.clone(), Some(EndReason::Removed), Broken::EndedEarly("removed".into())),
        ] {
            let prolonging = schedule.prolonging(end_reason, now);
            assert_eq!(prolonging.button(), None);
            for wanted in [Prolong::Extend, Prolong::Renew] {
                assert_eq!(prolonging.check(wanted), Err(broken.clone()));
            }
        }
        let check = |wanted, minute| ending.prolonging(None, at(minute)).check(wanted);
        assert_eq!(check(Prolong::Extend, 9 - 14 * DAY - 1), Err(Broken::ExtendTooEarly(at(9 - 14 * DAY))));
        assert_eq!(check(Prolong::Renew, 9 - 14 * DAY - 1), Err(Broken::NotEnded(at(9))));
        assert_eq!(check(Prolong::Renew, 8), Err(Broken::NotEnded(at(9))));
        assert_eq!(check(Prolong::Extend, 9), Err(Broken::EndedRenew(at(9 + 30 * DAY))));
        assert_eq!(check(Prolong::Renew, 9 + 30 * DAY), Err(Broken::RenewTooLate(at(9 + 30 * DAY))));
    }
}
