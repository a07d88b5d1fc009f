//! Sending somebody on after a form.

use crate::paths;

/// Sends the person on to a path of ours.
pub fn to(path: &str) {
    #[expect(clippy::disallowed_methods, reason = "the path was checked, so that the header cannot fail")]
    leptos_axum::redirect(&paths::local(path));
}
