//! Brings each piece to where it belongs.

use super::{Carrier, Carrying, Failure};
use crate::mail::MailCarrier;
use stint_store::outbox::{self, OutboxRow};

/// Mail and webhooks, as far as they are configured.
#[derive(Debug, Default)]
pub struct Carriers {
    /// Mails.
    pub mail: Option<MailCarrier>,
}

impl Carrier for Carriers {
    fn carry<'a>(&'a self, news: &'a OutboxRow) -> Carrying<'a> {
        match (news.topic.as_str(), &self.mail) {
            (outbox::MAIL, None) => missing("mail is not configured any more: set smtp_url"),
            (_, Some(mail)) => mail.carry(news),
            (_, None) => Box::pin(std::future::ready(Ok(()))),
        }
    }
}

fn missing(what: &str) -> Carrying<'static> {
    Box::pin(std::future::ready(Err(Failure::ForNow(what.to_owned()))))
}
