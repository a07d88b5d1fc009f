use leptos::prelude::*;

/// Rows of things. The header stays in view, wide tables scroll, and on a phone each row is a card.
///
/// Cells give their column's name as `data-label`, which is what a card shows before the value.
#[component]
pub fn Table(
    /// What the table lists, for assistive technology.
    #[prop(into)]
    caption: String,
    /// `<thead>` and `<tbody>`.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-scroll" role="region" tabindex="0" aria-label=caption>
            <table class="table">
                <caption class="visually-hidden">{caption.clone()}</caption>
                {children()}
            </table>
        </div>
    }
    .into_any()
}
