use leptos::prelude::*;

/// A line icon of the sprite `public/icons.svg`; decoration only, so the words beside it carry the meaning.
#[component]
pub fn Icon(
    /// Its id in the sprite, such as `person` or `chevron-right`.
    name: &'static str,
) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" focusable="false" width="20" height="20">
            <use href=format!("/icons.svg#{name}")></use>
        </svg>
    }
}
