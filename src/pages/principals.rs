//! Users, groups and service principals where they stand side by side: among members, in what was found.

use crate::{
    components::{AvatarKind, Badge, BadgeKind, Persona},
    paths,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stint_domain::{id::PrincipalId, principal::PrincipalKind};

/// Somebody or something in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrincipalItem {
    /// Their id.
    pub id: PrincipalId,
    /// Their sort.
    pub kind: PrincipalKind,
    /// Their name.
    pub name: String,
    /// A second line: a user's user name, a group's description.
    pub detail: String,
}

#[cfg(feature = "ssr")]
impl From<stint_engine::store::principal::PrincipalRow> for PrincipalItem {
    fn from(row: stint_engine::store::principal::PrincipalRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            name: row.display_name,
            detail: row.user_name.or(row.description).unwrap_or_default(),
        }
    }
}

/// Reads the id in an address. One that is none names nothing.
#[cfg(feature = "ssr")]
pub(super) fn id_in_address<T: std::str::FromStr>(text: &str) -> Result<T, crate::error::AppError> {
    text.parse().map_err(|_| crate::server::operation::answer(crate::error::AppError::NotFound))
}

/// The page of a user, group or service principal.
pub fn path_of(kind: PrincipalKind, id: PrincipalId) -> String {
    match kind {
        PrincipalKind::User => paths::user(id),
        PrincipalKind::Group => paths::group(id),
        PrincipalKind::ServicePrincipal => paths::service_principal(id),
    }
}

/// Somebody or something by name, with a link to their page.
#[component]
pub fn PrincipalPersona(principal: PrincipalItem) -> impl IntoView {
    let kind = match principal.kind {
        PrincipalKind::User => AvatarKind::Person,
        PrincipalKind::Group => AvatarKind::Group,
        PrincipalKind::ServicePrincipal => AvatarKind::App,
    };
    let detail = (!principal.detail.is_empty()).then_some(principal.detail);
    view! { <Persona name=principal.name secondary=detail href=Some(path_of(principal.kind, principal.id)) kind /> }
}

/// Whether an account may act.
#[component]
pub fn AccountStatus(enabled: bool) -> impl IntoView {
    if enabled {
        view! { <Badge kind=BadgeKind::Success>"Enabled"</Badge> }.into_any()
    } else {
        view! { <Badge kind=BadgeKind::Neutral>"Disabled"</Badge> }.into_any()
    }
}

/// A property that may be empty.
#[component]
pub fn Given(text: String) -> impl IntoView {
    if text.is_empty() {
        view! { <span class="secondary">"Not given"</span> }.into_any()
    } else {
        text.into_any()
    }
}
