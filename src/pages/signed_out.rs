//! What somebody sees whose session ended while they filled a form in: what they typed is kept, to be sent again.

use crate::{
    components::{Button, ButtonKind, MessageBar, MessageKind, PageHeader},
    form::{Flash, Posted},
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page. It is rendered in place of the form that was sent.
#[component]
pub fn SignedOut() -> impl IntoView {
    let flash = use_context::<Option<Flash>>().flatten();
    let form = flash.map(|flash| {
        let fields: Vec<_> = flash
            .fields
            .into_iter()
            .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
            .collect();
        view! {
            <MessageBar kind=MessageKind::Warning title=Some("What you typed is kept here".to_owned())>
                "Your session has ended. Sign in in another tab, come back to this one, and send the form again."
            </MessageBar>
            <form method="post" action=Posted::address(&flash.path)>
                {fields}
                <div class="panel-actions">
                    <a class="button" href=paths::sign_in(paths::QUICK_START) target="_blank">"Sign in in another tab"</a>
                    <Button kind=ButtonKind::Primary submit=true>"Send again"</Button>
                </div>
            </form>
        }
    });
    view! {
        <Title text="You are signed out" />
        <PageHeader title="You are signed out" icon="lock" />
        {form}
    }
    .into_any()
}
