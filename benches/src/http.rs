//! A small load generator: kept connections, one request at a time on each, for a fixed time. Loopback only.

use crate::{Result, measure::Times};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The head, as it came.
    pub head: String,
    /// The body, out of its chunks.
    pub body: String,
}

impl Answer {
    /// An error where this is no page.
    pub fn expect_page(&self) -> Result<()> {
        if self.status == 200 { Ok(()) } else { Err(format!("{}: {}", self.status, self.body).into()) }
    }
}

/// A kept connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(256 * 1024) })
    }

    /// Sends a request and reads the whole answer.
    pub async fn ask(&mut self, request: &str) -> Result<Answer> {
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let head_end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("no status")?;
        let field = |name: &str| {
            head.lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.trim().to_owned())
        };
        let body = if field("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
            self.chunks(head_end).await?
        } else {
            let length: usize = field("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            while self.buffer.len() < head_end + length {
                self.more().await?;
            }
            self.buffer[head_end..head_end + length].to_vec()
        };
        Ok(Answer { status, head, body: String::from_utf8_lossy(&body).into_owned() })
    }

    async fn chunks(&mut self, mut at: usize) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                if let Some(end) = find(&self.buffer[at..], b"\r\n") {
                    break at + end;
                }
                self.more().await?;
            };
            let size = std::str::from_utf8(&self.buffer[at..line])?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or("0").trim(), 16)?;
            at = line + 2;
            while self.buffer.len() < at + size + 2 {
                self.more().await?;
            }
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&self.buffer[at..at + size]);
            at += size + 2;
        }
    }

    async fn more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// A GET as a browser without script sends it.
pub fn get(path: &str, cookie: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\nCookie: {cookie}\r\n\r\n")
}

/// Asks the same over and over, on so many connections at once, for so long. Tells how long each answer took, and how many
/// came a second.
pub async fn load(
    server: SocketAddr,
    request: &str,
    connections: usize,
    time: Duration,
) -> Result<(Times, f64)> {
    let begin = Instant::now();
    let ask = |_| tokio::spawn(keep_asking(server, request.to_owned(), begin + time));
    let tasks: Vec<_> = (0..connections).map(ask).collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of answers within seconds")]
    let rate = times.len() as f64 / begin.elapsed().as_secs_f64();
    Ok((Times::of(times), rate))
}

async fn keep_asking(server: SocketAddr, request: String, until: Instant) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(server).await?;
    let mut times = Vec::new();
    while Instant::now() < until {
        let before = Instant::now();
        connection.ask(&request).await?.expect_page()?;
        times.push(before.elapsed());
    }
    Ok(times)
}
