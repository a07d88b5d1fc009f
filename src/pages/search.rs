//! To be written.
use leptos::prelude::*;
/// To be written.
#[component]
pub fn Search() -> impl IntoView {
    "to be written"
}
