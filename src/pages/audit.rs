//! The audit log: of everything, and of the person who is signed in.

use crate::encoded::page_data;
use crate::{
    components::{Breadcrumb, PageHeader, Tab, Tabs},
    pages::{
        audit_table::{AuditListing, ME, Narrowed, list_narrowed, use_narrowed},
        loaded::loaded,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// Everything that happened.
#[component]
pub fn Audit() -> impl IntoView {
    let part = use_narrowed(paths::AUDIT);
    let list = page_data(move || Narrowed { by_role: true, ..part.get() }, list_narrowed);
    view! {
        <Title text="Resource audit" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("Resource audit".into(), None)] />
        <PageHeader title="Resource audit" subtitle=Some("Who did what, when and why; each event is sealed".into()) icon="audit" />
        {loaded(list, move |list| view! { <AuditListing list part=part.get_untracked() /> })}
    }
    .into_any()
}

/// What the person who is signed in did, and what was done to them.
#[component]
pub fn MyAudit() -> impl IntoView {
    let part = use_narrowed(paths::MY_AUDIT);
    let list = page_data(
        move || {
            let (actor, target) = match part.get().tab.as_str() {
                "to-me" => (String::new(), ME.to_owned()),
                _ => (ME.to_owned(), String::new()),
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
            view! { <AuditListing list part /> }
        })}
    }
    .into_any()
}
