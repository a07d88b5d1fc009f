//! The settings of a role: the seventeen rules in the words of Entra.

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{CommandBar, CommandLink, Fact, Facts, LocalTime, Section, Table},
    error::AppError,
    pages::loaded::loaded,
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stint_domain::{
    id::{PrincipalId, RoleId},
    settings::{
        EnablementRule, ExpirationRule, NotificationLevel, NotificationRule, Requirement, RoleSettings,
    },
};

/// A role's settings, with who changed them last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsShown {
    /// The rules.
    pub settings: RoleSettings,
    /// Who changed them and when; nothing while they are the defaults.
    pub modified: Option<(PrincipalId, String, DateTime<Utc>)>,
    /// How often they were changed.
    pub version: i64,
    /// Who approves, where somebody is named.
    pub approvers: Vec<Approver>,
    /// Why the person who looks may not change them.
    pub denied: Option<String>,
}

/// Somebody who approves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approver {
    /// Their id.
    pub id: PrincipalId,
    /// Their name.
    pub name: String,
    /// Why they cannot approve any more.
    pub problem: Option<String>,
}

/// The settings of a role.
#[server(endpoint = "get_role_settings")]
pub async fn get_role_settings(id: RoleId) -> Result<Encoded<SettingsShown>, AppError> {
    use crate::encoded::encode;
    use stint_domain::{
        authz::{Action, Target},
        scope::ScopePath,
    };
    use stint_engine::role_settings;
    let mut op = crate::server::read().await?;
    let found = role_settings::get(&mut op, id, &ScopePath::directory()).await?;
    let denied = op.denial(Action::UpdateRoleSettings, &Target::directory())?;
    let approvers = found.approvers.into_iter().map(Into::into).collect();
    encode(SettingsShown {
        settings: found.settings,
        modified: found.modified,
        version: found.version,
        approvers,
        denied,
    })
}

#[cfg(feature = "ssr")]
impl From<stint_engine::store::principal::PrincipalRow> for Approver {
    fn from(row: stint_engine::store::principal::PrincipalRow) -> Self {
        let problem = if row.deleted_at.is_some() {
            Some("Deleted".to_owned())
        } else {
            (!row.enabled).then(|| "Disabled".to_owned())
        };
        Self { id: row.id, name: row.display_name, problem }
    }
}

/// The settings of a role: a tab of its page.
#[component]
pub fn RoleSettingsTab(
    /// Whose settings.
    id: RoleId,
) -> impl IntoView {
    let shown = page_data(|| (), move |()| get_role_settings(id));
    loaded(shown, move |shown| view! { <SettingsView id shown /> }).into_any()
}

#[component]
fn SettingsView(id: RoleId, shown: SettingsShown) -> impl IntoView {
    let SettingsShown { settings, modified, approvers, denied, .. } = shown;
    let modified = match modified {
        None => "Defaults, never changed".into_any(),
        Some((by, name, at)) => {
            view! { "Last changed by "<a href=paths::user(by)>{name}</a>", "<LocalTime at /> }.into_any()
        }
    };
    view! {
        <CommandBar>
            <CommandLink href=paths::role_tab(id, "edit-settings") icon="edit" label="Edit" denied />
            <CommandLink href=paths::role_tab(id, "settings-history") icon="clock" label="History" />
        </CommandBar>
        <p class="secondary">{modified}</p>
        <Rules title="Activation" rules=activation(&settings, &approvers) />
        <Rules title="Assignment" rules=assignment(&settings) />
        <Notification settings />
    }
    .into_any()
}

/// Rules in a section of their own: names and values.
#[component]
fn Rules(title: &'static str, rules: Vec<(&'static str, String)>) -> impl IntoView {
    let rules = rules.into_iter().map(|(label, value)| view! { <Fact label>{value}</Fact> }).collect_view();
    view! { <Section title><Facts>{rules}</Facts></Section> }.into_any()
}

fn yes(yes: bool) -> String {
    if yes { "Yes" } else { "No" }.to_owned()
}

fn activation(settings: &RoleSettings, approvers: &[Approver]) -> Vec<(&'static str, String)> {
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
        ("Require approval to activate", yes(approval.is_approval_required)),
    ];
    if approval.is_approval_required {
        let names: Vec<_> = approvers.iter().map(|approver| approver.name.as_str()).collect();
        let names = if names.is_empty() {
            "Active Privileged Role Administrators and Global Administrators".to_owned()
        } else {
            names.join(", ")
        };
        rules.push(("Approvers", names));
        rules.push(("Approvals needed", approval.approvals_needed.to_string()));
        rules.push(("Time to decide", approval.window.in_words()));
    }
    rules
}

fn assignment(settings: &RoleSettings) -> Vec<(&'static str, String)> {
    let (eligible, active) = (&settings.eligible_expiration, &settings.active_expiration);
    let required = &settings.active_enablement;
    vec![
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
    ]
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

#[component]
fn Notification(settings: RoleSettings) -> impl IntoView {
    const RENEWAL: &str = "Request to approve a role assignment renewal/extension";
    view! {
        <Section title="Notification">
            <NotificationBlock
                title="Send notifications when members are assigned as eligible to this role"
                rows=vec![
                    ("Role assignment alert", settings.notify_admin_of_eligible),
                    ("Notification to the assigned user (assignee)", settings.notify_requestor_of_eligible),
                    (RENEWAL, settings.notify_approver_of_eligible),
                ]
            />
            <NotificationBlock
                title="Send notifications when members are assigned as active to this role"
                rows=vec![
                    ("Role assignment alert", settings.notify_admin_of_active),
                    ("Notification to the assigned user (assignee)", settings.notify_requestor_of_active),
                    (RENEWAL, settings.notify_approver_of_active),
                ]
            />
            <NotificationBlock
                title="Send notifications when eligible members activate this role"
                rows=vec![
                    ("Role activation alert", settings.notify_admin_of_activation),
                    ("Notification to activated user (requestor)", settings.notify_requestor_of_activation),
                    ("Request to approve an activation", settings.notify_approver_of_activation),
                ]
            />
        </Section>
    }
    .into_any()
}

#[component]
fn NotificationBlock(title: &'static str, rows: Vec<(&'static str, NotificationRule)>) -> impl IntoView {
    let row = |(name, rule): (&'static str, NotificationRule)| {
        let more = rule.notification_recipients.join("; ");
        view! {
            <tr>
                <td data-label="Type">{name}</td>
                <td data-label="Default recipients">{yes(rule.is_default_recipients_enabled)}</td>
                <td data-label="Additional recipients">{if more.is_empty() { "None".to_owned() } else { more }}</td>
                <td data-label="Critical emails only">{yes(rule.notification_level == NotificationLevel::Critical)}</td>
            </tr>
        }
    };
    view! {
        <h3>{title}</h3>
        <Table caption=title>
            <thead>
                <tr>
                    <th scope="col">"Type"</th>
                    <th scope="col">"Default recipients"</th>
                    <th scope="col">"Additional recipients"</th>
                    <th scope="col">"Critical emails only"</th>
                </tr>
            </thead>
            <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
    .into_any()
}
