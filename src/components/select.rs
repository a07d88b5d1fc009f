use leptos::prelude::*;

use super::field::FieldWiring;

/// One of a few, from a list that opens.
#[component]
pub fn Select(
    /// Its id, that of the field's `for_id`.
    #[prop(into)]
    id: String,
    /// Field name in the form.
    #[prop(into)]
    name: String,
    /// Value and words of each choice.
    options: Vec<(String, String)>,
    /// The value chosen at first.
    #[prop(optional, into)]
    value: String,
    /// Something must be chosen: an option with an empty value does not count.
    #[prop(optional)]
    required: bool,
    /// Ids of elements that explain it, where no field does.
    #[prop(optional_no_strip, into)]
    describedby: Option<String>,
    /// Name for assistive technology where no label is visible.
    #[prop(optional_no_strip, into)]
    aria_label: Option<String>,
    /// Cannot be used just now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Called with the chosen value.
    #[prop(optional)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let field = FieldWiring::of_context();
    let change = move |event| {
        if let Some(on_change) = on_change {
            on_change.run(event_target_value(&event));
        }
    };
    let options = options
        .into_iter()
        .map(|(key, words)| {
            let selected = key == value;
            view! { <option value=key selected=selected>{words}</option> }
        })
        .collect_view();
    view! {
        <select
            class="input select"
            id=id
            name=name
            required=required || field.required
            aria-label=aria_label
            aria-describedby=describedby.or_else(|| field.described_by.clone())
            aria-invalid=field.invalid()
            disabled=move || disabled.get()
            on:change=change
        >
            {options}
        </select>
    }
    .into_any()
}
