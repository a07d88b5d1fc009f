//! The settings of roles as a file: taken away, and brought in with a look at each change before.

use super::{
    Header, RoleKey,
    planned::{PlannedChanges, PlannedItem, carry_out},
};
use crate::{
    components::{Button, ButtonKind, Field as FormField, LinkButton, Section, TextArea},
    encoded::{Encoded, page_data},
    error::AppError,
    form::use_form,
    pages::loaded::{Problem, loaded},
    paths,
};
use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use stint_domain::refusal::Field;

/// What the person who looks may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferRights {
    /// Why they may not bring any settings in.
    pub denied: Option<String>,
}

/// What the person who looks may do.
#[server(endpoint = "get_transfer_rights")]
pub async fn get_transfer_rights() -> Result<Encoded<TransferRights>, AppError> {
    use crate::encoded::encode;
    use stint_domain::authz::{Action, Target};
    let op = crate::server::read().await?;
    op.require(Action::ReadRoleSettings, &Target::directory())?;
    encode(TransferRights { denied: op.denial(Action::UpdateRoleSettings, &Target::directory())? })
}

/// Brings the settings of a file in. Without `confirmed` it only tells what would change; `seen` are the versions that were looked at
/// then.
#[server(endpoint = "import_settings")]
pub async fn import_settings(
    document: String,
    #[server(default)] seen: BTreeMap<RoleKey, i64>,
    #[server(default)] confirmed: bool,
) -> Result<Option<Vec<PlannedItem>>, AppError> {
    use stint_domain::authz::{Action, Target};
    use stint_engine::role_settings::Document;
    let mut op = crate::server::rehearse_unless(confirmed).await?;
    op.require(Action::UpdateRoleSettings, &Target::directory())?;
    let mut wanted = Document::parse(&document)?.wanted(&mut op).await?;
    for wanted in &mut wanted {
        wanted.seen = seen.get(&RoleKey(wanted.role)).copied();
    }
    carry_out(op, wanted, confirmed).await
}

/// The page.
#[component]
pub fn TransferSettings() -> impl IntoView {
    let found = page_data(|| (), |()| get_transfer_rights());
    view! {
        <Header title="Export and import role settings" subtitle="Settings as a file, for version control or another server" path=paths::TRANSFER_SETTINGS />
        {loaded(found, |found| view! { <Transfer found /> })}
    }
    .into_any()
}

#[component]
fn Transfer(found: TransferRights) -> impl IntoView {
    let form = use_form::<ImportSettings>();
    let document = form.value("document", "");
    let planned = form.posted_outcome().map(|json| {
        let fields = vec![("document".to_owned(), document.clone())];
        view! { <PlannedChanges json path=ImportSettings::PATH fields /> }
    });
    let export = |format: &str, which: &str| {
        paths::with_query(paths::EXPORT_SETTINGS, &[("format", format), ("which", which)])
    };
    view! {
        <Section title="Export" subtitle=Some("All seventeen rules of each role, by the ids that Microsoft Graph gives them.".into())>
            <div class="cluster">
                <LinkButton href=export("toml", "changed") icon="download" download=true>"Changed roles as TOML"</LinkButton>
                <LinkButton href=export("json", "changed") icon="download" download=true>"Changed roles as JSON"</LinkButton>
                <LinkButton href=export("toml", "all") icon="download" download=true>"All roles as TOML"</LinkButton>
                <LinkButton href=export("json", "all") icon="download" download=true>"All roles as JSON"</LinkButton>
            </div>
        </Section>
        <Section title="Import">
            <Problem words=form.error_besides(&[Field::Form]) />
            {planned}
            <form method="post" action=form.address() class="stack">
                <FormField
                    label="File"
                    for_id="document"
                    required=true
                    hint=Some("TOML or JSON as exported. Roles and rules that are not named stay as they are.".into())
                    error=form.error_at(Field::Form)
                >
                    <TextArea id="document" name="document" value=document rows=14 />
                </FormField>
                <div class="panel-actions">
                    <Button kind=ButtonKind::Primary submit=true denied=found.denied>"Preview changes"</Button>
                </div>
            </form>
        </Section>
    }
    .into_any()
}
