//! The table of events.

use super::{AuditItem, Narrowed};
use crate::{
    components::{Address, Badge, Fact, Facts, LocalTime, Table},
    paths,
};
use leptos::prelude::*;
use stint_domain::scope::{Scope, ScopePath};

#[component]
pub(super) fn AuditTable(events: Vec<AuditItem>, part: Narrowed) -> impl IntoView {
    let row = move |event: AuditItem| {
        let actor = match event.actor {
            Some(id) => view! { <a href=paths::user(id)>{event.actor_name.clone()}</a> }.into_any(),
            None => event.actor_name.clone().into_any(),
        };
        let role = event.role.clone().map(|(id, name)| view! { <a href=paths::role(id)>{name}</a> });
        let scope =
            event.scope.as_deref().map(|path| view! { <p class="secondary">{scope_in_words(path)}</p> });
        let role = (role.is_some() || scope.is_some()).then(|| view! { <div>{role}{scope}</div> });
        view! {
            <tr>
                <td data-label="Time" class="nowrap"><LocalTime at=event.at /></td>
                <td data-label="Requestor">{actor}</td>
                <td data-label="Action" class="words">
                    <div>
                        {event.activity.clone()}
                        {event.justification.clone().map(|reason| view! { <p class="secondary">{reason}</p> })}
                    </div>
                </td>
                <td data-label="Primary target" class="breaks">
                    {event.target_name.clone().map(|address| view! { <div><Address address /></div> })}
                </td>
                <td data-label="Role">{role}</td>
                <td class="more"><AuditDetails event part=part.clone() /></td>
            </tr>
        }
    };
    view! {
        <Table caption="Audit events">
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    <th scope="col">"Requestor"</th>
                    <th scope="col">"Action"</th>
                    <th scope="col">"Primary target"</th>
                    <th scope="col">"Role"</th>
                    <th scope="col">"Details"</th>
                </tr>
            </thead>
            <tbody>{events.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
    .into_any()
}

fn scope_in_words(path: &str) -> AnyView {
    match path.parse::<ScopePath>().map(|scope| scope.kind()) {
        Ok(Scope::Directory) => "Directory".into_any(),
        Ok(Scope::AdministrativeUnit(id)) => {
            view! { <a href=paths::administrative_unit(id)>"Administrative unit"</a> }.into_any()
        }
        Ok(Scope::Object(_)) => "Application".into_any(),
        Ok(Scope::Resource) | Err(_) => path.to_owned().into_any(),
    }
}

#[component]
fn AuditDetails(event: AuditItem, part: Narrowed) -> impl IntoView {
    let text =
        |label: &'static str, value: Option<String>| value.map(|value| view! { <Fact label>{value}</Fact> });
    let code = |label: &'static str, value: Option<String>| {
        value.map(|value| view! { <Fact label><code class="mono">{value}</code></Fact> })
    };
    // Only the log of everything is narrowed to one requestor or target; the others are that already.
    let narrow = (part.path == paths::AUDIT).then(|| {
        let actor = event.actor.map(|id| part.with(|part| part.actor = id.to_string()));
        let target = event.target.map(|id| part.with(|part| part.target = id.to_string()));
        view! {
            <p class="cluster">
                {actor.map(|href| view! { <a href=href>"Only this requestor"</a> })}
                {target.map(|href| view! { <a href=href>"Only this target"</a> })}
            </p>
        }
    });
    view! {
        <details>
            <summary>"Details"</summary>
            <Facts>
                <Fact label="Category"><Badge>{event.category.label()}</Badge></Fact>
                {text("What changed", event.detail)}
                {text("Ticket", event.ticket)}
                {text("Source address", event.source)}
                {code("Request ID", event.request.map(|id| id.to_string()))}
                {code("Event ID", Some(event.id.to_string()))}
                {code("Seal", Some(format!("{} {}...", event.seq, event.seal)))}
            </Facts>
            {narrow}
        </details>
    }
    .into_any()
}
