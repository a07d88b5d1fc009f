//! Passkeys: a key pair whose private half never leaves the person's device, and that opens after a fingerprint or a PIN.
//!
//! The browser is asked to sign a challenge. The challenge stands in the database, so that any replica takes the answer; it is
//! taken once, within minutes, and only by the session that asked for it. Signing in has no session yet: there the secret is
//! the challenge's token.

use super::{forget_lone_recovery_codes, note, require_to_change, tell};
use crate::{
    Caller, Engine, Error, Operation, Result,
    audit::Event,
    operation::hash_token,
    sign_in::{self, Opening, SignedIn},
    step_up,
    throttle::{CHALLENGES, Key},
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{fmt, net::IpAddr};
use stint_domain::{
    audit::Activity,
    id::{PasskeyId, PrincipalId},
    refusal::{Broken, Field, Refusal},
    sign_in::{Method, Outcome},
    step_up::{Factor, FactorMethod},
    text::ShortText,
};
use stint_store::{
    Constraint, known_device,
    passkey::{self, PasskeyRow, Purpose},
    password,
    principal::{self, PrincipalRow},
};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder, WebauthnError,
};

/// How long a person may take for the dialog of their browser.
const LASTS: TimeDelta = TimeDelta::minutes(5);

/// Who passkeys are for: the host that people use.
pub struct RelyingParty {
    webauthn: Webauthn,
    /// The host.
    pub host: String,
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RelyingParty").field(&self.host).finish()
    }
}

impl RelyingParty {
    /// The host of an address such as `https://pim.contoso.example`. A passkey cannot be bound to a number, so the loopback
    /// address goes by `localhost`; with any other number there are no passkeys.
    pub fn of_address(address: &str) -> Option<Self> {
        let mut origin = Url::parse(address).ok()?;
        let number = origin.host_str()?.trim_matches(['[', ']']).parse::<IpAddr>();
        let is_loopback = number.is_ok_and(|number| number.is_loopback());
        if is_loopback {
            origin.set_host(Some("localhost")).ok()?;
        }
        let host = origin.domain()?.to_owned();
        let webauthn = WebauthnBuilder::new(&host, &origin).ok()?.rp_name("Stint").build().ok()?;
        Some(Self { webauthn, host })
    }
}

/// What a browser is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What the answer is sent back with.
    pub challenge: String,
    /// The options of `navigator.credentials.create` or `get`, as JSON.
    pub options: String,
}

/// What is kept of a new passkey until the browser has made it: for whom it is, who may not be there yet.
#[derive(Serialize, Deserialize)]
struct Registration {
    id: PrincipalId,
    state: PasskeyRegistration,
}

/// Asks the person's browser for a new passkey.
pub async fn begin_registration(op: &mut Operation, caller: &Caller) -> Result<Asked> {
    let row = require_to_change(op).await?;
    let name = row.user_name.as_deref().unwrap_or(&row.display_name);
    ask_for_one(op, caller, row.id, name, &row.display_name).await
}

/// Asks a browser for a new passkey of whoever has this id and these names. Whoever has no session has a one-time link instead, whose
/// token stands in the caller's place.
pub(crate) async fn ask_for_one(
    op: &mut Operation,
    caller: &Caller,
    id: PrincipalId,
    name: &str,
    display_name: &str,
) -> Result<Asked> {
    let party = op.engine.relying_party.clone().ok_or_else(none)?;
    let known = passkey::list(&mut op.tx, id).await?;
    let known: Vec<_> = known.iter().map(read_key).collect::<Result<_>>()?;
    let exclude = known.iter().map(|key| key.cred_id().clone()).collect();
    let started = party.webauthn.start_passkey_registration(id.as_uuid(), name, display_name, Some(exclude));
    let (options, state) = started.map_err(|error| refused(&error))?;
    let mut options = written(&options)?;
    // So that it can be found without a name being typed.
    options["publicKey"]["authenticatorSelection"]["residentKey"] = json!("required");
    options["publicKey"]["authenticatorSelection"]["requireResidentKey"] = json!(true);
    keep(op, Purpose::Register, caller, &Registration { id, state }, options).await
}

/// Registers the passkey that the browser made. It counts as a second factor of the session.
pub async fn register(
    engine: &Engine,
    caller: &Caller,
    challenge: &str,
    name: &ShortText,
    answer: &str,
) -> Result<SignedIn> {
    let mut op = engine.write(caller).await?;
    let row = require_to_change(&mut op).await?;
    let (id, made) = take_made(&mut op, caller, challenge, answer).await?;
    if id != row.id {
        return Err(again());
    }
    add(&mut op, &row, &made, name.as_str()).await?;
    let session = step_up::raise(&mut op, caller, FactorMethod::Passkey).await?;
    op.commit().await?;
    Ok(session)
}

/// Takes the passkey that a browser made, and the id that it was asked for.
pub(crate) async fn take_made(
    op: &mut Operation,
    caller: &Caller,
    challenge: &str,
    answer: &str,
) -> Result<(PrincipalId, Passkey)> {
    let party = op.engine.relying_party.clone().ok_or_else(none)?;
    let Registration { id, state } = take(op, Purpose::Register, caller, challenge).await?;
    let answer: RegisterPublicKeyCredential = answered(answer)?;
    let made = party.webauthn.finish_passkey_registration(&answer, &state);
    Ok((id, made.map_err(|error| refused(&error))?))
}

/// Gives somebody a passkey that their browser made.
pub(crate) async fn add(op: &mut Operation, row: &PrincipalRow, made: &Passkey, name: &str) -> Result<()> {
    let passkey = PasskeyRow {
        id: op.id(),
        principal_id: row.id,
        name: name.to_owned(),
        credential: written(made)?.to_string(),
        created_at: op.now,
        used_at: None,
    };
    let id = made.cred_id().as_slice().to_vec();
    passkey::insert(&mut op.tx, &passkey, id).await.map_err(|error| match error {
        stint_store::Error::Conflict(Constraint::PrimaryKey) => {
            at_form("This passkey is registered already.")
        }
        error => error.into(),
    })?;
    note(op, Activity::SecurityInfoRegistered, row, &format!("the passkey “{name}”")).await
}

/// Asks the person's browser to sign with one of their passkeys.
pub async fn begin_confirmation(op: &mut Operation, caller: &Caller) -> Result<Asked> {
    let own = op.actor()?.id;
    let party = op.engine.relying_party.clone().ok_or_else(none)?;
    let known = passkey::list(&mut op.tx, own).await?;
    if known.is_empty() {
        return Err(at_form("You have no passkey yet. Add one under Security info."));
    }
    let mut allowed = Vec::new();
    for row in &known {
        allowed.push(json!({ "type": "public-key", "id": written(read_key(row)?.cred_id())? }));
    }
    let (options, state) =
        party.webauthn.start_discoverable_authentication().map_err(|error| refused(&error))?;
    let mut options = written(&options)?;
    options["publicKey"]["allowCredentials"] = Value::Array(allowed);
    keep(op, Purpose::Confirm, caller, &state, options).await
}

/// Takes what the person's passkey signed as the second factor of the caller's session.
pub async fn confirm(engine: &Engine, caller: &Caller, challenge: &str, answer: &str) -> Result<SignedIn> {
    let mut op = engine.write(caller).await?;
    let own = op.actor()?.id;
    principal::take(&mut op.tx, own).await?.ok_or(Error::NotSignedIn)?;
    let state: DiscoverableAuthentication = take(&mut op, Purpose::Confirm, caller, challenge).await?;
    let answer: PublicKeyCredential = answered(answer)?;
    let found = passkey::find(&mut op.tx, answer.get_credential_id().to_vec()).await?;
    // SECURITY: the key of somebody else is no key here, however good its signature is.
    let Some(row) = found.filter(|row| row.principal_id == own) else {
        return Err(at_form("This passkey is not one of yours."));
    };
    match verify(&mut op, &answer, state, &row).await? {
        Ok(()) => {
            let session = step_up::raise(&mut op, caller, FactorMethod::Passkey).await?;
            op.commit().await?;
            Ok(session)
        }
        Err(error) => {
            let event = Event::new(Activity::SecondFactorFailed).on(&op.person()?.clone());
            op.record(event.detail("a passkey"));
            op.commit().await?;
            Err(error)
        }
    }
}

/// Asks whichever browser this is to sign with whichever passkey its person chooses.
pub async fn begin_sign_in(engine: &Engine, caller: &Caller) -> Result<Asked> {
    let caller = Caller { token: None, ..caller.clone() };
    let party = engine.relying_party.clone().ok_or_else(none)?;
    // SECURITY: nobody is signed in yet, and each call writes a row. Who asks too often is refused before the writer is taken; a
    // browser that somebody has signed in with pays by itself, so that no neighbour keeps its owner out.
    let mut op = engine.read(&caller).await?;
    let key = match &caller.device {
        Some(device) if known_device::is_known(&mut op.tx, hash_token(device)).await? => {
            Some(Key::new("challenges-known", device, CHALLENGES))
        }
        _ => Key::of_address("challenges", &caller, CHALLENGES),
    };
    if let Some(key) = &key
        && let Some(wait) = key.wait(&mut op.tx, op.now).await?
    {
        return Err(Error::Slowed(wait));
    }
    drop(op);
    let mut op = engine.write(&caller).await?;
    if let Some(key) = &key {
        key.pay(&mut op).await?;
    }
    let (options, state) =
        party.webauthn.start_discoverable_authentication().map_err(|error| refused(&error))?;
    let asked = keep(&mut op, Purpose::SignIn, &caller, &state, written(&options)?).await?;
    op.commit().await?;
    Ok(asked)
}

/// Signs in with what a passkey signed. It verified the person, so it is both factors in one.
pub async fn sign_in(engine: &Engine, caller: &Caller, challenge: &str, answer: &str) -> Result<SignedIn> {
    let nobody = Caller { token: None, ..caller.clone() };
    let party = engine.relying_party.clone().ok_or_else(none)?;
    let answer: PublicKeyCredential = answered(answer)?;
    // What the answer says of whose it is is true only once the signature is.
    let claimed = party.webauthn.identify_discoverable_authentication(&answer);
    let claimed = claimed.ok().map(|(id, _)| PrincipalId::from(id));
    let mut op = engine.read(&nobody).await?;
    let person = match claimed {
        Some(id) => principal::find(&mut op.tx, id).await?,
        None => None,
    };
    let keys = sign_in::may_try(op, &nobody, Method::Passkey, None, person.as_ref()).await?;

    let mut op = engine.write(&nobody).await?;
    let person = match claimed {
        Some(id) => principal::take(&mut op.tx, id).await?,
        None => None,
    };
    let state: DiscoverableAuthentication = take(&mut op, Purpose::SignIn, &nobody, challenge).await?;
    let found = passkey::find(&mut op.tx, answer.get_credential_id().to_vec()).await?;
    let known = person.zip(found).filter(|(person, key)| person.id == key.principal_id);
    let is_right = match &known {
        Some((_, key)) => verify(&mut op, &answer, state, key).await?.is_ok(),
        None => false,
    };
    let done = match known.map(|(person, _)| person) {
        Some(person) if is_right && sign_in::may_sign_in(&person) => {
            let factor = Factor { method: FactorMethod::Passkey, at: op.now };
            let kept = password::find(&mut op.tx, person.id).await?;
            let must_change = kept.is_some_and(|kept| kept.must_change);
            let opening = Opening {
                second_factor: Some(factor),
                must_change_password: must_change,
                ..Opening::by(Method::Passkey)
            };
            Ok(sign_in::open(&mut op, caller, &person, opening).await?)
        }
        person => {
            let outcome = match &person {
                None => Outcome::UnknownUser,
                Some(_) if is_right => Outcome::Disabled,
                Some(_) => Outcome::WrongPasskey,
            };
            sign_in::fail(&mut op, &nobody, Method::Passkey, person.as_ref(), outcome, &keys).await?;
            Err(Error::WrongCredentials)
        }
    };
    op.commit().await?;
    done
}

/// Takes a passkey of the person's away.
pub async fn remove(op: &mut Operation, id: PasskeyId) -> Result<()> {
    let row = require_to_change(op).await?;
    let known = passkey::list(&mut op.tx, row.id).await?;
    let gone = known.into_iter().find(|known| known.id == id).ok_or(Error::NotFound)?;
    passkey::delete(&mut op.tx, row.id, id).await?;
    forget_lone_recovery_codes(op, row.id).await?;
    note(op, Activity::SecurityInfoDeleted, &row, &format!("the passkey “{}”", gone.name)).await
}

/// Checks a signature, and notes that the passkey was used.
async fn verify(
    op: &mut Operation,
    answer: &PublicKeyCredential,
    state: DiscoverableAuthentication,
    row: &PasskeyRow,
) -> Result<Result<(), Error>> {
    let party = op.engine.relying_party.clone().ok_or_else(none)?;
    let mut key = read_key(row)?;
    match party.webauthn.finish_discoverable_authentication_v2(answer, state, &key) {
        Ok(result) => {
            key.update_credential(&result);
            passkey::update(&mut op.tx, row.id, written(&key)?.to_string(), op.now).await?;
            Ok(Ok(()))
        }
        Err(error) => {
            if matches!(error, WebauthnError::CredentialPossibleCompromise) {
                let person = principal::find(&mut op.tx, row.principal_id).await?.ok_or(Error::NotFound)?;
                op.record(Event::new(Activity::PasskeyCloneSuspected).on(&person).detail(row.name.clone()));
                tell(op, &person, "cloned", &format!("the passkey “{}”", row.name)).await?;
            }
            Ok(Err(refused(&error)))
        }
    }
}

/// Keeps what a browser is asked until it answers.
async fn keep(
    op: &mut Operation,
    purpose: Purpose,
    caller: &Caller,
    state: &impl Serialize,
    options: Value,
) -> Result<Asked> {
    let token = op.engine.random.token();
    let (state, session) = (written(state)?.to_string(), caller.token.as_deref().map(hash_token));
    let expires_at = op.now + LASTS;
    passkey::insert_challenge(&mut op.tx, hash_token(&token), purpose, session, state, op.now, expires_at)
        .await?;
    // The dialog is opened by a button, never beside a field.
    Ok(Asked { challenge: hex::encode(token), options: options["publicKey"].to_string() })
}

async fn take<T: DeserializeOwned>(
    op: &mut Operation,
    purpose: Purpose,
    caller: &Caller,
    challenge: &str,
) -> Result<T> {
    let token = hex::decode(challenge).map_err(|_| again())?;
    let session = caller.token.as_deref().map(hash_token);
    let state = passkey::take_challenge(&mut op.tx, hash_token(&token), purpose, session, op.now).await?;
    serde_json::from_str(&state.ok_or_else(again)?).map_err(|error| stint_store::Error::from(error).into())
}

fn read_key(row: &PasskeyRow) -> Result<Passkey> {
    Ok(serde_json::from_str(&row.credential).map_err(stint_store::Error::from)?)
}

fn written(value: &impl Serialize) -> Result<Value> {
    Ok(serde_json::to_value(value).map_err(stint_store::Error::from)?)
}

fn answered<T: DeserializeOwned>(answer: &str) -> Result<T> {
    serde_json::from_str(answer).map_err(|_| at_form("The answer of the browser cannot be read."))
}

fn none() -> Error {
    at_form("Passkeys need a host name: open Stint by one, or have public_url set to one.")
}

/// What went wrong, for people.
fn refused(error: &WebauthnError) -> Error {
    tracing::info!(%error, "A passkey was refused");
    at_form(match error {
        WebauthnError::UserNotVerified => {
            "The passkey did not verify that it is you. Use one with a fingerprint, a face or a PIN."
        }
        WebauthnError::CredentialPossibleCompromise => {
            "This passkey may have been copied, so it was not taken. Remove it, and tell your administrator."
        }
        WebauthnError::InvalidRPOrigin => {
            "Open Stint by the address that passkeys are made for, and try again."
        }
        _ => "The passkey was not accepted. Try again.",
    })
}

fn again() -> Error {
    Refusal::at(Field::SecondFactor, Broken::BeginAgain).into()
}

fn at_form(words: &str) -> Error {
    Refusal::at(Field::SecondFactor, Broken::Passkey(words.to_owned())).into()
}
