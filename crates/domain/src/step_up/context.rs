//! Authentication contexts: names, `c1` to `c25`, for how somebody must have shown who they are.

use super::Freshness;
use crate::network::Network;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The name of a context: `c1` to `c25`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContextId(u8);

impl ContextId {
    /// All names, in their order.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=25).map(Self)
    }
}

/// A text that names no context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Name an authentication context from c1 to c25.")]
pub struct NoContext;

impl FromStr for ContextId {
    type Err = NoContext;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all().find(|id| id.to_string() == text).ok_or(NoContext)
    }
}

impl TryFrom<String> for ContextId {
    type Error = NoContext;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ContextId> for String {
    fn from(id: ContextId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for ContextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

/// What satisfies a context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Strength {
    /// Any second factor.
    AnyFactor,
    /// A passkey, and nothing that can be told to somebody else.
    Passkey,
    /// A sign-in of this class at an identity provider.
    SignIn {
        /// The class, as the identity provider calls it.
        acr: String,
    },
}

impl Strength {
    /// The class of sign-in that is asked for, if one is.
    pub fn acr(&self) -> Option<&str> {
        match self {
            Self::SignIn { acr } => Some(acr),
            Self::AnyFactor | Self::Passkey => None,
        }
    }
}

/// A context as administrators described it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationContext {
    /// Its name in role settings.
    pub id: ContextId,
    /// What people call it.
    pub name: String,
    /// What satisfies it.
    pub strength: Strength,
    /// For how long that counts.
    pub freshness: Freshness,
    /// From where; from anywhere where it is empty.
    #[serde(default)]
    pub networks: Vec<Network>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_five_names() {
        assert_eq!(ContextId::all().count(), 25);
        for text in ["c1", "c9", "c25"] {
            assert_eq!(text.parse::<ContextId>().unwrap().to_string(), text);
        }
        for text in ["", "c", "c0", "c01", "c26", "C1", "1", "c1 "] {
            assert!(text.parse::<ContextId>().is_err(), "{text:?}");
        }
    }
}
