//! An approver who is away names somebody who decides in their place.
//!
//! What is written here gives nothing by itself: the seat that the substitute takes is asked for whenever they decide
//! (`approvers`). One substitute at a time, for days that are bounded.

use crate::{Error, Operation, Result, approvers, audit::Event, step_up};
use chrono::{DateTime, Utc};
use serde_json::json;
use stint_domain::{
    audit::Activity,
    id::{PrincipalId, SubstitutionId},
    principal::PrincipalKind,
    refusal::{Broken, Field, Refusal, Refusals},
    role::GUARDED,
    substitution::window,
    text::Justification,
    time::Window,
};
use stint_store::{
    Page, PageRequest,
    principal::{self, PrincipalRow},
    role_settings,
    substitution::{self, NewSubstitution, SubstitutionRow},
};

/// Somebody stands in for at most so many at a time.
const MOST: usize = 20;

/// What an approver wishes.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Who is to decide in their place; nothing where nobody was chosen.
    pub substitute: Option<PrincipalId>,
    /// From when on; from now on where nothing is said.
    pub start: Option<DateTime<Utc>>,
    /// Until when.
    pub end: Option<DateTime<Utc>>,
    /// Why.
    pub reason: Option<Justification>,
}

/// Whom the person named to stand in for them, the latest first.
pub async fn list(op: &mut Operation, page: &PageRequest) -> Result<Page<SubstitutionRow>> {
    let own = op.actor()?.id;
    Ok(substitution::list_of_approver(&mut op.tx, own, page).await?)
}

/// For whom the person stands in or will, the first to end first.
pub async fn list_stood_in(op: &mut Operation) -> Result<Vec<SubstitutionRow>> {
    let own = op.actor()?.id;
    Ok(substitution::list_of_substitute(&mut op.tx, own, op.now).await?)
}

/// Why nobody could stand in for the person: they approve nothing themselves. Nothing where somebody could.
pub async fn denial(op: &mut Operation) -> Result<Option<String>> {
    let own = approvers::list_seats(op).await?.swap_remove(0).capacities;
    let is_default = GUARDED.iter().any(|role| own.contains(&role.as_uuid()));
    let is_approver = is_default || role_settings::is_approver(&mut op.tx, &own).await?;
    Ok((!is_approver).then(|| Broken::NoApproversSeat.to_string()))
}

/// Names somebody.
pub async fn name(op: &mut Operation, wish: Wish) -> Result<SubstitutionId> {
    let own = op.actor()?.id;
    if denial(op).await?.is_some() {
        return Err(Refusal::at(Field::Form, Broken::NoApproversSeat).into());
    }
    // INVARIANT: one at a time. Two who name for the same person at once do so one after the other.
    principal::take(&mut op.tx, own).await?.ok_or(Error::NotSignedIn)?;
    let mut refused = Vec::new();
    let substitute = match find_substitute(op, wish.substitute).await? {
        Ok(substitute) => Some(substitute),
        Err(broken) => {
            refused.push(Refusal::at(Field::Substitute, broken));
            None
        }
    };
    let days = match window(wish.start, wish.end, op.now) {
        Ok(days) => Some(days),
        Err(wrong) => {
            refused.extend(wrong);
            None
        }
    };
    if let Some(Window { start, end: Some(end) }) = days {
        for other in substitution::list_overlapping(&mut op.tx, own, start, end).await? {
            let (name, from, to) = (other.substitute_name, other.start_at, other.end_at);
            refused.push(Refusal::at(Field::Start, Broken::SubstituteThen { name, from, to }));
        }
    }
    Refusals::check(refused)?;
    // SECURITY: who stands in gives their own factor when they approve; so whoever hands the seat on gives theirs.
    step_up::require_own(op).await?;
    let (Some(substitute), Some(Window { start, end: Some(end) })) = (substitute, days) else {
        return Err(Error::NotFound);
    };
    let new = NewSubstitution {
        id: op.id(),
        approver: own,
        substitute: substitute.id,
        start,
        end,
        reason: wish.reason,
        created_at: op.now,
    };
    substitution::insert(&mut op.tx, &new).await?;
    let event = Event::new(Activity::SubstituteNamed).on(&substitute).because(new.reason.as_ref());
    op.record(event.detail(in_words(start, end)));
    op.tell("substitution.named", &json!({ "substitution": new.id })).await?;
    Ok(new.id)
}

/// Ends at once what the person named.
pub async fn end(op: &mut Operation, id: SubstitutionId) -> Result<()> {
    let own = op.actor()?.id;
    let found = substitution::find(&mut op.tx, id).await?.filter(|found| found.approver_id == own);
    let found = found.ok_or(Error::NotFound)?;
    if !substitution::end(&mut op.tx, id, op.now).await? {
        return Err(Refusal::at(Field::Form, Broken::SubstitutionEnded).into());
    }
    let substitute = principal::find(&mut op.tx, found.substitute_id).await?.ok_or(Error::NotFound)?;
    let event = Event::new(Activity::SubstituteEnded).on(&substitute);
    op.record(event.detail(format!("Was to be {}", in_words(found.start_at, found.end_at))));
    op.tell("substitution.ended", &json!({ "substitution": id })).await
}

/// Whoever was chosen, or why they cannot stand in.
async fn find_substitute(
    op: &mut Operation,
    id: Option<PrincipalId>,
) -> Result<Result<PrincipalRow, Broken>> {
    let Some(id) = id else { return Ok(Err(Broken::Missing("Choose somebody.".to_owned()))) };
    let cannot = |name: &str, reason: &str| {
        Ok(Err(Broken::CannotStandIn { name: name.to_owned(), reason: reason.to_owned() }))
    };
    let Some(row) = principal::find(&mut op.tx, id).await? else {
        return cannot("Somebody who was chosen", "they do not exist");
    };
    let name = row.display_name.as_str();
    if row.id == op.actor()?.id {
        return cannot("You", "somebody else has to");
    }
    if row.deleted_at.is_some() {
        return cannot(name, "they were deleted");
    }
    if row.kind != PrincipalKind::User {
        return cannot(name, "only a user decides in somebody's place");
    }
    if !row.enabled {
        return cannot(name, "the account is disabled");
    }
    if substitution::list_of_substitute(&mut op.tx, row.id, op.now).await?.len() >= MOST {
        return cannot(name, &format!("they stand in for {MOST} others already"));
    }
    Ok(Ok(row))
}

fn in_words(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    const FORMAT: &str = "%-d %b %Y, %H:%M UTC";
    format!("from {} to {}", from.format(FORMAT), to.format(FORMAT))
}
