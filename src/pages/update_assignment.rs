//! To be written.
use leptos::prelude::*;
/// To be written.
#[component]
pub fn UpdateAssignment() -> impl IntoView {
    "to be written"
}
