//! The password of the mail server, kept out of its address.

use super::{ConfigError, Secret};
use std::fmt::Write as _;

/// The address with the password in it. The errors repeat neither.
pub(super) fn with_password(url: &Secret, password: &Secret) -> Result<Secret, ConfigError> {
    let (scheme, rest) = url.expose().split_once("://").ok_or(ConfigError::SmtpUser)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (user, host) = authority.rsplit_once('@').ok_or(ConfigError::SmtpUser)?;
    if user.is_empty() {
        return Err(ConfigError::SmtpUser);
    }
    if user.contains(':') {
        return Err(ConfigError::TwoSmtpPasswords);
    }
    let mut found = format!("{scheme}://{user}:");
    for byte in password.expose().bytes() {
        // Every byte of it, so that none is taken for a part of the address.
        let _infallible = write!(found, "%{byte:02X}");
    }
    Ok(Secret::new(format!("{found}@{host}{rest}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(url: &str) -> Result<String, ConfigError> {
        let (url, password) = (Secret::new(url.to_owned()), Secret::new("a:b/@?".to_owned()));
        with_password(&url, &password).map(|url| url.expose().to_owned())
    }

    /// The client of the mail server wants a runtime.
    #[tokio::test]
    async fn the_password_goes_to_its_place() {
        let found = with("smtp://pim%40contoso.example@mail:587?tls=required").unwrap();
        assert_eq!(found, "smtp://pim%40contoso.example:%61%3A%62%2F%40%3F@mail:587?tls=required");
        assert!(stint_engine::mail::Transport::smtp(&found).is_ok());
        assert!(matches!(with("smtp://mail:587"), Err(ConfigError::SmtpUser)));
        assert!(matches!(with("smtp://@mail"), Err(ConfigError::SmtpUser)));
        assert!(matches!(with("smtp://pim:other@mail"), Err(ConfigError::TwoSmtpPasswords)));
    }
}
