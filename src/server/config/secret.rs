//! Texts that are never shown, and files that hold them.

use super::ConfigError;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// A secret.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What a file holds, without the end of its line.
    pub(super) fn read(setting: &'static str, file: &Path) -> Result<Self, ConfigError> {
        let unreadable = |why: String| ConfigError::SecretFile { setting, file: file.to_owned(), why };
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() { Err(unreadable("it is empty".to_owned())) } else { Ok(Self(text.to_owned())) }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}
