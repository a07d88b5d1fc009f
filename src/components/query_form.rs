use leptos::{ev::SubmitEvent, prelude::*, wasm_bindgen::JsCast};
use leptos_router::hooks::use_navigate;
use web_sys::{FormData, HtmlFormElement, UrlSearchParams};

/// A form that asks: what is entered ends up in the address, without the fields that were left empty.
#[component]
pub fn QueryForm(
    /// The page that answers.
    #[prop(into)]
    action: String,
    /// How it is laid out.
    #[prop(optional)]
    class: &'static str,
    /// Id, for buttons that stand elsewhere.
    #[prop(optional_no_strip)]
    id: Option<&'static str>,
    /// `search`, where the form is one.
    #[prop(optional_no_strip)]
    role: Option<&'static str>,
    /// Name for assistive technology.
    #[prop(optional_no_strip, into)]
    aria_label: Option<String>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let navigate = use_navigate();
    let ask = move |event: SubmitEvent| {
        if let Some(address) = asked(&event) {
            event.prevent_default();
            navigate(&address, leptos_router::NavigateOptions::default());
        }
    };
    view! {
        <form method="get" action=action class=class id=id role=role aria-label=aria_label on:submit=ask>
            {children()}
        </form>
    }
    .into_any()
}

/// The address that a form asks for.
pub(super) fn asked(event: &SubmitEvent) -> Option<String> {
    let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
    if form.method() != "get" {
        return None;
    }
    let fields = FormData::new_with_form(&form).ok()?;
    let button = event.submitter();
    let sent = |attribute| button.as_ref().and_then(|button| button.get_attribute(attribute));
    if let (Some(name), Some(value)) = (sent("name"), sent("value")) {
        fields.append_with_str(&name, &value).ok()?;
    }
    let question = String::from(UrlSearchParams::new_with_str_sequence_sequence(&fields).ok()?.to_string());
    let entered: Vec<_> =
        question.split('&').filter(|pair| !pair.is_empty() && !pair.ends_with('=')).collect();
    let path = form.get_attribute("action")?;
    Some(if entered.is_empty() { path } else { format!("{path}?{}", entered.join("&")) })
}
