use leptos::prelude::*;

/// Views of the same thing, each with its own address.
#[component]
pub fn Tabs(
    /// What they are views of, for assistive technology.
    #[prop(into)]
    label: String,
    /// `Tab`s.
    children: Children,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label=label>
            <ul>{children()}</ul>
        </nav>
    }
    .into_any()
}

/// One view.
#[component]
pub fn Tab(
    /// Its address.
    #[prop(into)]
    href: String,
    /// It is the one shown.
    #[prop(optional, into)]
    selected: Signal<bool>,
    /// Its name.
    #[prop(into)]
    label: String,
    /// How many things it holds.
    #[prop(optional_no_strip)]
    count: Option<u64>,
) -> impl IntoView {
    view! {
        <li>
            <a class="tab" href=href aria-current=move || selected.get().then_some("page")>
                <span class="tab-label">{label}</span>
                {count.map(|count| view! { <span class="count">{count}</span> })}
            </a>
        </li>
    }
    .into_any()
}
