//! Changing one's own password, because one wants to or because one has to.

use super::entrance::{Entrance, NewPasswordFields, take_new_password};
use crate::{
    components::{Button, ButtonKind, Field as FormField, LinkButton, MessageBar, MessageKind, TextInput},
    encoded::{Encoded, page_data},
    error::AppError,
    form::{Check, Posted},
    pages::{
        loaded::{Problem, Unavailable, query},
        portal::SignOut,
    },
    paths,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::components::Redirect;
use serde::{Deserialize, Serialize};
use stint_domain::refusal::Field;

/// Whose password it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPassword {
    /// What they sign in with.
    pub user_name: String,
    /// Whether nothing else is possible before.
    pub must_change: bool,
    /// Whether they have a password at all.
    pub has_one: bool,
}

/// Whose password it is.
#[server(endpoint = "get_own_password")]
pub async fn get_own_password() -> Result<Encoded<OwnPassword>, AppError> {
    use crate::encoded::encode;
    let mut op = crate::server::read().await?;
    let own = stint_engine::passwords::own(&mut op).await?;
    encode(OwnPassword { user_name: own.user_name, must_change: own.must_change, has_one: own.has_one })
}

/// Changes one's own password.
#[server(name = ChangeOwnPassword, endpoint = "change_password")]
pub async fn change_password(
    present_password: String,
    password: String,
    password_again: String,
    #[server(default)] return_to: String,
) -> Result<(), AppError> {
    use crate::server::{operation, redirect};
    let (engine, caller) = (operation::engine(), operation::caller());
    // Is anybody there at all? Only then is it of interest what is wrong with the form.
    stint_engine::passwords::own(&mut crate::server::read().await?).await?;
    let mut check = Check::default();
    let Some(password) = take_new_password(&mut check, &password, &password_again) else {
        return Err(operation::answer(check.refused()));
    };
    stint_engine::passwords::change(&engine, &caller, &present_password, &password).await?;
    crate::server::toast::say("Your password was changed. Your other sessions were ended.");
    redirect::to(&return_to);
    Ok(())
}

/// The page.
#[component]
pub fn ChangePassword() -> impl IntoView {
    let own = page_data(|| (), |()| get_own_password());
    let return_to = query("return_to").get_untracked();
    view! {
        <Entrance title="Change your password" lead="Your other sessions end with it.">
            <Transition>
                {move || {
                    let return_to = return_to.clone();
                    Suspend::new(async move {
                        match own.get().await {
                            Ok(own) => view! { <ChangeForm own return_to /> }.into_any(),
                            Err(AppError::NotSignedIn) => {
                                view! { <Redirect path=paths::sign_in(paths::CHANGE_PASSWORD) /> }.into_any()
                            }
                            Err(error) => view! { <Unavailable error /> }.into_any(),
                        }
                    })
                }}
            </Transition>
        </Entrance>
    }
    .into_any()
}

#[component]
fn ChangeForm(own: OwnPassword, return_to: String) -> impl IntoView {
    const SHOWN: [Field; 3] = [Field::PresentPassword, Field::Password, Field::PasswordAgain];
    let posted = Posted::to(ChangeOwnPassword::PATH);
    if !own.has_one {
        return view! {
            <MessageBar kind=MessageKind::Info>"You sign in without a password, so there is none to change."</MessageBar>
            <LinkButton href=paths::SESSIONS>"Your sessions"</LinkButton>
        }
        .into_any();
    }
    let why = own.must_change.then(|| {
        view! {
            <MessageBar kind=MessageKind::Warning title=Some("Choose a password of your own".to_owned())>
                "Somebody else knows the one that you signed in with. You can go on when you have changed it."
            </MessageBar>
        }
    });
    let otherwise = if own.must_change {
        view! {
            <form method="post" action=Posted::alone(SignOut::PATH)>
                <Button submit=true>"Sign out"</Button>
            </form>
        }
        .into_any()
    } else {
        view! { <LinkButton href=paths::SESSIONS>"Cancel"</LinkButton> }.into_any()
    };
    view! {
        {why}
        <form method="post" action=Posted::address(ChangeOwnPassword::PATH) class="stack">
            <Problem words=Signal::stored(posted.error_besides(&SHOWN)) />
            <input type="hidden" name="return_to" value=return_to />
            // For the browser's password manager, which asks whose it is.
            <input type="text" name="user_name" value=own.user_name autocomplete="username" hidden readonly />
            <FormField label="Present password" for_id="present_password" required=true error=Signal::stored(posted.error_at(Field::PresentPassword))>
                <TextInput id="present_password" name="present_password" kind="password" autocomplete="current-password" />
            </FormField>
            <NewPasswordFields error=posted.error_at(Field::Password) error_again=posted.error_at(Field::PasswordAgain) />
            <Button kind=ButtonKind::Primary submit=true>"Change password"</Button>
        </form>
        {otherwise}
    }
    .into_any()
}
