//! Somebody who may assign roles agrees that an assignment goes on.

use super::decide::{Approved, Grant, close, lost, say};
use crate::{
    Error, Operation, Result,
    prolong::{self, Taken, status_of},
    requests::{self, Turn},
};
use stint_domain::{
    prolong::Terms,
    request::{RequestKind, Verdict},
    settings::ExpirationRule,
    text::Justification,
    time::{Phase, Window},
};
use stint_store::{
    approval,
    request::{self, RequestRow},
};

/// Says yes. What was asked for before the end and is decided after it is given as a renewal.
pub(super) async fn approve(
    op: &mut Operation,
    request: &RequestRow,
    justification: &Justification,
    grant: Grant,
) -> Result<Approved> {
    let assignment = request.assignment_id.ok_or(Error::NotFound)?;
    let taken = match prolong::take(op, assignment).await {
        Ok(taken) => taken,
        // Whoever took the assignment away has closed the request with it.
        Err(error) => return Err(closed_meanwhile(op, request, error).await),
    };
    if !approval::take(&mut op.tx, request.id, op.now).await? {
        return Err(lost(op, request.id).await);
    }
    say(op, request, None, Verdict::Approve, justification, None).await?;
    let terms = terms(op, request, &taken, grant);
    let after = prolong::plan(op, &taken, &terms, Some(justification), request.id).await?;
    let had_ended = taken.schedule.window.phase(op.now) == Phase::Ended;
    close(op, request.id, status_of(&after, op.now), None, Some(&after)).await?;
    prolong::carry_out(op, taken, &after, request.id, Some(justification)).await?;
    requests::tell(op, Turn::Approved, request).await?;
    let is_renewal = had_ended || request.kind() == Some(RequestKind::Renewal);
    Ok(if is_renewal { Approved::Renewed(after) } else { Approved::Extended(after) })
}

async fn closed_meanwhile(op: &mut Operation, request: &RequestRow, error: Error) -> Error {
    match request::find(&mut op.tx, request.id).await {
        Ok(Some(row)) if !row.status_at(op.now).is_open() => lost(op, request.id).await,
        _ => error,
    }
}

/// The terms that are granted.
fn terms(op: &Operation, request: &RequestRow, taken: &Taken, grant: Grant) -> Terms {
    let asked = as_asked(op, request, taken.settings.expiration(request.assignment_type));
    match grant {
        Grant::AsAsked => asked,
        Grant::AtMost(longest) => {
            let from = request.window().start.max(op.now);
            Terms { end: Window::new(from, asked.end).cut(Some(from + longest.to_delta())).end, ..asked }
        }
        Grant::On(terms) => terms,
    }
}

/// What was asked for, as far as it is allowed by now.
pub(super) fn as_asked(op: &Operation, request: &RequestRow, expiration: &ExpirationRule) -> Terms {
    Terms::asked(request.assignment_type, request.window(), expiration, op.now)
}
