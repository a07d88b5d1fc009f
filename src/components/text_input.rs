use leptos::prelude::*;

use super::field::FieldWiring;

/// A line of text; inside a [`Field`](super::Field) it knows its hint, its error and whether it is required.
#[component]
pub fn TextInput(
    /// Its id, that of the field's `for_id`.
    #[prop(into)]
    id: String,
    /// Field name in the form.
    #[prop(into)]
    name: String,
    /// What stands in it at first.
    #[prop(optional, into)]
    value: String,
    /// `text`, `email`, `password`, `search`, `url` or `number`.
    #[prop(default = "text")]
    kind: &'static str,
    /// Something must be entered.
    #[prop(optional)]
    required: bool,
    /// An example, never the only hint.
    #[prop(optional_no_strip, into)]
    placeholder: Option<String>,
    /// What a browser may fill in, such as `username`.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Longest text in UTF-16 units.
    #[prop(optional)]
    maxlength: Option<u16>,
    /// Takes the focus when the page opens.
    #[prop(optional)]
    autofocus: bool,
    /// Ids of elements that explain it, where no field does.
    #[prop(optional_no_strip, into)]
    describedby: Option<String>,
    /// Name for assistive technology where no label is visible.
    #[prop(optional_no_strip, into)]
    aria_label: Option<String>,
    /// Cannot be used just now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Called with the text at every change.
    #[prop(optional)]
    on_input: Option<Callback<String>>,
) -> impl IntoView {
    let field = FieldWiring::of_context();
    let input = move |event| {
        if let Some(on_input) = on_input {
            on_input.run(event_target_value(&event));
        }
    };
    view! {
        <input
            class="input"
            type=kind
            id=id
            name=name
            value=value
            placeholder=placeholder
            autocomplete=autocomplete
            maxlength=maxlength
            autofocus=autofocus
            required=required || field.required
            aria-label=aria_label
            aria-describedby=describedby.or_else(|| field.described_by.clone())
            aria-invalid=field.invalid()
            disabled=move || disabled.get()
            on:input=input
        />
    }
    .into_any()
}
