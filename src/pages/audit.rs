//! To be written.
use leptos::prelude::*;
/// To be written.
#[component]
pub fn Audit() -> impl IntoView {
    "to be written"
}
/// To be written.
#[component]
pub fn MyAudit() -> impl IntoView {
    "to be written"
}
