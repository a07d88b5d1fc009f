//! Asks another system whether a ticket is good for an activation, where the role's settings say so.
//!
//! The system is asked between two operations, never inside one: while it takes its time nobody waits for a row, or for SQLite's
//! one writer. The first operation checks everything else and ends with the question. The answer is carried into a second one,
//! which checks everything anew and takes the answer only if it would ask the same. So nothing that turns a role on can leave the
//! question out.

use crate::{
    Caller, Engine, Error, Operation, Result,
    activate::{self, Activated},
    audit::Event,
    requests::Said,
    webhook::{Client, Endpoint, sign},
};
use serde::Deserialize;
use serde_json::json;
use std::{fmt, sync::Arc, time::Duration};
use stint_domain::{
    assign::Activation,
    audit::Activity,
    id::{RequestId, RoleId, ScheduleId},
    refusal::{Broken, Field, Refusal},
    role::Role,
    schedule::Schedule,
    scope::ScopePath,
    settings::{RoleSettings, TicketCheck, WithoutAnswer},
    text::{TicketSystem, is_shown},
};
use tokio::sync::Semaphore;

/// The longest answer that is read, in bytes.
const MOST_BYTES: usize = 16 * 1024;
/// The longest message that is shown, in characters.
const MOST_SHOWN: usize = 200;
/// So many are asked about at once.
const AT_ONCE: usize = 32;
/// Settings that change while somebody is asked are looked at so often.
const TRIES: usize = 3;

/// What asks: the secret that proves who it is, and a client.
#[derive(Clone)]
pub(crate) struct Asker {
    client: Client,
    secret: Arc<[u8]>,
    places: Arc<Semaphore>,
}

/// SECURITY: nobody has to see the secret.
impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asker")
    }
}

impl Asker {
    /// One that signs with this secret.
    pub(crate) fn new(secret: &str) -> Result<Self, String> {
        let shortest = crate::webhook::Webhook::SHORTEST_SECRET;
        if secret.len() < shortest {
            return Err(format!("the secret of ticket checks has at least {shortest} characters"));
        }
        let places = Arc::new(Semaphore::new(AT_ONCE));
        Ok(Self { client: Client::new()?, secret: secret.as_bytes().into(), places })
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    check: TicketCheck,
    number: String,
    system: Option<String>,
    role: (RoleId, String),
    scope: ScopePath,
    justification: Option<String>,
    is_extension: bool,
}

impl Question {
    /// What has to be asked before a role is turned on, or kept on for longer; nothing where the settings name no system, or
    /// where no ticket was given and none is needed.
    pub(crate) fn of(
        settings: &RoleSettings,
        role: &Role,
        wanted: &Schedule,
        said: &Said,
        is_extension: bool,
    ) -> Option<Self> {
        let check = settings.activation_enablement.ticket_check.clone()?;
        let (number, system) = said.ticket.as_ref()?;
        Some(Self {
            check,
            number: number.to_string(),
            system: system.as_ref().map(ToString::to_string),
            role: (role.id, role.name.clone()),
            scope: wanted.scope.clone(),
            justification: said.justification.as_ref().map(ToString::to_string),
            is_extension,
        })
    }

    fn event(&self, op: &Operation, activity: Activity, detail: String) -> Result<Event> {
        let ticket = match &self.system {
            Some(system) => format!("{system} {}", self.number),
            None => self.number.clone(),
        };
        let event = Event::new(activity).on(op.person()?).ticket(Some(ticket));
        let event = event.role(self.role.0, &self.role.1, self.scope.as_str());
        Ok(event.because(self.justification.as_ref()).detail(detail))
    }

    fn body(&self, op: &Operation) -> Result<String> {
        let person = op.person()?;
        Ok(json!({
            "ticket": { "system": self.system, "number": self.number },
            "action": if self.is_extension { "extend" } else { "activate" },
            "principal": {
                "id": person.id, "displayName": person.display_name, "userPrincipalName": person.user_name,
            },
            "role": { "id": self.role.0, "displayName": self.role.1 },
            "scope": self.scope,
            "justification": self.justification,
        })
        .to_string())
    }

    /// The machine that is asked: the rest of the address need not be told.
    fn host(&self) -> String {
        Endpoint::parse(&self.check.url).map(|to| to.host().to_owned()).unwrap_or_default()
    }
}

/// A question that was answered, or let through without an answer.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    question: Question,
    /// What the audit log says of it.
    note: String,
}

/// Goes on only with an answer to this question; notes what it was.
pub(crate) fn require(op: &mut Operation, question: Option<Question>, request: RequestId) -> Result<()> {
    let Some(question) = question else { return Ok(()) };
    match op.checked.take().filter(|checked| checked.question == question) {
        Some(checked) => {
            let event = question.event(op, Activity::TicketChecked, checked.note)?;
            op.record(event.request(request));
            Ok(())
        }
        None => Err(Error::TicketUnchecked(Box::new(question))),
    }
}

/// What somebody wants who turns a role on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// To activate this eligibility.
    Activate(ScheduleId),
    /// To keep this activation on for longer.
    Extend(ScheduleId),
}

/// Activates or extends, in operations of its own: it asks about the ticket in between where the role's settings say so.
pub async fn carry_out(
    engine: &Engine,
    caller: &Caller,
    wanted: Wanted,
    asked: Activation,
    system: Option<TicketSystem>,
) -> Result<Activated> {
    let mut checked = None;
    for _ in 0..TRIES {
        let mut op = engine.write(caller).await?;
        op.checked = checked.take();
        let (asked, system) = (asked.clone(), system.clone());
        let done = match wanted {
            Wanted::Activate(eligibility) => activate::activate(&mut op, eligibility, asked, system).await,
            Wanted::Extend(activation) => activate::extend(&mut op, activation, asked, system).await,
        };
        match done {
            Ok(activated) => return op.commit().await.map(|()| activated),
            Err(Error::TicketUnchecked(question)) => {
                // INVARIANT: nothing is held while another system takes its time.
                drop(op);
                checked = Some(ask(engine, caller, *question).await?);
            }
            Err(error) => return Err(error),
        }
    }
    Err(Error::Busy)
}

/// What the other system says.
#[derive(Deserialize)]
struct Answer {
    valid: bool,
    #[serde(default)]
    message: Option<String>,
}

/// Asks, and obeys. A refusal is written down at once: what was about to happen does not happen.
async fn ask(engine: &Engine, caller: &Caller, question: Question) -> Result<Checked> {
    let host = question.host();
    let answer = exchange(engine, caller, &question).await?;
    let refused = match (answer, question.check.without_answer) {
        (Ok(Answer { valid: true, .. }), _) => {
            return Ok(Checked { question, note: format!("{host} says that the ticket is valid") });
        }
        (Err(why), WithoutAnswer::LetThrough) => {
            return Ok(Checked { question, note: format!("Not checked and let through: {host}: {why}") });
        }
        (Ok(Answer { message, .. }), _) => {
            let message = message.map(|message| shown(&message)).filter(|message| !message.is_empty());
            let said = message.unwrap_or_else(|| "it is not valid".to_owned());
            (format!("{host} says that the ticket is not valid: {said}"), Broken::TicketInvalid(said))
        }
        (Err(why), WithoutAnswer::Refuse) => {
            tracing::warn!(%host, %why, "A ticket could not be checked");
            (format!("Not checked and refused: {host}: {why}"), Broken::TicketNotChecked)
        }
    };
    let (note, broken) = refused;
    let mut op = engine.write(caller).await?;
    let event = question.event(&op, Activity::TicketRefused, note)?;
    op.record(event);
    op.commit().await?;
    Err(Refusal::at(Field::Ticket, broken).into())
}

/// One question, one answer, or why there is none in words without the address.
async fn exchange(engine: &Engine, caller: &Caller, question: &Question) -> Result<Result<Answer, String>> {
    let Some(asker) = &engine.asker else {
        return Ok(Err("this server has no secret for ticket checks".to_owned()));
    };
    let Ok(_place) = asker.places.try_acquire() else { return Err(Error::Busy) };
    let body = question.body(&engine.read(caller).await?)?;
    // SECURITY: whatever was stored, nothing else is called than what may be set.
    if !question.check.is_fit() {
        return Ok(Err("the address cannot be used".to_owned()));
    }
    let Ok(to) = Endpoint::parse(&question.check.url) else {
        return Ok(Err("the address cannot be used".to_owned()));
    };
    let signature = sign(&asker.secret, engine.clock.now().timestamp(), &body);
    let patience = Duration::from_secs(question.check.timeout_seconds.into());
    let answer = asker.client.ask(&to, body, &signature, patience, MOST_BYTES).await;
    Ok(answer.and_then(|(status, body)| match status {
        200..300 => {
            serde_json::from_slice(&body).map_err(|_| "the answer is not what was asked for".to_owned())
        }
        300..400 => Err(format!("the answer was {status}; redirects are not followed")),
        status => Err(format!("the answer was {status}")),
    }))
}

/// Another system's words: one line of text, bounded.
fn shown(message: &str) -> String {
    let words: String = message.chars().map(|c| if is_shown(c) { c } else { ' ' }).collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_system_says_is_one_bounded_line() {
        assert_eq!(shown(" a\n\tb\u{1b}[31m  c "), "a b [31m c");
        assert_eq!(shown(&"ä".repeat(300)).chars().count(), MOST_SHOWN + 1);
        assert_eq!(shown(" \n"), "");
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_answer_is_read_or_is_none(body: Vec<u8>, message: String) {
            let _none = serde_json::from_slice::<Answer>(&body).is_err();
            let line = shown(&message);
            proptest::prop_assert!(line.chars().count() <= MOST_SHOWN + 1 && line.chars().all(is_shown));
            let said = json!({ "valid": false, "message": message }).to_string();
            proptest::prop_assert!(!serde_json::from_str::<Answer>(&said).unwrap().valid);
        }
    }
}
