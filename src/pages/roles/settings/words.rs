//! The rules in words.

use super::{Approver, NotifyBlock};
use stint_domain::{
    id::PrincipalId,
    settings::{
        ApprovalRule, EnablementRule, ExpirationRule, NotificationLevel, NotificationRule, Requirement,
        RoleSettings, approvers_in_words, backup_in_words, stage_in_words,
    },
};
use stint_engine::mail::Preview;

fn yes(yes: bool) -> String {
    if yes { "Yes" } else { "No" }.to_owned()
}

pub(super) fn activation(settings: &RoleSettings, approvers: &[Approver]) -> Vec<(String, String)> {
    let required = &settings.activation_enablement;
    let context = &settings.activation_authentication_context;
    let on_activation = if context.is_enabled {
        let name = context.claim_value.as_deref().unwrap_or("none chosen");
        format!("Conditional Access authentication context ({name})")
    } else if required.requires(Requirement::MultiFactorAuthentication) {
        "Multifactor authentication".to_owned()
    } else {
        "None".to_owned()
    };
    let approval = &settings.activation_approval;
    let mut rules = vec![
        ("Activation maximum duration", settings.longest_activation().in_words()),
        ("On activation, require", on_activation),
        ("Require justification on activation", yes(required.requires(Requirement::Justification))),
        ("Require ticket information on activation", yes(required.requires(Requirement::Ticketing))),
        ("Ticket number pattern", required.ticket_pattern.clone().unwrap_or_else(|| "Any".to_owned())),
        ("Ticket check", required.ticket_check_in_words()),
        ("Require approval to activate", yes(approval.is_approval_required)),
    ];
    if approval.is_approval_required {
        rules.extend(stages(approval, approvers));
        rules.push(("Time to decide", approval.window.in_words()));
        if let Some(after) = approval.remind_after {
            rules.push(("Remind approvers after", after.in_words()));
        }
        rules.push(("Require a second factor to approve", yes(approval.is_second_factor_required)));
    }
    named(rules)
}

/// Who decides: a line for each stage, or several for the only one.
fn stages(rule: &ApprovalRule, approvers: &[Approver]) -> Vec<(&'static str, String)> {
    const NAMES: [&str; 3] = ["Stage 1", "Stage 2", "Stage 3"];
    let name_of = |id: PrincipalId| {
        let found = approvers.iter().find(|approver| approver.id == id);
        found.map_or_else(|| id.to_string(), |approver| approver.name.clone())
    };
    if rule.count() > 1 {
        let stages = NAMES.into_iter().zip(rule.stages());
        return stages.map(|(name, (_, stage))| (name, stage_in_words(stage, &name_of))).collect();
    }
    let mut lines = vec![
        ("Approvers", approvers_in_words(&rule.first.approvers, &name_of)),
        ("Approvals needed", rule.first.approvals_needed.to_string()),
    ];
    if rule.first.backup.is_some() {
        lines.push(("Backup approvers", backup_in_words(&rule.first, &name_of)));
    }
    lines
}

pub(super) fn assignment(settings: &RoleSettings) -> Vec<(String, String)> {
    let (eligible, active) = (&settings.eligible_expiration, &settings.active_expiration);
    let required = &settings.active_enablement;
    named(vec![
        ("Allow permanent eligible assignment", yes(!eligible.is_expiration_required)),
        ("Expire eligible assignments after", expires_after(eligible)),
        ("Allow permanent active assignment", yes(!active.is_expiration_required)),
        ("Expire active assignments after", expires_after(active)),
        (
            "Require multifactor authentication on active assignment",
            yes(required.requires(Requirement::MultiFactorAuthentication)),
        ),
        ("Require justification on active assignment", yes(required.requires(Requirement::Justification))),
        ("Required to make somebody eligible", in_words(&settings.eligible_enablement)),
    ])
}

fn expires_after(rule: &ExpirationRule) -> String {
    let longest = rule.maximum_duration.in_words();
    if rule.is_expiration_required { longest } else { format!("{longest}, once permanent is not allowed") }
}

fn in_words(rule: &EnablementRule) -> String {
    let words = |requirement: &Requirement| match requirement {
        Requirement::MultiFactorAuthentication => "Multifactor authentication",
        Requirement::Justification => "Justification",
        Requirement::Ticketing => "Ticket information",
    };
    let words: Vec<_> = rule.enabled_rules.iter().map(words).collect();
    if words.is_empty() { "Nothing".to_owned() } else { words.join(", ") }
}

fn named(rules: Vec<(&str, String)>) -> Vec<(String, String)> {
    rules.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The nine rows, and who would be told by each now: in the order of the page.
pub(super) fn notification(settings: &RoleSettings, previews: &[Preview]) -> Vec<NotifyBlock> {
    const RENEWAL: &str = "Request to approve a role assignment renewal/extension";
    const ASSIGNEE: &str = "Notification to the assigned user (assignee)";
    let mut previews = previews.iter();
    let mut block = |title: &str, rows: [(&str, &NotificationRule); 3]| NotifyBlock {
        title: title.to_owned(),
        rows: rows.map(|(name, rule)| notify(name, rule, previews.next())).into(),
    };
    vec![
        block(
            "Send notifications when members are assigned as eligible to this role",
            [
                ("Role assignment alert", &settings.notify_admin_of_eligible),
                (ASSIGNEE, &settings.notify_requestor_of_eligible),
                (RENEWAL, &settings.notify_approver_of_eligible),
            ],
        ),
        block(
            "Send notifications when members are assigned as active to this role",
            [
                ("Role assignment alert", &settings.notify_admin_of_active),
                (ASSIGNEE, &settings.notify_requestor_of_active),
                (RENEWAL, &settings.notify_approver_of_active),
            ],
        ),
        block(
            "Send notifications when eligible members activate this role",
            [
                ("Role activation alert", &settings.notify_admin_of_activation),
                ("Notification to activated user (requestor)", &settings.notify_requestor_of_activation),
                ("Request to approve an activation", &settings.notify_approver_of_activation),
            ],
        ),
    ]
}

fn notify(name: &str, rule: &NotificationRule, preview: Option<&Preview>) -> [String; 5] {
    let more = rule.notification_recipients.join("; ");
    [
        name.to_owned(),
        yes(rule.is_default_recipients_enabled),
        if more.is_empty() { "None".to_owned() } else { more },
        yes(rule.notification_level == NotificationLevel::Critical),
        preview.map_or_else(|| "Nobody".to_owned(), goes_to),
    ]
}

/// "The person concerned, Ada Admin, soc@contoso.example and 3 more".
fn goes_to(preview: &Preview) -> String {
    let person = preview.tells_the_person.then(|| "The person concerned".to_owned());
    let others = preview.recipients.iter().map(|one| one.name.clone().unwrap_or_else(|| one.address.clone()));
    let told: Vec<_> = person.into_iter().chain(others).collect();
    match (told.is_empty(), preview.count - preview.recipients.len()) {
        (true, _) => "Nobody".to_owned(),
        (false, 0) => told.join(", "),
        (false, more) => format!("{} and {more} more", told.join(", ")),
    }
}
