//! To be written.
use leptos::prelude::*;
/// To be written.
#[component]
pub fn AddAssignments() -> impl IntoView {
    "to be written"
}
