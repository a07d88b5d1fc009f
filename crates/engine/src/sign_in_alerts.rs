//! Sign-ins that fail again and again: told to those who watch over roles.
//!
//! What counts is kept as for slowing down: each failure moves a moment on, one for the account that was meant and one for the
//! address that it came from. Where that is as far ahead of the clock as ten failures (thirty by address), a conditional update
//! says who tells it, so that of many replicas one does, and none within the hour after.

use crate::{
    Caller, Operation, Result,
    audit::Event,
    throttle::{Budget, Key},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use stint_domain::{
    audit::Activity,
    authz::{Action, Target},
    id::PrincipalId,
};
use stint_store::{
    audit::{self, AuditEventRow},
    principal::PrincipalRow,
};

/// The topic of the news that signing in fails again and again.
pub(crate) const TOPIC: &str = "sign_in.failures_repeated";

/// So many failures of one account are told.
pub(crate) const BY_ACCOUNT: Budget = Budget { burst: 10, every: TimeDelta::minutes(6) };

/// So many failures from one address are told, whichever accounts they are about.
pub(crate) const BY_ADDRESS: Budget = Budget { burst: 30, every: TimeDelta::minutes(2) };

/// So many are told by mail, whoever guesses at however many accounts; the rest stand in the audit log alone.
const MAILS: Budget = Budget { burst: 20, every: TimeDelta::minutes(3) };

/// So long the page of the sign-in log shows them.
const SHOWN: TimeDelta = TimeDelta::days(1);

/// So many of them.
const MOST: i64 = 5;

/// Counts a failure, and tells where it is one of many.
pub(crate) async fn note_failure(
    op: &mut Operation,
    caller: &Caller,
    person: Option<&PrincipalRow>,
) -> Result<()> {
    let by_account = match person {
        Some(row) => Some(Key::new("alert-account", row.id.as_uuid().as_bytes(), BY_ACCOUNT)),
        // SECURITY: counted and forgotten, so that a name that is nobody's is refused no sooner.
        None => Key::of_address("alert-nobody", caller, BY_ACCOUNT),
    };
    if let Some(key) = by_account
        && key.pay_and_alarm(op).await?
        && person.is_some()
    {
        tell(op, person).await?;
    }
    if let Some(key) = Key::of_address("alert-address", caller, BY_ADDRESS)
        && key.pay_and_alarm(op).await?
    {
        tell(op, None).await?;
    }
    Ok(())
}

async fn tell(op: &mut Operation, person: Option<&PrincipalRow>) -> Result<()> {
    let event = Event::new(Activity::SignInFailuresRepeated);
    op.record(match person {
        Some(row) => event.on(row).detail(format!("{} failures within an hour", BY_ACCOUNT.burst)),
        None => event.detail(format!("{} failures within an hour from one address", BY_ADDRESS.burst)),
    });
    let mails = Key::new("alert-mails", b"", MAILS);
    if mails.wait(&mut op.tx, op.now).await?.is_none() {
        mails.pay(op).await?;
        let news = json!({ "principal": person.map(|row| row.id), "at": op.now, "source": op.source });
        op.tell(TOPIC, &news).await?;
    }
    Ok(())
}

/// Something that failed again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// When it was told.
    pub at: DateTime<Utc>,
    /// The account, and what its person signs in with; nothing where it is about the address.
    pub account: Option<(PrincipalId, String)>,
    /// Where the last failure came from.
    pub source: Option<String>,
}

impl From<AuditEventRow> for Alert {
    fn from(row: AuditEventRow) -> Self {
        let account = row.target_id.map(PrincipalId::from).zip(row.target_name);
        Self { at: row.at, account, source: row.source }
    }
}

/// What was told within the last day, the latest first.
pub async fn list(op: &mut Operation) -> Result<Vec<Alert>> {
    op.require(Action::ReadSignIns, &Target::directory())?;
    let rows = audit::list_sign_in_alerts(&mut op.tx, op.now - SHOWN, MOST).await?;
    Ok(rows.into_iter().map(Alert::from).collect())
}
