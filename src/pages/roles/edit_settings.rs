//! The form that changes a role's settings: the tabs Activation, Assignment and Notification.
//!
//! The tabs are parts of one form, so that nothing typed is lost between them. Without script all three are shown.

mod approval;
mod form;
mod notification;

pub use form::SettingsForm;

use super::settings::{SettingsShown, get_role_settings};
use crate::{
    components::{
        Button, ButtonKind, Checkbox, DurationInput, Field as FormField, LinkButton, MessageBar, MessageKind,
        Section, Select, use_toasts,
    },
    encoded::page_data,
    error::AppError,
    form::{Form, use_form},
    pages::loaded::{Problem, loaded},
    paths,
};
use approval::ApprovalFields;
use leptos::{form::ActionForm, prelude::*};
use notification::NotificationFields;
use serde::{Deserialize, Serialize};
use stint_domain::{
    id::RoleId,
    refusal::Field,
    settings::{ExpirationRule, Requirement, RoleSettings},
    time::Duration,
};

/// What saving would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Each setting with what it was and would be.
    pub changes: Vec<String>,
    /// For how many people what would be different.
    pub effects: Vec<String>,
}

/// Changes the settings of a role; with `preview` it only tells what that would change.
#[server(endpoint = "update_role_settings")]
pub async fn update_role_settings(
    id: RoleId,
    form: SettingsForm,
    #[server(default)] preview: bool,
) -> Result<Option<Preview>, AppError> {
    use crate::server::{operation::answer, redirect};
    use stint_domain::{
        authz::{Action, Target},
        scope::ScopePath,
    };
    use stint_engine::role_settings;
    let mut op = crate::server::write().await?;
    // May the person at all? Only then is it of interest what is wrong with the form.
    op.require(Action::UpdateRoleSettings, &Target::directory())?;
    let everywhere = ScopePath::directory();
    let before = role_settings::get(&mut op, id, &everywhere).await?.settings;
    let version = form.version.parse().unwrap_or_default();
    let named = approval::named(&mut op, &form.more_approvers).await?;
    let settings = form.settings(before, named).map_err(answer)?;
    if preview {
        let effects = role_settings::effect(&mut op, id, &everywhere, &settings).await?.sentences;
        let version = role_settings::update(&mut op, id, &everywhere, settings, version).await?;
        let changes = latest_changes(&mut op, id, version).await?;
        // The operation is dropped here, and with it everything that was written.
        return Ok(Some(Preview { changes, effects }));
    }
    role_settings::update(&mut op, id, &everywhere, settings, version).await?;
    op.commit().await?;
    redirect::to(&paths::role_tab(id, "settings"));
    Ok(None)
}

#[cfg(feature = "ssr")]
async fn latest_changes(
    op: &mut stint_engine::Operation,
    id: RoleId,
    version: i64,
) -> Result<Vec<String>, AppError> {
    use stint_domain::scope::ScopePath;
    use stint_engine::{role_settings, store::PageRequest};
    let page = PageRequest { after: None, size: 1 };
    let latest = role_settings::history(op, id, &ScopePath::directory(), &page).await?.items;
    let changes =
        latest.into_iter().filter(|latest| latest.number == version).flat_map(|latest| latest.changes);
    Ok(changes.map(|change| change.to_string()).collect())
}

/// The form: a tab of the role's page.
#[component]
pub fn EditSettingsTab(
    /// Whose settings.
    id: RoleId,
) -> impl IntoView {
    let shown = page_data(|| (), move |()| get_role_settings(id));
    loaded(shown, move |shown| view! { <EditSettings id shown /> }).into_any()
}

/// The fields that say themselves what is wrong with them.
const SHOWN: &[Field] = &[
    Field::ActivationMaximum,
    Field::Approvers,
    Field::ApprovalsNeeded,
    Field::ApprovalWindow,
    Field::EligibleMaximum,
    Field::ActiveMaximum,
    Field::NotifyAdminOfEligible,
    Field::NotifyRequestorOfEligible,
    Field::NotifyApproverOfEligible,
    Field::NotifyAdminOfActive,
    Field::NotifyRequestorOfActive,
    Field::NotifyApproverOfActive,
    Field::NotifyAdminOfActivation,
    Field::NotifyRequestorOfActivation,
    Field::NotifyApproverOfActivation,
];

#[component]
fn EditSettings(id: RoleId, shown: SettingsShown) -> impl IntoView {
    let form = use_form::<UpdateRoleSettings>();
    let toasts = use_toasts();
    Effect::new(move || {
        if let Some(Ok(None)) = form.action.value().get() {
            toasts.success("The settings were changed.");
        }
    });
    let SettingsShown { settings, version, approvers, denied, .. } = shown;
    let (rule, for_activation, for_assignment) =
        (settings.activation_approval.clone(), settings.clone(), settings.clone());
    let denied_preview = denied.clone();
    view! {
        <ActionForm action=form.action attr:class="form form-wide stack">
            <Problem words=form.error_besides(SHOWN) />
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="form[version]" value=version.to_string() />
            <Section title="Activation">
                <ActivationFields settings=for_activation form />
                <ApprovalFields rule approvers form />
            </Section>
            <Section title="Assignment">
                <AssignmentFields settings=for_assignment form />
            </Section>
            <NotificationFields settings form />
            <Previewed form />
            <div class="panel-actions">
                <Button kind=ButtonKind::Primary submit=true busy=form.pending() denied>"Update"</Button>
                <Button submit=true name=Some("preview".into()) value=Some("true".into()) busy=form.pending() denied=denied_preview>"Preview changes"</Button>
                <LinkButton href=paths::role_tab(id, "settings")>"Cancel"</LinkButton>
            </div>
        </ActionForm>
    }
    .into_any()
}

/// What saving would change, where that was asked for.
#[component]
fn Previewed(form: Form<UpdateRoleSettings>) -> impl IntoView {
    let outcome = form.outcome();
    let list = |lines: Vec<String>| lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
    move || {
        outcome.get().flatten().map(|Preview { changes, effects }| {
            if changes.is_empty() {
                view! { <MessageBar kind=MessageKind::Info>"Nothing would change."</MessageBar> }.into_any()
            } else {
                view! {
                    <MessageBar kind=MessageKind::Info title=Some("What would change".to_owned())>
                        <ul>{list(changes)}</ul>
                        <ul>{list(effects)}</ul>
                    </MessageBar>
                }
                .into_any()
            }
        })
    }
}

/// Half hours as hours: what a number field shows.
#[expect(clippy::cast_precision_loss, reason = "at most some hundred half hours")]
fn hours(duration: Duration) -> f64 {
    duration.half_hours() as f64 / 2.0
}

#[component]
fn ActivationFields(settings: RoleSettings, form: Form<UpdateRoleSettings>) -> impl IntoView {
    let wants = |requirement| settings.activation_enablement.requires(requirement);
    let (justification, ticket) = (wants(Requirement::Justification), wants(Requirement::Ticketing));
    let typed = form.typed("form[hours]").and_then(|typed| typed.parse().ok());
    let longest = typed.unwrap_or_else(|| hours(settings.longest_activation()));
    view! {
        <FormField
            label="Activation maximum duration (hours)"
            for_id="hours"
            required=true
            hint=Some("From half an hour to 24 hours.".into())
            error=form.error_at(Field::ActivationMaximum)
        >
            <DurationInput id="hours" name="form[hours]" value=longest max=24.0 />
        </FormField>
        <FormField
            label="On activation, require"
            for_id="require"
            hint=Some("Multifactor authentication and authentication contexts can be required once people can register a second factor, which this version does not offer yet.".into())
        >
            <Select id="require" name="" options=vec![(String::new(), "None".to_owned())] disabled=true />
        </FormField>
        <Checkbox
            id="justification"
            name="form[justification]"
            label="Require justification on activation"
            checked=form.checked("form[justification]", justification)
        />
        <Checkbox
            id="ticket"
            name="form[ticket]"
            label="Require ticket information on activation"
            checked=form.checked("form[ticket]", ticket)
        />
    }
    .into_any()
}

#[component]
fn AssignmentFields(settings: RoleSettings, form: Form<UpdateRoleSettings>) -> impl IntoView {
    let justification = settings.active_enablement.requires(Requirement::Justification);
    view! {
        <Expiration kind="eligible" rule=settings.eligible_expiration field=Field::EligibleMaximum form />
        <Expiration kind="active" rule=settings.active_expiration field=Field::ActiveMaximum form />
        <Checkbox
            id="active_justification"
            name="form[active_justification]"
            label="Require justification on active assignment"
            checked=form.checked("form[active_justification]", justification)
        />
    }
    .into_any()
}

#[component]
fn Expiration(
    kind: &'static str,
    rule: ExpirationRule,
    field: Field,
    form: Form<UpdateRoleSettings>,
) -> impl IntoView {
    let (permanent, days) = (format!("form[{kind}_permanent]"), format!("form[{kind}_days]"));
    let choice = |duration: Duration| ((duration.as_seconds() / 86_400).to_string(), duration.in_words());
    let now = choice(rule.maximum_duration);
    let mut options: Vec<_> = RoleSettings::MAXIMA.map(choice).into();
    if !options.contains(&now) {
        options.push(now.clone());
    }
    let id = format!("{kind}_days");
    view! {
        <Checkbox
            id=format!("{kind}_permanent")
            name=permanent.clone()
            label=format!("Allow permanent {kind} assignment")
            checked=form.checked(&permanent, !rule.is_expiration_required)
        />
        <FormField
            label=format!("Expire {kind} assignments after")
            for_id=id.clone()
            hint=Some("The longest that an assignment may last where it is not permanent.".into())
            error=form.error_at(field)
        >
            <Select id name=days.clone() options value=form.value(&days, now.0) />
        </FormField>
    }
    .into_any()
}
