//! The configuration: `stint.toml`, then `STINT_*` variables, then the command line; read once.

mod keys;
mod openid_connect;
mod secret;
mod smtp;
mod webhook;

pub use openid_connect::OpenIdConnectConfig;
pub use secret::Secret;
pub use webhook::WebhookConfig;

use chrono::TimeDelta;
use clap::Args;
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use stint_domain::network::Network;

/// What an operator sets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The database: `sqlite:stint.db` or `postgres://user@host/stint`.
    pub database_url: String,
    /// How many connections to the database at most.
    pub database_connections: u32,
    /// The address that people use, such as `https://pim.contoso.example`. Under https the cookie is bound to the host.
    pub public_url: Option<String>,
    /// Where the built pages' files are.
    pub site_root: PathBuf,
    /// Whether to offer the people of the demo. Only on a loopback address.
    pub demo: bool,
    /// The server that mail goes to, such as `smtp://user:password@mail.contoso.example:587?tls=required`.
    pub smtp_url: Option<Secret>,
    /// A file that holds the password of that server, where it does not stand in the address.
    pub smtp_password_file: Option<PathBuf>,
    /// The key that secrets are encrypted with: 64 hexadecimal digits; several with white space between, the newest first.
    pub secret_key: Option<Secret>,
    /// A file that holds it. Beside an SQLite database one is made; for Postgres, authenticator apps need it.
    pub secret_key_file: Option<PathBuf>,
    /// Whom mail comes from.
    pub mail_from: String,
    /// What proves to a ticket system who asks, where a role's settings name one: at least 16 characters.
    pub ticket_check_secret: Option<Secret>,
    /// A file that holds it.
    pub ticket_check_secret_file: Option<PathBuf>,
    /// How the log is written: `text` or `json`.
    pub log_format: LogFormat,
    /// The proxies whose word counts for where a call comes from (`X-Forwarded-For`): addresses or networks.
    pub trusted_proxies: Vec<Network>,
    /// After how many minutes without being seen a session ends.
    pub session_idle_minutes: u32,
    /// After how many hours a session ends at the latest.
    pub session_hours: u32,
    /// For how many days it is kept who signed in.
    pub sign_in_log_days: u32,
    /// Where to answer `/metrics`, and nothing else; nowhere where it is not set.
    pub metrics_listen: Option<SocketAddr>,
    /// How many requests an account may make in a minute, and an address ten times as many; 0 is no limit.
    pub requests_per_minute: u32,
    /// How many connections are open at once; others wait for one of them to end.
    pub connections: u32,
    /// For how many seconds a client may be silent on a kept connection, and take for the head of a request, and for its body.
    pub read_seconds: u32,
    /// How many seconds requests under way have when the server is asked to stop.
    pub stop_seconds: u32,
    /// Systems that are told what happens. In `stint.toml` only.
    #[serde(default)]
    pub webhook: Vec<WebhookConfig>,
    /// Where people can sign in beside here. In `stint.toml` only.
    #[serde(default)]
    pub openid_connect: Vec<OpenIdConnectConfig>,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            database_url: "sqlite:stint.db".to_owned(),
            database_connections: 16,
            public_url: None,
            site_root: PathBuf::from("target/site"),
            demo: false,
            smtp_url: None,
            smtp_password_file: None,
            secret_key: None,
            secret_key_file: None,
            mail_from: "Stint <stint@localhost>".to_owned(),
            ticket_check_secret: None,
            ticket_check_secret_file: None,
            log_format: LogFormat::Text,
            trusted_proxies: Vec::new(),
            session_idle_minutes: 60,
            session_hours: 12,
            sign_in_log_days: 90,
            metrics_listen: None,
            requests_per_minute: 600,
            connections: 4096,
            read_seconds: 15,
            stop_seconds: 30,
            webhook: Vec::new(),
            openid_connect: Vec::new(),
        }
    }
}

/// What the command line may say of the configuration.
#[derive(Args, Clone, Debug, Default, Serialize)]
pub struct Overrides {
    /// Where to listen (default 127.0.0.1:3000).
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// The database: sqlite:FILE or <postgres://USER@HOST/NAME> (default sqlite:stint.db).
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    /// Where the built pages' files are (default target/site).
    #[arg(long = "site", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site_root: Option<PathBuf>,
    /// Fill an empty database with a small organisation and offer its people to sign in with one click.
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "is_false")]
    pub demo: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file or variable cannot be read.
    #[error("the configuration cannot be read: {0}")]
    Unreadable(#[from] Box<figment::Error>),
    /// The demo signs people in without a password.
    #[error(
        "--demo signs anybody in without a password, so it listens on a loopback address only, not on {0}"
    )]
    DemoInPublic(SocketAddr),
    /// The public URL is none.
    #[error("public_url must begin with http:// or https:// and have no path, not {0:?}")]
    PublicUrl(String),
    /// A file with a secret cannot be used.
    #[error("{setting}: {} cannot be used ({why}); make it a file that the server may read, with the secret alone in it", file.display())]
    SecretFile {
        /// What names the file.
        setting: &'static str,
        /// The file.
        file: PathBuf,
        /// Why not.
        why: String,
    },
    /// There is a password without somebody whose it is.
    #[error("smtp_password_file needs a user in smtp_url: smtp://user@mail.contoso.example:587?tls=required")]
    SmtpUser,
    /// There are two passwords.
    #[error("smtp_url has a password already: take it out, or leave smtp_password_file away")]
    TwoSmtpPasswords,
    /// There are two secrets for the same.
    #[error("give either ticket_check_secret or ticket_check_secret_file, not both")]
    TwoTicketCheckSecrets,
    /// There are two keys.
    #[error("secret_key and secret_key_file are both set: leave one away")]
    TwoSecretKeys,
    /// Nothing would hold, or nobody would be answered.
    #[error(
        "session_idle_minutes, session_hours, sign_in_log_days, connections and read_seconds must be at least 1"
    )]
    Zero,
    /// A webhook cannot be used.
    #[error("webhook: {0}")]
    Webhook(String),
    /// An identity provider cannot be used.
    #[error("openid_connect: {0}")]
    OpenIdConnect(String),
}

impl Config {
    /// Reads the configuration.
    pub fn load(overrides: &Overrides) -> Result<Self, ConfigError> {
        let config: Self = Figment::from(Serialized::defaults(Self::default()))
            .merge(Toml::file("stint.toml"))
            .merge(Env::prefixed("STINT_").only(&[
                "listen",
                "database_url",
                "database_connections",
                "public_url",
                "site_root",
                "demo",
                "smtp_url",
                "smtp_password_file",
                "secret_key",
                "secret_key_file",
                "mail_from",
                "ticket_check_secret",
                "ticket_check_secret_file",
                "log_format",
                "trusted_proxies",
                "session_idle_minutes",
                "session_hours",
                "sign_in_log_days",
                "metrics_listen",
                "requests_per_minute",
                "connections",
                "read_seconds",
                "stop_seconds",
            ]))
            .merge(Serialized::defaults(overrides))
            .extract()
            .map_err(Box::new)?;
        config.check()
    }

    fn check(self) -> Result<Self, ConfigError> {
        if self.demo && !self.listen.ip().is_loopback() {
            return Err(ConfigError::DemoInPublic(self.listen));
        }
        if let Some(url) = &self.public_url {
            let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            if host.is_none_or(|host| host.is_empty() || host.contains('/')) {
                return Err(ConfigError::PublicUrl(url.clone()));
            }
        }
        let numbers = [
            self.session_idle_minutes,
            self.session_hours,
            self.sign_in_log_days,
            self.connections,
            self.read_seconds,
        ];
        if numbers.contains(&0) {
            return Err(ConfigError::Zero);
        }
        Ok(self)
    }

    /// How long sessions hold.
    pub fn session_limits(&self) -> stint_engine::sessions::Limits {
        let longest = TimeDelta::hours(self.session_hours.into());
        let idle = TimeDelta::minutes(self.session_idle_minutes.into()).min(longest);
        stint_engine::sessions::Limits { idle, longest }
    }

    /// How long it is kept who signed in.
    pub fn keep_sign_ins(&self) -> TimeDelta {
        TimeDelta::days(self.sign_in_log_days.into())
    }

    /// What a connection may take.
    pub fn connection_limits(&self) -> super::connections::Limits {
        super::connections::Limits {
            open: self.connections.try_into().unwrap_or(usize::MAX),
            read: Duration::from_secs(self.read_seconds.into()),
            stop: Duration::from_secs(self.stop_seconds.into()),
        }
    }

    /// The address of the mail server with its password, read from the file where it stands in one.
    pub fn smtp(&self) -> Result<Option<Secret>, ConfigError> {
        match (&self.smtp_url, &self.smtp_password_file) {
            (url, None) => Ok(url.clone()),
            (None, Some(_)) => Err(ConfigError::SmtpUser),
            (Some(url), Some(file)) => {
                smtp::with_password(url, &Secret::read("smtp_password_file", file)?).map(Some)
            }
        }
    }

    /// What ticket checks are signed with, read from the file where it stands in one.
    pub fn ticket_check_secret(&self) -> Result<Option<Secret>, ConfigError> {
        match (&self.ticket_check_secret, &self.ticket_check_secret_file) {
            (secret, None) => Ok(secret.clone()),
            (None, Some(file)) => Secret::read("ticket_check_secret_file", file).map(Some),
            (Some(_), Some(_)) => Err(ConfigError::TwoTicketCheckSecrets),
        }
    }

    /// The webhooks, with their secrets read.
    pub fn webhooks(&self) -> Result<Vec<stint_engine::webhook::Webhook>, ConfigError> {
        self.webhook.iter().map(WebhookConfig::read).collect()
    }

    /// The identity providers, with their files read.
    pub fn identity_providers(&self) -> Result<Vec<stint_engine::openid_connect::Settings>, ConfigError> {
        self.openid_connect.iter().map(OpenIdConnectConfig::read).collect()
    }

    /// The address that people use.
    pub fn address(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.listen))
    }

    /// Whether people come by https.
    pub fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The configuration of a file with these lines.
    pub(super) fn read(toml: &str) -> Result<Config, ConfigError> {
        let lines = Figment::from(Serialized::defaults(Config::default())).merge(Toml::string(toml));
        Ok(lines.extract().map_err(Box::new)?)
    }

    #[test]
    fn the_demo_is_never_public() {
        let config =
            Config { demo: true, listen: SocketAddr::from(([0, 0, 0, 0], 3000)), ..Config::default() };
        assert!(matches!(config.check(), Err(ConfigError::DemoInPublic(_))));
        assert!(Config { demo: true, ..Config::default() }.check().is_ok());
    }

    #[test]
    fn a_public_url_is_an_origin() {
        for (url, good) in [
            ("https://pim.example", true),
            ("http://x:8080", true),
            ("pim.example", false),
            ("https://", false),
            ("https://x/y", false),
        ] {
            let config = Config { public_url: Some(url.to_owned()), ..Config::default() };
            assert_eq!(config.check().is_ok(), good, "{url}");
        }
    }

    #[test]
    fn secrets_are_read_and_never_shown() {
        let file = std::env::temp_dir().join(format!("stint-secret-{}", std::process::id()));
        std::fs::write(&file, "a secret of a webhook\n").unwrap();
        let read = |toml: &str| read(&toml.replace("FILE", &file.to_string_lossy())).unwrap();
        let config = read(
            "smtp_url = 'smtp://pim@mail'\nsmtp_password_file = 'FILE'\n\
             [[webhook]]\nurl = 'https://hooks.example/token'\nsecret_file = 'FILE'\n\
             events = ['stint.role_management.*']\n\
             [[webhook]]\nurl = 'http://127.0.0.1:9'\nsecret = 'another secret of one'",
        );
        assert_eq!(config.webhooks().unwrap().len(), 2);
        assert_eq!(config.ticket_check_secret().unwrap(), None);
        let tickets = read("ticket_check_secret_file = 'FILE'").ticket_check_secret().unwrap().unwrap();
        assert_eq!(tickets.expose(), "a secret of a webhook");
        let both = read("ticket_check_secret = 'x'\nticket_check_secret_file = 'FILE'");
        assert!(matches!(both.ticket_check_secret(), Err(ConfigError::TwoTicketCheckSecrets)));
        assert!(!format!("{both:?}").contains("'x'"));
        assert!(config.smtp().unwrap().unwrap().expose().ends_with("%6B@mail"));
        let shown = format!("{config:?} {:?}", config.webhooks().unwrap());
        assert!(!shown.contains("token") && !shown.contains("another secret"), "{shown}");
        std::fs::remove_file(&file).unwrap();
        let said = config.smtp().unwrap_err().to_string();
        assert!(said.contains("smtp_password_file") && said.contains("make it a file"), "{said}");
        assert!(matches!(config.webhooks(), Err(ConfigError::SecretFile { .. })));
        for neither in
            ["url = 'http://x'", "url = 'http://x'\nsecret = 'sixteen characters'\nsecret_file = 'FILE'"]
        {
            let config = read(&format!("[[webhook]]\n{neither}"));
            assert!(matches!(config.webhooks(), Err(ConfigError::Webhook(_))));
        }
    }
}
