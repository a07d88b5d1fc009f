//! What an operator says of a provider.

use super::Authorities;
use std::{collections::BTreeMap, fmt, net::IpAddr};

/// A provider, as an operator names it.
#[derive(Clone)]
pub struct Settings {
    /// Its name in addresses.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The address that it goes by.
    pub issuer: String,
    /// Who we are to it.
    pub client_id: String,
    /// What proves that; nothing for a public client.
    pub client_secret: Option<String>,
    /// Whom its certificate may be of, beside the authorities that the web knows.
    pub authorities: Authorities,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Whether somebody with a verified e-mail address is the person with that user name.
    pub match_verified_email: bool,
    /// Whether somebody unknown is made a person of.
    pub create_people: bool,
    /// The claim that names groups.
    pub groups_claim: Option<String>,
    /// Which value of it is which group here: by id, or by name.
    pub groups: BTreeMap<String, String>,
    /// Whether that goes for groups that roles can be assigned to.
    pub role_assignable_groups: bool,
    /// The classes of sign-in (`acr`) that a second factor was used for.
    pub second_factor_acr: Vec<String>,
    /// The methods (`amr`) that are one.
    pub second_factor_amr: Vec<String>,
    /// The classes that are asked for where somebody confirms that it is them.
    pub acr_values: Vec<String>,
}

/// SECURITY: nobody has to see the secret.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({})", self.id)
    }
}

/// Of everything that an operator may leave out, what it is then. Without a name and an address it is no provider yet.
impl Default for Settings {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            issuer: String::new(),
            client_id: String::new(),
            client_secret: None,
            authorities: Authorities::default(),
            scopes: Self::default_scopes(),
            match_verified_email: false,
            create_people: false,
            groups_claim: None,
            groups: BTreeMap::new(),
            role_assignable_groups: false,
            second_factor_acr: Vec::new(),
            second_factor_amr: Self::default_second_factor_amr(),
            acr_values: Vec::new(),
        }
    }
}

impl Settings {
    /// The longest id.
    const LONGEST_ID: usize = 32;

    /// What is asked for where nothing else is said.
    pub fn default_scopes() -> Vec<String> {
        ["openid", "profile", "email"].map(ToOwned::to_owned).to_vec()
    }

    /// The methods of RFC 8176 that are a second factor by themselves where nothing else is said: several factors, a code that
    /// works once, a key in hardware. A text message is not among them.
    pub fn default_second_factor_amr() -> Vec<String> {
        ["mfa", "otp", "hwk"].map(ToOwned::to_owned).to_vec()
    }

    /// Says what is wrong, in words that do not repeat the secret.
    pub(super) fn check(&self) -> Result<(), String> {
        let id = &self.id;
        let is_slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || id.len() > Self::LONGEST_ID || !id.chars().all(is_slug) {
            return Err(format!(
                "the id {id:?} stands in addresses: 1 to {} of a-z, 0-9 and -",
                Self::LONGEST_ID
            ));
        }
        if self.name.trim().is_empty() || self.client_id.is_empty() {
            return Err(format!("{id}: name and client_id are not empty"));
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            return Err(format!("{id}: scopes have openid among them"));
        }
        if !self.groups.is_empty() && self.groups_claim.is_none() {
            return Err(format!("{id}: groups need a groups_claim"));
        }
        is_fit(&self.issuer, &self.issuer).then_some(()).ok_or_else(|| {
            format!(
                "{id}: the issuer is an https address (http only on a loopback address), not {:?}",
                self.issuer
            )
        })
    }
}

/// Whether an address may be called, or people be sent there.
///
/// SECURITY: a provider's own description says where its endpoints are. They are https; only what stands for a test on this
/// machine is http, and then the issuer is as well.
pub(super) fn is_fit(url: &str, issuer: &str) -> bool {
    let Ok(url) = url.parse::<hyper::Uri>() else { return false };
    match (url.scheme_str(), url.host()) {
        (Some("https"), Some(_)) => true,
        (Some("http"), Some(host)) => {
            let number = host.trim_matches(['[', ']']).parse::<IpAddr>();
            (host == "localhost" || number.is_ok_and(|number| number.is_loopback()))
                && issuer.starts_with("http://")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(id: &str, issuer: &str) -> Settings {
        Settings {
            id: id.to_owned(),
            name: "Contoso".to_owned(),
            issuer: issuer.to_owned(),
            client_id: "stint".to_owned(),
            client_secret: Some("hidden".to_owned()),
            ..Settings::default()
        }
    }

    #[test]
    fn an_issuer_is_https_or_on_this_machine() {
        for (issuer, fits) in [
            ("https://login.contoso.example/v2.0", true),
            ("http://127.0.0.1:4011", true),
            ("http://[::1]:4011", true),
            ("http://localhost:4011/", true),
            ("http://login.contoso.example", false),
            ("ftp://127.0.0.1", false),
            ("contoso", false),
        ] {
            assert_eq!(settings("contoso", issuer).check().is_ok(), fits, "{issuer}");
        }
        assert!(
            !is_fit("http://127.0.0.1/token", "https://login.contoso.example"),
            "not by way of discovery"
        );
    }

    #[test]
    fn an_id_stands_in_addresses() {
        for (id, fits) in [("contoso-2", true), ("", false), ("Contoso", false), ("a/b", false), ("ä", false)]
        {
            assert_eq!(settings(id, "https://x.example").check().is_ok(), fits, "{id:?}");
        }
        let said = Settings {
            groups: [("a".to_owned(), "b".to_owned())].into(),
            ..settings("contoso", "https://x.example")
        };
        assert!(said.check().unwrap_err().contains("groups_claim"));
        assert!(!format!("{said:?}").contains("hidden"));
    }
}
