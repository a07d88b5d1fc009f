use leptos::prelude::*;

use super::{Icon, denied::with_reason};

/// The row of things one can do with what the page shows.
#[component]
pub fn CommandBar(
    /// Name of the bar for assistive technology.
    #[prop(default = "Commands")]
    label: &'static str,
    /// `CommandLink`s and `CommandButton`s; a form or a `Confirm` may stand here too.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="command-bar" role="group" aria-label=label>
            {children()}
        </div>
    }
    .into_any()
}

/// A command that leads to a page or opens a panel.
#[component]
pub fn CommandLink(
    /// Where it goes.
    #[prop(into)]
    href: String,
    /// Icon before the words.
    icon: &'static str,
    /// The words.
    #[prop(into)]
    label: String,
    /// Why this person may not go there; shown in a bubble.
    #[prop(optional_no_strip, into)]
    denied: Option<String>,
) -> impl IntoView {
    // To ask again for the page that is open is a new document: the router sees no change of the address.
    let rel = (icon == "refresh").then_some("external");
    match denied {
        None => view! {
            <a class="command" href=href rel=rel>
                <Icon name=icon />
                {label}
            </a>
        }
        .into_any(),
        Some(reason) => with_reason(reason, |id| {
            view! {
                <a class="command" role="link" tabindex="0" aria-disabled="true" aria-describedby=id>
                    <Icon name=icon />
                    {label}
                </a>
            }
            .into_any()
        }),
    }
}

/// A command that acts: it submits its form or calls back.
#[component]
pub fn CommandButton(
    /// Icon before the words.
    icon: &'static str,
    /// The words.
    #[prop(into)]
    label: String,
    /// Why this person may not do it; shown in a bubble.
    #[prop(optional_no_strip, into)]
    denied: Option<String>,
    /// Called on a click.
    #[prop(optional)]
    on_click: Option<Callback<()>>,
    /// Submits the form it stands in, or the one named by `form`.
    #[prop(optional)]
    submit: bool,
    /// Id of a form elsewhere in the page that this command submits.
    #[prop(optional_no_strip, into)]
    form: Option<String>,
    /// Cannot be used just now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let content = view! {
        <Icon name=icon />
        {label}
    };
    if let Some(reason) = denied {
        return with_reason(reason, |id| {
            view! {
                <button type="button" class="command" aria-disabled="true" aria-describedby=id>
                    {content}
                </button>
            }
            .into_any()
        });
    }
    let click = move |_| {
        if let Some(on_click) = on_click {
            on_click.run(());
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class="command"
            form=form
            disabled=move || disabled.get()
            on:click=click
        >
            {content}
        </button>
    }
    .into_any()
}
