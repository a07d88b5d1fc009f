//! Taking a server into use: a link for the first administrator, and one for when no administrator can sign in any more.
//!
//! Both are made by somebody who is on the server itself, which is why they need no other proof. Whoever uses such a link becomes
//! Global Administrator and Privileged Role Administrator for good, so that the rule of the last administrator has somebody to keep.

use crate::{
    Caller, Engine, Error, Operation, Result,
    assign::assign_by_system,
    audit::Event,
    links, passwords,
    second_factor::{
        self,
        passkey::{self, Asked},
    },
    sessions,
    sign_in::{self, Opening, SignedIn},
    users,
};
use chrono::{DateTime, Utc};
use serde_json::json;
use stint_domain::{
    audit::Activity,
    id::PrincipalId,
    principal::PrincipalKind,
    refusal::{Broken, Field, Refusal},
    role::{GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR},
    schedule::EndReason,
    sign_in::Method,
    step_up::{Factor, FactorMethod},
    text::{DisplayName, NewPassword, UserName},
};
use stint_store::{
    one_time_link::{self, LinkRow, Purpose},
    password::{self, PasswordRow},
    principal::{self, PrincipalRow},
    role,
};

/// The topic of the news that a recovery link was made.
pub(crate) const RECOVERY: &str = "recovery.link";

const PURPOSES: [Purpose; 2] = [Purpose::Setup, Purpose::Recover];

/// Makes the link of the first start, in place of one that nobody has used; nothing where people are there already.
pub async fn begin(engine: &Engine) -> Result<Option<Vec<u8>>> {
    // Read first: a server that has been in use for long is started without a write.
    if principal::exists_any(&mut engine.database.read().await?).await? {
        return Ok(None);
    }
    let mut op = engine.write(&Caller::default()).await?;
    let token = links::issue(&mut op, Purpose::Setup, None).await?;
    op.commit().await?;
    Ok(Some(token))
}

/// A link for when no administrator can sign in.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// The token of the link.
    pub token: Vec<u8>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Makes a link that makes an administrator: of whoever has this user name, or of somebody new. It is audited, and every Global
/// Administrator is told by mail.
pub async fn recover(engine: &Engine, user_name: Option<&str>) -> Result<Recovery> {
    let mut op = engine.write(&Caller::default()).await?;
    let person = match user_name {
        Some(user_name) => Some(named(&mut op, user_name).await?),
        None => None,
    };
    let token = links::issue(&mut op, Purpose::Recover, person.as_ref().map(|row| row.id)).await?;
    let event = Event::new(Activity::RecoveryLinkCreated).because(Some(WHY));
    let event = match &person {
        Some(row) => event.on(row),
        None => event.detail("for a new user"),
    };
    op.record(event);
    op.tell(RECOVERY, &json!({ "principal": person.map(|row| row.id), "at": op.now })).await?;
    let expires_at = op.now + links::LASTS;
    op.commit().await?;
    Ok(Recovery { token, expires_at })
}

/// Why an administrator was made.
const WHY: &str = "Made on the server's own shell";

async fn named(op: &mut Operation, user_name: &str) -> Result<PrincipalRow> {
    let refused = |rule| Error::from(Refusal::at(Field::UserName, rule));
    let user_name = UserName::parse(user_name).map_err(|error| refused(Broken::Text(error)))?;
    let row = principal::find_by_user_name(&mut op.tx, user_name.as_str()).await?;
    row.filter(|row| row.deleted_at.is_none())
        .ok_or_else(|| refused(Broken::Missing(format!("There is no user {user_name}."))))
}

/// What is behind a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Whether it is the first start.
    pub is_first: bool,
    /// Who becomes an administrator; nothing where somebody new does.
    pub user_name: Option<String>,
}

/// Looks at a link.
pub async fn look(engine: &Engine, caller: &Caller, token: &[u8]) -> Result<Door> {
    let mut op = engine.read(&Caller { token: None, ..caller.clone() }).await?;
    let (link, person) = behind(&mut op, token).await?;
    Ok(Door {
        is_first: link.purpose == Purpose::Setup,
        user_name: person.and_then(|person| person.user_name),
    })
}

async fn behind(op: &mut Operation, token: &[u8]) -> Result<(LinkRow, Option<PrincipalRow>)> {
    let link = links::look(op, token, &PURPOSES).await?;
    let person = match link.principal_id {
        Some(id) => principal::find(&mut op.tx, id).await?,
        None => None,
    };
    Ok((link, person))
}

/// What the form behind a link says of somebody new.
#[derive(Clone, Debug)]
pub struct NewAdministrator {
    /// Their name.
    pub display_name: DisplayName,
    /// What they sign in with, and where they read mail.
    pub user_name: UserName,
}

/// What a new administrator comes in with from then on.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// A password that they chose.
    Password(&'a NewPassword),
    /// The passkey that their browser made, and what it was asked with.
    Passkey {
        /// What [`begin_passkey`] told.
        challenge: &'a str,
        /// What the browser answered.
        answer: &'a str,
    },
}

/// Asks the browser of whoever has the link for a passkey.
pub async fn begin_passkey(
    engine: &Engine,
    caller: &Caller,
    token: &[u8],
    new: Option<&NewAdministrator>,
) -> Result<Asked> {
    let mut op = engine.write(&Caller { token: None, ..caller.clone() }).await?;
    let asked = match (behind(&mut op, token).await?.1, new) {
        (Some(person), _) => {
            let name = person.user_name.as_deref().unwrap_or(&person.display_name);
            passkey::ask_for_one(&mut op, &with_link(token), person.id, name, &person.display_name).await?
        }
        (None, Some(new)) => {
            let (id, name) = (op.id(), new.user_name.as_str());
            passkey::ask_for_one(&mut op, &with_link(token), id, name, new.display_name.as_str()).await?
        }
        (None, None) => return Err(Error::NotFound),
    };
    op.commit().await?;
    Ok(asked)
}

/// Whoever has a link has no session: what their browser is asked is bound to the link.
fn with_link(token: &[u8]) -> Caller {
    Caller { token: Some(token.to_vec()), ..Caller::default() }
}

/// Makes an administrator of whoever has the link, and signs them in.
pub async fn finish(
    engine: &Engine,
    caller: &Caller,
    token: &[u8],
    new: Option<NewAdministrator>,
    key: Key<'_>,
) -> Result<SignedIn> {
    let nobody = Caller { token: None, ..caller.clone() };
    let mut op = engine.read(&nobody).await?;
    // Nobody hashes a password without a link that works.
    let (_, person) = behind(&mut op, token).await?;
    drop(op);
    let names = match (&person, &new) {
        (Some(person), _) => passwords::names(person),
        (None, Some(new)) => vec![new.display_name.as_str(), new.user_name.as_str()],
        (None, None) => return Err(Error::NotFound),
    };
    let fresh = match key {
        Key::Password(password) => Some(passwords::chosen(engine, password, &names).await?),
        Key::Passkey { .. } => None,
    };

    let mut op = engine.write(&nobody).await?;
    // Whoever takes this server into use at the same time, by another link, waits here.
    role::take(&mut op.tx, GLOBAL_ADMINISTRATOR).await?;
    let link = links::spend(&mut op, token, &PURPOSES).await?;
    if link.purpose == Purpose::Setup && principal::exists_any(&mut op.tx).await? {
        return Err(Refusal::at(Field::Form, Broken::LinkUsed).into());
    }
    let made = match key {
        Key::Password(_) => None,
        Key::Passkey { challenge, answer } => {
            Some(passkey::take_made(&mut op, &with_link(token), challenge, answer).await?)
        }
    };
    let row = match (link.principal_id, new) {
        (Some(id), _) => reopen(&mut op, id).await?,
        (None, Some(new)) => {
            let id = made.as_ref().map_or_else(|| op.id(), |(id, _)| *id);
            add(&mut op, new, id).await?
        }
        (None, None) => return Err(Error::NotFound),
    };
    if let Some(fresh) = fresh {
        let kept = PasswordRow { hash: fresh.hash, must_change: false };
        password::set(&mut op.tx, row.id, &kept, op.now).await?;
    }
    let mut factor = None;
    if let Some((id, made)) = made {
        if id != row.id {
            return Err(Refusal::at(Field::SecondFactor, Broken::BeginAgain).into());
        }
        passkey::add(&mut op, &row, &made, "Passkey").await?;
        factor = Some(Factor { method: FactorMethod::Passkey, at: op.now });
    }
    for role in [GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR] {
        assign_by_system(&mut op, &row, role).await?;
    }
    let opening = Opening { second_factor: factor, ..Opening::by(Method::Link) };
    let signed_in = sign_in::open(&mut op, caller, &row, opening).await?;
    op.commit().await?;
    Ok(signed_in)
}

/// Somebody new.
async fn add(op: &mut Operation, new: NewAdministrator, id: PrincipalId) -> Result<PrincipalRow> {
    let row = PrincipalRow {
        mail: Some(new.user_name.to_string()),
        user_name: Some(new.user_name.into()),
        ..PrincipalRow::new(id, PrincipalKind::User, new.display_name.into(), op.now)
    };
    principal::insert(&mut op.tx, &row).await.map_err(|error| users::taken(error, &row))?;
    op.record(Event::new(Activity::UserCreated).on(&row).because(Some(WHY)));
    Ok(row)
}

/// Somebody who is there, and who may have been locked out or disabled. Whoever was signed in as them is out.
async fn reopen(op: &mut Operation, id: PrincipalId) -> Result<PrincipalRow> {
    let unknown = || Refusal::at(Field::Form, Broken::LinkUnknown);
    let row = principal::take(&mut op.tx, id).await?;
    let mut row = row.filter(|row| row.deleted_at.is_none()).ok_or_else(unknown)?;
    if principal::set_enabled(&mut op.tx, id, true).await? {
        row.enabled = true;
        op.record(Event::new(Activity::UserEnabled).on(&row).because(Some(WHY)));
    }
    sessions::end_all(op, &row, EndReason::PasswordReset).await?;
    // SECURITY: whoever had got in may have added a way of their own; and whoever is let in again may have lost theirs.
    second_factor::forget_all(op, id).await?;
    password::delete(&mut op.tx, id).await?;
    op.record(Event::new(Activity::SecurityInfoReset).on(&row).because(Some(WHY)));
    one_time_link::delete_of(&mut op.tx, id).await?;
    op.record(Event::new(Activity::PasswordReset).on(&row).because(Some(WHY)));
    passwords::tell_changed(op, &row, "reset").await?;
    Ok(row)
}
