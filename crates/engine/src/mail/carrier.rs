//! Brings mails to a server.

use super::{Mail, TOPIC, make, words::TOKEN};
use crate::{
    Caller, Engine, links,
    worker::{Carrier, Carrying, Failure},
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
};
use stint_store::{one_time_link::Purpose, outbox::OutboxRow};

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

    async fn send(&self, news: &OutboxRow) -> Result<(), Failure> {
        let Transport::Smtp(transport) = &self.transport else { return Ok(()) };
        let mail =
            serde_json::from_str(&news.payload).map_err(|error| Failure::ForGood(error.to_string()))?;
        let mail = self.with_token(mail).await.map_err(|error| error.to_string())?;
        let message = self.message(news, mail).map_err(Failure::ForGood)?;
        match transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if is_final(&error) => Err(Failure::ForGood(in_words(&error))),
            Err(error) => Err(Failure::ForNow(in_words(&error))),
        }
    }

    /// Makes the token of a mail's link, where it has one: it goes from here to the mail server and nowhere else.
    async fn with_token(&self, mail: Mail) -> crate::Result<Mail> {
        let Some(person) = mail.resets else { return Ok(mail) };
        let mut op = self.engine.write(&Caller::default()).await?;
        let token = links::issue(&mut op, Purpose::ResetPassword, Some(person)).await?;
        op.commit().await?;
        let token = hex::encode(token);
        Ok(Mail { text: mail.text.replace(TOKEN, &token), html: mail.html.replace(TOKEN, &token), ..mail })
    }

    fn message(&self, news: &OutboxRow, mail: Mail) -> Result<Message, String> {
        let host = self.from.email.domain();
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(mail.to.parse().map_err(|error| format!("{error}"))?)
            .subject(mail.subject)
            .message_id(Some(format!("<{}@{host}>", news.id)));
        if let Some(thread) = mail.thread {
            let thread = format!("<request.{thread}@{host}>");
            builder = builder.in_reply_to(thread.clone()).references(thread);
        }
        builder
            .multipart(MultiPart::alternative_plain_html(mail.text, mail.html))
            .map_err(|error| error.to_string())
    }
}

/// Whether the server has said no to this mail for ever (5xx). That it does not know us (53x) says nothing of the mail.
fn is_final(error: &lettre::transport::smtp::Error) -> bool {
    let about_us = error.status().is_some_and(|code| u16::from(code) / 10 == 53);
    error.is_permanent() && !about_us
}

/// The error with what is behind it: "connection error" alone helps nobody.
fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words.push_str(": ");
            words.push_str(&cause_words);
        }
        source = cause.source();
    }
    words
}

impl Carrier for MailCarrier {
    fn carry<'a>(&'a self, news: &'a OutboxRow) -> Carrying<'a> {
        Box::pin(async move {
            if news.topic == TOPIC {
                self.send(news).await
            } else {
                make(&self.engine, &self.base, news).await.map_err(|error| error.to_string().into())
            }
        })
    }
}
