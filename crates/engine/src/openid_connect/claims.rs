//! What a provider vouches for, read from its claims.

use super::Settings;
use chrono::{DateTime, Utc};
use openidconnect::{
    AdditionalClaims, Client, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IdTokenClaims, IdTokenFields, StandardErrorResponse, StandardTokenResponse, UserInfoClaims,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use stint_domain::step_up::SignInClass;

/// Claims that have no name in the standard.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Others {
    #[serde(flatten)]
    claims: HashMap<String, Value>,
}

impl AdditionalClaims for Others {}

pub(super) type TokenClaims = IdTokenClaims<Others, CoreGenderClaim>;
pub(super) type PersonClaims = UserInfoClaims<Others, CoreGenderClaim>;

type Fields = IdTokenFields<
    Others,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// A client as the library makes one of what a provider says of itself.
pub(super) type Library = Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Who it is, and how they have shown that.
#[derive(Clone, Debug)]
pub(super) struct Vouched {
    /// Who it is there.
    pub(super) subject: String,
    /// Their e-mail address, where the provider has verified that it is theirs.
    pub(super) verified_email: Option<String>,
    /// What they sign in with there.
    pub(super) user_name: Option<String>,
    /// What they are called.
    pub(super) display_name: Option<String>,
    /// The groups that they are in there; nothing where the provider does not say.
    pub(super) groups: Option<BTreeSet<String>>,
    /// When they signed in there.
    pub(super) signed_in_at: Option<DateTime<Utc>>,
    /// Whether the provider says that a second factor was used.
    pub(super) with_factor: bool,
    /// What it calls the way they signed in.
    pub(super) acr: Option<String>,
}

impl Vouched {
    /// Reads claims that were verified. What the ID token leaves out may stand in the answer about the person.
    pub(super) fn read(token: &TokenClaims, person: Option<&PersonClaims>, settings: &Settings) -> Self {
        let acr = token.auth_context_ref().map(|acr| acr.as_str().to_owned());
        let used = |method: &str| settings.second_factor_amr.iter().any(|factor| factor == method);
        let with_factor = acr.as_ref().is_some_and(|acr| settings.second_factor_acr.contains(acr))
            || token.auth_method_refs().is_some_and(|amr| amr.iter().any(|method| used(method.as_str())));
        let email = match token.email() {
            Some(email) => Some((email, token.email_verified(), token.additional_claims())),
            None => person.and_then(|person| {
                Some((person.email()?, person.email_verified(), person.additional_claims()))
            }),
        };
        // SECURITY: anybody can claim an address. Only what the provider has verified counts, and what it does not say it has not.
        let verified_email = email
            .filter(|(_, verified, others)| verified.unwrap_or_else(|| others.is_domain_owner_verified()))
            .map(|(email, ..)| email.as_str().to_owned());
        let user_name =
            token.preferred_username().or_else(|| person.and_then(PersonClaims::preferred_username));
        let display_name = token.name().or_else(|| person.and_then(PersonClaims::name));
        let display_name = display_name.and_then(|name| name.get(None)).map(|name| name.as_str().to_owned());
        Self {
            subject: token.subject().as_str().to_owned(),
            verified_email,
            user_name: user_name.map(|name| name.as_str().to_owned()),
            display_name,
            groups: settings.groups_claim.as_deref().and_then(|claim| {
                let others = person.map(PersonClaims::additional_claims);
                groups(token.additional_claims(), others, claim)
            }),
            signed_in_at: token.auth_time(),
            with_factor,
            acr,
        }
    }

    /// When a second factor was given; nothing where the provider does not say both.
    pub(super) fn factor_at(&self) -> Option<DateTime<Utc>> {
        self.signed_in_at.filter(|_| self.with_factor)
    }

    /// What the provider calls the way that they signed in, and when that was.
    pub(super) fn class(&self) -> Option<SignInClass> {
        Some(SignInClass { acr: self.acr.clone()?, at: self.signed_in_at? })
    }
}

impl Others {
    /// Whether they say what is asked about.
    pub(super) fn has(&self, claim: &str) -> bool {
        self.claims.contains_key(claim)
    }

    /// What Entra ID says in place of `email_verified`: that the owner of the address's domain was verified.
    fn is_domain_owner_verified(&self) -> bool {
        match self.claims.get("xms_edov") {
            Some(Value::Bool(verified)) => *verified,
            Some(Value::Number(number)) => number.as_i64() == Some(1),
            Some(Value::String(text)) => text == "1" || text == "true",
            _ => false,
        }
    }

    /// Whether the groups are too many to be said here: Entra ID says elsewhere which they are.
    fn has_too_many_groups(&self, claim: &str) -> bool {
        let elsewhere = self.claims.get("_claim_names").is_some_and(|names| names.get(claim).is_some());
        elsewhere || self.claims.contains_key("hasgroups")
    }
}

/// The groups that somebody is in: none where the claim is left out, nothing known where there are too many to be said.
fn groups(token: &Others, person: Option<&Others>, claim: &str) -> Option<BTreeSet<String>> {
    if token.has_too_many_groups(claim) {
        return None;
    }
    let said = token.claims.get(claim).or_else(|| person?.claims.get(claim));
    Some(match said {
        Some(Value::Array(values)) => {
            values.iter().filter_map(|value| value.as_str().map(ToOwned::to_owned)).collect()
        }
        Some(Value::String(one)) => [one.clone()].into(),
        _ => BTreeSet::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn others(claims: Value) -> Others {
        serde_json::from_value(claims).unwrap()
    }

    #[test]
    fn groups_are_a_list_or_one_or_too_many() {
        let found = |claims: Value| groups(&others(claims), None, "groups");
        assert_eq!(found(json!({ "groups": ["a", "b"] })), Some(["a", "b"].map(String::from).into()));
        assert_eq!(found(json!({ "groups": "a" })), Some(["a".to_owned()].into()));
        assert_eq!(found(json!({})), Some(BTreeSet::new()), "in none");
        assert_eq!(found(json!({ "_claim_names": { "groups": "src1" } })), None, "not known");
        assert_eq!(found(json!({ "hasgroups": true })), None);
        let elsewhere = others(json!({ "groups": ["c"] }));
        assert_eq!(groups(&others(json!({})), Some(&elsewhere), "groups"), Some(["c".to_owned()].into()));
    }

    #[test]
    fn a_domain_owner_is_verified_where_that_is_said() {
        for (claims, verified) in [
            (json!({ "xms_edov": true }), true),
            (json!({ "xms_edov": "1" }), true),
            (json!({ "xms_edov": 0 }), false),
            (json!({}), false),
        ] {
            assert_eq!(others(claims.clone()).is_domain_owner_verified(), verified, "{claims}");
        }
    }
}
