//! Three years of assignments and activations, and what the audit log says of them.

use super::{AGE, Organisation, id, moment, one_of};
use crate::{assign::window_in_words, roles::Catalogue};
use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt, rngs::StdRng};
use serde_json::json;
use std::collections::HashMap;
use stint_domain::{
    audit::Activity,
    id::{OutboxId, PrincipalId, RequestId, RoleId},
    request::{RequestAction, RequestStatus},
    role::{GLOBAL_ADMINISTRATOR, GROUP_MEMBER, GUARDED, Provider, Role, ScopeType},
    schedule::{AssignmentState, AssignmentType, EndReason, Schedule},
    scope::ScopePath,
    text::Justification,
    time::Window,
};
use stint_store::{audit::AuditEventRow, principal::PrincipalRow, request::NewRequest};
use uuid::Uuid;

const REASONS: [&str; 10] = [
    "Rotating the certificates of the mail gateway",
    "Onboarding three colleagues who start on Monday",
    "Incident: sign-ins fail for one office",
    "Quarterly review of licences",
    "Moving the old file server's shares",
    "A user lost their phone and needs a new method",
    "Checking the conditional access report for the auditors",
    "Planned maintenance of the directory connector",
    "Adding the new branch to the policy",
    "Cleaning up stale devices",
];

/// An assignment with what lies around it.
pub(super) struct Assigned {
    pub schedule: Schedule,
    pub end_reason: Option<EndReason>,
    pub created_at: DateTime<Utc>,
    requested_by: PrincipalId,
    justification: &'static str,
    /// The index of its holder among the principals.
    holder: usize,
    /// The id of the request that ended it, where somebody did.
    ending: RequestId,
    news: OutboxId,
}

impl Assigned {
    /// The request that made it, and the one that ended it.
    pub(super) fn requests(&self) -> Vec<NewRequest> {
        let schedule = &self.schedule;
        let activated = schedule.state == AssignmentState::Activated;
        let made = NewRequest {
            id: schedule.request,
            provider: schedule.provider,
            assignment_type: schedule.assignment_type,
            action: if activated { RequestAction::SelfActivate } else { RequestAction::AdminAssign },
            principal: schedule.principal,
            role: schedule.role,
            scope: schedule.scope.clone(),
            window: schedule.window,
            justification: Justification::parse(self.justification).ok(),
            ticket: None,
            status: RequestStatus::Provisioned,
            requested_by: self.requested_by,
            schedule: Some(schedule.id),
            created_at: self.created_at,
            signed_in: None,
            prolongs: None,
            approval: None,
        };
        let ended = self.end_reason.zip(schedule.window.end).map(|(_, end)| NewRequest {
            id: self.ending,
            action: if activated { RequestAction::SelfDeactivate } else { RequestAction::AdminRemove },
            justification: None,
            status: RequestStatus::Revoked,
            created_at: end,
            ..made.clone()
        });
        [Some(made), ended].into_iter().flatten().collect()
    }

    /// What was told of it to the outside.
    pub(super) fn news(&self) -> (OutboxId, &'static str, String, DateTime<Utc>) {
        let Schedule { id, principal, role, scope, .. } = &self.schedule;
        let payload = json!({ "principal": principal, "role": role, "scope": scope, "schedule": id });
        (self.news, "role_assignment_changed", payload.to_string(), self.created_at)
    }
}

/// Makes `count` assignments, in the order in which they were made.
pub(super) fn make(
    organisation: &Organisation,
    catalogue: &Catalogue,
    count: usize,
    now: DateTime<Utc>,
    chance: &mut StdRng,
) -> Vec<Assigned> {
    let roles = Roles::of(catalogue);
    let mut history =
        History { organisation, roles, now, most: count, made: Vec::with_capacity(count), chance };
    history.administrator();
    let of_groups = history.groups();
    history.service_principals();
    history.users(&of_groups);
    let mut made = history.made;
    made.sort_by_key(|assigned| assigned.created_at);
    made
}

/// The roles that are given, the common ones more often.
struct Roles {
    roles: Vec<Role>,
    /// Up to which number of the draw each role is meant.
    up_to: Vec<u32>,
}

impl Roles {
    fn of(catalogue: &Catalogue) -> Self {
        let directory = catalogue.list(Provider::Directory).into_iter();
        let roles: Vec<Role> = directory.filter(|role| role.is_assignable).cloned().collect();
        let mut sum = 0;
        let up_to = roles.iter().enumerate().map(|(index, role)| {
            // Neighbours in the alphabet differ in how common they are.
            let common = 60_000 / (u32::try_from(index * 37 % roles.len()).unwrap_or(0) + 4);
            sum += match role {
                role if GUARDED.contains(&role.id) => 8,
                role if role.is_privileged => common / 3,
                _ => common,
            };
            sum
        });
        let up_to = up_to.collect();
        Self { roles, up_to }
    }

    fn draw(&self, chance: &mut StdRng) -> &Role {
        let number = chance.random_range(0..self.up_to.last().copied().unwrap_or(1));
        &self.roles[self.up_to.partition_point(|&up_to| up_to <= number)]
    }
}

struct History<'a> {
    organisation: &'a Organisation,
    roles: Roles,
    now: DateTime<Utc>,
    most: usize,
    made: Vec<Assigned>,
    chance: &'a mut StdRng,
}

impl History<'_> {
    fn room(&self) -> usize {
        self.most.saturating_sub(self.made.len())
    }

    fn push(
        &mut self,
        holder: usize,
        assignment_type: AssignmentType,
        (provider, role, scope): (Provider, RoleId, ScopePath),
        window: Window,
        eligibility: Option<&Schedule>,
    ) -> Option<Schedule> {
        if self.room() == 0 {
            return None;
        }
        let began = self.now - AGE;
        let activated = eligibility.is_some();
        let earlier =
            if activated { TimeDelta::zero() } else { TimeDelta::minutes(self.chance.random_range(0..2880)) };
        let created_at = (window.start.min(self.now) - earlier).max(began);
        let cut_short = window.end.is_some_and(|end| end <= self.now) && self.chance.random_range(0..10) < 3;
        let (ends, reason) = if activated {
            (self.chance.random_range(5..60), EndReason::Deactivated)
        } else {
            (self.chance.random_range(60..40_000), EndReason::Removed)
        };
        let mut window = window;
        if cut_short {
            window = window.cut(Some(window.start + TimeDelta::minutes(ends)));
        }
        let by =
            if activated { holder } else { self.chance.random_range(0..self.organisation.managers().len()) };
        let schedule = Schedule {
            id: id(self.chance, created_at),
            assignment_type,
            state: if activated { AssignmentState::Activated } else { AssignmentState::Assigned },
            provider,
            principal: self.organisation.principals[holder].id,
            role,
            scope,
            window,
            eligibility: eligibility.map(|eligibility| eligibility.id),
            request: id(self.chance, created_at),
        };
        self.made.push(Assigned {
            schedule: schedule.clone(),
            end_reason: cut_short.then_some(reason),
            created_at,
            requested_by: self.organisation.principals[by].id,
            justification: one_of::<&'static str>(&REASONS, self.chance),
            holder,
            ending: id(self.chance, window.end.unwrap_or(self.now).min(self.now)),
            news: id(self.chance, created_at),
        });
        Some(schedule)
    }

    /// A role somewhere, as administrators give it.
    fn what(&mut self) -> (Provider, RoleId, ScopePath) {
        if self.chance.random_range(0..100) < 3 && !self.organisation.groups().is_empty() {
            let group = one_of(self.organisation.groups(), self.chance);
            return (Provider::Group, GROUP_MEMBER, ScopePath::object(group.id));
        }
        let role = self.roles.draw(self.chance);
        let scope = match self.chance.random_range(0..100) {
            0..25 if role.scope_types.contains(&ScopeType::AdministrativeUnit) => {
                ScopePath::administrative_unit(one_of(&self.organisation.units, self.chance).id)
            }
            25..35 if role.scope_types.contains(&ScopeType::Application) => {
                ScopePath::object(one_of(self.organisation.service_principals(), self.chance).id)
            }
            _ => ScopePath::directory(),
        };
        (Provider::Directory, role.id, scope)
    }

    /// A window as administrators choose it: over, in force for ever or for a time, or yet to come.
    fn window(&mut self) -> Window {
        let (now, chance) = (self.now, &mut *self.chance);
        let days = TimeDelta::days;
        match chance.random_range(0..100) {
            0..35 => {
                let start = moment(now - AGE, now - days(40), chance);
                Window::new(start, Some(moment(start + days(7), now.min(start + days(365)), chance)))
            }
            35..70 => Window::new(moment(now - AGE, now, chance), None),
            70..95 => {
                let start = moment(now - days(365), now, chance);
                Window::new(start, Some(moment(now + TimeDelta::hours(1), start + days(400), chance)))
            }
            _ => {
                let start = moment(now + TimeDelta::hours(1), now + days(60), chance);
                let end = chance.random_bool(0.7).then(|| start + days(180));
                Window::new(start, end)
            }
        }
    }

    /// The administrator holds Global Administrator for ever, and has a history that would slow a careless page.
    fn administrator(&mut self) {
        let directory = ScopePath::directory();
        let for_ever = Window::new(self.now - AGE, None);
        self.push(
            0,
            AssignmentType::Active,
            (Provider::Directory, GLOBAL_ADMINISTRATOR, directory),
            for_ever,
            None,
        );
        let each = (self.most / 400).min(60);
        for _ in 0..self.room().min(12) {
            let (provider, role, scope) = self.what();
            if provider == Provider::Directory && !GUARDED.contains(&role) {
                let what = (provider, role, scope);
                if let Some(eligibility) = self.push(0, AssignmentType::Eligible, what, for_ever, None) {
                    self.activations(0, &eligibility, each);
                }
            }
        }
    }

    /// Gives roles to groups. Tells which eligibilities each principal has through them.
    fn groups(&mut self) -> HashMap<PrincipalId, Vec<Schedule>> {
        let mut of_group: HashMap<PrincipalId, Vec<Schedule>> = HashMap::new();
        let first = self.organisation.users().len();
        let most = self.room() / 20;
        let before = self.made.len();
        for (index, group) in self.organisation.groups().iter().enumerate() {
            if !group.assignable_to_role || self.made.len() - before >= most {
                continue;
            }
            for _ in 0..self.chance.random_range(1..=4) {
                let (what, window) = (self.what(), self.window());
                let eligible = self.chance.random_range(0..10) < 7;
                let kind = if eligible { AssignmentType::Eligible } else { AssignmentType::Active };
                let schedule = self.push(first + index, kind, what, window, None);
                of_group.entry(group.id).or_default().extend(schedule.filter(|_| eligible));
            }
        }
        let mut of_member: HashMap<PrincipalId, Vec<Schedule>> = HashMap::new();
        for (group, member, _) in &self.organisation.members {
            if let Some(schedules) = of_group.get(group) {
                of_member
                    .entry(self.organisation.principals[*member].id)
                    .or_default()
                    .extend(schedules.iter().cloned());
            }
        }
        of_member
    }

    fn service_principals(&mut self) {
        let first = self.organisation.users().len() + self.organisation.groups().len();
        for index in 0..self.organisation.service_principals().len().min(self.room() / 20) {
            let (what, window) = (self.what(), self.window());
            self.push(first + index, AssignmentType::Active, what, window, None);
        }
    }

    /// Gives the rest to users: most have few, some have hundreds.
    fn users(&mut self, through_groups: &HashMap<PrincipalId, Vec<Schedule>>) {
        let users = self.organisation.users().len();
        let average = self.room().div_ceil(users);
        while self.room() > 0 {
            let before = self.made.len();
            for holder in 0..users {
                let share = match self.chance.random_range(0..100) {
                    0..70 => self.chance.random_range(0..=average / 2),
                    70..95 => self.chance.random_range(average / 2..=average * 3),
                    _ => self.chance.random_range(average..=average * 15),
                };
                let through = through_groups.get(&self.organisation.principals[holder].id);
                self.one_user(holder, share, through.map_or(&[], Vec::as_slice));
            }
            // A tiny organisation: everybody gets one more.
            if self.made.len() == before {
                self.one_user(self.made.len() % users, 1, &[]);
            }
        }
    }

    fn one_user(&mut self, holder: usize, share: usize, through: &[Schedule]) {
        let until = self.made.len() + share.min(self.room());
        for eligibility in through.iter().take(2) {
            if self.made.len() < until && self.chance.random_bool(0.3) {
                let most = (until - self.made.len()).min(5);
                self.activations(holder, eligibility, most);
            }
        }
        while self.made.len() < until {
            let (what, window) = (self.what(), self.window());
            if self.chance.random_range(0..100) < 20 {
                self.push(holder, AssignmentType::Active, what, window, None);
            } else if let Some(eligibility) = self.push(holder, AssignmentType::Eligible, what, window, None)
            {
                let room = until.saturating_sub(self.made.len());
                let most = self.chance.random_range(0..=room.min(share / 3 + 2));
                self.activations(holder, &eligibility, most);
            }
        }
    }

    /// Activations of an eligibility, one after another, some of them running now.
    fn activations(&mut self, holder: usize, eligibility: &Schedule, most: usize) {
        let now = self.now;
        let what = (eligibility.provider, eligibility.role, eligibility.scope.clone());
        let runs = most > 0
            && eligibility.window.contains(now)
            && eligibility.window.start < now - TimeDelta::hours(5)
            && self.chance.random_range(0..100) < 12;
        if runs {
            let start = now - TimeDelta::minutes(self.chance.random_range(1..240));
            let window = Window::new(start, Some(start + TimeDelta::hours(8))).cut(eligibility.window.end);
            self.push(holder, AssignmentType::Active, what.clone(), window, Some(eligibility));
        }
        let past = Window::new(eligibility.window.start, Some(now - TimeDelta::hours(14)))
            .cut(eligibility.window.end);
        let Some(end) = past.end.filter(|&end| end > past.start) else { return };
        let slots = usize::try_from((end - past.start).num_hours() / 12).unwrap_or(0);
        let count = most.saturating_sub(usize::from(runs)).min(slots);
        for index in 0..count {
            // Each in a slot of its own, so that no two overlap.
            let slot = (end - past.start) / i32::try_from(count).unwrap_or(i32::MAX);
            let from = past.start + slot * i32::try_from(index).unwrap_or(0);
            let start = moment(from, from + slot - TimeDelta::hours(9), self.chance);
            let length = TimeDelta::minutes(30 * self.chance.random_range(1..=16));
            let window = Window::new(start, Some(start + length)).cut(eligibility.window.end);
            self.push(holder, AssignmentType::Active, what.clone(), window, Some(eligibility));
        }
    }
}

/// An event of the log: a sign-in, an act of an administrator, or what the assignment beside it has to tell.
pub(super) fn event(
    organisation: &Organisation,
    beside: Option<&Assigned>,
    catalogue: &Catalogue,
    chance: &mut StdRng,
) -> AuditEventRow {
    let source = format!(
        "10.{}.{}.{}",
        chance.random_range(0..64),
        chance.random_range(0..256),
        chance.random_range(1..255)
    );
    let mut row = match (chance.random_range(0..100), beside) {
        (0..40, Some(assigned)) => about_role(organisation, assigned, catalogue),
        (40..48, _) => {
            let activity = *one_of(
                &[
                    Activity::UserUpdated,
                    Activity::UserDisabled,
                    Activity::PasswordReset,
                    Activity::UserEnabled,
                ],
                chance,
            );
            done_to(activity, one_of(organisation.managers(), chance), one_of(organisation.users(), chance))
        }
        (48..55, _) if !organisation.groups().is_empty() => {
            let activity = *one_of(&[Activity::MemberAdded, Activity::MemberRemoved], chance);
            let group = one_of(organisation.groups(), chance);
            let detail = Some(format!("Group: {}", group.display_name));
            AuditEventRow {
                detail,
                ..done_to(
                    activity,
                    one_of(organisation.managers(), chance),
                    one_of(organisation.users(), chance),
                )
            }
        }
        (55..60, _) => {
            let failed = done_to(
                Activity::SignInFailed,
                organisation.administrator(),
                one_of(organisation.users(), chance),
            );
            AuditEventRow { actor_id: None, actor_name: "Stint".to_owned(), ..failed }
        }
        _ => {
            let user = one_of(organisation.users(), chance);
            done_to(Activity::SignedIn, user, user)
        }
    };
    row.source = Some(source);
    row
}

fn about_role(organisation: &Organisation, assigned: &Assigned, catalogue: &Catalogue) -> AuditEventRow {
    let schedule = &assigned.schedule;
    let activity = match (schedule.state, schedule.assignment_type, schedule.window.end) {
        (AssignmentState::Activated, ..) => Activity::Activated,
        (_, AssignmentType::Eligible, None) => Activity::EligibleAssignedPermanent,
        (_, AssignmentType::Eligible, Some(_)) => Activity::EligibleAssigned,
        (_, AssignmentType::Active, None) => Activity::ActiveAssignedPermanent,
        (_, AssignmentType::Active, Some(_)) => Activity::ActiveAssigned,
    };
    let holder = &organisation.principals[assigned.holder];
    let managers = organisation.managers();
    let by = managers.iter().find(|manager| manager.id == assigned.requested_by).unwrap_or(holder);
    AuditEventRow {
        role_id: Some(schedule.role),
        role_name: catalogue.find(schedule.role).map(|(role, _)| role.name.clone()),
        scope: Some(schedule.scope.to_string()),
        justification: Some(assigned.justification.to_owned()),
        detail: Some(window_in_words(schedule.window)),
        request_id: Some(schedule.request),
        ..done_to(activity, by, holder)
    }
}

fn done_to(activity: Activity, by: &PrincipalRow, target: &PrincipalRow) -> AuditEventRow {
    AuditEventRow {
        seq: 0,
        id: Uuid::nil().into(),
        at: DateTime::UNIX_EPOCH,
        category: activity.category(),
        activity: activity.label().to_owned(),
        actor_id: Some(by.id),
        actor_name: by.display_name.clone(),
        target_id: Some(target.id.as_uuid()),
        target_name: Some(target.user_name.clone().unwrap_or_else(|| target.display_name.clone())),
        role_id: None,
        role_name: None,
        scope: None,
        justification: None,
        ticket: None,
        detail: None,
        source: None,
        request_id: None,
        hash: Vec::new(),
    }
}
