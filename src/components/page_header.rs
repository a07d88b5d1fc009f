use leptos::prelude::*;

use super::Icon;

/// The title of a page: its one `<h1>`.
#[component]
pub fn PageHeader(
    /// What the page shows.
    #[prop(into)]
    title: String,
    /// What kind of thing it is, or a line about it.
    #[prop(optional_no_strip, into)]
    subtitle: Option<String>,
    /// Icon before the title.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// Badges and actions beside it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="page-header">
            {icon.map(|name| view! { <span class="page-header-icon"><Icon name=name /></span> })}
            <div class="page-header-text">
                <h1>{title}</h1>
                {subtitle.map(|text| view! { <p class="page-header-subtitle">{text}</p> })}
            </div>
            {children.map(|children| view! { <div class="page-header-aside">{children()}</div> })}
        </header>
    }
    .into_any()
}
