//! The second factors of people: how they get them, use them, lose them and take them away.
//!
//! Somebody who has none adds the first one with nothing but the session. From then on whoever changes anything about them has
//! to give one first, so that a session alone never adds a factor beside those that are there.

pub mod passkey;
pub mod recovery;
pub mod totp;

use crate::{Operation, Result, audit::Event, step_up, users};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use stint_domain::{audit::Activity, authz::Action, id::PrincipalId, refusal::Broken, step_up::FactorMethod};
use stint_store::{
    Transaction, external_identity,
    passkey::{self as passkeys, PasskeyRow},
    principal::{self, PrincipalRow},
    recovery_code, session, totp as totps,
};

/// As many wrong codes are taken within [`WRONG_WITHIN`].
const MOST_WRONG: usize = 5;
/// How long a wrong code counts.
const WRONG_WITHIN: TimeDelta = TimeDelta::minutes(15);

/// What a person has.
#[derive(Clone, Debug, Default)]
pub struct Methods {
    /// The authenticator app: when it was set up, and when it was used last.
    pub totp: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    /// The passkeys, the oldest first.
    pub passkeys: Vec<PasskeyRow>,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
    /// Whether an identity provider has said that they gave one there.
    pub at_provider: bool,
}

impl Methods {
    pub(crate) async fn of(tx: &mut Transaction, principal: PrincipalId) -> Result<Self> {
        Ok(Self {
            totp: totps::find(tx, principal).await?.map(|row| (row.created_at, row.used_at)),
            passkeys: passkeys::list(tx, principal).await?,
            recovery_codes: recovery_code::count(tx, principal).await?,
            at_provider: external_identity::list(tx, principal)
                .await?
                .iter()
                .any(|link| link.factor_at.is_some()),
        })
    }

    /// Which sorts, the strongest first.
    pub fn kinds(&self) -> Vec<FactorMethod> {
        let has = |method: &FactorMethod| match method {
            FactorMethod::Passkey => !self.passkeys.is_empty(),
            FactorMethod::Totp => self.totp.is_some(),
            FactorMethod::IdentityProvider => self.at_provider,
            FactorMethod::RecoveryCode => self.recovery_codes > 0,
        };
        FactorMethod::ALL.into_iter().filter(has).collect()
    }
}

/// What the person has.
pub async fn list_own(op: &mut Operation) -> Result<Methods> {
    let own = op.actor()?.id;
    Methods::of(&mut op.tx, own).await
}

/// What a user has, for those who may take it away.
pub async fn list_of(op: &mut Operation, id: PrincipalId) -> Result<Methods> {
    let (_, target) = users::get(op, id).await?;
    if op.actor()?.id != id {
        op.require(Action::UpdatePasswords, &target)?;
    }
    Methods::of(&mut op.tx, id).await
}

/// Takes everything away that a user could give as a second factor, and ends their sessions: for whoever has lost it all.
pub async fn reset(op: &mut Operation, id: PrincipalId) -> Result<()> {
    let (row, target) = users::get(op, id).await?;
    op.require(Action::UpdatePasswords, &target)?;
    if row.deleted_at.is_some() {
        return Err(crate::Error::NotFound);
    }
    principal::take(&mut op.tx, id).await?;
    // SECURITY: nobody gets around a second factor by the right to help others, neither their own nor somebody else's.
    step_up::require_own(op).await?;
    forget_all(op, id).await?;
    session::delete_all(&mut op.tx, id).await?;
    op.record(Event::new(Activity::SecurityInfoReset).on(&row));
    tell(op, &row, "reset", "all methods").await
}

/// Takes away whatever somebody could confirm with.
pub(crate) async fn forget_all(op: &mut Operation, id: PrincipalId) -> Result<()> {
    totps::delete(&mut op.tx, id).await?;
    totps::delete_begun(&mut op.tx, id).await?;
    passkeys::delete_all(&mut op.tx, id).await?;
    recovery_code::delete_all(&mut op.tx, id).await?;
    external_identity::delete_all(&mut op.tx, id).await?;
    Ok(recovery_code::forget_wrong(&mut op.tx, id).await?)
}

/// Takes the person, and goes on only if they may change what they have.
///
/// SECURITY: asked with the person taken, so that two sessions do not both add a first one.
pub(crate) async fn require_to_change(op: &mut Operation) -> Result<PrincipalRow> {
    let own = op.actor()?.id;
    let row = principal::take(&mut op.tx, own).await?.ok_or(crate::Error::NotSignedIn)?;
    step_up::require_own(op).await?;
    Ok(row)
}

/// Recovery codes stand in for something else: they go with the last of it.
async fn forget_lone_recovery_codes(op: &mut Operation, own: PrincipalId) -> Result<()> {
    let left = Methods::of(&mut op.tx, own).await?;
    if left.totp.is_none() && left.passkeys.is_empty() {
        recovery_code::delete_all(&mut op.tx, own).await?;
    }
    Ok(())
}

/// Notes that the person has something more, or less, and tells them.
async fn note(op: &mut Operation, activity: Activity, row: &PrincipalRow, what: &str) -> Result<()> {
    op.record(Event::new(activity).on(row).detail(what));
    let word = if activity == Activity::SecurityInfoRegistered { "added" } else { "removed" };
    tell(op, row, word, what).await
}

/// News for the person themselves.
pub(crate) async fn tell(op: &mut Operation, row: &PrincipalRow, word: &str, what: &str) -> Result<()> {
    op.tell(&format!("security_info.{word}"), &json!({ "principal": row.id, "what": what })).await
}

/// Looks at a code of the person, who is taken: which method it was, or why it is not taken. A wrong one is counted, which holds
/// when the operation commits.
pub(crate) async fn take_code(op: &mut Operation, code: &str) -> Result<Result<FactorMethod, Broken>> {
    let own = op.actor()?.id;
    if let Some(until) = blocked_until(op, own).await? {
        return Ok(Err(Broken::TooManyCodes(until)));
    }
    let taken = if totp::is_code(code) {
        totp::take(op, own, code).await?.map(|()| FactorMethod::Totp)
    } else {
        recovery::take(op, own, code).await?.map(|()| FactorMethod::RecoveryCode)
    };
    match taken {
        Ok(_) => recovery_code::forget_wrong(&mut op.tx, own).await?,
        Err(Broken::WrongCode) => note_wrong(op, own).await?,
        Err(_) => {}
    }
    Ok(taken)
}

/// Until when no code of the person is looked at.
pub(crate) async fn blocked_until(op: &mut Operation, own: PrincipalId) -> Result<Option<DateTime<Utc>>> {
    let wrong = recovery_code::list_wrong(&mut op.tx, own, op.now - WRONG_WITHIN).await?;
    Ok(wrong.get(MOST_WRONG - 1).map(|&at| at + WRONG_WITHIN))
}

/// Counts a wrong code.
pub(crate) async fn note_wrong(op: &mut Operation, own: PrincipalId) -> Result<()> {
    let (id, since) = (op.id(), op.now - WRONG_WITHIN);
    recovery_code::note_wrong(&mut op.tx, id, own, since, op.now).await?;
    let event = Event::new(Activity::SecondFactorFailed).on(&op.person()?.clone());
    op.record(event);
    Ok(())
}
