//! To be written.
use leptos::prelude::*;
/// To be written.
#[component]
pub fn RolePage() -> impl IntoView {
    "to be written"
}
/// To be written.
#[component]
pub fn Roles() -> impl IntoView {
    "to be written"
}
