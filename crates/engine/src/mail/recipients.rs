//! To whom letters go: the nine rows of a role's settings, and who is meant by each.

use super::{Mail, words::Letter};
use crate::{Operation, Result, approvers};
use std::collections::{BTreeMap, BTreeSet};
use stint_domain::{
    id::PrincipalId,
    role::{GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR, SECURITY_ADMINISTRATOR},
    settings::{NotificationLevel, NotificationRule, Occasion, RecipientType, RoleSettings},
};
use stint_store::{principal::PrincipalRow, schedule};

/// Whose active holders watch over roles.
const ADMINISTRATORS: [stint_domain::id::RoleId; 3] =
    [GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR, SECURITY_ADMINISTRATOR];

/// No more people than this are told of one piece of news, as in Entra.
const MOST: usize = 1000;

/// The mails that a piece of news makes: one for each address, whatever several parts somebody has in the matter.
#[derive(Debug, Default)]
pub(super) struct Post(BTreeMap<String, Mail>);

impl Post {
    /// The mails, by address.
    pub(super) fn mails(self) -> impl Iterator<Item = Mail> {
        self.0.into_values()
    }

    /// A letter to the people whom a rule means, and to its further addresses. Who had another letter before gets this one.
    pub(super) fn tell<'a>(
        &mut self,
        rule: &NotificationRule,
        people: impl Iterator<Item = &'a PrincipalRow>,
        letter: &Letter,
    ) {
        self.tell_default(rule, people, letter);
        if is_told(rule, letter) {
            for to in &rule.notification_recipients {
                self.send(to, letter);
            }
        }
    }

    /// The same, without the further addresses.
    pub(super) fn tell_default<'a>(
        &mut self,
        rule: &NotificationRule,
        people: impl Iterator<Item = &'a PrincipalRow>,
        letter: &Letter,
    ) {
        if is_told(rule, letter) && rule.is_default_recipients_enabled {
            for to in people.filter_map(address) {
                self.send(to, letter);
            }
        }
    }

    fn send(&mut self, to: &str, letter: &Letter) {
        let key = to.to_lowercase();
        if self.0.len() < MOST || self.0.contains_key(&key) {
            self.0.insert(key, letter.write(to));
        }
    }

    /// A letter to one person, whatever any role's settings say.
    pub(super) fn tell_person(&mut self, person: &PrincipalRow, letter: &Letter) {
        if let Some(to) = address(person) {
            self.send(to, letter);
        }
    }

    /// A letter whose link resets a person's password.
    pub(super) fn tell_reset(&mut self, person: &PrincipalRow, letter: &Letter) {
        if let Some(to) = address(person) {
            let mail = Mail { resets: Some(person.id), ..letter.write(to) };
            self.0.insert(to.to_lowercase(), mail);
        }
    }

    /// A letter to every Global Administrator, whatever any role's settings say.
    pub(super) async fn tell_global_administrators(
        &mut self,
        op: &mut Operation,
        letter: &Letter,
    ) -> Result<()> {
        let named = schedule::list_holders(&mut op.tx, GLOBAL_ADMINISTRATOR, op.now, most()).await?;
        let people = approvers::list_users_behind(op, named.into_iter().collect(), most()).await?;
        for person in &people {
            self.tell_person(person, letter);
        }
        Ok(())
    }

    /// A letter to those who watch over roles.
    pub(super) async fn tell_admins(
        &mut self,
        op: &mut Operation,
        settings: &RoleSettings,
        occasion: Occasion,
        letter: &Letter,
    ) -> Result<()> {
        self.tell_other_admins(op, settings, occasion, None, letter).await
    }

    /// A letter to those who watch over roles, but not to the one who did it.
    pub(super) async fn tell_other_admins(
        &mut self,
        op: &mut Operation,
        settings: &RoleSettings,
        occasion: Occasion,
        by: Option<PrincipalId>,
        letter: &Letter,
    ) -> Result<()> {
        let rule = settings.notification(occasion, RecipientType::Admin);
        let people = if rule.is_default_recipients_enabled { administrators(op).await? } else { Vec::new() };
        self.tell(rule, people.iter().filter(|person| Some(person.id) != by), letter);
        Ok(())
    }

    /// A letter to those who watch over roles, whatever any role's settings say.
    pub(super) async fn tell_administrators(&mut self, op: &mut Operation, letter: &Letter) -> Result<()> {
        for person in administrators(op).await? {
            if let Some(to) = address(&person) {
                self.send(to, letter);
            }
        }
        Ok(())
    }

    /// A letter to whoever holds the assignment: the person, or the people in the group.
    pub(super) async fn tell_assignee(
        &mut self,
        op: &mut Operation,
        settings: &RoleSettings,
        occasion: Occasion,
        assignee: PrincipalId,
        letter: &Letter,
    ) -> Result<()> {
        let rule = settings.notification(occasion, RecipientType::Requestor);
        let people = approvers::list_users_behind(op, BTreeSet::from([assignee]), most()).await?;
        self.tell(rule, people.iter(), letter);
        Ok(())
    }
}

/// Whether a rule lets this letter through.
fn is_told(rule: &NotificationRule, letter: &Letter) -> bool {
    letter.asks_for_an_act || rule.notification_level == NotificationLevel::All
}

/// Where somebody reads mail.
pub(super) fn address(person: &PrincipalRow) -> Option<&str> {
    person.mail.as_deref().or(person.user_name.as_deref())
}

/// Those who watch over roles and are told by this rule of what asks for no act.
pub(super) async fn list_told_admins(
    op: &mut Operation,
    rule: &NotificationRule,
) -> Result<Vec<PrincipalRow>> {
    if rule.is_default_recipients_enabled && rule.notification_level == NotificationLevel::All {
        administrators(op).await
    } else {
        Ok(Vec::new())
    }
}

/// Those who watch over roles: whoever actively holds one of three roles everywhere, by name.
pub(super) async fn administrators(op: &mut Operation) -> Result<Vec<PrincipalRow>> {
    let mut named = BTreeSet::new();
    for role in ADMINISTRATORS {
        named.extend(schedule::list_holders(&mut op.tx, role, op.now, most()).await?);
    }
    approvers::list_users_behind(op, named, most()).await
}

fn most() -> i64 {
    i64::try_from(MOST).unwrap_or(i64::MAX)
}
