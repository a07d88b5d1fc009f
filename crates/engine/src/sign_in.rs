//! Signing in and out.

use crate::{Caller, Engine, Error, Operation, Result, audit::Event, operation::hash_token};
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use chrono::TimeDelta;
use stint_domain::{
    audit::Activity,
    id::PrincipalId,
    step_up::{SignInMethod, SignedIn as Strength},
    text::UserName,
};
use stint_store::{password, principal, session};

/// How long a sign-in holds.
pub const SESSION: TimeDelta = TimeDelta::hours(12);

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
}

/// Signs in with a user name and a password.
pub async fn with_password(
    engine: &Engine,
    caller: &Caller,
    user_name: &str,
    password: &str,
) -> Result<SignedIn> {
    let user_name = UserName::parse(user_name).ok();
    let mut op = engine.read(&Caller { token: None, ..caller.clone() }).await?;
    let row = match &user_name {
        Some(user_name) => principal::find_by_user_name(&mut op.tx, user_name.as_str()).await?,
        None => None,
    };
    let kept = match &row {
        Some(row) => password::find(&mut op.tx, row.id).await?.map(|kept| kept.hash),
        None => None,
    };
    drop(op);
    // The hash is computed outside of any transaction, and always.
    let right = verify(engine, password, kept.as_deref().unwrap_or(NOBODY)).await? && kept.is_some();
    match row {
        Some(row) if right && row.enabled => {
            begin(engine, caller, row.id, kept.as_deref(), strength(SignInMethod::Password)).await
        }
        row => {
            let mut op = engine.write(&Caller { token: None, ..caller.clone() }).await?;
            let event = Event::new(Activity::SignInFailed);
            // What was typed is not kept: people type passwords into the wrong field.
            op.record(match &row {
                Some(row) => event.on(row),
                None => event,
            });
            op.commit().await?;
            Err(Error::WrongCredentials)
        }
    }
}

/// Signs in as a person of the demo, without a password. The caller makes sure that this is the demo.
pub async fn as_demo_person(engine: &Engine, caller: &Caller, user_name: &str) -> Result<SignedIn> {
    let mut op = engine.read(&Caller { token: None, ..caller.clone() }).await?;
    let row = principal::find_by_user_name(&mut op.tx, user_name).await?.filter(|row| row.enabled);
    drop(op);
    let id = row.ok_or(Error::WrongCredentials)?.id;
    begin(engine, caller, id, None, strength(SignInMethod::Demo)).await
}

const fn strength(method: SignInMethod) -> Strength {
    Strength { method, second_factor: None }
}

/// Begins a session, where nothing has changed since the password was compared with what was `kept`.
pub(crate) async fn begin(
    engine: &Engine,
    caller: &Caller,
    id: PrincipalId,
    kept: Option<&str>,
    strength: Strength,
) -> Result<SignedIn> {
    let mut op = engine.write(&Caller { token: None, ..caller.clone() }).await?;
    // SECURITY: comparing takes long enough for the account to be disabled or its password to be reset.
    let row = principal::take(&mut op.tx, id).await?.filter(|row| row.enabled && row.deleted_at.is_none());
    let row = row.ok_or(Error::WrongCredentials)?;
    if let Some(kept) = kept
        && password::find(&mut op.tx, id).await?.is_none_or(|now| now.hash != kept)
    {
        return Err(Error::WrongCredentials);
    }
    let token = engine.random.token().to_vec();
    session::insert(&mut op.tx, hash_token(&token), row.id, &strength, op.now, op.now + SESSION).await?;
    let event = Event::new(Activity::SignedIn).on(&row).actor(&row);
    op.record(event.detail(format!("with {}", strength.method.in_words())));
    op.commit().await?;
    Ok(SignedIn { token, lasts: SESSION })
}

/// Ends the caller's session.
pub async fn sign_out(op: &mut Operation, caller: &Caller) -> Result<()> {
    let Ok(person) = op.person().cloned() else { return Ok(()) };
    if let Some(token) = &caller.token {
        session::delete(&mut op.tx, hash_token(token)).await?;
        op.record(Event::new(Activity::SignedOut).on(&person));
    }
    Ok(())
}

/// Hashes a password with argon2id (19 MiB, two passes, one lane: OWASP's first recommendation).
pub async fn hash(engine: &Engine, password: &str) -> Result<String> {
    // No waiting in line here: this runs inside an administrator's transaction, and those who sign in must not hold it up.
    let (password, salt) = (password.to_owned(), engine.random.salt());
    let hashing = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string())
    });
    hashing
        .await
        .map_err(|error| Error::Hashing(error.to_string()))?
        .map_err(|error| Error::Hashing(error.to_string()))
}

async fn verify(engine: &Engine, password: &str, hash: &str) -> Result<bool> {
    let (password, hash) = (password.to_owned(), hash.to_owned());
    let _place = engine.waiting.try_acquire().map_err(|_| Error::Busy)?;
    let _turn = engine.hashing.acquire().await.map_err(|_| Error::Busy)?;
    let verifying = tokio::task::spawn_blocking(move || {
        let hash = PasswordHash::new(&hash)?;
        Ok::<_, argon2::password_hash::phc::Error>(
            Argon2::default().verify_password(password.as_bytes(), &hash).is_ok(),
        )
    });
    verifying
        .await
        .map_err(|error| Error::Hashing(error.to_string()))?
        .map_err(|error| Error::Hashing(error.to_string()))
}
