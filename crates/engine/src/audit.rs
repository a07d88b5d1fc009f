//! The audit log: what happened, sealed in the transaction in which it happened.
//!
//! Every event carries a seal, the SHA-256 of the seal before it and of the event's own fields in a fixed order. Whoever
//! changes, removes or inserts an event breaks every seal after it; [`verify`] finds the first.

use crate::{Operation, Result};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use stint_domain::{
    audit::Activity,
    authz::{Action, Target},
    id::{AuditEventId, PrincipalId, RequestId, RoleId},
};
use stint_store::{
    Page, PageRequest, Transaction,
    audit::{self, AuditEventRow, Filter},
    principal::PrincipalRow,
};
use uuid::Uuid;

/// An event that is about to be sealed.
#[derive(Debug)]
pub(crate) struct Event {
    activity: Activity,
    row: AuditEventRow,
    followed: bool,
}

impl Event {
    pub(crate) fn new(activity: Activity) -> Self {
        let row = AuditEventRow {
            seq: 0,
            id: Uuid::nil().into(),
            at: DateTime::UNIX_EPOCH,
            category: activity.category(),
            activity: activity.label().to_owned(),
            actor_id: None,
            actor_name: String::new(),
            target_id: None,
            target_name: None,
            role_id: None,
            role_name: None,
            scope: None,
            justification: None,
            ticket: None,
            detail: None,
            source: None,
            request_id: None,
            hash: Vec::new(),
        };
        Self { activity, row, followed: false }
    }

    /// What happened.
    pub(crate) const fn activity(&self) -> Activity {
        self.activity
    }

    /// To whom or what it was done.
    pub(crate) fn target(mut self, id: impl Into<Uuid>, name: impl Into<String>) -> Self {
        self.row.target_id = Some(id.into());
        self.row.target_name = Some(name.into());
        self
    }

    /// To which user, group or service principal it was done.
    pub(crate) fn on(self, row: &PrincipalRow) -> Self {
        self.target(row.id, row.user_name.clone().unwrap_or_else(|| row.display_name.clone()))
    }

    /// Which role it was about, and where.
    pub(crate) fn role(mut self, id: RoleId, name: &str, scope: &str) -> Self {
        self.row.role_id = Some(id);
        self.row.role_name = Some(name.to_owned());
        self.row.scope = Some(scope.to_owned());
        self
    }

    /// Why, in the actor's words.
    pub(crate) fn because(mut self, justification: Option<impl ToString>) -> Self {
        self.row.justification = justification.map(|text| text.to_string());
        self
    }

    /// Under which ticket.
    pub(crate) fn ticket(mut self, ticket: Option<String>) -> Self {
        self.row.ticket = ticket;
        self
    }

    /// What changed.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.row.detail = Some(detail.into());
        self
    }

    /// How the person had shown who they are, where more was asked for than to be signed in.
    pub(crate) fn shown(mut self, words: Option<&str>) -> Self {
        if let Some(words) = words.filter(|_| !self.followed) {
            self.row.detail = Some(match self.row.detail.take() {
                Some(detail) => format!("{detail}; {words}"),
                None => words.to_owned(),
            });
        }
        self
    }

    /// The request behind it.
    pub(crate) fn request(mut self, id: RequestId) -> Self {
        self.row.request_id = Some(id);
        self
    }

    pub(crate) fn by(
        mut self,
        id: AuditEventId,
        actor: Option<PrincipalId>,
        name: String,
        source: Option<String>,
    ) -> Self {
        self.row.id = id;
        self.row.actor_id = self.row.actor_id.or(actor.filter(|_| !self.followed));
        if self.row.actor_name.is_empty() {
            self.row.actor_name = name;
        }
        self.row.source = source.filter(|_| !self.followed);
        self
    }

    /// It followed from something else: whoever is signed in, and wherever they are, did not do it.
    pub(crate) fn followed(mut self) -> Self {
        if self.row.actor_id.is_none() {
            "Stint".clone_into(&mut self.row.actor_name);
        }
        self.followed = true;
        self
    }

    /// Who did it, where that is not who is signed in.
    pub(crate) fn actor(mut self, row: &PrincipalRow) -> Self {
        self.row.actor_id = Some(row.id);
        self.row.actor_name.clone_from(&row.display_name);
        self
    }
}

/// Appends events to the chain.
pub(crate) async fn seal(tx: &mut Transaction, at: DateTime<Utc>, events: &[Event]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let (mut seq, mut hash) = audit::take_head(tx).await?;
    for event in events {
        debug_assert_eq!(event.row.category, event.activity.category());
        seq += 1;
        let mut row = AuditEventRow { seq, at, ..event.row.clone() };
        hash = seal_of(&hash, &row);
        row.hash.clone_from(&hash);
        audit::append(tx, &row).await?;
    }
    Ok(audit::set_head(tx, seq, hash).await?)
}

/// The seal of an event after another. Every field goes in with its length, so that no two events read alike.
pub fn seal_of(previous: &[u8], row: &AuditEventRow) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut field = |value: Option<&[u8]>| match value {
        None => hash.update([0]),
        Some(bytes) => {
            hash.update([1]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
    };
    field(Some(previous));
    field(Some(&row.seq.to_be_bytes()));
    field(Some(row.id.as_uuid().as_bytes()));
    field(Some(&row.at.timestamp_micros().to_be_bytes()));
    field(Some(row.category.slug().as_bytes()));
    field(Some(row.activity.as_bytes()));
    field(row.actor_id.map(PrincipalId::as_uuid).as_ref().map(|id| id.as_bytes().as_slice()));
    field(Some(row.actor_name.as_bytes()));
    field(row.target_id.as_ref().map(|id| id.as_bytes().as_slice()));
    field(row.target_name.as_deref().map(str::as_bytes));
    field(row.role_id.map(RoleId::as_uuid).as_ref().map(|id| id.as_bytes().as_slice()));
    for text in [&row.role_name, &row.scope, &row.justification, &row.ticket, &row.detail, &row.source] {
        field(text.as_deref().map(str::as_bytes));
    }
    field(row.request_id.map(RequestId::as_uuid).as_ref().map(|id| id.as_bytes().as_slice()));
    hash.finalize().to_vec()
}

/// What checking the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Every seal holds; so many events were checked.
    Whole(i64),
    /// The first event whose seal does not hold, or that is missing.
    BrokenAt(i64),
}

/// Checks every seal, from the first event to the last.
pub async fn verify(database: &stint_store::Database) -> Result<Chain> {
    // Millions of events are checked beside the writers; only while the last few are do the writers wait.
    let mut checked = Checked { seq: 0, hash: Vec::new() };
    if !checked.go_on(&mut database.read().await?).await? {
        return Ok(Chain::BrokenAt(checked.seq + 1));
    }
    let mut tx = database.begin().await?;
    let head = audit::take_head(&mut tx).await?;
    let whole = checked.go_on(&mut tx).await? && head == (checked.seq, checked.hash);
    Ok(if whole { Chain::Whole(checked.seq) } else { Chain::BrokenAt(checked.seq + 1) })
}

/// The last event whose seal was found to hold.
struct Checked {
    seq: i64,
    hash: Vec<u8>,
}

impl Checked {
    /// Checks what comes after. Tells whether all of it holds.
    async fn go_on(&mut self, tx: &mut Transaction) -> Result<bool> {
        loop {
            // Nothing was ever written before the first event, so nothing may be there.
            let after = if self.seq == 0 { i64::MIN } else { self.seq };
            let rows = audit::list_chain(tx, after, 1000).await?;
            if rows.is_empty() {
                return Ok(true);
            }
            for row in rows {
                if row.seq != self.seq + 1 || seal_of(&self.hash, &row) != row.hash {
                    return Ok(false);
                }
                (self.seq, self.hash) = (row.seq, row.hash);
            }
        }
    }
}

/// The log, the latest first: all of it for those who may read it, and for everybody what concerns themselves.
pub async fn list(op: &mut Operation, filter: &Filter, page: &PageRequest) -> Result<Page<AuditEventRow>> {
    let own = op.actor()?.id;
    let concerns_self = filter.actor == Some(own) || filter.target == Some(own.as_uuid());
    let target = if concerns_self { Target::object(own) } else { Target::directory() };
    op.require(Action::ReadAuditLog, &target)?;
    Ok(audit::list(&mut op.tx, filter, page).await?)
}
