//! Links that open one door once: for half an hour, for the first who uses it.
//!
//! The link has a token of 256 bits, the database only its hash: who reads the database cannot open anything. Looking at a link
//! changes nothing, because mail programs look at links by themselves; sending the form behind it uses it up.

use crate::{Error, Operation, Result, operation::hash_token};
use chrono::TimeDelta;
use stint_domain::{
    id::PrincipalId,
    refusal::{Broken, Field, Refusal},
    text::LINK_MINUTES,
};
use stint_store::one_time_link::{self, LinkRow, Purpose};

/// How long a link works.
pub const LASTS: TimeDelta = TimeDelta::minutes(LINK_MINUTES);

/// How long one that does not work any more is known, so that whoever opens it is told why.
pub(crate) const KNOWN_FOR: TimeDelta = TimeDelta::days(7);

/// Makes a link in place of those of its sort that nobody has used. Gives its token.
pub(crate) async fn issue(
    op: &mut Operation,
    purpose: Purpose,
    principal: Option<PrincipalId>,
) -> Result<Vec<u8>> {
    one_time_link::delete_unused(&mut op.tx, purpose, principal).await?;
    let token = op.engine.random.token().to_vec();
    let row = LinkRow {
        token_hash: hash_token(&token),
        purpose,
        principal_id: principal,
        created_at: op.now,
        expires_at: op.now + LASTS,
        used_at: None,
    };
    one_time_link::insert(&mut op.tx, &row).await?;
    Ok(token)
}

/// Looks at a link, and says why where it does not work.
pub(crate) async fn look(op: &mut Operation, token: &[u8], purposes: &[Purpose]) -> Result<LinkRow> {
    let found = one_time_link::find(&mut op.tx, hash_token(token)).await?;
    let Some(link) = found.filter(|link| purposes.contains(&link.purpose)) else {
        return Err(refused(Broken::LinkUnknown));
    };
    if link.used_at.is_some() {
        return Err(refused(Broken::LinkUsed));
    }
    if link.expires_at <= op.now {
        return Err(refused(Broken::LinkExpired));
    }
    Ok(link)
}

/// Uses a link up. Of two who use one at once, one gets here.
pub(crate) async fn spend(op: &mut Operation, token: &[u8], purposes: &[Purpose]) -> Result<LinkRow> {
    let link = look(op, token, purposes).await?;
    if one_time_link::spend(&mut op.tx, link.token_hash.clone(), op.now).await? {
        Ok(link)
    } else {
        Err(refused(Broken::LinkUsed))
    }
}

fn refused(rule: Broken) -> Error {
    Refusal::at(Field::Form, rule).into()
}
