//! Where a role holds: a path from which rights inherit downwards.

use crate::id::AdministrativeUnitId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The path of a scope: `/`, `/administrativeUnits/{id}`, `/{objectId}`, `/subscriptions/{id}/resourceGroups/{name}`, ...
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
pub struct ScopePath(String);

/// What a path points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole directory.
    Directory,
    /// The members of one administrative unit.
    AdministrativeUnit(AdministrativeUnitId),
    /// One directory object: a group, an application, a service principal.
    Object(Uuid),
    /// A place in the resource tree.
    Resource,
}

/// The text is no path of a scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no scope")]
pub struct NoScopeError;

const UNITS: &str = "/administrativeUnits/";

impl ScopePath {
    /// The whole directory.
    pub fn directory() -> Self {
        Self("/".to_owned())
    }

    /// The members of one administrative unit.
    pub fn administrative_unit(id: AdministrativeUnitId) -> Self {
        Self(format!("{UNITS}{id}"))
    }

    /// One directory object.
    pub fn object(id: impl Into<Uuid>) -> Self {
        Self(format!("/{}", id.into()))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the path points at.
    pub fn kind(&self) -> Scope {
        if self.0 == "/" {
            return Scope::Directory;
        }
        if let Some(id) = self.0.strip_prefix(UNITS).and_then(|id| id.parse().ok()) {
            return Scope::AdministrativeUnit(id);
        }
        self.0[1..].parse().map_or(Scope::Resource, Scope::Object)
    }

    /// Whether a right at this scope reaches `other`: the same path, or one below it.
    pub fn covers(&self, other: &Self) -> bool {
        self.0 == "/"
            || other.0.strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl FromStr for ScopePath {
    type Err = NoScopeError;

    /// Segments of letters, digits and `-._()`, none of them empty or made of dots, at most 1024 bytes in all.
    fn from_str(text: &str) -> Result<Self, NoScopeError> {
        let segments = text.strip_prefix('/').ok_or(NoScopeError)?;
        let plain = |segment: &str| {
            !segment.is_empty()
                && segment.chars().any(|c| c != '.')
                && segment.chars().all(|c| c.is_alphanumeric() || "-._()".contains(c))
        };
        if text.len() > 1024 || !(segments.is_empty() || segments.split('/').all(plain)) {
            return Err(NoScopeError);
        }
        let path = Self(text.to_owned());
        // One place has one path: an id can be written in capitals and without hyphens.
        Ok(match path.kind() {
            Scope::AdministrativeUnit(id) => Self::administrative_unit(id),
            Scope::Object(id) => Self::object(id),
            Scope::Directory | Scope::Resource => path,
        })
    }
}

impl TryFrom<String> for ScopePath {
    type Error = NoScopeError;

    fn try_from(text: String) -> Result<Self, NoScopeError> {
        text.parse()
    }
}

impl From<ScopePath> for String {
    fn from(path: ScopePath) -> Self {
        path.0
    }
}

impl fmt::Display for ScopePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_inherit_downwards_and_only_downwards() {
        let scope = |text: &str| text.parse::<ScopePath>().unwrap();
        let group = scope("/subscriptions/a/resourceGroups/web");
        assert!(scope("/").covers(&group));
        assert!(scope("/subscriptions/a").covers(&group));
        assert!(group.covers(&group));
        assert!(!group.covers(&scope("/subscriptions/a")));
        assert!(
            !scope("/subscriptions/a/resourceGroups/we").covers(&group),
            "a prefix of a name is another name"
        );
    }

    #[test]
    fn a_path_says_what_it_points_at() {
        let id = Uuid::from_u128(7);
        assert_eq!(ScopePath::directory().kind(), Scope::Directory);
        assert_eq!(ScopePath::administrative_unit(id.into()).kind(), Scope::AdministrativeUnit(id.into()));
        assert_eq!(ScopePath::object(id).kind(), Scope::Object(id));
        assert_eq!("/subscriptions/a".parse::<ScopePath>().unwrap().kind(), Scope::Resource);
    }

    #[test]
    fn one_place_has_one_path() {
        for text in ["/0000ABCD-0000-0000-0000-000000000007", "/0000abcd000000000000000000000007"] {
            let path: ScopePath = text.parse().unwrap();
            assert_eq!(path.as_str(), "/0000abcd-0000-0000-0000-000000000007");
            let unit: ScopePath = format!("/administrativeUnits{text}").parse().unwrap();
            assert_eq!(unit.as_str(), "/administrativeUnits/0000abcd-0000-0000-0000-000000000007");
        }
    }

    #[test]
    fn nonsense_is_no_scope() {
        for text in ["", "x", "//", "/a//b", "/a/", "/a/../b", "/a b", "/a?x=1", "/\u{0}"] {
            assert_eq!(text.parse::<ScopePath>(), Err(NoScopeError), "{text:?}");
        }
    }
}
