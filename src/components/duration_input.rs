use leptos::prelude::*;

use super::field::FieldWiring;

/// How long, in half hours: a slider and a number that keep in step; the number alone where no script runs.
#[component]
pub fn DurationInput(
    /// Id of the number, that of the field's `for_id`.
    #[prop(into)]
    id: String,
    /// Field name of the number of hours in the form.
    #[prop(into)]
    name: String,
    /// Hours at first.
    value: f64,
    /// Most hours that may be asked for.
    max: f64,
    /// Fewest hours that may be asked for.
    #[prop(default = 0.5)]
    min: f64,
    /// Called with the hours at every change.
    #[prop(optional)]
    on_change: Option<Callback<f64>>,
) -> impl IntoView {
    let field = FieldWiring::of_context();
    let hours = RwSignal::new(value.to_string());
    let input = move |event| {
        let text = event_target_value(&event);
        if let (Some(on_change), Ok(parsed)) = (on_change, text.parse()) {
            on_change.run(parsed);
        }
        hours.set(text);
    };
    view! {
        <div class="duration">
            <input
                class="slider js-only"
                type="range"
                aria-label="Duration in hours"
                min=min.to_string()
                max=max.to_string()
                step="0.5"
                value=value.to_string()
                prop:value=move || hours.get()
                on:input=input
            />
            <input
                class="input"
                type="number"
                id=id
                name=name
                min=min.to_string()
                max=max.to_string()
                step="0.5"
                value=value.to_string()
                required=true
                aria-describedby=field.described_by.clone()
                aria-invalid=field.invalid()
                prop:value=move || hours.get()
                on:input=input
            />
            <span class="duration-unit">"hours"</span>
        </div>
    }
    .into_any()
}
