//! The rows of the table, and what can be done to each.

use super::cells::{End, Holder, Membership, RoleName, ScopeName, Start};
use super::{AssignmentItem, AssignmentList, Place, RemoveAssignment};
use crate::{
    components::{ButtonKind, Confirm, Field as FormField, LinkButton, Table, TextArea},
    form::Form,
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use stint_domain::schedule::{AssignmentState, AssignmentType, EndReason};

/// The rows of a list of assignments.
#[component]
pub fn AssignmentTable(list: AssignmentList, place: Place, form: Form<RemoveAssignment>) -> impl IntoView {
    let (now, denied, expired, active) = (list.now, list.denied, place.is_expired(), place.tab == "active");
    let back = place.at(&place.after);
    let row = move |item: AssignmentItem| {
        let state = item.schedule.state;
        let ending = if expired {
            let renew = prolong_button(&item, denied.clone(), &back, now);
            view! {
                <td data-label="Ended because">
                    <span class="cluster">{item.end_reason.map_or("Expired", EndReason::label)}{renew}</span>
                </td>
            }
            .into_any()
        } else {
            let (item, denied, back) = (item.clone(), denied.clone(), back.clone());
            view! {
                <td data-label="Action" class="row-actions">
                    <RowActions item denied back now form />
                </td>
            }
            .into_any()
        };
        view! {
            <tr>
                <td data-label="Role"><RoleName item=item.clone() /></td>
                <td data-label="Principal name"><Holder item=item.clone() /></td>
                <td data-label="Scope"><ScopeName item=item.clone() /></td>
                <td data-label="Membership"><Membership through=item.through.clone() /></td>
                {active.then(|| view! { <td data-label="State">{state.label()}</td> })}
                <td data-label="Start time"><Start schedule=item.schedule.clone() now /></td>
                <td data-label="End time"><End schedule=item.schedule now /></td>
                {ending}
            </tr>
        }
    };
    view! {
        <Table caption="Assignments">
            <thead>
                <tr>
                    <th scope="col">"Role"</th>
                    <th scope="col">"Principal name"</th>
                    <th scope="col">"Scope"</th>
                    <th scope="col">"Membership"</th>
                    {active.then(|| view! { <th scope="col">"State"</th> })}
                    <th scope="col">"Start time"</th>
                    <th scope="col">"End time"</th>
                    <th scope="col">{if expired { "Ended because" } else { "Action" }}</th>
                </tr>
            </thead>
            <tbody>{list.assignments.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
    .into_any()
}

#[component]
fn RowActions(
    item: AssignmentItem,
    denied: Option<String>,
    back: String,
    now: DateTime<Utc>,
    form: Form<RemoveAssignment>,
) -> impl IntoView {
    let id = item.schedule.id;
    let what = format!("{} of {}", item.role_name, item.principal_name);
    let denied = denied.or_else(|| {
        let group = item.through.as_ref()?;
        Some(format!("This comes from the group {group}: change it there."))
    });
    let follows = match (item.schedule.assignment_type, item.schedule.state) {
        (AssignmentType::Eligible, _) => {
            "The role can no longer be activated. If it is active now, that ends at once."
        }
        (AssignmentType::Active, AssignmentState::Activated) => {
            "The role is gone at once. Being eligible stays: the role can be activated again."
        }
        (AssignmentType::Active, AssignmentState::Assigned) => "The role is gone at once.",
    };
    let reason_id = format!("remove-{id}-reason");
    let typed_here = form.typed("id").is_some_and(|typed| typed == id.to_string());
    let reason = if typed_here { form.value("justification", "") } else { String::new() };
    let update = (item.schedule.state == AssignmentState::Assigned).then(|| {
        view! {
            <LinkButton
                kind=ButtonKind::Subtle
                href=paths::update_assignment(id, &back)
                icon="edit"
                aria_label=Some(format!("Update {what}"))
                denied=denied.clone()
            >
                "Update"
            </LinkButton>
        }
    });
    view! {
        <Confirm
            id=format!("remove-{id}")
            title=format!("Remove {what}?")
            trigger="Remove"
            trigger_icon="delete"
            trigger_class="button button-subtle"
            trigger_label=Some(format!("Remove {what}"))
            confirm_label="Remove"
            danger=true
            denied=denied.clone()
        >
            <form method="post" action=form.address() id=format!("remove-{id}-form") class="stack">
                <input type="hidden" name="id" value=id.to_string() />
                <p>{follows}</p>
                <FormField label="Reason (optional)" for_id=reason_id.clone()>
                    <TextArea id=reason_id name="justification" value=reason maxlength=500 rows=2 />
                </FormField>
            </form>
        </Confirm>
        {update}
        {prolong_button(&item, denied, &back, now)}
    }
    .into_any()
}

/// The button that makes an assignment go on: disabled with the reason while that is too early or too late, and none where it can
/// never be.
fn prolong_button(
    item: &AssignmentItem,
    denied: Option<String>,
    back: &str,
    now: DateTime<Utc>,
) -> Option<AnyView> {
    let prolonging = item.schedule.prolonging(item.end_reason, now);
    let wanted = prolonging.button()?;
    let denied = denied.or_else(|| prolonging.check(wanted).err().map(|broken| broken.to_string()));
    let button = view! {
        <LinkButton
            kind=ButtonKind::Subtle
            href=paths::prolong(item.schedule.id, back)
            icon="extend"
            aria_label=Some(format!("{} {} of {}", wanted.label(), item.role_name, item.principal_name))
            denied
        >
            {wanted.label()}
        </LinkButton>
    };
    Some(button.into_any())
}
