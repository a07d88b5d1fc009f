//! The tab Notification: who is told of what.

use crate::{
    components::{Checkbox, MessageBar, MessageKind, Section, Table, TextInput},
    form::Form,
};
use leptos::prelude::*;
use stint_domain::{
    refusal::Field,
    settings::{NotificationLevel, NotificationRule, RoleSettings},
};

use super::UpdateRoleSettings;

/// Every row with the id of its rule, for reading the form.
#[cfg(feature = "ssr")]
pub(super) fn rules(settings: &mut RoleSettings) -> [(&'static str, &mut NotificationRule); 9] {
    [
        (BLOCKS[0].rows[0].id, &mut settings.notify_admin_of_eligible),
        (BLOCKS[0].rows[1].id, &mut settings.notify_requestor_of_eligible),
        (BLOCKS[0].rows[2].id, &mut settings.notify_approver_of_eligible),
        (BLOCKS[1].rows[0].id, &mut settings.notify_admin_of_active),
        (BLOCKS[1].rows[1].id, &mut settings.notify_requestor_of_active),
        (BLOCKS[1].rows[2].id, &mut settings.notify_approver_of_active),
        (BLOCKS[2].rows[0].id, &mut settings.notify_admin_of_activation),
        (BLOCKS[2].rows[1].id, &mut settings.notify_requestor_of_activation),
        (BLOCKS[2].rows[2].id, &mut settings.notify_approver_of_activation),
    ]
}

/// Three rows about one thing.
struct Block {
    title: &'static str,
    rows: [Row; 3],
}

/// One rule.
struct Row {
    id: &'static str,
    name: &'static str,
}

const RENEWAL: &str = "Request to approve a role assignment renewal/extension";

const BLOCKS: [Block; 3] = [
    Block {
        title: "Send notifications when members are assigned as eligible to this role",
        rows: [
            Row { id: "Notification_Admin_Admin_Eligibility", name: "Role assignment alert" },
            Row {
                id: "Notification_Requestor_Admin_Eligibility",
                name: "Notification to the assigned user (assignee)",
            },
            Row { id: "Notification_Approver_Admin_Eligibility", name: RENEWAL },
        ],
    },
    Block {
        title: "Send notifications when members are assigned as active to this role",
        rows: [
            Row { id: "Notification_Admin_Admin_Assignment", name: "Role assignment alert" },
            Row {
                id: "Notification_Requestor_Admin_Assignment",
                name: "Notification to the assigned user (assignee)",
            },
            Row { id: "Notification_Approver_Admin_Assignment", name: RENEWAL },
        ],
    },
    Block {
        title: "Send notifications when eligible members activate this role",
        rows: [
            Row { id: "Notification_Admin_EndUser_Assignment", name: "Role activation alert" },
            Row {
                id: "Notification_Requestor_EndUser_Assignment",
                name: "Notification to activated user (requestor)",
            },
            Row { id: "Notification_Approver_EndUser_Assignment", name: "Request to approve an activation" },
        ],
    },
];

/// The rows, as fields.
#[component]
pub(super) fn NotificationFields(settings: RoleSettings, form: Form<UpdateRoleSettings>) -> impl IntoView {
    let rules = settings.notifications().map(|(field, rule)| (field, rule.clone()));
    let blocks = BLOCKS.iter().zip(rules.chunks(3)).map(|(block, rules)| {
        let rows = block.rows.iter().zip(rules.to_vec()).map(|(row, (field, rule))| {
            view! { <NotifyRow id=row.id name=row.name field rule form /> }
        });
        let rows: Vec<_> = rows.collect();
        view! {
            <h3>{block.title}</h3>
            <Table caption=block.title>
                <thead>
                    <tr>
                        <th scope="col">"Type"</th>
                        <th scope="col">"Default recipients"</th>
                        <th scope="col">"Additional recipients"</th>
                        <th scope="col">"Critical emails only"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
    });
    let blocks: Vec<_> = blocks.collect();
    view! {
        <Section title="Notification">
            <MessageBar kind=MessageKind::Info>
                "This version of Stint sends no mail yet. The rules are kept, and obeyed as soon as it does."
            </MessageBar>
            {blocks}
        </Section>
    }
    .into_any()
}

#[component]
fn NotifyRow(
    id: &'static str,
    name: &'static str,
    field: Field,
    rule: NotificationRule,
    form: Form<UpdateRoleSettings>,
) -> impl IntoView {
    let sent = |part: &str| format!("form[notify][{id}][{part}]");
    let error = form.error_at(field);
    let error_id = format!("{id}-error");
    view! {
        <tr>
            <td data-label="Type">{name}</td>
            <td data-label="Default recipients">
                <Checkbox
                    id=format!("{id}-default")
                    name=sent("default")
                    label=format!("Default recipients of: {name}")
                    label_hidden=true
                    checked=form.checked(&sent("default"), rule.is_default_recipients_enabled)
                />
            </td>
            <td data-label="Additional recipients">
                <TextInput
                    id=format!("{id}-more")
                    name=sent("more")
                    value=form.value(&sent("more"), rule.notification_recipients.join("; "))
                    placeholder=Some("address; address".to_owned())
                    aria_label=Some(format!("Additional recipients of: {name}"))
                    describedby=Some(error_id.clone())
                />
                <p class="field-error" id=error_id role="alert">{move || error.get()}</p>
            </td>
            <td data-label="Critical emails only">
                <Checkbox
                    id=format!("{id}-critical")
                    name=sent("critical")
                    label=format!("Critical emails only: {name}")
                    label_hidden=true
                    checked=form.checked(&sent("critical"), rule.notification_level == NotificationLevel::Critical)
                />
            </td>
        </tr>
    }
    .into_any()
}
