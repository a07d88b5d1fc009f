use leptos::prelude::*;

use super::Icon;

/// What a list says when it holds nothing: why, and what one could do.
#[component]
pub fn EmptyState(
    /// Icon above the words.
    icon: &'static str,
    /// That there is nothing, in a few words.
    #[prop(into)]
    title: String,
    /// Why, and what one could do.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon"><Icon name=icon /></span>
            <p class="empty-title">{title}</p>
            {children.map(|children| view! { <div class="empty-text">{children()}</div> })}
        </div>
    }
    .into_any()
}
