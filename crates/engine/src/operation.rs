//! One operation: who, when, from where, in which transaction.

use crate::{
    Engine, Error, Result,
    audit::{self, Event},
    measures, sessions,
    ticket_check::Checked,
};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};
use stint_domain::{
    authz::{self, Action, Actor, Decision, Eligible, Grant, Target},
    id::{OutboxId, PrincipalId},
    principal::PrincipalKind,
    schedule::{AssignmentType, Schedule},
    sign_in::{Method, Outcome},
    step_up::SignedIn,
    time::Phase,
};
use stint_store::{
    Transaction, group, outbox,
    principal::{self, PrincipalRow},
    role, schedule,
    session::{self, SessionRow},
};
use uuid::Uuid;

/// Who seems to be calling.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// The session's token, if one was sent.
    pub token: Option<Vec<u8>>,
    /// The address that the call came from.
    pub source: Option<String>,
    /// What it came with, in words: "Firefox on Linux".
    pub agent: Option<String>,
    /// The token by which a browser is known again that somebody has signed in with.
    pub device: Option<Vec<u8>>,
    /// Whether it says nothing of the person being there: a page that waits calls by itself.
    pub by_itself: bool,
    /// Who it was found to be, once an operation has asked the database.
    pub person: Arc<OnceLock<PrincipalId>>,
}

/// One operation, from its first statement to its commit.
#[derive(Debug)]
pub struct Operation {
    /// The moment of the operation: read once, the same everywhere in it.
    pub now: DateTime<Utc>,
    /// Where the call came from.
    pub source: Option<String>,
    pub(crate) engine: Engine,
    pub(crate) tx: Transaction,
    person: Option<Person>,
    events: Vec<Event>,
    /// The tries to sign in that are written down, to be counted when they hold.
    pub(crate) tries: Vec<(Method, Outcome)>,
    /// The answer about a ticket that was asked for before this operation.
    pub(crate) checked: Option<Checked>,
    /// How the person has shown who they are, where this operation asked for more than to be signed in.
    pub(crate) shown: Option<String>,
    /// Whether nothing of it will hold: what an act would change is looked at.
    is_rehearsal: bool,
}

#[derive(Debug)]
struct Person {
    row: PrincipalRow,
    session: SignedIn,
    since: DateTime<Utc>,
    actor: Actor,
    memberships: Vec<PrincipalId>,
    schedules: Vec<Schedule>,
    must_change_password: bool,
}

impl Operation {
    pub(crate) async fn begin(engine: &Engine, mut tx: Transaction, caller: &Caller) -> Result<Self> {
        let now = engine.clock.now();
        let person = match &caller.token {
            Some(token) => match session::find(&mut tx, hash_token(token), now).await? {
                Some(row) if sessions::is_awake(engine, &row, now) => {
                    if !caller.by_itself {
                        engine.seen.note(&row, now);
                    }
                    Person::load(engine, &mut tx, &row, now).await?
                }
                _ => None,
            },
            None => None,
        };
        if let Some(person) = &person {
            caller.person.get_or_init(|| person.row.id);
            // Every line that the request logs from here on says who.
            tracing::Span::current().record("person", tracing::field::display(person.row.id));
        }
        let engine = engine.clone();
        Ok(Self {
            now,
            source: caller.source.clone(),
            engine,
            tx,
            person,
            events: Vec::new(),
            tries: Vec::new(),
            checked: None,
            shown: None,
            is_rehearsal: false,
        })
    }

    /// The same, of which nothing will hold.
    pub(crate) fn into_rehearsal(self) -> Self {
        Self { is_rehearsal: true, ..self }
    }

    /// Whether nothing of it will hold, so that it asks for nothing that only the act itself needs.
    pub(crate) const fn is_rehearsal(&self) -> bool {
        self.is_rehearsal
    }

    /// Makes everything that was written hold, with the events sealed into the audit chain.
    ///
    /// SECURITY: a rehearsal asked for less than the act, so nothing of it holds, also where somebody commits it.
    pub async fn commit(mut self) -> Result<()> {
        if self.is_rehearsal {
            return Ok(());
        }
        // The end of the chain is taken last, so that others wait for it as short as can be.
        audit::seal(&mut self.tx, self.now, &self.events).await?;
        self.tx.commit().await?;
        measures::count_committed(&self.events, &self.tries);
        self.engine.changes.tell();
        Ok(())
    }

    /// Who is signed in.
    pub fn person(&self) -> Result<&PrincipalRow> {
        self.signed_in().map(|person| &person.row)
    }

    /// Who acts, with the roles in force.
    pub fn actor(&self) -> Result<&Actor> {
        self.signed_in().map(|person| &person.actor)
    }

    /// What the session has of how strongly the person has shown who they are.
    pub fn session(&self) -> Result<&SignedIn> {
        self.signed_in().map(|person| &person.session)
    }

    /// What tells the session from any other, also after it got another token: whose it is, and when it began.
    pub(crate) fn session_key(&self) -> Result<Vec<u8>> {
        let person = self.signed_in()?;
        let since = person.since.timestamp_micros().to_be_bytes();
        Ok([person.row.id.as_uuid().as_bytes(), since.as_slice()].concat())
    }

    /// The person and every group that they are in.
    pub fn memberships(&self) -> Result<&[PrincipalId]> {
        self.signed_in().map(|person| person.memberships.as_slice())
    }

    /// What the person and their groups hold or will hold.
    pub fn schedules(&self) -> Result<&[Schedule]> {
        self.signed_in().map(|person| person.schedules.as_slice())
    }

    /// Who is signed in, even where they have to choose another password before anything else.
    pub(crate) fn person_whatever_they_must(&self) -> Result<&PrincipalRow> {
        self.person.as_ref().map(|person| &person.row).ok_or(Error::NotSignedIn)
    }

    fn signed_in(&self) -> Result<&Person> {
        // SECURITY: everything that asks who it is comes through here. A password that somebody else has read opens one form only.
        match &self.person {
            Some(person) if person.must_change_password => Err(Error::MustChangePassword),
            Some(person) => Ok(person),
            None => Err(Error::NotSignedIn),
        }
    }

    /// Whether the person may do this to that. The same answer shows a button and guards the act behind it.
    pub fn decide(&self, action: Action, target: &Target) -> Result<Decision> {
        Ok(authz::decide(self.actor()?, action, target))
    }

    /// Goes on only if the person may do this to that.
    pub fn require(&self, action: Action, target: &Target) -> Result<()> {
        Ok(self.decide(action, target)?.into_result()?)
    }

    /// Why the person may not do this to that; nothing where they may.
    pub fn denial(&self, action: Action, target: &Target) -> Result<Option<String>> {
        Ok(self.decide(action, target)?.into_result().err().map(|denial| denial.to_string()))
    }

    /// What a decision about a user, group or service principal has to know of it.
    pub async fn target(&mut self, row: &PrincipalRow) -> Result<Target> {
        let units = principal::list_units(&mut self.tx, row.id).await?;
        let is_protected = match row.kind {
            // SECURITY: who owns a group that holds roles can put themselves into it, so the owner is guarded as a holder is.
            PrincipalKind::User => {
                let memberships = group::list_memberships(&mut self.tx, row.id, self.now).await?;
                role::is_privileged(&mut self.tx, &memberships, self.now).await?
                    || group::is_near_roles(&mut self.tx, row.id, &memberships).await?
            }
            PrincipalKind::Group => row.assignable_to_role,
            PrincipalKind::ServicePrincipal => false,
        };
        let is_owned = match (&self.person, row.kind) {
            (Some(person), PrincipalKind::Group) => {
                group::is_owner(&mut self.tx, row.id, person.row.id).await?
            }
            _ => false,
        };
        Ok(Target { object: Some(row.id.as_uuid()), units, is_protected, is_owned, is_approver: false })
    }

    /// Makes an id.
    pub(crate) fn id<T: From<Uuid>>(&self) -> T {
        self.engine.random.id(self.now)
    }

    /// Notes an event, to be sealed when the operation commits.
    pub(crate) fn record(&mut self, event: Event) {
        let (actor_id, actor_name) = match &self.person {
            Some(person) => (Some(person.row.id), person.row.display_name.clone()),
            None => (None, "Stint".to_owned()),
        };
        let id = self.id();
        let event = event.shown(self.shown.as_deref());
        self.events.push(event.by(id, actor_id, actor_name, self.source.clone()));
    }

    /// Writes news to be carried outside.
    pub(crate) async fn tell(&mut self, topic: &str, payload: &serde_json::Value) -> Result<()> {
        let id: OutboxId = self.id();
        Ok(outbox::append(&mut self.tx, id, topic, payload.to_string(), self.now).await?)
    }
}

impl Person {
    /// The person with everything that they hold at `now`; nothing where they may not act any more.
    async fn load(
        engine: &Engine,
        tx: &mut Transaction,
        session: &SessionRow,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>> {
        let id = session.principal_id;
        let Some(row) = principal::find(tx, id).await?.filter(|row| row.enabled && row.deleted_at.is_none())
        else {
            return Ok(None);
        };
        let memberships = group::list_memberships(tx, id, now).await?;
        let schedules = schedule::list_open(tx, &memberships, now).await?;
        let mut actor = Actor { id, enabled: true, grants: Vec::new(), eligible: Vec::new() };
        for schedule in schedules.iter().filter(|schedule| schedule.window.phase(now) == Phase::InForce) {
            let Some((role, actions)) = engine.catalogue.find(schedule.role) else { continue };
            match schedule.assignment_type {
                AssignmentType::Active => actor.grants.push(Grant {
                    role: role.id,
                    actions,
                    scope: schedule.scope.clone(),
                    until: schedule.window.end,
                }),
                AssignmentType::Eligible => actor.eligible.push(Eligible {
                    role_name: role.name.clone(),
                    actions,
                    scope: schedule.scope.clone(),
                }),
            }
        }
        let must_change_password = session.must_change_password;
        let (since, session) = (session.created_at, session.signed_in());
        Ok(Some(Self { row, session, since, actor, memberships, schedules, must_change_password }))
    }
}

/// What is kept of a session's token.
pub(crate) fn hash_token(token: &[u8]) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
