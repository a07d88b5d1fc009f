use leptos::prelude::*;

/// What a state means for the person who reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadgeKind {
    /// A fact.
    #[default]
    Neutral,
    /// Ours, or new.
    Brand,
    /// In force, good.
    Success,
    /// Soon over, or waits for somebody.
    Warning,
    /// Refused, failed, dangerous.
    Danger,
}

/// A state in one or two words.
#[component]
pub fn Badge(
    /// What it means.
    #[prop(optional)]
    kind: BadgeKind,
    /// The words.
    children: Children,
) -> impl IntoView {
    let class = match kind {
        BadgeKind::Neutral => "badge",
        BadgeKind::Brand => "badge badge-brand",
        BadgeKind::Success => "badge badge-success",
        BadgeKind::Warning => "badge badge-warning",
        BadgeKind::Danger => "badge badge-danger",
    };
    view! { <span class=class>{children()}</span> }
}
