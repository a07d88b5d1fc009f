//! The engine: a database, the roles, a clock and chance.

use crate::{
    Caller, Operation, Result,
    clock::Clock,
    random::Random,
    roles::Catalogue,
    sessions::{Limits, Seen},
    sign_ins, timed,
};
use chrono::TimeDelta;
use std::sync::Arc;
use stint_store::{Database, principal};
use tokio::sync::Semaphore;

/// Everything that an operation needs.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) database: Database,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<Random>,
    /// Lets few passwords be hashed at once: each takes 19 MiB.
    pub(crate) hashing: Arc<Semaphore>,
    /// Lets not too many wait for that.
    pub(crate) waiting: Arc<Semaphore>,
    /// How long sessions hold.
    pub(crate) limits: Limits,
    /// When they were seen.
    pub(crate) seen: Arc<Seen>,
    /// How long the sign-in log is kept.
    pub(crate) keep_sign_ins: TimeDelta,
}

impl Engine {
    /// Brings the tables and the built-in roles up to date, and is ready.
    pub async fn start(database: Database, clock: Arc<dyn Clock>, random: Arc<Random>) -> Result<Self> {
        database.migrate().await?;
        timed::begin(&database, clock.now()).await?;
        let catalogue = Arc::new(Catalogue::load(&database).await?);
        let (hashing, waiting) = (Arc::new(Semaphore::new(2)), Arc::new(Semaphore::new(64)));
        let (limits, keep_sign_ins) = (Limits::default(), sign_ins::KEPT);
        let seen = Arc::default();
        Ok(Self { database, catalogue, clock, random, hashing, waiting, limits, seen, keep_sign_ins })
    }

    /// The same engine, where sessions hold so long and the sign-in log is kept so long.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits, keep_sign_ins: TimeDelta) -> Self {
        self.limits = limits;
        self.keep_sign_ins = keep_sign_ins;
        self
    }

    /// Begins an operation that only reads.
    pub async fn read(&self, caller: &Caller) -> Result<Operation> {
        Operation::begin(self, self.database.read().await?, caller).await
    }

    /// Begins an operation that writes; it holds when [`Operation::commit`] has returned.
    pub async fn write(&self, caller: &Caller) -> Result<Operation> {
        Operation::begin(self, self.database.begin().await?, caller).await
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> Result<()> {
        principal::exists_any(&mut self.database.read().await?).await?;
        Ok(())
    }

    /// The database, for measuring and for tests.
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// The source of chance.
    pub fn random(&self) -> &Random {
        &self.random
    }

    /// The roles.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }
}
