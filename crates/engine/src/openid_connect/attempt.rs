//! What somebody went to a provider for: begun, sent onward, taken when they come back.

use super::{Answer, Fault, Provider};
use crate::{Caller, Engine, Error, Operation, Result, operation::hash_token, sign_in};
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use stint_domain::{
    refusal::{Broken, Field, Refusal},
    sign_in::{Method, ProviderProblem},
};
use stint_store::openid_attempt::{self, AttemptRow, Purpose};

/// How long an attempt is good for anything.
pub const LASTS: TimeDelta = TimeDelta::minutes(10);

/// The longest form that waits meanwhile, in bytes.
const LONGEST_FORM: usize = 64 * 1024;

/// An attempt that has begun: what the browser keeps.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The secret.
    pub token: Vec<u8>,
    /// Which provider it is for.
    pub provider: String,
    /// Whether the provider is there to be asked; else the form that waits is shown again at once, and says why.
    pub is_onward: bool,
}

/// What is sent to the provider, directly or by way of the browser. All of it follows from the browser's secret.
pub(super) struct Secrets {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

impl Secrets {
    pub(super) fn of(token: &[u8]) -> Self {
        let derive = |label: &str| {
            let mut mac = Hmac::<Sha256>::new_from_slice(token).expect("HMAC takes a key of any length");
            mac.update(label.as_bytes());
            hex::encode(mac.finalize().into_bytes())
        };
        Self {
            state: derive("stint openid state"),
            nonce: derive("stint openid nonce"),
            verifier: derive("stint openid verifier"),
        }
    }
}

/// What an attempt is for.
pub(super) struct Wish {
    pub(super) purpose: Purpose,
    pub(super) session: Option<Vec<u8>>,
    pub(super) return_to: String,
    pub(super) acr: Option<String>,
    pub(super) form: Option<String>,
    pub(super) problem: Option<ProviderProblem>,
}

/// Begins to sign in.
pub async fn begin_sign_in(engine: &Engine, caller: &Caller, id: &str, return_to: &str) -> Result<Begun> {
    let nobody = Caller { token: None, ..caller.clone() };
    let provider = engine.providers.get(id)?;
    sign_in::may_try(engine.read(&nobody).await?, &nobody, Method::OpenIdConnect, None, None).await?;
    reach(engine, provider).await?;
    let wish = Wish {
        purpose: Purpose::SignIn,
        session: None,
        return_to: return_to.to_owned(),
        acr: None,
        form: None,
        problem: None,
    };
    let mut op = engine.write(&nobody).await?;
    let begun = begin(&mut op, provider, wish).await?;
    op.commit().await?;
    Ok(begun)
}

/// Begins to confirm that it is the person who is signed in. The form that asked for it, as JSON, waits meanwhile.
pub async fn begin_confirmation(
    engine: &Engine,
    caller: &Caller,
    id: &str,
    acr: Option<&str>,
    return_to: &str,
    form: Option<String>,
) -> Result<Begun> {
    engine.read(caller).await?.actor()?;
    let provider = engine.providers.get(id)?;
    if form.as_ref().is_some_and(|form| form.len() > LONGEST_FORM) {
        return Err(Refusal::at(Field::SecondFactor, Broken::TooLongToKeep).into());
    }
    let reached = provider.reach(engine.clock.now()).await;
    let problem = reached.err().map(|fault| fault.told(provider));
    let wish = Wish {
        purpose: if problem.is_none() { Purpose::Confirm } else { Purpose::Answered },
        session: caller.token.as_deref().map(hash_token),
        return_to: return_to.to_owned(),
        acr: acr.map(ToOwned::to_owned),
        form,
        problem,
    };
    let mut op = engine.write(caller).await?;
    op.actor()?;
    let begun = begin(&mut op, provider, wish).await?;
    op.commit().await?;
    Ok(begun)
}

/// Goes on only if the provider is there, so that nobody is sent into the void.
pub(super) async fn reach(engine: &Engine, provider: &Provider) -> Result<()> {
    let reached = provider.reach(engine.clock.now()).await;
    reached.map_err(|fault| super::refused(provider, fault.told(provider)))
}

pub(super) async fn begin(op: &mut Operation, provider: &Provider, wish: Wish) -> Result<Begun> {
    let token = op.engine.random.token().to_vec();
    let row = AttemptRow {
        token_hash: hash_token(&token),
        provider: provider.settings.id.clone(),
        purpose: wish.purpose,
        session_hash: wish.session,
        return_to: wish.return_to,
        acr: wish.acr,
        form: wish.form,
        problem: wish.problem,
        created_at: op.now,
        expires_at: op.now + LASTS,
    };
    openid_attempt::insert(&mut op.tx, &row).await?;
    Ok(Begun { token, provider: row.provider, is_onward: row.purpose != Purpose::Answered })
}

/// Where a browser goes on to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onward {
    /// The address at the provider.
    pub url: String,
    /// What the provider is called.
    pub name: String,
}

/// Where the browser that began an attempt goes on to; nothing where there is none. It changes nothing.
pub async fn onward(engine: &Engine, id: &str, token: &[u8]) -> Result<Option<Onward>> {
    let provider = engine.providers.get(id)?;
    let now = engine.clock.now();
    let row = openid_attempt::find(&mut engine.database.read().await?, hash_token(token)).await?;
    let row =
        row.filter(|row| row.provider == id && row.expires_at > now && row.purpose != Purpose::Answered);
    let Some(row) = row else { return Ok(None) };
    let longest = engine.limits.longest;
    let url = provider.address_to_ask(now, &row, &Secrets::of(token), longest).await;
    let url = url.map_err(|fault| super::refused(provider, fault.told(provider)))?;
    Ok(Some(Onward { url, name: provider.settings.name.clone() }))
}

/// Takes the attempt of the browser that comes back, once. What is not this browser's, nor of this provider, is left alone.
pub(super) async fn take(
    engine: &Engine,
    provider: &Provider,
    token: Option<&[u8]>,
    answer: &Answer,
) -> Result<Option<(AttemptRow, Secrets)>> {
    let (Some(token), Some(state)) = (token, &answer.state) else { return Ok(None) };
    let secrets = Secrets::of(token);
    // As hashes, so that how long it takes tells nothing.
    if hash_token(state.as_bytes()) != hash_token(secrets.state.as_bytes()) {
        return Ok(None);
    }
    let now = engine.clock.now();
    let mut tx = engine.database.begin().await?;
    let found = openid_attempt::take(&mut tx, hash_token(token)).await?;
    let fits = |row: &AttemptRow| {
        row.provider == provider.settings.id && row.purpose != Purpose::Answered && row.expires_at > now
    };
    let Some(row) = found.filter(fits) else { return Ok(None) };
    tx.commit().await?;
    Ok(Some((row, secrets)))
}

/// A form that waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The form, as JSON.
    pub form: String,
    /// Why nothing was confirmed.
    pub problem: Option<Refusal>,
}

/// Takes the form that waits at this address for whoever is signed in, once.
pub async fn take_form(
    engine: &Engine,
    caller: &Caller,
    token: &[u8],
    address: &str,
) -> Result<Option<Waiting>> {
    let (hash, now) = (hash_token(token), engine.clock.now());
    let session = caller.token.as_deref().map(hash_token);
    let is_here = |row: &AttemptRow| {
        row.purpose == Purpose::Answered
            && row.return_to == address
            && row.session_hash == session
            && row.expires_at > now
    };
    let found = openid_attempt::find(&mut engine.database.read().await?, hash.clone()).await?;
    if !found.as_ref().is_some_and(is_here) {
        return Ok(None);
    }
    let mut tx = engine.database.begin().await?;
    let Some(row) = openid_attempt::take(&mut tx, hash).await?.filter(is_here) else { return Ok(None) };
    tx.commit().await?;
    let name = engine.providers.find(&row.provider).map(|provider| provider.settings.name.clone());
    let problem = row.problem.map(|problem| {
        let name = name.unwrap_or(row.provider);
        Refusal::at(Field::SecondFactor, Broken::IdentityProvider { name, problem })
    });
    Ok(row.form.map(|form| Waiting { form, problem }))
}

/// What is wrong where no attempt is there.
pub(super) fn gone() -> Fault {
    Fault::new(ProviderProblem::BeginAgain, "the session is not the one that asked")
}

/// The hash of the session that asks; nobody asks without one.
pub(super) fn session_of(caller: &Caller) -> Result<Vec<u8>> {
    caller.token.as_deref().map(hash_token).ok_or(Error::NotSignedIn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_follows_from_the_token_and_differs() {
        let (one, again, other) = (Secrets::of(&[1; 32]), Secrets::of(&[1; 32]), Secrets::of(&[2; 32]));
        assert_eq!((&one.state, &one.nonce, &one.verifier), (&again.state, &again.nonce, &again.verifier));
        assert_ne!(one.state, other.state);
        assert!(one.state != one.nonce && one.nonce != one.verifier && one.state != one.verifier);
        // RFC 7636, 4.1: 43 to 128 unreserved characters.
        assert_eq!(one.verifier.len(), 64);
    }
}
