//! Performance as numbers: Stint beside the least that could do the same work, in the same run, on the same machine.

mod approvals;
mod http;
mod lists;
mod mails;
mod measure;
mod pages;
mod plain;
mod report;
mod sign_ins;
mod work;

use clap::{Parser, Subcommand};
use report::Report;
use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
};
use stint_engine::{
    Engine,
    clock::SystemClock,
    generate::{Size, generate},
    random::Random,
    store::Database,
};

/// The result of a measurement.
type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

#[derive(Parser)]
#[command(about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fills an empty database with a made-up organisation and prints the administrator's password.
    Generate {
        /// The database: `sqlite:path` or `postgres://...`.
        database: String,
        /// Users.
        #[arg(long, default_value_t = 1000)]
        users: usize,
        /// Groups.
        #[arg(long, default_value_t = 100)]
        groups: usize,
        /// Assignments.
        #[arg(long, default_value_t = 10_000)]
        schedules: usize,
        /// Events of the audit log.
        #[arg(long, default_value_t = 10_000)]
        audit: usize,
    },
    /// Measures the pages, and what is done behind them, on some databases, which are changed by it.
    Run {
        /// What each database is called in the table, its URL, and the administrator's password: `label|url|password`.
        #[arg(required = true)]
        databases: Vec<String>,
        /// The `stint` program; without it no pages are measured.
        #[arg(long)]
        stint: Option<PathBuf>,
        /// The files that the browser loads.
        #[arg(long, default_value = "target/site")]
        site: PathBuf,
        /// A file of sentences to be put below the tables: what was measured in a browser.
        #[arg(long)]
        facts: Option<PathBuf>,
        /// Puts the tables into this file, between its marks.
        #[arg(long)]
        write: Option<PathBuf>,
    },
    /// Serves the plain pages that Stint's are measured beside.
    Plain {
        /// The database.
        database: String,
    },
    /// Times every list of the store.
    Lists {
        /// The database.
        database: String,
        /// Only those whose name has this in it.
        #[arg(long, default_value = "")]
        only: String,
        /// How often each is run.
        #[arg(long, default_value_t = 200)]
        times: usize,
    },
}

async fn engine(database: &str) -> Result<Engine> {
    let database = Database::connect(database, 16).await?;
    Ok(Engine::start(database, Arc::new(SystemClock), Arc::new(Random::from_system())).await?)
}

async fn measure_database(named: &str, stint: Option<&Path>, site: &Path, report: &mut Report) -> Result<()> {
    let mut parts = named.splitn(3, '|');
    let (Some(label), Some(url), Some(password)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("say label|url|password".into());
    };
    let engine = engine(url).await?;
    let mut tx = engine.database().read().await?;
    let (user,): (uuid::Uuid,) = tx
        .query(
            "SELECT s.principal_id
               FROM schedule AS s
               JOIN principal AS p ON p.id = s.principal_id
              WHERE p.kind = 'user'
                AND p.deleted_at IS NULL
              GROUP BY s.principal_id
              ORDER BY COUNT(*) DESC
              LIMIT 1",
        )
        .fetch_one()
        .await?;
    drop(tx);
    let waiting = approvals::prepare(&engine).await?;
    if let Some(stint) = stint {
        let setup = pages::Setup {
            stint: stint.to_owned(),
            site: site.to_owned(),
            database: url.to_owned(),
            label: label.to_owned(),
            password: password.to_owned(),
            user,
            waiting: waiting.requests,
        };
        pages::run(&setup, report).await?;
        sign_ins::run(&setup, report).await?;
    }
    work::run(&engine, waiting.role, url, label, report).await?;
    mails::run(&engine, label, report).await?;
    engine.database().close().await;
    Ok(())
}

/// Replaces what stands between `<!-- measured -->` and `<!-- /measured -->`.
fn put_between_marks(file: &Path, tables: &str) -> Result<()> {
    const MARKS: [&str; 2] = ["<!-- measured -->", "<!-- /measured -->"];
    let text = std::fs::read_to_string(file)?;
    let (before, rest) = text.split_once(MARKS[0]).ok_or("the file has no mark")?;
    let (_, after) = rest.split_once(MARKS[1]).ok_or("the file has no second mark")?;
    Ok(std::fs::write(file, format!("{before}{}\n\n{tables}\n{}{after}", MARKS[0], MARKS[1]))?)
}

#[tokio::main]
async fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Generate { database, users, groups, schedules, audit } => {
            let engine = engine(&database).await?;
            let size = Size { users, groups, schedules, audit_events: audit };
            let mut progress = |what: &str, done: usize, of: usize| eprintln!("{what}: {done} of {of}");
            let made = generate(&engine, size, 1, &mut progress).await?;
            let administrator = made.ok_or("the database has people already")?;
            println!("{}", administrator.password);
            engine.database().close().await;
        }
        Command::Run { databases, stint, site, facts, write } => {
            let mut report = Report::default();
            for database in &databases {
                measure_database(database, stint.as_deref(), &site, &mut report).await?;
            }
            if let Some(file) = facts {
                std::fs::read_to_string(file)?.lines().for_each(|line| report.fact(line.to_owned()));
            }
            let tables = report.to_markdown();
            println!("{tables}");
            if let Some(file) = write {
                put_between_marks(&file, &tables)?;
            }
        }
        Command::Plain { database } => plain::serve(&database).await?,
        Command::Lists { database, only, times } => {
            lists::run(&engine(&database).await?, &only, times).await?;
        }
    }
    Ok(())
}
