use leptos::prelude::*;

/// An e-mail address, or a name in its place. Where a line is too short for an address, it breaks before the `@`.
#[component]
pub fn Address(
    /// The address.
    #[prop(into)]
    address: String,
) -> impl IntoView {
    match address.split_once('@') {
        Some((name, host)) => view! { {name.to_owned()} <wbr /> {format!("@{host}")} }.into_any(),
        None => address.into_any(),
    }
}
