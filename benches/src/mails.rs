//! Mails a second, from the outbox to a mail server on the same machine, beside a bare conversation with that server.

use crate::{Result, report::Report};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use stint_engine::{
    Engine,
    mail::{self, Mail, MailCarrier, Transport},
    store::outbox,
    worker,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// How many are sent.
const MAILS: usize = 2_000;

const SUBJECT: &str = "PIM: a mail of the bench";

/// Measures on one database, whose outbox is filled by it.
pub async fn run(engine: &Engine, label: &str, report: &mut Report) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = taken.clone();
    let accepting = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(take(stream, counted.clone()));
        }
    });

    let begin = Instant::now();
    let each = MAILS / 2;
    tokio::try_join!(
        send(TcpStream::connect(server).await?, each),
        send(TcpStream::connect(server).await?, each)
    )?;
    let bare = rate(begin.elapsed());

    taken.store(0, Ordering::Relaxed);
    fill(engine).await?;
    let transport = Transport::smtp(&format!("smtp://{server}"))?;
    let carrier =
        MailCarrier::new(engine.clone(), transport, "Stint <pim@stint.example>", "http://stint.example")?;
    let begin = Instant::now();
    let working = tokio::spawn(worker::run(engine.clone(), Arc::new(carrier)));
    while taken.load(Ordering::Relaxed) < MAILS {
        if begin.elapsed() > Duration::from_mins(2) {
            return Err("the mails did not arrive".into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    report.work(label, "Mails from the outbox", rate(begin.elapsed()), bare);
    working.abort();
    accepting.abort();
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
fn rate(time: Duration) -> f64 {
    MAILS as f64 / time.as_secs_f64()
}

fn mail() -> Mail {
    let fact = "Reason: moving the old file server's shares to the new one, as announced last week.\n";
    Mail {
        to: "somebody@stint.example".to_owned(),
        subject: SUBJECT.to_owned(),
        text: fact.repeat(12),
        html: format!("<!DOCTYPE html><html lang=\"en\"><body><p>{}</p></body></html>", fact.repeat(40)),
        thread: None,
        resets: None,
    }
}

async fn fill(engine: &Engine) -> Result<()> {
    let payload = serde_json::to_string(&mail())?;
    let mut tx = engine.database().begin().await?;
    let now = engine.clock().now();
    // What the rest of the bench had to tell is not sent: only these are counted.
    tx.query("UPDATE outbox SET state = 'done' WHERE state = 'queued'").execute().await?;
    for _ in 0..MAILS {
        outbox::append(&mut tx, engine.random().id(now), mail::TOPIC, payload.clone(), now).await?;
    }
    Ok(tx.commit().await?)
}

/// The server: takes everything.
async fn take(stream: TcpStream, taken: Arc<AtomicUsize>) -> Result<()> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 bench\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer: &[u8] = match line.get(..4) {
            Some("DATA") => b"354 go on\r\n",
            Some("QUIT") => b"221 bye\r\n",
            _ => b"250 yes\r\n",
        };
        writer.write_all(answer).await?;
        if answer.starts_with(b"354") {
            while lines.next_line().await?.is_some_and(|line| line != ".") {}
            taken.fetch_add(1, Ordering::Relaxed);
            writer.write_all(b"250 taken\r\n").await?;
        }
    }
    Ok(())
}

/// The least of a client: the same mails, over one connection, each line answered.
async fn send(stream: TcpStream, count: usize) -> Result<()> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let mut answers = BufReader::new(reader).lines();
    let Mail { to, subject, text, html, .. } = mail();
    let body =
        format!("To: {to}\r\nSubject: {subject}\r\n\r\n{}\r\n{html}\r\n.\r\n", text.replace('\n', "\r\n"));
    answers.next_line().await?;
    for line in std::iter::once("EHLO bench\r\n").chain(
        std::iter::repeat_n(
            ["MAIL FROM:<pim@stint.example>\r\n", "RCPT TO:<a@b.example>\r\n", "DATA\r\n", &body],
            count,
        )
        .flatten(),
    ) {
        writer.write_all(line.as_bytes()).await?;
        answers.next_line().await?;
    }
    Ok(())
}
