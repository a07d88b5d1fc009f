//! To be written.
use leptos::prelude::*;
/// To be written.
#[component]
pub fn AdministrativeUnitPage() -> impl IntoView {
    "to be written"
}
/// To be written.
#[component]
pub fn AdministrativeUnits() -> impl IntoView {
    "to be written"
}
/// To be written.
#[component]
pub fn NewAdministrativeUnit() -> impl IntoView {
    "to be written"
}
