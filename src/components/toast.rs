//! What came of an act, told in a corner: acts happen all over a page, and often the row they were about is gone.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};

use super::{Icon, MessageKind};

const LIFE: Duration = Duration::from_secs(6);

/// The messages on show; get it with [`use_toasts`].
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

#[derive(Clone)]
struct Toast {
    id: u32,
    kind: MessageKind,
    text: String,
}

impl Toasts {
    /// Tells that something worked; goes by itself.
    pub fn success(&self, text: impl Into<String>) {
        self.push(MessageKind::Success, text.into());
    }

    /// Tells that something did not work; stays until dismissed, so that it can be read.
    pub fn error(&self, text: impl Into<String>) {
        self.push(MessageKind::Error, text.into());
    }

    fn push(&self, kind: MessageKind, text: String) {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        self.shown.update(|shown| shown.push(Toast { id, kind, text }));
    }

    fn dismiss(&self, id: u32) {
        self.shown.update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// Makes [`use_toasts`] work below; call it once in the root component.
///
/// `told` is what was to be told before this page was opened.
pub fn provide_toasts(told: Option<String>) -> Toasts {
    let toasts = Toasts { shown: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
    if let Some(told) = told {
        toasts.success(told);
    }
    provide_context(toasts);
    toasts
}

/// Where to tell what came of an act.
///
/// # Panics
/// Where no ancestor called [`provide_toasts`].
pub fn use_toasts() -> Toasts {
    expect_context()
}

/// The corner where messages show; once in the page, after everything else.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="region" aria-label="Notifications" aria-live="polite">
            <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
                {show(toasts, toast)}
            </For>
        </div>
    }
    .into_any()
}

fn show(toasts: Toasts, Toast { id, kind, text }: Toast) -> impl IntoView {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    let start = move || {
        stop();
        if kind == MessageKind::Success {
            timer.set_value(set_timeout_with_handle(move || toasts.dismiss(id), LIFE).ok());
        }
    };
    Effect::new(start);
    on_cleanup(stop);

    let (icon, word) = kind.icon();
    let class = if kind == MessageKind::Error { "toast toast-error" } else { "toast toast-success" };
    view! {
        <div
            class=class
            on:mouseenter=move |_| stop()
            on:mouseleave=move |_| start()
            on:focusin=move |_| stop()
            on:focusout=move |_| start()
        >
            <Icon name=icon />
            <p>
                <span class="visually-hidden">{word}</span>
                {text}
            </p>
            <button
                type="button"
                class="button button-subtle button-icon"
                aria-label="Dismiss"
                on:click=move |_| toasts.dismiss(id)
            >
                <Icon name="dismiss" />
            </button>
        </div>
    }
    .into_any()
}
