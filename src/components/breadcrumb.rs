use leptos::prelude::*;

use super::Icon;

/// The way from the start to this page.
#[component]
pub fn Breadcrumb(
    /// Name and address of each step; the last one is this page and has none.
    items: Vec<(String, Option<String>)>,
) -> impl IntoView {
    let last = items.len().saturating_sub(1);
    let steps = items
        .into_iter()
        .enumerate()
        .map(|(index, (label, href))| {
            let step = match href {
                Some(href) => view! { <a href=href>{label}</a> }.into_any(),
                None => {
                    view! { <span aria-current=(index == last).then_some("page")>{label}</span> }.into_any()
                }
            };
            view! {
                <li>
                    {step}
                    {(index < last).then(|| view! { <Icon name="chevron-right" /> })}
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <ol>{steps}</ol>
        </nav>
    }
    .into_any()
}
