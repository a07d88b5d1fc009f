//! What is different between two settings of a role, in the words of the settings page.

use super::{
    ApprovalRule, ApprovalStage, Backup, EnablementRule, NotificationLevel, NotificationRule, Requirement,
    RoleSettings,
};
use crate::{id::PrincipalId, time::Duration};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One setting that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The setting, as the page calls it.
    pub name: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} → {}", self.name, self.before, self.after)
    }
}

/// What differs, in the order of the settings page. Approvers are called what `name_of` calls them.
pub fn changes(
    before: &RoleSettings,
    after: &RoleSettings,
    name_of: impl Fn(PrincipalId) -> String,
) -> Vec<Change> {
    let (before, after) = (lines(before, &name_of), lines(after, &name_of));
    let pairs = before.into_iter().zip(after);
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((name, before), (_, after))| Change { name, before, after })
        .collect()
}

/// The nine rules of who is told, in the order of [`RoleSettings::notifications`].
const NOTICES: [&str; 9] = [
    "Eligible assignment: role assignment alert",
    "Eligible assignment: notification to the assigned user",
    "Eligible assignment: request to approve a renewal or extension",
    "Active assignment: role assignment alert",
    "Active assignment: notification to the assigned user",
    "Active assignment: request to approve a renewal or extension",
    "Activation: role activation alert",
    "Activation: notification to the activated user",
    "Activation: request to approve an activation",
];

/// Every setting with its value, in the order of the settings page. All settings have the same lines.
pub fn lines(settings: &RoleSettings, name_of: &impl Fn(PrincipalId) -> String) -> Vec<(String, String)> {
    let approval = &settings.activation_approval;
    let activation = &settings.activation_enablement;
    let mut lines: Vec<(String, String)> = [
        ("Activation maximum duration (hours)", hours(settings.longest_activation())),
        ("On activation, require", requirement(settings)),
        ("Require justification on activation", wants(activation, Requirement::Justification)),
        ("Require ticket information on activation", wants(activation, Requirement::Ticketing)),
        ("Ticket number pattern", activation.ticket_pattern.clone().unwrap_or_else(|| "Any".to_owned())),
        ("Ticket number hint", activation.ticket_hint.clone().unwrap_or_else(|| "None".to_owned())),
        ("Ticket check", activation.ticket_check_in_words()),
        ("Require approval to activate", yes(approval.is_approval_required)),
        ("Approvers", approvers_in_words(&approval.first.approvers, name_of)),
        ("Approvals needed", approval.first.approvals_needed.to_string()),
        ("Backup approvers", backup_in_words(&approval.first, name_of)),
        ("Second approval stage", further(approval, 2, name_of)),
        ("Third approval stage", further(approval, 3, name_of)),
        ("Time to decide", approval.window.in_words()),
        (
            "Remind approvers after",
            approval.remind_after.map_or_else(|| "Never".to_owned(), Duration::in_words),
        ),
        ("Require a second factor to approve", yes(approval.is_second_factor_required)),
        ("Allow permanent eligible assignment", yes(!settings.eligible_expiration.is_expiration_required)),
        ("Expire eligible assignments after", settings.eligible_expiration.maximum_duration.in_words()),
        ("Allow permanent active assignment", yes(!settings.active_expiration.is_expiration_required)),
        ("Expire active assignments after", settings.active_expiration.maximum_duration.in_words()),
        ("Required on eligible assignment", required(&settings.eligible_enablement)),
        (
            "Require a second factor on active assignment",
            wants(&settings.active_enablement, Requirement::MultiFactorAuthentication),
        ),
        (
            "Require justification on active assignment",
            wants(&settings.active_enablement, Requirement::Justification),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    for (name, (_, rule)) in NOTICES.into_iter().zip(settings.notifications()) {
        lines.push((name.to_owned(), recipients(rule)));
    }
    lines
}

/// "8", "0.5", "1.5".
fn hours(duration: Duration) -> String {
    let (whole, half) = (duration.half_hours() / 2, duration.half_hours() % 2);
    if half == 0 { whole.to_string() } else { format!("{whole}.5") }
}

fn yes(is_so: bool) -> String {
    if is_so { "Yes" } else { "No" }.to_owned()
}

fn wants(rule: &EnablementRule, requirement: Requirement) -> String {
    yes(rule.requires(requirement))
}

fn requirement(settings: &RoleSettings) -> String {
    let context = &settings.activation_authentication_context;
    if context.is_enabled {
        let name = context.claim_value.as_deref().unwrap_or("none");
        format!("Authentication context {name}")
    } else if settings.activation_enablement.requires(Requirement::MultiFactorAuthentication) {
        "A second factor".to_owned()
    } else {
        "None".to_owned()
    }
}

fn required(rule: &EnablementRule) -> String {
    let words = rule.enabled_rules.iter().map(|requirement| match requirement {
        Requirement::MultiFactorAuthentication => "a second factor",
        Requirement::Justification => "a justification",
        Requirement::Ticketing => "a ticket",
    });
    or_nothing(&words.map(ToOwned::to_owned).collect::<Vec<_>>(), "Nothing")
}

/// Users and groups by name, or who decides where nobody is named.
pub fn approvers_in_words(ids: &BTreeSet<PrincipalId>, name_of: &impl Fn(PrincipalId) -> String) -> String {
    let mut names: Vec<_> = ids.iter().map(|&id| name_of(id)).collect();
    names.sort();
    or_nothing(&names, "Active Privileged Role Administrators and Global Administrators")
}

/// "Olga after 2 hours", "None".
pub fn backup_in_words(stage: &ApprovalStage, name_of: &impl Fn(PrincipalId) -> String) -> String {
    stage.backup.as_ref().map_or_else(
        || "None".to_owned(),
        |Backup { approvers: ids, after }| {
            format!("{} after {}", approvers_in_words(ids, name_of), after.in_words())
        },
    )
}

fn further(rule: &ApprovalRule, number: u8, name_of: &impl Fn(PrincipalId) -> String) -> String {
    let stage = rule.stages().find(|&(stage, _)| stage == number);
    stage.map_or_else(|| "None".to_owned(), |(_, stage)| stage_in_words(stage, name_of))
}

/// "1 approval by Mira", "2 approvals by Mira, Paul; backup: Olga after 2 hours".
pub fn stage_in_words(stage: &ApprovalStage, name_of: &impl Fn(PrincipalId) -> String) -> String {
    let approvals = match stage.approvals_needed {
        1 => "1 approval".to_owned(),
        needed => format!("{needed} approvals"),
    };
    let by = format!("{approvals} by {}", approvers_in_words(&stage.approvers, name_of));
    if stage.backup.is_some() { format!("{by}; backup: {}", backup_in_words(stage, name_of)) } else { by }
}

fn recipients(rule: &NotificationRule) -> String {
    let mut words = Vec::new();
    if rule.is_default_recipients_enabled {
        words.push("default recipients".to_owned());
    }
    words.extend(rule.notification_recipients.iter().cloned());
    let words = or_nothing(&words, "nobody");
    match rule.notification_level {
        NotificationLevel::All => words,
        NotificationLevel::Critical => format!("{words} (critical mails only)"),
    }
}

fn or_nothing(words: &[String], nothing: &str) -> String {
    if words.is_empty() { nothing.to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Provider;
    use uuid::Uuid;

    #[test]
    fn what_differs_is_said_in_the_words_of_the_page() {
        let before = RoleSettings::default_for(Provider::Directory);
        let name_of = |id: PrincipalId| format!("Number {}", id.as_uuid().as_u128());
        assert_eq!(changes(&before, &before, name_of), []);

        let mut after = before.clone();
        after.activation_expiration.maximum_duration = Duration::minutes(90);
        after.activation_enablement.enabled_rules.insert(Requirement::Ticketing);
        after.activation_approval.is_approval_required = true;
        after.activation_approval.first.approvers = [2, 1].map(|id| Uuid::from_u128(id).into()).into();
        after.eligible_expiration.is_expiration_required = true;
        after.notify_admin_of_activation.notification_recipients = vec!["soc@contoso.example".to_owned()];
        after.notify_admin_of_activation.notification_level = NotificationLevel::Critical;
        let said: Vec<_> = changes(&before, &after, name_of).iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "Activation maximum duration (hours): 8 → 1.5",
                "Require ticket information on activation: No → Yes",
                "Require approval to activate: No → Yes",
                "Approvers: Active Privileged Role Administrators and Global Administrators → Number 1, Number 2",
                "Allow permanent eligible assignment: Yes → No",
                "Activation: role activation alert: default recipients → default recipients, soc@contoso.example (critical mails only)",
            ]
        );
    }

    #[test]
    fn stages_are_said_in_one_line_each() {
        let before = RoleSettings::default_for(Provider::Directory);
        let mut after = before.clone();
        let approvers = || [Uuid::from_u128(1).into()].into();
        let rule = &mut after.activation_approval;
        rule.first.backup = Some(Backup { approvers: approvers(), after: Duration::minutes(30) });
        rule.further_stages =
            vec![ApprovalStage { approvers: approvers(), approvals_needed: 2, ..rule.first.clone() }];
        rule.remind_after = Some(Duration::hours(4));
        let said: Vec<_> =
            changes(&before, &after, |_| "Mira".to_owned()).iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "Backup approvers: None → Mira after 30 minutes",
                "Second approval stage: None → 2 approvals by Mira; backup: Mira after 30 minutes",
                "Remind approvers after: Never → 4 hours",
            ]
        );
    }

    #[test]
    fn no_setting_changes_unsaid() {
        let before = RoleSettings::default_for(Provider::Directory);
        let mut json = serde_json::to_value(&before).unwrap();
        for (rule, field, value) in [
            ("Enablement_Admin_Eligibility", "enabledRules", serde_json::json!(["Justification"])),
            (
                "Enablement_EndUser_Assignment",
                "enabledRules",
                serde_json::json!(["MultiFactorAuthentication"]),
            ),
            (
                "Enablement_EndUser_Assignment",
                "ticketCheck",
                serde_json::json!({ "url": "https://x.example" }),
            ),
            ("Expiration_Admin_Assignment", "maximumDuration", serde_json::json!("P15D")),
            ("Approval_EndUser_Assignment", "window", serde_json::json!("PT1H")),
            ("Approval_EndUser_Assignment", "remindAfter", serde_json::json!("PT1H")),
            (
                "Approval_EndUser_Assignment",
                "backup",
                serde_json::json!({ "approvers": [], "after": "PT1H" }),
            ),
            ("Approval_EndUser_Assignment", "furtherStages", serde_json::json!([{}])),
            ("Approval_EndUser_Assignment", "furtherStages", serde_json::json!([{}, {}])),
            (
                "Notification_Approver_EndUser_Assignment",
                "isDefaultRecipientsEnabled",
                serde_json::json!(false),
            ),
        ] {
            json[rule][field] = value;
            let after: RoleSettings = serde_json::from_value(json.clone()).unwrap();
            assert!(!changes(&before, &after, |id| id.to_string()).is_empty(), "{rule} {field}");
            json = serde_json::to_value(&before).unwrap();
        }
    }
}
