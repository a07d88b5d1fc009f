//! The command line.

use clap::{Parser, Subcommand};
use leptos::prelude::*;
use std::{error::Error, process::ExitCode, sync::Arc, time::Duration};
use stint::{
    paths,
    server::{
        App,
        config::{Config, ConfigError, LogFormat, Overrides},
        connections, metrics, router, session,
    },
};
use stint_domain::text::LINK_MINUTES;
use stint_engine::{
    Engine,
    audit::{self, Chain},
    clock::Clock,
    demo, first_start, generate,
    mail::{MailCarrier, Transport},
    random::Random,
    sessions,
    store::Database,
    users,
    webhook::WebhookCarrier,
    worker::{self, Carriers},
};
use tokio::{net::TcpListener, time::timeout};

/// A page is some thousand small pieces of text: a third of its time went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Privileged Identity Management: nobody holds a privileged role for longer than the stint they need it for.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    overrides: Overrides,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests.
    Serve,
    /// Bring the database up to date, and stop.
    Migrate,
    /// What only somebody on the server's own shell may do.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Make a Global Administrator with a new password, for scripts; `serve` and `admin recover` print a link instead.
    CreateAdministrator {
        /// What they sign in with, such as admin@contoso.example.
        user_name: String,
    },
    /// Check every seal of the audit log.
    VerifyAudit,
    /// Fill an empty database with made-up data, for measuring.
    Generate {
        /// How many users.
        #[arg(long, default_value_t = 1000)]
        users: usize,
        /// How many groups.
        #[arg(long, default_value_t = 100)]
        groups: usize,
        /// How many assignments.
        #[arg(long, default_value_t = 10_000)]
        schedules: usize,
        /// How many audit events.
        #[arg(long, default_value_t = 10_000)]
        audit: usize,
        /// The same seed makes the same people.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Print a link that makes a Global Administrator, for when none can sign in. It is audited, and they are told by mail.
    Recover {
        /// The user who becomes one and chooses a new password; somebody new where none is named.
        #[arg(long)]
        user: Option<String>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        // In words: what `main` itself would write is for programmers.
        Err(error) => {
            eprintln!("stint: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let config = Config::load(&arguments.overrides)?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("STINT_LOG")
                .unwrap_or_else(|_| "info,sqlx=warn".into()),
        )
        .with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    let database = Database::connect(&config.database_url, config.database_connections).await?;
    let engine = Engine::start(database, clock(), Arc::new(Random::from_system()))
        .await?
        .with_limits(config.session_limits(), config.keep_sign_ins());
    let engine = match config.ticket_check_secret()? {
        Some(secret) => engine.with_ticket_check_secret(secret.expose())?,
        None => engine,
    };
    match arguments.command {
        Command::Serve => serve(config, engine).await,
        Command::Migrate => {
            println!("The database is up to date.");
            Ok(())
        }
        Command::Admin { command: AdminCommand::Recover { user } } => {
            recover(&config, &engine, user.as_deref()).await
        }
        Command::CreateAdministrator { user_name } => {
            let password = users::create_administrator(&engine, &user_name).await?;
            println!("{user_name} is a Global Administrator. The password, shown this once: {password}");
            Ok(())
        }
        Command::VerifyAudit => match audit::verify(engine.database()).await? {
            Chain::Whole(count) => {
                println!("The audit log is whole: {count} events, every seal holds.");
                Ok(())
            }
            Chain::BrokenAt(seq) => Err(format!("The audit log is broken at event {seq}.").into()),
        },
        Command::Generate { users, groups, schedules, audit, seed } => {
            let size = generate::Size { users, groups, schedules, audit_events: audit };
            let mut tell = |what: &'static str, made: usize, of: usize| eprintln!("{what}: {made} of {of}");
            let made = generate::generate(&engine, size, seed, &mut tell).await?;
            let administrator =
                made.ok_or("The database has people already; generate fills an empty one.")?;
            println!("Sign in as {} with the password {}", generate::ADMINISTRATOR, administrator.password);
            Ok(())
        }
    }
}

#[cfg(not(feature = "test-support"))]
fn clock() -> Arc<dyn Clock> {
    Arc::new(stint_engine::clock::SystemClock)
}

#[cfg(feature = "test-support")]
fn clock() -> Arc<dyn Clock> {
    stint::server::test_clock()
}

async fn serve(config: Config, engine: Engine) -> Result<(), Box<dyn Error>> {
    // What is wrong with the configuration is said before anything happens.
    let engine = engine
        .with_address(&config.address())
        .with_identity_providers(&config.address(), config.identity_providers()?)
        .map_err(|why| ConfigError::OpenIdConnect(why).to_string())?;
    let engine = if let Some(keys) = config.secret_keys(engine.random())? {
        engine.with_secret_keys(keys)
    } else {
        tracing::warn!("No secret_key_file is set: nobody can set up an authenticator app");
        engine
    };
    let carriers = Arc::new(carriers(&config, &engine)?);
    if config.demo {
        demo::fill(&engine).await?;
    }
    let options = LeptosOptions::builder()
        .output_name("stint")
        .site_root(config.site_root.to_string_lossy().as_ref())
        .site_pkg_dir("pkg")
        .site_addr(config.listen)
        .hash_files(true)
        .build();
    let listen = config.listen;
    let app = App { engine: engine.clone(), config: Arc::new(config.clone()), options };
    let router = router(&app)?;
    let listener = TcpListener::bind(listen).await?;
    if let Some(listen) = config.metrics_listen {
        show_metrics(&config, &engine, TcpListener::bind(listen).await?)?;
    }
    greet(&config, &engine).await?;
    let worker = tokio::spawn(worker::run(engine.clone(), carriers));
    let changes = engine.changes().clone();
    let stopping = async move {
        asked_to_stop().await;
        changes.end();
    };
    if !connections::serve(listener, router, config.connection_limits(), stopping).await {
        tracing::warn!("Stopped with requests under way: they took longer than stop_seconds");
    }
    worker.abort();
    sessions::write_all_seen(&engine).await?;
    // Who was not finished holds a connection, and is not waited for.
    let _closed_or_not = timeout(Duration::from_secs(5), engine.database().close()).await;
    Ok(())
}

/// Counts from now on, and answers for it on a listener of its own for as long as the process runs.
fn show_metrics(config: &Config, engine: &Engine, listener: TcpListener) -> Result<(), Box<dyn Error>> {
    let router = metrics::router(engine.clone(), metrics::begin(engine)?);
    tokio::spawn(connections::serve(listener, router, config.connection_limits(), std::future::pending()));
    Ok(())
}

/// What carries news outside: mails to a server, or, in the demo, to a page that shows them; events to webhooks.
fn carriers(config: &Config, engine: &Engine) -> Result<Carriers, Box<dyn Error>> {
    let transport = match config.smtp()? {
        Some(url) => Some(Transport::smtp(url.expose())?),
        None => config.demo.then_some(Transport::Keep),
    };
    let address = config.address();
    let mail = match transport {
        Some(transport) => Some(MailCarrier::new(engine.clone(), transport, &config.mail_from, &address)?),
        None => None,
    };
    let webhooks = match config.webhooks()? {
        none if none.is_empty() => None,
        webhooks => Some(WebhookCarrier::new(engine.clone(), &address, webhooks)?),
    };
    Ok(Carriers { mail, webhooks })
}

async fn greet(config: &Config, engine: &Engine) -> Result<(), Box<dyn Error>> {
    let address = config.address();
    println!("\n  Stint is ready: {address}   ({})\n", engine.database().name());
    if config.demo {
        println!("  Sign in with one click as");
        for person in demo::PEOPLE {
            println!("    {:<26} {}", person.user_name, person.note);
        }
        println!();
    } else if let Some(token) = first_start::begin(engine).await? {
        // On the terminal alone, never in the log.
        println!("  Nobody is here yet. Whoever opens this link becomes the first Global Administrator:");
        println!("    {address}{}", paths::setup(&session::to_hex(&token)));
        println!("  It works once, for {LINK_MINUTES} minutes. Starting the server again makes a new one.\n");
    }
    Ok(())
}

/// Prints a link that makes an administrator.
async fn recover(config: &Config, engine: &Engine, user: Option<&str>) -> Result<(), Box<dyn Error>> {
    let recovery = first_start::recover(engine, user).await.map_err(|error| match error {
        stint_engine::Error::Store(error) if error.to_string().contains("locked") => {
            "Another program has been writing to the database for ten seconds. Nothing was changed; try again.".into()
        }
        error => Box::<dyn Error>::from(error.to_string()),
    })?;
    println!(
        "Whoever opens this link becomes a Global Administrator{}:",
        match user {
            Some(user) => format!(", as {user}, with a new password"),
            None => String::new(),
        }
    );
    println!("  {}{}", config.address(), paths::setup(&session::to_hex(&recovery.token)));
    println!(
        "It works once, for {LINK_MINUTES} minutes, while the server runs. It was audited, and the Global Administrators are told by mail."
    );
    Ok(())
}

/// Resolves when the process is asked to stop; requests under way are finished.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("a signal handler can be set");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
