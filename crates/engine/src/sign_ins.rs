//! The sign-in log: who signed in or tried to, from where, with what, and what came of it.

use crate::{Caller, Operation, Result};
use chrono::TimeDelta;
use stint_domain::{
    authz::{Action, Target},
    id::PrincipalId,
    sign_in::{Method, Outcome},
    text::UserName,
};
use stint_store::{
    Page, PageRequest,
    principal::{self, PrincipalRow},
    sign_in::{self, Filter, SignInRow},
};

/// How long the log is kept where nothing else is configured.
pub const KEPT: TimeDelta = TimeDelta::days(90);

/// What is signed in to.
const PORTAL: &str = "Stint portal";

/// Writes a try down.
pub(crate) async fn record(
    op: &mut Operation,
    caller: &Caller,
    row: Option<&PrincipalRow>,
    method: Method,
    result: Outcome,
) -> Result<()> {
    let row = SignInRow {
        id: op.id(),
        at: op.now,
        principal_id: row.map(|row| row.id),
        display_name: row.map(|row| row.display_name.clone()),
        user_name: row.and_then(|row| row.user_name.clone()),
        application: PORTAL.to_owned(),
        method,
        result,
        source: caller.source.clone(),
        device: caller.agent.clone(),
    };
    op.tries.push((method, result));
    Ok(sign_in::append(&mut op.tx, &row).await?)
}

/// Who is meant by an id or a user name.
pub async fn find_person(op: &mut Operation, text: &str) -> Result<Option<PrincipalId>> {
    op.actor()?;
    if let Ok(id) = text.parse() {
        return Ok(Some(id));
    }
    match UserName::parse(text) {
        Ok(name) => Ok(principal::find_by_user_name(&mut op.tx, name.as_str()).await?.map(|row| row.id)),
        Err(_) => Ok(None),
    }
}

/// The log, the latest first: all of it for those who may read it, and for everybody their own.
pub async fn list(op: &mut Operation, filter: &Filter, page: &PageRequest) -> Result<Page<SignInRow>> {
    let own = op.actor()?.id;
    let target = if filter.principal == Some(own) { Target::object(own) } else { Target::directory() };
    op.require(Action::ReadSignIns, &target)?;
    Ok(sign_in::list(&mut op.tx, filter, page).await?)
}
