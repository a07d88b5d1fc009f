//! The passkeys: adding one by a script beside the page, and taking one away.

use crate::{
    components::{
        Confirm, Field as FormField, LocalTime, MessageBar, MessageKind, Section, Table, TextInput,
    },
    error::AppError,
    form::Posted,
    pages::loaded::Problem,
};
use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Deserialize, Serialize};
use stint_domain::id::PasskeyId;

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyItem {
    /// Its id.
    pub id: PasskeyId,
    /// What the person calls it.
    pub name: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was used last.
    pub used_at: Option<DateTime<Utc>>,
}

/// Takes a passkey away.
#[server(endpoint = "remove_passkey")]
pub async fn remove_passkey(id: PasskeyId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::second_factor::passkey::remove(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The passkey was removed.");
    Ok(())
}

/// The section of the passkeys.
#[component]
pub fn Passkeys(passkeys: Vec<PasskeyItem>, host: Option<String>) -> impl IntoView {
    let posted = Posted::to(RemovePasskey::PATH);
    let rows: Vec<_> = passkeys.into_iter().map(|passkey| view! { <PasskeyRow passkey /> }).collect();
    let list = if rows.is_empty() {
        view! { <p>"You have none. A passkey is your fingerprint, your face, or a key that you plug in."</p> }
            .into_any()
    } else {
        view! {
            <Table caption="Passkeys">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Added"</th>
                        <th scope="col">"Used last"</th>
                        <th scope="col">"Action"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
        .into_any()
    };
    let add = match host {
        Some(host) => view! {
            <form class="form stack" data-passkey-form>
                <FormField label="Name of the passkey" for_id="passkey-name" hint=Some(format!("It opens {host} only."))>
                    <TextInput id="passkey-name" name="name" value="My passkey" maxlength=64 />
                </FormField>
                <div class="cluster">
                    <button type="button" class="button button-primary" data-passkey="register">"Add passkey"</button>
                    <span class="field-error" role="alert" data-passkey-said></span>
                </div>
            </form>
            <p class="secondary" data-passkey-none>"Your browser has no passkeys, or does not run scripts here."</p>
        }
        .into_any(),
        None => view! { <MessageBar kind=MessageKind::Info>"Passkeys need a host name: an administrator sets public_url to one."</MessageBar> }.into_any(),
    };
    view! {
        <Section title="Passkeys" subtitle=Some("Confirm with your device, and sign in without a password".into())>
            <Problem words=Signal::stored(posted.error_besides(&[])) />
            {list}
            {add}
        </Section>
    }
    .into_any()
}

#[component]
fn PasskeyRow(passkey: PasskeyItem) -> impl IntoView {
    let PasskeyItem { id, name, created_at, used_at } = passkey;
    let label = format!("Remove {name}");
    let title = format!("Remove {name}?");
    view! {
        <tr>
            <th scope="row" data-label="Name">{name}</th>
            <td data-label="Added"><LocalTime at=created_at /></td>
            <td data-label="Used last">
                {match used_at {
                    Some(at) => view! { <LocalTime at /> }.into_any(),
                    None => "Never".into_any(),
                }}
            </td>
            <td data-label="Action" class="row-actions">
                <Confirm id=format!("remove-{id}") title trigger="Remove" trigger_class="button button-subtle" trigger_label=label confirm_label="Remove" danger=true>
                    <form method="post" action=Posted::address(RemovePasskey::PATH) id=format!("remove-{id}-form")>
                        <input type="hidden" name="id" value=id.to_string() />
                        <p>"It opens nothing here any more. Your device may keep it until you delete it there."</p>
                    </form>
                </Confirm>
            </td>
        </tr>
    }
    .into_any()
}
