//! The tab Setting: eligible or active, from when until when, and why.

use super::{Allowed, Prepared};
use crate::{
    components::{
        Button, ButtonKind, Checkbox, DateTimeInput, Fact, Facts, Field as FormField, LinkButton, MessageBar,
        MessageKind, RadioGroup, TextArea, use_toasts,
    },
    error::AppError,
    form::{Form, parse_date_time, use_form},
    pages::{counted::counted, loaded::Problem, step_up::ConfirmYourself},
    paths,
};
use leptos::{html, prelude::*, web_sys};
use leptos_router::hooks::use_navigate;
use stint_domain::refusal::Field;

/// Gives a role to the members.
#[server(endpoint = "assign_role")]
pub async fn assign_role(
    role: String,
    #[server(default)] scope_type: String,
    #[server(default)] scope: String,
    #[server(default)] members: String,
    #[server(default)] assignment_type: String,
    #[server(default)] permanent: String,
    #[server(default)] starts: String,
    #[server(default)] ends: String,
    #[server(default)] justification: String,
    #[server(default)] confirmation_code: String,
) -> Result<usize, AppError> {
    use super::Draft;
    use crate::server::{operation::answer, redirect, write};
    // Taken before this was called, as in activating.
    drop(confirmation_code);
    let draft = Draft {
        role,
        scope_type,
        scope,
        members,
        assignment_type,
        permanent,
        starts,
        ends,
        justification,
        ..Draft::default()
    };
    let mut op = write().await?;
    // May the person at all? Only then is it of interest what is wrong with the form.
    op.require(
        stint_domain::authz::Action::UpdateRoleAssignments,
        &stint_domain::authz::Target::directory(),
    )?;
    let ask = ask(&op, &draft).map_err(answer)?;
    let to = match ask.members.as_slice() {
        &[member] => member_page(&mut op, member, ask.assignment_type).await?,
        _ => paths::with_query(paths::ASSIGNMENTS, &[("tab", &ask.assignment_type.label().to_lowercase())]),
    };
    let made = stint_engine::assign::assign(&mut op, ask).await?;
    op.commit().await?;
    redirect::to(&to);
    Ok(made.len())
}

/// Reads what the form asks for.
#[cfg(feature = "ssr")]
fn ask(op: &stint_engine::Operation, draft: &super::Draft) -> Result<stint_engine::assign::Ask, AppError> {
    use crate::form::Check;
    use stint_domain::{
        id::AdministrativeUnitId, role::ScopeType, schedule::AssignmentType, scope::ScopePath,
        text::Justification,
    };
    let mut check = Check::default();
    let role = draft.role.parse().ok().and_then(|id| stint_engine::roles::get(op, id).ok());
    if role.is_none() {
        check.missing(Field::Role, "Select a role.");
    }
    let scope = match ScopeType::from_slug(&draft.scope_type).unwrap_or(ScopeType::Directory) {
        ScopeType::Directory => Some(ScopePath::directory()),
        ScopeType::AdministrativeUnit => {
            draft.scope.parse::<AdministrativeUnitId>().ok().map(ScopePath::administrative_unit)
        }
        ScopeType::Application => draft.scope.parse::<uuid::Uuid>().ok().map(ScopePath::object),
    };
    if scope.is_none() {
        check.missing(Field::Scope, "Select the scope.");
    }
    let start = date_time(&mut check, Field::Start, &draft.starts, false);
    let end =
        if draft.permanent == "true" { None } else { date_time(&mut check, Field::End, &draft.ends, true) };
    let justification =
        check.take_optional(Field::Justification, Justification::parse_optional(&draft.justification));
    let (Some(role), Some(scope)) = (role, scope) else { return Err(check.refused()) };
    check.done()?;
    let assignment_type =
        if draft.assignment_type == "active" { AssignmentType::Active } else { AssignmentType::Eligible };
    let members = super::member_ids(&draft.members).collect();
    Ok(stint_engine::assign::Ask {
        role: role.id,
        scope,
        members,
        assignment_type,
        start,
        end,
        justification,
    })
}

#[cfg(feature = "ssr")]
fn date_time(
    check: &mut crate::form::Check,
    field: Field,
    text: &str,
    required: bool,
) -> Option<chrono::DateTime<chrono::Utc>> {
    let parsed = parse_date_time(text);
    if parsed.is_none() && (required || !text.trim().is_empty()) {
        check.missing(field, "Enter a date and a time.");
    }
    parsed
}

/// Where the new row of one member is seen.
#[cfg(feature = "ssr")]
async fn member_page(
    op: &mut stint_engine::Operation,
    member: stint_domain::id::PrincipalId,
    assignment_type: stint_domain::schedule::AssignmentType,
) -> Result<String, AppError> {
    use stint_domain::principal::PrincipalKind;
    let rows = stint_engine::users::get_principals(op, &[member]).await?;
    let path = match rows.first().map(|row| row.kind) {
        Some(PrincipalKind::Group) => paths::group_tab(member, "assigned-roles"),
        Some(PrincipalKind::ServicePrincipal) => paths::service_principal_tab(member, "assigned-roles"),
        _ => paths::user_tab(member, "assigned-roles"),
    };
    Ok(paths::with_query(&path, &[("tab", &assignment_type.label().to_lowercase())]))
}

const SHOWN: &[Field] = &[
    Field::SecondFactor,
    Field::Role,
    Field::Scope,
    Field::Members,
    Field::AssignmentType,
    Field::Start,
    Field::End,
    Field::Justification,
];

/// The form.
#[component]
pub(super) fn Setting(prepared: Prepared) -> impl IntoView {
    let form = use_form::<AssignRole>();
    let Prepared { draft, denied, role, scopes, members, eligible, active, step_up, now, .. } = prepared;
    let start_type = form.value(
        "assignment_type",
        if draft.assignment_type.is_empty() { "eligible" } else { &draft.assignment_type },
    );
    let assignment_type = RwSignal::new(start_type.clone());
    let allowed = {
        let (eligible, active) = (eligible.clone(), active.clone());
        Memo::new(move |_| if assignment_type.get() == "active" { active.clone() } else { eligible.clone() })
    };
    let first = allowed.get_untracked();
    let permanent_at_first = form.checked(
        "permanent",
        if draft.visited.is_empty() { first.permanent } else { draft.permanent == "true" },
    );
    let permanent = RwSignal::new(permanent_at_first);
    // Before the browser has taken the page over nothing is switched off: without script nothing could switch it on.
    let alive = RwSignal::new(false);
    Effect::new(move || alive.set(true));

    let starts = parse_date_time(&form.value("starts", draft.starts.clone())).unwrap_or(now);
    let ends = parse_date_time(&form.value("ends", draft.ends.clone())).unwrap_or(first.proposed_end);
    let names = members.iter().map(|member| member.name.clone()).collect::<Vec<_>>().join(", ");
    let count = members.len();
    let scope_name = scopes
        .iter()
        .find(|(id, _)| *id == draft.scope)
        .map_or_else(|| "Directory".to_owned(), |(_, name)| name.clone());
    let role_id = role.as_ref().map(|role| role.id.to_string()).unwrap_or_default();
    let role_name = role.map(|role| role.name).unwrap_or_default();
    let toasts = use_toasts();
    let told = role_name.clone();
    Effect::new(move || {
        if let Some(Ok(count)) = form.action.value().get() {
            toasts.success(format!("{told} was assigned to {}.", counted(count, "member")));
        }
    });
    view! {
        <ActionForm action=form.action attr:class="form stack" attr:id="setting">
            <Problem words=form.error_besides(SHOWN) />
            <input type="hidden" name="visited" value="true" />
            <input type="hidden" name="role" value=role_id />
            <input type="hidden" name="scope_type" value=draft.scope_type.clone() />
            <input type="hidden" name="scope" value=draft.scope.clone() />
            <input type="hidden" name="members" value=draft.members.clone() />
            <Facts>
                <Fact label="Role">{role_name}<At form field=Field::Role /></Fact>
                <Fact label="Scope">{scope_name}<At form field=Field::Scope /></Fact>
                <Fact label="Members">{format!("{count} selected: {names}")}<At form field=Field::Members /></Fact>
            </Facts>
            <RadioGroup
                legend="Assignment type"
                name="assignment_type"
                options=vec![("eligible".to_owned(), "Eligible".to_owned()), ("active".to_owned(), "Active".to_owned())]
                value=start_type
                on_change=Callback::new(move |kind: String| {
                    assignment_type.set(kind);
                    permanent.update(|permanent| *permanent = *permanent && allowed.get_untracked().permanent);
                })
            />
            <At form field=Field::AssignmentType />
            <p role="status">{move || maximum(&assignment_type.read(), &allowed.read())}</p>
            <PermanentBox assignment_type allowed permanent alive />
            <div class="form-row">
                <FormField label="Assignment starts" for_id="starts" error=form.error_at(Field::Start)>
                    <DateTimeInput id="starts" name="starts" value=Some(starts) />
                </FormField>
                <FormField label="Assignment ends" for_id="ends" error=form.error_at(Field::End)>
                    <DateTimeInput id="ends" name="ends" value=Some(ends) disabled=Signal::derive(move || alive.get() && permanent.get()) />
                </FormField>
            </div>
            <FormField
                label="Justification"
                for_id="justification"
                hint=Some("Needed for an active assignment, unless the role's settings say otherwise. It is kept in the audit log.".into())
                error=form.error_at(Field::Justification)
            >
                <TextArea id="justification" name="justification" value=form.value("justification", draft.justification.clone()) maxlength=500 counter=true />
            </FormField>
            <div hidden=move || alive.get() && assignment_type.get() != "active">
                <ConfirmYourself shown=step_up error=form.error_at(Field::SecondFactor) />
            </div>
            <div class="panel-actions">
                <Button kind=ButtonKind::Primary submit=true busy=form.pending() denied=denied>"Assign"</Button>
                <Previous />
                <LinkButton href=paths::ASSIGNMENTS>"Cancel"</LinkButton>
            </div>
        </ActionForm>
    }
    .into_any()
}

/// What is wrong with something that this tab only repeats.
#[component]
fn At(form: Form<AssignRole>, field: Field) -> impl IntoView {
    let error = form.error_at(field);
    move || error.get().map(|words| view! { <MessageBar kind=MessageKind::Error>{words}</MessageBar> })
}

fn maximum(assignment_type: &str, allowed: &Allowed) -> String {
    let kind = if assignment_type == "active" { "active" } else { "eligible" };
    if allowed.permanent {
        format!("Maximum allowed {kind} duration is permanent.")
    } else {
        format!("Maximum allowed {kind} duration is {}.", allowed.longest)
    }
}

#[component]
fn PermanentBox(
    assignment_type: RwSignal<String>,
    allowed: Memo<Allowed>,
    permanent: RwSignal<bool>,
    alive: RwSignal<bool>,
) -> impl IntoView {
    let is_active = Memo::new(move |_| assignment_type.get() == "active");
    let on_change = Callback::new(move |ticked| permanent.set(ticked));
    move || {
        let label = if is_active.get() { "Permanently assigned" } else { "Permanently eligible" };
        let refused = !allowed.read().permanent;
        let hint = refused.then(|| "This role's settings do not allow it.".to_owned());
        view! {
            <Checkbox
                id="permanent"
                name="permanent"
                label=label
                checked=permanent.get_untracked() && !refused
                hint=hint
                disabled=Signal::derive(move || alive.get() && refused)
                on_change=on_change
            />
        }
    }
}

/// Back to the tab Membership, with everything typed: a GET of the same form.
#[component]
fn Previous() -> impl IntoView {
    let navigate = use_navigate();
    let button = NodeRef::<html::Button>::new();
    let back = move |event: leptos::ev::MouseEvent| {
        let Some(form) = button.get_untracked().and_then(|button| button.form()) else { return };
        let Ok(typed) = web_sys::FormData::new_with_form(&form) else { return };
        let Ok(query) = web_sys::UrlSearchParams::new_with_str_sequence_sequence(&typed) else { return };
        event.prevent_default();
        query.set("tab", "membership");
        navigate(
            &format!("{}?{}", paths::ADD_ASSIGNMENTS, String::from(query.to_string())),
            leptos_router::NavigateOptions::default(),
        );
    };
    view! {
        <button
            type="submit"
            class="button"
            name="tab"
            value="membership"
            formmethod="get"
            formaction=paths::ADD_ASSIGNMENTS
            formnovalidate=true
            node_ref=button
            on:click=back
        >
            "Previous"
        </button>
    }
}
