//! To be written.
use leptos::prelude::*;
/// To be written.
#[component]
pub fn NewServicePrincipal() -> impl IntoView {
    "to be written"
}
/// To be written.
#[component]
pub fn ServicePrincipalPage() -> impl IntoView {
    "to be written"
}
/// To be written.
#[component]
pub fn ServicePrincipals() -> impl IntoView {
    "to be written"
}
