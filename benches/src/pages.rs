//! The pages over HTTP: the real server beside the plain one, on the same database, one after the other.

use crate::{
    Result,
    http::{Answer, Connection, get, load},
    report::Report,
};
use std::{
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};
use stint_domain::id::RequestId;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};
use uuid::Uuid;

/// How long each page is asked for.
const TIME: Duration = Duration::from_secs(3);

/// How many connections ask at once where pages a second are counted.
const CONNECTIONS: usize = 8;

/// What to measure with.
#[derive(Debug)]
pub struct Setup {
    /// The `stint` program.
    pub stint: PathBuf,
    /// The files that the browser loads.
    pub site: PathBuf,
    /// The database.
    pub database: String,
    /// The database and its size, for the table.
    pub label: String,
    /// The administrator's password.
    pub password: String,
    /// The user whose roles are looked at: one with a long history.
    pub user: Uuid,
    /// What waits for the administrator's decision.
    pub waiting: Vec<RequestId>,
}

/// A server that runs until this is dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// The real one, with settings beside what is measured with.
    pub async fn stint(setup: &Setup, settings: &[(&str, &str)]) -> Result<Self> {
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(&setup.stint)
            .arg("serve")
            .args(["--listen", &address.to_string(), "--database-url", &setup.database])
            .arg("--site")
            .arg(&setup.site)
            .env("STINT_LOG", "warn")
            // All of it comes from one address and one session.
            .env("STINT_REQUESTS_PER_MINUTE", "0")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        for _ in 0..200 {
            if Connection::open(address).await.is_ok() {
                return Ok(Self { child, address });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("stint did not start".into())
    }

    async fn plain(setup: &Setup) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["plain", &setup.database])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let out = child.stdout.take().ok_or("no output")?;
        let line = BufReader::new(out).lines().next_line().await?.ok_or("the plain server did not start")?;
        Ok(Self { child, address: line.parse()? })
    }

    /// The memory that it holds now and held at most, in MiB.
    pub fn memory(&self) -> Result<(u64, u64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().ok_or("it ended")?))?;
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        };
        Ok((field("VmRSS").unwrap_or(0) / 1024, field("VmHWM").unwrap_or(0) / 1024))
    }
}

/// Signs the administrator in. Gives the cookie.
pub async fn sign_in(server: SocketAddr, password: &str) -> Result<String> {
    let form = format!("user_name=admin%40stint.example&password={password}&return_to=%2Fmy-roles");
    let request = format!(
        "POST /api/sign_in HTTP/1.1\r\nHost: {server}\r\nOrigin: http://{server}\r\nSec-Fetch-Site: same-origin\r\n\
         Accept: text/html\r\nReferer: http://{server}/sign-in\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let answer = Connection::open(server).await?.ask(&request).await?;
    let cookie = answer.head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("set-cookie")
            .then(|| value.split(';').next().unwrap_or_default().to_owned())
    });
    cookie.ok_or_else(|| format!("signing in: {} {}", answer.status, answer.body).into())
}

/// Approves these at once, as the inbox does.
async fn decide(server: SocketAddr, cookie: &str, requests: &[RequestId]) -> Result<()> {
    let ids: Vec<_> =
        requests.iter().enumerate().map(|(index, id)| format!("ids%5Br{index}%5D={id}")).collect();
    let form = format!("{}&verdict=approve&justification=All+of+them", ids.join("&"));
    let request = format!(
        "POST /api/decide_requests HTTP/1.1\r\nHost: {server}\r\nOrigin: http://{server}\r\nSec-Fetch-Site: same-origin\r\n\
         Accept: application/json\r\nCookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let answer = Connection::open(server).await?.ask(&request).await?;
    let approved = answer.body.matches("\"problem\":null").count();
    if approved == requests.len() {
        Ok(())
    } else {
        Err(format!("{approved} of {} were approved: {}", requests.len(), answer.body).into())
    }
}

async fn look(server: SocketAddr, request: &str) -> Result<Answer> {
    let answer = Connection::open(server).await?.ask(request).await?;
    answer.expect_page()?;
    Ok(answer)
}

/// Measures all pages on one database.
pub async fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let stint = Server::stint(setup, &[]).await?;
    let plain = Server::plain(setup).await?;
    let cookie = sign_in(stint.address, &setup.password).await?;
    let before = stint.memory()?;
    let pages = [
        ("My roles", "/my-roles".to_owned()),
        ("Assigned roles of a user", format!("/users/{}/assigned-roles", setup.user)),
        ("Users", "/users".to_owned()),
        ("Assignments", "/assignments".to_owned()),
        ("Audit", "/audit".to_owned()),
        ("Approve requests, 50 waiting", "/approvals".to_owned()),
    ];
    for (name, path) in pages {
        let request = get(&path, &cookie);
        let (ours, theirs) = (look(stint.address, &request).await?, look(plain.address, &request).await?);
        let rows = |answer: &Answer| answer.body.matches("<tr").count();
        eprintln!(
            "{} {name}: {} bytes with {} rows beside {} bytes with {} rows",
            setup.label,
            ours.body.len(),
            rows(&ours),
            theirs.body.len(),
            rows(&theirs)
        );
        // Warm both, then in turn, so that what disturbs one disturbs the other.
        load(stint.address, &request, 2, TIME / 6).await?;
        load(plain.address, &request, 2, TIME / 6).await?;
        let (times, _) = load(stint.address, &request, 1, TIME).await?;
        let (plain_times, _) = load(plain.address, &request, 1, TIME / 2).await?;
        let (_, rate) = load(stint.address, &request, CONNECTIONS, TIME).await?;
        let (_, plain_rate) = load(plain.address, &request, CONNECTIONS, TIME).await?;
        report.page(&setup.label, name, &times, &plain_times, rate, plain_rate);
    }
    let begin = Instant::now();
    decide(stint.address, &cookie, &setup.waiting).await?;
    report.fact(format!(
        "Approving {} requests at once on {}: {:.0} ms.",
        setup.waiting.len(),
        setup.label,
        begin.elapsed().as_secs_f64() * 1000.0
    ));
    let after = stint.memory()?;
    report.fact(format!(
        "Memory of the server on {}: {} MiB after signing in, {} MiB after all pages, {} MiB at most.",
        setup.label, before.0, after.0, after.1
    ));
    Ok(())
}
