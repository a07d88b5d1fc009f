//! What somebody sees whose session has ended. Where that was while they filled a form in, what they typed is kept, to be sent again.

use crate::{
    components::{Button, ButtonKind, LinkButton, MessageBar, MessageKind, PageHeader},
    encoded::page_data,
    form::{Flash, Posted},
    pages::{
        loaded::loaded,
        portal::{Session, current_session},
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page. It has an address of its own, and is rendered in place of a form that was sent too late.
#[component]
pub fn SignedOut() -> impl IntoView {
    if let Some(form) = use_context::<Option<Flash>>().flatten() {
        return view! {
            <Title text="You are signed out" />
            <PageHeader title="You are signed out" icon="lock" />
            <KeptForm form />
        }
        .into_any();
    }
    let session = page_data(|| (), |()| current_session());
    loaded(session, |session| match session {
        Some(session) => view! { <SignedIn session /> }.into_any(),
        None => view! { <Ended /> }.into_any(),
    })
    .into_any()
}

#[component]
fn KeptForm(form: Flash) -> impl IntoView {
    let fields: Vec<_> = form
        .fields
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect();
    view! {
        <MessageBar kind=MessageKind::Warning title=Some("What you typed is kept here".to_owned())>
            "Your session has ended. Sign in in another tab, come back to this one, and send the form again."
        </MessageBar>
        <form method="post" action=Posted::address(&form.path)>
            {fields}
            <div class="form-actions">
                <a class="button" href=paths::sign_in(paths::QUICK_START) target="_blank">"Sign in in another tab"</a>
                <Button kind=ButtonKind::Primary submit=true>"Send again"</Button>
            </div>
        </form>
    }
    .into_any()
}

#[component]
fn Ended() -> impl IntoView {
    view! {
        <Title text="You are signed out" />
        <PageHeader title="You are signed out" subtitle=Some("Nothing of yours is shown in this browser any more".into()) icon="lock" />
        <div class="prose">
            <p>
                "A session ends when you sign out, when nothing was done in it for a while, and when you or an administrator end it from elsewhere. Your roles stay as they are."
            </p>
            <div class="form-actions">
                <LinkButton href=paths::sign_in(paths::QUICK_START) kind=ButtonKind::Primary>"Sign in"</LinkButton>
                <LinkButton href=paths::FORGOT_PASSWORD>"Forgot your password?"</LinkButton>
            </div>
        </div>
    }
    .into_any()
}

/// Whoever comes back to the page when they have signed in again.
#[component]
fn SignedIn(session: Session) -> impl IntoView {
    view! {
        <Title text="You are signed in" />
        <PageHeader title="You are signed in" subtitle=Some(format!("As {}", session.name)) icon="person" />
        <p><LinkButton href=paths::QUICK_START kind=ButtonKind::Primary icon="home">"Quick start"</LinkButton></p>
    }
    .into_any()
}
