use chrono::{DateTime, Local, NaiveDateTime, TimeZone, Utc};
use leptos::{html, prelude::*};

use super::{browser::local, field::FieldWiring};

/// A date and a time of day.
///
/// What is sent under `name` is always UTC, as `2026-11-21T14:05`, or empty. The server renders UTC and says so; once
/// the browser has taken over, the person sees and types the time of their own zone and a hidden field carries the UTC.
/// (One offset for a whole form would be wrong by an hour for dates on the other side of a change of the clocks.)
#[component]
pub fn DateTimeInput(
    /// Its id, that of the field's `for_id`.
    #[prop(into)]
    id: String,
    /// Field name in the form.
    #[prop(into)]
    name: String,
    /// What stands in it at first.
    #[prop(optional_no_strip)]
    value: Option<DateTime<Utc>>,
    /// Something must be entered.
    #[prop(optional)]
    required: bool,
    /// Name for assistive technology where no label is visible.
    #[prop(optional_no_strip, into)]
    aria_label: Option<String>,
    /// Cannot be used just now, and sends nothing.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let field = FieldWiring::of_context();
    let shown = NodeRef::<html::Input>::new();
    let live = RwSignal::new(false);
    let meant = RwSignal::new(value);
    let initial = value.map(|at| at.format(FORMAT).to_string()).unwrap_or_default();

    Effect::new(move || {
        let Some(input) = shown.get() else { return };
        let typed = parse(&input.value()).map(|utc| utc.and_utc());
        meant.set(typed);
        input.set_value(&typed.map(|at| local(at).format(FORMAT).to_string()).unwrap_or_default());
        live.set(true);
    });
    let type_in = move |event| {
        if live.get_untracked() {
            meant.set(parse(&event_target_value(&event)).and_then(to_utc));
        }
    };
    let sent = move || meant.get().map(|at| at.format(FORMAT).to_string()).unwrap_or_default();
    let zone = move || {
        if live.get() {
            meant
                .get()
                .map_or_else(|| "Local time".to_owned(), |at| format!("UTC{}", local(at).format("%:z")))
        } else {
            "UTC".to_owned()
        }
    };
    let zone_id = format!("{id}-zone");
    let described_by = match &field.described_by {
        Some(ids) => format!("{zone_id} {ids}"),
        None => zone_id.clone(),
    };
    let (visible_name, hidden_name) = (name.clone(), name);
    view! {
        <div class="date-time">
            <input
                class="input"
                type="datetime-local"
                node_ref=shown
                id=id
                name=move || (!live.get()).then(|| visible_name.clone())
                value=initial.clone()
                required=required || field.required
                aria-label=aria_label
                aria-describedby=described_by
                aria-invalid=field.invalid()
                disabled=move || disabled.get()
                on:input=type_in
            />
            <input
                type="hidden"
                name=move || live.get().then(|| hidden_name.clone())
                value=initial
                prop:value=sent
                disabled=move || disabled.get()
            />
            <span class="date-time-zone" id=zone_id>{zone}</span>
        </div>
    }
    .into_any()
}

const FORMAT: &str = "%Y-%m-%dT%H:%M";

fn parse(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text.get(..16)?, FORMAT).ok()
}

/// The moment a local time names; the earlier one where the clocks go back, none where they go forward.
fn to_utc(typed: NaiveDateTime) -> Option<DateTime<Utc>> {
    Local.from_local_datetime(&typed).earliest().map(|at| at.to_utc())
}
