//! Several roles turned on in one go: one reason and one duration, and what came of each.

use crate::{
    components::{
        Badge, BadgeKind, Breadcrumb, Button, ButtonKind, Checkbox, DurationInput, EmptyState,
        Field as FormField, LinkButton, PageHeader, Section, Table, TextArea, TextInput,
    },
    encoded::{Encoded, page_data},
    error::AppError,
    form::{Form, use_form},
    pages::loaded::{Problem, loaded},
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::{id::ScheduleId, refusal::Field};

/// A role that could be turned on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activatable {
    /// The eligibility.
    pub id: ScheduleId,
    /// What the role is called.
    pub role: String,
    /// Whether it is privileged.
    pub is_privileged: bool,
    /// Where it holds.
    pub scope: String,
    /// What its settings ask: "up to 8 hours, with reason, after approval".
    pub asks: String,
    /// Its longest activation, in half hours.
    pub most_half_hours: i64,
    /// Whether a ticket is asked for.
    pub ticket: bool,
    /// Why it cannot be turned on now.
    pub denied: Option<String>,
}

/// The roles that the person who is signed in could turn on.
#[server(endpoint = "list_activatable")]
pub async fn list_activatable() -> Result<Encoded<Vec<Activatable>>, AppError> {
    use crate::encoded::encode;
    use stint_domain::{settings::Requirement, time::Phase};
    use stint_engine::{activate, favourites, store::PageRequest};
    let mut op = crate::server::read().await?;
    let page = favourites::list_eligible(&mut op, "", &PageRequest::first()).await?;
    let page = page.map(|(listed, _)| listed);
    let mut found: Vec<Activatable> = Vec::new();
    for listed in page.items {
        let schedule = listed.assignment.schedule;
        let offer = activate::offer(&mut op, schedule.id).await?;
        let longest = offer.settings.longest_activation();
        let second_factor = offer.step_up.is_some();
        let ticket = offer.settings.activation_enablement.requires(Requirement::Ticketing);
        let mut asks = vec![format!("up to {}", longest.in_words())];
        asks.extend(ticket.then(|| "with a ticket".to_owned()));
        asks.extend(second_factor.then(|| "with a second factor".to_owned()));
        asks.extend(
            offer.settings.activation_approval.is_approval_required.then(|| "after approval".to_owned()),
        );
        let denied = if schedule.window.phase(op.now) == Phase::Upcoming {
            Some("You become eligible later.")
        } else if offer.running.is_some() {
            Some("It is active already, or begins later.")
        } else {
            offer.pending.map(|_| "Your request waits for a decision.")
        };
        found.push(Activatable {
            id: schedule.id,
            role: listed.assignment.role_name,
            is_privileged: listed.assignment.role_is_privileged,
            scope: listed.assignment.scope_name.unwrap_or_else(|| "Directory".to_owned()),
            asks: asks.join(", "),
            most_half_hours: longest.half_hours(),
            ticket,
            denied: denied.map(ToOwned::to_owned),
        });
    }
    encode(found)
}

/// What came of one role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationOutcome {
    /// What the role is called.
    pub role: String,
    /// Whether it is on, or asked for.
    pub worked: bool,
    /// The same in a sentence.
    pub words: String,
    /// Where more of it is seen.
    pub href: Option<String>,
}

/// Turns several roles on, each for as long as its own settings allow, and tells what came of each.
#[server(endpoint = "activate_roles")]
pub async fn activate_roles(
    #[server(default)] ids: Vec<ScheduleId>,
    hours: String,
    #[server(default)] justification: String,
    #[server(default)] ticket_number: String,
    #[server(default)] ticket_system: String,
) -> Result<Vec<ActivationOutcome>, AppError> {
    use crate::{form::Check, server::operation::answer};
    let mut check = Check::default();
    let asked = check.take_activation(&hours, &justification, &ticket_number, &ticket_system);
    if ids.is_empty() {
        check.missing(Field::Role, "Choose at least one role.");
    }
    let mut op = crate::server::read().await?;
    op.actor()?;
    let Some((asked, system)) = asked else { return Err(answer(check.refused())) };
    check.done().map_err(answer)?;
    // What one role asks for beyond being signed in is asked once for all, before any is turned on.
    for &id in ids.iter().take(MOST) {
        let offer = stint_engine::activate::offer(&mut op, id).await.ok();
        if let Some(refusal) = offer.and_then(|offer| offer.step_up).and_then(|step_up| step_up.refusal()) {
            return Err(answer(AppError::refused(refusal)));
        }
    }
    drop(op);
    let mut outcomes = Vec::new();
    for id in ids.into_iter().take(MOST) {
        outcomes.push(activate_one(id, asked.clone(), system.clone()).await);
    }
    Ok(outcomes)
}

/// How many roles are turned on in one go.
const MOST: usize = 50;

/// Turns one of them on, in an operation of its own: what becomes of one does not hinder another, nor hide it.
async fn activate_one(
    id: ScheduleId,
    asked: stint_domain::assign::Activation,
    system: Option<stint_domain::text::TicketSystem>,
) -> ActivationOutcome {
    use crate::server::operation::{engine, told};
    let mut role = "A role".to_owned();
    let (worked, words, href) = match try_one(id, asked, system, &mut role).await {
        Ok((words, href)) => (true, words, Some(href)),
        Err(error) => (false, told(error, &engine()).to_string(), None),
    };
    ActivationOutcome { role, worked, words, href }
}

/// Says what came of it, and where more of it is seen.
async fn try_one(
    id: ScheduleId,
    mut asked: stint_domain::assign::Activation,
    system: Option<stint_domain::text::TicketSystem>,
    role: &mut String,
) -> Result<(String, String), stint_engine::Error> {
    use crate::server::operation::{caller, engine};
    use stint_engine::{
        activate::{self, Activated},
        ticket_check::{Wanted, carry_out},
    };
    // Not as an answer to the whole form: what one role is refused is no refusal of the others.
    let offer = activate::offer(&mut engine().read(&caller()).await?, id).await?;
    *role = offer.role.name;
    asked.duration = asked.duration.min(offer.settings.longest_activation());
    Ok(match carry_out(&engine(), &caller(), Wanted::Activate(id), asked, system).await? {
        Activated::Schedule(activation) => {
            let until =
                activation.window.end.map(|end| format!(" until {}", end.format("%-d %b %Y, %H:%M UTC")));
            (
                format!("Active{}", until.unwrap_or_default()),
                paths::with_query(paths::MY_ROLES, &[("tab", "active")]),
            )
        }
        Activated::Pending { request, .. } => ("Waits for approval".to_owned(), paths::my_request(request)),
    })
}

/// The page.
#[component]
pub fn ActivateSeveral() -> impl IntoView {
    let found = page_data(|| (), |()| list_activatable());
    view! {
        <Title text="Activate several roles" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("My roles".into(), Some(paths::MY_ROLES.into())),
            ("Activate several".into(), None),
        ] />
        <PageHeader title="Activate several roles" subtitle=Some("One reason and one duration; each role for as long as its settings allow".into()) icon="bolt" />
        {loaded(found, |roles| view! { <Several roles /> })}
    }
    .into_any()
}

const SHOWN: &[Field] = &[Field::Duration, Field::Role, Field::Justification, Field::Ticket];

#[component]
fn Several(roles: Vec<Activatable>) -> impl IntoView {
    let form = use_form::<ActivateRoles>();
    let outcomes = form.posted_outcome().and_then(|json| serde_json::from_str(&json).ok());
    let outcomes: Vec<ActivationOutcome> = outcomes.unwrap_or_default();
    if !outcomes.is_empty() && outcomes.iter().all(|outcome| outcome.worked) {
        return view! { <Outcomes outcomes /> }.into_any();
    }
    // Where something was refused, the form stays as it was sent: what worked cannot be chosen again.
    let outcomes = (!outcomes.is_empty()).then(|| view! { <Outcomes outcomes /> });
    if roles.is_empty() {
        return view! {
            <EmptyState icon="role" title="No results">
                <p>"You are not eligible for any role. Ask an administrator to make you eligible."</p>
            </EmptyState>
        }
        .into_any();
    }
    let most = roles.iter().map(|role| role.most_half_hours).max().unwrap_or(1);
    #[expect(clippy::cast_precision_loss, reason = "at most some hundred half hours")]
    let most = most as f64 / 2.0;
    let hours = form.typed("hours").and_then(|typed| typed.parse().ok()).unwrap_or(most.min(1.0));
    let ticket = roles.iter().any(|role| role.ticket);
    let more = (roles.len() >= MOST).then(|| {
        view! { <p class="secondary">{format!("The first {MOST} are shown. The others can be activated under My roles.")}</p> }
    });
    let rows: Vec<_> =
        roles.into_iter().enumerate().map(|(index, role)| view! { <Row index role form /> }).collect();
    view! {
        {outcomes}
        <Problem words=form.error_besides(SHOWN) />
        <form method="post" action=form.address() class="stack">
            <Section title="Roles">
                <Problem words=form.error_at(Field::Role) />
                <Table caption="Roles that you are eligible for">
                    <thead>
                        <tr>
                            <th scope="col"><span class="visually-hidden">"Choose"</span></th>
                            <th scope="col">"Role"</th>
                            <th scope="col">"Scope"</th>
                            <th scope="col">"Settings"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
                {more}
            </Section>
            <FormField label="Duration (hours)" for_id="hours" required=true hint=Some("A role whose settings allow less is active for less.".into()) error=form.error_at(Field::Duration)>
                <DurationInput id="hours" name="hours" value=hours max=most />
            </FormField>
            {ticket.then(|| view! {
                <FormField label="Ticket number" for_id="ticket_number" error=form.error_at(Field::Ticket)>
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
                <Button kind=ButtonKind::Primary submit=true>"Activate"</Button>
                <LinkButton href=paths::MY_ROLES>"Cancel"</LinkButton>
            </div>
        </form>
    }
    .into_any()
}

#[component]
fn Row(index: usize, role: Activatable, form: Form<ActivateRoles>) -> impl IntoView {
    let name = format!("ids[{index}]");
    let checked = form.typed(&name).is_some_and(|typed| typed == role.id.to_string());
    let label = format!("Choose {}", role.role);
    let disabled = role.denied.is_some();
    view! {
        <tr>
            <td data-label="Choose"><Checkbox id=format!("choose-{index}") name value=role.id.to_string() label label_hidden=true checked disabled /></td>
            <th scope="row" data-label="Role">
                {role.role}
                {role.is_privileged.then(|| view! { " "<Badge kind=BadgeKind::Warning>"PRIVILEGED"</Badge> })}
            </th>
            <td data-label="Scope">{role.scope}</td>
            <td data-label="Settings">{role.denied.unwrap_or(role.asks)}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn Outcomes(outcomes: Vec<ActivationOutcome>) -> impl IntoView {
    let row = |outcome: ActivationOutcome| {
        let (kind, result) =
            if outcome.worked { (BadgeKind::Success, "Done") } else { (BadgeKind::Danger, "Refused") };
        let words = match outcome.href {
            Some(href) => view! { <a href=href>{outcome.words}</a> }.into_any(),
            None => outcome.words.into_any(),
        };
        view! {
            <tr>
                <th scope="row" data-label="Role">{outcome.role}</th>
                <td data-label="Result"><Badge kind>{result}</Badge></td>
                <td data-label="Detail">{words}</td>
            </tr>
        }
    };
    view! {
        <div role="status" class="stack">
            <Table caption="What came of each role">
                <thead>
                    <tr>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Result"</th>
                        <th scope="col">"Detail"</th>
                    </tr>
                </thead>
                <tbody>{outcomes.into_iter().map(row).collect_view()}</tbody>
            </Table>
            <p><LinkButton href=paths::with_query(paths::MY_ROLES, &[("tab", "active")]) icon="role">"My roles"</LinkButton></p>
        </div>
    }
    .into_any()
}
