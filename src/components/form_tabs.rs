use super::{Badge, BadgeKind};
use leptos::prelude::*;

/// One part of a form.
pub struct FormTab {
    /// What it is called.
    pub title: &'static str,
    /// How many of its fields are wrong.
    pub problems: usize,
    /// Its fields.
    pub fields: AnyView,
}

/// The parts of a long form, one shown at a time and all of them sent. The tabs are radio buttons and a style does the rest, so
/// that they need no script, and the arrow keys change them. What is wrong is shown first.
#[component]
pub fn FormTabs(
    /// What the parts are of.
    label: &'static str,
    /// The name that the number of the part is sent by.
    name: &'static str,
    /// The part that was shown before, from 0.
    shown: usize,
    /// The parts, at most four.
    tabs: Vec<FormTab>,
) -> impl IntoView {
    let shown = tabs.iter().position(|tab| tab.problems > 0).unwrap_or(shown.min(tabs.len() - 1));
    let (mut titles, mut parts) = (Vec::new(), Vec::new());
    for (index, FormTab { title, problems, fields }) in tabs.into_iter().enumerate() {
        let problems = match problems {
            0 => None,
            1 => Some("1 problem".to_owned()),
            more => Some(format!("{more} problems")),
        };
        titles.push(view! {
            <label class="tab">
                <input type="radio" class="visually-hidden" name=name value=index.to_string() checked=index == shown />
                {title}
                {problems.map(|words| view! { <Badge kind=BadgeKind::Danger>{words}</Badge> })}
            </label>
        });
        // The tab names it for those who see it; for the others it is a group of its own.
        parts.push(view! { <div class="form-tab stack" role="group" aria-label=title>{fields}</div> });
    }
    view! {
        <div class="form-tabs">
            <fieldset class="tabs form-tabs-titles">
                <legend class="visually-hidden">{label}</legend>
                {titles}
            </fieldset>
            {parts}
        </div>
    }
    .into_any()
}
