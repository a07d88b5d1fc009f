//! A control that a person may see but not use says why: it stays in the tab order, and its reason shows in a bubble when
//! it has the focus or the pointer. The bubble is CSS alone.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;

/// An id for an element that another one points at.
///
/// Server and browser count apart; a hydrated element keeps the server's id, so the two never meet.
pub(super) fn unique_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let side = if cfg!(target_arch = "wasm32") { 'c' } else { 's' };
    format!("{side}{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Puts the bubble with `reason` beside the control that `control` makes from the bubble's id.
pub(super) fn with_reason(reason: String, control: impl FnOnce(String) -> AnyView) -> AnyView {
    let id = unique_id();
    view! {
        <span class="bubble-anchor">
            {control(id.clone())}
            <span class="bubble" role="tooltip" id=id>
                {reason}
            </span>
        </span>
    }
    .into_any()
}
