//! The keys that secrets are encrypted with.

use super::{Config, ConfigError, Secret};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use stint_engine::{random::Random, secrets::SecretKeys};

impl Config {
    /// The keys that secrets are encrypted with. An SQLite database has a file with one beside it, which is made the first time;
    /// for Postgres, where several servers share the database, somebody has to give them one.
    pub fn secret_keys(&self, random: &Random) -> Result<Option<SecretKeys>, ConfigError> {
        let (text, file) = match (&self.secret_key, &self.secret_key_file) {
            (Some(_), Some(_)) => return Err(ConfigError::TwoSecretKeys),
            (Some(key), None) => (key.clone(), None),
            (None, Some(file)) => (Secret::read("secret_key_file", file)?, Some(file.clone())),
            (None, None) => {
                let Some(file) = beside(&self.database_url) else { return Ok(None) };
                make(&file, random).map_err(|error| unusable(&file, error.to_string()))?;
                (Secret::read("secret_key_file", &file)?, Some(file))
            }
        };
        let keys = SecretKeys::parse(text.expose());
        keys.map(Some)
            .map_err(|error| unusable(&file.unwrap_or_else(|| "STINT_SECRET_KEY".into()), error.to_string()))
    }
}

fn unusable(file: &Path, why: String) -> ConfigError {
    ConfigError::SecretFile { setting: "secret_key", file: file.to_owned(), why }
}

/// The file beside an SQLite database; nothing where the database is no file.
fn beside(database_url: &str) -> Option<PathBuf> {
    let path = database_url.strip_prefix("sqlite:")?.split('?').next()?;
    let path = path.strip_prefix("//").unwrap_or(path);
    (!path.is_empty() && !path.contains(":memory:")).then(|| PathBuf::from(format!("{path}.key")))
}

/// Makes a file with a key where there is none. It is there as a whole or not at all, and nobody else reads it.
fn make(file: &Path, random: &Random) -> io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    if file.exists() {
        return Ok(());
    }
    let draft = file.with_extension(format!("key.{}", std::process::id()));
    let mut written = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(written, "{}", SecretKeys::generate(random))?;
    written.sync_all()?;
    let linked = fs::hard_link(&draft, file);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_database_has_its_key_beside_it() {
        let directory = std::env::temp_dir().join(format!("stint-key-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let database = directory.join("stint.db");
        for url in
            [format!("sqlite:{}", database.display()), format!("sqlite://{}?mode=rwc", database.display())]
        {
            let config = Config { database_url: url, ..Config::default() };
            assert!(config.secret_keys(&Random::from_seed(1)).unwrap().is_some());
        }
        let file = directory.join("stint.db.key");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let first = fs::read_to_string(&file).unwrap();
        let config = Config { database_url: format!("sqlite:{}", database.display()), ..Config::default() };
        config.secret_keys(&Random::from_seed(2)).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), first, "a key is never replaced");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn others_are_given_one() {
        let postgres = Config { database_url: "postgres://localhost/stint".to_owned(), ..Config::default() };
        let keys = |config: &Config| config.secret_keys(&Random::from_seed(1));
        assert!(keys(&postgres).unwrap().is_none());
        let with = |key: &str| Config { secret_key: Some(Secret::new(key.to_owned())), ..postgres.clone() };
        assert!(keys(&with(&"5a".repeat(32))).unwrap().is_some());
        let said = keys(&with("a secret")).unwrap_err().to_string();
        assert!(said.contains("64 hexadecimal digits") && !said.contains("a secret"), "{said}");
        let two = Config { secret_key_file: Some("key".into()), ..with(&"5a".repeat(32)) };
        assert!(matches!(keys(&two), Err(ConfigError::TwoSecretKeys)));
    }
}
