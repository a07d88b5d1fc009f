use leptos::prelude::*;

/// A part of a page under its own heading.
#[component]
pub fn Section(
    /// What it shows.
    #[prop(into)]
    title: String,
    /// A line about it.
    #[prop(optional_no_strip, into)]
    subtitle: Option<String>,
    /// Buttons and links at the right of the heading.
    #[prop(optional, into)]
    actions: ViewFnOnce,
    /// Content.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="section">
            <header class="section-header">
                <div>
                    <h2>{title}</h2>
                    {subtitle.map(|text| view! { <p class="section-subtitle">{text}</p> })}
                </div>
                <div class="section-actions">{actions.run()}</div>
            </header>
            {children()}
        </section>
    }
    .into_any()
}
