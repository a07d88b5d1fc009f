//! The engine: a database, the roles, a clock and chance.

use crate::{
    Caller, Operation, Result,
    changes::Changes,
    clock::Clock,
    openid_connect::{self, Providers},
    passwords::{WAITING, hashed_at_once},
    random::Random,
    roles::Catalogue,
    second_factor::passkey::RelyingParty,
    secrets::SecretKeys,
    sessions::{Limits, Seen},
    sign_ins,
    ticket_check::Asker,
    timed,
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
    pub(crate) changes: Changes,
    /// Lets few passwords be hashed at once: each takes 19 MiB.
    pub(crate) hashing: Arc<Semaphore>,
    /// Lets not too many wait for that.
    pub(crate) waiting: Arc<Semaphore>,
    /// Asks other systems about tickets, where the operator gave a secret for that.
    pub(crate) asker: Option<Asker>,
    /// Encrypts what has to be read again; without it no authenticator app can be set up.
    pub(crate) secrets: Option<Arc<SecretKeys>>,
    /// Who passkeys are for; without it there are none.
    pub(crate) relying_party: Option<Arc<RelyingParty>>,
    /// Where people can sign in beside here.
    pub(crate) providers: Providers,
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
        let hashing = Arc::new(Semaphore::new(hashed_at_once()));
        let waiting = Arc::new(Semaphore::new(WAITING));
        Ok(Self {
            database,
            catalogue,
            clock,
            random,
            changes: Changes::default(),
            hashing,
            waiting,
            asker: None,
            secrets: None,
            relying_party: None,
            providers: Providers::default(),
            limits: Limits::default(),
            seen: Arc::default(),
            keep_sign_ins: sign_ins::KEPT,
        })
    }

    /// The same engine, which may ask other systems about tickets and proves with this secret that it does.
    ///
    /// # Errors
    /// What is wrong, in words that do not repeat the secret.
    pub fn with_ticket_check_secret(self, secret: &str) -> Result<Self, String> {
        Ok(Self { asker: Some(Asker::new(secret)?), ..self })
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

    /// The same, where people can also sign in at these providers, which send them back to this address.
    ///
    /// # Errors
    /// What is wrong, in words that do not repeat a secret.
    pub fn with_identity_providers(
        self,
        address: &str,
        providers: Vec<openid_connect::Settings>,
    ) -> Result<Self, String> {
        Ok(Self { providers: Providers::new(providers, address)?, ..self })
    }

    /// The same, where sessions hold so long and the sign-in log is kept so long.
    #[must_use]
    pub fn with_limits(self, limits: Limits, keep_sign_ins: TimeDelta) -> Self {
        Self { limits, keep_sign_ins, ..self }
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

    /// Begins an operation that writes like any other, of which nothing will hold: what an act would change, shown before.
    pub async fn rehearse(&self, caller: &Caller) -> Result<Operation> {
        Ok(self.write(caller).await?.into_rehearsal())
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

    /// Word of what is committed.
    pub const fn changes(&self) -> &Changes {
        &self.changes
    }

    /// The roles.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }
}
