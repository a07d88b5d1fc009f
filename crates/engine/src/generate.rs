//! Made-up organisations of any size, for measuring: the same one from the same seed, seen from the same moment.
//!
//! People with believable names sit in departments and groups; most of them were given a role or two in the last three
//! years, some activate theirs every day. What they did is in the requests and, sealed, in the audit log.

mod history;
mod organisation;

use crate::{Engine, Result, audit::seal_of, passwords};
use chrono::{DateTime, TimeDelta, Utc};
use history::Assigned;
use organisation::Organisation;
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use stint_domain::id::PrincipalId;
use stint_store::{
    Transaction, administrative_unit, audit, bulk, password, password::PasswordRow, principal,
};
use uuid::Uuid;

/// What the administrator of a made-up organisation signs in with.
pub const ADMINISTRATOR: &str = "admin@stint.example";

/// How long ago the organisation began.
const AGE: TimeDelta = TimeDelta::days(3 * 365);

/// How many rows one transaction holds.
const ROWS: usize = 50_000;

/// How large an organisation is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Users; service principals and administrative units come in proportion.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Assignments of roles that hold, will hold or have held, each with its request.
    pub schedules: usize,
    /// Events of the audit log.
    pub audit_events: usize,
}

/// How far the making is: of what, how many are there, of how many.
pub type Progress<'a> = dyn FnMut(&'static str, usize, usize) + Send + 'a;

/// The administrator, who holds Global Administrator for ever.
#[derive(Clone, Debug)]
pub struct Administrator {
    /// Who it is.
    pub id: PrincipalId,
    /// The password, kept nowhere else.
    pub password: String,
}

/// Fills an empty database with a made-up organisation. Where there are people already, nothing is made or changed, and
/// the result is `None`. Takes about a minute for a million assignments and a million events.
pub async fn generate(
    engine: &Engine,
    size: Size,
    seed: u64,
    progress: &mut Progress<'_>,
) -> Result<Option<Administrator>> {
    let mut tx = engine.database.begin().await?;
    if principal::exists_any(&mut tx).await? {
        return Ok(None);
    }
    let now = engine.clock.now();
    let mut chance = StdRng::seed_from_u64(seed);
    let organisation = Organisation::make(size, now, &mut chance);
    let assigned = history::make(&organisation, engine.catalogue(), size.schedules, now, &mut chance);

    bulk::set_page_cache(&engine.database, &mut tx, true).await?;
    tx.commit().await?;
    let mut filling = Filling { engine, progress, open: None };
    fill_directory(&mut filling, &organisation).await?;
    fill_schedules(&mut filling, &assigned).await?;
    fill_audit(&mut filling, &organisation, &assigned, size.audit_events, now, &mut chance).await?;

    let administrator = organisation.administrator();
    let password = engine.random.password();
    let hash = passwords::hash(engine, &password).await?;
    let tx = filling.transaction().await?;
    password::set(tx, administrator.id, &PasswordRow { hash, must_change: false }, now).await?;
    bulk::set_page_cache(&engine.database, tx, false).await?;
    filling.commit().await?;
    (filling.progress)("statistics", 0, 1);
    engine.database.analyze().await?;
    (filling.progress)("statistics", 1, 1);
    Ok(Some(Administrator { id: administrator.id, password }))
}

/// Large transactions, one after another.
struct Filling<'a, 'p> {
    engine: &'a Engine,
    progress: &'a mut Progress<'p>,
    open: Option<Transaction>,
}

impl Filling<'_, '_> {
    async fn transaction(&mut self) -> Result<&mut Transaction> {
        if self.open.is_none() {
            self.open = Some(self.engine.database.begin().await?);
        }
        self.open.as_mut().ok_or(crate::Error::NotFound)
    }

    async fn commit(&mut self) -> Result<()> {
        if let Some(tx) = self.open.take() {
            tx.commit().await?;
        }
        Ok(())
    }

    async fn done(&mut self, what: &'static str, done: usize, of: usize) -> Result<()> {
        self.commit().await?;
        (self.progress)(what, done.min(of), of);
        Ok(())
    }
}

async fn fill_directory(filling: &mut Filling<'_, '_>, organisation: &Organisation) -> Result<()> {
    let principals = &organisation.principals;
    for (index, rows) in principals.chunks(ROWS / 5).enumerate() {
        let tx = filling.transaction().await?;
        bulk::insert_principals(tx, rows).await?;
        bulk::insert_words(tx, rows).await?;
        filling.done("principals", index * (ROWS / 5) + rows.len(), principals.len()).await?;
    }
    let memberships = organisation.members.len();
    for (index, rows) in organisation.members.chunks(ROWS).enumerate() {
        let rows: Vec<_> = rows.iter().map(|&(group, member, at)| (group, &principals[member], at)).collect();
        bulk::insert_members(filling.transaction().await?, &rows).await?;
        filling.done("memberships", index * ROWS + rows.len(), memberships).await?;
    }
    let tx = filling.transaction().await?;
    bulk::insert_owners(tx, &organisation.owners).await?;
    for unit in &organisation.units {
        administrative_unit::insert(tx, unit).await?;
    }
    let rows: Vec<_> =
        organisation.unit_members.iter().map(|&(unit, member, at)| (unit, &principals[member], at)).collect();
    bulk::insert_unit_members(tx, &rows).await?;
    filling.done("administrative units", organisation.units.len(), organisation.units.len()).await
}

async fn fill_schedules(filling: &mut Filling<'_, '_>, assigned: &[Assigned]) -> Result<()> {
    for (index, part) in assigned.chunks(ROWS).enumerate() {
        let requests: Vec<_> = part.iter().flat_map(Assigned::requests).collect();
        let schedules: Vec<_> = part
            .iter()
            .map(|assigned| (assigned.schedule.clone(), assigned.end_reason, assigned.created_at))
            .collect();
        let news: Vec<_> = part.iter().map(Assigned::news).collect();
        let tx = filling.transaction().await?;
        bulk::append_requests(tx, &requests).await?;
        bulk::insert_schedules(tx, &schedules).await?;
        bulk::append_carried_news(tx, &news).await?;
        filling.done("schedules", index * ROWS + part.len(), assigned.len()).await?;
    }
    Ok(())
}

async fn fill_audit(
    filling: &mut Filling<'_, '_>,
    organisation: &Organisation,
    assigned: &[Assigned],
    count: usize,
    now: DateTime<Utc>,
    chance: &mut StdRng,
) -> Result<()> {
    let (mut seq, mut hash) = (0_i64, Vec::new());
    let mut at = now - AGE;
    let mut rows = Vec::with_capacity(ROWS);
    for index in 0..count {
        // The log goes through the assignments in their order, so that both tell one story.
        let beside = assigned.get(index * assigned.len() / count.max(1));
        at = at.max(beside.map_or(at, |beside| beside.created_at)) + TimeDelta::microseconds(1);
        seq += 1;
        let mut row = history::event(organisation, beside, filling.engine.catalogue(), chance);
        row.seq = seq;
        row.at = at.min(now);
        row.id = id(chance, row.at);
        hash = seal_of(&hash, &row);
        row.hash.clone_from(&hash);
        rows.push(row);
        if rows.len() == ROWS || index + 1 == count {
            let tx = filling.transaction().await?;
            bulk::append_events(tx, &rows).await?;
            audit::take_head(tx).await?;
            audit::set_head(tx, seq, hash.clone()).await?;
            rows.clear();
            filling.done("audit events", index + 1, count).await?;
        }
    }
    Ok(())
}

/// An id that sorts by its moment, from this chance alone.
fn id<T: From<Uuid>>(chance: &mut StdRng, at: DateTime<Utc>) -> T {
    let mut bytes = [0; 10];
    chance.fill_bytes(&mut bytes);
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().into()
}

fn one_of<'a, T>(all: &'a [T], chance: &mut StdRng) -> &'a T {
    &all[chance.random_range(0..all.len())]
}

/// Some moment from `from` on and before `to`; `from` itself where there is none between.
fn moment(from: DateTime<Utc>, to: DateTime<Utc>, chance: &mut StdRng) -> DateTime<Utc> {
    let seconds = (to - from).num_seconds();
    if seconds <= 0 { from } else { from + TimeDelta::seconds(chance.random_range(0..seconds)) }
}
