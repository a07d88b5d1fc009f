//! Administrators change the rules of a role, look at how they were, and go back.

mod document;
mod effect;
mod many;

pub use document::{Document, Entry, Format, export};
pub use effect::{Effect, effect};
pub use many::{Compared, Planned, Wanted, compare, from_role, from_template, put_many};

use crate::{
    Error, Operation, Result,
    approvers::{self, Short},
    audit::Event,
    step_up,
};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use stint_domain::{
    audit::Activity,
    authz::{Action, Target},
    id::{PrincipalId, RoleId},
    principal::Principal,
    refusal::{Broken, Field, Refusal, Refusals},
    role::{Provider, Role},
    scope::ScopePath,
    settings::{ApprovalRule, Change, RoleSettings, changes},
};
use stint_store::{
    Page, PageRequest,
    principal::{self, PrincipalRow},
    role,
    role_settings::{self, VersionRow},
};

/// The rules of a role at a scope.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The role.
    pub role: Role,
    /// The rules.
    pub settings: RoleSettings,
    /// How often they were changed; whoever changes them says which version they saw.
    pub version: i64,
    /// Who changed them last, what they are called, and when; nothing while they are the defaults.
    pub modified: Option<(PrincipalId, String, DateTime<Utc>)>,
    /// The users and groups that are named as approvers or backup approvers in any stage, by name.
    pub approvers: Vec<PrincipalRow>,
}

/// The rules of a role at a scope.
pub async fn get(op: &mut Operation, role: RoleId, scope: &ScopePath) -> Result<Settings> {
    op.require(Action::ReadRoleSettings, &Target::directory())?;
    let role = role_at(op, role, scope)?;
    let stored = role_settings::get(&mut op.tx, role.provider, role.id, scope).await?;
    let modified = match stored.modified {
        Some((by, at)) => Some((by, name_of(op, by).await?, at)),
        None => None,
    };
    let named: Vec<_> = stored.settings.activation_approval.named().into_iter().collect();
    let mut approvers = principal::list_by_id(&mut op.tx, &named).await?;
    approvers.sort_by_key(|row| row.display_name.to_lowercase());
    Ok(Settings { role, settings: stored.settings, version: stored.version, modified, approvers })
}

/// The role, if it has settings of its own at the scope.
fn role_at(op: &Operation, role: RoleId, scope: &ScopePath) -> Result<Role> {
    let role = op.engine.catalogue.get(role)?.clone();
    let has_settings = role.provider != Provider::Directory || *scope == ScopePath::directory();
    if has_settings { Ok(role) } else { Err(Error::NotFound) }
}

async fn name_of(op: &mut Operation, id: PrincipalId) -> Result<String> {
    let row = principal::find(&mut op.tx, id).await?;
    Ok(row.map_or_else(|| id.to_string(), |row| row.display_name))
}

/// Changes the rules of a role, if they are still those of the version that the person saw. Tells the new version.
pub async fn update(
    op: &mut Operation,
    role: RoleId,
    scope: &ScopePath,
    settings: RoleSettings,
    expected: i64,
) -> Result<i64> {
    put(op, role, scope, settings, Some(expected), None).await
}

/// Makes the rules what they were in an earlier version; in version 0 they were the defaults. Tells the new version.
pub async fn restore(op: &mut Operation, role: RoleId, scope: &ScopePath, version: i64) -> Result<i64> {
    op.require(Action::UpdateRoleSettings, &Target::directory())?;
    let provider = role_at(op, role, scope)?.provider;
    let settings = if version == 0 {
        RoleSettings::default_of(provider, role)
    } else {
        let found = role_settings::find_version(&mut op.tx, role, scope, version).await?;
        found.ok_or(Error::NotFound)?.settings
    };
    put(op, role, scope, settings, None, Some(version)).await
}

async fn put(
    op: &mut Operation,
    role: RoleId,
    scope: &ScopePath,
    settings: RoleSettings,
    expected: Option<i64>,
    restored: Option<i64>,
) -> Result<i64> {
    op.require(Action::UpdateRoleSettings, &Target::directory())?;
    let role = role_at(op, role, scope)?;
    role::take(&mut op.tx, role.id).await?;
    let stored = role_settings::get(&mut op.tx, role.provider, role.id, scope).await?;
    if expected.is_some_and(|expected| expected != stored.version) {
        let (by, at) = stored.modified.ok_or(Error::NotFound)?;
        let by = name_of(op, by).await?;
        return Err(Refusal::at(Field::Form, Broken::SettingsChanged { by, at }).into());
    }
    if settings == stored.settings {
        return Ok(stored.version);
    }
    let mut found = settings.check(role.provider);
    found.extend(check_people(op, &settings.activation_approval).await?);
    if settings.activation_enablement.ticket_check.is_some() && op.engine.asker.is_none() {
        found.push(Refusal::at(Field::TicketCheck, Broken::TicketCheckSecret));
    }
    Refusals::check(found)?;

    step_up::require_own(op).await?;
    let by = op.actor()?.id;
    let version = role_settings::put(&mut op.tx, role.id, scope, &settings, by, op.now).await?;
    let names = names(op, &[&stored.settings, &settings]).await?;
    let changes = changes(&stored.settings, &settings, |id| named(&names, id));
    let mut detail = changes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    if let Some(restored) = restored {
        detail = format!("Version {restored} restored: {detail}");
    }
    op.record(
        Event::new(Activity::RoleSettingsUpdated)
            .target(role.id, &role.name)
            .role(role.id, &role.name, scope.as_str())
            .detail(detail),
    );
    let news = json!({ "role": role.id, "scope": scope, "version": version });
    op.tell("role_settings_changed", &news).await?;
    Ok(version)
}

/// INVARIANT: nobody is left without an approver: those who are named can decide, and they are as many as are needed.
async fn check_people(op: &mut Operation, rule: &ApprovalRule) -> Result<Vec<Refusal>> {
    if !rule.is_approval_required {
        return Ok(Vec::new());
    }
    let named: Vec<_> = rule.named().into_iter().collect();
    let known: Vec<Principal> =
        principal::list_by_id(&mut op.tx, &named).await?.iter().map(PrincipalRow::to_principal).collect();
    let mut found = rule.check_approvers(&known);
    if found.is_empty()
        && let Some(Short { number, needed, people }) = approvers::find_short(op, rule, None).await?
    {
        let people = approvers::in_words(&people);
        let broken = match rule.count() {
            1 => Broken::TooFewApprovers { needed: rule.first.approvals_needed, people },
            _ => Broken::TooFewInStage { stage: number, needed, people },
        };
        found.push(Refusal::at(Field::Approvers(number), broken));
    }
    Ok(found)
}

/// What everybody is called whom these settings name.
async fn names(op: &mut Operation, settings: &[&RoleSettings]) -> Result<HashMap<PrincipalId, String>> {
    let named = settings.iter().flat_map(|settings| settings.activation_approval.named());
    let ids: Vec<_> = named.collect::<BTreeSet<_>>().into_iter().collect();
    let rows = principal::list_by_id(&mut op.tx, &ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.display_name)).collect())
}

fn named(names: &HashMap<PrincipalId, String>, id: PrincipalId) -> String {
    names.get(&id).cloned().unwrap_or_else(|| id.to_string())
}

/// One version of the rules, and what it changed.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its number, from 1.
    pub number: i64,
    /// Who made it.
    pub by: PrincipalId,
    /// What they are called.
    pub by_name: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The rules.
    pub settings: RoleSettings,
    /// What differs from the version before.
    pub changes: Vec<Change>,
}

/// The versions of the rules of a role at a scope, the latest first.
pub async fn history(
    op: &mut Operation,
    role: RoleId,
    scope: &ScopePath,
    page: &PageRequest,
) -> Result<Page<Version>> {
    op.require(Action::ReadRoleSettings, &Target::directory())?;
    let role = role_at(op, role, scope)?;
    let page = role_settings::list_versions(&mut op.tx, role.id, scope, page).await?;
    let before_last = match page.items.last() {
        Some(last) => role_settings::find_version(&mut op.tx, role.id, scope, last.version - 1).await?,
        None => None,
    };
    let oldest = before_last
        .map_or_else(|| RoleSettings::default_of(role.provider, role.id), |version| version.settings);
    let all: Vec<_> = page.items.iter().map(|version| &version.settings).chain([&oldest]).collect();
    let mut names = names(op, &all).await?;
    let authors: Vec<_> =
        page.items.iter().map(|version| version.by).collect::<BTreeSet<_>>().into_iter().collect();
    for row in principal::list_by_id(&mut op.tx, &authors).await? {
        names.insert(row.id, row.display_name);
    }
    let before = all[1..].to_vec();
    let version = |(row, before): (&VersionRow, &RoleSettings)| Version {
        number: row.version,
        by: row.by,
        by_name: named(&names, row.by),
        at: row.at,
        settings: row.settings.clone(),
        changes: changes(before, &row.settings, |id| named(&names, id)),
    };
    let items = page.items.iter().zip(before).map(version).collect();
    Ok(Page { items, next: page.next })
}
