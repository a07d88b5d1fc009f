//! A running activation lasts longer, without a gap, under the rules of activating.

use crate::{
    assign::Activation,
    refusal::{Broken, Field, Refusal, Refusals},
    schedule::{AssignmentState, Schedule},
    settings::RoleSettings,
    time::{Duration, Phase, Window},
};
use chrono::{DateTime, Utc};

impl Schedule {
    /// The time that is added to this activation: from its end on, for the duration that was asked for. From now to the new
    /// end there is no more than one activation may have. A start is not asked for.
    ///
    /// INVARIANT: the added time lies inside the eligibility's window.
    pub fn added_to_activation(
        &self,
        eligibility: &Self,
        settings: &RoleSettings,
        asked: &Activation,
        now: DateTime<Utc>,
    ) -> Result<Window, Refusals> {
        let at_form = |broken| Err(Refusal::at(Field::Form, broken).into());
        let end = match (self.state, self.window.phase(now), self.window.end) {
            (AssignmentState::Activated, Phase::InForce, Some(end)) => end,
            (AssignmentState::Activated, Phase::Upcoming, _) => return at_form(Broken::NotBegun),
            _ => return at_form(Broken::AlreadyEnded),
        };
        if eligibility.window.end.is_some_and(|limit| limit <= end) {
            return at_form(Broken::EligibilityEndsFirst);
        }
        let mut found = Vec::new();
        let (maximum, left) = (settings.longest_activation(), self.left_to_add(settings, now));
        if asked.duration < Duration::SHORTEST {
            found.push(Refusal::at(Field::Duration, Broken::TooShort(Duration::SHORTEST)));
        } else if asked.duration > left {
            found.push(Refusal::at(Field::Duration, Broken::ExtensionTooLong { maximum, left }));
        }
        found.extend(asked.check_said(settings));
        Refusals::check(found)?;
        Ok(Window::lasting(end, asked.duration).cut(eligibility.window.end))
    }

    /// The most that can be added to this activation at `now`.
    pub fn left_to_add(&self, settings: &RoleSettings, now: DateTime<Utc>) -> Duration {
        let latest = now + settings.longest_activation().to_delta();
        self.window.end.map_or(Duration::seconds(0), |end| Duration::between(end, latest))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, eligible};
    use super::*;
    use crate::{role::Provider, schedule::AssignmentType, text::Justification};
    use proptest::prelude::*;

    fn activated(from: &Schedule, window: Window) -> Schedule {
        Schedule {
            assignment_type: AssignmentType::Active,
            state: AssignmentState::Activated,
            eligibility: Some(from.id),
            window,
            ..from.clone()
        }
    }

    fn asked(minutes: i64) -> Activation {
        Activation {
            start: None,
            duration: Duration::minutes(minutes),
            justification: Some(Justification::parse("still on call").unwrap()),
            ticket: None,
        }
    }

    proptest! {
        /// Invariant 4 again: however often it is extended, an activation lies inside its eligibility, has no gap, and is at
        /// no moment to last longer than one activation may.
        #[test]
        fn an_extended_activation_keeps_to_the_rules_of_activating(
            limit in proptest::option::of(1_i64..3000), first in 5_i64..480,
            steps in proptest::collection::vec((0_i64..300, 0_i64..600), 1..9),
        ) {
            let settings = RoleSettings::default_for(Provider::Directory);
            let eligibility = eligible(Window::new(at(0), limit.map(at)));
            let mut activation = activated(&eligibility, Window::lasting(at(0), Duration::minutes(first)).cut(limit.map(at)));
            let mut now = 0;
            for (wait, minutes) in steps {
                now += wait;
                let before = activation.window;
                match activation.added_to_activation(&eligibility, &settings, &asked(minutes), at(now)) {
                    Ok(added) => {
                        prop_assert!(before.contains(at(now)));
                        prop_assert_eq!(Some(added.start), before.end);
                        prop_assert!(added.end > before.end);
                        activation.window.end = added.end;
                        let end = added.end.unwrap();
                        prop_assert!(end <= at(now) + settings.longest_activation().to_delta());
                        prop_assert!(eligibility.window.end.is_none_or(|limit| end <= limit));
                    }
                    Err(refusals) => {
                        let is_over = !before.contains(at(now));
                        prop_assert!(!is_over || refusals.as_slice()[0].rule == Broken::AlreadyEnded);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let mut settings = RoleSettings::default_for(Provider::Directory);
        settings.activation_enablement.enabled_rules =
            [crate::settings::Requirement::Justification, crate::settings::Requirement::Ticketing].into();
        let eligibility = eligible(Window::new(at(0), Some(at(3000))));
        let activation = activated(&eligibility, Window::new(at(0), Some(at(120))));
        let rules = |activation: &Schedule, asked: &Activation, minute| {
            let refusals =
                activation.added_to_activation(&eligibility, &settings, asked, at(minute)).unwrap_err();
            refusals.as_slice().iter().map(|refusal| refusal.rule.clone()).collect::<Vec<_>>()
        };
        let silent = Activation { justification: None, ..asked(7 * 60) };
        let (maximum, left) = (Duration::hours(8), Duration::minutes(6 * 60 + 30));
        assert_eq!(
            rules(&activation, &silent, 30),
            [
                Broken::ExtensionTooLong { maximum, left },
                Broken::TicketRequired,
                Broken::JustificationRequired
            ]
        );
        assert_eq!(rules(&activation, &asked(60), 120), [Broken::AlreadyEnded]);
        let upcoming = activated(&eligibility, Window::new(at(60), Some(at(120))));
        assert_eq!(rules(&upcoming, &asked(60), 30), [Broken::NotBegun]);
        let to_the_end = activated(&eligibility, Window::new(at(2900), Some(at(3000))));
        assert_eq!(rules(&to_the_end, &asked(60), 2950), [Broken::EligibilityEndsFirst]);
        assert_eq!(rules(&eligibility, &asked(60), 30), [Broken::AlreadyEnded]);
    }
}
