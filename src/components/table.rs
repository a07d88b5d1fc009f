use leptos::prelude::*;

/// Rows of things. The header stays in view, and where there is little room for so many columns each row is a card.
///
/// Cells give their column's name as `data-label`, which is what a card shows with the value. A cell with nothing in it shows no name
/// either; a text that may be empty is given as [`unless_empty`].
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

/// A text for a cell, and nothing at all where it is empty.
pub fn unless_empty(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
