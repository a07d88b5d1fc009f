//! Brings mails to a server.

use super::{Mail, TOPIC, make};
use crate::{Engine, worker::Carrier};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
};
use std::pin::Pin;
use stint_store::outbox::OutboxRow;

/// How mails leave.
#[derive(Clone, Debug)]
pub enum Transport {
    /// Not at all: they are kept to be looked at, as in the demo.
    Keep,
    /// To an SMTP server.
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
}

impl Transport {
    /// The server that a URL names: `smtp://host:25`, `smtp://user:password@host:587?tls=required`, `smtps://user:password@host`.
    ///
    /// # Errors
    /// Where the URL names none. The error does not repeat the URL: it may hold a password.
    pub fn smtp(url: &str) -> Result<Self, String> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| "smtp_url must be like smtp://user:password@host:587?tls=required".to_owned())?;
        Ok(Self::Smtp(Box::new(transport.timeout(Some(std::time::Duration::from_secs(20))).build())))
    }
}

/// Turns news into mails, and brings the mails to a server.
#[derive(Clone, Debug)]
pub struct MailCarrier {
    engine: Engine,
    transport: Transport,
    from: Mailbox,
    base: String,
}

impl MailCarrier {
    /// A carrier of mails from `from`, with links to `base`.
    ///
    /// # Errors
    /// Where `from` is no address.
    pub fn new(engine: Engine, transport: Transport, from: &str, base: &str) -> Result<Self, String> {
        let from = from.parse().map_err(|error| format!("mail_from is no address: {error}"))?;
        Ok(Self { engine, transport, from, base: base.trim_end_matches('/').to_owned() })
    }

    async fn send(&self, news: &OutboxRow) -> Result<(), String> {
        let mail: Mail = serde_json::from_str(&news.payload).map_err(|error| error.to_string())?;
        let Transport::Smtp(transport) = &self.transport else { return Ok(()) };
        let host = self.from.email.domain();
        let thread = format!("<request.{}@{host}>", mail.thread);
        let message = Message::builder()
            .from(self.from.clone())
            .to(mail.to.parse().map_err(|error| format!("{error}"))?)
            .subject(mail.subject)
            .message_id(Some(format!("<{}@{host}>", news.id)))
            .in_reply_to(thread.clone())
            .references(thread)
            .multipart(MultiPart::alternative_plain_html(mail.text, mail.html))
            .map_err(|error| error.to_string())?;
        transport.send(message).await.map(drop).map_err(|error| error.to_string())
    }
}

impl Carrier for MailCarrier {
    fn carry<'a>(
        &'a self,
        news: &'a OutboxRow,
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            if news.topic == TOPIC {
                self.send(news).await
            } else {
                make(&self.engine, &self.base, news).await.map_err(|error| error.to_string())
            }
        })
    }
}
