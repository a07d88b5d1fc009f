//! The settings of many roles: two side by side, one change for several, and all as a file.

mod apply;
mod compare;
mod planned;
mod transfer;

pub use apply::ApplySettings;
pub use compare::CompareSettings;
pub use transfer::TransferSettings;

use crate::{
    components::{Breadcrumb, PageHeader, Tab, Tabs},
    error::AppError,
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::id::RoleId;

/// A role in the name of a field: `role-` and its id, because a name in brackets that begins with a digit is read as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RoleKey(RoleId);

impl std::fmt::Display for RoleKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "role-{}", self.0)
    }
}

impl From<RoleKey> for String {
    fn from(key: RoleKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for RoleKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let id = text.strip_prefix("role-").and_then(|id| id.parse().ok());
        id.map(Self).ok_or_else(|| format!("{text} is no role"))
    }
}

/// The roles to choose from: ids and names.
async fn choices(op: &stint_engine::Operation) -> Result<Vec<(RoleId, String)>, AppError> {
    Ok(stint_engine::roles::list(op, "")?.into_iter().map(|role| (role.id, role.name)).collect())
}

/// What the three pages have in common.
#[component]
fn Header(
    /// What this page is for.
    title: &'static str,
    /// The same in a sentence.
    subtitle: &'static str,
    /// Its address.
    path: &'static str,
) -> impl IntoView {
    let tab =
        move |href: &'static str, label: &'static str| view! { <Tab href selected=path == href label /> };
    view! {
        <Title text=title />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Roles".into(), Some(paths::ROLES.into())),
            (title.into(), None),
        ] />
        <PageHeader title subtitle=Some(subtitle.into()) icon="key" />
        <Tabs label="Role settings">
            {tab(paths::COMPARE_SETTINGS, "Compare")}
            {tab(paths::APPLY_SETTINGS, "Apply to many")}
            {tab(paths::TRANSFER_SETTINGS, "Export and import")}
        </Tabs>
    }
    .into_any()
}
