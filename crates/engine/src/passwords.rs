//! Passwords: made, chosen, hashed, changed, forgotten.
//!
//! Hashing takes time and memory on purpose, so it is done before a transaction begins, in a line that is not too long. What counts
//! for a chosen password is how long it would take to guess (`zxcvbn`), not which characters it has (NIST SP 800-63B-4, 3.1.1.2;
//! OWASP ASVS 5.0, 6.2): at least 12 characters, at most 256, every character, none required, and none of the person's own names.

use crate::{
    Caller, Engine, Error, Operation, Result,
    audit::Event,
    links,
    operation::hash_token,
    sessions, sign_in,
    throttle::{self, BY_NAME, Key, MAILS, MAILS_BY_ADDRESS},
};
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use serde_json::json;
use stint_domain::{
    audit::Activity,
    refusal::{Broken, Field, Refusal},
    schedule::EndReason,
    text::{NewPassword, UserName},
};
use stint_store::{
    known_device, one_time_link,
    one_time_link::Purpose,
    password::{self, PasswordRow},
    principal::{self, PrincipalRow},
    session,
};

/// The topic of the news that somebody forgot their password, or says so.
pub(crate) const FORGOTTEN: &str = "password.forgotten";

/// The topic of the news that a password is another now.
pub(crate) const CHANGED: &str = "password.changed";

/// A password that is ready to be set.
pub struct Fresh {
    password: String,
    pub(crate) hash: String,
}

impl Fresh {
    /// The password, to be told to whom it is for.
    pub fn expose(&self) -> &str {
        &self.password
    }
}

impl std::fmt::Debug for Fresh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fresh(hidden)")
    }
}

/// Makes a password up.
pub async fn fresh(engine: &Engine) -> Result<Fresh> {
    let password = engine.random.password();
    let hash = hash(engine, &password).await?;
    Ok(Fresh { password, hash })
}

/// Takes a password that somebody chose for whoever has these names.
pub async fn chosen(engine: &Engine, password: &NewPassword, names: &[&str]) -> Result<Fresh> {
    check_strength(password, names)?;
    let hash = hash(engine, password.expose()).await?;
    Ok(Fresh { password: password.expose().to_owned(), hash })
}

/// Refuses what is guessed in fewer than 10^8 tries by somebody who knows the person: their names count for nothing.
fn check_strength(password: &NewPassword, names: &[&str]) -> Result<()> {
    let mut words: Vec<String> = names
        .iter()
        .flat_map(|name| std::iter::once(*name).chain(name.split(|c: char| !c.is_alphanumeric())))
        .chain(["stint"])
        .filter(|word| word.chars().count() > 2)
        .map(str::to_lowercase)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let lower = password.expose().to_lowercase();
    let knows_names = words.iter().any(|word| lower.contains(word));
    let rest = words.iter().fold(lower, |rest, word| rest.replace(word, ""));
    let guessed = zxcvbn::zxcvbn(if knows_names { &rest } else { password.expose() }, &[]);
    if guessed.score() >= zxcvbn::Score::Three {
        return Ok(());
    }
    let warning = guessed.feedback().and_then(zxcvbn::feedback::Feedback::warning);
    let why = warning.map_or_else(String::new, |warning| format!("{warning} "));
    let help = "Several words that have nothing to do with each other are a good one.";
    Err(Refusal::at(Field::Password, Broken::WeakPassword(format!("{why}{help}"))).into())
}

/// Hashes a password with argon2id (19 MiB, two passes, one lane: OWASP's first recommendation).
pub(crate) async fn hash(engine: &Engine, password: &str) -> Result<String> {
    let (password, salt) = (password.to_owned(), engine.random.salt());
    in_turn(engine, move || {
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string())
    })
    .await
}

/// Whether a password is the one that was hashed.
pub(crate) async fn verify(engine: &Engine, password: &str, hash: &str) -> Result<bool> {
    let (password, hash) = (password.to_owned(), hash.to_owned());
    in_turn(engine, move || {
        let hash = PasswordHash::new(&hash)?;
        Ok::<_, argon2::password_hash::phc::Error>(
            Argon2::default().verify_password(password.as_bytes(), &hash).is_ok(),
        )
    })
    .await
}

/// So many passwords are hashed or wait for it.
pub(crate) const WAITING: usize = 64;

/// So many passwords are hashed at once: on half of the processors, so that pages find one while strangers guess.
#[must_use]
pub fn hashed_at_once() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (processors / 2).max(1)
}

/// Few compute at once, and not too many wait for it.
async fn in_turn<T, E>(engine: &Engine, work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T>
where
    T: Send + 'static,
    E: std::fmt::Display + Send + 'static,
{
    let _place = engine.waiting.try_acquire().map_err(|_| Error::Busy)?;
    let _turn = engine.hashing.acquire().await.map_err(|_| Error::Busy)?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Hashing(error.to_string()))?
        .map_err(|error| Error::Hashing(error.to_string()))
}

/// What somebody may know of their own password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// What they sign in with.
    pub user_name: String,
    /// Whether they have a password at all.
    pub has_one: bool,
    /// Whether nothing is possible but choosing another.
    pub must_change: bool,
}

/// What whoever is signed in may know of their own password.
pub async fn own(op: &mut Operation) -> Result<Own> {
    let must_change = matches!(op.person(), Err(Error::MustChangePassword));
    let person = op.person_whatever_they_must()?.clone();
    let has_one = password::find(&mut op.tx, person.id).await?.is_some();
    Ok(Own { user_name: person.user_name.unwrap_or_default(), has_one, must_change })
}

/// Changes the password of whoever is signed in, and ends their other sessions. Who has to change it may do this and no more.
pub async fn change(engine: &Engine, caller: &Caller, present: &str, new: &NewPassword) -> Result<()> {
    let mut op = engine.read(caller).await?;
    let person = op.person_whatever_they_must()?.clone();
    let key = Key::new("change", person.id.as_uuid().as_bytes(), BY_NAME);
    if let Some(wait) = key.wait(&mut op.tx, op.now).await? {
        return Err(Error::Slowed(wait));
    }
    let kept = password::find(&mut op.tx, person.id).await?.ok_or(Error::NotFound)?;
    drop(op);
    if !verify(engine, present, &kept.hash).await? {
        let mut op = engine.write(caller).await?;
        key.pay(&mut op).await?;
        op.commit().await?;
        return Err(Refusal::at(Field::PresentPassword, Broken::WrongPassword).into());
    }
    if present == new.expose() {
        return Err(Refusal::at(Field::Password, Broken::SamePassword).into());
    }
    let fresh = chosen(engine, new, &names(&person)).await?;

    let mut op = engine.write(caller).await?;
    let token = caller.token.as_deref().ok_or(Error::NotSignedIn)?;
    op.person_whatever_they_must()?;
    principal::take(&mut op.tx, person.id).await?;
    // SECURITY: hashing takes long enough for the password to be reset by somebody else.
    if password::find(&mut op.tx, person.id).await?.is_none_or(|now| now.hash != kept.hash) {
        return Err(Error::NotSignedIn);
    }
    let row = PasswordRow { hash: fresh.hash, must_change: false };
    password::set(&mut op.tx, person.id, &row, op.now).await?;
    session::delete_others(&mut op.tx, person.id, hash_token(token)).await?;
    session::set_password_changed(&mut op.tx, hash_token(token)).await?;
    one_time_link::delete_of(&mut op.tx, person.id).await?;
    op.record(Event::new(Activity::PasswordChanged).on(&person));
    tell_changed(&mut op, &person, "changed").await?;
    op.commit().await
}

/// Whose names a password must not be made of.
pub(crate) fn names(person: &PrincipalRow) -> Vec<&str> {
    std::iter::once(person.display_name.as_str()).chain(person.user_name.as_deref()).collect()
}

/// Tells a person by mail that their password is another now.
pub(crate) async fn tell_changed(op: &mut Operation, person: &PrincipalRow, how: &str) -> Result<()> {
    let news = json!({ "principal": person.id, "how": how, "at": op.now, "source": op.source });
    op.tell(CHANGED, &news).await
}

/// Somebody says that they forgot their password. Whether anything comes of it is not told, and takes no longer: the mail is
/// written by the worker.
pub async fn forgot(engine: &Engine, caller: &Caller, user_name: &str) -> Result<()> {
    let user_name = UserName::parse(user_name)
        .map_err(|error| Error::from(Refusal::at(Field::UserName, Broken::Text(error))))?;
    let by_address = Key::of_address("mails-address", caller, MAILS_BY_ADDRESS);
    let by_name = Key::new("mails", user_name.as_str().as_bytes(), MAILS);
    let mut op = engine.write(&Caller { token: None, ..caller.clone() }).await?;
    if let Some(key) = &by_address {
        if let Some(wait) = key.wait(&mut op.tx, op.now).await? {
            return Err(Error::Slowed(wait));
        }
        key.pay(&mut op).await?;
    }
    let too_often = by_name.wait(&mut op.tx, op.now).await?.is_some();
    // What is not sent is not paid for: or a stranger could keep it from being sent for ever.
    if !too_often {
        by_name.pay(&mut op).await?;
    }
    let found = principal::find_by_user_name(&mut op.tx, user_name.as_str()).await?;
    let found = found.filter(|row| row.enabled && row.deleted_at.is_none() && !too_often);
    let news = json!({ "principal": found.map(|row| row.id), "source": op.source });
    op.tell(FORGOTTEN, &news).await?;
    op.commit().await
}

/// What is behind a link to reset a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reset {
    /// Whose password.
    pub user_name: String,
}

/// Looks at a link to reset a password.
pub async fn look_at_reset(engine: &Engine, caller: &Caller, token: &[u8]) -> Result<Reset> {
    let mut op = engine.read(&Caller { token: None, ..caller.clone() }).await?;
    let person = person_behind(&mut op, token).await?;
    Ok(Reset { user_name: person.user_name.unwrap_or_default() })
}

async fn person_behind(op: &mut Operation, token: &[u8]) -> Result<PrincipalRow> {
    let link = links::look(op, token, &[Purpose::ResetPassword]).await?;
    let person = match link.principal_id {
        Some(id) => principal::find(&mut op.tx, id).await?,
        None => None,
    };
    let unknown = || Refusal::at(Field::Form, Broken::LinkUnknown);
    Ok(person.filter(|row| row.enabled && row.deleted_at.is_none()).ok_or_else(unknown)?)
}

/// Sets a new password by a link that was mailed. Every session and every activation of the person ends: whoever began them
/// may have been somebody else. Tells the token by which this browser is known from now on: whoever reads the person's mail is not
/// slowed by those who guess.
pub async fn reset_by_link(
    engine: &Engine,
    caller: &Caller,
    token: &[u8],
    new: &NewPassword,
) -> Result<Vec<u8>> {
    let nobody = Caller { token: None, ..caller.clone() };
    let mut op = engine.read(&nobody).await?;
    let person = person_behind(&mut op, token).await?;
    drop(op);
    let fresh = chosen(engine, new, &names(&person)).await?;

    let mut op = engine.write(&nobody).await?;
    let unknown = || Refusal::at(Field::Form, Broken::LinkUnknown);
    let row = principal::take(&mut op.tx, person.id).await?;
    let row = row.filter(|row| row.enabled && row.deleted_at.is_none()).ok_or_else(unknown)?;
    links::spend(&mut op, token, &[Purpose::ResetPassword]).await?;
    let kept = PasswordRow { hash: fresh.hash, must_change: false };
    password::set(&mut op.tx, row.id, &kept, op.now).await?;
    sessions::end_all(&mut op, &row, EndReason::PasswordReset).await?;
    known_device::delete_all(&mut op.tx, row.id).await?;
    let device = sign_in::know_device(&mut op, caller, row.id).await?;
    one_time_link::delete_of(&mut op.tx, row.id).await?;
    op.record(Event::new(Activity::PasswordResetByLink).on(&row).actor(&row));
    tell_changed(&mut op, &row, "reset").await?;
    op.commit().await?;
    Ok(device)
}

/// The keys that a try to sign in has to pay where it fails.
pub(crate) async fn keys_of_try(
    op: &mut Operation,
    caller: &Caller,
    user_name: Option<&UserName>,
    row: Option<&PrincipalRow>,
) -> Result<Vec<Key>> {
    if let (Some(device), Some(row)) = (&caller.device, row)
        && known_device::exists(&mut op.tx, row.id, hash_token(device)).await?
    {
        let about = [row.id.as_uuid().as_bytes().as_slice(), device].concat();
        return Ok(vec![Key::new("known", &about, BY_NAME)]);
    }
    let by_name = user_name.map(|name| Key::new("name", name.as_str().as_bytes(), BY_NAME));
    let by_address = Key::of_address("address", caller, throttle::BY_ADDRESS);
    Ok(by_name.into_iter().chain(by_address).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str, names: &[&str]) -> Option<String> {
        check_strength(&NewPassword::parse(password).unwrap(), names).err().map(|error| error.to_string())
    }

    #[test]
    fn what_is_guessed_soon_is_refused_with_the_reason() {
        for weak in ["aaaaaaaaaaaa", "password12345", "qwertyuiop12", "walruswalruswalrus"] {
            let said = refused(weak, &["contoso"]).unwrap_or_else(|| panic!("{weak} was taken"));
            assert!(said.contains("too easy to guess"), "{said}");
        }
        assert_eq!(refused("correct horse battery staple", &[]), None);
        assert_eq!(refused("ÄÖÜ ßßß §§§ wÜrfel", &[]), None, "every character counts");
    }

    #[test]
    fn ones_own_names_are_no_secret() {
        let names = ["Tadeusz Wolanowski", "tadeusz.wolanowski@contoso.example"];
        assert_eq!(refused("tadeuszwolanowski", &[]), None);
        assert!(refused("tadeuszwolanowski", &names).is_some());
        assert!(refused("Wolanowski-Contoso", &names).is_some());
        assert_eq!(refused("tadeusz walrus orbit teacup", &names), None, "the rest is good by itself");
    }
}
