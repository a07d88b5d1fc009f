//! The frame of every page: the top bar, the navigation, and who is signed in.

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{AccountMenu, AppShell, NavGroup, NavItem},
    error::AppError,
    form::{Flash, use_form},
    paths,
};
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
}

/// Who is signed in; nobody where nobody is.
#[server(endpoint = "current_session")]
pub async fn current_session() -> Result<Encoded<Option<Session>>, AppError> {
    use crate::encoded::encode;
    let op = crate::server::read().await?;
    if let Err(error @ stint_engine::Error::MustChangePassword) = op.person() {
        // Whoever has to change their password first is sent there from everywhere.
        crate::server::redirect::to(paths::CHANGE_PASSWORD);
        return Err(error.into());
    }
    encode(op.person().ok().map(|person| Session {
        id: person.id,
        name: person.display_name.clone(),
        user_name: person.user_name.clone().unwrap_or_default(),
    }))
}

/// Ends the session.
#[server(endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::server::{operation::caller, redirect, session::give_no_cookie, write};
    let mut op = write().await?;
    let provider = stint_engine::sign_in::sign_out(&mut op, &caller()).await?;
    op.commit().await?;
    give_no_cookie();
    redirect::to(&paths::signed_out_of(&provider.unwrap_or_default()));
    Ok(())
}

fn navigation() -> Vec<NavGroup> {
    let item = |label: &str, href: &str, icon| NavItem { label: label.into(), href: href.to_owned(), icon };
    vec![
        NavGroup { label: "Start".into(), items: vec![item("Quick start", paths::QUICK_START, "home")] },
        NavGroup {
            label: "Tasks".into(),
            items: vec![
                item("My roles", paths::MY_ROLES, "role"),
                item("My requests", paths::MY_REQUESTS, "clock"),
                item("Approve requests", paths::APPROVALS, "approve"),
            ],
        },
        NavGroup {
            label: "Manage".into(),
            items: vec![
                item("Users", paths::USERS, "person"),
                item("Groups", paths::GROUPS, "group"),
                item("Service principals", paths::SERVICE_PRINCIPALS, "app"),
                item("Administrative units", paths::ADMINISTRATIVE_UNITS, "unit"),
                item("Roles", paths::ROLES, "key"),
                item("Assignments", paths::ASSIGNMENTS, "assignment"),
                item("Pending requests", paths::REQUESTS, "report"),
            ],
        },
        NavGroup {
            label: "Activity".into(),
            items: vec![
                item("Resource audit", paths::AUDIT, "audit"),
                item("Sign-in logs", paths::SIGN_IN_LOGS, "person"),
                item("My audit history", paths::MY_AUDIT, "clock"),
                item("Notifications", paths::NOTIFICATIONS, "mail"),
            ],
        },
    ]
}

/// The frame around every page of somebody who is signed in. Only the account waits for who that is: the page beside it
/// must not be built again when it is known.
#[component]
pub fn Portal() -> impl IntoView {
    let location = use_location();
    let path = location.pathname;
    view! {
        <AppShell nav=navigation() current_path=path account=move || view! { <Account /> }>
            <Outlet />
        </AppShell>
    }
}

#[component]
fn Account() -> impl IntoView {
    let location = use_location();
    let session = page_data(|| (), |()| current_session());
    let form = use_form::<SignOut>();
    let here = untrack(|| format!("{}{}", location.pathname.get(), location.search.get()));
    // Whoever is answered about a form is not sent away from what they typed, nor is whoever is told that they are signed out.
    let stays = use_context::<Option<Flash>>().flatten().is_some() || here == paths::SIGNED_OUT;
    view! {
        <Transition>
            {move || {
                let here = here.clone();
                Suspend::new(async move {
                    match session.get().await {
                        Ok(Some(session)) => view! {
                            <AccountMenu name=session.name user_name=session.user_name>
                                <a href=paths::user(session.id)>"My profile"</a>
                                <a href=paths::SECURITY_INFO>"Security info"</a>
                                <a href=paths::SESSIONS>"Your sessions"</a>
                                <a href=paths::CHANGE_PASSWORD>"Change password"</a>
                                <ActionForm action=form.action>
                                    <button type="submit">"Sign out"</button>
                                </ActionForm>
                            </AccountMenu>
                        }
                        .into_any(),
                        Ok(None) if stays => ().into_any(),
                        Ok(None) => view! { <Redirect path=paths::sign_in(&here) /> }.into_any(),
                        // The page itself says what is wrong.
                        Err(_) => ().into_any(),
                    }
                })
            }}
        </Transition>
    }
}
