//! Authenticator apps: codes of six digits that change every thirty seconds.

use super::{blocked_until, forget_lone_recovery_codes, note, note_wrong, require_to_change};
use crate::{Caller, Engine, Error, Operation, Result, sign_in::SignedIn, step_up};
use chrono::{DateTime, TimeDelta, Utc};
use qrcode::{EcLevel, QrCode, render::svg};
use stint_domain::{
    audit::Activity,
    id::PrincipalId,
    refusal::{Broken, Field, Refusal},
    step_up::FactorMethod,
};
use stint_store::totp;
use totp_rs::{Builder, Totp};

/// How long setting up may take.
const LASTS: TimeDelta = TimeDelta::minutes(15);

/// What an app has to be told.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The secret, for typing, in groups of four letters and digits.
    pub secret: String,
    /// The same as a link, which an app on the same device opens.
    pub link: String,
    /// The same as a picture: an SVG.
    pub picture: String,
}

/// Begins to set up an app. What is set up already goes on until the new one is confirmed.
pub async fn begin(op: &mut Operation) -> Result<Enrolment> {
    let row = require_to_change(op).await?;
    let keys = op.engine.secrets.clone().ok_or_else(no_key)?;
    let secret: [u8; 20] = op.engine.random.bytes();
    let sealed = keys.seal(&op.engine.random, &op.session_key()?, &secret).ok_or_else(no_key)?;
    totp::begin(&mut op.tx, row.id, sealed, op.now + LASTS).await?;
    describe(&secret, row.user_name.as_deref().unwrap_or(&row.display_name))
}

/// What was begun in this session and not confirmed, to be shown again.
pub async fn begun(op: &mut Operation) -> Result<Option<Enrolment>> {
    let row = op.person()?.clone();
    let secret = open_begun(op, row.id).await?;
    let name = row.user_name.as_deref().unwrap_or(&row.display_name);
    secret.map(|secret| describe(&secret, name)).transpose()
}

/// SECURITY: the secret of what is begun is bound to the session, so another one of the same person, which somebody else may have
/// taken over, neither sees nor confirms it.
async fn open_begun(op: &mut Operation, own: PrincipalId) -> Result<Option<Vec<u8>>> {
    let Some(sealed) = totp::find_begun(&mut op.tx, own, op.now).await? else { return Ok(None) };
    let Some(keys) = op.engine.secrets.clone() else { return Ok(None) };
    Ok(keys.open(&op.session_key()?, &sealed))
}

/// Whether apps can be set up at all.
pub fn can_be_kept(engine: &Engine) -> bool {
    engine.secrets.is_some()
}

/// Sets the app up, with a code that shows that it has the secret. The code counts as a second factor of the session.
pub async fn confirm(engine: &Engine, caller: &Caller, code: &str) -> Result<SignedIn> {
    let mut op = engine.write(caller).await?;
    let row = require_to_change(&mut op).await?;
    let refused = |broken| Error::from(Refusal::at(Field::Code, broken));
    if let Some(until) = blocked_until(&mut op, row.id).await? {
        return Err(refused(Broken::TooManyCodes(until)));
    }
    let keys = op.engine.secrets.clone().ok_or_else(no_key)?;
    let secret = open_begun(&mut op, row.id).await?.ok_or_else(|| refused(Broken::BeginAgain))?;
    let Some(step) = step_of(&secret, code, op.now) else {
        note_wrong(&mut op, row.id).await?;
        op.commit().await?;
        return Err(refused(Broken::WrongCode));
    };
    let sealed = keys.seal(&op.engine.random, row.id.as_uuid().as_bytes(), &secret).ok_or_else(no_key)?;
    totp::set(&mut op.tx, row.id, sealed, step, op.now).await?;
    totp::delete_begun(&mut op.tx, row.id).await?;
    note(&mut op, Activity::SecurityInfoRegistered, &row, "an authenticator app").await?;
    let session = step_up::raise(&mut op, caller, FactorMethod::Totp).await?;
    op.commit().await?;
    Ok(session)
}

/// Takes the app away.
pub async fn remove(op: &mut Operation) -> Result<()> {
    let row = require_to_change(op).await?;
    if !totp::delete(&mut op.tx, row.id).await? {
        return Err(Error::NotFound);
    }
    forget_lone_recovery_codes(op, row.id).await?;
    note(op, Activity::SecurityInfoDeleted, &row, "an authenticator app").await
}

/// Whether what was typed looks like a code of an app.
pub(super) fn is_code(text: &str) -> bool {
    let digits = digits(text);
    digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// People type codes in two groups, as apps show them.
fn digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect()
}

/// Takes a code, or says why not.
pub(super) async fn take(op: &mut Operation, own: PrincipalId, code: &str) -> Result<Result<(), Broken>> {
    let Some(row) = totp::find(&mut op.tx, own).await? else { return Ok(Err(Broken::WrongCode)) };
    let keys = op.engine.secrets.clone().ok_or_else(no_key)?;
    let Some(secret) = keys.open(own.as_uuid().as_bytes(), &row.sealed) else { return Err(no_key()) };
    let Some(step) = step_of(&secret, code, op.now) else { return Ok(Err(Broken::WrongCode)) };
    // INVARIANT: a code counts once: taking its step is one conditional update.
    let taken = totp::take_step(&mut op.tx, own, step, op.now).await?;
    Ok(if taken { Ok(()) } else { Err(Broken::CodeUsed) })
}

/// Gives somebody an app with a known secret, where keys are there: for the demo.
pub(crate) async fn give(op: &mut Operation, own: PrincipalId, secret: &[u8; 20]) -> Result<()> {
    let keys = op.engine.secrets.clone();
    let sealed = keys.and_then(|keys| keys.seal(&op.engine.random, own.as_uuid().as_bytes(), secret));
    if let Some(sealed) = sealed {
        totp::set(&mut op.tx, own, sealed, 0, op.now).await?;
    }
    Ok(())
}

/// The code that the person's app shows, or shows next where that one was used, if its secret is this one: for the demo.
pub(crate) async fn code_of(
    op: &mut Operation,
    own: PrincipalId,
    secret: &[u8; 20],
) -> Result<Option<String>> {
    let Some(row) = totp::find(&mut op.tx, own).await? else { return Ok(None) };
    let opened = op.engine.secrets.as_ref().and_then(|keys| keys.open(own.as_uuid().as_bytes(), &row.sealed));
    if opened.as_deref() != Some(secret.as_slice()) {
        return Ok(None);
    }
    let step = (op.now.timestamp() / STEP).max(row.last_step + 1);
    Ok(code_at(secret, step))
}

const STEP: i64 = 30;

/// The code of a step.
pub fn code_at(secret: &[u8], step: i64) -> Option<String> {
    let time = u64::try_from(step * STEP).ok()?;
    Some(app(secret, "")?.generate(time).to_string())
}

/// Reads the secret that people type into their app.
pub fn read_secret(text: &str) -> Option<Vec<u8>> {
    totp_rs::Secret::try_from_base32(digits(text)).ok().map(|secret| secret.as_bytes().to_vec())
}

fn step_of(secret: &[u8], code: &str, now: DateTime<Utc>) -> Option<i64> {
    let now = u64::try_from(now.timestamp()).ok()?;
    let step = app(secret, "")?.check(&digits(code), now)?;
    i64::try_from(step).ok()
}

/// Six digits, thirty seconds, one step early or late, SHA-1: what every app understands.
fn app(secret: &[u8], account: &str) -> Option<Totp> {
    let builder = Builder::new().with_secret(secret.to_vec()).with_issuer(Some("Stint"));
    builder.with_account_name(account.replace(':', " ")).build().ok()
}

fn describe(secret: &[u8], account: &str) -> Result<Enrolment> {
    let unusable = || Error::Hashing("the secret of an authenticator app cannot be shown".to_owned());
    let link = app(secret, account).and_then(|app| app.to_url().ok()).ok_or_else(unusable)?;
    let picture = QrCode::with_error_correction_level(&link, EcLevel::M).map_err(|_| unusable())?;
    let picture = picture.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
    // What stands before the element belongs to a file.
    let picture = picture.find("<svg").map_or_else(String::new, |at| picture[at..].to_owned());
    let letters = totp_rs::Secret::from(secret.to_vec()).to_base32();
    let groups: Vec<_> = letters.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
    Ok(Enrolment { secret: groups.join(" "), link, picture })
}

fn no_key() -> Error {
    Refusal::at(Field::Form, Broken::NoSecretKey).into()
}
