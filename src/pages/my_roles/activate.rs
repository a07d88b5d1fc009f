//! The panel that turns a role on.

use super::MyRoles;
use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        Badge, BadgeKind, Button, ButtonKind, Checkbox, DateTimeInput, DurationInput, Fact, Facts,
        Field as FormField, LinkButton, LocalTime, MessageBar, MessageKind, Panel, Stage, StageState, Stages,
        TextArea, TextInput, WizardTabs,
    },
    error::AppError,
    form::use_form,
    pages::{
        loaded::{Problem, loaded, param, query},
        step_up::{ConfirmYourself, StepUpShown},
    },
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::{
    id::{RequestId, ScheduleId},
    refusal::Field,
};

/// What the panel shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationOffer {
    /// The eligibility.
    pub id: ScheduleId,
    /// What the role is called.
    pub role: String,
    /// What it permits, in a sentence.
    pub description: String,
    /// Whether it is privileged.
    pub is_privileged: bool,
    /// Where it holds.
    pub scope: String,
    /// When the eligibility ends.
    pub eligible_until: Option<DateTime<Utc>>,
    /// The longest activation, in half hours.
    pub most_half_hours: i64,
    /// Whether a reason is asked for.
    pub justification: bool,
    /// Whether a ticket is asked for.
    pub ticket: bool,
    /// What its number has to look like.
    pub ticket_hint: Option<String>,
    /// When the activation that is on ends.
    pub running_until: Option<DateTime<Utc>>,
    /// Who has to agree, by name and stage after stage; nothing where nobody has to.
    pub asked_of: Option<String>,
    /// The request for the same that waits already.
    pub pending: Option<RequestId>,
    /// How long it was activated for the last time, in half hours, and why; where that is to be repeated.
    pub last: Option<(i64, String)>,
    /// What is asked for beyond being signed in.
    pub step_up: Option<StepUpShown>,
    /// The server's time.
    pub now: DateTime<Utc>,
}

/// What can be activated, and under which rules.
#[server(endpoint = "offer_activation")]
pub async fn offer_activation(id: String, again: String) -> Result<Encoded<ActivationOffer>, AppError> {
    use crate::encoded::encode;
    use stint_domain::settings::Requirement;
    use stint_engine::{activate, assignments};
    let id: ScheduleId = id.parse().map_err(|_| crate::server::operation::answer(AppError::NotFound))?;
    let mut op = crate::server::read().await?;
    let offer = activate::offer(&mut op, id).await?;
    let last = match again.parse() {
        Ok(activation) => activate::last(&mut op, activation).await?,
        Err(_) => None,
    };
    let last = last.map(|(length, why)| (length.min(offer.settings.longest_activation()).half_hours(), why));
    let scope = assignments::scope_name(&mut op, &offer.eligibility.scope).await?;
    let step_up = StepUpShown::of(&mut op, offer.step_up).await?;
    let required = &offer.settings.activation_enablement;
    encode(ActivationOffer {
        id,
        role: offer.role.name,
        description: offer.role.description,
        is_privileged: offer.role.is_privileged,
        scope,
        eligible_until: offer.eligibility.window.end,
        most_half_hours: offer.settings.longest_activation().half_hours(),
        justification: required.requires(Requirement::Justification),
        ticket: required.requires(Requirement::Ticketing),
        ticket_hint: required.ticket_in_words().map(ToOwned::to_owned),
        running_until: offer.running.and_then(|running| running.window.end),
        asked_of: offer.settings.activation_approval.is_approval_required.then(|| in_turn(&offer.approvers)),
        pending: offer.pending,
        last,
        step_up,
        now: op.now,
    })
}

/// Who is asked in each stage: "Mira Stein, Priya Raman, then to Olga Marin".
#[cfg(feature = "ssr")]
pub(in crate::pages) fn in_turn(stages: &[Vec<stint_engine::store::principal::PrincipalRow>]) -> String {
    stages.iter().map(|people| names(people)).collect::<Vec<_>>().join(", then to ")
}

/// "Mira Stein, Priya Raman", "nobody"; of many the first few.
#[cfg(feature = "ssr")]
fn names(people: &[stint_engine::store::principal::PrincipalRow]) -> String {
    const MOST: usize = 5;
    let names: Vec<_> = people.iter().take(MOST).map(|person| person.display_name.as_str()).collect();
    match people.len().saturating_sub(MOST) {
        _ if names.is_empty() => "nobody".to_owned(),
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// Turns a role on. `confirmation_code` is taken before this is called ([`crate::server::step_up`]); it stands here so that a form
/// which the browser's code sends has it too.
#[server(endpoint = "activate_role")]
pub async fn activate_role(
    id: ScheduleId,
    hours: String,
    #[server(default)] custom_start: bool,
    #[server(default)] start: String,
    #[server(default)] justification: String,
    #[server(default)] ticket_number: String,
    #[server(default)] ticket_system: String,
    #[server(default)] confirmation_code: String,
) -> Result<(), AppError> {
    use crate::{
        form::{Check, parse_date_time},
        server::{
            operation::{answer, caller, engine},
            read, redirect,
        },
    };
    use stint_domain::assign::Activation;
    use stint_engine::{
        activate::Activated,
        ticket_check::{Wanted, carry_out},
    };
    drop(confirmation_code);
    let mut check = Check::default();
    let asked = check.take_activation(&hours, &justification, &ticket_number, &ticket_system);
    let start = parse_date_time(&start).filter(|_| custom_start);
    if custom_start && start.is_none() {
        check.missing(Field::Start, "Enter a date and a time.");
    }
    read().await?.actor()?;
    let Some((asked, system)) = asked else { return Err(answer(check.refused())) };
    check.done().map_err(answer)?;
    let asked = Activation { start, ..asked };
    let activated = carry_out(&engine(), &caller(), Wanted::Activate(id), asked, system).await?;
    redirect::to(&match activated {
        Activated::Schedule(activation) => paths::activation_status(activation.id),
        Activated::Pending { request, .. } => paths::my_request(request),
    });
    Ok(())
}

/// The panel, over My roles.
#[component]
pub fn ActivatePage() -> impl IntoView {
    let (id, again) = (param("id"), query("again"));
    let offer = page_data(move || (id.get(), again.get()), |(id, again)| offer_activation(id, again));
    view! {
        <MyRoles />
        <Title text="Activate" />
        {loaded(offer, |offer| view! { <ActivatePanel offer /> })}
    }
}

const SHOWN: &[Field] =
    &[Field::SecondFactor, Field::Duration, Field::Start, Field::Justification, Field::Ticket];

#[component]
fn ActivatePanel(offer: ActivationOffer) -> impl IntoView {
    let form = use_form::<ActivateRole>();
    let title = format!("Activate - {}", offer.role);
    let steps = vec![
        ("Roles".to_owned(), Some(paths::MY_ROLES.to_owned()), false),
        ("Activate".to_owned(), None, true),
        ("Status".to_owned(), None, false),
    ];
    let pending = form.pending();
    let running = offer.running_until;
    let id = offer.id;
    let (last_length, last_reason) = offer.last.unzip();
    let denied = match (running, offer.pending) {
        (Some(_), _) => Some("This role is active already.".to_owned()),
        (None, Some(_)) => Some("Your request waits for a decision already.".to_owned()),
        (None, None) => offer.step_up.as_ref().and_then(StepUpShown::denial),
    };
    view! {
        <Panel title=title subtitle=Some("Privileged Identity Management | Directory roles".into()) close_href=paths::MY_ROLES>
            <WizardTabs items=steps />
            <p>{offer.description.clone()}</p>
            <Facts>
                <Fact label="Scope">{offer.scope.clone()}</Fact>
                <Fact label="Eligible until">
                    {match offer.eligible_until {
                        Some(at) => view! { <LocalTime at /> }.into_any(),
                        None => "Permanent".into_any(),
                    }}
                </Fact>
            </Facts>
            {offer.is_privileged.then(|| view! { <p><Badge kind=BadgeKind::Warning>"PRIVILEGED"</Badge>" Keep it only as long as you need it."</p> })}
            {running.map(|at| view! {
                <MessageBar kind=MessageKind::Info>"This role is already active until "<LocalTime at />". It is under "<a href="/my-roles?tab=active">"Active assignments"</a>"."</MessageBar>
            })}
            {offer.pending.map(|request| view! {
                <MessageBar kind=MessageKind::Info>"You asked for this role already: "<a href=paths::my_request(request)>"your request"</a>" waits for a decision."</MessageBar>
            })}
            {offer.asked_of.map(|names| view! {
                <MessageBar kind=MessageKind::Info title=Some("This role needs approval".to_owned())>
                    {format!("Your request goes to {names}. The role is yours from the moment that it is approved.")}
                </MessageBar>
            })}
            <Problem words=form.error_besides(SHOWN) />
            <ActionForm action=form.action attr:class="stack" attr:id="activate">
                <input type="hidden" name="id" value=id.to_string() />
                <ConfirmYourself shown=offer.step_up error=form.error_at(Field::SecondFactor) />
                <StartFields
                    custom=form.checked("custom_start", false)
                    start=crate::form::parse_date_time(&form.value("start", "")).unwrap_or(offer.now)
                    error=form.error_at(Field::Start)
                />
                <Duration most=offer.most_half_hours typed=form.typed("hours") last=last_length error=form.error_at(Field::Duration) />
                {offer.ticket.then(|| view! {
                    <FormField label="Ticket number" for_id="ticket_number" required=true hint=offer.ticket_hint error=form.error_at(Field::Ticket)>
                        <TextInput id="ticket_number" name="ticket_number" value=form.value("ticket_number", "") maxlength=64 />
                    </FormField>
                    <FormField label="Ticket system" for_id="ticket_system">
                        <TextInput id="ticket_system" name="ticket_system" value=form.value("ticket_system", "") maxlength=64 />
                    </FormField>
                })}
                <FormField label="Reason (max 500 characters)" for_id="justification" required=offer.justification error=form.error_at(Field::Justification)>
                    <TextArea id="justification" name="justification" value=form.value("justification", last_reason.unwrap_or_default()) maxlength=500 counter=true />
                </FormField>
                {move || pending.get().then(|| view! { <Stages items=processing() /> })}
                <div class="panel-actions">
                    <Button kind=ButtonKind::Primary submit=true busy=pending denied=denied>"Activate"</Button>
                    <LinkButton href=paths::MY_ROLES>"Cancel"</LinkButton>
                </div>
            </ActionForm>
        </Panel>
    }
    .into_any()
}

fn processing() -> Vec<Stage> {
    vec![Stage {
        title: "Stage 1".to_owned(),
        detail: "Processing your request and activating your role.".to_owned(),
        state: StageState::Running,
        at: None,
    }]
}

#[component]
fn StartFields(custom: bool, start: DateTime<Utc>, error: Signal<Option<String>>) -> impl IntoView {
    let chosen = RwSignal::new(custom);
    // Before the browser has taken the page over the field is on: without script nothing could switch it on.
    let alive = RwSignal::new(false);
    Effect::new(move || alive.set(true));
    view! {
        <Checkbox id="custom_start" name="custom_start" label="Custom activation start time" checked=custom on_change=Callback::new(move |ticked| chosen.set(ticked)) />
        <div hidden=move || alive.get() && !chosen.get()>
            <FormField label="Activation starts" for_id="start" error=error>
                <DateTimeInput id="start" name="start" value=Some(start) disabled=Signal::derive(move || alive.get() && !chosen.get()) />
            </FormField>
        </div>
    }
}

#[component]
fn Duration(
    most: i64,
    typed: Option<String>,
    last: Option<i64>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    #[expect(clippy::cast_precision_loss, reason = "at most some hundred half hours")]
    let hours = |half_hours: i64| half_hours as f64 / 2.0;
    let most = hours(most);
    let value = typed.and_then(|typed| typed.parse().ok()).or(last.map(hours)).unwrap_or(most);
    view! {
        <FormField label="Duration (hours)" for_id="hours" required=true hint=Some(format!("In half hours, up to {most}.")) error=error>
            <DurationInput id="hours" name="hours" value=value max=most />
        </FormField>
    }
}
