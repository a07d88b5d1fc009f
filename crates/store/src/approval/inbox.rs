//! What waits for somebody: found through the roles that they decide on, not through all requests there ever were.
//!
//! Somebody decides as themselves, and for each approver in whose place they stand. Each of these seats is an arm of its own,
//! read by index in the order of expiry. In that order a page needs the first of each arm. In any other order, or where words
//! are looked for, it needs all that waits for the person: of each arm at most [`MOST`], the first to expire.

use super::{key, range::RANGES};
use crate::{
    Builder, Page, PageRequest, Result, Transaction,
    principal::after,
    request::{COLUMNS, NAMES, RequestRow},
};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{PrincipalId, RequestId, RoleId},
    request::RequestKind,
};
use uuid::Uuid;

/// So many of what waits in one place are sorted and searched.
pub const MOST: i64 = 5000;

/// Whose inbox it is, and what of it is looked at.
#[derive(Clone, Debug)]
pub struct Inbox {
    /// Who looks: what they asked for themselves, or have decided on, is not for them.
    pub own: PrincipalId,
    /// What they approve as: a user, a group, or a role whose holders decide.
    pub approvers: Vec<Uuid>,
    /// The approvers in whose place they stand, each with what that one approves as.
    pub stands_in: Vec<(PrincipalId, Vec<Uuid>)>,
    /// Whether they may assign roles, and so decide on extending and renewing assignments.
    pub is_administrator: bool,
    /// Only this kind of request; all where there is none.
    pub kind: Option<RequestKind>,
    /// In which order.
    pub order: Order,
    /// Words, each with the roles whose name has it: who asked bears each, or it is about such a role.
    pub words: Vec<(String, Vec<RoleId>)>,
}

impl Inbox {
    /// The inbox of somebody who decides as themselves alone, on nothing so far.
    pub const fn of(own: PrincipalId) -> Self {
        Self {
            own,
            approvers: Vec::new(),
            stands_in: Vec::new(),
            is_administrator: false,
            kind: None,
            order: Order::Expiry,
            words: Vec::new(),
        }
    }
}

/// An order of what waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The first to expire first.
    #[default]
    Expiry,
    /// The latest first.
    Newest,
    /// By who asked.
    Requestor,
    /// By the role.
    Role,
}

/// What waits for somebody at `at`, each with the seat from which they decide: 0 is their own, 1 the first in whose place they
/// stand, and so on.
pub async fn list_inbox(
    tx: &mut Transaction,
    inbox: &Inbox,
    at: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Page<(RequestRow, usize)>> {
    let found: Vec<(RequestId, i64)> = waiting(tx.build(""), inbox, at, page).fetch_all().await?;
    let mut rows: Vec<RequestRow> = tx
        .build(COLUMNS)
        .push("SELECT id FROM schedule_request WHERE id IN ")
        .bind_list(found.iter().map(|&(id, _)| id))
        .push(NAMES)
        .fetch_all()
        .await?;
    let items: Vec<_> = found
        .into_iter()
        .filter_map(|(id, seat)| {
            let index = rows.iter().position(|row| row.id == id)?;
            Some((rows.swap_remove(index), usize::try_from(seat).unwrap_or_default()))
        })
        .collect();
    Ok(match inbox.order {
        Order::Expiry => page.page(items, |(row, _)| (row.expires_at, row.id)),
        Order::Newest => page.page(items, |(row, _)| row.id),
        Order::Requestor => page.page(items, |(row, _)| (row.principal_name.to_lowercase(), row.id)),
        Order::Role => page.page(items, |(row, _)| (row.role_name.to_lowercase(), row.id)),
    })
}

/// Finds the ids, with the seat of each.
fn waiting<'c>(query: Builder<'c>, inbox: &Inbox, at: DateTime<Utc>, page: &PageRequest) -> Builder<'c> {
    if inbox.order == Order::Expiry && inbox.words.is_empty() {
        // A page of the whole needs a page of each arm.
        return arms(query, inbox, at, page).push(" ORDER BY expires_at, id").limit(page.limit());
    }
    let all = PageRequest { after: None, size: PageRequest::MOST };
    let query = arms(query.push("SELECT found.id, found.seat FROM ("), inbox, at, &all).push(
        ") AS found
          JOIN schedule_request AS q ON q.id = found.id
          JOIN principal AS p ON p.id = q.principal_id
          JOIN role AS r ON r.id = q.role_id
         WHERE 1 = 1",
    );
    let query = narrow(query, inbox);
    let in_order = match (inbox.order, page) {
        (Order::Expiry, page) => match key(page) {
            Some((expires_at, id)) => {
                query.push(" AND (q.expires_at, q.id) > (").bind(expires_at).push(", ").bind(id).push(")")
            }
            None => query,
        }
        .push(" ORDER BY q.expires_at, q.id"),
        (Order::Newest, page) => match page.key::<RequestId>() {
            Some(id) => query.push(" AND q.id < ").bind(id),
            None => query,
        }
        .push(" ORDER BY q.id DESC"),
        (Order::Requestor, page) => match page.key::<(String, RequestId)>() {
            Some((name, id)) => {
                query.push(" AND (p.sort_name, q.id) > (").bind(name).push(", ").bind(id).push(")")
            }
            None => query,
        }
        .push(" ORDER BY p.sort_name, q.id"),
        (Order::Role, page) => match page.key::<(String, RequestId)>() {
            Some((name, id)) => {
                query.push(" AND (r.sort_name, q.id) > (").bind(name).push(", ").bind(id).push(")")
            }
            None => query,
        }
        .push(" ORDER BY r.sort_name, q.id"),
    };
    in_order.limit(page.limit())
}

/// Only what has every word.
fn narrow<'c>(mut query: Builder<'c>, inbox: &Inbox) -> Builder<'c> {
    for (word, roles) in &inbox.words {
        query = query
            .push(" AND (q.role_id IN ")
            .bind_list(roles.iter().copied())
            .push(
                " OR EXISTS (SELECT 1 FROM principal_word AS b
                              WHERE b.principal_id = q.principal_id AND b.word >= ",
            )
            .bind(word.clone())
            .push(" AND b.word < ")
            .bind(after(word))
            .push("))");
    }
    query
}

/// Everything that waits, each once, from the first seat that the person could take.
fn arms<'c>(query: Builder<'c>, inbox: &Inbox, at: DateTime<Utc>, page: &PageRequest) -> Builder<'c> {
    let query = query.push("SELECT id, MIN(seat) AS seat FROM (");
    let mut query = to_approvers(query, inbox, (0, inbox.own, &inbox.approvers), at, page);
    for (seat, (instead_of, approvers)) in (1..).zip(&inbox.stands_in) {
        let query_of_all = query.push(" UNION ALL ");
        query = to_approvers(query_of_all, inbox, (seat, *instead_of, approvers), at, page);
    }
    for range in RANGES {
        if inbox.is_administrator && range.of_administrators && range.is_of(inbox.kind) {
            query = query.push(" UNION ALL SELECT id, expires_at, 0 AS seat FROM (");
            query = range
                .after(query, at, page)
                .push(" AND (principal_id <> ")
                .bind(inbox.own)
                .push(") IS TRUE ORDER BY expires_at, id")
                .limit(of_arm(inbox, page))
                .push(") AS part) AS decided");
        }
    }
    query.push(") AS inbox GROUP BY id, expires_at")
}

/// How many of an arm are needed.
fn of_arm(inbox: &Inbox, page: &PageRequest) -> i64 {
    if inbox.order == Order::Expiry && inbox.words.is_empty() { page.limit() } else { MOST }
}

/// What approvers decide on from one seat: activations, and their extensions.
fn to_approvers<'c>(
    query: Builder<'c>,
    inbox: &Inbox,
    seat: (i64, PrincipalId, &[Uuid]),
    at: DateTime<Utc>,
    page: &PageRequest,
) -> Builder<'c> {
    let query = to_side(query, false, inbox, seat, at, page).push(" UNION ALL ");
    to_side(query, true, inbox, seat, at, page)
}

/// What those decide on who are approvers of the stage at which it stands, or its backup approvers where it has taken long.
fn to_side<'c>(
    query: Builder<'c>,
    is_backup: bool,
    inbox: &Inbox,
    (seat, of, approvers): (i64, PrincipalId, &[Uuid]),
    at: DateTime<Utc>,
    page: &PageRequest,
) -> Builder<'c> {
    let own = inbox.own;
    let query = query
        .push("SELECT id, expires_at, ")
        .bind(seat)
        .push(
            " AS seat FROM (SELECT w.id, w.expires_at
               FROM (SELECT DISTINCT role_id, scope, stage FROM role_approver WHERE approver_id IN ",
        )
        .bind_list(approvers.iter().copied())
        .push(if is_backup { " AND is_backup" } else { " AND NOT is_backup" })
        .push(
            ") AS a
               JOIN schedule_request AS w ON w.role_id = a.role_id AND w.settings_scope = a.scope AND w.stage = a.stage
              WHERE w.status = 'PendingApproval'
                AND ",
        );
    // `IS TRUE` keeps the index by expiry from being used: that has those too which have not waited for long.
    let query = if is_backup {
        query.push("w.escalates_at <= ").bind(at).push(" AND (w.expires_at > ").bind(at).push(") IS TRUE")
    } else {
        query.push("w.expires_at > ").bind(at)
    };
    let mut query = query.push(" AND (w.principal_id <> ").bind(own);
    if of != own {
        // SECURITY: in nobody's place is decided on what one of those asked for whose place is taken.
        query = query
            .push(" AND w.principal_id NOT IN ")
            .bind_list(inbox.stands_in.iter().map(|&(instead_of, _)| instead_of));
    }
    query = query
        .push(
            ") IS TRUE AND NOT EXISTS (SELECT 1 FROM approval_decision AS d
                                        WHERE d.request_id = w.id AND (d.approver_id = ",
        )
        .bind(own)
        .push(" OR COALESCE(d.for_id, d.approver_id) = ")
        .bind(of)
        .push("))");
    if let Some(kind) = inbox.kind {
        // `IS TRUE` keeps the index of kinds from being used: that has every role's.
        query = query.push(" AND (w.action = ").bind(kind.action()).push(") IS TRUE");
    }
    if let Some((expires_at, id)) = key(page) {
        query = query.push(" AND (w.expires_at, w.id) > (").bind(expires_at).push(", ").bind(id).push(")");
    }
    query.push(" ORDER BY w.expires_at, w.id").limit(of_arm(inbox, page)).push(") AS asked")
}

/// How the database would find the first page of an inbox, for tests.
#[cfg(feature = "test-support")]
pub async fn explain_inbox(tx: &mut Transaction, inbox: &Inbox, at: DateTime<Utc>) -> Result<String> {
    let first = PageRequest::first();
    let lines: Vec<String> = if tx.is_sqlite() {
        let query = tx.build("EXPLAIN QUERY PLAN ");
        let rows: Vec<(i64, i64, i64, String)> = waiting(query, inbox, at, &first).fetch_all().await?;
        rows.into_iter().map(|(.., line)| line).collect()
    } else {
        let query = tx.build("EXPLAIN ");
        let rows: Vec<(String,)> = waiting(query, inbox, at, &first).fetch_all().await?;
        rows.into_iter().map(|(line,)| line).collect()
    };
    Ok(lines.join("\n"))
}
