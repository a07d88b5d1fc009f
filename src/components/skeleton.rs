use leptos::prelude::*;

/// The outline of text that is on its way.
#[component]
pub fn Skeleton(
    /// How many lines.
    #[prop(default = 3)]
    lines: u8,
) -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <span class="visually-hidden">"Loading"</span>
            {(0..lines).map(|_| view! { <span class="skeleton-line"></span> }).collect_view()}
        </div>
    }
    .into_any()
}

/// Work that takes a moment.
#[component]
pub fn Spinner(
    /// What is being done.
    #[prop(default = "Loading".to_owned(), into)]
    label: String,
) -> impl IntoView {
    view! {
        <span class="spinner-row" role="status">
            <span class="spinner" aria-hidden="true"></span>
            {label}
        </span>
    }
    .into_any()
}
