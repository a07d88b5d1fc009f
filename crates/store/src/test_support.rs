//! An empty, migrated database of each kind for every test.
//!
//! SQLite is a file in the temporary directory. Postgres is the server that `STINT_TEST_POSTGRES_URL` names; a test run
//! without it fails rather than passes unseen, unless `STINT_TEST_WITHOUT_POSTGRES` says that this is meant.

use crate::{Database, Result, Transaction, database::Connection};
use std::{
    path::Path,
    process,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::sync::Mutex;

static COUNT: AtomicU32 = AtomicU32::new(0);
static CREATING: Mutex<()> = Mutex::const_new(());

fn unique() -> String {
    format!("stint_test_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration file")]
    std::env::var(name).ok()
}

/// A new SQLite database.
///
/// # Panics
/// Where it cannot be made: a test cannot go on.
pub async fn sqlite() -> Database {
    let database = empty_sqlite().await;
    database.migrate().await.expect("SQLite migrates");
    database
}

/// The same without any tables.
///
/// # Panics
/// Where it cannot be made: a test cannot go on.
pub async fn empty_sqlite() -> Database {
    let directory = std::env::temp_dir().join("stint-tests");
    std::fs::create_dir_all(&directory).expect("a temporary directory");
    let file = directory.join(format!("{}.db", unique()));
    remove_files(&file);
    Database::connect(&format!("sqlite:{}", file.display()), 4).await.expect("SQLite opens")
}

/// What opens the same database from another program.
///
/// # Panics
/// Where a Postgres database has no name: none of a test is so.
pub fn url(database: &Database) -> String {
    match database {
        Database::Sqlite { writer, .. } => {
            format!("sqlite:{}", writer.connect_options().get_filename().display())
        }
        Database::Postgres(pool) => {
            let server = variable("STINT_TEST_POSTGRES_URL").expect("the server that the test runs on");
            let (address, _) = server.rsplit_once('/').expect("a URL with a database");
            let name = pool.connect_options().get_database().expect("a database").to_owned();
            format!("{address}/{name}")
        }
    }
}

/// Forgets an SQLite database whose test has passed; of one that failed the file stays, to be looked into.
pub fn forget(database: &Database) {
    if let Database::Sqlite { writer, .. } = database {
        remove_files(writer.connect_options().get_filename());
    }
}

fn remove_files(file: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let _absent = std::fs::remove_file(format!("{}{ending}", file.display()));
    }
}

/// A new Postgres database, unless this run goes without.
///
/// # Panics
/// Where it cannot be made: a test cannot go on.
pub async fn postgres() -> Option<Database> {
    let database = empty_postgres().await?;
    database.migrate().await.expect("Postgres migrates");
    Some(database)
}

/// The same without any tables.
///
/// # Panics
/// Where it cannot be made: a test cannot go on.
pub async fn empty_postgres() -> Option<Database> {
    let Some(server) = variable("STINT_TEST_POSTGRES_URL") else {
        assert!(
            variable("STINT_TEST_WITHOUT_POSTGRES").is_some(),
            "set STINT_TEST_POSTGRES_URL (make test does), or STINT_TEST_WITHOUT_POSTGRES=1 to test on SQLite alone"
        );
        return None;
    };
    let name = unique();
    {
        // Postgres copies its template for one client at a time.
        let _turn = CREATING.lock().await;
        let maintenance = sqlx::PgPool::connect(&server).await.expect("Postgres answers");
        for statement in
            [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")]
        {
            sqlx::query(sqlx::AssertSqlSafe(statement))
                .execute(&maintenance)
                .await
                .expect("Postgres makes a database");
        }
        maintenance.close().await;
    }
    let (address, _) = server.rsplit_once('/').expect("a URL with a database");
    Some(Database::connect(&format!("{address}/{name}"), 8).await.expect("Postgres opens"))
}

/// Counts the work that statements make: on SQLite in thousands of steps of its machine, on Postgres in rows that were read.
#[derive(Debug)]
pub struct Meter {
    steps: Arc<AtomicU32>,
    before: i64,
}

impl Meter {
    /// Counts from now on, within this transaction.
    pub async fn start(tx: &mut Transaction) -> Result<Self> {
        let steps = Arc::new(AtomicU32::new(0));
        if let Connection::Sqlite(connection) = tx.connection() {
            let counted = steps.clone();
            connection.lock_handle().await?.set_progress_handler(1000, move || {
                counted.fetch_add(1, Ordering::Relaxed);
                true
            });
        }
        let before = rows_read(tx).await?;
        Ok(Self { steps, before })
    }

    /// What was counted.
    pub async fn read(&self, tx: &mut Transaction) -> Result<u32> {
        let rows = rows_read(tx).await? - self.before;
        Ok(self.steps.load(Ordering::Relaxed) + u32::try_from(rows).unwrap_or(u32::MAX))
    }
}

/// How many rows this transaction has read, on Postgres.
async fn rows_read(tx: &mut Transaction) -> Result<i64> {
    if let Connection::Sqlite(_) = tx.connection() {
        return Ok(0);
    }
    let (rows,): (i64,) = tx
        .query("SELECT CAST(COALESCE(SUM(seq_tup_read + COALESCE(idx_tup_fetch, 0)), 0) AS BIGINT) FROM pg_stat_xact_user_tables")
        .fetch_one()
        .await?;
    Ok(rows)
}

/// Makes, of `async fn name(database: Database)`, one test on SQLite and one on Postgres.
#[macro_export]
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let database = $crate::test_support::sqlite().await;
                super::$name(database.clone()).await;
                $crate::test_support::forget(&database);
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(database) = $crate::test_support::postgres().await {
                    super::$name(database).await;
                }
            }
        }
    )+};
}
