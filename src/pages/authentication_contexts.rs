//! Authentication contexts: what role settings mean by `c1` to `c25`.

use crate::{
    components::{
        Breadcrumb, Button, ButtonKind, Confirm, EmptyState, Field as FormField, LinkButton, PageHeader,
        Section, Select, Table, TextInput,
    },
    encoded::{Encoded, page_data},
    error::AppError,
    form::Posted,
    pages::loaded::{Problem, loaded, query},
    paths,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::{
    refusal::Field,
    step_up::{AuthenticationContext, ContextId, Freshness, Strength},
};

/// The contexts that are described, and what of that may be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextList {
    /// The contexts, each with what it asks for in words.
    pub contexts: Vec<(AuthenticationContext, String)>,
    /// Why the person who looks may not change them.
    pub denied: Option<String>,
}

/// The contexts that are described.
#[server(endpoint = "list_authentication_contexts")]
pub async fn list_authentication_contexts() -> Result<Encoded<ContextList>, AppError> {
    use crate::encoded::encode;
    use stint_domain::authz::{Action, Target};
    use stint_engine::authentication_contexts::{in_words, list};
    let mut op = crate::server::read().await?;
    let contexts = list(&mut op).await?;
    let contexts = contexts.into_iter().map(|context| (context.clone(), in_words(&context))).collect();
    encode(ContextList { contexts, denied: op.denial(Action::UpdateRoleSettings, &Target::directory())? })
}

/// Says what a context asks for.
#[server(endpoint = "put_authentication_context")]
pub async fn put_authentication_context(
    id: ContextId,
    #[server(default)] display_name: String,
    #[server(default)] strength: String,
    #[server(default)] acr: String,
    #[server(default)] minutes: String,
    #[server(default)] networks: String,
) -> Result<(), AppError> {
    use crate::{form::Check, server::operation::answer};
    use stint_domain::{
        authz::{Action, Target},
        time::Duration,
    };
    let mut op = crate::server::write().await?;
    op.require(Action::UpdateRoleSettings, &Target::directory())?;
    let mut check = Check::default();
    let minutes = minutes.trim().parse::<u16>();
    if minutes.is_err() {
        check.missing(Field::Duration, "Enter a number of minutes.");
    }
    let texts = networks.split([',', ';', '\n']).map(str::trim).filter(|text| !text.is_empty());
    let networks: Result<Vec<_>, stint_domain::network::NoNetwork> = texts.map(str::parse).collect();
    if let Err(error) = &networks {
        check.missing(Field::Scope, &error.to_string());
    }
    let strength = match strength.as_str() {
        "passkey" => Strength::Passkey,
        "sign_in" => Strength::SignIn { acr: acr.trim().to_owned() },
        _ => Strength::AnyFactor,
    };
    if strength.acr().is_some_and(|acr| !is_acr(acr)) {
        check.missing(Field::Acr, "Enter one acr value, as the identity provider writes it.");
    }
    check.done().map_err(answer)?;
    let context = AuthenticationContext {
        id,
        name: display_name.trim().to_owned(),
        strength,
        freshness: Freshness(Duration::minutes(minutes.unwrap_or_default().into())),
        networks: networks.unwrap_or_default(),
    };
    stint_engine::authentication_contexts::put(&mut op, context).await?;
    op.commit().await?;
    crate::server::toast::say(&format!("The authentication context {id} was saved."));
    crate::server::redirect::to(paths::AUTHENTICATION_CONTEXTS);
    Ok(())
}

/// Whether something can be a class of sign-in: one word.
#[cfg(feature = "ssr")]
fn is_acr(text: &str) -> bool {
    (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Takes the description of a context away.
#[server(endpoint = "delete_authentication_context")]
pub async fn delete_authentication_context(id: ContextId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::authentication_contexts::delete(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The authentication context was deleted.");
    crate::server::redirect::to(paths::AUTHENTICATION_CONTEXTS);
    Ok(())
}

/// The page.
#[component]
pub fn AuthenticationContexts() -> impl IntoView {
    let chosen = query("id");
    let list = page_data(|| (), |()| list_authentication_contexts());
    view! {
        <Title text="Authentication contexts" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Roles".into(), Some(paths::ROLES.into())),
            ("Authentication contexts".into(), None),
        ] />
        <PageHeader title="Authentication contexts" subtitle=Some("How somebody must have shown who they are, under a name that role settings use".into()) icon="lock" />
        {loaded(list, move |list| view! { <Contexts list chosen=chosen.get_untracked() /> })}
    }
    .into_any()
}

#[component]
fn Contexts(list: ContextList, chosen: String) -> impl IntoView {
    let deleted = Posted::to(DeleteAuthenticationContext::PATH);
    let ContextList { contexts, denied } = list;
    let found = contexts
        .iter()
        .find(|(context, _)| context.id.to_string() == chosen)
        .map(|(context, _)| context.clone());
    let rows: Vec<_> = contexts
        .into_iter()
        .map(|(context, asks)| view! { <ContextRow context asks denied=denied.clone() /> })
        .collect();
    let table = if rows.is_empty() {
        view! {
            <EmptyState icon="lock" title="No authentication contexts">
                <p>"Role settings that name a context nobody has described ask for any second factor."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <Table caption="Authentication contexts">
                <thead>
                    <tr>
                        <th scope="col">"Context"</th>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Asks for"</th>
                        <th scope="col">"Action"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
        .into_any()
    };
    view! {
        <Problem words=Signal::stored(deleted.error_besides(&[])) />
        {table}
        <ContextForm context=found denied />
    }
    .into_any()
}

#[component]
fn ContextRow(context: AuthenticationContext, asks: String, denied: Option<String>) -> impl IntoView {
    let id = context.id.to_string();
    let label = format!("Delete {id}");
    let edit = format!("Edit {id}");
    view! {
        <tr>
            <th scope="row" data-label="Context">{id.clone()}</th>
            <td data-label="Name">{context.name}</td>
            <td data-label="Asks for">{asks}</td>
            <td data-label="Action" class="row-actions">
                <LinkButton kind=ButtonKind::Subtle href=paths::with_query(paths::AUTHENTICATION_CONTEXTS, &[("id", &id)]) aria_label=Some(edit)>"Edit"</LinkButton>
                <Confirm id=format!("delete-{id}") title=format!("Delete {id}?") trigger="Delete" trigger_class="button button-subtle" trigger_label=label confirm_label="Delete" danger=true denied>
                    <form method="post" action=Posted::address(DeleteAuthenticationContext::PATH) id=format!("delete-{id}-form")>
                        <input type="hidden" name="id" value=id.clone() />
                        <p>"Roles whose settings name it ask for any second factor from then on."</p>
                    </form>
                </Confirm>
            </td>
        </tr>
    }
    .into_any()
}

const SHOWN: &[Field] = &[Field::DisplayName, Field::Acr, Field::Duration, Field::Scope];

#[component]
fn ContextForm(context: Option<AuthenticationContext>, denied: Option<String>) -> impl IntoView {
    let posted = Posted::to(PutAuthenticationContext::PATH);
    let at = move |field| Signal::stored(posted.error_at(field));
    let names: Vec<_> = ContextId::all().map(|id| (id.to_string(), id.to_string())).collect();
    let strengths = vec![
        ("any".to_owned(), "Any second factor".to_owned()),
        ("passkey".to_owned(), "A passkey only".to_owned()),
        ("sign_in".to_owned(), "A sign-in at the identity provider with an acr value".to_owned()),
    ];
    let is_new = context.is_none();
    let known = context.unwrap_or_else(|| AuthenticationContext {
        id: ContextId::all().next().unwrap_or_else(|| unreachable!("there are 25")),
        name: String::new(),
        strength: Strength::AnyFactor,
        freshness: Freshness::default(),
        networks: Vec::new(),
    });
    let acr = known.strength.acr().unwrap_or_default().to_owned();
    let strength = match known.strength {
        Strength::AnyFactor => "any",
        Strength::Passkey => "passkey",
        Strength::SignIn { .. } => "sign_in",
    };
    let minutes = (known.freshness.0.as_seconds() / 60).to_string();
    let networks: Vec<_> = known.networks.iter().map(ToString::to_string).collect();
    let title = if is_new { "Add a context".to_owned() } else { format!("Edit {}", known.id) };
    view! {
        <Section title>
            <form method="post" action=Posted::address(PutAuthenticationContext::PATH) class="form stack">
                <Problem words=Signal::stored(posted.error_besides(SHOWN)) />
                <FormField label="Context" for_id="context">
                    <Select id="context" name="id" options=names value=posted.value("id", &known.id.to_string()) />
                </FormField>
                <FormField label="Name" for_id="display_name" required=true error=at(Field::DisplayName)>
                    <TextInput id="display_name" name="display_name" value=posted.value("display_name", &known.name) maxlength=120 />
                </FormField>
                <FormField label="Satisfied by" for_id="strength">
                    <Select id="strength" name="strength" options=strengths value=posted.value("strength", strength) />
                </FormField>
                <div class="of-provider">
                    <FormField label="acr value" for_id="acr" hint=Some("For a sign-in at the identity provider: what it calls that way to sign in.".into()) error=at(Field::Acr)>
                        <TextInput id="acr" name="acr" value=posted.value("acr", &acr) maxlength=200 />
                    </FormField>
                </div>
                <FormField label="Given within (minutes)" for_id="minutes" required=true hint=Some("From 1 to 720.".into()) error=at(Field::Duration)>
                    <TextInput id="minutes" name="minutes" value=posted.value("minutes", &minutes) maxlength=4 />
                </FormField>
                <FormField label="Networks" for_id="networks" hint=Some("Such as 10.1.0.0/16, 2001:db8::/32. Empty: from anywhere.".into()) error=at(Field::Scope)>
                    <TextInput id="networks" name="networks" value=posted.value("networks", &networks.join(", ")) maxlength=500 />
                </FormField>
                <div class="panel-actions">
                    <Button kind=ButtonKind::Primary submit=true denied>"Save"</Button>
                    <LinkButton href=paths::AUTHENTICATION_CONTEXTS>"Cancel"</LinkButton>
                </div>
            </form>
        </Section>
    }
    .into_any()
}
