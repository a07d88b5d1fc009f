//! A mail server that takes every mail, or refuses, as a story wants it.

use std::sync::{Arc, Mutex};
use stint_engine::mail::Transport;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// What it took, and what it says to a recipient.
#[derive(Debug, Default)]
pub struct Inbox {
    mails: Mutex<Vec<String>>,
    answers: Mutex<Vec<&'static str>>,
    tried: Mutex<usize>,
    news: Notify,
}

impl Inbox {
    /// The mails, as they came.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    /// How often a recipient was named.
    pub fn tried(&self) -> usize {
        *self.tried.lock().unwrap()
    }

    /// Answers the next recipients so; afterwards all are welcome.
    pub fn answer(&self, answers: &[&'static str]) {
        *self.answers.lock().unwrap() = answers.to_vec();
    }

    /// Waits for so many mails.
    pub async fn wait_for(&self, count: usize) -> Vec<String> {
        loop {
            let news = self.news.notified();
            let mails = self.mails();
            if mails.len() >= count {
                return mails;
            }
            news.await;
        }
    }

    fn recipient(&self) -> &'static str {
        *self.tried.lock().unwrap() += 1;
        let mut answers = self.answers.lock().unwrap();
        if answers.is_empty() { "250 yes" } else { answers.remove(0) }
    }

    fn take(&self, mail: String) {
        self.mails.lock().unwrap().push(mail);
        self.news.notify_waiters();
        self.news.notify_one();
    }
}

/// Starts a server; it ends with the test. Tells its URL.
pub async fn server() -> (String, Arc<Inbox>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let inbox: Arc<Inbox> = Arc::default();
    let kept = inbox.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, kept.clone()));
        }
    });
    (url, inbox)
}

/// The way to a server.
pub fn transport(url: &str) -> Transport {
    Transport::smtp(url).unwrap()
}

/// The least of SMTP that a client needs.
async fn serve(stream: TcpStream, inbox: Arc<Inbox>) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 here\r\n").await.unwrap();
    let (mut mail, mut in_data) = (String::new(), false);
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = if in_data {
            if line != "." {
                mail.push_str(&line);
                mail.push('\n');
                continue;
            }
            in_data = false;
            inbox.take(std::mem::take(&mut mail));
            "250 taken"
        } else if line.starts_with("DATA") {
            in_data = true;
            "354 go on"
        } else if line.starts_with("RCPT") {
            inbox.recipient()
        } else if line.starts_with("QUIT") {
            "221 bye"
        } else {
            "250 yes"
        };
        if writer.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}
