//! There is no such page.

use crate::{components::LinkButton, paths};
use leptos::prelude::*;
use leptos_meta::Title;

/// Says that there is no such page.
#[component]
pub fn NotFound() -> impl IntoView {
    say_not_found();
    view! {
        <Title text="Page not found" />
        <main class="sign-in" id="main">
            <div class="sign-in-card">
                <h1>"There is no such page"</h1>
                <p>"The address may be mistyped, or the page has moved."</p>
                <LinkButton href=paths::QUICK_START icon="home">"Quick start"</LinkButton>
            </div>
        </main>
    }
}

#[cfg(feature = "ssr")]
fn say_not_found() {
    let _told = crate::server::operation::answer(crate::error::AppError::NotFound);
}

#[cfg(not(feature = "ssr"))]
const fn say_not_found() {}
