//! The webhooks that an operator names.

use super::{ConfigError, Secret};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use stint_engine::webhook::Webhook;

/// One `[[webhook]]` of `stint.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where to; it may hold a token.
    pub url: Secret,
    /// What the signature is made with.
    pub secret: Option<Secret>,
    /// A file that holds it.
    pub secret_file: Option<PathBuf>,
    /// The types of events that it gets; all where there are none.
    #[serde(default)]
    pub events: Vec<String>,
}

impl WebhookConfig {
    /// The webhook, with its secret read.
    pub(super) fn read(&self) -> Result<Webhook, ConfigError> {
        let secret = match (&self.secret, &self.secret_file) {
            (Some(secret), None) => secret.clone(),
            (None, Some(file)) => Secret::read("secret_file of a webhook", file)?,
            _ => {
                return Err(ConfigError::Webhook(
                    "a webhook has either a secret or a secret_file".to_owned(),
                ));
            }
        };
        Webhook::new(self.url.expose(), secret.expose(), self.events.clone()).map_err(ConfigError::Webhook)
    }
}
