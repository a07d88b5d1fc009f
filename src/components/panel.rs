use leptos::{
    ev::{Event, MouseEvent},
    html,
    prelude::*,
    web_sys::{self, HtmlDialogElement},
};

use super::Icon;

/// The blade at the right: a step aside from the page below, with an address of its own.
///
/// The server sends an open `<dialog>` over a link that closes it. The browser makes it modal: the focus stays inside,
/// Escape and a click beside it follow the closing link, and the focus goes back to where it was.
#[component]
pub fn Panel(
    /// What it is for.
    #[prop(into)]
    title: String,
    /// What it is about.
    #[prop(optional_no_strip, into)]
    subtitle: Option<String>,
    /// The page below.
    #[prop(into)]
    close_href: String,
    /// Content; a `<div class="panel-actions">` or `<footer>` at its end sticks to the bottom.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let scrim = NodeRef::<html::A>::new();
    // On the server nothing opens, and another thread may clean up.
    let opened = cfg!(feature = "hydrate").then(|| StoredValue::new_local(None::<HtmlDialogElement>));

    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        // A page that the browser itself renders is put together before it is put into the document.
        request_animation_frame(move || {
            if dialog.is_connected() {
                dialog.close();
                // It fails only for a dialog that is not in the page any more.
                let _ = dialog.show_modal();
                if let Some(opened) = opened {
                    let _ = opened.try_set_value(Some(dialog));
                }
            }
        });
    });
    // Closing gives the focus back to what had it when the dialog became modal.
    on_cleanup(move || {
        if let Some(Some(dialog)) = opened.and_then(|opened| opened.try_get_value()) {
            dialog.close();
        }
    });
    // The scrim lies outside of the dialog: a click that a handler of the dialog causes must not come back to it.
    let leave = move || {
        if let Some(scrim) = scrim.get_untracked() {
            scrim.click();
        }
    };
    let cancel = move |event: Event| {
        if is_target(&event, dialog) {
            event.prevent_default();
            leave();
        }
    };
    let click_beside = move |event: MouseEvent| {
        if is_target(&event, dialog) {
            leave();
        }
    };
    view! {
        <a class="panel-scrim" href=close_href.clone() tabindex="-1" aria-hidden="true" node_ref=scrim></a>
        <dialog
            class="panel"
            open=true
            aria-labelledby="panel-title"
            node_ref=dialog
            on:cancel=cancel
            on:click=click_beside
        >
            <div class="panel-body">
                <header class="panel-header">
                    <div>
                        <h2 id="panel-title" tabindex="-1" autofocus=true>{title}</h2>
                        {subtitle.map(|text| view! { <p class="panel-subtitle">{text}</p> })}
                    </div>
                    <a class="button button-subtle button-icon" href=close_href aria-label="Close">
                        <Icon name="dismiss" />
                    </a>
                </header>
                <div class="panel-content">{children()}</div>
            </div>
        </dialog>
    }
    .into_any()
}

/// Whether the event happened to the dialog itself (its backdrop included) and not to something in it.
pub(super) fn is_target(event: &web_sys::Event, dialog: NodeRef<html::Dialog>) -> bool {
    dialog
        .get_untracked()
        .is_some_and(|dialog| event.target().is_some_and(|target| &target == dialog.as_ref()))
}
