use leptos::prelude::*;

use super::TextInput;

/// Two days between which something happened, both included, as the days of UTC: the fields `from` and `to`.
#[component]
pub fn DateRange(
    /// What the ids of the two begin with.
    id: &'static str,
    /// The first day.
    #[prop(into)]
    from: String,
    /// The last day.
    #[prop(into)]
    to: String,
) -> impl IntoView {
    let (from_id, to_id) = (format!("{id}-from"), format!("{id}-to"));
    view! {
        <div class="date-range">
            <label for=from_id.clone()>"From"</label>
            <TextInput id=from_id name="from" value=from kind="date" />
            <label for=to_id.clone()>"to"</label>
            <TextInput id=to_id name="to" value=to kind="date" />
            <span>"(UTC)"</span>
        </div>
    }
    .into_any()
}
