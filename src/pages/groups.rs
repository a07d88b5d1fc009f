//! To be written.
use leptos::prelude::*;
/// To be written.
#[component]
pub fn DeletedGroups() -> impl IntoView {
    "to be written"
}
/// To be written.
#[component]
pub fn GroupPage() -> impl IntoView {
    "to be written"
}
/// To be written.
#[component]
pub fn Groups() -> impl IntoView {
    "to be written"
}
/// To be written.
#[component]
pub fn NewGroup() -> impl IntoView {
    "to be written"
}
