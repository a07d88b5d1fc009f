//! An office in which mail is written: who is told what.

use chrono::{DateTime, Utc};
use stint_domain::id::ScheduleId;
use stint_engine::{
    mail::{self, Mail, MailCarrier, Transport},
    test_support::{User, World},
    worker::{self, Carriers},
};
use stint_store::{Database, PageRequest};

/// The role that it is about.
pub const ROLE: &str = "User Administrator";
/// The address that people use.
pub const BASE: &str = "https://pim.example";

/// Mira is eligible; Priya and Omar may approve.
pub struct Office {
    pub world: World,
    pub mira: User,
    pub priya: User,
    pub eligibility: ScheduleId,
}

impl Office {
    /// Nobody has to agree to anything, and nobody was told anything yet.
    pub async fn quiet(database: Database) -> Self {
        let world = World::new(database).await;
        let (mira, priya) = (world.user("Mira").await, world.user("Priya").await);
        let eligibility = world.make_eligible(&mira, ROLE).await;
        Self { world, mira, priya, eligibility }.begin_here().await
    }

    /// Others have to agree.
    pub async fn with_approvers(database: Database) -> Self {
        let world = World::new(database).await;
        let (mira, priya, omar) =
            (world.user("Mira").await, world.user("Priya").await, world.user("Omar").await);
        let eligibility = world.make_eligible(&mira, ROLE).await;
        world.require_approval(ROLE, &[priya.id, omar.id]).await;
        Self { world, mira, priya, eligibility }.begin_here().await
    }

    /// Nobody was told anything yet, and no digest comes of it, whatever day it is.
    async fn begin_here(self) -> Self {
        self.set_digest("9000-01-01T00:00:00Z".parse().unwrap()).await;
        self.work(Transport::Keep).await;
        self.forget_mails().await;
        self
    }

    /// The last digest was of the week that ended then.
    pub async fn set_digest(&self, at: DateTime<Utc>) {
        let mut tx = self.world.engine.database().begin().await.unwrap();
        let sql = "UPDATE worker_cursor SET at = $1 WHERE name = 'weekly_digest'";
        tx.query(sql).bind(at).execute_one().await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What brings mails there.
    pub fn carriers(&self, transport: Transport) -> Carriers {
        let from = "Stint <pim@stint.example>";
        let mail = MailCarrier::new(self.world.engine.clone(), transport, from, BASE).unwrap();
        Carriers { mail: Some(mail), ..Carriers::default() }
    }

    /// One pass of a worker.
    pub async fn work(&self, transport: Transport) {
        worker::work(&self.world.engine, &self.carriers(transport)).await.unwrap();
    }

    /// What was written until now is not part of the story.
    pub async fn forget_mails(&self) {
        let mut tx = self.world.engine.database().begin().await.unwrap();
        tx.query("DELETE FROM outbox WHERE topic = 'mail'").execute().await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The mails with their states, by subject and address.
    pub async fn mails(&self) -> Vec<(Mail, String)> {
        let page = PageRequest::first();
        let rows =
            self.world.read(&self.world.ada, async |op| mail::list(op, &page).await).await.unwrap().items;
        let mut mails: Vec<(Mail, String)> =
            rows.into_iter().map(|row| (serde_json::from_str(&row.payload).unwrap(), row.state)).collect();
        mails.sort_by(|(one, _), (other, _)| (&one.subject, &one.to).cmp(&(&other.subject, &other.to)));
        mails
    }

    /// Who was told what.
    pub async fn subjects(&self) -> Vec<(String, String)> {
        let name = |to: &str| to.split(['.', '@']).next().unwrap_or_default().to_owned();
        self.mails().await.into_iter().map(|(mail, _)| (name(&mail.to), mail.subject)).collect()
    }

    /// What is told from now on, after a pass of a worker; it is forgotten then.
    pub async fn news(&self) -> Vec<(String, String)> {
        self.work(Transport::Keep).await;
        let subjects = self.subjects().await;
        self.forget_mails().await;
        subjects
    }
}

/// Somebody was told this.
pub fn told(to: &str, subject: &str) -> (String, String) {
    (to.to_owned(), subject.to_owned())
}
