//! News becomes mail: who is told of what, and in which words.
//!
//! A piece of news is turned into one mail for each person whom it concerns, as further pieces for the outbox. Each has an id that
//! follows from the news and the address, so that turning the same news twice makes no mail twice. What a person is told stands
//! in the mail as it was when the news was made, and the link leads to how it is now.
//!
//! `news` says which news makes letters, `recipients` to whom, `words` in which words. A new kind of news is a variant of
//! `News`, a file in `words`, and nothing else.

mod carrier;
mod news;
mod preview;
mod recipients;
mod words;

pub use carrier::{MailCarrier, Transport};
pub use preview::{Preview, Recipient, preview_recipients};

use crate::{Engine, Error, Operation, Result, derived};
use recipients::Post;
use serde::{Deserialize, Serialize};
use stint_domain::{
    authz::{Action, Target},
    id::{OutboxId, PrincipalId, RequestId},
};
use stint_store::{
    Page, PageRequest,
    outbox::{self, OutboxRow, TrackedRow},
};

/// The topic of mails in the outbox.
pub const TOPIC: &str = outbox::MAIL;

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
    /// The request that it is about, or that made the assignment that it is about: mails about one make a thread.
    pub thread: Option<RequestId>,
    /// Whose password its link resets: the link's token is made when the mail is sent, and kept nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resets: Option<PrincipalId>,
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

/// Puts the mails that a piece of news makes into the outbox. `base` is the address that people use.
async fn make(engine: &Engine, base: &str, row: &OutboxRow) -> Result<()> {
    let mut op = engine.write(&crate::Caller::default()).await?;
    let Some(news) = news::read(&mut op, row).await? else { return Ok(()) };
    let mut post = Post::default();
    news::write(&mut op, news, base, &mut post).await?;
    for mail in post.mails() {
        let id = derived::id_from(row.id, &mail.to.to_lowercase());
        let payload = serde_json::to_string(&mail).map_err(stint_store::Error::from)?;
        outbox::append_once(&mut op.tx, id, TOPIC, payload, op.now).await?;
    }
    op.commit().await
}
