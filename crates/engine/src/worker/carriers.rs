//! Brings each piece to where it belongs.

use super::{Carrier, Carrying, Failure};
use crate::{Result, mail::MailCarrier, webhook::WebhookCarrier};
use std::pin::Pin;
use stint_store::outbox::{self, OutboxRow};

/// Mail and webhooks, as far as they are configured.
#[derive(Debug, Default)]
pub struct Carriers {
    /// Mails.
    pub mail: Option<MailCarrier>,
    /// Webhooks.
    pub webhooks: Option<WebhookCarrier>,
}

impl Carrier for Carriers {
    fn carry<'a>(&'a self, news: &'a OutboxRow) -> Carrying<'a> {
        match (news.topic.as_str(), &self.mail, &self.webhooks) {
            (outbox::WEBHOOK, _, Some(webhooks)) => webhooks.carry(news),
            (outbox::WEBHOOK, _, None) => missing("no webhook is configured any more"),
            (outbox::MAIL, None, _) => missing("mail is not configured any more: set smtp_url"),
            (_, Some(mail), _) => mail.carry(news),
            (_, None, _) => Box::pin(std::future::ready(Ok(()))),
        }
    }

    fn gather<'a>(&'a self) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        match &self.webhooks {
            Some(webhooks) => webhooks.gather(),
            None => Box::pin(std::future::ready(Ok(()))),
        }
    }
}

fn missing(what: &str) -> Carrying<'static> {
    Box::pin(std::future::ready(Err(Failure::ForNow(what.to_owned()))))
}
