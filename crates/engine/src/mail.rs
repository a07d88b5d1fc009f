//! News becomes mail: who is told of what, and in which words.
//!
//! A piece of news is turned into one mail for each person whom it concerns, as further pieces for the outbox. Each has an id that
//! follows from the news and the address, so that turning the same news twice makes no mail twice. What a person is told stands
//! in the mail as it was when the news was made, and the link leads to how it is now.

mod carrier;
mod words;

pub use carrier::{MailCarrier, Transport};

use crate::{Caller, Engine, Error, Operation, Result, approvers};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use stint_domain::{
    authz::{Action, Target},
    id::{OutboxId, RequestId},
    settings::{NotificationLevel, NotificationRule},
};
use stint_store::{
    Page, PageRequest,
    outbox::{self, OutboxRow, TrackedRow},
    principal::{self, PrincipalRow},
    request::{self, RequestRow},
    role_settings,
};
use uuid::Uuid;

/// The topic of mails in the outbox.
pub const TOPIC: &str = "mail";

/// One mail to one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The address.
    pub to: String,
    /// The subject; it begins with `PIM:`.
    pub subject: String,
    /// The mail as text.
    pub text: String,
    /// The mail as HTML.
    pub html: String,
    /// The request that it is about: mails about one make a thread.
    pub thread: RequestId,
}

/// The mails that were made, the latest first, with how far each has come.
pub async fn list(op: &mut Operation, page: &PageRequest) -> Result<Page<TrackedRow>> {
    op.require(Action::ReadAuditLog, &Target::directory())?;
    Ok(outbox::list_of_topic(&mut op.tx, TOPIC, page).await?)
}

/// Tries a mail again that had failed for good.
pub async fn send_again(op: &mut Operation, id: OutboxId) -> Result<()> {
    op.require(Action::UpdateRoleSettings, &Target::directory())?;
    if outbox::requeue(&mut op.tx, id, TOPIC, op.now).await? { Ok(()) } else { Err(Error::NotFound) }
}

/// What happened to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Requested,
    Approved,
    Denied,
    Cancelled,
    Expired,
}

impl What {
    fn of_topic(topic: &str) -> Option<Self> {
        Some(match topic {
            "approval.requested" => Self::Requested,
            "approval.approved" => Self::Approved,
            "approval.denied" => Self::Denied,
            "approval.cancelled" => Self::Cancelled,
            "approval.expired" => Self::Expired,
            _ => return None,
        })
    }
}

/// What every piece of news about a request says.
#[derive(Deserialize)]
struct AboutRequest {
    request: RequestId,
}

/// Puts the mails that a piece of news makes into the outbox. `base` is the address that people use.
async fn make(engine: &Engine, base: &str, news: &OutboxRow) -> Result<()> {
    let Some(what) = What::of_topic(&news.topic) else { return Ok(()) };
    let Ok(AboutRequest { request }) = serde_json::from_str(&news.payload) else { return Ok(()) };
    let mut op = engine.write(&Caller::default()).await?;
    let Some(request) = request::find(&mut op.tx, request).await? else { return Ok(()) };
    for (to, mail) in recipients(&mut op, what, &request, base).await? {
        let payload = serde_json::to_string(&mail).map_err(stint_store::Error::from)?;
        outbox::append_once(&mut op.tx, id_of(news.id, &to), TOPIC, payload, op.now).await?;
    }
    op.commit().await
}

/// The mails by address: one for each, whatever several roles somebody has in the matter.
async fn recipients(
    op: &mut Operation,
    what: What,
    request: &RequestRow,
    base: &str,
) -> Result<BTreeMap<String, Mail>> {
    let scope = request.settings_scope.clone().unwrap_or_else(stint_domain::scope::ScopePath::directory);
    let settings = role_settings::get(&mut op.tx, request.provider, request.role_id, &scope).await?.settings;
    let mut mails = BTreeMap::new();
    let mut tell = |to: &str, mail: Mail| {
        mails.insert(to.to_lowercase(), mail);
    };

    let rule = &settings.notify_approver_of_activation;
    // Only a request that waits asks for an act; that somebody else has acted is good to know.
    if what == What::Requested || rule.notification_level == NotificationLevel::All {
        let people = approvers::list_people(op, &settings.activation_approval).await?;
        let by = request.closed_by.filter(|_| what != What::Requested);
        let others = people.iter().filter(|one| one.id != request.principal_id && Some(one.id) != by);
        for to in addresses(rule, others) {
            tell(&to, words::to_approver(what, request, base, &to));
        }
    }
    if what != What::Requested {
        let rule = &settings.notify_requestor_of_activation;
        let person = principal::find(&mut op.tx, request.principal_id).await?;
        if rule.notification_level == NotificationLevel::All {
            for to in addresses(rule, person.iter()) {
                tell(&to, words::to_requestor(what, request, base, &to));
            }
        }
    }
    Ok(mails)
}

/// Where a rule sends: to the people whom the matter concerns, if it does, and to more addresses.
fn addresses<'a>(rule: &NotificationRule, people: impl Iterator<Item = &'a PrincipalRow>) -> Vec<String> {
    let concerned = people.filter_map(|row| row.mail.clone().or_else(|| row.user_name.clone()));
    let concerned: Vec<_> = concerned.filter(|_| rule.is_default_recipients_enabled).collect();
    concerned.into_iter().chain(rule.notification_recipients.iter().cloned()).collect()
}

/// The same for the same news and address, and in the order of the news.
fn id_of(news: OutboxId, to: &str) -> OutboxId {
    let mut hash = Sha256::new();
    hash.update(news.as_uuid().as_bytes());
    hash.update(to.as_bytes());
    let hash = hash.finalize();
    let mut bytes = *news.as_uuid().as_bytes();
    bytes[7] = hash[0];
    bytes[9..].copy_from_slice(&hash[1..8]);
    Uuid::from_bytes(bytes).into()
}
