//! The form that changes when an assignment holds.

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        Breadcrumb, Button, ButtonKind, Checkbox, DateTimeInput, Fact, Facts, Field as FormField, LinkButton,
        LocalTime, MessageBar, MessageKind, PageHeader, TextArea,
    },
    error::AppError,
    form::{parse_date_time, use_form},
    pages::{
        assignment_table::{AssignmentItem, End, Holder, RoleName, ScopeName, Start},
        loaded::{Problem, loaded, param, query},
    },
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::{
    id::ScheduleId,
    refusal::Field,
    schedule::{AssignmentState, AssignmentType},
    settings::ExpirationRule,
    time::Phase,
};

/// An assignment, and what a change of it must keep to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changeable {
    /// The assignment.
    pub item: AssignmentItem,
    /// How long it may last.
    pub expiration: ExpirationRule,
    /// Whether a reason must be given.
    pub justification_required: bool,
    /// The server's time.
    pub now: DateTime<Utc>,
    /// Why the person may not change it.
    pub denied: Option<String>,
}

#[cfg(feature = "ssr")]
impl Changeable {
    fn of(
        op: &stint_engine::Operation,
        found: stint_engine::assignments::Changeable,
    ) -> Result<Self, AppError> {
        use stint_domain::{
            authz::{Action, Target},
            settings::Requirement,
        };
        let kind = found.assignment.schedule.assignment_type;
        Ok(Self {
            expiration: found.settings.expiration(kind).clone(),
            justification_required: found.settings.enablement(kind).requires(Requirement::Justification),
            item: found.assignment.into(),
            now: op.now,
            denied: op.denial(Action::UpdateRoleAssignments, &Target::directory())?,
        })
    }
}

/// One assignment, to be changed.
#[server(endpoint = "get_assignment")]
pub async fn get_assignment(id: String) -> Result<Encoded<Changeable>, AppError> {
    use crate::encoded::encode;
    let id = id.parse().map_err(|_| crate::server::operation::answer(AppError::NotFound))?;
    let mut op = crate::server::read().await?;
    let found = stint_engine::assignments::get(&mut op, id).await?;
    encode(Changeable::of(&op, found)?)
}

/// Changes when an assignment holds, and goes back to where the person came from.
#[server(name = ChangeAssignment, endpoint = "update_assignment")]
pub async fn update_assignment(
    id: ScheduleId,
    #[server(default)] permanent: bool,
    #[server(default)] start: String,
    #[server(default)] end: String,
    #[server(default)] justification: String,
    #[server(default)] return_to: String,
) -> Result<(), AppError> {
    use stint_domain::authz::{Action, Target};
    let change = change(permanent, &start, &end, &justification);
    let mut op = crate::server::write().await?;
    op.require(Action::UpdateRoleAssignments, &Target::directory())?;
    let change = change.map_err(crate::server::operation::answer)?;
    stint_engine::assign::update(&mut op, id, change).await?;
    op.commit().await?;
    crate::server::toast::say("The assignment was updated.");
    crate::server::redirect::to(&back_to(&return_to));
    Ok(())
}

/// Reads what the form says.
#[cfg(feature = "ssr")]
fn change(
    permanent: bool,
    start: &str,
    end: &str,
    justification: &str,
) -> Result<stint_engine::assign::Change, AppError> {
    use stint_domain::text::Justification;
    let mut check = crate::form::Check::default();
    let justification =
        check.take_optional(Field::Justification, Justification::parse_optional(justification));
    let start = match (start.trim(), parse_date_time(start)) {
        ("", _) => None,
        (_, None) => {
            check.missing(Field::Start, "Enter a date and a time, such as 2026-11-21 14:05.");
            None
        }
        (_, start) => start,
    };
    let end = if permanent { None } else { parse_date_time(end) };
    if end.is_none() && !permanent {
        check.missing(Field::End, "Enter a date and a time for the end, or choose permanent.");
    }
    check.done()?;
    Ok(stint_engine::assign::Change { start, end, justification })
}

/// Reads a reason that may be left out.
#[cfg(feature = "ssr")]
pub(super) fn justification(text: &str) -> Result<Option<stint_domain::text::Justification>, AppError> {
    use stint_domain::text::Justification;
    let mut check = crate::form::Check::default();
    let justification = check.take_optional(Field::Justification, Justification::parse_optional(text));
    check.done().map(|()| justification)
}

/// Where the person goes afterwards: where they came from, or else the list of all assignments.
fn back_to(return_to: &str) -> String {
    if return_to.is_empty() { paths::ASSIGNMENTS.to_owned() } else { paths::local(return_to) }
}

/// The form that changes an assignment.
#[component]
pub fn UpdateAssignment() -> impl IntoView {
    let (id, return_to) = (param("id"), query("return_to"));
    let found = page_data(move || id.get(), get_assignment);
    view! {
        <Title text="Update assignment" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Assignments".into(), Some(paths::ASSIGNMENTS.into())),
            ("Update assignment".into(), None),
        ] />
        <PageHeader title="Update assignment" subtitle=Some("When it begins and ends".into()) icon="assignment" />
        {loaded(found, move |found| view! { <UpdateView found return_to=return_to.get_untracked() /> })}
    }
    .into_any()
}

#[component]
fn UpdateView(found: Changeable, return_to: String) -> impl IntoView {
    let item = found.item.clone();
    let schedule = item.schedule.clone();
    let now = found.now;
    let unchangeable = if schedule.window.phase(now) == Phase::Ended {
        Some("This assignment has ended. Add a new one instead.")
    } else if schedule.state == AssignmentState::Activated {
        Some(
            "This role was activated by its holder. It ends by itself; an activation can be removed but not changed.",
        )
    } else {
        None
    };
    let back = back_to(&return_to);
    let rest = match unchangeable {
        Some(words) => view! {
            <MessageBar kind=MessageKind::Info>{words}</MessageBar>
            <div class="panel-actions"><LinkButton href=back>"Back"</LinkButton></div>
        }
        .into_any(),
        None => view! { <UpdateForm found back /> }.into_any(),
    };
    let role = view! { <RoleName item=item.clone() /> };
    let holder = view! { <Holder item=item.clone() /> };
    let scope = view! { <ScopeName item /> };
    let start = view! { <Start schedule=schedule.clone() now /> };
    let end = view! { <End schedule=schedule.clone() now /> };
    view! {
        <Facts>
            <Fact label="Role">{role}</Fact>
            <Fact label="Principal name">{holder}</Fact>
            <Fact label="Scope">{scope}</Fact>
            <Fact label="Assignment type">{schedule.assignment_type.label()}</Fact>
            <Fact label="Start time">{start}</Fact>
            <Fact label="End time">{end}</Fact>
        </Facts>
        {rest}
    }
    .into_any()
}

#[component]
fn UpdateForm(found: Changeable, back: String) -> impl IntoView {
    const SHOWN: &[Field] = &[Field::Start, Field::End, Field::Justification];
    let form = use_form::<ChangeAssignment>();
    let Changeable { item, expiration, justification_required, now, denied } = found;
    let schedule = item.schedule;
    let window = schedule.window;
    let must_expire = expiration.is_expiration_required;
    let starts_later = window.phase(now) == Phase::Upcoming;
    let (kind, permanently) = match schedule.assignment_type {
        AssignmentType::Eligible => ("eligible", "Permanently eligible"),
        AssignmentType::Active => ("active", "Permanently assigned"),
    };
    let longest = if must_expire { expiration.maximum_duration.in_words() } else { "permanent".to_owned() };
    // A form that was filled in before keeps its emptiness too.
    let typed = |name, default| match form.typed(name) {
        Some(text) => parse_date_time(&text),
        None => default,
    };
    let start = typed("start", Some(window.start));
    let end = typed("end", Some(window.end.unwrap_or_else(|| suggested_end(window.start, &expiration, now))));
    let permanent = form.checked("permanent", window.end.is_none() && !must_expire);
    view! {
        <form method="post" action=form.address() class="form stack">
            <Problem words=form.error_besides(SHOWN) />
            <input type="hidden" name="id" value=schedule.id.to_string() />
            <input type="hidden" name="return_to" value=back.clone() />
            <p>{format!("Maximum allowed {kind} duration is {longest}.")}</p>
            <Checkbox
                id="permanent"
                name="permanent"
                label=permanently
                checked=permanent
                disabled=must_expire
                hint=must_expire.then(|| "The role's settings want an end.".to_owned())
                switches=Some("end")
            />
            {if starts_later {
                view! {
                    <FormField label="Assignment starts" for_id="start" required=true error=form.error_at(Field::Start)>
                        <DateTimeInput id="start" name="start" value=start />
                    </FormField>
                }
                .into_any()
            } else {
                view! { <p class="secondary">"It began "<LocalTime at=window.start />"; that cannot be changed any more."</p> }
                    .into_any()
            }}
            <FormField label="Assignment ends" for_id="end" error=form.error_at(Field::End)>
                <DateTimeInput id="end" name="end" value=end />
            </FormField>
            <FormField
                label="Justification"
                for_id="justification"
                required=justification_required
                hint=Some("Auditors read it.".into())
                error=form.error_at(Field::Justification)
            >
                <TextArea id="justification" name="justification" value=form.value("justification", "") maxlength=500 counter=true />
            </FormField>
            <div class="panel-actions">
                <Button kind=ButtonKind::Primary submit=true busy=form.pending() denied=denied>"Save"</Button>
                <LinkButton href=back>"Cancel"</LinkButton>
            </div>
        </form>
    }
    .into_any()
}

/// The end that the form suggests for an assignment that was permanent: as late as the settings allow.
fn suggested_end(start: DateTime<Utc>, expiration: &ExpirationRule, now: DateTime<Utc>) -> DateTime<Utc> {
    let longest = expiration.maximum_duration.to_delta();
    if start + longest > now { start + longest } else { now + longest }
}
