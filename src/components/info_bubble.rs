use leptos::prelude::*;

use super::{Icon, denied::with_reason};

/// An (i) that explains what stands beside it, on hover and on focus.
#[component]
pub fn InfoBubble(
    /// What it explains, for its accessible name.
    #[prop(into)]
    about: String,
    /// The explanation.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    with_reason(text, |id| {
        view! {
            <button type="button" class="info-button" aria-label=format!("About {about}") aria-describedby=id>
                <Icon name="info" />
            </button>
        }
        .into_any()
    })
}
