//! The three forms that make an assignment go on.

use crate::{
    components::{
        Button, ButtonKind, Checkbox, DateTimeInput, DurationInput, Field as FormField, LinkButton,
        MessageBar, MessageKind, RadioGroup, TextArea, TextInput,
    },
    error::AppError,
    form::{Form, parse_date_time, use_form},
    pages::{
        loaded::Problem,
        step_up::{ConfirmYourself, StepUpShown},
    },
};
use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::ServerFn};
use stint_domain::{id::ScheduleId, prolong::Prolong, refusal::Field, schedule::AssignmentType};

/// Extends or renews an assignment, on the word of an administrator.
#[server(name = ProlongAssignment, endpoint = "prolong_assignment")]
pub async fn prolong_assignment(
    id: ScheduleId,
    wanted: Prolong,
    assignment_type: AssignmentType,
    #[server(default)] permanent: bool,
    #[server(default)] start: String,
    #[server(default)] end: String,
    #[server(default)] justification: String,
    #[server(default)] return_to: String,
) -> Result<(), AppError> {
    use crate::{form::Check, server::operation::answer};
    use stint_domain::{
        authz::{Action, Target},
        prolong::Terms,
        text::Justification,
    };
    let mut op = crate::server::write().await?;
    op.require(Action::UpdateRoleAssignments, &Target::directory())?;
    let mut check = Check::default();
    let justification =
        check.take_optional(Field::Justification, Justification::parse_optional(&justification));
    let start_at = parse_date_time(&start);
    if start_at.is_none() && !start.trim().is_empty() {
        check.missing(Field::Start, "Enter a date and a time, or leave it empty to begin at once.");
    }
    let end = if permanent { None } else { parse_date_time(&end) };
    if end.is_none() && !permanent {
        check.missing(Field::End, "Enter a date and a time for the end, or choose permanent.");
    }
    check.done().map_err(answer)?;
    let terms = Terms { assignment_type, start: start_at, end };
    stint_engine::prolong::prolong(&mut op, wanted, id, terms, justification).await?;
    op.commit().await?;
    crate::server::toast::say(match wanted {
        Prolong::Extend => "The assignment was extended.",
        Prolong::Renew => "The assignment was renewed.",
    });
    crate::server::redirect::to(&return_to);
    Ok(())
}

/// Asks those who may assign roles to extend or renew an assignment of one's own.
#[server(name = AskToProlong, endpoint = "ask_to_prolong")]
pub async fn ask_to_prolong(
    id: ScheduleId,
    wanted: Prolong,
    #[server(default)] end: String,
    #[server(default)] justification: String,
) -> Result<(), AppError> {
    use crate::{form::Check, server::operation::answer};
    use stint_domain::text::Justification;
    use stint_engine::prolong::{Wish, ask};
    let mut op = crate::server::write().await?;
    op.actor()?;
    let mut check = Check::default();
    let reason = check.take(Field::Justification, Justification::parse(&justification));
    let end_at = parse_date_time(&end);
    if end_at.is_none() && !end.trim().is_empty() {
        check.missing(Field::End, "Enter a date and a time, or leave it empty to ask for as long as before.");
    }
    let Some(justification) = reason else { return Err(answer(check.refused())) };
    check.done().map_err(answer)?;
    let asked = ask(&mut op, wanted, id, Wish { end: end_at, justification }).await?;
    op.commit().await?;
    crate::server::toast::say("Your request was sent.");
    crate::server::redirect::to(&crate::paths::my_request(asked.request));
    Ok(())
}

/// Adds hours to an activation of one's own that runs.
#[server(name = ExtendActivation, endpoint = "extend_activation")]
pub async fn extend_activation(
    id: ScheduleId,
    hours: String,
    #[server(default)] justification: String,
    #[server(default)] ticket_number: String,
    #[server(default)] ticket_system: String,
) -> Result<(), AppError> {
    use crate::{
        form::Check,
        paths,
        server::operation::{answer, caller, engine},
    };
    use stint_engine::{
        activate::Activated,
        ticket_check::{Wanted, carry_out},
    };
    crate::server::read().await?.actor()?;
    let mut check = Check::default();
    let asked = check.take_activation(&hours, &justification, &ticket_number, &ticket_system);
    let Some((asked, system)) = asked else { return Err(answer(check.refused())) };
    check.done().map_err(answer)?;
    let (to, said) = match carry_out(&engine(), &caller(), Wanted::Extend(id), asked, system).await? {
        Activated::Schedule(_) => {
            (paths::with_query(paths::MY_ROLES, &[("tab", "active")]), "The activation was extended.")
        }
        Activated::Pending { request, .. } => (paths::my_request(request), "Your request was sent."),
    };
    crate::server::toast::say(said);
    crate::server::redirect::to(&to);
    Ok(())
}

const fn slug(wanted: Prolong) -> &'static str {
    match wanted {
        Prolong::Extend => "extend",
        Prolong::Renew => "renew",
    }
}

/// What was typed before, or else what is suggested.
fn moment<S>(form: Form<S>, name: &str, default: Option<DateTime<Utc>>) -> Option<DateTime<Utc>>
where
    S: ServerFn<Error = AppError> + Send + Sync + Clone + 'static,
    S::Output: Clone + Send + Sync + serde::de::DeserializeOwned + 'static,
{
    form.typed(name).map_or(default, |text| parse_date_time(&text))
}

/// An administrator's form.
#[component]
pub fn ProlongForm(
    id: ScheduleId,
    wanted: Prolong,
    kind: AssignmentType,
    end: Option<DateTime<Utc>>,
    longest: String,
    permanent: bool,
    now: DateTime<Utc>,
    back: String,
) -> impl IntoView {
    const SHOWN: &[Field] = &[Field::Start, Field::End, Field::Justification, Field::AssignmentType];
    let form = use_form::<ProlongAssignment>();
    let kinds = [AssignmentType::Eligible, AssignmentType::Active]
        .map(|kind| (kind.label().to_lowercase(), kind.label().to_owned()));
    let value = form.value("assignment_type", kind.label().to_lowercase());
    view! {
        <form method="post" action=form.address() class="form stack">
            <Problem words=form.error_besides(SHOWN) />
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="wanted" value=slug(wanted) />
            <input type="hidden" name="return_to" value=back.clone() />
            <RadioGroup legend="Assignment type" name="assignment_type" options=kinds.to_vec() value inline=true />
            <Problem words=form.error_at(Field::AssignmentType) />
            <p>{format!("Maximum allowed {} duration is {longest}.", kind.label().to_lowercase())}</p>
            <Checkbox
                id="permanent"
                name="permanent"
                label="Permanent"
                checked=form.checked("permanent", false)
                disabled=!permanent
                hint=(!permanent).then(|| "The role's settings want an end.".to_owned())
                switches=Some("end")
            />
            {(wanted == Prolong::Renew).then(|| view! {
                <FormField label="Assignment starts" for_id="start" hint=Some("Empty: at once.".into()) error=form.error_at(Field::Start)>
                    <DateTimeInput id="start" name="start" value=moment(form, "start", Some(now)) />
                </FormField>
            })}
            <FormField label="Assignment ends" for_id="end" error=form.error_at(Field::End)>
                <DateTimeInput id="end" name="end" value=moment(form, "end", end) />
            </FormField>
            <FormField
                label="Justification"
                for_id="justification"
                hint=Some("Auditors read it.".into())
                error=form.error_at(Field::Justification)
            >
                <TextArea id="justification" name="justification" value=form.value("justification", "") maxlength=500 counter=true />
            </FormField>
            <div class="panel-actions">
                <Button kind=ButtonKind::Primary submit=true>{wanted.label()}</Button>
                <LinkButton href=back>"Cancel"</LinkButton>
            </div>
        </form>
    }
    .into_any()
}

/// A holder's form.
#[component]
pub fn AskForm(id: ScheduleId, wanted: Prolong, end: Option<DateTime<Utc>>, back: String) -> impl IntoView {
    const SHOWN: &[Field] = &[Field::End, Field::Justification];
    let form = use_form::<AskToProlong>();
    view! {
        <form method="post" action=form.address() class="form stack">
            <Problem words=form.error_besides(SHOWN) />
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="wanted" value=slug(wanted) />
            <FormField label="Until" for_id="end" hint=Some("Who decides can grant less.".into()) error=form.error_at(Field::End)>
                <DateTimeInput id="end" name="end" value=moment(form, "end", end) />
            </FormField>
            <FormField label="Reason (max 500 characters)" for_id="justification" required=true error=form.error_at(Field::Justification)>
                <TextArea id="justification" name="justification" value=form.value("justification", "") maxlength=500 counter=true />
            </FormField>
            <div class="panel-actions">
                <Button kind=ButtonKind::Primary submit=true>{format!("Ask to {}", slug(wanted))}</Button>
                <LinkButton href=back>"Cancel"</LinkButton>
            </div>
        </form>
    }
    .into_any()
}

/// The form of somebody who has a role on.
#[component]
pub fn ExtendActivationForm(
    id: ScheduleId,
    most_half_hours: i64,
    ticket: bool,
    asked_of: Option<String>,
    step_up: Option<StepUpShown>,
    back: String,
) -> impl IntoView {
    const SHOWN: &[Field] = &[Field::SecondFactor, Field::Duration, Field::Justification, Field::Ticket];
    let form = use_form::<ExtendActivation>();
    #[expect(clippy::cast_precision_loss, reason = "at most some hundred half hours")]
    let most = most_half_hours as f64 / 2.0;
    let hours = form.typed("hours").and_then(|typed| typed.parse().ok()).unwrap_or(most.min(1.0));
    view! {
        {asked_of.map(|names| view! {
            <MessageBar kind=MessageKind::Info title=Some("This role needs approval".to_owned())>
                {format!("Your request goes to {names}. Until it is decided the role ends as before.")}
            </MessageBar>
        })}
        <form method="post" action=form.address() class="form stack">
            <Problem words=form.error_besides(SHOWN) />
            <input type="hidden" name="id" value=id.to_string() />
            <ConfirmYourself shown=step_up error=form.error_at(Field::SecondFactor) />
            <FormField label="Duration (hours)" for_id="hours" required=true hint=Some(format!("Added to the end. Up to {most}.")) error=form.error_at(Field::Duration)>
                <DurationInput id="hours" name="hours" value=hours max=most />
            </FormField>
            {ticket.then(|| view! {
                <FormField label="Ticket number" for_id="ticket_number" required=true error=form.error_at(Field::Ticket)>
                    <TextInput id="ticket_number" name="ticket_number" value=form.value("ticket_number", "") maxlength=64 />
                </FormField>
                <FormField label="Ticket system" for_id="ticket_system">
                    <TextInput id="ticket_system" name="ticket_system" value=form.value("ticket_system", "") maxlength=64 />
                </FormField>
            })}
            <FormField label="Reason (max 500 characters)" for_id="justification" error=form.error_at(Field::Justification)>
                <TextArea id="justification" name="justification" value=form.value("justification", "") maxlength=500 counter=true />
            </FormField>
            <div class="panel-actions">
                <Button kind=ButtonKind::Primary submit=true>"Extend"</Button>
                <LinkButton href=back>"Cancel"</LinkButton>
            </div>
        </form>
    }
    .into_any()
}
