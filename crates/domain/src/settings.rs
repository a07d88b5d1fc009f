//! A role's settings: the seventeen rules, under the ids that Microsoft Graph and Azure Resource Manager give them.
//!
//! The struct has one field a rule, and its JSON is an object keyed by rule id. Defaults are those of Entra PIM
//! (`unifiedRoleManagementPolicy`), but for one: only the guarded roles ask for a second factor (docs/decisions/0016).

mod approval;
mod changes;
mod check;
mod notification;
mod template;
pub mod ticket;
mod ticket_check;

pub use approval::{ApprovalRule, ApprovalStage, Backup, Part, StageBegun, first_short};
pub use changes::{Change, approvers_in_words, backup_in_words, changes, lines, stage_in_words};
pub use notification::{NotificationLevel, NotificationRule, Occasion, RecipientType};
pub use template::{TEMPLATES, Template};
pub use ticket_check::{TicketCheck, WithoutAnswer};

use crate::{
    id::RoleId,
    role::{GUARDED, Provider},
    schedule::AssignmentType,
    time::Duration,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How long something may last, and whether it must end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpirationRule {
    /// Whether permanent is forbidden.
    pub is_expiration_required: bool,
    /// The longest time.
    pub maximum_duration: Duration,
}

/// What a person must bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Requirement {
    /// A second factor.
    MultiFactorAuthentication,
    /// A reason.
    Justification,
    /// A ticket's number.
    Ticketing,
}

/// The things that must be brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnablementRule {
    /// What must be brought; nothing where it is empty.
    pub enabled_rules: BTreeSet<Requirement>,
    /// What a ticket's number has to look like: see [`ticket::fits`]. Not of Entra.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_pattern: Option<String>,
    /// The same in words, for whoever is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_hint: Option<String>,
    /// Which system is asked whether a ticket is good. Not of Entra.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_check: Option<TicketCheck>,
}

impl EnablementRule {
    fn of(rules: &[Requirement]) -> Self {
        Self {
            enabled_rules: rules.iter().copied().collect(),
            ticket_pattern: None,
            ticket_hint: None,
            ticket_check: None,
        }
    }

    /// What a ticket's number has to look like, in words.
    pub fn ticket_in_words(&self) -> Option<&str> {
        self.ticket_hint.as_deref().or(self.ticket_pattern.as_deref())
    }

    /// Whether this must be brought.
    pub fn requires(&self, requirement: Requirement) -> bool {
        self.enabled_rules.contains(&requirement)
    }
}

/// Which authentication context an activation needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationContextRule {
    /// Whether one is needed.
    pub is_enabled: bool,
    /// Its name, `c1` to `c25`.
    pub claim_value: Option<String>,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $id:literal $field:ident: $type:ty,)+) => {
        /// The rules of one role at one scope.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct RoleSettings {
            $($(#[$doc])* #[serde(rename = $id)] pub $field: $type,)+
        }

        /// The ids of all rules.
        pub const RULE_IDS: [&str; 17] = [$($id),+];
    };
}

rules! {
    /// How long an eligible assignment may last.
    "Expiration_Admin_Eligibility" eligible_expiration: ExpirationRule,
    /// How long an active assignment may last.
    "Expiration_Admin_Assignment" active_expiration: ExpirationRule,
    /// How long an activation may last.
    "Expiration_EndUser_Assignment" activation_expiration: ExpirationRule,
    /// What an administrator brings to make somebody eligible. Entra has the rule but no page shows it.
    "Enablement_Admin_Eligibility" eligible_enablement: EnablementRule,
    /// What an administrator brings to make somebody active.
    "Enablement_Admin_Assignment" active_enablement: EnablementRule,
    /// What a person brings to activate.
    "Enablement_EndUser_Assignment" activation_enablement: EnablementRule,
    /// Who must agree to an activation.
    "Approval_EndUser_Assignment" activation_approval: ApprovalRule,
    /// Which authentication context an activation needs.
    "AuthenticationContext_EndUser_Assignment" activation_authentication_context: AuthenticationContextRule,
    /// Administrators, when somebody is made eligible.
    "Notification_Admin_Admin_Eligibility" notify_admin_of_eligible: NotificationRule,
    /// The person, when made eligible.
    "Notification_Requestor_Admin_Eligibility" notify_requestor_of_eligible: NotificationRule,
    /// Those who decide on extending and renewing an eligibility.
    "Notification_Approver_Admin_Eligibility" notify_approver_of_eligible: NotificationRule,
    /// Administrators, when somebody is made active.
    "Notification_Admin_Admin_Assignment" notify_admin_of_active: NotificationRule,
    /// The person, when made active.
    "Notification_Requestor_Admin_Assignment" notify_requestor_of_active: NotificationRule,
    /// Those who decide on extending and renewing an active assignment.
    "Notification_Approver_Admin_Assignment" notify_approver_of_active: NotificationRule,
    /// Administrators, when somebody activates.
    "Notification_Admin_EndUser_Assignment" notify_admin_of_activation: NotificationRule,
    /// The person who activates.
    "Notification_Requestor_EndUser_Assignment" notify_requestor_of_activation: NotificationRule,
    /// Those who decide on an activation.
    "Notification_Approver_EndUser_Assignment" notify_approver_of_activation: NotificationRule,
}

impl RoleSettings {
    /// The settings of a role that nobody has changed.
    pub fn default_for(provider: Provider) -> Self {
        let must_expire = provider != Provider::Directory;
        let expiration = |is_expiration_required, maximum_duration| ExpirationRule {
            is_expiration_required,
            maximum_duration,
        };
        Self {
            eligible_expiration: expiration(must_expire, Duration::days(365)),
            active_expiration: expiration(must_expire, Duration::days(180)),
            activation_expiration: expiration(true, Duration::hours(8)),
            eligible_enablement: EnablementRule::of(&[]),
            active_enablement: EnablementRule::of(&[Requirement::Justification]),
            activation_enablement: EnablementRule::of(&[Requirement::Justification]),
            activation_approval: ApprovalRule::default(),
            activation_authentication_context: AuthenticationContextRule::default(),
            notify_admin_of_eligible: NotificationRule::default(),
            notify_requestor_of_eligible: NotificationRule::default(),
            notify_approver_of_eligible: NotificationRule::default(),
            notify_admin_of_active: NotificationRule::default(),
            notify_requestor_of_active: NotificationRule::default(),
            notify_approver_of_active: NotificationRule::default(),
            notify_admin_of_activation: NotificationRule::default(),
            notify_requestor_of_activation: NotificationRule::default(),
            notify_approver_of_activation: NotificationRule::default(),
        }
    }

    /// The settings of this role while nobody has changed them. Whoever could make themselves anything with a role shows more
    /// than a password to turn it on.
    pub fn default_of(provider: Provider, role: RoleId) -> Self {
        let mut settings = Self::default_for(provider);
        if GUARDED.contains(&role) {
            settings.activation_enablement.enabled_rules.insert(Requirement::MultiFactorAuthentication);
        }
        settings
    }

    /// How long an assignment of this type may last.
    pub const fn expiration(&self, assignment_type: AssignmentType) -> &ExpirationRule {
        match assignment_type {
            AssignmentType::Eligible => &self.eligible_expiration,
            AssignmentType::Active => &self.active_expiration,
        }
    }

    /// What an administrator brings to make an assignment of this type.
    pub const fn enablement(&self, assignment_type: AssignmentType) -> &EnablementRule {
        match assignment_type {
            AssignmentType::Eligible => &self.eligible_enablement,
            AssignmentType::Active => &self.active_enablement,
        }
    }

    /// The longest activation.
    pub const fn longest_activation(&self) -> Duration {
        self.activation_expiration.maximum_duration
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_seventeen_rules_under_their_published_ids() {
        let json = serde_json::to_value(RoleSettings::default_for(Provider::Directory)).unwrap();
        let ids: BTreeSet<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(ids.len(), 17);
        assert_eq!(ids, RULE_IDS.into_iter().collect());
    }

    #[test]
    fn settings_are_read_as_they_are_written() {
        for provider in [Provider::Directory, Provider::Resource, Provider::Group] {
            let settings = RoleSettings::default_for(provider);
            let json = serde_json::to_string(&settings).unwrap();
            assert_eq!(serde_json::from_str::<RoleSettings>(&json).unwrap(), settings);
        }
    }

    #[test]
    fn settings_that_were_written_before_approvals_are_read() {
        let rule: ApprovalRule = serde_json::from_str(r#"{"isApprovalRequired":true}"#).unwrap();
        assert_eq!(rule, ApprovalRule { is_approval_required: true, ..ApprovalRule::default() });
        assert_eq!((rule.first.approvals_needed, rule.window), (1, Duration::hours(24)));
    }

    /// Defaults of Entra PIM: `reference`, chapter 3.2 and 3.3.
    #[test]
    fn defaults_are_those_of_entra() {
        let directory = RoleSettings::default_for(Provider::Directory);
        assert!(!directory.eligible_expiration.is_expiration_required);
        assert!(!directory.active_expiration.is_expiration_required);
        assert_eq!(directory.longest_activation(), Duration::hours(8));
        let resource = RoleSettings::default_for(Provider::Resource);
        assert!(resource.eligible_expiration.is_expiration_required);
        assert_eq!(resource.active_expiration.maximum_duration, Duration::days(180));
    }
}
