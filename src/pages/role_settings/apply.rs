//! One change for several roles: a template's settings, or those of another role.

use super::{
    Header, RoleKey, choices,
    planned::{PlannedChanges, PlannedItem, carry_out},
};
use crate::{
    components::{Button, ButtonKind, Checkbox, Field as FormField, Section, Select},
    encoded::{Encoded, page_data},
    error::AppError,
    form::{Form, use_form},
    pages::loaded::{Problem, loaded, query},
    paths,
};
use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use stint_domain::{id::RoleId, refusal::Field, settings::TEMPLATES};

/// What can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyChoices {
    /// All roles.
    pub roles: Vec<(RoleId, String)>,
    /// Why the person who looks may not change any.
    pub denied: Option<String>,
}

/// The roles that settings can be applied to.
#[server(endpoint = "get_apply_choices")]
pub async fn get_apply_choices() -> Result<Encoded<ApplyChoices>, AppError> {
    use crate::encoded::encode;
    use stint_domain::authz::{Action, Target};
    let op = crate::server::read().await?;
    op.require(Action::ReadRoleSettings, &Target::directory())?;
    let denied = op.denial(Action::UpdateRoleSettings, &Target::directory())?;
    encode(ApplyChoices { roles: choices(&op).await?, denied })
}

/// Gives several roles the settings of a template (`template:` and its name) or of a role (`role:` and its id). Without `confirmed` it
/// only tells what would change; `seen` are the versions that were looked at then.
#[server(endpoint = "apply_settings")]
pub async fn apply_settings_to_many(
    source: String,
    #[server(default)] roles: BTreeMap<RoleKey, String>,
    #[server(default)] seen: BTreeMap<RoleKey, i64>,
    #[server(default)] confirmed: bool,
) -> Result<Option<Vec<PlannedItem>>, AppError> {
    use crate::{form::Check, server::operation::answer};
    use stint_domain::scope::ScopePath;
    use stint_domain::{
        authz::{Action, Target},
        settings::Template,
    };
    use stint_engine::role_settings::{Wanted, from_role, from_template, get};
    let mut op = crate::server::rehearse_unless(confirmed).await?;
    op.require(Action::UpdateRoleSettings, &Target::directory())?;
    let roles: Vec<_> = roles.into_keys().map(|key| key.0).collect();
    let mut check = Check::default();
    let template = source.strip_prefix("template:").and_then(Template::find);
    let model = source.strip_prefix("role:").and_then(|id| id.parse().ok());
    if template.is_none() && model.is_none() {
        check.missing(Field::Form, "Choose a template or a role whose settings the others get.");
    }
    if roles.is_empty() {
        check.missing(Field::Role, "Choose at least one role.");
    }
    check.done().map_err(answer)?;
    let mut wanted = match (template, model) {
        (Some(template), _) => from_template(&mut op, template, &roles).await?,
        (None, Some(model)) => from_role(&mut op, model, &roles).await?,
        (None, None) => Vec::new(),
    };
    if let (None, Some(model)) = (template, model) {
        // The model stands among the roles, so that what it is now is what was looked at.
        let found = get(&mut op, model, &ScopePath::directory()).await?;
        wanted.push(Wanted { role: model, settings: found.settings, seen: None });
    }
    for wanted in &mut wanted {
        wanted.seen = seen.get(&RoleKey(wanted.role)).copied();
    }
    carry_out(op, wanted, confirmed).await
}

/// The page.
#[component]
pub fn ApplySettings() -> impl IntoView {
    let found = page_data(|| (), |()| get_apply_choices());
    view! {
        <Header title="Apply settings to many roles" subtitle="One change for several roles, with a look at each before" path=paths::APPLY_SETTINGS />
        {loaded(found, |found| view! { <ApplyForm found /> })}
    }
    .into_any()
}

#[component]
fn ApplyForm(found: ApplyChoices) -> impl IntoView {
    let form = use_form::<ApplySettingsToMany>();
    let ApplyChoices { roles, denied } = found;
    let from = query("from").get_untracked();
    let source = form.value("source", if from.is_empty() { String::new() } else { format!("role:{from}") });
    let mut sources = vec![(String::new(), "Choose a template or a role".to_owned())];
    sources.extend(
        TEMPLATES.iter().map(|one| (format!("template:{}", one.slug), format!("Template: {}", one.name))),
    );
    sources.extend(roles.iter().map(|(id, name)| (format!("role:{id}"), format!("As {name}"))));
    let planned = form.posted_outcome().map(|json| {
        let fields = sent(form, &roles, &source);
        view! { <PlannedChanges json path=ApplySettingsToMany::PATH fields /> }
    });
    let boxes = roles.into_iter().map(|(id, label)| {
        let name = field(id);
        let checked = form.checked(&name, false);
        view! { <Checkbox id=format!("role-{id}") name label checked /> }
    });
    let boxes: Vec<_> = boxes.collect();
    let templates = TEMPLATES.iter().map(|template| {
        view! { <dt>{template.name}</dt><dd>{template.description}</dd> }
    });
    let templates: Vec<_> = templates.collect();
    view! {
        <Problem words=form.error_besides(&[Field::Form, Field::Role]) />
        {planned}
        <form method="post" action=form.address() class="stack">
            <Section title="Settings">
                <FormField
                    label="Settings of"
                    for_id="source"
                    required=true
                    hint=Some("A template leaves approvers who are named, and who is told of what, as they are. Another role's settings are taken over whole.".into())
                    error=form.error_at(Field::Form)
                >
                    <Select id="source" name="source" options=sources value=source />
                </FormField>
                <details>
                    <summary>"What the templates say"</summary>
                    <dl class="words">{templates}</dl>
                </details>
            </Section>
            <Section title="For the roles">
                <Problem words=form.error_at(Field::Role) />
                <fieldset class="choices-in-columns">
                    <legend class="visually-hidden">"For the roles"</legend>
                    {boxes}
                </fieldset>
            </Section>
            <div class="panel-actions sticky-end">
                <Button kind=ButtonKind::Primary submit=true denied>"Preview changes"</Button>
            </div>
        </form>
    }
    .into_any()
}

fn field(role: RoleId) -> String {
    format!("roles[{}]", RoleKey(role))
}

/// The fields that were sent, to be sent again.
fn sent(form: Form<ApplySettingsToMany>, roles: &[(RoleId, String)], source: &str) -> Vec<(String, String)> {
    let chosen = roles.iter().map(|(id, _)| field(*id)).filter(|name| form.typed(name).is_some());
    let chosen = chosen.map(|name| (name, "true".to_owned()));
    [("source".to_owned(), source.to_owned())].into_iter().chain(chosen).collect()
}
