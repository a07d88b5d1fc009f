//! One request: what was asked for, what happened to it, and the decision. The page that a mail links to, and on which the
//! person who asked waits.

use super::shown::{RequestShown, StageShown};
use crate::{
    components::{
        Badge, BadgeKind, Breadcrumb, Button, ButtonKind, Confirm, DateTimeInput, Fact, Facts,
        Field as FormField, LinkButton, LocalTime, MessageBar, MessageKind, PageHeader, Section, Table,
        TextArea, TextInput,
    },
    encoded::{Encoded, page_data},
    error::AppError,
    form::{Form, parse_date_time, use_form},
    pages::{
        awaiting::Awaiting,
        loaded::{Problem, loaded, param},
        step_up::ConfirmYourself,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;
use stint_domain::{
    id::RequestId,
    refusal::Field,
    request::{RequestKind, RequestStatus, Verdict},
    schedule::AssignmentType,
};

/// One request. Whoever neither asked nor decides is told that there is none.
#[server(endpoint = "get_request")]
pub async fn get_request(id: String) -> Result<Encoded<RequestShown>, AppError> {
    use crate::encoded::encode;
    let id = id.parse().map_err(|_| crate::server::operation::answer(AppError::NotFound))?;
    let mut op = crate::server::read().await?;
    encode(super::shown::get(&mut op, id).await?)
}

/// Approves or denies a request. `hours` may be less than what was asked for.
#[server(endpoint = "decide_request")]
pub async fn decide_request(
    id: RequestId,
    verdict: Verdict,
    #[server(default)] hours: String,
    #[server(default)] end: String,
    #[server(default)] justification: String,
) -> Result<(), AppError> {
    use crate::{
        form::{Check, parse_date_time, parse_half_hours},
        server::operation::answer,
    };
    use stint_domain::{prolong::Terms, text::Justification};
    use stint_engine::approvals::{self, Grant};
    let mut check = Check::default();
    let reason = check.take(Field::Justification, Justification::parse(&justification));
    let shortened = if hours.trim().is_empty() || verdict == Verdict::Deny {
        None
    } else {
        let hours = parse_half_hours(&hours);
        if hours.is_none() {
            check.missing(Field::Duration, "Enter a number of hours, in halves.");
        }
        hours
    };
    let until = parse_date_time(&end);
    let mut op = crate::server::write().await?;
    op.actor()?;
    let Some(reason) = reason else { return Err(answer(check.refused())) };
    check.done().map_err(answer)?;
    match verdict {
        Verdict::Approve => {
            let request = approvals::find(&mut op, id).await?.request;
            let grant = if request.is_for_administrators() {
                let end = until.ok_or_else(|| answer(no_end()))?;
                Grant::On(Terms { assignment_type: request.assignment_type, start: None, end: Some(end) })
            } else {
                shortened.map_or(Grant::AsAsked, Grant::AtMost)
            };
            drop(approvals::approve(&mut op, id, reason, grant).await?);
        }
        Verdict::Deny => approvals::deny(&mut op, id, reason).await?,
    }
    op.commit().await?;
    crate::server::toast::say("Your decision was recorded.");
    Ok(())
}

/// Nobody is given all that was asked for because a field could not be read.
fn no_end() -> AppError {
    let mut check = crate::form::Check::default();
    check.missing(Field::End, "Enter a date and a time until which it is to hold.");
    check.refused()
}

/// Takes a request back.
#[server(endpoint = "cancel_request")]
pub async fn cancel_request(id: RequestId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::approvals::cancel(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The request was cancelled.");
    Ok(())
}

/// The page.
#[component]
pub fn RequestPage() -> impl IntoView {
    let id = param("id");
    let decide = use_form::<DecideRequest>();
    let cancel = use_form::<CancelRequest>();
    let request = page_data(move || id.get(), get_request);
    view! {
        <Title text="Request" />
        {loaded(request, move |request| view! { <RequestView request decide cancel /> })}
    }
    .into_any()
}

#[component]
fn RequestView(
    request: RequestShown,
    decide: Form<DecideRequest>,
    cancel: Form<CancelRequest>,
) -> impl IntoView {
    let (list, back) = if request.is_own {
        ("My requests", paths::MY_REQUESTS)
    } else {
        ("Approve requests", paths::APPROVALS)
    };
    let pending = request.status.is_open();
    // Only for who waits: who decides is typing.
    let waiting = (pending && request.is_own).then(|| {
        view! { <Awaiting id=request.id status=request.status decisions=request.decisions.len() /> }
    });
    let reason = request.reason.clone().unwrap_or_else(|| "No reason was given.".to_owned());
    view! {
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            (list.into(), Some(back.into())),
            (request.role.clone(), None),
        ] />
        <PageHeader title=format!("{} - {}", verb(request.kind), request.role) subtitle=Some(format!("Asked by {}", request.requestor)) icon="approve">
            <StatusBadge status=request.status />
        </PageHeader>
        {waiting}
        <Outcome request=request.clone() />
        <RequestFacts request=request.clone() />
        <Section title="Reason">
            <p class="prose">{reason}</p>
        </Section>
        <Stages stages=request.stages.clone() />
        <Decisions request=request.clone() />
        <Problem words=cancel.error_besides(&[]) />
        {request.denied.clone().map(|words| view! { <MessageBar kind=MessageKind::Info>{words}</MessageBar> })}
        {if pending && request.can_decide {
            view! { <Decide request=request.clone() form=decide /> }.into_any()
        } else {
            // Without script whoever was too late comes back to a page that has nothing left to decide.
            view! { <Problem words=decide.error_besides(&[]) /> }.into_any()
        }}
        {request.can_cancel.then(|| view! { <Cancel id=request.id form=cancel /> })}
    }
    .into_any()
}

const fn verb(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Activation => "Activate",
        RequestKind::Extension => "Extend",
        RequestKind::Renewal => "Renew",
    }
}

#[component]
fn RequestFacts(request: RequestShown) -> impl IntoView {
    let until = request.expires_at.filter(|_| request.status.is_open());
    let start = if request.start <= request.asked_at {
        "As soon as it is approved".into_any()
    } else {
        view! { <LocalTime at=request.start /> }.into_any()
    };
    view! {
        <Facts>
            <Fact label="Requestor"><a href=paths::user(request.requestor_id)>{request.requestor}</a></Fact>
            <Fact label="Role"><a href=paths::role(request.role_id)>{request.role}</a></Fact>
            <Fact label="Scope">{request.scope}</Fact>
            <Fact label="Requested"><LocalTime at=request.asked_at /></Fact>
            {request.assignment.map(|kind| view! { <Fact label="Assignment type">{kind.label()}</Fact> })}
            {match request.old_end {
                None => view! { <Fact label="Starts">{start}</Fact> }.into_any(),
                Some(at) => view! { <Fact label="Ends without it"><LocalTime at /></Fact> }.into_any(),
            }}
            {request.until.filter(|_| request.old_end.is_some()).map(|at| view! { <Fact label="Asked until"><LocalTime at /></Fact> })}
            <Fact label="Duration">{request.length.in_words()}</Fact>
            {request.ticket.map(|ticket| view! { <Fact label="Ticket">{ticket}</Fact> })}
            {request.signed_in.map(|words| view! { <Fact label="Identity shown">{words}</Fact> })}
            {until.map(|at| view! { <Fact label="To be decided until"><LocalTime at /></Fact> })}
        </Facts>
    }
    .into_any()
}

/// The status in a colour.
#[component]
pub fn StatusBadge(status: RequestStatus) -> impl IntoView {
    let kind = match status {
        RequestStatus::PendingApproval | RequestStatus::PendingAdminDecision => BadgeKind::Warning,
        RequestStatus::Granted | RequestStatus::Provisioned => BadgeKind::Success,
        RequestStatus::Denied => BadgeKind::Danger,
        RequestStatus::Revoked | RequestStatus::Canceled | RequestStatus::TimedOut => BadgeKind::Neutral,
    };
    view! { <Badge kind>{status.label()}</Badge> }
}

/// What became of it, in a sentence.
#[component]
fn Outcome(request: RequestShown) -> impl IntoView {
    let own = request.is_own;
    let (tab, list) = match request.assignment {
        Some(AssignmentType::Eligible) => ("", "Eligible assignments"),
        _ => ("active", "Active assignments"),
    };
    let title = match request.assignment {
        _ if !own => "This request was approved".to_owned(),
        Some(AssignmentType::Eligible) => format!("You stay eligible for {}", request.role),
        _ => format!("{} is yours", request.role),
    };
    match request.status {
        RequestStatus::PendingApproval | RequestStatus::PendingAdminDecision if own => view! {
            <MessageBar kind=MessageKind::Info title=Some(if request.assignment.is_some() { "Your request waits for a decision" } else { "Your request waits for approval" }.to_owned())>
                {request.stage.map(|stage| format!("{stage}. "))}
                {format!("It was sent to {}. This page shows the decision as soon as it is made; you need not stay here.", request.asked_of)}
            </MessageBar>
        }
        .into_any(),
        RequestStatus::Provisioned | RequestStatus::Granted => view! {
            <MessageBar kind=MessageKind::Success title=Some(title)>
                {own.then(|| view! { <a href=paths::with_query(paths::MY_ROLES, &[("tab", tab)])>{list}</a>" shows how long it lasts." })}
                {(!own).then_some("The role ends by itself.")}
            </MessageBar>
        }
        .into_any(),
        RequestStatus::Denied => view! {
            <MessageBar kind=MessageKind::Error title=Some("This request was denied".to_owned())>
                {own.then_some("You can ask again, with more of a reason.")}
            </MessageBar>
        }
        .into_any(),
        RequestStatus::TimedOut => view! {
            <MessageBar kind=MessageKind::Warning title=Some("Nobody decided in time".to_owned())>
                "The request has expired. The role can be asked for again."
            </MessageBar>
        }
        .into_any(),
        RequestStatus::Canceled | RequestStatus::Revoked => view! {
            <MessageBar kind=MessageKind::Info>"This request was cancelled. Nothing is left to decide."</MessageBar>
        }
        .into_any(),
        RequestStatus::PendingApproval | RequestStatus::PendingAdminDecision => ().into_any(),
    }
}

/// Who decides in which stage.
#[component]
fn Stages(stages: Vec<StageShown>) -> impl IntoView {
    if stages.is_empty() {
        return ().into_any();
    }
    let rows = stages.into_iter().map(|stage| {
        view! {
            <tr>
                <td data-label="Stage">{stage.name}</td>
                <td data-label="Approvers" class="words">{stage.approvers}</td>
                <td data-label="Approvals needed">{stage.needed}</td>
                <td data-label="Backup approvers" class="words">
                    {stage.backups}
                    {stage.backups_from.map(|at| view! { <LocalTime at /> })}
                </td>
                <td data-label="State">{stage.state}</td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <Section title="Approval stages">
            <Table caption="Approval stages">
                <thead>
                    <tr>
                        <th scope="col">"Stage"</th>
                        <th scope="col">"Approvers"</th>
                        <th scope="col">"Approvals needed"</th>
                        <th scope="col">"Backup approvers"</th>
                        <th scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Section>
    }
    .into_any()
}

#[component]
fn Decisions(request: RequestShown) -> impl IntoView {
    if request.decisions.is_empty() {
        return ().into_any();
    }
    let rows = request.decisions.into_iter().map(|decision| {
        view! {
            <tr>
                <td data-label="Approver">{decision.by}</td>
                <td data-label="Decision">{decision.verdict}</td>
                <td data-label="Time" class="nowrap"><LocalTime at=decision.at /></td>
                <td data-label="Justification" class="words">{decision.justification}</td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <Section title="Decisions" subtitle=Some(request.needed)>
            <Table caption="Decisions">
                <thead>
                    <tr>
                        <th scope="col">"Approver"</th>
                        <th scope="col">"Decision"</th>
                        <th scope="col">"Time"</th>
                        <th scope="col">"Justification"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Section>
    }
    .into_any()
}

#[component]
fn Decide(request: RequestShown, form: Form<DecideRequest>) -> impl IntoView {
    const SHOWN: &[Field] = &[Field::SecondFactor, Field::Duration, Field::End, Field::Justification];
    let hours = f64::from(i32::try_from(request.length.half_hours()).unwrap_or_default()) / 2.0;
    let how_long = if request.assignment.is_some() {
        let until = form.typed("end").map_or(request.grant_until, |typed| parse_date_time(&typed));
        view! {
            <FormField label="Until" for_id="end" hint=Some("You can grant less than was asked for.".into()) error=form.error_at(Field::End)>
                <DateTimeInput id="end" name="end" value=until />
            </FormField>
        }
        .into_any()
    } else {
        view! {
            <FormField label="Duration (hours)" for_id="hours" hint=Some(format!("Asked for: {}. You can grant less.", request.length.in_words())) error=form.error_at(Field::Duration)>
                <TextInput id="hours" name="hours" value=form.value("hours", hours.to_string()) />
            </FormField>
        }
        .into_any()
    };
    view! {
        <Section title="Your decision" subtitle=request.instead_of.map(|other| format!("In the place of {other}"))>
            <form method="post" action=form.address() class="form stack">
                <Problem words=form.error_besides(SHOWN) />
                <input type="hidden" name="id" value=request.id.to_string() />
                <ConfirmYourself shown=request.step_up error=form.error_at(Field::SecondFactor) />
                {how_long}
                <FormField label="Justification" for_id="justification" required=true hint=Some("The requestor and auditors read it.".into()) error=form.error_at(Field::Justification)>
                    <TextArea id="justification" name="justification" value=form.value("justification", "") maxlength=500 counter=true />
                </FormField>
                <div class="panel-actions">
                    <Button kind=ButtonKind::Primary submit=true name=Some("verdict".into()) value=Some("approve".into())>"Approve"</Button>
                    <Button kind=ButtonKind::Danger submit=true name=Some("verdict".into()) value=Some("deny".into())>"Deny"</Button>
                    <LinkButton href=paths::APPROVALS>"Not now"</LinkButton>
                </div>
            </form>
        </Section>
    }
    .into_any()
}

/// The button that takes a request back.
#[component]
pub fn Cancel(id: RequestId, form: Form<CancelRequest>) -> impl IntoView {
    view! {
        <Confirm
            id=format!("cancel-{id}")
            title="Cancel this request?"
            trigger="Cancel request"
            trigger_icon="dismiss"
            trigger_class="button"
            confirm_label="Cancel request"
            keep_label="Keep request"
            danger=true
        >
            <form method="post" action=form.address() id=format!("cancel-{id}-form") class="stack">
                <input type="hidden" name="id" value=id.to_string() />
                <p>"Nobody can approve it any more. It stays in the history, and the role can be asked for again."</p>
            </form>
        </Confirm>
    }
    .into_any()
}
