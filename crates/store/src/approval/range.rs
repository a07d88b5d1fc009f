//! What waits is read as ranges of indexes: each begins with what is asked for and goes on in the order of the list.

use super::key;
use crate::{Builder, PageRequest};
use chrono::{DateTime, Utc};
use stint_domain::request::RequestKind;

/// The requests of one kind that one sort of people decides on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    kind: RequestKind,
    /// Of those who may assign roles, not of approvers.
    pub(super) of_administrators: bool,
}

const fn range(kind: RequestKind, of_administrators: bool) -> Range {
    Range { kind, of_administrators }
}

/// All that there are.
pub(super) const RANGES: [Range; 4] = [
    range(RequestKind::Activation, false),
    range(RequestKind::Extension, false),
    range(RequestKind::Extension, true),
    range(RequestKind::Renewal, true),
];

impl Range {
    /// Whether it has requests of this kind; of any, where there is none.
    pub(super) fn is_of(self, kind: Option<RequestKind>) -> bool {
        kind.is_none_or(|kind| kind == self.kind)
    }

    /// Begins `SELECT id, expires_at FROM (SELECT id, expires_at ...` with the rows of this range.
    pub(super) fn begin(self, query: Builder<'_>) -> Builder<'_> {
        query
            .push("SELECT id, expires_at FROM (SELECT id, expires_at FROM schedule_request WHERE ")
            .push(if self.of_administrators {
                "status = 'PendingAdminDecision'"
            } else {
                "status = 'PendingApproval'"
            })
            .push(" AND action = ")
            .bind(self.kind.action())
    }

    /// The rows of this range that wait at `at` and come after the page before.
    pub(super) fn after<'c>(self, query: Builder<'c>, at: DateTime<Utc>, page: &PageRequest) -> Builder<'c> {
        let query = self.begin(query);
        // One bound, not two: a database that has to choose may choose the wider.
        match key(page).filter(|&(expires_at, _)| expires_at > at) {
            Some((expires_at, id)) => {
                query.push(" AND (expires_at, id) > (").bind(expires_at).push(", ").bind(id).push(")")
            }
            None => query.push(" AND expires_at > ").bind(at),
        }
    }
}
