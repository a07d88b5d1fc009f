//! What a change of a role's rules would mean, said before it is made.

use super::role_at;
use crate::{Operation, Result};
use std::collections::BTreeSet;
use stint_domain::{
    authz::{Action, Target},
    id::RoleId,
    scope::ScopePath,
    settings::{Requirement, RoleSettings},
};
use stint_store::{group, role_settings, schedule};

/// Whom a change of the rules would reach, said before it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// How many people may activate the role, now or later.
    pub people: usize,
    /// Whether there are more, who were not counted.
    pub and_more: bool,
    /// What would become different for them, in sentences.
    pub sentences: Vec<String>,
}

/// People are counted as far as this.
const COUNTED: i64 = 1000;

/// What a change of the rules would mean for those who may activate the role.
pub async fn effect(
    op: &mut Operation,
    role: RoleId,
    scope: &ScopePath,
    settings: &RoleSettings,
) -> Result<Effect> {
    op.require(Action::ReadRoleSettings, &Target::directory())?;
    let role = role_at(op, role, scope)?;
    let stored = role_settings::get(&mut op.tx, role.provider, role.id, scope).await?.settings;
    let mut people = BTreeSet::new();
    let most = usize::try_from(COUNTED).unwrap_or(usize::MAX);
    for holder in schedule::list_eligible(&mut op.tx, role.id, op.now, COUNTED).await? {
        if people.len() >= most {
            break;
        }
        people.extend(group::list_users(&mut op.tx, holder, op.now, COUNTED).await?);
    }
    let (count, and_more) = (people.len().min(most), people.len() >= most);
    let sentences = if count == 0 { Vec::new() } else { sentences(&stored, settings, count, and_more) };
    Ok(Effect { people: count, and_more, sentences })
}

fn sentences(before: &RoleSettings, after: &RoleSettings, count: usize, and_more: bool) -> Vec<String> {
    let who = match (count, and_more) {
        (1, _) => "1 person".to_owned(),
        (count, true) => format!("More than {} people", count - 1),
        (count, false) => format!("{count} people"),
    };
    let mut found = Vec::new();
    let mut say = |what: String| found.push(format!("{who} could {what}."));
    match (before.activation_approval.is_approval_required, after.activation_approval.is_approval_required) {
        (false, true) => say("no longer activate without approval".to_owned()),
        (true, false) => say("activate without approval".to_owned()),
        _ => {}
    }
    let (was, is) = (before.longest_activation(), after.longest_activation());
    if was != is {
        say(format!("activate for at most {} instead of {}", is.in_words(), was.in_words()));
    }
    for (requirement, what) in [
        (Requirement::MultiFactorAuthentication, "a second factor"),
        (Requirement::Justification, "a reason"),
        (Requirement::Ticketing, "a ticket number"),
    ] {
        let wants = |settings: &RoleSettings| settings.activation_enablement.requires(requirement);
        match (wants(before), wants(after)) {
            (false, true) => say(format!("no longer activate without {what}")),
            (true, false) => say(format!("activate without {what}")),
            _ => {}
        }
    }
    found
}
