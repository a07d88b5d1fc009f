use leptos::prelude::*;

use super::Icon;

/// A box about one thing; with an address, its title is the way there and the whole box takes the click.
#[component]
pub fn Card(
    /// What it is about.
    #[prop(into)]
    title: String,
    /// Where it leads.
    #[prop(optional_no_strip, into)]
    href: Option<String>,
    /// Icon before the title.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// Content.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let class = if href.is_some() { "card card-link" } else { "card" };
    let title = match href {
        Some(href) => view! { <a href=href>{title}</a> }.into_any(),
        None => title.into_any(),
    };
    view! {
        <section class=class>
            <div class="card-head">
                {icon.map(|name| view! { <span class="card-icon"><Icon name=name /></span> })}
                <h2 class="card-title">{title}</h2>
            </div>
            {children.map(|children| view! { <div class="card-body">{children()}</div> })}
        </section>
    }
    .into_any()
}
