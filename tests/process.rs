//! The server as a process: how it refuses to start, what it does to those who are slow, what it tells those who watch it, and how it
//! stops.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use stint::server::session::to_hex;
use stint_domain::request::RequestStatus;
use stint_engine::{store::Database, test_support::World};

/// Nothing here takes as long, on however busy a machine.
const PATIENCE: Duration = Duration::from_mins(1);

struct Server {
    child: Child,
    address: SocketAddr,
    directory: PathBuf,
}

impl Server {
    /// The demo, in a directory of its own.
    fn start(name: &str, settings: &[(&str, &str)]) -> Self {
        Self::start_in(directory(name), &["--demo"], settings)
    }

    /// On the database of a directory.
    fn start_in(directory: PathBuf, arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        // The names of the built files stand beside the program.
        let program = directory.join("stint");
        std::fs::hard_link(env!("CARGO_BIN_EXE_stint"), &program).unwrap();
        std::fs::write(directory.join("hash.txt"), "css: a\njs: b\nwasm: c\n").unwrap();
        let address = free();
        let child = Command::new(program)
            .args(["serve", "--database-url", "sqlite:stint.db", "--site", "no-site"])
            .args(arguments)
            .args(["--listen", &address.to_string()])
            .envs(settings.iter().copied())
            .current_dir(&directory)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, address, directory };
        wait_until("it answers", || TcpStream::connect(address).is_ok());
        server
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Begins a form that signs in.
    fn begin_form(&self) -> TcpStream {
        self.begin("/sign-in?post=sign_in_as", "Accept: text/html", FORM.len())
    }

    /// Begins to post. The server has begun to read the body when this returns.
    fn begin(&self, path: &str, header: &str, length: usize) -> TcpStream {
        let mut stream = self.connect();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{header}\r\nExpect: 100-continue\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n",
            self.address
        )
        .unwrap();
        let mut said = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
        stream.read_exact(&mut said).unwrap();
        assert!(said.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&said));
        stream
    }

    fn ask_to_stop(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
    }

    /// How long it still ran.
    fn wait_for_end(&mut self) -> Duration {
        let began = Instant::now();
        let mut status = None;
        wait_until("it ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        assert!(status.unwrap().success());
        began.elapsed()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already, or the test has failed.
        let _ended = self.child.kill();
        let _gone = self.child.wait();
        let _removed = std::fs::remove_dir_all(&self.directory);
    }
}

const FORM: &str = "user_name=admin%40stint.example";

fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what}: not within a minute");
        sleep(Duration::from_millis(20));
    }
}

/// What comes until the other end closes.
fn rest_of(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A connection may also be cut.
    let _cut = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    rest_of(stream)
}

/// What a server says that does not start with such a `stint.toml`.
fn refused(directory: &Path, toml: &str) -> String {
    std::fs::write(directory.join("stint.toml"), toml).unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_stint"))
        // No machine has this address, so that it ends in any case.
        .args(["serve", "--database-url", "sqlite:stint.db", "--listen", "192.0.2.1:1"])
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(!ended.status.success());
    String::from_utf8(ended.stderr).unwrap()
}

#[test]
fn a_configuration_that_cannot_be_used_is_refused_in_words() {
    let directory = directory("refused");
    let provider = "[[openid_connect]]\nid = 'contoso'\nname = 'Contoso'\nclient_id = 'stint'\n";
    let with_issuer = format!("{provider}issuer = 'https://login.contoso.example'\n");
    for (toml, words) in [
        (
            format!("{with_issuer}ca_file = 'none.pem'"),
            "openid_connect: contoso: ca_file: none.pem cannot be used",
        ),
        (format!("{with_issuer}{with_issuer}"), "openid_connect: two providers have the id \"contoso\""),
        (format!("{provider}issuer = 'login'"), "openid_connect: contoso: the issuer is an https address"),
        (provider.to_owned(), "missing field `issuer`"),
        ("session_hours = 0".to_owned(), "session_idle_minutes, session_hours"),
    ] {
        let said = refused(&directory, &toml);
        assert!(said.lines().any(|line| line.starts_with("stint: ") && line.contains(words)), "{said}");
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn who_finds_every_connection_taken_waits_for_one() {
    let server = Server::start("full", &[("STINT_CONNECTIONS", "1")]);
    let mut first = server.begin_form();
    let mut second = server.connect();
    write!(second, "GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address).unwrap();
    second.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let waits = second.read(&mut [0]).unwrap_err();
    assert_eq!(waits.kind(), ErrorKind::WouldBlock, "{waits}");
    second.set_read_timeout(Some(PATIENCE)).unwrap();
    first.write_all(FORM.as_bytes()).unwrap();
    drop(first);
    assert!(rest_of(second).starts_with("HTTP/1.1 200"));
}

#[test]
fn who_is_slow_is_cut_off() {
    let server = Server::start("slow", &[("STINT_READ_SECONDS", "2")]);
    // A head, a byte at a time.
    let mut slow = server.connect();
    let began = Instant::now();
    let head = format!("GET /sign-in HTTP/1.1\r\nHost: {}\r\nX-Slow: {}", server.address, "x".repeat(10_000));
    let is_cut = head.bytes().any(|byte| {
        sleep(Duration::from_millis(100));
        slow.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let is_over = match slow.read(&mut [0; 512]) {
            Ok(_) => true,
            Err(error) => {
                !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
            }
        };
        is_over || slow.write_all(&[byte]).is_err()
    });
    assert!(is_cut && began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
    // Nothing at all, before and after a request.
    assert_eq!(rest_of(server.connect()), "");
    let mut kept = server.connect();
    write!(kept, "GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", server.address).unwrap();
    assert!(rest_of(kept).ends_with("ok"), "the connection was kept, and then not any more");
    // A body that does not come.
    let mut form = server.begin_form();
    form.write_all(&FORM.as_bytes()[..5]).unwrap();
    assert!(rest_of(form).starts_with("HTTP/1.1 408 "));
    // A head without end.
    let mut long = server.connect();
    let sent =
        write!(long, "GET / HTTP/1.1\r\nHost: {}\r\nX-Long: {}\r\n\r\n", server.address, "x".repeat(200_000));
    let answer = rest_of(long);
    assert!(sent.is_err() || answer.starts_with("HTTP/1.1 431 ") || answer.is_empty(), "{answer}");
    // Others are answered meanwhile and after.
    assert!(get(server.address, "/sign-in").starts_with("HTTP/1.1 200 "));
}

#[test]
fn who_is_under_way_is_answered_before_the_end() {
    let mut server = Server::start("stop", &[("STINT_READ_SECONDS", "60"), ("STINT_STOP_SECONDS", "60")]);
    let idle = server.connect();
    let mut form = server.begin_form();
    form.write_all(&FORM.as_bytes()[..5]).unwrap();
    server.ask_to_stop();
    let address = server.address;
    wait_until("nobody new comes in", || TcpStream::connect(address).is_err());
    assert_eq!(server.child.try_wait().unwrap(), None, "it waits for the form");
    form.write_all(&FORM.as_bytes()[5..]).unwrap();
    let answer = rest_of(form);
    assert!(answer.starts_with("HTTP/1.1 303 ") && answer.contains("stint_session="), "{answer}");
    assert!(server.wait_for_end() < Duration::from_secs(30), "nobody else is waited for");
    drop(idle);
}

#[test]
fn who_takes_too_long_is_not_waited_for() {
    let mut server = Server::start("late", &[("STINT_READ_SECONDS", "600"), ("STINT_STOP_SECONDS", "1")]);
    let mut form = server.begin_form();
    form.write_all(&FORM.as_bytes()[..5]).unwrap();
    server.ask_to_stop();
    assert!(server.wait_for_end() < Duration::from_secs(20));
    assert!(!rest_of(form).contains("303"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_decision_is_sent_home() {
    let directory = directory("wait");
    let url = format!("sqlite:{}", directory.join("stint.db").display());
    let world = World::new(Database::connect(&url, 2).await.unwrap()).await;
    let mira = world.user("Mira").await;
    world.require_approval("User Administrator", &[world.ada.id]).await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    let request = world.request(&mira, eligibility).await;
    let token = to_hex(&world.sign_in(&mira).await.token.unwrap());
    world.engine.database().close().await;

    let mut server = Server::start_in(directory, &[], &[("STINT_STOP_SECONDS", "60")]);
    let seen = RequestStatus::PendingApproval.label().replace(' ', "+");
    let form = format!("id={request}&seen={seen}+0");
    let header = format!("Accept: application/json\r\nCookie: stint_session={token}");
    let mut waiting = server.begin("/api/await_request", &header, form.len());
    waiting.write_all(form.as_bytes()).unwrap();
    server.ask_to_stop();
    assert!(server.wait_for_end() < Duration::from_secs(15), "it would wait for twenty seconds by itself");
    let answer = rest_of(waiting);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("false"), "{answer}");
}

#[test]
fn who_watches_sees_numbers_and_nobody() {
    let metrics = free();
    let server = Server::start("metrics", &[("STINT_METRICS_LISTEN", &metrics.to_string())]);
    let mut form = server.begin_form();
    form.write_all(FORM.as_bytes()).unwrap();
    let mut answer = String::new();
    BufReader::new(form).read_line(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
    for path in ["/sign-in?token=a-secret", "/users/a-name", "/no-such-page/a-name", "/api/no_such_function"]
    {
        get(server.address, path);
    }
    let page = get(metrics, "/metrics");
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    for line in [
        "stint_http_requests_total{route=\"/sign-in\",method=\"GET\",status=\"200\"} 1",
        "stint_http_requests_total{route=\"/api/sign_in_as\",method=\"POST\",status=\"303\"} 1",
        "stint_http_requests_total{route=\"(none)\",method=\"GET\",status=\"404\"} 1",
        "stint_http_request_seconds_bucket{route=\"/sign-in\",method=\"GET\",le=\"30\"} 1",
        "stint_sign_ins_total{method=\"demo\",outcome=\"success\"} 1",
        "stint_audit_events_total{category=\"authentication\",activity=\"SignedIn\"} 1",
        "stint_sessions 1",
        "stint_outbox_pieces{lane=\"mail\"}",
        "stint_database_up 1",
        "stint_database_connections{pool=\"writer\",state=\"idle\"}",
        "stint_password_hashes{state=\"waiting\"} 0",
        "process_resident_memory_bytes ",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
    for hidden in ["a-secret", "a-name", "no_such_function", "stint.example", "127.0.0.1", "Olga"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    let docs = include_str!("../docs/operations.md");
    for name in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()) {
        assert!(docs.contains(&format!("`{name}`")), "docs/operations.md does not explain {name}");
    }
    // Nothing else is there, and the numbers are nowhere else.
    for path in ["/", "/sign-in", "/healthz", "/metrics/x"] {
        assert!(get(metrics, path).starts_with("HTTP/1.1 404 "), "{path}");
    }
    assert!(get(server.address, "/metrics").starts_with("HTTP/1.1 404 "));
}
