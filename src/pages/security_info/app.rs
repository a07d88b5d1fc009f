//! The authenticator app: adding one, and taking it away.

use crate::{
    components::{Button, ButtonKind, Confirm, Field as FormField, LocalTime, Section, TextInput},
    error::AppError,
    form::Posted,
    pages::loaded::Problem,
};
use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Deserialize, Serialize};
use stint_domain::refusal::Field;

/// What an app has to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The secret, for typing.
    pub secret: String,
    /// The same as a link.
    pub link: String,
    /// The same as a picture: an SVG.
    pub picture: String,
}

/// Begins to set up an authenticator app.
#[server(endpoint = "begin_totp")]
pub async fn begin_totp() -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::second_factor::totp::begin(&mut op).await?;
    Ok(op.commit().await?)
}

/// Sets the app up with a code that it shows.
#[server(endpoint = "confirm_totp")]
pub async fn confirm_totp(#[server(default)] code: String) -> Result<(), AppError> {
    use crate::server::{
        operation::{caller, engine},
        session, toast,
    };
    let session = stint_engine::second_factor::totp::confirm(&engine(), &caller(), &code).await?;
    session::give_cookie(&session);
    toast::say("The authenticator app was added.");
    Ok(())
}

/// Takes the app away.
#[server(endpoint = "remove_totp")]
pub async fn remove_totp() -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::second_factor::totp::remove(&mut op).await?;
    op.commit().await?;
    crate::server::toast::say("The authenticator app was removed.");
    Ok(())
}

/// The section of the authenticator app.
#[component]
pub fn AuthenticatorApp(
    app: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    begun: Option<Begun>,
    denied: Option<String>,
) -> impl IntoView {
    let (add, remove) = (Posted::to(BeginTotp::PATH), Posted::to(RemoveTotp::PATH));
    let there = app.map(|(created_at, used_at)| {
        view! {
            <p>
                "Added "<LocalTime at=created_at />
                {match used_at {
                    Some(at) => view! { ", used last "<LocalTime at /> }.into_any(),
                    None => ", not used yet".into_any(),
                }}
                "."
            </p>
        }
    });
    let (kind, words) = match (&begun, &app) {
        (Some(_), _) => (ButtonKind::Subtle, "Begin again with another secret"),
        (None, Some(_)) => (ButtonKind::Secondary, "Set up another app instead"),
        (None, None) => (ButtonKind::Primary, "Add authenticator app"),
    };
    let removing = app.map(|_| {
        view! {
            <Confirm id="remove-app" title="Remove the authenticator app?" trigger="Remove" trigger_icon="delete" trigger_class="button" confirm_label="Remove" danger=true error=Signal::stored(remove.error_besides(&[]))>
                <form method="post" action=Posted::address(RemoveTotp::PATH) id="remove-app-form">
                    <p>"Its codes do not count any more. Recovery codes go with the last method."</p>
                </form>
            </Confirm>
        }
    });
    let enrolling = begun.map(|begun| view! { <Enrolling begun /> });
    view! {
        <Section title="Authenticator app" subtitle=Some("Codes of six digits that change every thirty seconds".into())>
            {there}
            <Problem words=Signal::stored(add.error_besides(&[])) />
            {enrolling}
            <div class="cluster">
                <form method="post" action=Posted::address(BeginTotp::PATH)>
                    <Button kind submit=true denied>{words}</Button>
                </form>
                {removing}
            </div>
        </Section>
    }
    .into_any()
}

#[component]
fn Enrolling(begun: Begun) -> impl IntoView {
    let posted = Posted::to(ConfirmTotp::PATH);
    view! {
        <form method="post" action=Posted::address(ConfirmTotp::PATH) class="form stack">
            <p>"Scan this with your app, or type the secret into it. Then enter the code that it shows."</p>
            <div class="qr-code" role="img" aria-label="QR code with the secret below" inner_html=begun.picture></div>
            <p>"Secret: "<code class="mono">{begun.secret}</code></p>
            <p><a href=begun.link rel="external">"Open in an app on this device"</a></p>
            <Problem words=Signal::stored(posted.error_besides(&[Field::Code])) />
            <FormField label="Code" for_id="code" required=true error=Signal::stored(posted.error_at(Field::Code))>
                <TextInput id="code" name="code" autocomplete="one-time-code" maxlength=12 />
            </FormField>
            <div class="panel-actions">
                <Button kind=ButtonKind::Primary submit=true>"Confirm"</Button>
            </div>
        </form>
    }
    .into_any()
}
