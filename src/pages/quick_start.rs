//! To be written.
use leptos::prelude::*;
/// To be written.
#[component]
pub fn QuickStart() -> impl IntoView {
    "to be written"
}
