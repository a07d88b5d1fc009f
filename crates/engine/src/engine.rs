//! The engine: a database, the roles, a clock and chance.

use crate::{
    Caller, Operation, Result, clock::Clock, random::Random, roles::Catalogue,
    second_factor::passkey::RelyingParty, secrets::SecretKeys, timed,
};
use std::sync::Arc;
use stint_store::Database;
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
    /// Encrypts what has to be read again; without it no authenticator app can be set up.
    pub(crate) secrets: Option<Arc<SecretKeys>>,
    /// Who passkeys are for; without it there are none.
    pub(crate) relying_party: Option<Arc<RelyingParty>>,
}

impl Engine {
    /// Brings the tables and the built-in roles up to date, and is ready.
    pub async fn start(database: Database, clock: Arc<dyn Clock>, random: Arc<Random>) -> Result<Self> {
        database.migrate().await?;
        timed::begin(&database, clock.now()).await?;
        let catalogue = Arc::new(Catalogue::load(&database).await?);
        let (hashing, waiting) = (Arc::new(Semaphore::new(2)), Arc::new(Semaphore::new(64)));
        let (secrets, relying_party) = (None, None);
        Ok(Self { database, catalogue, clock, random, hashing, waiting, secrets, relying_party })
    }

    /// The same, with keys for secrets.
    #[must_use]
    pub fn with_secret_keys(self, keys: SecretKeys) -> Self {
        Self { secrets: Some(Arc::new(keys)), ..self }
    }

    /// The same, for people who use it by this address; passkeys are bound to its host.
    #[must_use]
    pub fn with_address(self, address: &str) -> Self {
        Self { relying_party: RelyingParty::of_address(address).map(Arc::new), ..self }
    }

    /// The host that passkeys are bound to, where there can be any.
    pub fn passkey_host(&self) -> Option<&str> {
        self.relying_party.as_deref().map(|party| party.host.as_str())
    }

    /// Begins an operation that only reads.
    pub async fn read(&self, caller: &Caller) -> Result<Operation> {
        Operation::begin(self, self.database.read().await?, caller).await
    }

    /// Begins an operation that writes; it holds when [`Operation::commit`] has returned.
    pub async fn write(&self, caller: &Caller) -> Result<Operation> {
        Operation::begin(self, self.database.begin().await?, caller).await
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
