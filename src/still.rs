//! Still pages: pages of which the browser gets the HTML, and nothing of whose code stands in the WASM.
//!
//! A page that only shows things, or whose forms the browser sends by itself, has nothing to take over. Its module is compiled
//! for the server alone; in the browser its place in the frame is kept by [`Still`], which opens the page as a new document
//! where somebody comes to it from a live one, and gives what is shown the little life that all pages share.

/// What a route shows: on the server the page, in the browser what keeps its place.
macro_rules! still {
    ($page:path) => {{
        #[cfg(feature = "ssr")]
        {
            || $crate::still::rendered($page)
        }
        #[cfg(not(feature = "ssr"))]
        {
            $crate::still::Still
        }
    }};
}
pub(crate) use still;

#[cfg(not(feature = "ssr"))]
pub use browser::Still;

/// The page's HTML. What it waits for is not sent along: nobody will ask for it again.
#[cfg(feature = "ssr")]
pub fn rendered<V: leptos::IntoView + 'static>(page: impl FnOnce() -> V) -> leptos::prelude::AnyView {
    use leptos::prelude::*;
    let context = Owner::current_shared_context();
    let hydrated = |yes| context.iter().for_each(|context| context.set_is_hydrating(yes));
    hydrated(false);
    let page = page();
    hydrated(true);
    view! { <div class="still">{page}</div> }.into_any()
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use crate::{components::enliven, pages::awaiting};
    use leptos::{html::Div, prelude::*};
    use leptos_router::hooks::use_location;
    use std::time::Duration;

    /// Keeps the place of a still page.
    #[component]
    pub fn Still() -> impl IntoView {
        let location = use_location();
        let place = NodeRef::<Div>::new();
        let is_there = Owner::current_shared_context().is_some_and(|context| context.during_hydration());
        Effect::new(move |before: Option<()>| {
            let address = format!("{}{}", location.pathname.get(), query(&location.search.get()));
            if before.is_none() && is_there {
                if let Some(place) = place.get_untracked() {
                    enliven(&place);
                    awaiting::enliven(&place);
                }
            } else {
                // The router notes the address in the history first, so that the document takes that entry's place.
                set_timeout(move || drop(window().location().assign(&address)), Duration::ZERO);
            }
        });
        view! { <div class="still" node_ref=place></div> }.into_any()
    }

    fn query(search: &str) -> String {
        if search.is_empty() || search.starts_with('?') { search.to_owned() } else { format!("?{search}") }
    }
}
