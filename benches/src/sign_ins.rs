//! Signing in, fifty at once, beside the bare computation of the hash; and an ordinary page while strangers guess.

use crate::{
    Result,
    http::{Connection, get, load},
    pages::{Server, Setup, sign_in},
    report::Report,
};
use argon2::Argon2;
use std::{
    collections::BTreeMap,
    hint::black_box,
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};
use stint_engine::passwords::hashed_at_once;
use tokio::{task::JoinSet, time};

/// How many sign in at once, again and again.
const AT_ONCE: usize = 50;

/// How often a stranger guesses.
const GUESS_EVERY: Duration = Duration::from_millis(10);

/// How long each is measured.
const TIME: Duration = Duration::from_secs(5);

/// Measures on one database with a server of its own, which holds nothing in memory yet.
pub async fn run(setup: &Setup, report: &mut Report) -> Result<()> {
    let bare = tokio::task::spawn_blocking(hashes_a_second).await??;
    // Every guess says that it comes from another address, or the first fifty would be all that are looked at.
    let stint = Server::stint(setup, &[("STINT_TRUSTED_PROXIES", "[\"127.0.0.1\"]")]).await?;
    let before = stint.memory()?.0;
    let rate = sign_ins_a_second(stint.address, &setup.password).await?;
    let cores = f64::from(u32::try_from(hashed_at_once())?);
    let name = format!("Sign-ins per core, {AT_ONCE} at once, beside argon2 alone");
    report.work(&setup.label, &name, rate / cores, bare);
    report.fact(format!(
        "Memory of the server on {} with {AT_ONCE} sign-ins at once: {} MiB at most, {before} MiB before.",
        setup.label,
        stint.memory()?.1
    ));

    let page = get("/users", &sign_in(stint.address, &setup.password).await?);
    load(stint.address, &page, 1, TIME / 5).await?;
    let (alone, _) = load(stint.address, &page, 1, TIME).await?;
    let guessing = tokio::spawn(guess(stint.address, Instant::now() + TIME + Duration::from_secs(1)));
    // The line in front of the hashes is full when the page is measured.
    time::sleep(Duration::from_secs(1)).await;
    let (beside, _) = load(stint.address, &page, 1, TIME).await?;
    let answers: Vec<_> =
        guessing.await??.into_iter().map(|(status, count)| format!("{count} with {status}")).collect();
    let (quiet, busy) = (alone.percentile(99), beside.percentile(99));
    report.fact(format!(
        "Users on {} while {} wrong passwords a second arrive: p50 {:.2} ms, p99 {busy:.2} ms; without them {:.2} and {quiet:.2} \
         (p99: {:.1} times; one hash takes {:.0} ms). The guesses were answered {}.",
        setup.label,
        Duration::from_secs(1).as_millis() / GUESS_EVERY.as_millis(),
        beside.percentile(50),
        alone.percentile(50),
        busy / quiet,
        1000.0 / bare,
        answers.join(", "),
    ));
    Ok(())
}

/// How many hashes of Stint's strength one core computes a second.
fn hashes_a_second() -> Result<f64> {
    let (begin, mut count) = (Instant::now(), 0_u32);
    while begin.elapsed() < TIME / 2 {
        let mut hash = [0; 32];
        Argon2::default()
            .hash_password_into(black_box(b"walrus orbit teacup nineteen"), b"a salt of sixteen", &mut hash)
            .map_err(|error| error.to_string())?;
        black_box(hash);
        count += 1;
    }
    Ok(f64::from(count) / begin.elapsed().as_secs_f64())
}

async fn sign_ins_a_second(server: SocketAddr, password: &str) -> Result<f64> {
    let begin = Instant::now();
    let mut people = JoinSet::new();
    for _ in 0..AT_ONCE {
        let form = form(server, "admin@stint.example", password, Ipv4Addr::LOCALHOST);
        people.spawn(async move {
            let mut connection = Connection::open(server).await?;
            let mut count = 0_u32;
            while begin.elapsed() < TIME {
                let answer = connection.ask(&form).await?;
                if answer.status != 303 {
                    return Err(format!("signing in: {} {}", answer.status, answer.body).into());
                }
                count += 1;
            }
            Ok(count)
        });
    }
    let mut count = 0;
    for one in people.join_all().await {
        let one: Result<u32> = one;
        count += one?;
    }
    Ok(f64::from(count) / begin.elapsed().as_secs_f64())
}

/// Guesses at a steady pace, whether or not the last guess was answered. Tells how many got which answer.
async fn guess(server: SocketAddr, until: Instant) -> Result<BTreeMap<u16, u32>> {
    let mut pace = time::interval(GUESS_EVERY);
    let mut guesses = JoinSet::new();
    for number in 0_u32.. {
        if Instant::now() >= until {
            break;
        }
        pace.tick().await;
        let from = Ipv4Addr::from(0x0a00_0000 + number);
        let form = form(server, &format!("guess{number}@stint.example"), "hunter2-hunter2", from);
        guesses.spawn(async move { Connection::open(server).await?.ask(&form).await });
    }
    let mut answers = BTreeMap::new();
    for answer in guesses.join_all().await {
        *answers.entry(answer?.status).or_default() += 1;
    }
    Ok(answers)
}

fn form(server: SocketAddr, name: &str, password: &str, from: Ipv4Addr) -> String {
    let form = format!("user_name={}&password={password}&return_to=%2Fmy-roles", name.replace('@', "%40"));
    format!(
        "POST /sign-in?post=sign_in HTTP/1.1\r\nHost: {server}\r\nOrigin: http://{server}\r\nSec-Fetch-Site: same-origin\r\n\
         Accept: text/html\r\nX-Forwarded-For: {from}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    )
}
