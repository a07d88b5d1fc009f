//! The identity providers that an operator names.

use super::{ConfigError, Secret};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};
use stint_engine::openid_connect::Settings;

/// One `[[openid_connect]]` of `stint.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenIdConnectConfig {
    /// Its name in addresses: a-z, 0-9 and -.
    pub id: String,
    /// What stands on the button.
    pub name: String,
    /// The address that it goes by, as its own description says it.
    pub issuer: String,
    /// Who Stint is to it.
    pub client_id: String,
    /// What proves that.
    pub client_secret: Option<Secret>,
    /// A file that holds it.
    pub client_secret_file: Option<PathBuf>,
    /// What is asked for.
    #[serde(default = "Settings::default_scopes")]
    pub scopes: Vec<String>,
    /// Whether somebody with a verified e-mail address is the person with that user name.
    #[serde(default)]
    pub match_verified_email: bool,
    /// Whether somebody unknown is made a person of.
    #[serde(default)]
    pub create_people: bool,
    /// The claim that names groups.
    pub groups_claim: Option<String>,
    /// Which value of it is which group here: by id, or by name.
    #[serde(default)]
    pub groups: BTreeMap<String, String>,
    /// Whether that goes for groups that roles can be assigned to.
    #[serde(default)]
    pub role_assignable_groups: bool,
    /// The classes of sign-in (`acr`) that a second factor was used for.
    #[serde(default)]
    pub second_factor_acr: Vec<String>,
    /// The methods (`amr`) that are one.
    #[serde(default = "Settings::default_second_factor_amr")]
    pub second_factor_amr: Vec<String>,
    /// The classes that are asked for where somebody confirms that it is them.
    #[serde(default)]
    pub acr_values: Vec<String>,
}

impl OpenIdConnectConfig {
    /// The provider, with its secret read.
    pub(super) fn read(&self) -> Result<Settings, ConfigError> {
        let secret = match (&self.client_secret, &self.client_secret_file) {
            (Some(_), Some(_)) => {
                let words = format!("{}: give either client_secret or client_secret_file, not both", self.id);
                return Err(ConfigError::OpenIdConnect(words));
            }
            (None, Some(file)) => Some(Secret::read("client_secret_file", file)?),
            (secret, None) => secret.clone(),
        };
        let one = self.clone();
        Ok(Settings {
            id: one.id,
            name: one.name,
            issuer: one.issuer,
            client_id: one.client_id,
            client_secret: secret.map(|secret| secret.expose().to_owned()),
            scopes: one.scopes,
            match_verified_email: one.match_verified_email,
            create_people: one.create_people,
            groups_claim: one.groups_claim,
            groups: one.groups,
            role_assignable_groups: one.role_assignable_groups,
            second_factor_acr: one.second_factor_acr,
            second_factor_amr: one.second_factor_amr,
            acr_values: one.acr_values,
        })
    }
}
