//! How strongly somebody has shown who they are, and what is missing for what they are about to do.
//!
//! Whoever signs in with a password has shown one thing. Some acts ask for a second: a code from an app, a passkey. That was
//! given at a moment, and it counts for a while from then on: a session that was left open, or stolen, a day later can do
//! nothing with it. [`required`] compares what an act asks for with what the session has.

mod context;

pub use context::{AuthenticationContext, ContextId, Strength};

use crate::{
    network::Network,
    settings::{EnablementRule, Requirement, RoleSettings},
    sign_in::Method,
    time::Duration,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What a second factor can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "TEXT", rename_all = "snake_case"))]
pub enum FactorMethod {
    /// A passkey that verified the person.
    Passkey,
    /// A code from an authenticator app.
    Totp,
    /// One that was given at an identity provider, which says so.
    IdentityProvider,
    /// A code from the list that was written down.
    RecoveryCode,
}

impl FactorMethod {
    /// All of them, the strongest first.
    pub const ALL: [Self; 4] = [Self::Passkey, Self::Totp, Self::IdentityProvider, Self::RecoveryCode];

    /// Whether it is a code that is typed into a form.
    pub const fn is_code(self) -> bool {
        matches!(self, Self::Totp | Self::RecoveryCode)
    }

    /// What it is called in a sentence.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Passkey => "a passkey",
            Self::Totp => "a code from an authenticator app",
            Self::IdentityProvider => "an identity provider",
            Self::RecoveryCode => "a recovery code",
        }
    }
}

/// A second factor that was given in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// Which.
    pub method: FactorMethod,
    /// When.
    pub at: DateTime<Utc>,
}

/// The class of a sign-in, as an identity provider calls it (`acr`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInClass {
    /// The class.
    pub acr: String,
    /// When the person signed in there.
    pub at: DateTime<Utc>,
}

/// What a session knows of how strongly its person has shown who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// How they signed in.
    pub method: Method,
    /// The second factor that they gave last.
    pub second_factor: Option<Factor>,
    /// What an identity provider said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<SignInClass>,
}

impl SignedIn {
    /// Whether a second factor was given so recently.
    pub fn has_fresh(&self, freshness: Freshness, now: DateTime<Utc>) -> bool {
        self.second_factor.is_some_and(|factor| freshness.holds(factor.at, now))
    }

    /// "signed in with a password; confirmed with a passkey at 21 Nov 2026, 10:03 UTC".
    pub fn in_words(&self) -> String {
        let signed_in = format!("signed in with {}", self.method.in_words());
        let confirmed = self.second_factor.map(|Factor { method, at }| {
            format!("; confirmed with {} at {}", method.in_words(), at.format("%-d %b %Y, %H:%M UTC"))
        });
        let class = self.class.as_ref().map(|class| format!("; of the class {}", class.acr));
        signed_in + &confirmed.unwrap_or_default() + &class.unwrap_or_default()
    }
}

/// For how long a second factor counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Freshness(pub Duration);

impl Default for Freshness {
    fn default() -> Self {
        Self(Duration::minutes(10))
    }
}

impl Freshness {
    /// The shortest that can be asked for: a person has to read and to click.
    pub const SHORTEST: Self = Self(Duration::minutes(1));
    /// The longest that can be asked for: as long as a session.
    pub const LONGEST: Self = Self(Duration::hours(12));

    /// Whether what was given at `at` still counts.
    pub fn holds(self, at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now < at + self.0.to_delta()
    }
}

/// What an act asks of the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Demand {
    /// Any second factor, within the usual time.
    AnyFactor,
    /// What an authentication context says.
    Context(AuthenticationContext),
}

impl Demand {
    /// What activating a role asks for. A context that nobody has described asks for any second factor: a name alone must not
    /// ask for less than the settings meant.
    pub fn of_activation(
        settings: &RoleSettings,
        described: impl Fn(&str) -> Option<AuthenticationContext>,
    ) -> Option<Self> {
        let context = &settings.activation_authentication_context;
        if context.is_enabled {
            let found = context.claim_value.as_deref().and_then(described);
            return Some(found.map_or(Self::AnyFactor, Self::Context));
        }
        Self::of_rule(&settings.activation_enablement)
    }

    /// What an administrator is asked for who makes an assignment.
    pub fn of_rule(rule: &EnablementRule) -> Option<Self> {
        rule.requires(Requirement::MultiFactorAuthentication).then_some(Self::AnyFactor)
    }

    /// What approving asks for.
    pub fn of_approval(settings: &RoleSettings) -> Option<Self> {
        settings.activation_approval.is_second_factor_required.then_some(Self::AnyFactor)
    }

    /// For how long a factor counts.
    pub fn freshness(&self) -> Freshness {
        match self {
            Self::AnyFactor => Freshness::default(),
            Self::Context(context) => context.freshness,
        }
    }

    /// Whether an identity provider can satisfy it.
    pub fn is_for_providers(&self) -> bool {
        self.would_do().contains(&FactorMethod::IdentityProvider)
    }

    /// Which methods would do, the strongest first.
    pub fn would_do(&self) -> &'static [FactorMethod] {
        match self {
            Self::Context(AuthenticationContext { strength: Strength::Passkey, .. }) => {
                &[FactorMethod::Passkey]
            }
            _ => &FactorMethod::ALL,
        }
    }
}

/// Whether the session has what an act asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Satisfaction {
    /// Nothing is asked for.
    NotAsked,
    /// The session has it.
    Satisfied(Factor),
    /// It has not.
    Missing(Missing),
}

/// What is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A second factor: none was given, or not of the right sort, or too long ago.
    Factor {
        /// What would do.
        would_do: &'static [FactorMethod],
        /// For how long it would count.
        freshness: Freshness,
    },
    /// To be somewhere else.
    Network(Vec<Network>),
    /// To have signed in elsewhere in a certain way.
    SignIn {
        /// The class of sign-in, as the identity provider calls it.
        acr: String,
    },
}

impl Satisfaction {
    /// What is missing, if anything.
    pub fn missing(self) -> Option<Missing> {
        match self {
            Self::Missing(missing) => Some(missing),
            Self::NotAsked | Self::Satisfied(_) => None,
        }
    }
}

/// Compares what an act asks for with what the session has.
///
/// INVARIANT: being signed in never counts by itself; the factor was given in this session, within the time.
pub fn required(
    demand: Option<&Demand>,
    session: &SignedIn,
    from: Option<IpAddr>,
    now: DateTime<Utc>,
) -> Satisfaction {
    let Some(demand) = demand else { return Satisfaction::NotAsked };
    if let Demand::Context(context) = demand {
        // No second factor mends where somebody is, so that is said first.
        let is_near = |from: IpAddr| context.networks.iter().any(|network| network.contains(from));
        if !context.networks.is_empty() && !from.is_some_and(is_near) {
            return Satisfaction::Missing(Missing::Network(context.networks.clone()));
        }
        if let Strength::SignIn { acr } = &context.strength {
            let said = session.class.as_ref();
            return match said.filter(|said| said.acr == *acr && context.freshness.holds(said.at, now)) {
                Some(said) => {
                    Satisfaction::Satisfied(Factor { method: FactorMethod::IdentityProvider, at: said.at })
                }
                None => Satisfaction::Missing(Missing::SignIn { acr: acr.clone() }),
            };
        }
    }
    let (would_do, freshness) = (demand.would_do(), demand.freshness());
    match session.second_factor {
        Some(factor) if would_do.contains(&factor.method) && freshness.holds(factor.at, now) => {
            Satisfaction::Satisfied(factor)
        }
        _ => Satisfaction::Missing(Missing::Factor { would_do, freshness }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{role::Provider, settings::AuthenticationContextRule};

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::minutes(minutes).to_delta()
    }

    fn session(factor: Option<(FactorMethod, i64)>) -> SignedIn {
        let second_factor = factor.map(|(method, minutes)| Factor { method, at: at(minutes) });
        SignedIn { method: Method::Password, second_factor, class: None }
    }

    fn context(strength: Strength) -> AuthenticationContext {
        AuthenticationContext {
            id: "c1".parse().unwrap(),
            name: "Sensitive".to_owned(),
            strength,
            freshness: Freshness(Duration::minutes(2)),
            networks: Vec::new(),
        }
    }

    fn is_satisfied(demand: &Demand, session: &SignedIn, minutes: i64) -> bool {
        matches!(required(Some(demand), session, None, at(minutes)), Satisfaction::Satisfied(_))
    }

    #[test]
    fn being_signed_in_is_not_enough() {
        let signed_in = SignedIn { method: Method::Passkey, second_factor: None, class: None };
        assert_eq!(required(None, &signed_in, None, at(0)), Satisfaction::NotAsked);
        assert!(!is_satisfied(&Demand::AnyFactor, &signed_in, 0));
    }

    #[test]
    fn a_factor_counts_for_ten_minutes() {
        for method in FactorMethod::ALL {
            let session = session(Some((method, 60)));
            for (minutes, counts) in [(60, true), (69, true), (70, false), (700, false)] {
                assert_eq!(
                    is_satisfied(&Demand::AnyFactor, &session, minutes),
                    counts,
                    "{method:?} {minutes}"
                );
            }
        }
    }

    #[test]
    fn a_context_asks_for_its_own() {
        let passkey = Demand::Context(context(Strength::Passkey));
        assert!(!is_satisfied(&passkey, &session(Some((FactorMethod::Totp, 0))), 1));
        assert!(is_satisfied(&passkey, &session(Some((FactorMethod::Passkey, 0))), 1));
        assert!(!is_satisfied(&passkey, &session(Some((FactorMethod::Passkey, 0))), 2));
        let any = Demand::Context(context(Strength::AnyFactor));
        assert!(is_satisfied(&any, &session(Some((FactorMethod::RecoveryCode, 0))), 1));
        let elsewhere = Demand::Context(context(Strength::SignIn { acr: "phr".to_owned() }));
        let missing = required(Some(&elsewhere), &session(Some((FactorMethod::Passkey, 0))), None, at(0));
        assert_eq!(missing.missing(), Some(Missing::SignIn { acr: "phr".to_owned() }));
        let of_class = |acr: &str| SignedIn {
            class: Some(SignInClass { acr: acr.to_owned(), at: at(0) }),
            ..session(None)
        };
        assert!(is_satisfied(&elsewhere, &of_class("phr"), 1));
        assert!(!is_satisfied(&elsewhere, &of_class("phr"), 2), "too long ago");
        assert!(!is_satisfied(&elsewhere, &of_class("phrh"), 1), "another class");
    }

    #[test]
    fn a_context_can_ask_for_a_network() {
        let near = AuthenticationContext {
            networks: vec!["10.1.0.0/16".parse().unwrap()],
            ..context(Strength::AnyFactor)
        };
        let (demand, session) = (Demand::Context(near.clone()), session(Some((FactorMethod::Totp, 0))));
        let from = |address: &str| required(Some(&demand), &session, address.parse().ok(), at(0));
        assert!(matches!(from("10.1.2.3"), Satisfaction::Satisfied(_)));
        for elsewhere in ["10.2.0.1", "::1", "nowhere"] {
            assert_eq!(from(elsewhere).missing(), Some(Missing::Network(near.networks.clone())));
        }
    }

    #[test]
    fn settings_say_what_is_asked_for() {
        let mut settings = RoleSettings::default_for(Provider::Directory);
        let described = |name: &str| (name == "c1").then(|| context(Strength::Passkey));
        assert_eq!(Demand::of_activation(&settings, described), None);
        assert_eq!(Demand::of_approval(&settings), None);
        settings.activation_enablement.enabled_rules.insert(Requirement::MultiFactorAuthentication);
        settings.activation_approval.is_second_factor_required = true;
        assert_eq!(Demand::of_activation(&settings, described), Some(Demand::AnyFactor));
        assert_eq!(Demand::of_approval(&settings), Some(Demand::AnyFactor));
        let rule =
            |name: &str| AuthenticationContextRule { is_enabled: true, claim_value: Some(name.to_owned()) };
        settings.activation_authentication_context = rule("c1");
        assert_eq!(
            Demand::of_activation(&settings, described),
            Some(Demand::Context(context(Strength::Passkey)))
        );
        settings.activation_authentication_context = rule("c2");
        assert_eq!(
            Demand::of_activation(&settings, described),
            Some(Demand::AnyFactor),
            "nobody described c2"
        );
    }
}
