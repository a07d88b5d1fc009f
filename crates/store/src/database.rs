//! One SQL text, two databases: a thin façade over sqlx.
//!
//! Two blanket traits carry the bounds of both drivers, so that a statement reads like sqlx itself. Statements are
//! `&'static str`: what a person typed can only ever be bound.

use crate::error::{Error, Result};
use sqlx::{
    Postgres, QueryBuilder, Sqlite,
    migrate::Migrator,
    pool::PoolConnection,
    postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow},
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
        SqliteSynchronous,
    },
};
use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::Path, str::FromStr, time::Duration};

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// A row type that either database can produce.
pub trait Row:
    for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T> Row for T where
    T: for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin
{
}

/// A value that either database can bind.
pub trait Value:
    for<'q> sqlx::Encode<'q, Sqlite>
    + sqlx::Type<Sqlite>
    + for<'q> sqlx::Encode<'q, Postgres>
    + sqlx::Type<Postgres>
    + Send
{
}
impl<T> Value for T where
    T: for<'q> sqlx::Encode<'q, Sqlite>
        + sqlx::Type<Sqlite>
        + for<'q> sqlx::Encode<'q, Postgres>
        + sqlx::Type<Postgres>
        + Send
{
}

/// Every statement of ours looks a few rows up in indexes. Where Postgres expects more of them (of a recursion it always
/// does), it would read whole tables into hashes, and compile the statement for longer than it runs.
const SMALL_STATEMENTS: &str = "SET jit = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

/// An open database.
#[derive(Clone, Debug)]
pub enum Database {
    /// An SQLite file: many readers, and one writer whom the others wait for in line.
    Sqlite {
        /// Connections that read and cannot write.
        readers: SqlitePool,
        /// The one connection that writes.
        writer: SqlitePool,
    },
    /// A Postgres server.
    Postgres(PgPool),
}

impl Database {
    /// Opens the database that the URL names (`sqlite:path`, `postgres://...`); an SQLite file is made if it is not there.
    pub async fn connect(url: &str, connections: u32) -> Result<Self> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url)?;
            let pool = PgPoolOptions::new()
                .max_connections(connections)
                .test_before_acquire(false)
                .acquire_timeout(Duration::from_secs(10))
                .after_connect(|connection, _| {
                    Box::pin(
                        async move { sqlx::raw_sql(SMALL_STATEMENTS).execute(connection).await.map(drop) },
                    )
                })
                .connect_with(options)
                .await?;
            return Ok(Self::Postgres(pool));
        }
        let options = SqliteConnectOptions::from_str(url)?.create_if_missing(true);
        make_private(options.get_filename());
        let options = options
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(10))
            // Every list has its index; one that SQLite makes for a single statement reads the whole table first.
            .pragma("automatic_index", "OFF")
            .pragma("cache_size", "-4000");
        let pool = |most, options| {
            SqlitePoolOptions::new()
                .max_connections(most)
                .test_before_acquire(false)
                .acquire_timeout(Duration::from_secs(10))
                .idle_timeout(None)
                .max_lifetime(None)
                .connect_with(options)
        };
        let writer = pool(1, options.clone()).await?;
        // Whoever writes through a reader by mistake is told, instead of writing outside of any transaction.
        // A reader computes; more of them than a machine has cores only hold memory.
        let readers = pool(connections.min(8), options.pragma("query_only", "ON")).await?;
        Ok(Self::Sqlite { readers, writer })
    }

    /// Brings the tables up to date. Safe to run from several replicas at once.
    pub async fn migrate(&self) -> Result<()> {
        match self {
            Self::Sqlite { writer, .. } => {
                SQLITE.run(writer).await?;
                // Somebody may have run ANALYZE by hand.
                for statement in ["DROP TABLE IF EXISTS sqlite_stat1", "DROP TABLE IF EXISTS sqlite_stat4"] {
                    sqlx::query(statement).execute(writer).await?;
                }
            }
            Self::Postgres(pool) => POSTGRES.run(pool).await?,
        }
        Ok(())
    }

    /// Brings the tables to what they were in a version, of which others may have data.
    #[cfg(feature = "test-support")]
    pub async fn migrate_to(&self, version: i64) -> Result<()> {
        match self {
            Self::Sqlite { writer, .. } => SQLITE.run_to(version, writer).await?,
            Self::Postgres(pool) => POSTGRES.run_to(version, pool).await?,
        }
        Ok(())
    }

    /// Lets Postgres count what its planner goes by; worth it after many rows came at once. SQLite has no statistics, and must
    /// not have any (see `docs/performance.md`): with them it reads whole tables to fill filters for small queries.
    pub async fn analyze(&self) -> Result<()> {
        match self {
            Self::Sqlite { .. } => {}
            Self::Postgres(pool) => sqlx::query("VACUUM ANALYZE").execute(pool).await.map(drop)?,
        }
        Ok(())
    }

    /// Begins to read. Statements of one reader may see changes that were committed in between.
    pub async fn read(&self) -> Result<Transaction> {
        Ok(Transaction(match self {
            Self::Sqlite { readers, .. } => Inner::SqliteRead(readers.acquire().await?),
            Self::Postgres(pool) => Inner::PostgresRead(pool.acquire().await?),
        }))
    }

    /// Begins to write: what follows holds together or not at all. Dropped without a commit, it is undone.
    pub async fn begin(&self) -> Result<Transaction> {
        Ok(Transaction(match self {
            Self::Sqlite { writer, .. } => Inner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        }))
    }

    /// What the database is called, for people.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres(_) => "Postgres",
        }
    }

    /// The pools of connections, with what each is called: how many are open, and how many of those nobody uses.
    pub fn pools(&self) -> Vec<(&'static str, u32, usize)> {
        match self {
            Self::Sqlite { readers, writer } => vec![
                ("readers", readers.size(), readers.num_idle()),
                ("writer", writer.size(), writer.num_idle()),
            ],
            Self::Postgres(pool) => vec![("postgres", pool.size(), pool.num_idle())],
        }
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Makes an SQLite file that is not there yet, so that only whoever runs Stint reads it; what SQLite writes beside it gets the same
/// rights. A file that is there keeps its own; where none can be made, SQLite says why. A database in memory is no file.
fn make_private(file: &Path) {
    if !file.to_string_lossy().starts_with("file:") {
        drop(OpenOptions::new().write(true).create_new(true).mode(0o600).open(file));
    }
}

/// A connection that reads, or a transaction that writes.
#[derive(Debug)]
pub struct Transaction(Inner);

#[derive(Debug)]
enum Inner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
    SqliteRead(PoolConnection<Sqlite>),
    PostgresRead(PoolConnection<Postgres>),
}

impl Transaction {
    /// Makes what was written hold.
    pub async fn commit(self) -> Result<()> {
        match self.0 {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
            Inner::SqliteRead(_) | Inner::PostgresRead(_) => {}
        }
        Ok(())
    }

    /// A fixed statement, with `$1`, `$2`, ... for what is bound.
    pub fn query(&mut self, sql: &'static str) -> Query<'_> {
        match self.connection() {
            Connection::Sqlite(connection) => Query::Sqlite(connection, sqlx::query(sql)),
            Connection::Postgres(connection) => Query::Postgres(connection, sqlx::query(sql)),
        }
    }

    /// A statement that grows with what is asked for.
    pub fn build(&mut self, sql: &'static str) -> Builder<'_> {
        match self.connection() {
            Connection::Sqlite(connection) => Builder::Sqlite(connection, QueryBuilder::new(sql)),
            Connection::Postgres(connection) => Builder::Postgres(connection, QueryBuilder::new(sql)),
        }
    }

    /// Whether this runs on SQLite: for tests that ask a database how it would do something.
    #[cfg(feature = "test-support")]
    pub const fn is_sqlite(&self) -> bool {
        matches!(self.0, Inner::Sqlite(_) | Inner::SqliteRead(_))
    }

    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match &mut self.0 {
            Inner::Sqlite(tx) => Connection::Sqlite(tx),
            Inner::Postgres(tx) => Connection::Postgres(tx),
            Inner::SqliteRead(connection) => Connection::Sqlite(connection),
            Inner::PostgresRead(connection) => Connection::Postgres(connection),
        }
    }
}

pub(crate) enum Connection<'c> {
    Sqlite(&'c mut sqlx::SqliteConnection),
    Postgres(&'c mut sqlx::PgConnection),
}

/// A statement about to run.
#[expect(missing_debug_implementations, reason = "sqlx's arguments have none")]
pub enum Query<'c> {
    /// On SQLite.
    Sqlite(&'c mut sqlx::SqliteConnection, sqlx::query::Query<'static, Sqlite, SqliteArguments>),
    /// On Postgres.
    Postgres(&'c mut sqlx::PgConnection, sqlx::query::Query<'static, Postgres, PgArguments>),
}

impl Query<'_> {
    /// Binds the next value.
    #[must_use]
    pub fn bind(self, value: impl Value + 'static) -> Self {
        match self {
            Self::Sqlite(c, query) => Self::Sqlite(c, query.bind(value)),
            Self::Postgres(c, query) => Self::Postgres(c, query.bind(value)),
        }
    }

    /// Runs it, and tells how many rows it changed.
    pub async fn execute(self) -> Result<u64> {
        Ok(match self {
            Self::Sqlite(c, query) => query.execute(c).await?.rows_affected(),
            Self::Postgres(c, query) => query.execute(c).await?.rows_affected(),
        })
    }

    /// Runs it where exactly one row must be there to be changed.
    pub async fn execute_one(self) -> Result<()> {
        match self.execute().await? {
            1 => Ok(()),
            _ => Err(Error::Missing),
        }
    }

    /// Runs it and gives all rows.
    pub async fn fetch_all<T: Row>(self) -> Result<Vec<T>> {
        let rows: sqlx::Result<Vec<T>> = match self {
            Self::Sqlite(c, query) => query.fetch_all(c).await?.iter().map(T::from_row).collect(),
            Self::Postgres(c, query) => query.fetch_all(c).await?.iter().map(T::from_row).collect(),
        };
        Ok(rows?)
    }

    /// Runs it and gives the first row, if there is one.
    pub async fn fetch_optional<T: Row>(self) -> Result<Option<T>> {
        let row: sqlx::Result<Option<T>> = match self {
            Self::Sqlite(c, query) => query.fetch_optional(c).await?.as_ref().map(T::from_row).transpose(),
            Self::Postgres(c, query) => query.fetch_optional(c).await?.as_ref().map(T::from_row).transpose(),
        };
        Ok(row?)
    }

    /// Runs it and gives the one row.
    pub async fn fetch_one<T: Row>(self) -> Result<T> {
        self.fetch_optional().await?.ok_or(Error::Missing)
    }
}

/// A statement that grows.
#[expect(missing_debug_implementations, reason = "sqlx's builder has none")]
pub enum Builder<'c> {
    /// On SQLite.
    Sqlite(&'c mut sqlx::SqliteConnection, QueryBuilder<Sqlite>),
    /// On Postgres.
    Postgres(&'c mut sqlx::PgConnection, QueryBuilder<Postgres>),
}

impl Builder<'_> {
    /// Adds text of ours.
    #[must_use]
    pub fn push(mut self, sql: &'static str) -> Self {
        match &mut self {
            Self::Sqlite(_, builder) => _ = builder.push(sql),
            Self::Postgres(_, builder) => _ = builder.push(sql),
        }
        self
    }

    /// Adds a value.
    #[must_use]
    pub fn bind(mut self, value: impl Value + 'static) -> Self {
        match &mut self {
            Self::Sqlite(_, builder) => _ = builder.push_bind(value),
            Self::Postgres(_, builder) => _ = builder.push_bind(value),
        }
        self
    }

    /// Adds ` LIMIT` and the number itself: Postgres makes a plan for all values only where it knows how few rows are wanted.
    #[must_use]
    pub fn limit(mut self, rows: i64) -> Self {
        match &mut self {
            Self::Sqlite(_, builder) => _ = builder.push(" LIMIT ").push(rows),
            Self::Postgres(_, builder) => _ = builder.push(" LIMIT ").push(rows),
        }
        self
    }

    /// Adds `(value, value, ...)`; for an empty list one that nothing is in.
    #[must_use]
    pub fn bind_list<T: Value + 'static>(self, values: impl IntoIterator<Item = T>) -> Self {
        let mut builder = self.push("(");
        let mut separator = "";
        for value in values {
            builder = builder.push(separator).bind(value);
            separator = ", ";
        }
        if separator.is_empty() {
            builder = builder.push("NULL");
        }
        builder.push(")")
    }

    /// Runs it and gives all rows.
    pub async fn fetch_all<T: Row>(self) -> Result<Vec<T>> {
        let rows: sqlx::Result<Vec<T>> = match self {
            Self::Sqlite(c, mut builder) => {
                builder.build().fetch_all(c).await?.iter().map(T::from_row).collect()
            }
            Self::Postgres(c, mut builder) => {
                builder.build().fetch_all(c).await?.iter().map(T::from_row).collect()
            }
        };
        Ok(rows?)
    }

    /// Runs it, and tells how many rows it changed.
    pub async fn execute(self) -> Result<u64> {
        Ok(match self {
            Self::Sqlite(c, mut builder) => builder.build().execute(c).await?.rows_affected(),
            Self::Postgres(c, mut builder) => builder.build().execute(c).await?.rows_affected(),
        })
    }
}
