//! To be written.
use leptos::prelude::*;
/// To be written.
#[component]
pub fn Assignments() -> impl IntoView {
    "to be written"
}
