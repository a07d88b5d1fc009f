//! What an administrator may assign and a person may activate: the checks that need no database.

use crate::{
    principal::{Principal, PrincipalKind},
    refusal::{Broken, Field, Refusal, Refusals},
    role::{Provider, Role, ScopeType},
    schedule::{AssignmentType, Schedule},
    scope::{Scope, ScopePath},
    settings::{Requirement, RoleSettings, ticket},
    text::{Justification, TicketNumber},
    time::{Duration, Phase, Window},
};
use chrono::{DateTime, TimeDelta, Utc};

/// A start this far in the past is taken as now, as Entra takes any: a form may stay open for a while.
pub const FORGIVEN: TimeDelta = TimeDelta::days(1);

/// A start this far ahead is a slip of the hand, and would not fit into what the databases keep.
pub const PLANNED: TimeDelta = TimeDelta::days(100 * 365);

/// The moment that a wanted start means.
pub fn start_or_now(wanted: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    match wanted {
        None => Ok(now),
        Some(start) if start > now + PLANNED => Err(Refusal::at(Field::Start, Broken::StartTooLate)),
        Some(start) if start >= now => Ok(start),
        Some(start) if start >= now - FORGIVEN => Ok(now),
        Some(_) => Err(Refusal::at(Field::Start, Broken::StartInPast)),
    }
}

/// Checks the window and the reason of an assignment against the role's settings.
pub fn check_assignment(
    settings: &RoleSettings,
    assignment_type: AssignmentType,
    window: Window,
    justification: Option<&Justification>,
) -> Vec<Refusal> {
    let mut found = Vec::new();
    let expiration = settings.expiration(assignment_type);
    match window.end {
        None if expiration.is_expiration_required => {
            found.push(Refusal::at(Field::End, Broken::MustExpire(expiration.maximum_duration)));
        }
        None => {}
        Some(end) if end <= window.start => found.push(Refusal::at(Field::End, Broken::EndBeforeStart)),
        Some(end) => {
            let length = Duration::between(window.start, end);
            if length < Duration::SHORTEST {
                found.push(Refusal::at(Field::End, Broken::TooShort(Duration::SHORTEST)));
            } else if expiration.is_expiration_required && length > expiration.maximum_duration {
                found.push(Refusal::at(Field::End, Broken::TooLong(expiration.maximum_duration)));
            }
        }
    }
    if justification.is_none() && settings.enablement(assignment_type).requires(Requirement::Justification) {
        found.push(Refusal::at(Field::Justification, Broken::JustificationRequired));
    }
    found
}

/// Checks that a role can be given at a scope.
pub fn check_role(role: &Role, scope: &ScopePath) -> Vec<Refusal> {
    let mut found = Vec::new();
    if !role.is_assignable {
        found.push(Refusal::at(Field::Role, Broken::RoleNotAssignable(role.name.clone())));
    }
    let wanted = match scope.kind() {
        Scope::AdministrativeUnit(_) => ScopeType::AdministrativeUnit,
        Scope::Object(_) => ScopeType::Application,
        Scope::Directory | Scope::Resource => ScopeType::Directory,
    };
    if role.provider == Provider::Directory && !role.scope_types.contains(&wanted) {
        found.push(Refusal::at(
            Field::Scope,
            Broken::ScopeNotSupported { role: role.name.clone(), scope: wanted },
        ));
    }
    found
}

/// Checks that a principal can hold an assignment of this type.
pub fn check_member(provider: Provider, assignment_type: AssignmentType, member: &Principal) -> Vec<Refusal> {
    let at_members = |rule| Refusal::at(Field::Members, rule);
    let name = || member.display_name.clone();
    let mut found = Vec::new();
    if member.deleted {
        found.push(at_members(Broken::MemberDeleted(name())));
    } else if member.kind == PrincipalKind::ServicePrincipal && assignment_type == AssignmentType::Eligible {
        found.push(Refusal::at(Field::AssignmentType, Broken::ServicePrincipalEligible(name())));
    } else if member.kind == PrincipalKind::Group
        && provider == Provider::Directory
        && !member.assignable_to_role
    {
        found.push(at_members(Broken::GroupNotAssignable(name())));
    }
    found
}

/// What a person says when activating.
#[derive(Clone, Debug)]
pub struct Activation {
    /// When it should begin; now where nothing was chosen.
    pub start: Option<DateTime<Utc>>,
    /// For how long.
    pub duration: Duration,
    /// Why.
    pub justification: Option<Justification>,
    /// Under which ticket.
    pub ticket: Option<TicketNumber>,
}

impl Activation {
    /// Checks that everything was said that the settings ask for.
    pub(crate) fn check_said(&self, settings: &RoleSettings) -> Vec<Refusal> {
        let (required, mut found) = (&settings.activation_enablement, Vec::new());
        if self.ticket.is_none() && required.requires(Requirement::Ticketing) {
            found.push(Refusal::at(Field::Ticket, Broken::TicketRequired));
        }
        if let (Some(ticket), Some(pattern)) = (&self.ticket, &required.ticket_pattern)
            && !ticket::fits(pattern, &ticket.to_string())
        {
            let words = required.ticket_in_words().unwrap_or_default().to_owned();
            found.push(Refusal::at(Field::Ticket, Broken::TicketForm(words)));
        }
        if self.justification.is_none() && required.requires(Requirement::Justification) {
            found.push(Refusal::at(Field::Justification, Broken::JustificationRequired));
        }
        found
    }
}

impl Schedule {
    /// The window in which this eligibility, activated as asked, gives the role.
    ///
    /// INVARIANT: the window lies inside the eligibility's own.
    pub fn activation_window(
        &self,
        settings: &RoleSettings,
        asked: &Activation,
        now: DateTime<Utc>,
    ) -> Result<Window, Refusals> {
        let mut found = Vec::new();
        if self.assignment_type != AssignmentType::Eligible || self.window.phase(now) == Phase::Ended {
            return Err(Refusal::at(Field::Form, Broken::NotEligible).into());
        }
        let start = start_or_now(asked.start, now).unwrap_or_else(|refusal| {
            found.push(refusal);
            now
        });
        if start < self.window.start {
            found.push(Refusal::at(Field::Start, Broken::NotEligible));
        }
        if self.window.end.is_some_and(|end| end <= start) {
            found.push(Refusal::at(Field::Start, Broken::AfterEligibility));
        }
        if asked.duration < Duration::SHORTEST {
            found.push(Refusal::at(Field::Duration, Broken::TooShort(Duration::SHORTEST)));
        } else if asked.duration > settings.longest_activation() {
            found.push(Refusal::at(Field::Duration, Broken::TooLong(settings.longest_activation())));
        }
        found.extend(asked.check_said(settings));
        Refusals::check(found)?;
        Ok(Window::lasting(start, asked.duration).cut(self.window.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::ScheduleId, role::GLOBAL_ADMINISTRATOR, schedule::AssignmentState};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).unwrap()
    }

    fn eligibility(window: Window) -> Schedule {
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

    proptest! {
        /// Invariant 4: whatever is asked, an activation lies inside its eligibility and is no longer than allowed.
        #[test]
        fn an_activation_never_outlives_its_eligibility(
            start in 0_i64..3000, end in proptest::option::of(0_i64..3000), now in 0_i64..3000,
            wanted in proptest::option::of(0_i64..3000), minutes in 0_i64..2000,
        ) {
            let eligibility = eligibility(Window::new(at(start), end.map(at)));
            let settings = RoleSettings::default_for(Provider::Directory);
            let asked = Activation {
                start: wanted.map(at),
                duration: Duration::minutes(minutes),
                justification: Some(Justification::parse("on call").unwrap()),
                ticket: None,
            };
            if let Ok(window) = eligibility.activation_window(&settings, &asked, at(now)) {
                let length = Duration::between(window.start, window.end.unwrap());
                prop_assert!(window.start >= at(now));
                prop_assert!(length <= settings.longest_activation());
                for minute in (0..6000).step_by(7).map(at) {
                    prop_assert!(!window.contains(minute) || eligibility.window.contains(minute));
                }
            }
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let settings = RoleSettings::default_for(Provider::Directory);
        let asked = Activation {
            start: Some(at(0)),
            duration: Duration::hours(9),
            justification: None,
            ticket: None,
        };
        let refusals =
            eligibility(Window::new(at(0), None)).activation_window(&settings, &asked, at(2000)).unwrap_err();
        let fields: Vec<_> = refusals.as_slice().iter().map(|refusal| refusal.field).collect();
        assert_eq!(fields, [Field::Start, Field::Duration, Field::Justification]);
    }

    #[test]
    fn a_start_is_now_or_in_a_time_that_people_plan_for() {
        let now = at(2000);
        let rule = |start| start_or_now(start, now).map_err(|refusal| refusal.rule);
        assert_eq!(rule(None), Ok(now));
        assert_eq!(rule(Some(at(2001))), Ok(at(2001)));
        assert_eq!(rule(Some(at(560))), Ok(now), "a form may stay open for a while");
        assert_eq!(rule(Some(at(559))), Err(Broken::StartInPast));
        assert_eq!(rule(Some(now + PLANNED)), Ok(now + PLANNED));
        assert_eq!(rule(Some(DateTime::<Utc>::MAX_UTC)), Err(Broken::StartTooLate));
        assert_eq!(rule(Some(DateTime::<Utc>::MIN_UTC)), Err(Broken::StartInPast));
    }

    #[test]
    fn an_assignment_keeps_to_the_settings() {
        let mut settings = RoleSettings::default_for(Provider::Resource);
        let check = |settings: &RoleSettings, window| {
            check_assignment(settings, AssignmentType::Eligible, window, None)
                .into_iter()
                .map(|r| r.rule)
                .collect::<Vec<_>>()
        };
        let year = Duration::days(365);
        assert_eq!(check(&settings, Window::new(at(0), None)), [Broken::MustExpire(year)]);
        assert_eq!(check(&settings, Window::lasting(at(0), Duration::days(366))), [Broken::TooLong(year)]);
        assert_eq!(
            check(&settings, Window::lasting(at(0), Duration::minutes(4))),
            [Broken::TooShort(Duration::SHORTEST)]
        );
        assert_eq!(check(&settings, Window::new(at(9), Some(at(9)))), [Broken::EndBeforeStart]);
        assert_eq!(check(&settings, Window::lasting(at(0), year)), []);
        settings.eligible_expiration.is_expiration_required = false;
        assert_eq!(check(&settings, Window::new(at(0), None)), []);
    }
}
