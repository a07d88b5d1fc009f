//! Who must agree to an activation.

use super::Fields;
use crate::{
    components::{Badge, BadgeKind, Checkbox, Field as FormField, TextInput},
    pages::{loaded::Problem, roles::settings::Approver},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stint_domain::refusal::Field;

/// The approvers that were named: user names, or names of groups, separated by semicolons. Whoever is not found is a refusal.
#[cfg(feature = "ssr")]
pub(super) async fn named(
    op: &mut stint_engine::Operation,
    names: &str,
    field: Field,
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
            [] => check.missing(field, &format!("There is no user or group “{name}”.")),
            _ => {
                check.missing(field, &format!("Several are called “{name}”: enter the user name."));
            }
        }
    }
    check.done().map_err(answer)?;
    Ok(found)
}

/// Who is named in a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagePeople {
    /// Who decides.
    pub approvers: Vec<Approver>,
    /// Who decides too when it takes long.
    pub backups: Vec<Approver>,
}

/// Whether approval is needed, in which stages and for how long they may decide.
#[component]
pub(super) fn ApprovalFields(stages: Vec<StagePeople>, fields: Fields) -> impl IntoView {
    let mut stages = (1..).zip(stages);
    let first = stages.next().map(|(number, people)| view! { <StageFields number people fields /> });
    let further: Vec<_> =
        stages.map(|(number, people)| view! { <FurtherStage number people fields /> }).collect();
    view! {
        <h2>"Approval"</h2>
        <div class="optional stack">
            {fields.checkbox("approval", "Require approval to activate")}
            <div class="optional-fields stack">{first}{further_stages(further, fields)}{times(fields)}</div>
        </div>
    }
    .into_any()
}

/// The stages after the first.
fn further_stages(further: Vec<impl IntoView + 'static>, fields: Fields) -> AnyView {
    view! {
        <Problem words=fields.error_at(Field::ApprovalStages) />
        {further}
    }
    .into_any()
}

/// How long all of it may take, and what approvers are asked for.
fn times(fields: Fields) -> AnyView {
    view! {
        <FormField label="Time to decide (hours)" for_id="window" error=fields.error_at(Field::ApprovalWindow) hint=Some("From half an hour to 720 hours, for all stages together. Then the request expires.".into())>
            <TextInput id="window" name="form[window]" value=fields.value("form[window]") />
        </FormField>
        {fields.checkbox("approve_mfa", "Require a second factor to approve")}
        <FormField label="Remind approvers after (hours)" for_id="reminder" error=fields.error_at(Field::ApprovalReminder) hint=Some("Those who have not decided so long after their stage began, once. From 0.25; empty: nobody.".into())>
            <TextInput id="reminder" name="form[reminder]" value=fields.value("form[reminder]") />
        </FormField>
    }
    .into_any()
}

/// A stage that there may be: ticked, its fields are shown. A style does it, so that it needs no script.
#[component]
fn FurtherStage(number: u8, people: StagePeople, fields: Fields) -> impl IntoView {
    let (id, name) = (format!("stage-{number}"), format!("form[stages][{number}][on]"));
    let checked = fields.is_ticked(&name);
    let label = if number == 2 { "Require a second stage" } else { "Require a third stage" };
    let hint =
        Some("Others decide after the stage before has approved. Nobody counts in two stages.".to_owned());
    view! {
        <div class="optional stack">
            <Checkbox id name label checked=checked hint />
            <div class="optional-fields stack"><StageFields number people fields /></div>
        </div>
    }
    .into_any()
}

/// Who decides in a stage, how many have to agree, and who decides too when it takes long.
#[component]
fn StageFields(number: u8, people: StagePeople, fields: Fields) -> impl IntoView {
    let id = move |part: &str| format!("stage-{number}-{part}");
    let name = move |part: &str| format!("form[stages][{number}][{part}]");
    // The first is all there is for most, and is called as if it were.
    let called = |only: &str, one_of_several: &str| {
        if number == 1 { only.to_owned() } else { format!("Stage {number}: {one_of_several}") }
    };
    let text =
        move |part: &str| view! { <TextInput id=id(part) name=name(part) value=fields.value(&name(part)) /> };
    let StagePeople { approvers, backups } = people;
    let nobody = approvers.is_empty().then(|| {
        view! {
            <p class="secondary">
                "Nobody is chosen: whoever actively holds Privileged Role Administrator or Global Administrator decides."
            </p>
        }
    });
    view! {
        <fieldset class="stack-s">
            <legend>{called("Approvers", "approvers")}</legend>
            {nobody}
            {chosen(approvers, &id("approver"), &name("approvers"), fields)}
            <FormField
                label=called("Add approvers", "who approves")
                for_id=id("more")
                hint=Some("User names or names of groups, separated by semicolons. Two or more are advised.".into())
                error=fields.error_at(Field::Approvers(number))
            >
                {text("more")}
            </FormField>
        </fieldset>
        <FormField label=called("Approvals needed", "approvals needed") for_id=id("needed") error=fields.error_at(Field::ApprovalsNeeded(number)) hint=Some("How many of them must agree; one who denies ends it.".into())>
            {text("needed")}
        </FormField>
        <fieldset class="stack-s">
            <legend>{called("Backup approvers", "backup approvers")}</legend>
            {chosen(backups, &id("backup"), &name("backups"), fields)}
            <FormField
                label=called("Add backup approvers", "who stands in")
                for_id=id("more_backups")
                hint=Some("They are asked, and decide too, when it takes long. Nobody: whoever decides by default.".into())
            >
                {text("more_backups")}
            </FormField>
            <FormField
                label=called("Ask backup approvers after (hours)", "ask backup approvers after (hours)")
                for_id=id("after")
                hint=Some("So long after the stage began, if it is not decided. From 0.25; empty: no backup approvers.".into())
                error=fields.error_at(Field::BackupApprovers(number))
            >
                {text("after")}
            </FormField>
        </fieldset>
    }
    .into_any()
}

/// Those who are chosen, to be taken out.
fn chosen(people: Vec<Approver>, id: &str, name: &str, fields: Fields) -> Option<AnyView> {
    let boxes = people.into_iter().enumerate().map(|(index, person)| {
        let (name, value) = (format!("{name}[{index}]"), person.id.to_string());
        let checked = fields.posted.value(&name, &value) == value;
        view! {
            <li class="cluster">
                <Checkbox id=format!("{id}-{index}") name=name value label=person.name checked=checked />
                {person.problem.map(|words| view! { <Badge kind=BadgeKind::Warning>{words}</Badge> })}
            </li>
        }
    });
    let boxes: Vec<_> = boxes.collect();
    (!boxes.is_empty()).then(|| view! { <ul class="plain-list">{boxes}</ul> }.into_any())
}
