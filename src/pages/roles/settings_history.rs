//! Every version of a role's settings: who changed what, and the way back.

use crate::{
    components::{Confirm, EmptyState, LinkButton, LocalTime, Pagination, Table},
    encoded::{Encoded, page_data},
    error::AppError,
    form::Posted,
    pages::loaded::{Problem, loaded, query},
    paths,
};
use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Deserialize, Serialize};
use stint_domain::id::{PrincipalId, RoleId};

/// One version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionItem {
    /// Its number, from 1.
    pub number: i64,
    /// Who made it, and what they are called.
    pub by: (PrincipalId, String),
    /// When.
    pub at: DateTime<Utc>,
    /// What it changed.
    pub changes: Vec<String>,
}

/// A page of versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionList {
    /// The versions, the latest first.
    pub versions: Vec<VersionItem>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Why the person who looks may not go back to one.
    pub denied: Option<String>,
}

/// The versions of a role's settings.
#[server(endpoint = "list_settings_versions")]
pub async fn list_settings_versions(id: RoleId, after: String) -> Result<Encoded<VersionList>, AppError> {
    use crate::encoded::encode;
    use stint_domain::{
        authz::{Action, Target},
        scope::ScopePath,
    };
    use stint_engine::{role_settings, store::PageRequest};
    let mut op = crate::server::read().await?;
    let page = PageRequest::after(Some(after));
    let page = role_settings::history(&mut op, id, &ScopePath::directory(), &page).await?;
    let item = |version: role_settings::Version| VersionItem {
        number: version.number,
        by: (version.by, version.by_name),
        at: version.at,
        changes: version.changes.iter().map(ToString::to_string).collect(),
    };
    let denied = op.denial(Action::UpdateRoleSettings, &Target::directory())?;
    encode(VersionList { versions: page.items.into_iter().map(item).collect(), next: page.next, denied })
}

/// Makes the settings what they were in a version.
#[server(endpoint = "restore_settings")]
pub async fn restore_settings(id: RoleId, version: i64) -> Result<(), AppError> {
    use stint_domain::scope::ScopePath;
    let mut op = crate::server::write().await?;
    stint_engine::role_settings::restore(&mut op, id, &ScopePath::directory(), version).await?;
    Ok(op.commit().await?)
}

/// The history: a tab of the role's page.
#[component]
pub fn SettingsHistoryTab(
    /// Whose settings.
    id: RoleId,
) -> impl IntoView {
    let after = query("after");
    let posted = Posted::to(RestoreSettings::PATH);
    let list = page_data(move || after.get(), move |after| list_settings_versions(id, after));
    view! {
        <p><LinkButton href=paths::role_tab(id, "settings") icon="chevron-left">"Settings"</LinkButton></p>
        <Problem words=Signal::stored(posted.error_besides(&[])) />
        {loaded(list, move |list| view! { <History id list after=after.get_untracked() /> })}
    }
    .into_any()
}

#[component]
fn History(id: RoleId, list: VersionList, after: String) -> impl IntoView {
    let VersionList { versions, next, denied } = list;
    if versions.is_empty() {
        return view! {
            <EmptyState icon="clock" title="No results"><p>"These settings were never changed."</p></EmptyState>
        }
        .into_any();
    }
    let path = paths::role_tab(id, "settings-history");
    let page = |after: &str| paths::with_query(&path, &[("after", after)]);
    let first = (!after.is_empty()).then(|| page(""));
    let next = next.as_deref().map(page);
    let latest = versions[0].number;
    let rows = versions.into_iter().map(|version| {
        // Where the settings came from can be gone back to as well: version 0 are the defaults.
        let restorable = version.number != latest || !after.is_empty();
        let back = restorable.then(|| view! { <Restore id version=version.number denied=denied.clone()/> });
        let changes: Vec<_> = version.changes.into_iter().map(|change| view! { <li>{change}</li> }).collect();
        view! {
            <tr>
                <td data-label="Version">{version.number}</td>
                <td data-label="Changed by"><a href=paths::user(version.by.0)>{version.by.1}</a></td>
                <td data-label="Time" class="nowrap"><LocalTime at=version.at /></td>
                <td data-label="Changes" class="words"><ul>{changes}</ul></td>
                <td data-label="Action" class="row-actions">{back}</td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <Table caption="Versions of the settings">
            <thead>
                <tr>
                    <th scope="col">"Version"</th>
                    <th scope="col">"Changed by"</th>
                    <th scope="col">"Time"</th>
                    <th scope="col">"Changes"</th>
                    <th scope="col">"Action"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <div><Restore id version=0 denied /></div>
        <Pagination previous=first next />
    }
    .into_any()
}

#[component]
fn Restore(id: RoleId, version: i64, denied: Option<String>) -> impl IntoView {
    let (trigger, what) = match version {
        0 => ("Restore defaults", "defaults".to_owned()),
        version => ("Restore", format!("version {version}")),
    };
    view! {
        <Confirm
            id=format!("restore-{version}")
            title=format!("Restore {what}?")
            trigger=trigger
            trigger_icon="restore"
            trigger_class="button button-subtle"
            trigger_label=Some(format!("Restore {what}"))
            confirm_label="Restore"
            denied
        >
            <form method="post" action=Posted::address(RestoreSettings::PATH) id=format!("restore-{version}-form") class="stack">
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name="version" value=version.to_string() />
                <p>"The settings become what they were, as a new version: nothing of the history is lost."</p>
            </form>
        </Confirm>
    }
    .into_any()
}
