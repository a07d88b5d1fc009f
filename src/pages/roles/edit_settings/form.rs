//! What the form of a role's settings sends, and the rules that it stands for.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The form, as it is sent. A box that is not ticked sends nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingsForm {
    /// Which version of the settings was changed.
    pub version: String,
    /// Activation maximum duration, in hours.
    pub hours: String,
    /// On activation, require: nothing, `mfa`, or the name of an authentication context.
    pub require: String,
    /// Require justification on activation.
    pub justification: String,
    /// Require ticket information on activation.
    pub ticket: String,
    /// What a ticket's number has to look like.
    pub ticket_pattern: String,
    /// The same in words.
    pub ticket_hint: String,
    /// Require approval to activate.
    pub approval: String,
    /// The ids of those who approve; the keys say nothing.
    pub approvers: BTreeMap<String, String>,
    /// Who else approves: user names and names of groups, separated by semicolons.
    pub more_approvers: String,
    /// How many of them must agree.
    pub approvals_needed: String,
    /// How long they have, in hours.
    pub window: String,
    /// Require a second factor to approve.
    pub approve_mfa: String,
    /// Allow permanent eligible assignment.
    pub eligible_permanent: String,
    /// Expire eligible assignments after, in days.
    pub eligible_days: String,
    /// Allow permanent active assignment.
    pub active_permanent: String,
    /// Expire active assignments after, in days.
    pub active_days: String,
    /// Require multifactor authentication on active assignment.
    pub active_mfa: String,
    /// Require justification on active assignment.
    pub active_justification: String,
    /// Who is told of what, by rule id.
    pub notify: BTreeMap<String, NotifyForm>,
}

/// One row of the tab Notification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NotifyForm {
    /// Default recipients.
    pub default: String,
    /// Additional recipients, separated by semicolons.
    pub more: String,
    /// Critical emails only.
    pub critical: String,
}

/// What each field begins with, by the name that it is sent by.
#[cfg(feature = "ssr")]
pub(super) fn values(
    settings: &stint_domain::settings::RoleSettings,
    version: i64,
) -> BTreeMap<String, String> {
    use stint_domain::{
        settings::{NotificationLevel, Requirement},
        time::Duration,
    };
    #[expect(clippy::cast_precision_loss, reason = "at most some thousand half hours")]
    let hours = |length: Duration| (length.half_hours() as f64 / 2.0).to_string();
    let days = |length: Duration| (length.as_seconds() / 86_400).to_string();
    let (activation, approval) = (&settings.activation_enablement, &settings.activation_approval);
    let fields = [
        ("version", version.to_string()),
        ("hours", hours(settings.longest_activation())),
        ("require", required(settings)),
        ("justification", activation.requires(Requirement::Justification).to_string()),
        ("ticket", activation.requires(Requirement::Ticketing).to_string()),
        ("ticket_pattern", activation.ticket_pattern.clone().unwrap_or_default()),
        ("ticket_hint", activation.ticket_hint.clone().unwrap_or_default()),
        ("approval", approval.is_approval_required.to_string()),
        ("approvals_needed", approval.approvals_needed.to_string()),
        ("window", hours(approval.window)),
        ("approve_mfa", approval.is_second_factor_required.to_string()),
        (
            "active_mfa",
            settings.active_enablement.requires(Requirement::MultiFactorAuthentication).to_string(),
        ),
        ("eligible_permanent", (!settings.eligible_expiration.is_expiration_required).to_string()),
        ("eligible_days", days(settings.eligible_expiration.maximum_duration)),
        ("active_permanent", (!settings.active_expiration.is_expiration_required).to_string()),
        ("active_days", days(settings.active_expiration.maximum_duration)),
        ("active_justification", settings.active_enablement.requires(Requirement::Justification).to_string()),
    ];
    let mut values: BTreeMap<_, _> =
        fields.into_iter().map(|(name, value)| (format!("form[{name}]"), value)).collect();
    for (id, rule) in reading::rules(&mut settings.clone()) {
        let mut put = |part: &str, value: String| values.insert(format!("form[notify][{id}][{part}]"), value);
        put("default", rule.is_default_recipients_enabled.to_string());
        put("more", rule.notification_recipients.join("; "));
        put("critical", (rule.notification_level == NotificationLevel::Critical).to_string());
    }
    values
}

/// What an activation asks for beyond being signed in.
#[cfg(feature = "ssr")]
fn required(settings: &stint_domain::settings::RoleSettings) -> String {
    use stint_domain::settings::Requirement;
    let context = &settings.activation_authentication_context;
    if context.is_enabled {
        context.claim_value.clone().unwrap_or_default()
    } else if settings.activation_enablement.requires(Requirement::MultiFactorAuthentication) {
        "mfa".to_owned()
    } else {
        String::new()
    }
}

#[cfg(feature = "ssr")]
mod reading {
    use super::{NotifyForm, SettingsForm};
    use crate::{
        error::AppError,
        form::{Check, parse_half_hours},
    };
    use std::collections::BTreeSet;
    use stint_domain::{
        id::PrincipalId,
        refusal::Field,
        settings::{
            AuthenticationContextRule, EnablementRule, NotificationLevel, NotificationRule, Requirement,
            RoleSettings,
        },
        time::Duration,
    };

    impl SettingsForm {
        /// The settings that the form stands for: what it does not show stays as it was. `named` are the approvers who were
        /// named and not ticked.
        pub fn settings(
            self,
            before: RoleSettings,
            named: Vec<PrincipalId>,
        ) -> Result<RoleSettings, AppError> {
            let mut check = Check::default();
            let mut settings = before;
            let mut hours = |field, text: &str, words| {
                let hours = parse_half_hours(text);
                if hours.is_none() {
                    check.missing(field, words);
                }
                hours
            };
            let longest = hours(Field::ActivationMaximum, &self.hours, "Enter a number of hours, in halves.");
            let window = hours(Field::ApprovalWindow, &self.window, "Enter a number of hours, in halves.");
            if let Some(longest) = longest {
                settings.activation_expiration.maximum_duration = longest;
            }
            let approval = &mut settings.activation_approval;
            approval.is_approval_required = is_ticked(&self.approval);
            approval.window = window.unwrap_or(approval.window);
            match self.approvals_needed.trim().parse() {
                Ok(needed) => approval.approvals_needed = needed,
                Err(_) => check.missing(Field::ApprovalsNeeded, "Enter a number."),
            }
            let ticked = self.approvers.values().filter_map(|id| id.parse().ok());
            approval.approvers = ticked.chain(named).collect::<BTreeSet<_>>();
            settings.activation_approval.is_second_factor_required = is_ticked(&self.approve_mfa);
            let is_mfa = if self.require == "mfa" { "true" } else { "" };
            wants(&mut settings.activation_enablement, Requirement::MultiFactorAuthentication, is_mfa);
            let context = Some(self.require).filter(|name| !name.is_empty() && name != "mfa");
            settings.activation_authentication_context =
                AuthenticationContextRule { is_enabled: context.is_some(), claim_value: context };
            wants(&mut settings.active_enablement, Requirement::MultiFactorAuthentication, &self.active_mfa);
            wants(&mut settings.activation_enablement, Requirement::Justification, &self.justification);
            wants(&mut settings.activation_enablement, Requirement::Ticketing, &self.ticket);
            let given = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            settings.activation_enablement.ticket_pattern = given(self.ticket_pattern);
            settings.activation_enablement.ticket_hint = given(self.ticket_hint);
            wants(&mut settings.active_enablement, Requirement::Justification, &self.active_justification);
            for (field, rule, permanent, days) in [
                (
                    Field::EligibleMaximum,
                    &mut settings.eligible_expiration,
                    &self.eligible_permanent,
                    &self.eligible_days,
                ),
                (
                    Field::ActiveMaximum,
                    &mut settings.active_expiration,
                    &self.active_permanent,
                    &self.active_days,
                ),
            ] {
                rule.is_expiration_required = !is_ticked(permanent);
                match days.trim().parse::<u16>() {
                    Ok(days) => rule.maximum_duration = Duration::days(days.into()),
                    Err(_) => check.missing(field, "Choose how long."),
                }
            }
            for (id, rule) in rules(&mut settings) {
                if let Some(said) = self.notify.get(id) {
                    said.put_into(rule);
                }
            }
            check.done().map(|()| settings)
        }
    }

    impl NotifyForm {
        fn put_into(&self, rule: &mut NotificationRule) {
            rule.is_default_recipients_enabled = is_ticked(&self.default);
            rule.notification_level =
                if is_ticked(&self.critical) { NotificationLevel::Critical } else { NotificationLevel::All };
            let addresses =
                self.more.split([';', ',', '\n']).map(str::trim).filter(|address| !address.is_empty());
            rule.notification_recipients = addresses.map(ToOwned::to_owned).collect();
        }
    }

    /// The notification rules under their ids.
    pub(super) fn rules(settings: &mut RoleSettings) -> [(&'static str, &mut NotificationRule); 9] {
        [
            ("Notification_Admin_Admin_Eligibility", &mut settings.notify_admin_of_eligible),
            ("Notification_Requestor_Admin_Eligibility", &mut settings.notify_requestor_of_eligible),
            ("Notification_Approver_Admin_Eligibility", &mut settings.notify_approver_of_eligible),
            ("Notification_Admin_Admin_Assignment", &mut settings.notify_admin_of_active),
            ("Notification_Requestor_Admin_Assignment", &mut settings.notify_requestor_of_active),
            ("Notification_Approver_Admin_Assignment", &mut settings.notify_approver_of_active),
            ("Notification_Admin_EndUser_Assignment", &mut settings.notify_admin_of_activation),
            ("Notification_Requestor_EndUser_Assignment", &mut settings.notify_requestor_of_activation),
            ("Notification_Approver_EndUser_Assignment", &mut settings.notify_approver_of_activation),
        ]
    }

    fn is_ticked(sent: &str) -> bool {
        sent == "true"
    }

    fn wants(rule: &mut EnablementRule, requirement: Requirement, sent: &str) {
        if is_ticked(sent) {
            rule.enabled_rules.insert(requirement);
        } else {
            rule.enabled_rules.remove(&requirement);
        }
    }
}
