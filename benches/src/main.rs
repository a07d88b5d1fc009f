//! Performance as numbers: Stint beside the least that could do the same work, in the same run, on the same machine.

mod lists;
mod measure;

use clap::{Parser, Subcommand};
use std::{error::Error, sync::Arc};
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
        Command::Lists { database, only, times } => {
            lists::run(&engine(&database).await?, &only, times).await?
        }
    }
    Ok(())
}
