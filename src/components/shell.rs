use leptos::{html, prelude::*};

use super::{Avatar, Icon, QueryForm, ThemeToggle};

/// Some places under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavGroup {
    /// The heading; empty for none.
    pub label: String,
    /// The places.
    pub items: Vec<NavItem>,
}

/// A place that one can always go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavItem {
    /// Its name.
    pub label: String,
    /// Its address; every address below it counts as being there.
    pub href: String,
    /// Its icon.
    pub icon: &'static str,
}

/// What every page stands in: the bar at the top, the places at the left, and the page.
#[component]
pub fn AppShell(
    /// The places, in groups.
    nav: Vec<NavGroup>,
    /// Path of the page shown.
    #[prop(into)]
    current_path: Signal<String>,
    /// Who is signed in: an [`AccountMenu`], or nothing.
    #[prop(optional, into)]
    account: ViewFnOnce,
    /// Anything more in the top bar, such as a bell, before the theme.
    #[prop(optional, into)]
    top: ViewFnOnce,
    /// Address of the search page.
    #[prop(default = "/search")]
    search_action: &'static str,
    /// The page.
    children: Children,
) -> impl IntoView {
    view! {
        <a class="skip-link" href="#main">"Skip to content"</a>
        <div class="shell">
            <header class="top">
                <button type="button" class="top-button nav-toggle" popovertarget="navigation" aria-label="Menu">
                    <Icon name="menu" />
                </button>
                <a class="brand" href="/">
                    <img class="brand-mark" src="/favicon.svg" alt="" width="24" height="24" />
                    "Stint"
                </a>
                <QueryForm action=search_action class="top-search" role=Some("search")>
                    <label class="visually-hidden" for="global-search">"Search everything"</label>
                    <Icon name="search" />
                    <input
                        type="search"
                        id="global-search"
                        name="q"
                        autocomplete="off"
                        placeholder="Search people, groups, roles"
                    />
                </QueryForm>
                <div class="top-end">
                    {top.run()}
                    <ThemeToggle />
                    {account.run()}
                </div>
            </header>
            {navigation(nav, current_path)}
            <main class="main" id="main" tabindex="-1">
                {children()}
            </main>
        </div>
    }
    .into_any()
}

/// Who is signed in, with a menu behind.
#[component]
pub fn AccountMenu(
    /// Display name.
    #[prop(into)]
    name: String,
    /// What they sign in with.
    #[prop(into)]
    user_name: String,
    /// Links and forms, below the name.
    children: Children,
) -> impl IntoView {
    view! {
        <button type="button" class="account-button" popovertarget="account-menu">
            <span class="visually-hidden">"Account: "</span>
            <Avatar name=name.clone() />
            <span class="account-name">{name.clone()}</span>
            <Icon name="chevron-down" />
        </button>
        <div class="menu account-menu" id="account-menu" popover="auto">
            <div class="menu-head">
                <Avatar name=name.clone() />
                <div>
                    <p class="menu-name">{name}</p>
                    <p class="menu-secondary">{user_name}</p>
                </div>
            </div>
            {children()}
        </div>
    }
    .into_any()
}

/// The places: always in view where there is room, a popover behind the menu button where there is not.
fn navigation(groups: Vec<NavGroup>, current_path: Signal<String>) -> impl IntoView {
    let node = NodeRef::<html::Nav>::new();
    let hide = move |_| {
        if let Some(node) = node.get_untracked() {
            let _ = node.hide_popover();
        }
    };
    let groups = groups
        .into_iter()
        .map(|NavGroup { label, items }| {
            let items = items.into_iter().map(|item| place(item, current_path)).collect_view();
            view! {
                <div class="nav-group">
                    {(!label.is_empty()).then(|| view! { <h2 class="nav-heading">{label}</h2> })}
                    <ul>{items}</ul>
                </div>
            }
        })
        .collect_view();
    view! {
        <nav class="side" id="navigation" popover="auto" aria-label="Main" node_ref=node on:click=hide>
            {groups}
        </nav>
    }
    .into_any()
}

fn place(NavItem { label, href, icon }: NavItem, current_path: Signal<String>) -> impl IntoView {
    let own = href.clone();
    let current = move || current_path.with(|path| is_at(path, &own)).then_some("page");
    view! {
        <li>
            <a class="nav-item" href=href aria-current=current>
                <Icon name=icon />
                <span>{label}</span>
            </a>
        </li>
    }
    .into_any()
}

/// Whether `path` is the place `href` or lies below it.
fn is_at(path: &str, href: &str) -> bool {
    match path.strip_prefix(href) {
        Some("") => true,
        Some(rest) => href != "/" && rest.starts_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_holds_what_lies_below_it() {
        assert!(is_at("/users", "/users"));
        assert!(is_at("/users/1/roles", "/users"));
        assert!(!is_at("/users-archive", "/users"));
        assert!(!is_at("/users", "/"));
        assert!(is_at("/", "/"));
    }
}
