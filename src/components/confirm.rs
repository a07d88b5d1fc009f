use leptos::{ev::MouseEvent, html, prelude::*};

use super::{Icon, MessageBar, MessageKind, denied::with_reason, panel::is_target};

/// A button that asks before it acts. The browser opens the question by itself (`command="show-modal"`).
///
/// The children are the caller's form with the id `{id}-form`; the confirming button stands outside of it and submits it.
/// In the browser the question closes when the form is sent, and opens again when `error` gets a value.
#[component]
pub fn Confirm(
    /// Id of the dialog, unique in the page.
    #[prop(into)]
    id: String,
    /// The question.
    #[prop(into)]
    title: String,
    /// Words of the button that opens it.
    #[prop(into)]
    trigger: String,
    /// Icon of that button.
    #[prop(optional)]
    trigger_icon: Option<&'static str>,
    /// Look of that button: `command` in a command bar, `button`, or `button button-subtle` in a row.
    #[prop(default = "command")]
    trigger_class: &'static str,
    /// Name of that button for assistive technology where its words repeat in each row.
    #[prop(optional_no_strip, into)]
    trigger_label: Option<String>,
    /// Words of the confirming button: the verb, not "OK".
    #[prop(into)]
    confirm_label: String,
    /// What is on the button that leaves all as it is.
    #[prop(default = "Cancel")]
    keep_label: &'static str,
    /// The act takes something away.
    #[prop(optional)]
    danger: bool,
    /// Why this person may not do it; the question then never opens.
    #[prop(optional_no_strip, into)]
    denied: Option<String>,
    /// Why the act was refused.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The form, with what follows from the act in words.
    children: Children,
) -> impl IntoView {
    let trigger = view! {
        {trigger_icon.map(|name| view! { <Icon name=name /> })}
        {trigger}
    };
    if let Some(reason) = denied {
        return with_reason(reason, |reason_id| {
            view! {
                <button
                    type="button"
                    class=trigger_class
                    aria-disabled="true"
                    aria-describedby=reason_id
                    aria-label=trigger_label
                >
                    {trigger}
                </button>
            }
            .into_any()
        });
    }
    let dialog = NodeRef::<html::Dialog>::new();
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    Effect::new(move || {
        if error.with(Option::is_some)
            && let Some(dialog) = dialog.get()
        {
            dialog.close();
            let _ = dialog.show_modal();
        }
    });
    let click_beside = move |event: MouseEvent| {
        if is_target(&event, dialog) {
            close();
        }
    };
    let title_id = format!("{id}-title");
    let form_id = format!("{id}-form");
    let confirm_class = if danger { "button button-danger" } else { "button button-primary" };
    view! {
        <button type="button" class=trigger_class command="show-modal" commandfor=id.clone() aria-label=trigger_label>
            {trigger}
        </button>
        <dialog
            class="confirm"
            id=id
            aria-labelledby=title_id
            open=error.with_untracked(Option::is_some)
            node_ref=dialog
            on:click=click_beside
            on:submit=move |_| close()
        >
            <div class="confirm-body">
                <h2 id=title_id.clone()>{title}</h2>
                {move || error.get().map(|text| view! { <MessageBar kind=MessageKind::Error>{text}</MessageBar> })}
                {children()}
                <div class="confirm-actions">
                    <button type="submit" class=confirm_class form=form_id>{confirm_label}</button>
                    <button type="button" class="button" command="close" commandfor=id.clone()>{keep_label}</button>
                </div>
            </div>
        </dialog>
    }
    .into_any()
}
