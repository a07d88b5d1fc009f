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
    /// Which system is asked about it; nobody where it is empty.
    pub ticket_check_url: String,
    /// How many seconds that has.
    pub ticket_check_seconds: String,
    /// What happens where it does not answer: `refuse` or `let_through`.
    pub ticket_check_failure: String,
    /// Require approval to activate.
    pub approval: String,
    /// Who approves, by the number of the stage.
    pub stages: BTreeMap<String, StageForm>,
    /// How long they have, in hours.
    pub window: String,
    /// After how many hours they are reminded; nobody where it is empty.
    pub reminder: String,
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

/// One stage of approvals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StageForm {
    /// Whether there is this stage; the first there is always.
    pub on: String,
    /// The ids of those who approve; the keys say nothing.
    pub approvers: BTreeMap<String, String>,
    /// Who else approves: user names and names of groups, separated by semicolons.
    pub more: String,
    /// How many of them must agree.
    pub needed: String,
    /// The ids of the backup approvers.
    pub backups: BTreeMap<String, String>,
    /// Who else is a backup approver.
    pub more_backups: String,
    /// After how many hours they are asked; nobody is where it is empty.
    pub after: String,
}

/// Approvers and backup approvers of one stage who were named and not ticked.
#[cfg(feature = "ssr")]
pub(super) type Named = [Vec<stint_domain::id::PrincipalId>; 2];

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
        settings::{ApprovalRule, NotificationLevel, Requirement, TicketCheck, WithoutAnswer},
        time::Duration,
    };
    #[expect(clippy::cast_precision_loss, reason = "at most some thousand half hours")]
    let hours = |length: Duration| (length.half_hours() as f64 / 2.0).to_string();
    let days = |length: Duration| (length.as_seconds() / 86_400).to_string();
    let (activation, approval) = (&settings.activation_enablement, &settings.activation_approval);
    let check = activation.ticket_check.as_ref();
    let fields = [
        ("version", version.to_string()),
        ("hours", hours(settings.longest_activation())),
        ("require", required(settings)),
        ("justification", activation.requires(Requirement::Justification).to_string()),
        ("ticket", activation.requires(Requirement::Ticketing).to_string()),
        ("ticket_pattern", activation.ticket_pattern.clone().unwrap_or_default()),
        ("ticket_hint", activation.ticket_hint.clone().unwrap_or_default()),
        ("ticket_check_url", check.map(|check| check.url.clone()).unwrap_or_default()),
        (
            "ticket_check_seconds",
            check.map_or(TicketCheck::USUAL_SECONDS, |check| check.timeout_seconds).to_string(),
        ),
        (
            "ticket_check_failure",
            match check.map(|check| check.without_answer).unwrap_or_default() {
                WithoutAnswer::Refuse => "refuse",
                WithoutAnswer::LetThrough => "let_through",
            }
            .to_owned(),
        ),
        ("approval", approval.is_approval_required.to_string()),
        ("window", hours(approval.window)),
        ("reminder", approval.remind_after.map(in_hours).unwrap_or_default()),
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
    for number in 1..=ApprovalRule::MOST_STAGES {
        let mut put = |part: &str, value| values.insert(format!("form[stages][{number}][{part}]"), value);
        let stage = approval.stages().find(|&(stage, _)| stage == number).map(|(_, stage)| stage);
        put("on", stage.is_some().to_string());
        put("needed", stage.map_or(1, |stage| stage.approvals_needed).to_string());
        let backup = stage.and_then(|stage| stage.backup.as_ref());
        put("after", backup.map(|backup| in_hours(backup.after)).unwrap_or_default());
    }
    for (id, rule) in reading::rules(&mut settings.clone()) {
        let mut put = |part: &str, value: String| values.insert(format!("form[notify][{id}][{part}]"), value);
        put("default", rule.is_default_recipients_enabled.to_string());
        put("more", rule.notification_recipients.join("; "));
        put("critical", (rule.notification_level == NotificationLevel::Critical).to_string());
    }
    values
}

/// Hours as a person writes them, to the minute: "0.25", "1.5", "24".
#[cfg(feature = "ssr")]
fn in_hours(length: stint_domain::time::Duration) -> String {
    let hundredths = (length.as_seconds() + 18) / 36;
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Who is named in each stage that there can be.
#[cfg(feature = "ssr")]
pub(super) fn people(
    rule: &stint_domain::settings::ApprovalRule,
    known: &[stint_engine::store::principal::PrincipalRow],
) -> Vec<super::approval::StagePeople> {
    use std::collections::BTreeSet;
    use stint_domain::{id::PrincipalId, settings::ApprovalRule};
    let of = |named: Option<&BTreeSet<PrincipalId>>| {
        let is_named = |id| named.is_some_and(|named| named.contains(&id));
        known.iter().filter(|row| is_named(row.id)).cloned().map(Into::into).collect()
    };
    let of_stage = |number| {
        let stage = rule.stages().find(|&(stage, _)| stage == number);
        let mut sides = stage.iter().flat_map(|(_, stage)| stage.sides());
        super::approval::StagePeople { approvers: of(sides.next()), backups: of(sides.next()) }
    };
    (1..=ApprovalRule::MOST_STAGES).map(of_stage).collect()
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
    use super::{super::approval::named, Named, NotifyForm, SettingsForm, StageForm};
    use crate::{
        error::AppError,
        form::{Check, parse_half_hours},
    };
    use std::collections::{BTreeMap, BTreeSet};
    use stint_domain::{
        id::PrincipalId,
        refusal::Field,
        settings::{
            ApprovalStage, AuthenticationContextRule, Backup, EnablementRule, NotificationLevel,
            NotificationRule, Requirement, RoleSettings, TicketCheck, WithoutAnswer,
        },
        time::Duration,
    };
    use stint_engine::Operation;

    impl SettingsForm {
        /// Finds those who were named in the stages that there are to be.
        pub(in super::super) async fn named(&self, op: &mut Operation) -> Result<Vec<Named>, AppError> {
            let mut found = Vec::new();
            for (number, stage) in self.stages() {
                found.push([
                    named(op, &stage.more, Field::Approvers(number)).await?,
                    named(op, &stage.more_backups, Field::BackupApprovers(number)).await?,
                ]);
            }
            Ok(found)
        }

        /// The stages that there are to be, with their numbers.
        fn stages(&self) -> impl Iterator<Item = (u8, &StageForm)> {
            let numbered =
                self.stages.iter().filter_map(|(number, stage)| Some((number.parse().ok()?, stage)));
            numbered.filter(|&(number, stage): &(u8, _)| number == 1 || is_ticked(&stage.on))
        }

        /// The settings that the form stands for: what it does not show stays as it was. `named` are those who were named in each
        /// stage and not ticked.
        pub(in super::super) fn settings(
            self,
            before: RoleSettings,
            named: Vec<Named>,
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
            approval.remind_after = minutes(&mut check, Field::ApprovalReminder, &self.reminder);
            let read =
                |((number, stage), named): ((u8, &StageForm), _)| stage.read(number, named, &mut check);
            let mut stages: Vec<_> = self.stages().zip(named).map(read).collect();
            if !self.stages().map(|(number, _)| number).eq((1..).take(stages.len())) || stages.is_empty() {
                check.missing(Field::ApprovalStages, "There is no stage without the one before it.");
            } else {
                approval.first = stages.remove(0);
                approval.further_stages = stages;
            }
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
            settings.activation_enablement.ticket_check =
                given(self.ticket_check_url).map(|url| TicketCheck {
                    url,
                    // What is no number is refused with the rest of it.
                    timeout_seconds: self.ticket_check_seconds.trim().parse().unwrap_or_default(),
                    without_answer: match self.ticket_check_failure.as_str() {
                        "let_through" => WithoutAnswer::LetThrough,
                        _ => WithoutAnswer::Refuse,
                    },
                });
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

    impl StageForm {
        fn read(&self, number: u8, [approvers, backups]: Named, check: &mut Check) -> ApprovalStage {
            let needed = self.needed.trim().parse().unwrap_or_else(|_| {
                check.missing(Field::ApprovalsNeeded(number), "Enter a number.");
                1
            });
            let backups = chosen(&self.backups, backups);
            let after = minutes(check, Field::BackupApprovers(number), &self.after);
            if after.is_none() && self.after.trim().is_empty() && !self.more_backups.trim().is_empty() {
                check.missing(Field::BackupApprovers(number), "Enter after how many hours they are asked.");
            }
            ApprovalStage {
                approvers: chosen(&self.approvers, approvers),
                approvals_needed: needed,
                backup: after.map(|after| Backup { approvers: backups, after }),
            }
        }
    }

    /// Those who are ticked, and those who were named.
    fn chosen(ticked: &BTreeMap<String, String>, named: Vec<PrincipalId>) -> BTreeSet<PrincipalId> {
        ticked.values().filter_map(|id| id.parse().ok()).chain(named).collect()
    }

    /// A number of hours, to the minute; nothing where there is none.
    fn minutes(check: &mut Check, field: Field, text: &str) -> Option<Duration> {
        if text.trim().is_empty() {
            return None;
        }
        let hours =
            text.trim().replace(',', ".").parse::<f64>().ok().filter(|hours| (0.0..=1000.0).contains(hours));
        if hours.is_none() {
            check.missing(field, "Enter a number of hours, such as 0.25 or 4.");
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 60,000")]
        hours.map(|hours| Duration::minutes((hours * 60.0).round() as i64))
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

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use serde_json::{Map, Value};
    use stint_domain::{
        role::Provider,
        settings::{ApprovalStage, Backup, RoleSettings},
        time::Duration,
    };

    /// The form that is sent where nobody changes anything. A box that is not ticked sends nothing.
    fn sent(settings: &RoleSettings) -> SettingsForm {
        let mut fields = values(settings, 7);
        for (number, stage) in settings.activation_approval.stages() {
            for (side, named) in ["approvers", "backups"].into_iter().zip(stage.sides()) {
                for (index, id) in named.iter().enumerate() {
                    fields.insert(format!("form[stages][{number}][{side}][{index}]"), id.to_string());
                }
            }
        }
        let mut form = Map::new();
        for (name, value) in fields.into_iter().filter(|(_, value)| value != "false") {
            let parts: Vec<_> = name.split(['[', ']']).filter(|part| !part.is_empty()).skip(1).collect();
            let (last, before) = parts.split_last().expect("a name");
            let place = before.iter().fold(&mut form, |place, part| {
                let inner = place.entry(*part).or_insert_with(|| Value::Object(Map::new()));
                inner.as_object_mut().expect("a part of the form")
            });
            place.insert((*last).to_owned(), Value::from(value));
        }
        serde_json::from_value(Value::Object(form)).expect("the form")
    }

    fn staged() -> RoleSettings {
        let who = |number: u128| [uuid::Uuid::from_u128(number).into()].into();
        let after = Duration::minutes(20);
        let mut settings = RoleSettings::default_for(Provider::Directory);
        let rule = &mut settings.activation_approval;
        rule.is_approval_required = true;
        rule.first.approvers = who(1);
        rule.first.backup = Some(Backup { approvers: who(2), after });
        let second = ApprovalStage { approvers: who(3), approvals_needed: 2, backup: None };
        rule.further_stages = vec![second, ApprovalStage { approvers: who(4), ..rule.first.clone() }];
        rule.remind_after = Some(Duration::minutes(90));
        settings
    }

    #[test]
    fn a_form_that_nobody_changes_changes_nothing() {
        let defaults = RoleSettings::default_for(Provider::Directory);
        for settings in [defaults.clone(), staged()] {
            let named = vec![Named::default(); settings.activation_approval.count().into()];
            assert_eq!(sent(&settings).settings(defaults.clone(), named).unwrap(), settings);
        }
    }

    #[test]
    fn a_stage_that_is_not_ticked_is_none_and_none_is_left_out() {
        let mut form = sent(&staged());
        form.stages.get_mut("3").unwrap().on.clear();
        let read = form.clone().settings(staged(), vec![Named::default(); 2]).unwrap();
        assert_eq!(read.activation_approval.count(), 2);
        form.stages.get_mut("3").unwrap().on = "true".to_owned();
        form.stages.get_mut("2").unwrap().on.clear();
        assert!(form.settings(staged(), vec![Named::default(); 2]).is_err());
    }

    #[test]
    fn hours_are_written_and_read_to_the_minute() {
        for minutes in 15..2000 {
            let mut settings = RoleSettings::default_for(Provider::Directory);
            settings.activation_approval.remind_after = Some(Duration::minutes(minutes));
            let read = sent(&settings).settings(settings.clone(), vec![Named::default()]).unwrap();
            assert_eq!(read.activation_approval, settings.activation_approval, "{minutes} minutes");
        }
    }
}
