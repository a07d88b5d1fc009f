//! The life that HTML gets which no component has taken over: what it says stands in its attributes.

use super::browser::{local, spoken};
use super::query_form::asked;
use chrono::DateTime;
use leptos::{
    ev::{Event, SubmitEvent},
    prelude::*,
    wasm_bindgen::{JsCast, closure::Closure},
};
use web_sys::{Element, HtmlInputElement, HtmlTextAreaElement};

/// Shows times in the person's own zone, keeps sliders and numbers in step, counts letters, lets boxes switch fields off, and
/// asks without the fields that were left empty.
pub fn enliven(part: &Element) {
    for time in all::<Element>(part, "time.time") {
        let at = time.get_attribute("datetime").and_then(|at| DateTime::parse_from_rfc3339(&at).ok());
        if let Some(at) = at {
            time.set_text_content(Some(&spoken(&local(at.to_utc()))));
        }
    }
    for part in all::<HtmlInputElement>(part, "input[data-switches]") {
        switch(&part);
    }
    listen(part, "input", |event| {
        let Some(target) = event.target() else { return };
        if let Some(input) = target.dyn_ref::<HtmlInputElement>() {
            keep_in_step(input);
            switch(input);
        } else if let Some(text) = target.dyn_ref::<HtmlTextAreaElement>() {
            count(text);
        }
    });
    listen(part, "submit", |event| {
        let Some(event) = event.dyn_ref::<SubmitEvent>() else { return };
        if let Some(address) = asked(event) {
            event.prevent_default();
            let _ = window().location().assign(&address);
        }
    });
}

/// A slider and the number beside it.
fn keep_in_step(input: &HtmlInputElement) {
    let other = match input.type_().as_str() {
        "range" => input.next_element_sibling(),
        "number" => input.previous_element_sibling(),
        _ => None,
    };
    if let Some(other) = other.and_then(|other| other.dyn_into::<HtmlInputElement>().ok()) {
        other.set_value(&input.value());
    }
}

/// Switches the field off that the box replaces while it is ticked.
fn switch(input: &HtmlInputElement) {
    let field = input.get_attribute("data-switches").and_then(|id| document().get_element_by_id(&id));
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        field.set_disabled(input.checked());
    }
}

fn count(text: &HtmlTextAreaElement) {
    let counter = text.next_element_sibling().filter(|next| next.class_list().contains("field-counter"));
    if let Some(counter) = counter {
        counter.set_text_content(Some(&format!("{} / {}", text.text_length(), text.max_length())));
    }
}

fn all<T: JsCast>(part: &Element, selector: &str) -> Vec<T> {
    let Ok(found) = part.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.item(at)?.dyn_into().ok()).collect()
}

/// Calls `act` as long as the part is there.
fn listen(part: &Element, event: &str, act: impl Fn(Event) + 'static) {
    let act = Closure::<dyn Fn(Event)>::new(act).into_js_value();
    let _ = part.add_event_listener_with_callback(event, act.unchecked_ref());
}
