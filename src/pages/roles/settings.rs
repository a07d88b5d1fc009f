//! The settings of a role: the seventeen rules in the words of Entra. The words are found on the server; the browser shows them.

#[cfg(feature = "ssr")]
mod words;

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
use stint_domain::id::{PrincipalId, RoleId};

/// A role's settings, with who changed them last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsShown {
    /// The rules of activating: names and values.
    pub activation: Vec<(String, String)>,
    /// The rules of assigning.
    pub assignment: Vec<(String, String)>,
    /// Who is told of what.
    pub notification: Vec<NotifyBlock>,
    /// Who changed them and when; nothing while they are the defaults.
    pub modified: Option<(PrincipalId, String, DateTime<Utc>)>,
    /// Why the person who looks may not change them.
    pub denied: Option<String>,
}

/// Who is told of one thing: rules with their name, default recipients, additional recipients,
/// critical emails only, and who would be told now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyBlock {
    /// Of what.
    pub title: String,
    /// The rules.
    pub rows: Vec<[String; 5]>,
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
    let previews = stint_engine::mail::preview_recipients(&mut op, id, &ScopePath::directory()).await?;
    let denied = op.denial(Action::UpdateRoleSettings, &Target::directory())?;
    let approvers: Vec<Approver> = found.approvers.into_iter().map(Into::into).collect();
    encode(SettingsShown {
        activation: words::activation(&found.settings, &approvers),
        assignment: words::assignment(&found.settings),
        notification: words::notification(&found.settings, &previews),
        modified: found.modified,
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
    let SettingsShown { activation, assignment, notification, modified, denied } = shown;
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
            <CommandLink href=paths::with_query(paths::COMPARE_SETTINGS, &[("left", &id.to_string())]) icon="settings" label="Compare" />
            <CommandLink href=paths::with_query(paths::APPLY_SETTINGS, &[("from", &id.to_string())]) icon="copy" label="Apply to other roles" />
        </CommandBar>
        <p class="secondary">{modified}</p>
        <Rules title="Activation" rules=activation />
        <Rules title="Assignment" rules=assignment />
        <Section title="Notification">
            {notification.into_iter().map(|block| view! { <Notify block /> }).collect_view()}
        </Section>
    }
    .into_any()
}

/// Rules in a section of their own: names and values.
#[component]
fn Rules(title: &'static str, rules: Vec<(String, String)>) -> impl IntoView {
    let rules = rules.into_iter().map(|(label, value)| view! { <Fact label>{value}</Fact> }).collect_view();
    view! { <Section title><Facts>{rules}</Facts></Section> }.into_any()
}

/// Who is told of one thing.
#[component]
fn Notify(block: NotifyBlock) -> impl IntoView {
    let row = |[name, default, more, critical, told]: [String; 5]| {
        view! {
            <tr>
                <td data-label="Type">{name}</td>
                <td data-label="Default recipients">{default}</td>
                <td data-label="Additional recipients">{more}</td>
                <td data-label="Critical emails only">{critical}</td>
                <td data-label="Would go to now">{told}</td>
            </tr>
        }
    };
    let title = block.title.clone();
    view! {
        <h3>{title}</h3>
        <Table caption=block.title>
            <thead>
                <tr>
                    <th scope="col">"Type"</th>
                    <th scope="col">"Default recipients"</th>
                    <th scope="col">"Additional recipients"</th>
                    <th scope="col">"Critical emails only"</th>
                    <th scope="col">"Would go to now"</th>
                </tr>
            </thead>
            <tbody>{block.rows.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
    .into_any()
}
