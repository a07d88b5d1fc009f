//! The rules of roles, as they are and as they were.

use crate::{Page, PageRequest, Result, Transaction};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use stint_domain::{
    id::{PrincipalId, RoleId},
    role::{GUARDED, Provider},
    scope::ScopePath,
    settings::{ApprovalRule, RoleSettings},
};
use uuid::Uuid;

/// Settings, and who changed them last.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The rules.
    pub settings: RoleSettings,
    /// How often they were changed.
    pub version: i64,
    /// Who changed them and when; nothing while they are the defaults.
    pub modified: Option<(PrincipalId, DateTime<Utc>)>,
}

/// The settings of a role at a scope: what was stored, or the defaults. Not inherited.
pub async fn get(
    tx: &mut Transaction,
    provider: Provider,
    role: RoleId,
    scope: &ScopePath,
) -> Result<Stored> {
    let row: Option<(String, i64, PrincipalId, DateTime<Utc>)> = tx
        .query(
            "SELECT rules, version, modified_by, modified_at FROM role_settings WHERE role_id = $1 AND scope = $2",
        )
        .bind(role)
        .bind(scope.clone())
        .fetch_optional()
        .await?;
    Ok(match row {
        Some((rules, version, by, at)) => {
            Stored { settings: serde_json::from_str(&rules)?, version, modified: Some((by, at)) }
        }
        None => Stored { settings: RoleSettings::default_of(provider, role), version: 0, modified: None },
    })
}

/// Stores the settings of a role at a scope as a new version, and who decides by them. Tells the version.
pub async fn put(
    tx: &mut Transaction,
    role: RoleId,
    scope: &ScopePath,
    settings: &RoleSettings,
    by: PrincipalId,
    at: DateTime<Utc>,
) -> Result<i64> {
    let rules = serde_json::to_string(settings)?;
    let (version,): (i64,) = tx
        .query(
            "INSERT INTO role_settings (role_id, scope, rules, version, modified_at, modified_by)
             VALUES ($1, $2, $3, 1, $4, $5)
             ON CONFLICT (role_id, scope) DO UPDATE
                SET rules = excluded.rules, version = role_settings.version + 1, modified_at = excluded.modified_at,
                    modified_by = excluded.modified_by
             RETURNING version",
        )
        .bind(role)
        .bind(scope.clone())
        .bind(rules.clone())
        .bind(at)
        .bind(by)
        .fetch_one()
        .await?;
    tx.query(
        "INSERT INTO role_settings_version (role_id, scope, version, rules, modified_at, modified_by)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(role)
    .bind(scope.clone())
    .bind(version)
    .bind(rules)
    .bind(at)
    .bind(by)
    .execute_one()
    .await?;
    put_approvers(tx, role, scope, settings).await?;
    Ok(version)
}

async fn put_approvers(
    tx: &mut Transaction,
    role: RoleId,
    scope: &ScopePath,
    settings: &RoleSettings,
) -> Result<()> {
    tx.query("DELETE FROM role_approver WHERE role_id = $1 AND scope = $2")
        .bind(role)
        .bind(scope.clone())
        .execute()
        .await?;
    let approval = &settings.activation_approval;
    for number in 1..=ApprovalRule::MOST_STAGES {
        for (named, is_backup) in approval.stage(number).sides().zip([false, true]) {
            for approver in whom(named) {
                tx.query(
                    "INSERT INTO role_approver (approver_id, role_id, scope, stage, is_backup)
                     VALUES ($1, $2, $3, $4, $5)",
                )
                .bind(approver)
                .bind(role)
                .bind(scope.clone())
                .bind(i64::from(number))
                .bind(is_backup)
                .execute_one()
                .await?;
            }
        }
    }
    Ok(())
}

/// Those who are named, or the roles whose active holders decide where nobody is.
fn whom(named: &BTreeSet<PrincipalId>) -> Vec<Uuid> {
    if named.is_empty() {
        GUARDED.iter().map(|role| role.as_uuid()).collect()
    } else {
        named.iter().map(|id| id.as_uuid()).collect()
    }
}

/// Whether any role's settings name one of these as an approver.
pub async fn is_approver(tx: &mut Transaction, approvers: &[Uuid]) -> Result<bool> {
    let rows: Vec<(RoleId,)> = tx
        .build("SELECT role_id FROM role_approver WHERE approver_id IN ")
        .bind_list(approvers.iter().copied())
        .limit(1)
        .fetch_all()
        .await?;
    Ok(!rows.is_empty())
}

/// The roles whose settings at this scope were ever changed.
pub async fn list_changed(tx: &mut Transaction, scope: &ScopePath) -> Result<Vec<RoleId>> {
    let rows: Vec<(RoleId,)> = tx
        .query("SELECT role_id FROM role_settings WHERE scope = $1")
        .bind(scope.clone())
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The settings as they once were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRow {
    /// The version, from 1.
    pub version: i64,
    /// The rules.
    pub settings: RoleSettings,
    /// Who made them so.
    pub by: PrincipalId,
    /// When.
    pub at: DateTime<Utc>,
}

type Version = (i64, String, PrincipalId, DateTime<Utc>);

fn version((version, rules, by, at): Version) -> Result<VersionRow> {
    Ok(VersionRow { version, settings: serde_json::from_str(&rules)?, by, at })
}

/// One version of the settings.
pub async fn find_version(
    tx: &mut Transaction,
    role: RoleId,
    scope: &ScopePath,
    number: i64,
) -> Result<Option<VersionRow>> {
    let row: Option<Version> = tx
        .query(
            "SELECT version, rules, modified_by, modified_at
               FROM role_settings_version
              WHERE role_id = $1
                AND scope = $2
                AND version = $3",
        )
        .bind(role)
        .bind(scope.clone())
        .bind(number)
        .fetch_optional()
        .await?;
    row.map(version).transpose()
}

/// All versions of the settings, the latest first.
pub async fn list_versions(
    tx: &mut Transaction,
    role: RoleId,
    scope: &ScopePath,
    page: &PageRequest,
) -> Result<Page<VersionRow>> {
    let mut query = tx
        .build(
            "SELECT version, rules, modified_by, modified_at
               FROM role_settings_version
              WHERE role_id = ",
        )
        .bind(role)
        .push(" AND scope = ")
        .bind(scope.clone());
    if let Some(after) = page.key::<i64>() {
        query = query.push(" AND version < ").bind(after);
    }
    let rows: Vec<Version> = query.push(" ORDER BY version DESC").limit(page.limit()).fetch_all().await?;
    let rows = rows.into_iter().map(version).collect::<Result<Vec<_>>>()?;
    Ok(page.page(rows, |row| row.version))
}
