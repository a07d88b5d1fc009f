//! What would become of several roles: a table, and the form that goes on.

use super::RoleKey;
use crate::{
    components::{Badge, BadgeKind, Button, ButtonKind, LinkButton, MessageBar, MessageKind, Table},
    error::AppError,
    form::Posted,
    pages::counted::counted,
    paths,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stint_domain::id::RoleId;

/// What would become of one role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedItem {
    /// The role.
    pub id: RoleId,
    /// What it is called.
    pub name: String,
    /// The version of its settings that was looked at.
    pub version: i64,
    /// What changes.
    pub changes: Vec<String>,
    /// What would be different for people.
    pub effects: Vec<String>,
    /// Why it cannot be.
    pub refused: Vec<String>,
}

impl From<stint_engine::role_settings::Planned> for PlannedItem {
    fn from(planned: stint_engine::role_settings::Planned) -> Self {
        Self {
            id: planned.role.id,
            name: planned.role.name,
            version: planned.version,
            changes: planned.changes.iter().map(ToString::to_string).collect(),
            effects: planned.effects,
            refused: planned.refused,
        }
    }
}

/// Carries changes of many roles out, or only tells what they would be: an operation that is dropped has done nothing. Where one role
/// refuses, no role is changed.
pub(super) async fn carry_out(
    mut op: stint_engine::Operation,
    wanted: Vec<stint_engine::role_settings::Wanted>,
    confirmed: bool,
) -> Result<Option<Vec<PlannedItem>>, AppError> {
    let planned = stint_engine::role_settings::put_many(&mut op, wanted).await?;
    let count = planned.iter().filter(|planned| !planned.changes.is_empty()).count();
    if !confirmed || planned.iter().any(|planned| !planned.refused.is_empty()) {
        return Ok(Some(planned.into_iter().map(Into::into).collect()));
    }
    op.commit().await?;
    crate::server::toast::say(&format!("The settings of {} were updated.", counted(count, "role")));
    crate::server::redirect::to(paths::ROLES);
    Ok(None)
}

/// What would become of each role, and the button that goes on. `fields` are those of the form that was sent.
#[component]
pub fn PlannedChanges(
    /// What the server function answered, as JSON.
    json: String,
    /// The path of the server function.
    path: &'static str,
    /// The fields that it is sent again with.
    fields: Vec<(String, String)>,
) -> impl IntoView {
    let planned = serde_json::from_str::<Option<Vec<PlannedItem>>>(&json).ok().flatten().unwrap_or_default();
    let changed: Vec<_> = planned.iter().filter(|planned| !planned.changes.is_empty()).cloned().collect();
    if changed.is_empty() && planned.iter().all(|planned| planned.refused.is_empty()) {
        return view! { <MessageBar kind=MessageKind::Info>"Nothing would change."</MessageBar> }.into_any();
    }
    let refused = planned.iter().any(|planned| !planned.refused.is_empty());
    let go_on = format!("Update {}", counted(changed.len(), "role"));
    let denied = refused.then(|| "What cannot be has to be mended first: see the table.".to_owned());
    let seen =
        planned.iter().map(|planned| (format!("seen[{}]", RoleKey(planned.id)), planned.version.to_string()));
    let hidden = fields.into_iter().chain(seen).chain([("confirmed".to_owned(), "true".to_owned())]);
    let hidden =
        hidden.map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view();
    let rows = planned.into_iter().map(|planned| view! { <PlannedRow planned /> }).collect_view();
    view! {
        <section class="section" aria-labelledby="planned">
            <h2 id="planned">"What would change"</h2>
            <Table caption="Changes by role">
                <thead>
                    <tr>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Changes"</th>
                        <th scope="col">"For people"</th>
                        <th scope="col">"Result"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <form method="post" action=Posted::address(path)>
                {hidden}
                <div class="panel-actions">
                    <Button kind=ButtonKind::Primary submit=true denied>{go_on}</Button>
                    <LinkButton href=paths::ROLES>"Cancel"</LinkButton>
                </div>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn PlannedRow(planned: PlannedItem) -> impl IntoView {
    let list = |lines: Vec<String>| {
        let lines = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
        view! { <ul>{lines}</ul> }
    };
    let (kind, result) = match (planned.refused.is_empty(), planned.changes.is_empty()) {
        (false, _) => (BadgeKind::Danger, "Cannot be"),
        (true, true) => (BadgeKind::Neutral, "Stays"),
        (true, false) => (BadgeKind::Success, "Changes"),
    };
    view! {
        <tr>
            <td data-label="Role"><a href=paths::role_tab(planned.id, "settings")>{planned.name}</a></td>
            <td data-label="Changes" class="words">{list(planned.changes)}</td>
            <td data-label="For people" class="words">{list(planned.effects)}</td>
            <td data-label="Result"><Badge kind>{result}</Badge>{list(planned.refused)}</td>
        </tr>
    }
    .into_any()
}
