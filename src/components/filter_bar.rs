use leptos::prelude::*;

/// The row above a list that narrows it: a search box, selects, a button.
#[component]
pub fn FilterBar(
    /// The filters; a GET form may stand around or inside.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="filter-bar" role="group" aria-label="Filters">
            {children()}
        </div>
    }
    .into_any()
}
