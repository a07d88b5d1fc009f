//! Who must agree to an activation.

use super::Fields;
use crate::{
    components::{Badge, BadgeKind, Checkbox, Field as FormField, TextInput},
    pages::roles::settings::Approver,
};
use leptos::prelude::*;
use stint_domain::refusal::Field;

/// The approvers that were named: user names, or names of groups, separated by semicolons. Whoever is not found is a refusal.
#[cfg(feature = "ssr")]
pub(super) async fn named(
    op: &mut stint_engine::Operation,
    names: &str,
) -> Result<Vec<stint_domain::id::PrincipalId>, crate::error::AppError> {
    use crate::{form::Check, server::operation::answer};
    use stint_domain::principal::PrincipalKind;
    use stint_engine::{store::PageRequest, users};
    let mut found = Vec::new();
    let mut check = Check::default();
    for name in names.split(';').map(str::trim).filter(|name| !name.is_empty()) {
        let kinds = vec![PrincipalKind::User, PrincipalKind::Group];
        let page = users::find_principals(op, kinds, name, &PageRequest::first()).await?;
        let is_meant = |text: &str| text.to_lowercase() == name.to_lowercase();
        let meant: Vec<_> = page
            .items
            .iter()
            .filter(|row| is_meant(&row.display_name) || row.user_name.as_deref().is_some_and(is_meant))
            .collect();
        match meant.as_slice() {
            [one] => found.push(one.id),
            [] => check.missing(Field::Approvers, &format!("There is no user or group “{name}”.")),
            _ => {
                check
                    .missing(Field::Approvers, &format!("Several are called “{name}”: enter the user name."));
            }
        }
    }
    check.done().map_err(answer)?;
    Ok(found)
}

/// Whether approval is needed, whose, how many and for how long they may decide.
#[component]
pub(super) fn ApprovalFields(approvers: Vec<Approver>, fields: Fields) -> impl IntoView {
    let nobody = approvers.is_empty();
    let chosen = approvers.into_iter().enumerate().map(|(index, approver)| {
        let name = format!("form[approvers][{index}]");
        let id = approver.id.to_string();
        let checked = fields.posted.value(&name, &id) == id;
        view! {
            <li class="cluster">
                <Checkbox id=format!("approver-{index}") name=name value=id label=approver.name checked=checked />
                {approver.problem.map(|words| view! { <Badge kind=BadgeKind::Warning>{words}</Badge> })}
            </li>
        }
    });
    let chosen: Vec<_> = chosen.collect();
    view! {
        {fields.checkbox("approval", "Require approval to activate")}
        <fieldset class="stack-s">
            <legend>"Approvers"</legend>
            {if nobody {
                view! {
                    <p class="secondary">
                        "Nobody is chosen: whoever actively holds Privileged Role Administrator or Global Administrator decides."
                    </p>
                }.into_any()
            } else {
                view! { <ul class="plain-list">{chosen}</ul> }.into_any()
            }}
            <FormField
                label="Add approver(s)"
                for_id="more_approvers"
                hint=Some("User names or names of groups, separated by semicolons. Two or more are advised.".into())
                error=fields.error_at(Field::Approvers)
            >
                <TextInput id="more_approvers" name="form[more_approvers]" value=fields.value("form[more_approvers]") />
            </FormField>
        </fieldset>
        <FormField label="Approvals needed" for_id="approvals_needed" error=fields.error_at(Field::ApprovalsNeeded) hint=Some("How many of them must agree; one who denies ends it.".into())>
            <TextInput id="approvals_needed" name="form[approvals_needed]" value=fields.value("form[approvals_needed]") />
        </FormField>
        {fields.checkbox("approve_mfa", "Require a second factor to approve")}
        <FormField label="Time to decide (hours)" for_id="window" error=fields.error_at(Field::ApprovalWindow) hint=Some("From half an hour to 720 hours. Then the request expires.".into())>
            <TextInput id="window" name="form[window]" value=fields.value("form[window]") />
        </FormField>
    }
    .into_any()
}
