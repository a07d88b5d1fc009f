//! The tabs of a list of requests: one for each kind.

use crate::{
    components::{Tab, Tabs},
    paths,
};
use leptos::prelude::*;

/// Tabs that narrow a list of requests to a kind, or to none.
#[component]
pub fn KindTabs(
    /// What they are views of, for assistive technology.
    label: &'static str,
    /// Where the list is.
    path: &'static str,
    /// The kind that is shown.
    kind: Signal<String>,
) -> impl IntoView {
    let of_kind = move |slug: &'static str, label: &'static str| {
        let selected = Signal::derive(move || kind.with(|kind| kind == slug));
        view! { <Tab href=paths::with_query(path, &[("kind", slug)]) selected label /> }
    };
    view! {
        <Tabs label>
            {of_kind("", "All requests")}
            {of_kind("activation", "Activations")}
            {of_kind("extension", "Extensions")}
            {of_kind("renewal", "Renewals")}
        </Tabs>
    }
    .into_any()
}
