//! Who is told of what: three occasions, and for each three sorts of people.

use super::RoleSettings;
use crate::{refusal::Field, schedule::AssignmentType};
use serde::{Deserialize, Serialize};

/// What people are told of: the three blocks of the notification settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Occasion {
    /// Somebody is made eligible, or that is about to end.
    EligibleAssignment,
    /// Somebody is made active, or that is about to end.
    ActiveAssignment,
    /// Somebody who is eligible activates.
    Activation,
}

impl Occasion {
    /// The occasion of an administrator's assignment.
    pub const fn of_assignment(assignment_type: AssignmentType) -> Self {
        match assignment_type {
            AssignmentType::Eligible => Self::EligibleAssignment,
            AssignmentType::Active => Self::ActiveAssignment,
        }
    }
}

/// Who is told: the three rows of each block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RecipientType {
    /// Whoever watches over roles.
    Admin,
    /// The person whom it is about.
    Requestor,
    /// Whoever has to decide.
    Approver,
}

/// How much mail a recipient gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotificationLevel {
    /// Everything.
    All,
    /// Only what asks for an act.
    Critical,
}

/// Who is told of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationRule {
    /// Whether the people are told whom the matter concerns by nature.
    pub is_default_recipients_enabled: bool,
    /// Everything, or only what asks for an act.
    pub notification_level: NotificationLevel,
    /// More addresses.
    pub notification_recipients: Vec<String>,
}

impl NotificationRule {
    /// The most addresses that a rule takes.
    pub const MOST_RECIPIENTS: usize = 20;
}

impl Default for NotificationRule {
    fn default() -> Self {
        Self {
            is_default_recipients_enabled: true,
            notification_level: NotificationLevel::All,
            notification_recipients: Vec::new(),
        }
    }
}

impl RoleSettings {
    /// The nine rows of who is told, in the order of the page.
    pub const NOTIFICATIONS: [(Occasion, RecipientType); 9] = [
        (Occasion::EligibleAssignment, RecipientType::Admin),
        (Occasion::EligibleAssignment, RecipientType::Requestor),
        (Occasion::EligibleAssignment, RecipientType::Approver),
        (Occasion::ActiveAssignment, RecipientType::Admin),
        (Occasion::ActiveAssignment, RecipientType::Requestor),
        (Occasion::ActiveAssignment, RecipientType::Approver),
        (Occasion::Activation, RecipientType::Admin),
        (Occasion::Activation, RecipientType::Requestor),
        (Occasion::Activation, RecipientType::Approver),
    ];

    /// The rule of one row.
    pub const fn notification(&self, occasion: Occasion, to: RecipientType) -> &NotificationRule {
        match (occasion, to) {
            (Occasion::EligibleAssignment, RecipientType::Admin) => &self.notify_admin_of_eligible,
            (Occasion::EligibleAssignment, RecipientType::Requestor) => &self.notify_requestor_of_eligible,
            (Occasion::EligibleAssignment, RecipientType::Approver) => &self.notify_approver_of_eligible,
            (Occasion::ActiveAssignment, RecipientType::Admin) => &self.notify_admin_of_active,
            (Occasion::ActiveAssignment, RecipientType::Requestor) => &self.notify_requestor_of_active,
            (Occasion::ActiveAssignment, RecipientType::Approver) => &self.notify_approver_of_active,
            (Occasion::Activation, RecipientType::Admin) => &self.notify_admin_of_activation,
            (Occasion::Activation, RecipientType::Requestor) => &self.notify_requestor_of_activation,
            (Occasion::Activation, RecipientType::Approver) => &self.notify_approver_of_activation,
        }
    }

    /// The nine rules of who is told, each with the field of a form that it is mended at.
    pub const fn notifications(&self) -> [(Field, &NotificationRule); 9] {
        [
            (Field::NotifyAdminOfEligible, &self.notify_admin_of_eligible),
            (Field::NotifyRequestorOfEligible, &self.notify_requestor_of_eligible),
            (Field::NotifyApproverOfEligible, &self.notify_approver_of_eligible),
            (Field::NotifyAdminOfActive, &self.notify_admin_of_active),
            (Field::NotifyRequestorOfActive, &self.notify_requestor_of_active),
            (Field::NotifyApproverOfActive, &self.notify_approver_of_active),
            (Field::NotifyAdminOfActivation, &self.notify_admin_of_activation),
            (Field::NotifyRequestorOfActivation, &self.notify_requestor_of_activation),
            (Field::NotifyApproverOfActivation, &self.notify_approver_of_activation),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Provider;

    #[test]
    fn a_row_is_the_same_rule_wherever_it_is_asked_for() {
        let settings = RoleSettings::default_for(Provider::Directory);
        let by_field = settings.notifications().map(|(_, rule)| std::ptr::from_ref(rule));
        let by_row = RoleSettings::NOTIFICATIONS
            .map(|(occasion, to)| std::ptr::from_ref(settings.notification(occasion, to)));
        assert_eq!(by_field, by_row);
    }
}
