use leptos::{context::Provider, prelude::*};

use super::InfoBubble;

/// What a [`Field`] tells the input inside it, so that a page need not repeat it.
#[derive(Clone, Default)]
pub(super) struct FieldWiring {
    /// Ids of the hint and the error.
    pub described_by: Option<String>,
    /// Something must be entered.
    pub required: bool,
    /// What was entered was refused.
    pub error: Signal<Option<String>>,
}

impl FieldWiring {
    /// The wiring of the field around, or none.
    pub fn of_context() -> Self {
        use_context().unwrap_or_default()
    }

    /// For `aria-invalid`.
    pub fn invalid(&self) -> impl Fn() -> Option<&'static str> + Send + Sync + use<> {
        let error = self.error;
        move || error.with(Option::is_some).then_some("true")
    }
}

/// One question of a form: its label, the input, a hint, and what is wrong with the answer.
#[component]
pub fn Field(
    /// The question.
    #[prop(into)]
    label: String,
    /// Id of the input inside.
    #[prop(into)]
    for_id: String,
    /// Shows the mark of a required field and makes the input inside required.
    #[prop(optional)]
    required: bool,
    /// A line below the input that helps to answer.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
    /// A longer explanation behind an (i).
    #[prop(optional_no_strip, into)]
    info: Option<String>,
    /// Why the answer was refused.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The input.
    children: Children,
) -> impl IntoView {
    let hint_id = format!("{for_id}-hint");
    let error_id = format!("{for_id}-error");
    let described_by = Some(if hint.is_some() { format!("{hint_id} {error_id}") } else { error_id.clone() });
    let wiring = FieldWiring { described_by, required, error };
    let about = label.clone();
    view! {
        <div class="field">
            <div class="field-label">
                <label for=for_id>{label}</label>
                {required.then(|| view! { <span class="field-required" aria-hidden="true">"*"</span> })}
                {info.map(|text| view! { <InfoBubble about=about text=text /> })}
            </div>
            <Provider value=wiring>{children()}</Provider>
            {hint.map(|text| view! { <p class="field-hint" id=hint_id>{text}</p> })}
            <p class="field-error" id=error_id role="alert">
                {move || error.get()}
            </p>
        </div>
    }
    .into_any()
}
