//! The tab Membership: which role, where, for whom.

use super::{Candidate, ChosenRole, Draft, Prepared, avatar};
use crate::{
    components::{
        Badge, BadgeKind, Button, ButtonKind, Field, LinkButton, MessageBar, MessageKind, Persona, QueryForm,
        Select, TextInput,
    },
    pages::counted::counted,
    paths,
};
use leptos::{html, prelude::*};
use stint_domain::role::ScopeType;

/// The form. With `incomplete`, what is still missing is said at the fields.
#[component]
pub(super) fn Membership(prepared: Prepared, incomplete: bool) -> impl IntoView {
    let Prepared { draft, roles, role, scopes, members, found, .. } = prepared;
    let role_error = match (&role, draft.role.trim()) {
        (None, "") if incomplete => Some("Select a role.".to_owned()),
        (None, typed) if !typed.is_empty() => {
            Some(format!("There is no role “{typed}”. Choose one from the list."))
        }
        _ => None,
    };
    let member_error = (incomplete && members.is_empty()).then(|| "Select at least one member.".to_owned());
    let again = NodeRef::<html::Button>::new();
    // Another role or kind of scope brings other choices; without script the button beside it does that.
    let refresh = Callback::new(move |_: String| {
        if let Some(button) = again.get_untracked() {
            button.click();
        }
    });
    let role_name = role.as_ref().map_or_else(|| draft.role.clone(), |role| role.name.clone());
    view! {
        <QueryForm action=paths::ADD_ASSIGNMENTS class="form stack" id=Some("membership")>
            // The first button of a form is what Enter presses.
            <button type="submit" class="visually-hidden" tabindex="-1" node_ref=again name="tab" value="membership">"Apply"</button>
            <input type="hidden" name="members" value=draft.members.clone() />
            <Kept draft=draft.clone() />
            <div class="form-row">
                <Field label="Resource" for_id="resource">
                    <TextInput id="resource" name="" value="Stint" disabled=true />
                </Field>
                <Field label="Resource type" for_id="resource_type">
                    <TextInput id="resource_type" name="" value="Directory" disabled=true />
                </Field>
            </div>
            <Field
                label="Select role"
                for_id="role"
                required=true
                info=Some("Everything that the role permits, in one choice. Type a part of its name.".into())
                error=role_error
            >
                <RoleInput roles name=role_name refresh />
            </Field>
            {role.as_ref().filter(|role| role.is_privileged).map(|_| view! {
                <p><Badge kind=BadgeKind::Warning>"PRIVILEGED"</Badge>" This role can raise its holder's own authority or touch what guards others."</p>
            })}
            <ScopeFields draft=draft.clone() role=role.clone() scopes incomplete refresh />
            <fieldset class="stack-s">
                <legend>"Select members"<span aria-hidden="true" class="required-mark">" *"</span></legend>
                <Members members />
                {member_error.map(|words| view! { <p class="field-error" role="alert">{words}</p> })}
                <div class="cluster">
                    <TextInput id="find" name="find" value=draft.find.clone() kind="search" placeholder=Some("Name or user name".to_owned()) aria_label=Some("Search users, groups and service principals".to_owned()) />
                    <Button submit=true name=Some("tab".into()) value=Some("membership".into()) icon="search">"Search"</Button>
                </div>
                {found.map(|found| view! { <Found found members=draft.members.clone() /> })}
            </fieldset>
            <div class="panel-actions">
                <Button kind=ButtonKind::Primary submit=true name=Some("tab".into()) value=Some("setting".into())>"Next"</Button>
                <LinkButton href=paths::ASSIGNMENTS>"Cancel"</LinkButton>
            </div>
        </QueryForm>
    }
    .into_any()
}

/// What the other tab holds, carried along.
#[component]
fn Kept(draft: Draft) -> impl IntoView {
    view! {
        <input type="hidden" name="assignment_type" value=draft.assignment_type />
        <input type="hidden" name="visited" value=draft.visited />
        <input type="hidden" name="permanent" value=draft.permanent />
        <input type="hidden" name="starts" value=draft.starts />
        <input type="hidden" name="ends" value=draft.ends />
        <input type="hidden" name="justification" value=draft.justification />
    }
}

#[component]
fn RoleInput(roles: Vec<String>, name: String, refresh: Callback<String>) -> impl IntoView {
    view! {
        <input
            class="input"
            id="role"
            name="role"
            list="roles"
            value=name
            placeholder="Search roles"
            autocomplete="off"
            required=true
            on:change=move |event| refresh.run(event_target_value(&event))
        />
        <datalist id="roles">
            {roles.into_iter().map(|role| view! { <option value=role></option> }).collect_view()}
        </datalist>
    }
}

#[component]
fn ScopeFields(
    draft: Draft,
    role: Option<ChosenRole>,
    scopes: Vec<(String, String)>,
    incomplete: bool,
    refresh: Callback<String>,
) -> impl IntoView {
    let supported = role.as_ref().map_or_else(
        || vec![ScopeType::Directory, ScopeType::AdministrativeUnit, ScopeType::Application],
        |role| role.scope_types.clone(),
    );
    let chosen = ScopeType::from_slug(&draft.scope_type).unwrap_or(ScopeType::Directory);
    let type_error = (!supported.contains(&chosen)).then(|| {
        let role = role.map_or_else(|| "This role".to_owned(), |role| role.name);
        format!(
            "{role} cannot be limited to one {}. Choose another scope type.",
            chosen.label().to_lowercase()
        )
    });
    let mut options: Vec<_> =
        supported.iter().map(|kind| (kind.slug().to_owned(), kind.label().to_owned())).collect();
    if type_error.is_some() {
        options.push((chosen.slug().to_owned(), chosen.label().to_owned()));
    }
    let picker = (chosen != ScopeType::Directory).then(|| {
        let is_known = scopes.iter().any(|(id, _)| *id == draft.scope);
        let error = (!is_known && (incomplete || !draft.scope.is_empty()))
            .then(|| format!("Select the {} that the role is limited to.", chosen.label().to_lowercase()));
        let mut options = vec![(String::new(), format!("Select one of {}", scopes.len()))];
        options.extend(scopes);
        view! {
            <Field label="Selected scope" for_id="scope" required=true error=error hint=Some("The first 200 by name are offered; search for others.".into())>
                <Select id="scope" name="scope" options value=draft.scope.clone() />
            </Field>
            <div class="cluster">
                <TextInput id="scope_find" name="scope_find" value=draft.scope_find.clone() kind="search" placeholder=Some("Narrow the list".to_owned()) aria_label=Some("Search scopes".to_owned()) />
                <Button submit=true name=Some("tab".into()) value=Some("membership".into()) icon="search">"Search scopes"</Button>
            </div>
        }
    });
    view! {
        <Field
            label="Scope type"
            for_id="scope_type"
            info=Some("Directory: everywhere. An administrative unit or one application: only there, where the role supports it.".into())
            error=type_error
        >
            <Select id="scope_type" name="scope_type" options value=chosen.slug() on_change=refresh />
        </Field>
        <div class="no-js-only">
            <Button submit=true name=Some("tab".into()) value=Some("membership".into())>"Show the choices for this role and scope type"</Button>
        </div>
        {picker}
    }
    .into_any()
}

#[component]
fn Members(members: Vec<Candidate>) -> impl IntoView {
    let count = members.len();
    let one = |member: Candidate| {
        view! {
            <li class="spread">
                <Persona name=member.name.clone() secondary=Some(member.secondary) kind=avatar(member.kind) />
                {member.deleted.then(|| view! { <Badge kind=BadgeKind::Danger>"Deleted meanwhile"</Badge> })}
                // Not "remove": a form's method of that name would be hidden behind its own button.
                <Button
                    kind=ButtonKind::Subtle
                    submit=true
                    name=Some("drop".into())
                    value=Some(member.id.to_string())
                    icon="dismiss"
                    aria_label=Some(format!("Take {} out of the selection", member.name))
                >
                    ""
                </Button>
            </li>
        }
    };
    view! {
        <p class="secondary" role="status">
            {if count == 0 { "No member selected".to_owned() } else { format!("{} selected", counted(count, "member")) }}
        </p>
        <ul class="stack-s plain-list" aria-label="Selected members">{members.into_iter().map(one).collect_view()}</ul>
    }
}

#[component]
fn Found(found: Vec<Candidate>, members: String) -> impl IntoView {
    if found.is_empty() {
        return view! { <MessageBar kind=MessageKind::Info>"Nobody fits this search."</MessageBar> }
            .into_any();
    }
    let one = move |candidate: Candidate| {
        let chosen = members.contains(&candidate.id.to_string());
        view! {
            <li class="spread">
                <Persona name=candidate.name.clone() secondary=Some(candidate.secondary) kind=avatar(candidate.kind) />
                {if chosen {
                    view! { <Badge kind=BadgeKind::Brand>"Selected"</Badge> }.into_any()
                } else {
                    view! {
                        <Button
                            submit=true
                            name=Some("add".into())
                            value=Some(candidate.id.to_string())
                            aria_label=Some(format!("Select {}", candidate.name))
                        >
                            "Select"
                        </Button>
                    }
                    .into_any()
                }}
            </li>
        }
    };
    view! { <ul class="stack-s plain-list" aria-label="Search results">{found.into_iter().map(one).collect_view()}</ul> }.into_any()
}
