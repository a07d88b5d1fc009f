//! A password that was forgotten: asking for a link, and the page behind it.

use super::entrance::{DeadLink, Entrance, NewPasswordFields, take_new_password};
use crate::{
    components::{Button, ButtonKind, Fact, Facts, Field as FormField, MessageBar, MessageKind, TextInput},
    encoded::{Encoded, page_data},
    error::AppError,
    form::{Check, Posted},
    pages::loaded::{Problem, loaded, query},
    paths,
};
use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Deserialize, Serialize};
use stint_domain::{refusal::Field, text::LINK_MINUTES};

/// Whether this server sends mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailing {
    /// Whether it does.
    pub is_sent: bool,
}

/// Whether a link can come by mail.
#[server(endpoint = "get_mailing")]
pub async fn get_mailing() -> Result<Encoded<Mailing>, AppError> {
    let config = expect_context::<std::sync::Arc<crate::server::config::Config>>();
    crate::encoded::encode(Mailing { is_sent: config.smtp_url.is_some() })
}

/// Asks for a link. What is answered does not tell whether there is such an account.
#[server(name = ForgotPasswordFn, endpoint = "forgot_password")]
pub async fn forgot_password(user_name: String) -> Result<(), AppError> {
    use crate::server::{operation, redirect};
    let (engine, caller) = (operation::engine(), operation::caller());
    stint_engine::passwords::forgot(&engine, &caller, &user_name).await?;
    redirect::to(&paths::with_query(paths::FORGOT_PASSWORD, &[("sent", "yes")]));
    Ok(())
}

/// The page to ask for a link.
#[component]
pub fn ForgotPassword() -> impl IntoView {
    let mailing = page_data(|| (), |()| get_mailing());
    let is_asked = query("sent").get_untracked() == "yes";
    view! {
        <Entrance title="Reset your password" lead="A link by mail lets you choose a new one.">
            {if is_asked {
                view! { <Asked /> }.into_any()
            } else {
                loaded(mailing, |mailing| {
                    if mailing.is_sent { view! { <AskForm /> }.into_any() } else { view! { <NoMail /> }.into_any() }
                })
                .into_any()
            }}
            <p><a href=paths::sign_in(paths::QUICK_START)>"Back to sign-in"</a></p>
        </Entrance>
    }
    .into_any()
}

#[component]
fn Asked() -> impl IntoView {
    view! {
        <MessageBar kind=MessageKind::Success title=Some("Look into your mail".to_owned())>
            {format!("If there is an account with this name and a password, a link is on its way. It works once, for {LINK_MINUTES} minutes.")}
        </MessageBar>
    }
    .into_any()
}

#[component]
fn NoMail() -> impl IntoView {
    view! {
        <MessageBar kind=MessageKind::Info>
            "This server sends no mail. Ask an administrator to reset your password."
        </MessageBar>
    }
    .into_any()
}

#[component]
fn AskForm() -> impl IntoView {
    let posted = Posted::to(ForgotPasswordFn::PATH);
    view! {
        <form method="post" action=Posted::alone(ForgotPasswordFn::PATH) class="stack">
            <Problem words=Signal::stored(posted.error_besides(&[Field::UserName])) />
            <FormField label="User name" for_id="user_name" required=true error=Signal::stored(posted.error_at(Field::UserName))>
                <TextInput id="user_name" name="user_name" value=posted.value("user_name", "") kind="email" autocomplete="username" maxlength=113 />
            </FormField>
            <Button kind=ButtonKind::Primary submit=true>"Send the link"</Button>
        </form>
    }
    .into_any()
}

/// Whose password a link resets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetOf {
    /// What they sign in with.
    pub user_name: String,
}

/// Looks at a link. It changes nothing.
#[server(endpoint = "get_password_reset")]
pub async fn get_password_reset(token: String) -> Result<Encoded<ResetOf>, AppError> {
    use crate::{
        encoded::encode,
        server::{operation, session::from_hex},
    };
    let (engine, caller) = (operation::engine(), operation::caller());
    let token = from_hex(&token).unwrap_or_default();
    let found = stint_engine::passwords::look_at_reset(&engine, &caller, &token).await?;
    encode(ResetOf { user_name: found.user_name })
}

/// Sets a new password by a link.
#[server(endpoint = "finish_password_reset")]
pub async fn finish_password_reset(
    token: String,
    password: String,
    password_again: String,
) -> Result<(), AppError> {
    use crate::server::{operation, redirect, session};
    let (engine, caller) = (operation::engine(), operation::caller());
    let token = session::from_hex(&token).unwrap_or_default();
    let mut check = Check::default();
    let Some(password) = take_new_password(&mut check, &password, &password_again) else {
        return Err(operation::answer(check.refused()));
    };
    let device = stint_engine::passwords::reset_by_link(&engine, &caller, &token, &password).await?;
    session::give_device(&device);
    session::give_no_cookie();
    crate::server::toast::say("Your password was changed. Sign in with the new one.");
    redirect::to(&paths::sign_in(paths::QUICK_START));
    Ok(())
}

/// The page behind the link.
#[component]
pub fn ResetPassword() -> impl IntoView {
    let posted = Posted::to(FinishPasswordReset::PATH);
    let token = posted.value("token", &query("token").get_untracked());
    let of_link = token.clone();
    let found = page_data(move || of_link.clone(), get_password_reset);
    view! {
        <Entrance title="Choose a new password" lead="All your sessions and active roles end with it.">
            <Transition>
                {move || {
                    let token = token.clone();
                    Suspend::new(async move {
                        match found.get().await {
                            Ok(found) => view! { <ResetForm found token posted /> }.into_any(),
                            Err(error) => view! {
                                <DeadLink error>
                                    <a href=paths::FORGOT_PASSWORD>"Ask for a new link"</a>
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
fn ResetForm(found: ResetOf, token: String, posted: Posted) -> impl IntoView {
    const SHOWN: [Field; 2] = [Field::Password, Field::PasswordAgain];
    view! {
        <Facts>
            <Fact label="Account">{found.user_name}</Fact>
        </Facts>
        <form method="post" action=Posted::alone(FinishPasswordReset::PATH) class="stack">
            <Problem words=Signal::stored(posted.error_besides(&SHOWN)) />
            <input type="hidden" name="token" value=token />
            <NewPasswordFields error=posted.error_at(Field::Password) error_again=posted.error_at(Field::PasswordAgain) />
            <Button kind=ButtonKind::Primary submit=true>"Set the password"</Button>
        </form>
    }
    .into_any()
}
