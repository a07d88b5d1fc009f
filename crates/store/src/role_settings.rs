//! The rules of roles.

use crate::{Result, Transaction};
use chrono::{DateTime, Utc};
use stint_domain::{
    id::{PrincipalId, RoleId},
    role::Provider,
    scope::ScopePath,
    settings::RoleSettings,
};

/// Settings, and who changed them last.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The rules.
    pub settings: RoleSettings,
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
    let row: Option<(String, PrincipalId, DateTime<Utc>)> = tx
        .query("SELECT rules, modified_by, modified_at FROM role_settings WHERE role_id = $1 AND scope = $2")
        .bind(role)
        .bind(scope.clone())
        .fetch_optional()
        .await?;
    Ok(match row {
        Some((rules, by, at)) => Stored { settings: serde_json::from_str(&rules)?, modified: Some((by, at)) },
        None => Stored { settings: RoleSettings::default_for(provider), modified: None },
    })
}

/// Stores the settings of a role at a scope.
pub async fn put(
    tx: &mut Transaction,
    role: RoleId,
    scope: &ScopePath,
    settings: &RoleSettings,
    by: PrincipalId,
    at: DateTime<Utc>,
) -> Result<()> {
    tx.query(
        "INSERT INTO role_settings (role_id, scope, rules, version, modified_at, modified_by)
         VALUES ($1, $2, $3, 1, $4, $5)
         ON CONFLICT (role_id, scope) DO UPDATE
            SET rules = excluded.rules, version = role_settings.version + 1, modified_at = excluded.modified_at,
                modified_by = excluded.modified_by",
    )
    .bind(role)
    .bind(scope.clone())
    .bind(serde_json::to_string(settings)?)
    .bind(at)
    .bind(by)
    .execute_one()
    .await
}
