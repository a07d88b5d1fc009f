//! To be written.
use leptos::prelude::*;
/// To be written.
#[component]
pub fn ActivatePage() -> impl IntoView {
    "to be written"
}
/// To be written.
#[component]
pub fn ActivationStatus() -> impl IntoView {
    "to be written"
}
/// To be written.
#[component]
pub fn MyRoles() -> impl IntoView {
    "to be written"
}
