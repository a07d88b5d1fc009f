use leptos::prelude::*;

/// One of two to five choices, all in view.
#[component]
pub fn RadioGroup(
    /// The question.
    #[prop(into)]
    legend: String,
    /// Field name in the form; ids are made from it.
    #[prop(into)]
    name: String,
    /// Value and words of each choice.
    options: Vec<(String, String)>,
    /// The value chosen at first.
    #[prop(optional, into)]
    value: String,
    /// Choices side by side where there is room.
    #[prop(optional)]
    inline: bool,
    /// One must be chosen.
    #[prop(optional)]
    required: bool,
    /// Cannot be used just now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Called with the chosen value.
    #[prop(optional)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let choices = options
        .into_iter()
        .map(|(key, words)| {
            let id = format!("{name}-{key}");
            let checked = key == value;
            let chosen = key.clone();
            let change = move |_| {
                if let Some(on_change) = on_change {
                    on_change.run(chosen.clone());
                }
            };
            view! {
                <div class="choice">
                    <input
                        type="radio"
                        id=id.clone()
                        name=name.clone()
                        value=key
                        checked=checked
                        required=required
                        on:change=change
                    />
                    <label class="choice-label" for=id>{words}</label>
                </div>
            }
        })
        .collect_view();
    view! {
        <fieldset class="choices" class:choices-inline=inline disabled=move || disabled.get()>
            <legend>
                {legend}
                {required.then(|| view! { <span class="field-required" aria-hidden="true">" *"</span> })}
            </legend>
            {choices}
        </fieldset>
    }
    .into_any()
}
