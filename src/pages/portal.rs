//! The frame of every page: the top bar, the navigation, and who is signed in.

use crate::{
    components::{AppShell, NavGroup, NavItem, ShellPerson},
    error::AppError,
    form::use_form,
    pages::loaded::Unavailable,
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_router::{
    components::{Outlet, Redirect},
    hooks::use_location,
};
use serde::{Deserialize, Serialize};
use stint_domain::id::PrincipalId;

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Their id.
    pub id: PrincipalId,
    /// Their name.
    pub name: String,
    /// What they sign in with.
    pub user_name: String,
    /// The server's time.
    pub now: DateTime<Utc>,
}

/// Who is signed in; nobody where nobody is.
#[server(endpoint = "current_session")]
pub async fn current_session() -> Result<Option<Session>, AppError> {
    let op = crate::server::read().await?;
    Ok(op.person().ok().map(|person| Session {
        id: person.id,
        name: person.display_name.clone(),
        user_name: person.user_name.clone().unwrap_or_default(),
        now: op.now,
    }))
}

/// Ends the session.
#[server(endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::server::{operation::caller, redirect, session::give_no_cookie, write};
    let mut op = write().await?;
    stint_engine::sign_in::sign_out(&mut op, &caller()).await?;
    op.commit().await?;
    give_no_cookie();
    redirect::to("/sign-in");
    Ok(())
}

fn navigation() -> Vec<NavGroup> {
    let item = |label: &str, href: &str, icon| NavItem { label: label.into(), href: href.to_owned(), icon };
    vec![
        NavGroup { label: "Start".into(), items: vec![item("Quick start", paths::QUICK_START, "home")] },
        NavGroup { label: "Tasks".into(), items: vec![item("My roles", paths::MY_ROLES, "role")] },
        NavGroup {
            label: "Manage".into(),
            items: vec![
                item("Users", paths::USERS, "person"),
                item("Groups", paths::GROUPS, "group"),
                item("Service principals", paths::SERVICE_PRINCIPALS, "app"),
                item("Administrative units", paths::ADMINISTRATIVE_UNITS, "unit"),
                item("Roles", paths::ROLES, "key"),
                item("Assignments", paths::ASSIGNMENTS, "assignment"),
            ],
        },
        NavGroup {
            label: "Activity".into(),
            items: vec![
                item("Resource audit", paths::AUDIT, "audit"),
                item("My audit history", paths::MY_AUDIT, "clock"),
            ],
        },
    ]
}

/// The frame around every page of somebody who is signed in.
#[component]
pub fn Portal() -> impl IntoView {
    let location = use_location();
    let session = Resource::new(|| (), |()| current_session());
    let here = move || untrack(|| format!("{}{}", location.pathname.get(), location.search.get()));
    let path = location.pathname;
    view! {
        <Transition>
            {move || {
                let here = here();
                Suspend::new(async move {
                    match session.await {
                        Ok(Some(session)) => view! { <Frame session path /> }.into_any(),
                        Ok(None) => view! { <Redirect path=paths::sign_in(&here) /> }.into_any(),
                        Err(error) => view! { <main><Unavailable error /></main> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Frame(session: Session, path: Memo<String>) -> impl IntoView {
    let form = use_form::<SignOut>();
    let own = paths::user(session.id);
    let person = ShellPerson { name: session.name.clone(), user_name: session.user_name.clone() };
    provide_context(session);
    view! {
        <AppShell
            nav=navigation()
            current_path=path
            person=Some(person)
            account_menu=move || {
                let own = own.clone();
                view! {
                    <a href=own>"My profile"</a>
                    <ActionForm action=form.action>
                        <button type="submit">"Sign out"</button>
                    </ActionForm>
                }
            }
        >
            <Outlet />
        </AppShell>
    }
}

/// Who is signed in, for the pages inside the frame.
pub fn use_session() -> Session {
    expect_context()
}
