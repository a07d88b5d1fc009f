//! What is said of an assignment, in a table and on its own page.

use super::AssignmentItem;
use crate::{
    components::{AvatarKind, Badge, BadgeKind, LocalTime, Persona, Remaining},
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use stint_domain::{principal::PrincipalKind, schedule::Schedule, scope::Scope, time::Phase};

/// The role of an assignment.
#[component]
pub fn RoleName(item: AssignmentItem) -> impl IntoView {
    view! {
        <span class="cluster">
            <a href=paths::role(item.schedule.role)>{item.role_name}</a>
            {item.role_is_privileged.then(|| view! { <Badge kind=BadgeKind::Warning>"PRIVILEGED"</Badge> })}
        </span>
    }
}

/// Who holds an assignment.
#[component]
pub fn Holder(item: AssignmentItem) -> impl IntoView {
    let id = item.schedule.principal;
    let (href, kind) = match item.principal_kind {
        PrincipalKind::User => (paths::user(id), AvatarKind::Person),
        PrincipalKind::Group => (paths::group(id), AvatarKind::Group),
        PrincipalKind::ServicePrincipal => (paths::service_principal(id), AvatarKind::App),
    };
    let secondary = item.principal_user_name.unwrap_or_else(|| item.principal_kind.label().to_owned());
    view! { <Persona name=item.principal_name secondary=Some(secondary) href=Some(href) kind /> }
}

/// Where an assignment holds.
#[component]
pub fn ScopeName(item: AssignmentItem) -> impl IntoView {
    let name = item.scope_name.unwrap_or_else(|| item.schedule.scope.to_string());
    match item.schedule.scope.kind() {
        Scope::Directory => "Directory".into_any(),
        Scope::AdministrativeUnit(id) => {
            view! { <a href=paths::administrative_unit(id)>{name}</a> <div class="secondary">"Administrative unit"</div> }
                .into_any()
        }
        Scope::Object(_) => view! { {name} <div class="secondary">"Application"</div> }.into_any(),
        Scope::Resource => name.into_any(),
    }
}

/// Whether an assignment is held directly or through a group.
#[component]
pub fn Membership(through: Option<String>) -> impl IntoView {
    match through {
        None => "Direct".into_any(),
        Some(group) => view! { "Group" <div class="secondary">"via "{group}</div> }.into_any(),
    }
}

/// When an assignment begins.
#[component]
pub fn Start(schedule: Schedule, now: DateTime<Utc>) -> impl IntoView {
    let later = schedule.window.phase(now) == Phase::Upcoming;
    view! {
        <LocalTime at=schedule.window.start />
        {later.then(|| view! { <div><Badge kind=BadgeKind::Brand>"Starts later"</Badge></div> })}
    }
}

/// When an assignment ends.
#[component]
pub fn End(schedule: Schedule, now: DateTime<Utc>) -> impl IntoView {
    let in_force = schedule.window.phase(now) == Phase::InForce;
    match schedule.window.end {
        None => "Permanent".into_any(),
        Some(end) => view! {
            <LocalTime at=end />
            {in_force.then(|| view! { <div class="secondary"><Remaining until=end now /></div> })}
        }
        .into_any(),
    }
}
