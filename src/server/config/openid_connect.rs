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
    use super::*;
    use crate::server::config::tests::read;

    const CONTOSO: &str = "[[openid_connect]]\nid = 'contoso'\nname = 'Contoso'\n\
                           issuer = 'https://login.contoso.example/staff'\nclient_id = 'stint'\n";

    /// The providers of a file with these lines, or why it cannot be used.
    fn providers(toml: &str) -> Result<Vec<Settings>, String> {
        read(toml).and_then(|config| config.identity_providers()).map_err(|error| error.to_string())
    }

    fn refused(toml: &str, words: &[&str]) {
        let said = providers(toml).unwrap_err();
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }

    /// A file that holds this text for as long as it is looked at.
    fn with_file(name: &str, text: &str, look: impl FnOnce(&str)) {
        let file = std::env::temp_dir().join(format!("stint-{name}-{}", std::process::id()));
        fs::write(&file, text).unwrap();
        look(&file.to_string_lossy());
        fs::remove_file(&file).unwrap();
    }

    #[test]
    fn all_that_can_be_said_is_read() {
        with_file("client-secret", "a secret of the client\n", |secret| {
            let toml = format!(
                "{CONTOSO}client_secret_file = '{secret}'
                scopes = ['openid', 'email']
                match_verified_email = true
                create_people = true
                groups_claim = 'groups'
                role_assignable_groups = true
                second_factor_acr = ['gold']
                second_factor_amr = ['hwk']
                acr_values = ['gold', 'silver']
                [openid_connect.groups]
                'pim-helpdesk' = 'Helpdesk'
                [[openid_connect]]
                id = 'fabrikam'
                name = 'Fabrikam'
                issuer = 'https://login.fabrikam.example'
                client_id = 'pim'
                client_secret = 'another secret'"
            );
            let [contoso, fabrikam] = providers(&toml).unwrap().try_into().unwrap();
            assert_eq!((contoso.id.as_str(), contoso.name.as_str()), ("contoso", "Contoso"));
            assert_eq!(contoso.issuer, "https://login.contoso.example/staff");
            assert_eq!(contoso.client_id, "stint");
            assert_eq!(contoso.client_secret.as_deref(), Some("a secret of the client"));
            assert_eq!(contoso.scopes, ["openid", "email"]);
            assert!(contoso.match_verified_email && contoso.create_people && contoso.role_assignable_groups);
            assert_eq!(contoso.groups_claim.as_deref(), Some("groups"));
            assert_eq!(contoso.groups, [("pim-helpdesk".to_owned(), "Helpdesk".to_owned())].into());
            assert_eq!(contoso.second_factor_acr, ["gold"]);
            assert_eq!(contoso.second_factor_amr, ["hwk"]);
            assert_eq!(contoso.acr_values, ["gold", "silver"]);
            assert_eq!((fabrikam.id.as_str(), fabrikam.client_id.as_str()), ("fabrikam", "pim"));
            assert_eq!(fabrikam.client_secret.as_deref(), Some("another secret"));
            assert!(fabrikam.groups.is_empty(), "a table belongs to the provider above it");
            let shown = format!("{:?}", read(&toml).unwrap());
            assert!(shown.contains("fabrikam") && !shown.contains("another secret"), "{shown}");
        });
    }

    #[test]
    fn nothing_is_trusted_that_nobody_said() {
        let [contoso] = providers(CONTOSO).unwrap().try_into().unwrap();
        assert_eq!(contoso.client_secret, None);
        assert_eq!(contoso.scopes, ["openid", "profile", "email"]);
        assert!(!contoso.match_verified_email && !contoso.create_people && !contoso.role_assignable_groups);
        assert!(contoso.groups_claim.is_none() && contoso.groups.is_empty());
        assert_eq!(contoso.second_factor_amr, ["mfa", "otp", "hwk"]);
        assert!(contoso.second_factor_acr.is_empty() && contoso.acr_values.is_empty());
        assert!(providers("").unwrap().is_empty());
    }

    #[test]
    fn a_provider_that_cannot_be_read_is_refused_in_words() {
        for missing in ["id", "name", "issuer", "client_id"] {
            let lines: Vec<_> =
                CONTOSO.lines().filter(|line| !line.starts_with(&format!("{missing} ="))).collect();
            refused(&lines.join("\n"), &["missing field", missing]);
        }
        refused(&format!("{CONTOSO}clientid = 'stint'"), &["unknown field", "clientid"]);
        refused(&format!("{CONTOSO}scopes = 'openid'"), &["scopes", "expected a sequence"]);
        refused(&format!("{CONTOSO}create_people = 'yes'"), &["create_people", "expected a boolean"]);
        refused(
            &CONTOSO.replace("[[openid_connect]]", "[openid_connect]"),
            &["openid_connect", "expected a sequence"],
        );
    }

    #[test]
    fn a_secret_stands_in_one_place() {
        let in_file = format!("{CONTOSO}client_secret_file = '/nowhere/secret'\n");
        refused(&in_file, &["client_secret_file: /nowhere/secret cannot be used", "No such file"]);
        with_file("empty-secret", "\n", |file| {
            refused(&in_file.replace("/nowhere/secret", file), &["client_secret_file", "it is empty"]);
        });
        let said = providers(&format!("{in_file}client_secret = 'hidden'")).unwrap_err();
        assert_eq!(
            said,
            "openid_connect: contoso: give either client_secret or client_secret_file, not both"
        );
    }

    #[test]
    fn authorities_are_read_from_a_file() {
        let in_file = |file: &str| format!("{CONTOSO}ca_file = '{file}'");
        let words = ["openid_connect: contoso: ca_file: ", "make it a PEM file"];
        refused(&in_file("/nowhere/ca.pem"), &[words[0], words[1], "/nowhere/ca.pem", "No such file"]);
        for (text, why) in [
            ("", "it holds no certificate"),
            (
                "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
                "certificate 1 cannot be read",
            ),
        ] {
            with_file("no-authority", text, |file| refused(&in_file(file), &[words[0], words[1], why]));
        }
        let authority = rcgen::generate_simple_self_signed(Vec::new()).unwrap().cert.pem();
        with_file("authority", &authority, |file| assert_eq!(providers(&in_file(file)).unwrap().len(), 1));
    }
}
