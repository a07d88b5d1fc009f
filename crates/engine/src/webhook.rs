//! Tells other systems what happened: each event of the audit log, as a signed CloudEvent, to every webhook that wants it.
//!
//! Each webhook has a cursor in the chain of events. The chain has no gaps and its order is that of the commits, so what lies
//! after the cursor is what was not told yet, whatever was running meanwhile. The pieces for the outbox and the cursor's move
//! hold together; from then on a piece is retried as a mail is. A new webhook begins at the end of the chain.

mod event;
mod post;
mod signature;
mod silence;

use crate::{
    Engine, Error, Operation, Result, derived,
    worker::{Carrier, Carrying, Failure},
};
pub(crate) use post::{Client, Endpoint};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
pub(crate) use signature::header as sign;
use silence::Silence;
use std::{fmt, pin::Pin, sync::Arc};
use stint_domain::{
    authz::{Action, Target},
    id::OutboxId,
};
use stint_store::{
    Page, PageRequest, audit,
    outbox::{self, OutboxRow, TrackedRow},
    webhook_cursor,
};

/// So many events are read in one transaction.
const BATCH: i64 = 100;

/// A system that is told.
#[derive(Clone)]
pub struct Webhook {
    /// Follows from the address: the secret and the events may change, the cursor stays.
    id: String,
    endpoint: Endpoint,
    secret: Vec<u8>,
    events: Vec<String>,
}

impl Webhook {
    /// The shortest secret, in bytes.
    pub const SHORTEST_SECRET: usize = 16;

    /// A webhook that gets events of these types; `stint.role_management.*` are all of one category, none means all there are.
    ///
    /// # Errors
    /// What is wrong, in words that repeat neither the address nor the secret.
    pub fn new(url: &str, secret: &str, events: Vec<String>) -> Result<Self, String> {
        let endpoint = Endpoint::parse(url)?;
        if secret.len() < Self::SHORTEST_SECRET {
            return Err(format!("the secret of a webhook has at least {} characters", Self::SHORTEST_SECRET));
        }
        if let Some(unknown) = events.iter().find(|pattern| !event::is_known(pattern)) {
            return Err(format!(
                "no event of a webhook is called {unknown:?}; docs/webhooks.md has them all"
            ));
        }
        let id = hex::encode(&Sha256::digest(url)[..8]);
        Ok(Self { id, endpoint, secret: secret.as_bytes().to_vec(), events })
    }

    fn wants(&self, kind: &str) -> bool {
        self.events.is_empty() || self.events.iter().any(|pattern| event::matches(pattern, kind))
    }
}

/// SECURITY: an address may hold a token, and nobody has to see the secret.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({})", self.endpoint.host())
    }
}

/// What went to webhooks or is on its way, the latest first, with how far each has come. The payload of each is a
/// [`Delivery`].
pub async fn list(op: &mut Operation, page: &PageRequest) -> Result<Page<TrackedRow>> {
    op.require(Action::ReadAuditLog, &Target::directory())?;
    Ok(outbox::list_of_topic(&mut op.tx, outbox::WEBHOOK, page).await?)
}

/// Tries a delivery again that had failed for good.
pub async fn send_again(op: &mut Operation, id: OutboxId) -> Result<()> {
    op.require(Action::UpdateRoleSettings, &Target::directory())?;
    if outbox::requeue(&mut op.tx, id, outbox::WEBHOOK, op.now).await? {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// What stands in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which webhook: a name that follows from its address, which may hold a token.
    pub webhook: String,
    /// The machine that it goes to.
    pub host: String,
    /// The event, as JSON.
    pub body: String,
}

/// Brings events to webhooks.
#[derive(Clone, Debug)]
pub struct WebhookCarrier {
    engine: Engine,
    source: String,
    webhooks: Vec<Webhook>,
    client: Client,
    silence: Arc<Silence>,
}

impl WebhookCarrier {
    /// A carrier of events of the portal at `base`.
    ///
    /// # Errors
    /// Where two webhooks have one address, or the machine cannot speak TLS.
    pub fn new(engine: Engine, base: &str, webhooks: Vec<Webhook>) -> Result<Self, String> {
        for (index, webhook) in webhooks.iter().enumerate() {
            if webhooks[..index].iter().any(|other| other.id == webhook.id) {
                let host = webhook.endpoint.host();
                return Err(format!("two webhooks have the same url (at {host}): make one of them"));
            }
        }
        let (source, client) = (base.trim_end_matches('/').to_owned(), Client::new()?);
        Ok(Self { engine, source, webhooks, client, silence: Arc::default() })
    }

    /// Writes pieces for what happened since the last look. Tells whether all of it was read.
    async fn gather_for(&self, webhook: &Webhook) -> Result<bool> {
        let mut tx = self.engine.database.read().await?;
        let (end, begun) = (audit::end(&mut tx).await?, webhook_cursor::find(&mut tx, &webhook.id).await?);
        drop(tx);
        if begun == Some(end) {
            return Ok(true);
        }
        let now = self.engine.clock.now();
        let mut tx = self.engine.database.begin().await?;
        webhook_cursor::insert_missing(&mut tx, &webhook.id, end).await?;
        let seen = webhook_cursor::take(&mut tx, &webhook.id).await?;
        let events = audit::list_chain(&mut tx, seen, BATCH).await?;
        for row in &events {
            let kind = event::kind(row);
            if webhook.wants(&kind) {
                let piece = Delivery {
                    webhook: webhook.id.clone(),
                    host: webhook.endpoint.host().to_owned(),
                    body: event::body(row, &kind, &self.source),
                };
                let id = derived::id_from(OutboxId::new(row.id.as_uuid()), &webhook.id);
                let payload = serde_json::to_string(&piece).map_err(stint_store::Error::from)?;
                outbox::append_once(&mut tx, id, outbox::WEBHOOK, payload, now).await?;
            }
        }
        if let Some(last) = events.last() {
            webhook_cursor::set(&mut tx, &webhook.id, last.seq).await?;
        }
        tx.commit().await?;
        Ok(events.len() < usize::try_from(BATCH).unwrap_or(usize::MAX))
    }

    async fn send(&self, row: &OutboxRow) -> Result<(), Failure> {
        let piece: Delivery =
            serde_json::from_str(&row.payload).map_err(|error| Failure::ForGood(error.to_string()))?;
        let Some(webhook) = self.webhooks.iter().find(|webhook| webhook.id == piece.webhook) else {
            return Err(Failure::ForGood("this webhook is not configured any more".to_owned()));
        };
        let (now, host) = (self.engine.clock.now(), webhook.endpoint.host());
        if self.silence.holds(&webhook.id, now) {
            return Err(Failure::ForNow(format!("{host} did not answer a moment ago")));
        }
        let signature = signature::header(&webhook.secret, now.timestamp(), &piece.body);
        let answer = self.client.post(&webhook.endpoint, piece.body, &signature).await;
        match answer {
            Ok(_) => self.silence.end(&webhook.id),
            Err(_) => self.silence.begin(&webhook.id, now),
        }
        match answer {
            Ok(200..300) => Ok(()),
            Ok(410) => Err(Failure::ForGood(format!("{host} is gone (410)"))),
            Ok(status @ 300..400) => {
                Err(Failure::ForNow(format!("{host} answered {status}; redirects are not followed")))
            }
            Ok(status) => Err(Failure::ForNow(format!("{host} answered {status}"))),
            Err(error) => Err(Failure::ForNow(format!("{host}: {error}"))),
        }
    }
}

impl Carrier for WebhookCarrier {
    fn carry<'a>(&'a self, news: &'a OutboxRow) -> Carrying<'a> {
        Box::pin(self.send(news))
    }

    fn gather<'a>(&'a self) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        Box::pin(async move {
            for webhook in &self.webhooks {
                while !self.gather_for(webhook).await? {}
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_without_secrets() {
        let make = |url: &str, secret: &str, event: &str| Webhook::new(url, secret, vec![event.to_owned()]);
        let good =
            make("https://hooks.example/T0/token", "0123456789abcdef", "stint.role_management.*").unwrap();
        assert_eq!(format!("{good:?}"), "Webhook(hooks.example)");
        for (url, secret, event) in [
            ("ftp://hooks.example/token", "0123456789abcdef", "*"),
            ("https://user:token@hooks.example", "0123456789abcdef", "*"),
            ("token", "0123456789abcdef", "*"),
            ("https://hooks.example/token", "token", "*"),
            ("https://hooks.example/token", "0123456789abcdef", "stint.role_management.nonsense"),
        ] {
            let error = make(url, secret, event).unwrap_err();
            assert!(!error.contains("token") && !error.contains("0123"), "{error}");
        }
    }
}
