//! Rules of many roles at once, with what each change would be said before.

use super::{effect, put, role_at};
use crate::{Error, Operation, Result, step_up};
use stint_domain::{
    authz::{Action, Target},
    id::RoleId,
    role::Role,
    scope::ScopePath,
    settings::{Change, RoleSettings, Template, lines},
};
use stint_store::role_settings;

/// Rules that a role is to have.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The role.
    pub role: RoleId,
    /// The rules.
    pub settings: RoleSettings,
    /// The version that whoever wants it saw; nothing where nobody looked yet.
    pub seen: Option<i64>,
}

/// What becomes of one role.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The role.
    pub role: Role,
    /// The version of its rules before.
    pub version: i64,
    /// What changes.
    pub changes: Vec<Change>,
    /// What would be different for people, in sentences.
    pub effects: Vec<String>,
    /// Why it cannot be, in sentences; nothing where it can.
    pub refused: Vec<String>,
}

/// Changes the rules of several roles, and tells what became of each. Whoever only wants to know drops the operation; whoever goes on
/// commits only where nothing was refused.
pub async fn put_many(op: &mut Operation, mut wanted: Vec<Wanted>) -> Result<Vec<Planned>> {
    op.require(Action::UpdateRoleSettings, &Target::directory())?;
    step_up::require_own(op).await?;
    // Roles are taken in one order, so that two who change many do not wait for each other.
    wanted.sort_by_key(|wanted| wanted.role);
    wanted.dedup_by_key(|wanted| wanted.role);
    let everywhere = ScopePath::directory();
    let mut planned = Vec::new();
    for Wanted { role, settings, seen } in wanted {
        let role = role_at(op, role, &everywhere)?;
        let stored = role_settings::get(&mut op.tx, role.provider, role.id, &everywhere).await?;
        let names = super::names(op, &[&stored.settings, &settings]).await?;
        let changes =
            stint_domain::settings::changes(&stored.settings, &settings, |id| super::named(&names, id));
        let effects = if changes.is_empty() {
            Vec::new()
        } else {
            effect(op, role.id, &everywhere, &settings).await?.sentences
        };
        let refused = match put(op, role.id, &everywhere, settings, seen, None).await {
            Ok(_) => Vec::new(),
            Err(Error::Refused(refusals)) => {
                refusals.as_slice().iter().map(|one| one.rule.to_string()).collect()
            }
            Err(error) => return Err(error),
        };
        planned.push(Planned { role, version: stored.version, changes, effects, refused });
    }
    planned.sort_by_key(|planned| planned.role.name.to_lowercase());
    Ok(planned)
}

/// The rules that a template gives each of these roles.
pub async fn from_template(op: &mut Operation, template: &Template, roles: &[RoleId]) -> Result<Vec<Wanted>> {
    let mut wanted = Vec::new();
    for &role in roles {
        let settings = super::get(op, role, &ScopePath::directory()).await?;
        let settings = template.applied_to(&settings.settings, settings.role.provider);
        wanted.push(Wanted { role, settings, seen: None });
    }
    Ok(wanted)
}

/// The rules of one role for each of these roles.
pub async fn from_role(op: &mut Operation, source: RoleId, roles: &[RoleId]) -> Result<Vec<Wanted>> {
    let settings = super::get(op, source, &ScopePath::directory()).await?.settings;
    let wanted = |&role: &RoleId| Wanted { role, settings: settings.clone(), seen: None };
    Ok(roles.iter().filter(|role| **role != source).map(wanted).collect())
}

/// One setting of two roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The setting, as the page calls it.
    pub name: String,
    /// What it is for the one.
    pub left: String,
    /// What it is for the other.
    pub right: String,
}

/// Every setting of two roles side by side.
pub async fn compare(op: &mut Operation, left: RoleId, right: RoleId) -> Result<Vec<Compared>> {
    let left = super::get(op, left, &ScopePath::directory()).await?.settings;
    let right = super::get(op, right, &ScopePath::directory()).await?.settings;
    let names = super::names(op, &[&left, &right]).await?;
    let name_of = |id| super::named(&names, id);
    let pairs = lines(&left, &name_of).into_iter().zip(lines(&right, &name_of));
    Ok(pairs.map(|((name, left), (_, right))| Compared { name, left, right }).collect())
}
