//! Signing in. The browser sends these forms by itself: a new session begins with a new page.

use super::entrance::Entrance;
use crate::encoded::{Encoded, page_data};
use crate::{
    components::{Button, ButtonKind, Field as FormField, MessageBar, MessageKind, TextInput},
    error::AppError,
    form::Posted,
    pages::loaded::{Problem, loaded, query},
    paths,
};
use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Deserialize, Serialize};

/// A person of the demo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoPerson {
    /// What they sign in with.
    pub user_name: String,
    /// What they are there to show.
    pub note: String,
}

/// The people of the demo; none where this is no demo.
#[server(endpoint = "demo_people")]
pub async fn demo_people() -> Result<Encoded<Vec<DemoPerson>>, AppError> {
    use crate::encoded::encode;
    let is_demo = expect_context::<std::sync::Arc<crate::server::config::Config>>().demo;
    let people = stint_engine::demo::PEOPLE.iter().filter(|_| is_demo);
    encode(
        people
            .map(|person| DemoPerson { user_name: person.user_name.into(), note: person.note.into() })
            .collect(),
    )
}

/// Signs in with a user name and a password.
#[server(name = SignInWithPassword, endpoint = "sign_in")]
pub async fn sign_in(
    user_name: String,
    password: String,
    #[server(default)] return_to: String,
) -> Result<(), AppError> {
    use crate::server::{operation, redirect, session};
    let (engine, caller) = (operation::engine(), operation::caller());
    let session = stint_engine::sign_in::with_password(&engine, &caller, &user_name, &password).await?;
    session::give_cookie(&session);
    if session.must_change_password {
        redirect::to(&paths::change_password(&paths::local(&return_to)));
    } else {
        redirect::to(&return_to);
    }
    Ok(())
}

/// Signs in as a person of the demo.
#[server(endpoint = "sign_in_as")]
pub async fn sign_in_as(user_name: String, #[server(default)] return_to: String) -> Result<(), AppError> {
    use crate::server::{operation, redirect, session};
    let is_demo = expect_context::<std::sync::Arc<crate::server::config::Config>>().demo;
    let of_demo = stint_engine::demo::PEOPLE.iter().any(|person| person.user_name == user_name);
    if !is_demo || !of_demo {
        return Err(operation::answer(AppError::NotFound));
    }
    let (engine, caller) = (operation::engine(), operation::caller());
    let session = stint_engine::sign_in::as_demo_person(&engine, &caller, &user_name).await?;
    session::give_cookie(&session);
    redirect::to(&return_to);
    Ok(())
}

/// What the page to sign in on offers beside a password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// The identity providers: what they are called in addresses, and by people.
    pub providers: Vec<(String, String)>,
    /// Why the last one was of no use.
    pub problem: Option<String>,
    /// Where somebody who has signed out here may still be signed in: what it is called, and the address to sign out there, if any.
    pub still_at: Option<(String, Option<String>)>,
}

/// What the page to sign in on offers.
#[server(endpoint = "sign_in_offers")]
pub async fn sign_in_offers(
    #[server(default)] provider: String,
    #[server(default)] problem: String,
    #[server(default)] signed_out_of: String,
) -> Result<Encoded<Beside>, AppError> {
    use crate::{encoded::encode, server::operation::engine};
    use axum::http::StatusCode;
    use leptos_axum::ResponseOptions;
    use stint_domain::sign_in::ProviderProblem;
    use stint_engine::openid_connect::{offers, still_signed_in_at};
    let engine = engine();
    let offers = offers(&engine);
    let name = offers.iter().find(|offer| offer.id == provider).map(|offer| offer.name.clone());
    let known = ProviderProblem::ALL.into_iter().find(|known| known.slug() == problem);
    let problem = name.and_then(|name| match known {
        Some(problem) => Some((problem.in_words(&name), crate::server::openid_connect::status(problem))),
        None if problem == "slowed" => {
            Some((AppError::Slowed { seconds: 60 }.to_string(), StatusCode::TOO_MANY_REQUESTS))
        }
        None => None,
    });
    if let (Some((_, status)), Some(response)) = (&problem, use_context::<ResponseOptions>()) {
        response.set_status(*status);
    }
    encode(Beside {
        providers: offers.into_iter().map(|offer| (offer.id, offer.name)).collect(),
        problem: problem.map(|(words, _)| words),
        still_at: still_signed_in_at(&engine, &signed_out_of).await.map(|(offer, url)| (offer.name, url)),
    })
}

/// Begins to sign in at an identity provider.
#[server(endpoint = "begin_sign_in_with")]
pub async fn begin_sign_in_with(
    provider: String,
    #[server(default)] return_to: String,
) -> Result<(), AppError> {
    use crate::server::{operation, session};
    use stint_engine::openid_connect::begin_sign_in;
    let (engine, caller) = (operation::engine(), operation::caller());
    session::go_onward(&begin_sign_in(&engine, &caller, &provider, &paths::local(&return_to)).await?);
    Ok(())
}

/// The page to sign in on.
#[component]
pub fn SignIn() -> impl IntoView {
    let posted = Posted::to(SignInWithPassword::PATH);
    let return_to = query("return_to");
    // A form that failed has its page's address without the query.
    let return_to = Signal::derive(move || posted.value("return_to", &return_to.get()));
    let people = page_data(|| (), |()| demo_people());
    let (provider, problem, signed_out_of) = (query("provider"), query("problem"), query("signed_out_of"));
    let offers = page_data(
        move || (provider.get(), problem.get(), signed_out_of.get()),
        |(provider, problem, signed_out_of)| sign_in_offers(provider, problem, signed_out_of),
    );
    view! {
        <Entrance title="Sign in" lead="Privileged roles, for no longer than you need them.">
                <form method="post" action=Posted::address(SignInWithPassword::PATH) class="stack">
                    <Problem words=Signal::stored(posted.error_besides(&[])) />
                    <input type="hidden" name="return_to" value=move || return_to.get() />
                    <FormField label="User name" for_id="user_name" required=true>
                        <TextInput
                            id="user_name"
                            name="user_name"
                            value=posted.value("user_name", "")
                            kind="email"
                            autocomplete="username"
                            placeholder=Some("you@your.domain".to_owned())
                            required=true
                        />
                    </FormField>
                    <FormField label="Password" for_id="password" required=true>
                        <TextInput id="password" name="password" kind="password" autocomplete="current-password" required=true />
                    </FormField>
                    <Button kind=ButtonKind::Primary submit=true>"Sign in"</Button>
                    <p><a href=paths::FORGOT_PASSWORD>"Forgot your password?"</a></p>
                </form>
                <div class="stack-s">
                    <p class="or" data-passkey-or>"or"</p>
                    <button type="button" class="button" data-passkey="sign_in" data-return-to=move || return_to.get()>
                        "Sign in with a passkey"
                    </button>
                    <span class="field-error" role="alert" data-passkey-said></span>
                </div>
                {loaded(offers, move |offers| view! { <Providers offers return_to /> })}
                {loaded(people, move |people| (!people.is_empty()).then(|| view! { <DemoPeople people return_to /> }))}
        </Entrance>
    }
}

/// The identity providers, and what the last of them came to.
#[component]
fn Providers(offers: Beside, return_to: Signal<String>) -> impl IntoView {
    let posted = Posted::to(BeginSignInWith::PATH);
    let return_to = posted.value("return_to", &return_to.get_untracked());
    let Beside { providers, problem, still_at } = offers;
    let signed_out = still_at.map(|(name, url)| {
        let way_out = match url {
            Some(url) => view! { <a href=url rel="external">{format!("Sign out of {name}")}</a> }.into_any(),
            None => "If others use this browser, sign out there too.".into_any(),
        };
        view! {
            <MessageBar kind=MessageKind::Info title=Some("You are signed out of Stint".to_owned())>
                {format!("You may still be signed in with {name}. ")}
                {way_out}
            </MessageBar>
        }
    });
    let forms: Vec<_> = providers
        .into_iter()
        .map(|(id, name)| {
            view! {
                <form method="post" action=Posted::alone(BeginSignInWith::PATH)>
                    <input type="hidden" name="return_to" value=return_to.clone() />
                    <input type="hidden" name="provider" value=id />
                    <Button submit=true>{format!("Sign in with {name}")}</Button>
                </form>
            }
        })
        .collect();
    view! {
        <div class="stack-s">
            {signed_out}
            <Problem words=Signal::stored(posted.error_besides(&[]).or(problem)) />
            {forms}
        </div>
    }
    .into_any()
}

#[component]
fn DemoPeople(people: Vec<DemoPerson>, return_to: Signal<String>) -> impl IntoView {
    let posted = Posted::to(SignInAs::PATH);
    view! {
        <section class="stack" aria-labelledby="demo-people">
            <h2 id="demo-people">"Or look around as"</h2>
            <MessageBar kind=MessageKind::Info>
                "This is a demo on your own machine: these people sign in with one click, and nothing here is real."
            </MessageBar>
            <Problem words=Signal::stored(posted.error_besides(&[])) />
            <ul class="demo-people">
                {people
                    .into_iter()
                    .map(|person| {
                        view! {
                            <li>
                                <form method="post" action=Posted::address(SignInAs::PATH)>
                                    <input type="hidden" name="return_to" value=move || return_to.get() />
                                    <input type="hidden" name="user_name" value=person.user_name.clone() />
                                    <button type="submit" class="demo-person">
                                        <strong>{person.user_name.clone()}</strong>
                                        " "
                                        <span class="secondary">{person.note}</span>
                                    </button>
                                </form>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </section>
    }
}
