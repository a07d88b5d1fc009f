use leptos::prelude::*;

/// The steps of a wizard; those that can be reached now are links.
#[component]
pub fn WizardTabs(
    /// Name, address where it can be reached, and whether it is the one shown.
    items: Vec<(String, Option<String>, bool)>,
) -> impl IntoView {
    let steps = items
        .into_iter()
        .enumerate()
        .map(|(index, (label, href, current))| {
            let inside = view! {
                <span class="wizard-number" aria-hidden="true">{index + 1}</span>
                {label}
            };
            let current = current.then_some("step");
            let step = match href {
                Some(href) => view! { <a class="tab" href=href aria-current=current>{inside}</a> }.into_any(),
                None => view! { <span class="tab" aria-current=current>{inside}</span> }.into_any(),
            };
            view! { <li>{step}</li> }
        })
        .collect_view();
    view! {
        <nav class="tabs wizard" aria-label="Steps">
            <ol>{steps}</ol>
        </nav>
    }
    .into_any()
}
