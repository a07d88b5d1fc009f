use leptos::prelude::*;

/// Yes or no; sends `value` when ticked and nothing when not.
#[component]
pub fn Checkbox(
    /// Its id.
    #[prop(into)]
    id: String,
    /// Field name in the form.
    #[prop(into)]
    name: String,
    /// The words beside it.
    #[prop(into)]
    label: String,
    /// Ticked at first.
    #[prop(optional)]
    checked: bool,
    /// What is sent when it is ticked.
    #[prop(default = "true".to_owned(), into)]
    value: String,
    /// Keeps the label for assistive technology only, as in a table's first column.
    #[prop(optional)]
    label_hidden: bool,
    /// A line below that helps to answer.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
    /// Cannot be used just now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Id of the field that it switches off while it is ticked, on a page that no component takes over.
    #[prop(optional_no_strip)]
    switches: Option<&'static str>,
    /// Called with the new state.
    #[prop(optional)]
    on_change: Option<Callback<bool>>,
) -> impl IntoView {
    let hint_id = hint.is_some().then(|| format!("{id}-hint"));
    let change = move |event| {
        if let Some(on_change) = on_change {
            on_change.run(event_target_checked(&event));
        }
    };
    let label_class = if label_hidden { "visually-hidden" } else { "choice-label" };
    view! {
        <div class="choice">
            <input
                type="checkbox"
                id=id.clone()
                name=name
                value=value
                checked=checked
                aria-describedby=hint_id.clone()
                disabled=move || disabled.get()
                data-switches=switches
                on:change=change
            />
            <label for=id class=label_class>{label}</label>
            {hint.map(|text| view! { <p class="field-hint choice-hint" id=hint_id>{text}</p> })}
        </div>
    }
    .into_any()
}
