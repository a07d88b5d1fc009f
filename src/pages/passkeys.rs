//! What the script that uses passkeys asks of the server. It sends forms, as everything else does, and reads JSON.

use crate::error::AppError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What a browser is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyAsked {
    /// What the answer is sent back with.
    pub challenge: String,
    /// The options of `navigator.credentials`, as JSON.
    pub options: String,
}

#[cfg(feature = "ssr")]
impl From<stint_engine::second_factor::passkey::Asked> for PasskeyAsked {
    fn from(asked: stint_engine::second_factor::passkey::Asked) -> Self {
        Self { challenge: asked.challenge, options: asked.options }
    }
}

/// Asks whichever browser this is to sign in.
#[server(endpoint = "begin_passkey_sign_in")]
pub async fn begin_passkey_sign_in() -> Result<PasskeyAsked, AppError> {
    use crate::server::operation::{caller, engine};
    Ok(stint_engine::second_factor::passkey::begin_sign_in(&engine(), &caller()).await?.into())
}

/// Signs in, and tells where to go on.
#[server(endpoint = "sign_in_with_passkey")]
pub async fn sign_in_with_passkey(
    challenge: String,
    answer: String,
    #[server(default)] return_to: String,
) -> Result<String, AppError> {
    use crate::server::{
        operation::{caller, engine},
        session,
    };
    let session =
        stint_engine::second_factor::passkey::sign_in(&engine(), &caller(), &challenge, &answer).await?;
    session::give_cookie(&session);
    Ok(crate::paths::local(&return_to))
}

/// Asks the person's browser for a second factor.
#[server(endpoint = "begin_passkey_confirmation")]
pub async fn begin_passkey_confirmation() -> Result<PasskeyAsked, AppError> {
    let mut op = crate::server::write().await?;
    let caller = crate::server::operation::caller();
    let asked = stint_engine::second_factor::passkey::begin_confirmation(&mut op, &caller).await?;
    op.commit().await?;
    Ok(asked.into())
}

/// Takes the answer as a second factor.
#[server(endpoint = "confirm_with_passkey")]
pub async fn confirm_with_passkey(challenge: String, answer: String) -> Result<(), AppError> {
    use crate::server::{
        operation::{caller, engine},
        session,
    };
    let session =
        stint_engine::second_factor::passkey::confirm(&engine(), &caller(), &challenge, &answer).await?;
    session::give_cookie(&session);
    Ok(())
}

/// Asks the person's browser for a new passkey.
#[server(endpoint = "begin_passkey_registration")]
pub async fn begin_passkey_registration() -> Result<PasskeyAsked, AppError> {
    let mut op = crate::server::write().await?;
    let caller = crate::server::operation::caller();
    let asked = stint_engine::second_factor::passkey::begin_registration(&mut op, &caller).await?;
    op.commit().await?;
    Ok(asked.into())
}

/// Registers the passkey that the browser made.
#[server(endpoint = "register_passkey")]
pub async fn register_passkey(
    challenge: String,
    answer: String,
    #[server(default)] name: String,
) -> Result<(), AppError> {
    use crate::server::{
        operation::{caller, engine},
        session, toast,
    };
    use stint_domain::{
        refusal::{Broken, Field, Refusal},
        text::ShortText,
    };
    let name = if name.trim().is_empty() { "Passkey" } else { name.as_str() };
    let name = ShortText::parse(name)
        .map_err(|error| stint_engine::Error::from(Refusal::at(Field::DisplayName, Broken::Text(error))))?;
    let caller = caller();
    let session =
        stint_engine::second_factor::passkey::register(&engine(), &caller, &challenge, &name, &answer)
            .await?;
    session::give_cookie(&session);
    toast::say("The passkey was added.");
    Ok(())
}
