//! Who is told of what.

use super::Fields;
use crate::components::{Checkbox, Table, TextInput};
use leptos::prelude::*;
use stint_domain::refusal::Field;

/// Three rules about one thing.
struct Block {
    title: &'static str,
    rules: [(Field, &'static str, &'static str); 3],
}

const RENEWAL: &str = "Request to approve a role assignment renewal/extension";

/// Every rule: the field of its addresses, its id, and what it is called.
const BLOCKS: [Block; 3] = [
    Block {
        title: "Send notifications when members are assigned as eligible to this role",
        rules: [
            (Field::NotifyAdminOfEligible, "Notification_Admin_Admin_Eligibility", "Role assignment alert"),
            (
                Field::NotifyRequestorOfEligible,
                "Notification_Requestor_Admin_Eligibility",
                "Notification to the assigned user (assignee)",
            ),
            (Field::NotifyApproverOfEligible, "Notification_Approver_Admin_Eligibility", RENEWAL),
        ],
    },
    Block {
        title: "Send notifications when members are assigned as active to this role",
        rules: [
            (Field::NotifyAdminOfActive, "Notification_Admin_Admin_Assignment", "Role assignment alert"),
            (
                Field::NotifyRequestorOfActive,
                "Notification_Requestor_Admin_Assignment",
                "Notification to the assigned user (assignee)",
            ),
            (Field::NotifyApproverOfActive, "Notification_Approver_Admin_Assignment", RENEWAL),
        ],
    },
    Block {
        title: "Send notifications when eligible members activate this role",
        rules: [
            (
                Field::NotifyAdminOfActivation,
                "Notification_Admin_EndUser_Assignment",
                "Role activation alert",
            ),
            (
                Field::NotifyRequestorOfActivation,
                "Notification_Requestor_EndUser_Assignment",
                "Notification to activated user (requestor)",
            ),
            (
                Field::NotifyApproverOfActivation,
                "Notification_Approver_EndUser_Assignment",
                "Request to approve an activation",
            ),
        ],
    },
];

/// The rules, as fields.
#[component]
pub(super) fn NotificationFields(fields: Fields) -> impl IntoView {
    let blocks = BLOCKS.iter().map(|block| {
        let rows = block.rules.iter().map(|&(field, id, name)| row(field, id, name, fields));
        let rows: Vec<_> = rows.collect();
        view! {
            <h2>{block.title}</h2>
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
        <p class="secondary">
            "Without default recipients only the additional ones are told. Critical emails are those that ask somebody to decide. The role's Settings tab shows whom each row reaches now."
        </p>
        {blocks}
    }
    .into_any()
}

fn row(field: Field, id: &'static str, name: &'static str, fields: Fields) -> AnyView {
    let sent = |part: &str| format!("form[notify][{id}][{part}]");
    let tick = |part: &str, words: &str| {
        let (id, label) = (format!("{id}-{part}"), format!("{words}: {name}"));
        let checked = fields.is_ticked(&sent(part));
        view! { <Checkbox id name=sent(part) label label_hidden=true checked /> }
    };
    let error = fields.error_at(field);
    let error_id = format!("{id}-error");
    view! {
        <tr>
            <td data-label="Type">{name}</td>
            <td data-label="Default recipients">{tick("default", "Default recipients")}</td>
            <td data-label="Additional recipients">
                <TextInput
                    id=format!("{id}-more")
                    name=sent("more")
                    value=fields.value(&sent("more"))
                    placeholder=Some("address; address".to_owned())
                    aria_label=Some(format!("Additional recipients: {name}"))
                    describedby=Some(error_id.clone())
                />
                <p class="field-error" id=error_id role="alert">{move || error.get()}</p>
            </td>
            <td data-label="Critical emails only">{tick("critical", "Critical emails only")}</td>
        </tr>
    }
    .into_any()
}
