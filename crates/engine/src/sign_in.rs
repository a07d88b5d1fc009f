//! Signing in and out.

use crate::{
    Caller, Engine, Error, Operation, Result,
    audit::Event,
    operation::hash_token,
    passwords::{keys_of_try, verify},
    sign_in_alerts, sign_ins,
    throttle::{self, Key},
};
use chrono::TimeDelta;
use stint_domain::{
    audit::Activity,
    id::PrincipalId,
    sign_in::{Method, Outcome},
    step_up::{Factor, SignInClass},
    text::UserName,
};
use stint_store::{
    known_device,
    password::{self, PasswordRow},
    principal::{self, PrincipalRow},
    session::{self, SessionRow},
};

/// A hash of nothing that anybody types, so that an unknown name takes as long to refuse as a known one.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c3RpbnQtbm9ib2R5LXNhbHQ$6q0o9Yh9t6YpP3o2C0xQm9Pp4c5nO8pQv3m0XwXo1mQ";

/// A sign-in that holds: the token for the cookie.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The token.
    pub token: Vec<u8>,
    /// How long it holds.
    pub lasts: TimeDelta,
    /// The token by which this browser is known again.
    pub device: Option<Vec<u8>>,
    /// Whether nothing is possible but choosing another password.
    pub must_change_password: bool,
}

/// Signs in with a user name and a password.
pub async fn with_password(
    engine: &Engine,
    caller: &Caller,
    user_name: &str,
    password: &str,
) -> Result<SignedIn> {
    let user_name = UserName::parse(user_name).ok();
    let nobody = Caller { token: None, ..caller.clone() };
    let mut op = engine.read(&nobody).await?;
    let row = match &user_name {
        Some(user_name) => principal::find_by_user_name(&mut op.tx, user_name.as_str()).await?,
        None => None,
    };
    let kept = match &row {
        Some(row) => password::find(&mut op.tx, row.id).await?,
        None => None,
    };
    let keys = may_try(op, &nobody, Method::Password, user_name.as_ref(), row.as_ref()).await?;
    // The hash is computed outside of any transaction, and always.
    let hash = kept.as_ref().map_or(NOBODY, |kept| kept.hash.as_str());
    let right = verify(engine, password, hash).await? && kept.is_some();
    match (row, kept) {
        (Some(row), Some(kept)) if right && may_sign_in(&row) => {
            begin(engine, caller, row.id, Method::Password, Some(&kept)).await
        }
        (row, _) => {
            let outcome = match &row {
                None => Outcome::UnknownUser,
                Some(_) if right => Outcome::Disabled,
                Some(_) => Outcome::WrongPassword,
            };
            let mut op = engine.write(&nobody).await?;
            fail(&mut op, &nobody, Method::Password, row.as_ref(), outcome, &keys).await?;
            op.commit().await?;
            Err(Error::WrongCredentials)
        }
    }
}

/// Whether somebody is let in, once they have shown who they are.
pub(crate) fn may_sign_in(row: &PrincipalRow) -> bool {
    row.enabled && row.deleted_at.is_none()
}

/// The keys that a try pays with where it fails. It is refused where one of them has to wait.
pub(crate) async fn may_try(
    mut op: Operation,
    nobody: &Caller,
    method: Method,
    user_name: Option<&UserName>,
    row: Option<&PrincipalRow>,
) -> Result<Vec<Key>> {
    let keys = keys_of_try(&mut op, nobody, user_name, row).await?;
    let Some((key, wait)) = throttle::first_to_wait(&mut op.tx, &keys, op.now).await? else {
        return Ok(keys);
    };
    let engine = op.engine.clone();
    drop(op);
    // Who has to wait is written down once in a while only.
    let mut op = engine.write(nobody).await?;
    if key.is_to_be_noted(&mut op).await? {
        sign_ins::record(&mut op, nobody, row, method, Outcome::Slowed).await?;
        op.commit().await?;
    }
    Err(Error::Slowed(wait))
}

/// Writes a failure down, and lets it be paid for.
pub(crate) async fn fail(
    op: &mut Operation,
    nobody: &Caller,
    method: Method,
    row: Option<&PrincipalRow>,
    outcome: Outcome,
    keys: &[Key],
) -> Result<()> {
    for key in keys {
        key.pay(op).await?;
    }
    sign_ins::record(op, nobody, row, method, outcome).await?;
    sign_in_alerts::note_failure(op, nobody, row).await?;
    // What was typed is not kept: people type passwords into the wrong field.
    let event = Event::new(Activity::SignInFailed).detail(format!("with {}", method.in_words()));
    op.record(match row {
        Some(row) => event.on(row),
        None => event,
    });
    Ok(())
}

/// Signs in as a person of the demo, without a password. The caller makes sure that this is the demo.
pub async fn as_demo_person(engine: &Engine, caller: &Caller, user_name: &str) -> Result<SignedIn> {
    let nobody = Caller { token: None, ..caller.clone() };
    let mut op = engine.read(&nobody).await?;
    let row = principal::find_by_user_name(&mut op.tx, user_name).await?.filter(|row| row.enabled);
    drop(op);
    begin(engine, caller, row.ok_or(Error::WrongCredentials)?.id, Method::Demo, None).await
}

/// Begins a session, where nothing has changed since the password was compared with what was `kept`.
async fn begin(
    engine: &Engine,
    caller: &Caller,
    id: PrincipalId,
    method: Method,
    kept: Option<&PasswordRow>,
) -> Result<SignedIn> {
    let mut op = engine.write(&Caller { token: None, ..caller.clone() }).await?;
    // SECURITY: comparing takes long enough for the account to be disabled or its password to be reset.
    let row = principal::take(&mut op.tx, id).await?.filter(may_sign_in);
    let row = row.ok_or(Error::WrongCredentials)?;
    if let Some(kept) = kept
        && password::find(&mut op.tx, id).await?.is_none_or(|now| now.hash != kept.hash)
    {
        return Err(Error::WrongCredentials);
    }
    let must_change = kept.is_some_and(|kept| kept.must_change);
    let opening = Opening { must_change_password: must_change, ..Opening::by(method) };
    let signed_in = open(&mut op, caller, &row, opening).await?;
    op.commit().await?;
    Ok(signed_in)
}

/// What a session begins with.
pub(crate) struct Opening<'o> {
    /// How the person has shown who they are.
    pub(crate) method: Method,
    /// The second factor that they gave with it.
    pub(crate) second_factor: Option<Factor>,
    /// What an identity provider calls the way they signed in.
    pub(crate) class: Option<SignInClass>,
    /// Which provider that was.
    pub(crate) provider: Option<&'o str>,
    /// Whether nothing is possible but choosing another password.
    pub(crate) must_change_password: bool,
}

impl Opening<'_> {
    /// With this, and nothing more.
    pub(crate) const fn by(method: Method) -> Self {
        Self { method, second_factor: None, class: None, provider: None, must_change_password: false }
    }
}

/// Opens a session for a person who has shown who they are. Nowhere else does one begin. The one that the caller had, as whomever,
/// is over: its cookie is replaced, and nobody is to find it later.
pub(crate) async fn open(
    op: &mut Operation,
    caller: &Caller,
    row: &PrincipalRow,
    opening: Opening<'_>,
) -> Result<SignedIn> {
    let Opening { method, second_factor, class, provider, must_change_password } = opening;
    let token = op.engine.random.token().to_vec();
    let lasts = op.engine.limits.longest;
    let begun = SessionRow {
        token_hash: hash_token(&token),
        principal_id: row.id,
        created_at: op.now,
        expires_at: op.now + lasts,
        last_seen_at: None,
        method,
        factor: second_factor.map(|factor| factor.method),
        factor_at: second_factor.map(|factor| factor.at),
        source: caller.source.clone(),
        device: caller.agent.clone(),
        must_change_password,
        acr_at: class.as_ref().map(|class| class.at),
        acr: class.map(|class| class.acr),
        provider: provider.map(ToOwned::to_owned),
    };
    session::insert(&mut op.tx, &begun).await?;
    if let Some(before) = &caller.token {
        session::delete(&mut op.tx, hash_token(before)).await?;
    }
    let device = match method {
        Method::Demo => None,
        Method::Password | Method::Passkey | Method::Link | Method::OpenIdConnect => {
            Some(know_device(op, caller, row.id).await?)
        }
    };
    let outcome = if must_change_password { Outcome::MustChangePassword } else { Outcome::Success };
    sign_ins::record(op, caller, Some(row), method, outcome).await?;
    let event = Event::new(Activity::SignedIn).on(row).actor(row);
    op.record(event.detail(match provider {
        Some(provider) => format!("with {} ({provider})", method.in_words()),
        None => format!("with {}", method.in_words()),
    }));
    Ok(SignedIn { token, lasts, device, must_change_password })
}

/// Knows this browser again from now on. It keeps its token where it has one that we gave.
pub(crate) async fn know_device(op: &mut Operation, caller: &Caller, person: PrincipalId) -> Result<Vec<u8>> {
    let token = match &caller.device {
        Some(device) if known_device::is_known(&mut op.tx, hash_token(device)).await? => device.clone(),
        _ => op.engine.random.token().to_vec(),
    };
    known_device::set(&mut op.tx, person, hash_token(&token), op.now).await?;
    Ok(token)
}

/// Ends the caller's session. Tells the identity provider that they signed in at meanwhile, if they did at one.
pub async fn sign_out(op: &mut Operation, caller: &Caller) -> Result<Option<String>> {
    let Ok(person) = op.person_whatever_they_must().cloned() else { return Ok(None) };
    let Some(token) = caller.token.as_deref().map(hash_token) else { return Ok(None) };
    let row = session::find(&mut op.tx, token.clone(), op.now).await?;
    session::delete(&mut op.tx, token).await?;
    op.record(Event::new(Activity::SignedOut).on(&person));
    Ok(row.and_then(|row| row.provider))
}
