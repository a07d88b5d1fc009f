//! What a log is narrowed to, and the filters that narrow it.

use super::AuditItem;
use crate::{
    components::{Button, DateRange, FilterBar, LinkButton, QueryForm, Select},
    pages::loaded::query,
    paths,
};
use leptos::prelude::*;
use stint_domain::audit::Category;

/// What a log is narrowed to, as it stands in the address. What cannot be read narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// The page.
    pub path: String,
    /// One tab of the page, where it has tabs.
    pub tab: String,
    /// One category.
    pub category: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// One role's id.
    pub role: String,
    /// One actor's id.
    pub actor: String,
    /// One target's id.
    pub target: String,
    /// Where the page of the list begins.
    pub after: String,
    /// Whether to offer roles to choose from.
    pub by_role: bool,
}

impl Narrowed {
    /// The address of this part of the log.
    pub(super) fn link(&self) -> String {
        let query = [
            ("tab", &self.tab),
            ("category", &self.category),
            ("from", &self.from),
            ("to", &self.to),
            ("role", &self.role),
            ("actor", &self.actor),
            ("target", &self.target),
            ("after", &self.after),
        ];
        paths::with_query(&self.path, &query.map(|(name, value)| (name, value.as_str())))
    }

    /// The same from the latest event on, changed.
    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut changed = Self { after: String::new(), ..self.clone() };
        change(&mut changed);
        changed.link()
    }

    pub(super) fn is_narrowed(&self) -> bool {
        let parts = [&self.category, &self.from, &self.to, &self.role, &self.actor, &self.target];
        parts.into_iter().any(|part| !part.is_empty())
    }
}

/// What the address narrows the log on the page at `path` to.
pub(in crate::pages) fn use_narrowed(path: impl Into<String>) -> Signal<Narrowed> {
    let path = path.into();
    let (tab, category, from, to) = (query("tab"), query("category"), query("from"), query("to"));
    let (role, actor, target, after) = (query("role"), query("actor"), query("target"), query("after"));
    Memo::new(move |_| Narrowed {
        path: path.clone(),
        tab: tab.get(),
        category: category.get(),
        from: from.get(),
        to: to.get(),
        role: role.get(),
        actor: actor.get(),
        target: target.get(),
        after: after.get(),
        by_role: false,
    })
    .into()
}

#[component]
pub(super) fn AuditFilter(part: Narrowed, roles: Vec<(String, String)>) -> impl IntoView {
    let any = |words: &str| (String::new(), words.to_owned());
    let categories: Vec<_> = std::iter::once(any("Any category"))
        .chain(Category::ALL.map(|category| (category.slug().to_owned(), category.label().to_owned())))
        .collect();
    let roles = (!roles.is_empty()).then(|| {
        let options: Vec<_> = std::iter::once(any("Any role")).chain(roles).collect();
        view! { <Select id="audit-role" name="role" options value=part.role.clone() aria_label=Some("Role".to_owned()) /> }
    });
    let clear = part.is_narrowed().then(|| {
        let nothing = Narrowed { path: part.path.clone(), tab: part.tab.clone(), ..Narrowed::default() };
        view! { <LinkButton href=nothing.link()>"Clear"</LinkButton> }
    });
    let hidden = [("tab", part.tab), ("actor", part.actor), ("target", part.target)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view();
    view! {
        <QueryForm action=part.path class="filter-bar">
            <FilterBar>
                <Select id="audit-category" name="category" options=categories value=part.category aria_label=Some("Category".to_owned()) />
                {roles}
                <DateRange id="audit" from=part.from to=part.to />
                {hidden}
                <Button submit=true>"Apply"</Button>
                {clear}
            </FilterBar>
        </QueryForm>
    }
    .into_any()
}

/// Says that only one requestor's or one target's events are shown, and leads back to all.
#[component]
pub(super) fn OnlyOne(events: Vec<AuditItem>, part: Narrowed) -> impl IntoView {
    let first = events.first();
    let actor = (!part.actor.is_empty()).then(|| {
        let name = first.map_or_else(|| part.actor.clone(), |event| event.actor_name.clone());
        ("Requestor", name, part.with(|part| part.actor.clear()))
    });
    let target = (!part.target.is_empty()).then(|| {
        let name = first.and_then(|event| event.target_name.clone()).unwrap_or_else(|| part.target.clone());
        ("Primary target", name, part.with(|part| part.target.clear()))
    });
    let only = |(what, name, all): (&str, String, String)| {
        view! { <p class="cluster">{format!("{what}: ")}<strong>{name}</strong><a href=all>"Show all"</a></p> }
    };
    actor.into_iter().chain(target).map(only).collect_view()
}
