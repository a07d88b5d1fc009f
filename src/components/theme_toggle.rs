use leptos::prelude::*;

use super::Icon;

const KEY: &str = "theme";

/// Light, dark, or as the system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    /// Its name for people, its icon, and what `data-theme` says.
    const fn parts(self) -> (&'static str, &'static str, Option<&'static str>) {
        match self {
            Self::System => ("Theme: as the system", "theme", None),
            Self::Light => ("Theme: light", "sun", Some("light")),
            Self::Dark => ("Theme: dark", "moon", Some("dark")),
        }
    }

    /// What was chosen before; `/theme.js` has already shown it.
    fn chosen() -> Self {
        match storage().and_then(|storage| storage.get_item(KEY).ok().flatten()).as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    fn choose(self) {
        let root = document().document_element();
        // A browser that refuses storage still changes the theme of this page.
        if let Some(theme) = self.parts().2 {
            let _ = root.map(|root| root.set_attribute("data-theme", theme));
            let _ = storage().map(|storage| storage.set_item(KEY, theme));
        } else {
            let _ = root.map(|root| root.remove_attribute("data-theme"));
            let _ = storage().map(|storage| storage.remove_item(KEY));
        }
    }
}

fn storage() -> Option<leptos::web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// A button that goes from the system's theme to light, to dark, and round again.
#[component]
pub fn ThemeToggle() -> impl IntoView {
    let theme = RwSignal::new(Theme::System);
    Effect::new(move || theme.set(Theme::chosen()));
    let click = move |_| {
        let next = theme.get_untracked().next();
        next.choose();
        theme.set(next);
    };
    let name = move || theme.get().parts().0;
    view! {
        <button type="button" class="top-button js-only" aria-label=name title=name on:click=click>
            {move || view! { <Icon name=theme.get().parts().1 /> }}
        </button>
    }
    .into_any()
}
