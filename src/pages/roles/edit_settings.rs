//! The form that changes a role's settings: Activation, Assignment and Notification.
//!
//! It is long and rarely used, so the browser sends it by itself, and its fields cross as text: the server says what each begins
//! with, under the name that the form sends it by.

mod approval;
mod form;
mod notification;

pub use form::SettingsForm;

use crate::{
    components::{
        Button, ButtonKind, Checkbox, DurationInput, Field as FormField, FormTab, FormTabs, LinkButton,
        MessageBar, MessageKind, Select, TextInput,
    },
    encoded::{Encoded, page_data},
    error::AppError,
    form::Posted,
    pages::loaded::{Problem, loaded},
    paths,
};
use approval::{ApprovalFields, StagePeople};
use leptos::{prelude::*, server_fn::ServerFn};
use notification::NotificationFields;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use stint_domain::{id::RoleId, refusal::Field};

/// What the form begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsFields {
    /// The text of each field, by the name that it is sent by; `true` for a box that is ticked.
    pub values: BTreeMap<String, String>,
    /// How long assignments may last: days and words.
    pub maxima: Vec<(String, String)>,
    /// Who is named in each stage that there can be.
    pub stages: Vec<StagePeople>,
    /// What can be asked for on activation: value and words.
    pub requirements: Vec<(String, String)>,
    /// Why the person who looks may not change them.
    pub denied: Option<String>,
}

/// The settings of a role, to be changed.
#[server(endpoint = "get_settings_fields")]
pub async fn get_settings_fields(id: RoleId) -> Result<Encoded<SettingsFields>, AppError> {
    use crate::encoded::encode;
    use stint_domain::{
        authz::{Action, Target},
        scope::ScopePath,
        settings::RoleSettings,
    };
    let mut op = crate::server::read().await?;
    let found = stint_engine::role_settings::get(&mut op, id, &ScopePath::directory()).await?;
    let choice = |length: stint_domain::time::Duration| {
        ((length.as_seconds() / 86_400).to_string(), length.in_words())
    };
    let values = form::values(&found.settings, found.version);
    let mut requirements =
        vec![(String::new(), "None".to_owned()), ("mfa".to_owned(), "Multifactor authentication".to_owned())];
    for context in stint_engine::authentication_contexts::list(&mut op).await? {
        requirements.push((
            context.id.to_string(),
            format!("Authentication context {} ({})", context.id, context.name),
        ));
    }
    // What is set stays a choice, also where nobody has described it.
    let chosen = values.get("form[require]").cloned().unwrap_or_default();
    if requirements.iter().all(|(value, _)| *value != chosen) {
        requirements.push((chosen.clone(), format!("Authentication context {chosen} (not described)")));
    }
    encode(SettingsFields {
        values,
        requirements,
        maxima: RoleSettings::MAXIMA.map(choice).into(),
        stages: form::people(&found.settings.activation_approval, &found.approvers),
        denied: op.denial(Action::UpdateRoleSettings, &Target::directory())?,
    })
}

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
    use stint_engine::{role_settings, store::PageRequest};
    let mut op = crate::server::rehearse_unless(!preview).await?;
    // May the person at all? Only then is it of interest what is wrong with the form.
    op.require(Action::UpdateRoleSettings, &Target::directory())?;
    let everywhere = ScopePath::directory();
    let before = role_settings::get(&mut op, id, &everywhere).await?;
    let version = form.version.parse().unwrap_or_default();
    let named = form.named(&mut op).await?;
    let settings = form.settings(before.settings, named).map_err(answer)?;
    if preview {
        let effects = role_settings::effect(&mut op, id, &everywhere, &settings).await?.sentences;
        let after = role_settings::update(&mut op, id, &everywhere, settings, version).await?;
        let latest = PageRequest { after: None, size: 1 };
        let latest = role_settings::history(&mut op, id, &everywhere, &latest).await?.items;
        let changes = latest.into_iter().filter(|_| after > before.version).flat_map(|latest| latest.changes);
        let changes = changes.map(|change| change.to_string()).collect();
        return Ok(Some(Preview { changes, effects }));
    }
    role_settings::update(&mut op, id, &everywhere, settings, version).await?;
    op.commit().await?;
    crate::server::toast::say("The settings were updated.");
    redirect::to(&paths::role_tab(id, "settings"));
    Ok(None)
}

/// The form: a tab of the role's page.
#[component]
pub fn EditSettingsTab(
    /// Whose settings.
    id: RoleId,
) -> impl IntoView {
    let fields = page_data(|| (), move |()| get_settings_fields(id));
    loaded(fields, move |fields| view! { <EditSettings id fields /> }).into_any()
}

/// The fields of the first tab that say themselves what is wrong with them.
const ACTIVATION: &[Field] = &[
    Field::ActivationMaximum,
    Field::ActivationRequirement,
    Field::TicketPattern,
    Field::TicketCheck,
    Field::Approvers(1),
    Field::Approvers(2),
    Field::Approvers(3),
    Field::ApprovalsNeeded(1),
    Field::ApprovalsNeeded(2),
    Field::ApprovalsNeeded(3),
    Field::BackupApprovers(1),
    Field::BackupApprovers(2),
    Field::BackupApprovers(3),
    Field::ApprovalStages,
    Field::ApprovalWindow,
    Field::ApprovalReminder,
];

/// Those of the second.
const ASSIGNMENT: &[Field] = &[Field::EligibleMaximum, Field::ActiveMaximum];

/// Those of the third.
const NOTIFICATION: &[Field] = &[
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

/// What stands in the fields: what was typed before, or else what holds now.
#[derive(Clone, Copy, Debug)]
struct Fields {
    posted: Posted,
    values: StoredValue<BTreeMap<String, String>>,
}

impl Fields {
    fn value(self, name: &str) -> String {
        self.values.with_value(|values| self.posted.value(name, values.get(name).map_or("", String::as_str)))
    }

    fn is_ticked(self, name: &str) -> bool {
        self.value(name) == "true"
    }

    fn error_at(self, field: Field) -> Signal<Option<String>> {
        Signal::stored(self.posted.error_at(field))
    }

    /// A box under its name.
    fn checkbox(self, id: &str, label: &str) -> AnyView {
        let name = format!("form[{id}]");
        let checked = self.is_ticked(&name);
        view! { <Checkbox id=id name=name label=label checked=checked /> }.into_any()
    }
}

#[component]
fn EditSettings(id: RoleId, fields: SettingsFields) -> impl IntoView {
    let posted = Posted::to(UpdateRoleSettings::PATH);
    let SettingsFields { values, maxima, stages, requirements, denied } = fields;
    let version = values.get("form[version]").cloned();
    let fields = Fields { posted, values: StoredValue::new(values) };
    let denied_preview = denied.clone();
    let previewed = posted.outcome().map(|json| view! { <Previewed json /> });
    let activation = activation(fields, requirements);
    let assignment = view! {
        {expiration("eligible", Field::EligibleMaximum, &maxima, fields)}
        {expiration("active", Field::ActiveMaximum, &maxima, fields)}
        {fields.checkbox("active_mfa", "Require multifactor authentication on active assignment")}
        {fields.checkbox("active_justification", "Require justification on active assignment")}
    };
    let approval = view! { <ApprovalFields stages fields /> };
    let tab = |title, shown: &[Field], fields: AnyView| {
        let problems = shown.iter().filter(|&&field| posted.error_at(field).is_some()).count();
        FormTab { title, problems, fields }
    };
    let tabs = vec![
        tab("Activation", ACTIVATION, view! { {activation}{approval} }.into_any()),
        tab("Assignment", ASSIGNMENT, assignment.into_any()),
        tab("Notification", NOTIFICATION, view! { <NotificationFields fields /> }.into_any()),
    ];
    let shown = posted.value("tab", "0").parse().unwrap_or_default();
    // What a field is wrong with may stand in another tab, so the server says all of it.
    view! {
        <form method="post" action=Posted::address(UpdateRoleSettings::PATH) class="form form-wide stack" novalidate>
            <Problem words=Signal::stored(posted.error_besides(&[ACTIVATION, ASSIGNMENT, NOTIFICATION].concat())) />
            {previewed}
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="form[version]" value=version />
            <FormTabs label="Settings" name="tab" shown tabs />
            <div class="panel-actions">
                <Button kind=ButtonKind::Primary submit=true denied>"Update"</Button>
                <Button submit=true name=Some("preview".into()) value=Some("true".into()) denied=denied_preview>"Preview changes"</Button>
                <LinkButton href=paths::role_tab(id, "settings")>"Cancel"</LinkButton>
            </div>
        </form>
    }
    .into_any()
}

/// What saving would change.
#[component]
fn Previewed(json: String) -> impl IntoView {
    let list = |lines: Vec<String>| lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
    serde_json::from_str::<Preview>(&json).ok().map(|Preview { changes, effects }| {
        if changes.is_empty() {
            return view! { <MessageBar kind=MessageKind::Info>"Nothing would change."</MessageBar> }
                .into_any();
        }
        view! {
            <MessageBar kind=MessageKind::Info title=Some("What would change".to_owned())>
                <ul>{list(changes)}</ul>
                <ul>{list(effects)}</ul>
            </MessageBar>
        }
        .into_any()
    })
}

fn activation(fields: Fields, requirements: Vec<(String, String)>) -> AnyView {
    view! {
        <FormField
            label="Activation maximum duration (hours)"
            for_id="hours"
            required=true
            hint=Some("From half an hour to 24 hours.".into())
            error=fields.error_at(Field::ActivationMaximum)
        >
            <DurationInput id="hours" name="form[hours]" value=fields.value("form[hours]").parse().unwrap_or(8.0) max=24.0 />
        </FormField>
        <FormField
            label="On activation, require"
            for_id="require"
            hint=Some("A second factor, given within ten minutes; or what an authentication context says.".into())
            error=fields.error_at(Field::ActivationRequirement)
        >
            <Select id="require" name="form[require]" options=requirements value=fields.value("form[require]") />
        </FormField>
        {fields.checkbox("justification", "Require justification on activation")}
        <h2>"Ticket"</h2>
        {fields.checkbox("ticket", "Require ticket information on activation")}
        <FormField
            label="Ticket number pattern"
            for_id="ticket_pattern"
            hint=Some("Such as INC####### | CHG-*: # is a digit, ? any character, * any number of them, | separates. Empty: any number.".into())
            error=fields.error_at(Field::TicketPattern)
        >
            <TextInput id="ticket_pattern" name="form[ticket_pattern]" value=fields.value("form[ticket_pattern]") maxlength=100 />
        </FormField>
        <FormField label="Ticket number hint" for_id="ticket_hint" hint=Some("What whoever is refused is told: INC and seven digits.".into())>
            <TextInput id="ticket_hint" name="form[ticket_hint]" value=fields.value("form[ticket_hint]") maxlength=200 />
        </FormField>
        {ticket_check(fields)}
    }
    .into_any()
}

/// Which system is asked about a ticket.
fn ticket_check(fields: Fields) -> AnyView {
    let choices = [
        ("refuse", "Refuse the activation"),
        ("let_through", "Let it through and note that in the audit log"),
    ];
    let choices = choices.map(|(slug, words)| (slug.to_owned(), words.to_owned())).to_vec();
    view! {
        <FormField
            label="Ticket check address"
            for_id="ticket_check_url"
            hint=Some("Whoever activates brings a ticket, and this system is asked whether it is valid. https, or http on this machine. Empty: nobody is asked. Whoever may read these settings sees the address.".into())
            error=fields.error_at(Field::TicketCheck)
        >
            <TextInput id="ticket_check_url" name="form[ticket_check_url]" value=fields.value("form[ticket_check_url]") maxlength=300 />
        </FormField>
        <FormField label="Seconds to answer" for_id="ticket_check_seconds" hint=Some("From 1 to 10; whoever activates waits so long.".into())>
            <TextInput id="ticket_check_seconds" name="form[ticket_check_seconds]" kind="number" value=fields.value("form[ticket_check_seconds]") />
        </FormField>
        <FormField label="Without an answer" for_id="ticket_check_failure" hint=Some("Where it does not answer in time, or with nonsense.".into())>
            <Select id="ticket_check_failure" name="form[ticket_check_failure]" options=choices value=fields.value("form[ticket_check_failure]") />
        </FormField>
    }
    .into_any()
}

fn expiration(kind: &str, field: Field, maxima: &[(String, String)], fields: Fields) -> AnyView {
    let (id, name) = (format!("{kind}_days"), format!("form[{kind}_days]"));
    let value = fields.value(&name);
    let mut options = maxima.to_vec();
    if options.iter().all(|(days, _)| *days != value) {
        options.push((value.clone(), format!("{value} days")));
    }
    view! {
        {fields.checkbox(&format!("{kind}_permanent"), &format!("Allow permanent {kind} assignment"))}
        <FormField
            label=format!("Expire {kind} assignments after")
            for_id=id.clone()
            hint=Some("The longest that an assignment may last where it is not permanent.".into())
            error=fields.error_at(field)
        >
            <Select id name options value />
        </FormField>
    }
    .into_any()
}
