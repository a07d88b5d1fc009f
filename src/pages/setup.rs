//! The first start, and the way back in: whoever has the one-time link becomes an administrator.

use super::entrance::{DeadLink, Entrance, NewPasswordFields, take_new_password};
use crate::{
    components::{Button, ButtonKind, Fact, Facts, Field as FormField, TextInput},
    encoded::{Encoded, page_data},
    error::AppError,
    form::{Check, Posted},
    pages::{
        loaded::{Problem, query},
        passkeys::PasskeyAsked,
    },
    paths,
};
use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Deserialize, Serialize};
use stint_domain::refusal::Field;

/// What is behind a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// Whether it is the first start.
    pub is_first: bool,
    /// Who becomes an administrator; nothing where somebody new does.
    pub user_name: Option<String>,
    /// Whether passkeys work here.
    pub has_passkeys: bool,
}

/// Looks at a link. It changes nothing.
#[server(endpoint = "get_setup")]
pub async fn get_setup(token: String) -> Result<Encoded<Door>, AppError> {
    use crate::{
        encoded::encode,
        server::{operation, session::from_hex},
    };
    let (engine, caller) = (operation::engine(), operation::caller());
    let token = from_hex(&token).unwrap_or_default();
    let door = stint_engine::first_start::look(&engine, &caller, &token).await?;
    let has_passkeys = engine.passkey_host().is_some();
    encode(Door { is_first: door.is_first, user_name: door.user_name, has_passkeys })
}

/// Who comes, by what stands in the form; nobody where the link is somebody's who is there already.
#[cfg(feature = "ssr")]
fn take_new(
    check: &mut Check,
    door: &stint_engine::first_start::Door,
    display_name: &str,
    user_name: &str,
) -> Option<stint_engine::first_start::NewAdministrator> {
    use stint_domain::text::{DisplayName, UserName};
    use stint_engine::first_start::NewAdministrator;
    if door.user_name.is_some() {
        return None;
    }
    let display_name = check.take(Field::DisplayName, DisplayName::parse(display_name));
    let user_name = check.take(Field::UserName, UserName::parse(user_name));
    display_name.zip(user_name).map(|(display_name, user_name)| NewAdministrator { display_name, user_name })
}

/// Gives whoever became an administrator their session.
#[cfg(feature = "ssr")]
fn let_in(signed_in: &stint_engine::sign_in::SignedIn) {
    crate::server::session::give_cookie(signed_in);
    crate::server::toast::say("You are a Global Administrator now. This link does not work any more.");
}

/// Makes an administrator of whoever has the link, and signs them in.
#[server(endpoint = "finish_setup")]
pub async fn finish_setup(
    token: String,
    #[server(default)] display_name: String,
    #[server(default)] user_name: String,
    password: String,
    password_again: String,
) -> Result<(), AppError> {
    use crate::server::{operation, redirect, session};
    use stint_engine::first_start::{self, Key};
    let (engine, caller) = (operation::engine(), operation::caller());
    let token = session::from_hex(&token).unwrap_or_default();
    let door = first_start::look(&engine, &caller, &token).await?;
    let mut check = Check::default();
    let new = take_new(&mut check, &door, &display_name, &user_name);
    let password = take_new_password(&mut check, &password, &password_again);
    let Some(password) = password.filter(|_| new.is_some() || door.user_name.is_some()) else {
        return Err(operation::answer(check.refused()));
    };
    let_in(&first_start::finish(&engine, &caller, &token, new, Key::Password(&password)).await?);
    redirect::to(paths::QUICK_START);
    Ok(())
}

/// Asks the browser of whoever has the link for a passkey, which they come in with instead of a password.
#[server(endpoint = "begin_setup_passkey")]
pub async fn begin_setup_passkey(
    token: String,
    #[server(default)] display_name: String,
    #[server(default)] user_name: String,
) -> Result<PasskeyAsked, AppError> {
    use crate::server::{operation, session};
    use stint_engine::first_start;
    let (engine, caller) = (operation::engine(), operation::caller());
    let token = session::from_hex(&token).unwrap_or_default();
    let door = first_start::look(&engine, &caller, &token).await?;
    let mut check = Check::default();
    let new = take_new(&mut check, &door, &display_name, &user_name);
    check.done().map_err(operation::answer)?;
    Ok(first_start::begin_passkey(&engine, &caller, &token, new.as_ref()).await?.into())
}

/// Makes an administrator of whoever has the link, with the passkey that their browser made, and tells where to go on.
#[server(endpoint = "finish_setup_with_passkey")]
pub async fn finish_setup_with_passkey(
    token: String,
    #[server(default)] display_name: String,
    #[server(default)] user_name: String,
    challenge: String,
    answer: String,
) -> Result<String, AppError> {
    use crate::server::{operation, session};
    use stint_engine::first_start::{self, Key};
    let (engine, caller) = (operation::engine(), operation::caller());
    let token = session::from_hex(&token).unwrap_or_default();
    let door = first_start::look(&engine, &caller, &token).await?;
    let mut check = Check::default();
    let new = take_new(&mut check, &door, &display_name, &user_name);
    check.done().map_err(operation::answer)?;
    let key = Key::Passkey { challenge: &challenge, answer: &answer };
    let_in(&first_start::finish(&engine, &caller, &token, new, key).await?);
    Ok(paths::QUICK_START.to_owned())
}

/// The page behind the link.
#[component]
pub fn Setup() -> impl IntoView {
    let posted = Posted::to(FinishSetup::PATH);
    let token = posted.value("token", &query("token").get_untracked());
    let of_link = token.clone();
    let door = page_data(move || of_link.clone(), get_setup);
    view! {
        <Entrance title="Take Stint into use" lead="Privileged roles, for no longer than you need them.">
            <Transition>
                {move || {
                    let token = token.clone();
                    Suspend::new(async move {
                        match door.get().await {
                            Ok(door) => view! { <SetupForm door token posted /> }.into_any(),
                            Err(error) => view! {
                                <DeadLink error>
                                    "Start the server again for a new link, or run "<code class="mono">"stint admin recover"</code>
                                    " on it where somebody has used the first. "
                                    <a href=paths::sign_in(paths::QUICK_START)>"Sign in"</a>
                                </DeadLink>
                            }
                            .into_any(),
                        }
                    })
                }}
            </Transition>
        </Entrance>
    }
    .into_any()
}

#[component]
fn SetupForm(door: Door, token: String, posted: Posted) -> impl IntoView {
    const SHOWN: [Field; 4] = [Field::DisplayName, Field::UserName, Field::Password, Field::PasswordAgain];
    let lead = if door.is_first {
        "You become the first Global Administrator and Privileged Role Administrator, permanently. You can name others afterwards."
    } else {
        "Whoever uses this link becomes Global Administrator and Privileged Role Administrator, permanently. The others are told."
    };
    let who = match door.user_name {
        Some(user_name) => view! {
            <Facts>
                <Fact label="Account">{user_name}</Fact>
            </Facts>
        }
        .into_any(),
        None => view! {
            <FormField label="Display name" for_id="display_name" required=true error=Signal::stored(posted.error_at(Field::DisplayName))>
                <TextInput id="display_name" name="display_name" value=posted.value("display_name", "") autocomplete="name" maxlength=256 />
            </FormField>
            <FormField
                label="User name"
                for_id="user_name"
                required=true
                hint=Some("Your e-mail address. You sign in with it, and mail goes there.".to_owned())
                error=Signal::stored(posted.error_at(Field::UserName))
            >
                <TextInput id="user_name" name="user_name" value=posted.value("user_name", "") kind="text" autocomplete="username" maxlength=113 />
            </FormField>
        }
        .into_any(),
    };
    let passkey = door.has_passkeys.then(|| {
        view! {
            <div class="cluster">
                <button type="button" class="button" data-passkey="setup">"Become administrator with a passkey"</button>
                <span class="field-error" role="alert" data-passkey-said></span>
            </div>
            <p class="or" data-passkey-or>"or choose a password"</p>
        }
    });
    view! {
        <p>{lead}</p>
        // The token stands in the form alone: it is in no address any more when the form is sent.
        <form method="post" action=Posted::alone(FinishSetup::PATH) class="stack">
            <Problem words=Signal::stored(posted.error_besides(&SHOWN)) />
            <input type="hidden" name="token" value=token />
            {who}
            {passkey}
            <NewPasswordFields error=posted.error_at(Field::Password) error_again=posted.error_at(Field::PasswordAgain) />
            <Button kind=ButtonKind::Primary submit=true>"Become administrator"</Button>
        </form>
    }
    .into_any()
}
