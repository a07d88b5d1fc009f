use leptos::{ev::MouseEvent, prelude::*};

use super::{Icon, denied::with_reason};

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one thing this page or panel is for.
    Primary,
    /// Anything else.
    #[default]
    Secondary,
    /// A quiet action in a row or a corner.
    Subtle,
    /// An act that takes something away.
    Danger,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Secondary => "button",
            Self::Subtle => "button button-subtle",
            Self::Danger => "button button-danger",
        }
    }
}

/// A button; inside a form it may be the one that submits it.
#[component]
pub fn Button(
    /// How it looks.
    #[prop(optional)]
    kind: ButtonKind,
    /// Submits the form it stands in, or the one named by `form`.
    #[prop(optional)]
    submit: bool,
    /// Field name that is sent when this button submits.
    #[prop(optional_no_strip, into)]
    name: Option<String>,
    /// Field value that is sent when this button submits.
    #[prop(optional_no_strip, into)]
    value: Option<String>,
    /// Id of a form elsewhere in the page that this button belongs to.
    #[prop(optional_no_strip, into)]
    form: Option<String>,
    /// Name for assistive technology where the children do not say enough (an icon alone, "Remove" in a row).
    #[prop(optional_no_strip, into)]
    aria_label: Option<String>,
    /// Icon before the words.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// Cannot be used just now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Work is under way: shows a spinner and ignores further clicks, but keeps the focus.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Called on a click.
    #[prop(optional)]
    on_click: Option<Callback<()>>,
    /// Why this person may not use it; it then looks disabled, does nothing and shows the reason.
    #[prop(optional_no_strip, into)]
    denied: Option<String>,
    /// The words on it.
    children: Children,
) -> impl IntoView {
    let content = view! {
        {icon.map(|name| view! { <Icon name=name /> })}
        {children()}
    };
    if let Some(reason) = denied {
        return with_reason(reason, |id| {
            view! {
                <button type="button" class=kind.class() aria-disabled="true" aria-describedby=id aria-label=aria_label>
                    {content}
                </button>
            }
            .into_any()
        });
    }
    let click = move |event: MouseEvent| {
        if busy.get_untracked() {
            event.prevent_default();
        } else if let Some(on_click) = on_click {
            on_click.run(());
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=kind.class()
            class:is-busy=move || busy.get()
            name=name
            value=value
            form=form
            aria-label=aria_label
            aria-disabled=move || busy.get().then_some("true")
            disabled=move || disabled.get()
            on:click=click
        >
            {content}
        </button>
    }
    .into_any()
}

/// A link that looks like a button: it goes somewhere, it changes nothing.
#[component]
pub fn LinkButton(
    /// Where it goes.
    #[prop(into)]
    href: String,
    /// How it looks.
    #[prop(optional)]
    kind: ButtonKind,
    /// Icon before the words.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// Name for assistive technology where the children do not say enough.
    #[prop(optional_no_strip, into)]
    aria_label: Option<String>,
    /// It is a file to keep, not a page.
    #[prop(optional)]
    download: bool,
    /// Why this person may not go there.
    #[prop(optional_no_strip, into)]
    denied: Option<String>,
    /// The words on it.
    children: Children,
) -> impl IntoView {
    let content = view! {
        {icon.map(|name| view! { <Icon name=name /> })}
        {children()}
    };
    match denied {
        None => view! {
            <a class=kind.class() href=href aria-label=aria_label download=download>
                {content}
            </a>
        }
        .into_any(),
        Some(reason) => with_reason(reason, |id| {
            view! {
                <a class=kind.class() role="link" tabindex="0" aria-disabled="true" aria-describedby=id aria-label=aria_label>
                    {content}
                </a>
            }
            .into_any()
        }),
    }
}
