//! The audit log: of everything, and of the person who is signed in.

use crate::{
    components::{Breadcrumb, PageHeader, Tab, Tabs},
    pages::{
        audit_table::{AuditListing, Narrowed, list_narrowed, use_narrowed},
        loaded::loaded,
        portal::use_session,
        roles::list_roles,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// Everything that happened.
#[component]
pub fn Audit() -> impl IntoView {
    let part = use_narrowed(paths::AUDIT);
    let list = Resource::new(
        move || part.get(),
        |part| async move {
            let events = list_narrowed(part).await?;
            let roles = list_roles(String::new(), String::new()).await?;
            Ok((events, roles.into_iter().map(|role| (role.id.to_string(), role.name)).collect()))
        },
    );
    view! {
        <Title text="Resource audit" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("Resource audit".into(), None)] />
        <PageHeader title="Resource audit" subtitle=Some("Who did what, when and why; each event is sealed".into()) icon="audit" />
        {loaded(list, move |(list, roles)| view! { <AuditListing list part=part.get_untracked() roles /> })}
    }
    .into_any()
}

/// What the person who is signed in did, and what was done to them.
#[component]
pub fn MyAudit() -> impl IntoView {
    let own = use_session().id.to_string();
    let part = use_narrowed(paths::MY_AUDIT);
    let list = Resource::new(
        move || {
            let (actor, target) = match part.get().tab.as_str() {
                "to-me" => (String::new(), own.clone()),
                _ => (own.clone(), String::new()),
            };
            Narrowed { actor, target, ..part.get() }
        },
        list_narrowed,
    );
    let to_me = Signal::derive(move || part.with(|part| part.tab == "to-me"));
    view! {
        <Title text="My audit history" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("My audit history".into(), None)] />
        <PageHeader title="My audit history" icon="clock" />
        <Tabs label="My audit history">
            <Tab href=paths::MY_AUDIT selected=Signal::derive(move || !to_me.get()) label="What I did" />
            <Tab href=paths::with_query(paths::MY_AUDIT, &[("tab", "to-me")]) selected=to_me label="What was done to me" />
        </Tabs>
        {loaded(list, move |list| {
            let part = Narrowed { actor: String::new(), target: String::new(), ..part.get_untracked() };
            view! { <AuditListing list part roles=Vec::new() /> }
        })}
    }
    .into_any()
}
