//! Signing in at identity providers that speak OpenID Connect: the code flow, with PKCE, state and nonce.
//!
//! Somebody *begins* an attempt, is sent *onward* to the provider, and comes back to *finish* it. The browser keeps one secret
//! meanwhile, in a cookie: state, nonce and the PKCE verifier follow from it, and the database has its hash alone, so that neither a
//! copy of the database nor another browser can finish what this one began. The provider is asked outside of any transaction; what
//! it vouches for is taken in one, which ends where every sign-in ends.

mod attempt;
mod authorities;
mod claims;
mod confirm;
mod groups;
mod link;
mod provider;
mod settings;
mod sign_in;

pub use attempt::{Begun, LASTS, Onward, Waiting, begin_confirmation, begin_sign_in, onward, take_form};
pub use authorities::Authorities;
pub use link::{Account, begin_link, list_of, list_own, unlink};
pub use settings::Settings;

pub(crate) use link::ways_in;
pub(crate) use provider::Provider;

use crate::{Caller, Engine, Error, Result, sign_in::SignedIn};
use provider::Fault;
use std::fmt;
use stint_domain::{
    refusal::{Broken, Field, Refusal},
    sign_in::ProviderProblem,
};
use stint_store::openid_attempt::Purpose;

/// Where people can sign in.
#[derive(Clone, Default)]
pub(crate) struct Providers(Vec<std::sync::Arc<Provider>>);

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|provider| &provider.settings.id)).finish()
    }
}

impl Providers {
    /// Those that an operator named.
    pub(crate) fn new(settings: Vec<Settings>, address: &str) -> Result<Self, String> {
        for (index, one) in settings.iter().enumerate() {
            if settings[..index].iter().any(|other| other.id == one.id) {
                return Err(format!("two providers have the id {:?}", one.id));
            }
        }
        let providers = settings.into_iter().map(|one| Provider::new(one, address).map(Into::into));
        Ok(Self(providers.collect::<Result<_, _>>()?))
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.settings.id == id).map(AsRef::as_ref)
    }

    pub(crate) fn get(&self, id: &str) -> Result<&Provider> {
        self.find(id).ok_or(Error::NotFound)
    }

    /// The first provider of an issuer.
    pub(crate) fn of_issuer(&self, issuer: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.settings.issuer == issuer).map(AsRef::as_ref)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.iter().map(AsRef::as_ref)
    }
}

/// A provider as it is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its name in addresses.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// The providers that people can sign in with.
pub fn offers(engine: &Engine) -> Vec<Offer> {
    let offer = |one: &Provider| Offer { id: one.settings.id.clone(), name: one.settings.name.clone() };
    engine.providers.iter().map(offer).collect()
}

/// Where somebody who has signed out here may still be signed in, and the address to sign out there too, if it has one. Nothing where
/// there is no such provider.
pub async fn still_signed_in_at(engine: &Engine, id: &str) -> Option<(Offer, Option<String>)> {
    let provider = engine.providers.find(id)?;
    let address = provider.sign_out_address(engine.clock.now()).await;
    Some((Offer { id: id.to_owned(), name: provider.settings.name.clone() }, address))
}

/// What the provider sent the browser back with.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// What can be exchanged for who it is.
    pub code: Option<String>,
    /// What was sent there, unchanged.
    pub state: Option<String>,
    /// Which provider it is (RFC 9207).
    pub issuer: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

/// What came of an attempt.
#[derive(Debug)]
pub enum Finished {
    /// Somebody is signed in, and goes on there.
    SignedIn(SignedIn, String),
    /// The account is linked, and its person goes on there.
    Linked(String),
    /// The session has more than before, or not; its person goes back to where they came from.
    Confirmed(Option<SignedIn>, String),
    /// Nothing.
    Failed {
        /// Why.
        problem: ProviderProblem,
        /// Whether somebody wanted to link an account, and not to sign in.
        is_link: bool,
        /// Where they wanted to go.
        return_to: String,
    },
}

/// Takes what a provider sent a browser back with.
pub async fn finish(
    engine: &Engine,
    caller: &Caller,
    id: &str,
    token: Option<&[u8]>,
    answer: &Answer,
) -> Result<Finished> {
    let provider = engine.providers.get(id)?;
    let nobody = Caller { token: None, ..caller.clone() };
    let keys = crate::sign_in::may_try(
        engine.read(&nobody).await?,
        &nobody,
        stint_domain::sign_in::Method::OpenIdConnect,
        None,
        None,
    )
    .await?;
    let Some((attempt, secrets)) = attempt::take(engine, provider, token, answer).await? else {
        let fault = Fault::new(ProviderProblem::BeginAgain, "no attempt of this browser");
        sign_in::fail(engine, &nobody, provider, &fault, None, &keys).await?;
        return Ok(Finished::Failed {
            problem: ProviderProblem::BeginAgain,
            is_link: false,
            return_to: "/".to_owned(),
        });
    };
    // INVARIANT: nothing is held while the provider takes its time.
    let vouched = provider.ask(engine.clock.now(), engine.limits.longest, &attempt, &secrets, answer).await;
    match attempt.purpose {
        Purpose::SignIn => {
            let return_to = attempt.return_to;
            let done = match vouched {
                Ok(vouched) => sign_in::take(engine, caller, provider, &vouched, &keys).await?,
                Err(fault) => Err(sign_in::fail(engine, &nobody, provider, &fault, None, &keys).await?),
            };
            Ok(match done {
                Ok(session) => Finished::SignedIn(session, return_to),
                Err(problem) => Finished::Failed { problem, is_link: false, return_to },
            })
        }
        Purpose::Link => {
            let return_to = attempt.return_to.clone();
            let done = match vouched {
                Ok(vouched) => link::take(engine, caller, provider, &attempt, &vouched).await?,
                Err(fault) => Err(fault.told(provider)),
            };
            Ok(match done {
                Ok(()) => Finished::Linked(return_to),
                Err(problem) => Finished::Failed { problem, is_link: true, return_to },
            })
        }
        Purpose::Confirm | Purpose::Answered => {
            confirm::take(engine, caller, provider, attempt, token, vouched).await
        }
    }
}

/// A refusal in a form's words.
fn refused(provider: &Provider, problem: ProviderProblem) -> Error {
    let name = provider.settings.name.clone();
    Refusal::at(Field::Form, Broken::IdentityProvider { name, problem }).into()
}
