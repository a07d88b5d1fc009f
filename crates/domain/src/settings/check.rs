//! What a role's settings may say.

use super::{ApprovalRule, EnablementRule, NotificationRule, Requirement, RoleSettings};
use crate::{
    principal::{Principal, PrincipalKind},
    refusal::{Broken, Field, Refusal},
    role::Provider,
    text::is_shown,
    time::Duration,
};
use std::collections::BTreeSet;

impl RoleSettings {
    /// The times that an assignment may be limited to.
    pub const MAXIMA: [Duration; 5] = [
        Duration::days(15),
        Duration::days(30),
        Duration::days(90),
        Duration::days(180),
        Duration::days(365),
    ];

    /// Everything in the settings that cannot be so, each at its field.
    pub fn check(&self, provider: Provider) -> Vec<Refusal> {
        let mut found = Vec::new();
        let mut refuse = |field, rule| found.push(Refusal::at(field, rule));
        let longest = self.longest_activation();
        let half_hours = longest.half_hours();
        if !(1..=48).contains(&half_hours) || longest != Duration::minutes(half_hours * 30) {
            refuse(Field::ActivationMaximum, Broken::ActivationMaximum);
        }
        if !self.activation_expiration.is_expiration_required {
            refuse(Field::ActivationMaximum, Broken::ActivationMustEnd);
        }
        self.check_requirements(&mut refuse);
        for (field, rule) in [
            (Field::EligibleMaximum, &self.eligible_expiration),
            (Field::ActiveMaximum, &self.active_expiration),
        ] {
            if !Self::MAXIMA.contains(&rule.maximum_duration) {
                refuse(field, Broken::AssignmentMaximum);
            }
        }
        self.activation_approval.check(provider, &mut refuse);
        for (field, rule) in self.notifications() {
            rule.check(field, &mut refuse);
        }
        found
    }

    fn check_requirements(&self, refuse: &mut impl FnMut(Field, Broken)) {
        let context = &self.activation_authentication_context;
        if context.is_enabled {
            if self.activation_enablement.requires(Requirement::MultiFactorAuthentication) {
                refuse(Field::ActivationRequirement, Broken::TwoRequirements);
            }
            if !context.claim_value.as_deref().is_some_and(is_context) {
                refuse(Field::ActivationRequirement, Broken::AuthenticationContext);
            }
        }
        let activation = &self.activation_enablement;
        let is_fit = |text: &Option<String>, most| {
            text.as_deref().is_none_or(|text| {
                !text.trim().is_empty() && text.chars().count() <= most && text.chars().all(is_shown)
            })
        };
        if !is_fit(&activation.ticket_pattern, 100) || !is_fit(&activation.ticket_hint, 200) {
            refuse(Field::TicketPattern, Broken::TicketPattern);
        }
        if activation.ticket_check.as_ref().is_some_and(|check| !check.is_fit()) {
            refuse(Field::TicketCheck, Broken::TicketCheck);
        }
        let wants_ticket = |rule: &EnablementRule| rule.requires(Requirement::Ticketing);
        if wants_ticket(&self.eligible_enablement) || wants_ticket(&self.active_enablement) {
            refuse(Field::AssignmentRequirement, Broken::TicketOnAssignment);
        }
    }
}

/// `c1` to `c99`.
fn is_context(name: &str) -> bool {
    let number = name.strip_prefix('c').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    number.is_some_and(|digits| !digits.starts_with('0') && (1..=2).contains(&digits.len()))
}

impl ApprovalRule {
    fn check(&self, provider: Provider, refuse: &mut impl FnMut(Field, Broken)) {
        for (number, stage) in self.stages() {
            if !(1..=Self::MOST_NEEDED).contains(&stage.approvals_needed) {
                refuse(Field::ApprovalsNeeded(number), Broken::ApprovalsNeeded(Self::MOST_NEEDED));
            }
            if stage.backup.as_ref().is_some_and(|backup| !self.is_in_time(backup.after)) {
                refuse(Field::BackupApprovers(number), Broken::Escalation);
            }
            let must_name = self.is_approval_required && provider != Provider::Directory;
            if must_name && stage.sides().any(BTreeSet::is_empty) {
                refuse(Field::Approvers(number), Broken::NoApprover);
            }
        }
        if self.count() > Self::MOST_STAGES {
            refuse(Field::ApprovalStages, Broken::TooManyStages(Self::MOST_STAGES));
        }
        if !(Self::SHORTEST_WINDOW..=Self::LONGEST_WINDOW).contains(&self.window) {
            refuse(Field::ApprovalWindow, Broken::ApprovalWindow);
        }
        if self.remind_after.is_some_and(|after| !self.is_in_time(after)) {
            refuse(Field::ApprovalReminder, Broken::Reminder);
        }
    }

    /// Whether something can happen so long after a stage has begun.
    fn is_in_time(&self, after: Duration) -> bool {
        after >= Self::SHORTEST_WINDOW && after < self.window
    }

    /// Checks everybody who is named, of whom `known` are those that there are.
    pub fn check_approvers(&self, known: &[Principal]) -> Vec<Refusal> {
        let mut found = Vec::new();
        for (number, stage) in self.stages() {
            let backup = stage.backup.iter().flat_map(|backup| &backup.approvers);
            let approvers = stage.approvers.iter().map(|id| (Field::Approvers(number), id));
            for (field, id) in approvers.chain(backup.map(|id| (Field::BackupApprovers(number), id))) {
                let principal = known.iter().find(|principal| principal.id == *id);
                found.extend(why_not(principal).map(|rule| Refusal::at(field, rule)));
            }
        }
        found
    }
}

/// Why somebody who was chosen cannot approve.
fn why_not(principal: Option<&Principal>) -> Option<Broken> {
    let (name, reason) = match principal {
        None => ("Somebody who was chosen", "they do not exist"),
        Some(one) if one.deleted => (one.display_name.as_str(), "they were deleted"),
        Some(one) if one.kind == PrincipalKind::ServicePrincipal => {
            (one.display_name.as_str(), "a service principal does not decide")
        }
        Some(one) if !one.enabled => (one.display_name.as_str(), "the account is disabled"),
        Some(_) => return None,
    };
    Some(Broken::CannotApprove { name: name.to_owned(), reason: reason.to_owned() })
}

impl NotificationRule {
    fn check(&self, field: Field, refuse: &mut impl FnMut(Field, Broken)) {
        if self.notification_recipients.len() > Self::MOST_RECIPIENTS {
            refuse(field, Broken::TooManyAddresses(Self::MOST_RECIPIENTS));
        }
        if let Some(wrong) = self.notification_recipients.iter().find(|address| !is_address(address)) {
            // What was typed may be a page long.
            let shown: String = wrong.chars().take(60).collect();
            refuse(field, Broken::MailAddress(format!("“{shown}”")));
        }
    }
}

/// Whether a text looks like a mail address; whether there is such a mailbox, only a mail can tell.
fn is_address(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"\"(),:;<>[\\]@".contains(c);
    text.len() <= 254
        && !name.is_empty()
        && name.chars().all(plain)
        && domain.split('.').count() >= 2
        && domain.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{ApprovalStage, Backup};
    use uuid::Uuid;

    fn defaults() -> RoleSettings {
        RoleSettings::default_for(Provider::Directory)
    }

    /// What is refused after a change of the defaults.
    fn refused(change: impl FnOnce(&mut RoleSettings)) -> Vec<(Field, Broken)> {
        let mut settings = defaults();
        change(&mut settings);
        settings.check(Provider::Directory).into_iter().map(|refusal| (refusal.field, refusal.rule)).collect()
    }

    #[test]
    fn defaults_may_stay() {
        for provider in [Provider::Directory, Provider::Resource, Provider::Group] {
            assert_eq!(RoleSettings::default_for(provider).check(provider), []);
        }
    }

    #[test]
    fn an_activation_lasts_half_an_hour_to_a_day_in_half_hours() {
        let wrong = [(Field::ActivationMaximum, Broken::ActivationMaximum)];
        for (minutes, right) in
            [(0, false), (29, false), (30, true), (45, false), (105, false), (1440, true), (1470, false)]
        {
            let found = refused(|settings| {
                settings.activation_expiration.maximum_duration = Duration::minutes(minutes);
            });
            assert_eq!(found, if right { &[][..] } else { &wrong[..] }, "{minutes} minutes");
        }
        let found = refused(|settings| settings.activation_expiration.is_expiration_required = false);
        assert_eq!(found, [(Field::ActivationMaximum, Broken::ActivationMustEnd)]);
    }

    #[test]
    fn assignments_last_one_of_the_usual_times() {
        for maximum in RoleSettings::MAXIMA {
            assert_eq!(refused(|settings| settings.eligible_expiration.maximum_duration = maximum), []);
        }
        let odd = Duration::days(16);
        assert_eq!(
            refused(|settings| settings.eligible_expiration.maximum_duration = odd),
            [(Field::EligibleMaximum, Broken::AssignmentMaximum)]
        );
        assert_eq!(
            refused(|settings| settings.active_expiration.maximum_duration = Duration::days(0)),
            [(Field::ActiveMaximum, Broken::AssignmentMaximum)]
        );
    }

    #[test]
    fn a_second_factor_and_a_context_exclude_each_other() {
        let context = |settings: &mut RoleSettings, name: Option<&str>| {
            settings.activation_authentication_context.is_enabled = true;
            settings.activation_authentication_context.claim_value = name.map(ToOwned::to_owned);
        };
        assert_eq!(refused(|settings| context(settings, Some("c25"))), []);
        for name in
            [None, Some(""), Some("c"), Some("c0"), Some("c100"), Some("C1"), Some("c1x"), Some("c+1")]
        {
            let wrong = [(Field::ActivationRequirement, Broken::AuthenticationContext)];
            assert_eq!(refused(|settings| context(settings, name)), wrong, "{name:?}");
        }
        let both = refused(|settings| {
            context(settings, Some("c1"));
            settings.activation_enablement.enabled_rules.insert(Requirement::MultiFactorAuthentication);
        });
        assert_eq!(both, [(Field::ActivationRequirement, Broken::TwoRequirements)]);
        let ticket = refused(|settings| {
            settings.active_enablement.enabled_rules.insert(Requirement::Ticketing);
        });
        assert_eq!(ticket, [(Field::AssignmentRequirement, Broken::TicketOnAssignment)]);
    }

    #[test]
    fn approvals_are_few_and_in_time() {
        for needed in [0, 6, 255] {
            let found = refused(|settings| settings.activation_approval.first.approvals_needed = needed);
            assert_eq!(found, [(Field::ApprovalsNeeded(1), Broken::ApprovalsNeeded(5))]);
        }
        for (window, right) in [
            (Duration::minutes(14), false),
            (Duration::minutes(15), true),
            (Duration::days(30), true),
            (Duration::days(31), false),
        ] {
            let found = refused(|settings| settings.activation_approval.window = window);
            assert_eq!(found.is_empty(), right, "{window}");
        }
        let mut settings = RoleSettings::default_for(Provider::Group);
        settings.activation_approval.is_approval_required = true;
        assert_eq!(settings.check(Provider::Directory), []);
        assert_eq!(settings.check(Provider::Group), [Refusal::at(Field::Approvers(1), Broken::NoApprover)]);
    }

    #[test]
    fn only_who_can_sign_in_approves() {
        let principal = |number: u128, kind, enabled, deleted| Principal {
            id: Uuid::from_u128(number).into(),
            kind,
            display_name: format!("Number {number}"),
            enabled,
            deleted,
            assignable_to_role: false,
        };
        let known = [
            principal(1, PrincipalKind::User, true, false),
            principal(2, PrincipalKind::Group, true, false),
            principal(3, PrincipalKind::ServicePrincipal, true, false),
            principal(4, PrincipalKind::User, false, false),
            principal(5, PrincipalKind::User, true, true),
        ];
        let all = || (1..=6).map(|number| Uuid::from_u128(number).into()).collect();
        let (only, backup) =
            (ApprovalStage::default(), Backup { approvers: all(), after: Duration::hours(1) });
        for (field, rule) in [
            (
                Field::Approvers(1),
                ApprovalRule {
                    first: ApprovalStage { approvers: all(), ..only.clone() },
                    ..ApprovalRule::default()
                },
            ),
            (
                Field::BackupApprovers(2),
                ApprovalRule {
                    further_stages: vec![ApprovalStage { backup: Some(backup), ..only.clone() }],
                    ..ApprovalRule::default()
                },
            ),
        ] {
            let found = rule.check_approvers(&known);
            assert!(found.iter().all(|refusal| refusal.field == field), "{found:?}");
            assert_eq!(
                found.iter().map(ToString::to_string).collect::<Vec<_>>(),
                [
                    "Number 3 cannot approve: a service principal does not decide.",
                    "Number 4 cannot approve: the account is disabled.",
                    "Number 5 cannot approve: they were deleted.",
                    "Somebody who was chosen cannot approve: they do not exist.",
                ]
            );
        }
    }

    #[test]
    fn stages_are_few_and_what_happens_in_them_comes_in_time() {
        let refused = |change: &dyn Fn(&mut ApprovalRule)| {
            refused(|settings| change(&mut settings.activation_approval))
        };
        let further = |count| {
            move |rule: &mut ApprovalRule| rule.further_stages = vec![ApprovalStage::default(); count]
        };
        assert_eq!(refused(&further(2)), []);
        assert_eq!(refused(&further(3)), [(Field::ApprovalStages, Broken::TooManyStages(3))]);
        let needed = |rule: &mut ApprovalRule| {
            rule.further_stages = vec![ApprovalStage { approvals_needed: 6, ..ApprovalStage::default() }];
        };
        assert_eq!(refused(&needed), [(Field::ApprovalsNeeded(2), Broken::ApprovalsNeeded(5))]);
        for (minutes, right) in [(14, false), (15, true), (1439, true), (1440, false)] {
            let after = Duration::minutes(minutes);
            let reminded = refused(&|rule| rule.remind_after = Some(after));
            assert_eq!(
                reminded,
                if right { vec![] } else { vec![(Field::ApprovalReminder, Broken::Reminder)] }
            );
            let backup = Some(Backup { approvers: BTreeSet::new(), after });
            let escalated = refused(&|rule| rule.first.backup.clone_from(&backup));
            let wrong = vec![(Field::BackupApprovers(1), Broken::Escalation)];
            assert_eq!(escalated, if right { vec![] } else { wrong }, "{minutes} minutes");
        }
        let mut settings = RoleSettings::default_for(Provider::Group);
        let rule = &mut settings.activation_approval;
        rule.is_approval_required = true;
        rule.first.approvers = [Uuid::from_u128(1).into()].into();
        rule.first.backup = Some(Backup { approvers: BTreeSet::new(), after: Duration::hours(1) });
        rule.further_stages =
            vec![ApprovalStage { approvers: rule.first.approvers.clone(), ..ApprovalStage::default() }];
        assert_eq!(settings.check(Provider::Group), [Refusal::at(Field::Approvers(1), Broken::NoApprover)]);
    }

    #[test]
    fn mail_goes_to_addresses() {
        for address in ["soc@contoso.example", "a.b+c@mail.contoso.example", "mira'x@bücher.example"] {
            assert!(is_address(address), "{address}");
        }
        for text in [
            "",
            "soc",
            "@contoso.example",
            "soc@",
            "soc@contoso",
            "a b@contoso.example",
            "a@b@contoso.example",
            "a@contoso..example",
            "a@-contoso.example",
            "a@contoso.example;b@contoso.example",
            "a@x.example\n",
            "<a@x.example>",
        ] {
            assert!(!is_address(text), "{text:?}");
        }
        let found = refused(|settings| {
            settings.notify_requestor_of_active.notification_recipients = vec!["nobody".to_owned()];
            settings.notify_admin_of_activation.notification_recipients =
                vec!["soc@contoso.example".to_owned(); 21];
        });
        assert_eq!(
            found,
            [
                (Field::NotifyRequestorOfActive, Broken::MailAddress("“nobody”".to_owned())),
                (Field::NotifyAdminOfActivation, Broken::TooManyAddresses(20)),
            ]
        );
    }
}
