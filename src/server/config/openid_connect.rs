//! The identity providers that an operator names.

use super::{ConfigError, Secret};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use stint_engine::openid_connect::{Authorities, Settings};

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
    /// A PEM file with the certificates of authorities that are trusted beside those that the web knows, for this provider only.
    pub ca_file: Option<PathBuf>,
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
    /// The provider, with its files read.
    pub(super) fn read(&self) -> Result<Settings, ConfigError> {
        let secret = match (&self.client_secret, &self.client_secret_file) {
            (Some(_), Some(_)) => {
                let words = format!("{}: give either client_secret or client_secret_file, not both", self.id);
                return Err(ConfigError::OpenIdConnect(words));
            }
            (None, Some(file)) => Some(Secret::read("client_secret_file", file)?),
            (secret, None) => secret.clone(),
        };
        let authorities = self.ca_file.as_deref().map(|file| self.read_authorities(file)).transpose()?;
        let one = self.clone();
        Ok(Settings {
            id: one.id,
            name: one.name,
            issuer: one.issuer,
            client_id: one.client_id,
            client_secret: secret.map(|secret| secret.expose().to_owned()),
            authorities: authorities.unwrap_or_default(),
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

    fn read_authorities(&self, file: &Path) -> Result<Authorities, ConfigError> {
        let read = fs::read(file).map_err(|error| error.to_string()).and_then(|pem| Authorities::parse(&pem));
        read.map_err(|why| {
            ConfigError::OpenIdConnect(format!(
                "{}: ca_file: {} cannot be used ({why}); make it a PEM file that the server may read, with the certificates of \
                 one or more authorities in it",
                self.id,
                file.display()
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::server::config::tests::read;

    const CONTOSO: &str = "[[openid_connect]]\nid = 'contoso'\nname = 'Contoso'\n\
                           issuer = 'https://login.contoso.example/staff'\nclient_id = 'stint'\n";

    #[test]
    fn authorities_are_read_from_a_file() {
        let file = std::env::temp_dir().join(format!("stint-authorities-{}.pem", std::process::id()));
        let with_file = format!("{CONTOSO}ca_file = '{}'", file.display());
        let refused = |what: &str| {
            let said = read(&with_file).unwrap().identity_providers().unwrap_err().to_string();
            assert!(said.starts_with("openid_connect: contoso: ca_file: "), "{said}");
            assert!(said.contains(what) && said.contains("make it a PEM file"), "{said}");
        };
        refused("No such file");
        std::fs::write(&file, "").unwrap();
        refused("it holds no certificate");
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n").unwrap();
        refused("certificate 1 cannot be read");
        let authority = rcgen::generate_simple_self_signed(Vec::new()).unwrap();
        std::fs::write(&file, authority.cert.pem()).unwrap();
        assert_eq!(read(&with_file).unwrap().identity_providers().unwrap().len(), 1);
        std::fs::remove_file(&file).unwrap();
    }
}
