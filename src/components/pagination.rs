use leptos::prelude::*;

use super::Icon;

/// The way through a long list, a page at a time.
#[component]
pub fn Pagination(
    /// Address of the page before.
    #[prop(optional_no_strip, into)]
    previous: Option<String>,
    /// Address of the page after.
    #[prop(optional_no_strip, into)]
    next: Option<String>,
    /// What is shown, such as "1 to 50".
    #[prop(optional, into)]
    summary: String,
) -> impl IntoView {
    view! {
        <nav class="pagination" aria-label="Pages">
            <span class="pagination-summary">{summary}</span>
            {previous
                .map(|href| {
                    view! {
                        <a class="button" href=href rel="prev">
                            <Icon name="chevron-left" />
                            "Previous"
                        </a>
                    }
                })}
            {next
                .map(|href| {
                    view! {
                        <a class="button" href=href rel="next">
                            "Next"
                            <Icon name="chevron-right" />
                        </a>
                    }
                })}
        </nav>
    }
    .into_any()
}
