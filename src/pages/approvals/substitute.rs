//! My substitute: who decides in the place of the person who is signed in while they are away.

use crate::{
    components::{
        Badge, BadgeKind, Breadcrumb, Button, ButtonKind, Confirm, DateTimeInput, EmptyState,
        Field as FormField, LinkButton, LocalTime, PageHeader, Pagination, Section, Table, TextArea,
        TextInput,
    },
    encoded::{Encoded, page_data},
    error::AppError,
    form::{Form, parse_date_time, use_form},
    pages::loaded::{Problem, loaded, query},
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::{
    id::{PrincipalId, SubstitutionId},
    refusal::Field,
    substitution::{DAYS_AHEAD, MOST_DAYS},
    time::{Phase, Window},
};

/// Some days on which somebody stands in for somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubstitutionShown {
    /// Its id.
    pub id: SubstitutionId,
    /// The other of the two: the substitute, or whoever is away.
    pub other: PrincipalId,
    /// What they are called.
    pub name: String,
    /// When.
    pub window: Window,
    /// Why.
    pub reason: Option<String>,
    /// When it was ended before its time.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Who stands in for the person, and for whom they do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Substitutions {
    /// Who stood, stands and will stand in for them, the latest first.
    pub named: Vec<SubstitutionShown>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// For whom they stand in, or will.
    pub stood_in: Vec<SubstitutionShown>,
    /// Why nobody could stand in for them.
    pub denied: Option<String>,
    /// The server's time.
    pub now: DateTime<Utc>,
}

/// Who stands in for the person who is signed in, and for whom they do.
#[server(endpoint = "list_substitutions")]
pub async fn list_substitutions(after: String) -> Result<Encoded<Substitutions>, AppError> {
    use crate::encoded::encode;
    use stint_engine::{
        store::{PageRequest, substitution::SubstitutionRow},
        substitution,
    };
    let mut op = crate::server::read().await?;
    let page = substitution::list(&mut op, &PageRequest::after(Some(after))).await?;
    let stood_in = substitution::list_stood_in(&mut op).await?;
    let denied = substitution::denial(&mut op).await?;
    let shown = |row: SubstitutionRow, is_substitute: bool| SubstitutionShown {
        id: row.id,
        window: row.window(),
        other: if is_substitute { row.substitute_id } else { row.approver_id },
        name: if is_substitute { row.substitute_name } else { row.approver_name },
        reason: row.reason,
        ended_at: row.ended_at,
    };
    encode(Substitutions {
        named: page.items.into_iter().map(|row| shown(row, true)).collect(),
        next: page.next,
        stood_in: stood_in.into_iter().map(|row| shown(row, false)).collect(),
        denied,
        now: op.now,
    })
}

/// Names somebody who decides in the person's place.
#[server(endpoint = "name_substitute")]
pub async fn name_substitute(
    #[server(default)] substitute: String,
    #[server(default)] start: String,
    #[server(default)] end: String,
    #[server(default)] justification: String,
) -> Result<(), AppError> {
    use crate::{
        form::Check,
        server::{operation::answer, redirect},
    };
    use stint_domain::text::Justification;
    use stint_engine::substitution::{self, Wish};
    let mut op = crate::server::write().await?;
    op.actor()?;
    let mut check = Check::default();
    let reason = check.take_optional(Field::Justification, Justification::parse_optional(&justification));
    let begins = parse_date_time(&start);
    if begins.is_none() && !start.trim().is_empty() {
        check.missing(Field::Start, "Enter a date and a time, such as 2026-11-21 14:05, or nothing.");
    }
    let found = find_substitute(&mut op, &substitute).await?;
    if let Err(words) = &found {
        check.missing(Field::Substitute, words);
    }
    check.done().map_err(answer)?;
    let wish = Wish { substitute: found.ok(), start: begins, end: parse_date_time(&end), reason };
    substitution::name(&mut op, wish).await?;
    op.commit().await?;
    crate::server::toast::say("Your substitute was named and is told by mail.");
    redirect::to(paths::SUBSTITUTE);
    Ok(())
}

/// The one user whom a name or user name means, or why that is nobody.
#[cfg(feature = "ssr")]
async fn find_substitute(
    op: &mut stint_engine::Operation,
    name: &str,
) -> Result<Result<PrincipalId, String>, AppError> {
    use stint_domain::principal::PrincipalKind;
    use stint_engine::{store::PageRequest, users};
    let name = name.trim();
    if name.is_empty() {
        return Ok(Err("Enter the name or user name of somebody.".to_owned()));
    }
    let page = PageRequest { after: None, size: 10 };
    let found = users::find_principals(op, vec![PrincipalKind::User], name, &page).await?.items;
    let is_meant = |text: &str| text.to_lowercase() == name.to_lowercase();
    let mut meant: Vec<_> = found
        .iter()
        .filter(|row| is_meant(&row.display_name) || row.user_name.as_deref().is_some_and(is_meant))
        .collect();
    if meant.is_empty() {
        meant = found.iter().collect();
    }
    let shown: String = name.chars().take(60).collect();
    Ok(match meant.as_slice() {
        [one] => Ok(one.id),
        [] => Err(format!("There is no user “{shown}”.")),
        several => {
            let names: Vec<_> = several.iter().filter_map(|row| row.user_name.as_deref()).collect();
            Err(format!("“{shown}” could be any of {}. Enter the user name.", names.join(", ")))
        }
    })
}

/// Ends at once that somebody stands in for the person.
#[server(endpoint = "end_substitution")]
pub async fn end_substitution(id: SubstitutionId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::substitution::end(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("Nobody stands in for you on these days any more.");
    Ok(())
}

/// The page.
#[component]
pub fn Substitute() -> impl IntoView {
    let after = query("after");
    let end = use_form::<EndSubstitution>();
    let found = page_data(move || after.get(), list_substitutions);
    view! {
        <Title text="My substitute" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Approve requests".into(), Some(paths::APPROVALS.into())),
            ("My substitute".into(), None),
        ] />
        <PageHeader title="My substitute" subtitle=Some("Who approves in your place while you are away".into()) icon="approve" />
        <Problem words=end.error_besides(&[]) />
        {loaded(found, move |found| view! { <Found found end after=after.get_untracked() /> })}
    }
    .into_any()
}

#[component]
fn Found(found: Substitutions, end: Form<EndSubstitution>, after: String) -> impl IntoView {
    let Substitutions { named, next, stood_in, denied, now } = found;
    let page = |after: &str| paths::with_query(paths::SUBSTITUTE, &[("after", after)]);
    let first = (!after.is_empty()).then(|| page(""));
    let next = next.as_deref().map(page);
    let others = (!stood_in.is_empty()).then(|| {
        view! {
            <Section title="For whom you stand in">
                <Days days=stood_in caption="For whom you stand in" who="In the place of" now />
            </Section>
        }
    });
    let mine = if named.is_empty() {
        view! {
            <EmptyState icon="approve" title="Nobody yet"><p>"Nobody has stood in for you."</p></EmptyState>
        }
        .into_any()
    } else {
        view! { <Days days=named caption="Who stands in for you" who="Substitute" end=Some(end) now /> }
            .into_any()
    };
    view! {
        <Name denied now />
        <Section title="Who stands in for you">{mine}<Pagination previous=first next /></Section>
        {others}
    }
    .into_any()
}

#[component]
fn Name(denied: Option<String>, now: DateTime<Utc>) -> impl IntoView {
    const SHOWN: &[Field] = &[Field::Substitute, Field::Start, Field::End, Field::Justification];
    let form = use_form::<NameSubstitute>();
    let typed = |name, default| form.typed(name).map_or(default, |text| parse_date_time(&text));
    let start = typed("start", Some(now));
    let end = typed("end", Some(now + chrono::TimeDelta::days(7)));
    view! {
        <Section title="Name a substitute">
            <form method="post" action=form.address() class="form stack">
                <Problem words=form.error_besides(SHOWN) />
                <p>
                    "On these days your substitute may approve or deny the activations on which you are an approver: by name, \
                     through a group, or by default. You may still decide yourself; between you, you count as one."
                </p>
                <p class="secondary">
                    "They decide neither on what you ask for nor on what they ask for themselves, and nobody stands in for them \
                     in this. Extending and renewing assignments is not handed on: that takes a role, and not an approver's seat."
                </p>
                <FormField label="Substitute" for_id="substitute" required=true hint=Some("Name or user name".into()) error=form.error_at(Field::Substitute)>
                    <TextInput id="substitute" name="substitute" value=form.value("substitute", "") maxlength=256 />
                </FormField>
                <FormField label="From" for_id="start" hint=Some("Leave it empty to begin at once.".into()) error=form.error_at(Field::Start)>
                    <DateTimeInput id="start" name="start" value=start />
                </FormField>
                <FormField
                    label="Until"
                    for_id="end"
                    required=true
                    hint=Some(format!("For at most {MOST_DAYS} days, and until {DAYS_AHEAD} days from now at the latest."))
                    error=form.error_at(Field::End)
                >
                    <DateTimeInput id="end" name="end" value=end />
                </FormField>
                <FormField label="Reason" for_id="justification" hint=Some("Your substitute and auditors read it.".into()) error=form.error_at(Field::Justification)>
                    <TextArea id="justification" name="justification" value=form.value("justification", "") maxlength=500 counter=true />
                </FormField>
                <div class="panel-actions">
                    <Button kind=ButtonKind::Primary submit=true denied>"Name substitute"</Button>
                    <LinkButton href=paths::APPROVALS>"Cancel"</LinkButton>
                </div>
            </form>
        </Section>
    }
    .into_any()
}

#[component]
fn Days(
    days: Vec<SubstitutionShown>,
    caption: &'static str,
    who: &'static str,
    /// The form that ends one, where the person may.
    #[prop(optional_no_strip)]
    end: Option<Form<EndSubstitution>>,
    now: DateTime<Utc>,
) -> impl IntoView {
    let row = move |days: SubstitutionShown| {
        let phase = days.window.phase(now);
        let state = match (phase, days.ended_at) {
            (_, Some(_)) => view! { <Badge kind=BadgeKind::Neutral>"Ended"</Badge> },
            (Phase::Upcoming, _) => view! { <Badge kind=BadgeKind::Brand>"Planned"</Badge> },
            (Phase::InForce, _) => view! { <Badge kind=BadgeKind::Success>"Now"</Badge> },
            (Phase::Ended, _) => view! { <Badge kind=BadgeKind::Neutral>"Past"</Badge> },
        };
        let can_end = phase != Phase::Ended && days.ended_at.is_none();
        let act =
            end.filter(|_| can_end).map(|form| view! { <EndOne id=days.id name=days.name.clone() form /> });
        view! {
            <tr>
                <td data-label=who><a href=paths::user(days.other)>{days.name}</a></td>
                <td data-label="From" class="nowrap"><LocalTime at=days.window.start /></td>
                <td data-label="Until" class="nowrap">{days.window.end.map(|at| view! { <LocalTime at /> })}</td>
                <td data-label="Reason" class="words">{days.reason}</td>
                <td data-label="State">{state}</td>
                {end.is_some().then(|| view! { <td data-label="Action" class="row-actions">{act}</td> })}
            </tr>
        }
    };
    view! {
        <Table caption=caption>
            <thead>
                <tr>
                    <th scope="col">{who}</th>
                    <th scope="col">"From"</th>
                    <th scope="col">"Until"</th>
                    <th scope="col">"Reason"</th>
                    <th scope="col">"State"</th>
                    {end.is_some().then(|| view! { <th scope="col">"Action"</th> })}
                </tr>
            </thead>
            <tbody>{days.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
    .into_any()
}

/// The button that ends it, which asks first.
#[component]
fn EndOne(id: SubstitutionId, name: String, form: Form<EndSubstitution>) -> impl IntoView {
    view! {
        <Confirm
            id=format!("end-{id}")
            title=format!("End {name}'s substitution?")
            trigger="End"
            trigger_class="button"
            trigger_label=Some(format!("End {name}'s substitution"))
            confirm_label="End"
            danger=true
        >
            <form method="post" action=form.address() id=format!("end-{id}-form") class="stack">
                <input type="hidden" name="id" value=id.to_string() />
                <p>{format!("From now on {name} decides nothing in your place. What was decided stays.")}</p>
            </form>
        </Confirm>
    }
    .into_any()
}
