//! Stint's portal: everything that speaks HTTP or HTML.
//!
//! The crate is compiled twice. With `ssr` it is the server's library; with `hydrate` it is the WASM that takes the pages
//! over in the browser. [`pages`] has one file a screen, the component beside its server functions; [`components`] is the
//! design system and knows nothing of PIM; what only a server has is in `server`.
#![recursion_limit = "512"]

pub mod app;
pub mod components;
pub mod encoded;
pub mod error;
pub mod form;
pub mod pages;
pub mod paths;
#[cfg(feature = "ssr")]
pub mod server;
mod still;

/// Takes the page over in the browser.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
