//! Words that people type, parsed once: what is held here cannot be nonsense.

use serde::{Deserialize, Serialize};
use std::fmt;

/// For how many minutes a link works that opens something once.
pub const LINK_MINUTES: i64 = 30;

/// Why a text is not taken, said to the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space was typed.
    #[error("Enter a value.")]
    Empty,
    /// More characters than there is room for.
    #[error("At most {0} characters.")]
    TooLong(usize),
    /// A character that is not shown, and that no keyboard types by mistake.
    #[error("Remove the characters that cannot be shown.")]
    Unprintable,
    /// Not of the form `name@domain`.
    #[error("Enter a user name such as mira@contoso.example.")]
    NoUserName,
    /// A password that is too short to withstand guessing.
    #[error("Use at least {0} characters.")]
    TooShort(usize),
}

fn checked(text: &str, most: usize, lines: bool) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        Err(TextError::Empty)
    } else if text.chars().count() > most {
        Err(TextError::TooLong(most))
    } else if !text.chars().all(|c| is_shown(c) || lines && matches!(c, '\n' | '\r' | '\t')) {
        Err(TextError::Unprintable)
    } else {
        Ok(text.to_owned())
    }
}

/// Whether a character stands for itself and changes nothing beside it.
///
/// SECURITY: what turns the direction of writing would let a name or a reason change how the words beside it read, in a page, a mail
/// or a log.
pub fn is_shown(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}');
    !(c.is_control() || turns || breaks)
}

macro_rules! text {
    ($($(#[$doc:meta])* $name:ident($most:literal, lines: $lines:literal);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters that it holds.
            pub const MOST: usize = $most;

            /// Takes what was typed, without the white space around it.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                checked(text, Self::MOST, $lines).map(Self)
            }

            /// Takes what was typed where nothing may be typed.
            pub fn parse_optional(text: &str) -> Result<Option<Self>, TextError> {
                if text.trim().is_empty() { Ok(None) } else { Self::parse(text).map(Some) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

text! {
    /// Why somebody asks for something, in their words.
    Justification(500, lines: true);
    /// The number of a ticket in another system.
    TicketNumber(64, lines: false);
    /// The name of the system that a ticket number belongs to.
    TicketSystem(64, lines: false);
    /// What a user, group, service principal, role or unit is called.
    DisplayName(256, lines: false);
    /// A longer text about a thing.
    Description(1024, lines: true);
    /// A job title, a department and the like.
    ShortText(128, lines: false);
}

/// What a user signs in with: `name@domain`, compared without regard to case and kept in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

impl UserName {
    /// The most characters that it holds (Entra: 113).
    pub const MOST: usize = 113;

    /// Takes what was typed.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = checked(text, Self::MOST, false)?.to_lowercase();
        let (name, domain) = text.split_once('@').ok_or(TextError::NoUserName)?;
        let plain = |part: &str, more: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && !part.ends_with('.')
                && part.chars().all(|c| c.is_alphanumeric() || more.contains(c))
        };
        if plain(name, ".-_'+#") && plain(domain, ".-") { Ok(Self(text)) } else { Err(TextError::NoUserName) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UserName {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::parse(&text)
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> Self {
        name.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A password that somebody chose; shown nowhere, not even to a debugger's `{:?}`.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword(String);

impl NewPassword {
    /// The fewest characters (NIST SP 800-63B-4: 15 for a password that is used alone; 12 is what people accept).
    pub const FEWEST: usize = 12;
    /// The most characters, so that hashing stays cheap to refuse.
    pub const MOST: usize = 256;

    /// Takes what was typed, white space and all.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        match text.chars().count() {
            0 => Err(TextError::Empty),
            n if n < Self::FEWEST => Err(TextError::TooShort(Self::FEWEST)),
            n if n > Self::MOST => Err(TextError::TooLong(Self::MOST)),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The secret, for hashing.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_trimmed_and_bounded() {
        assert_eq!(Justification::parse("  on call\n").unwrap().as_str(), "on call");
        assert_eq!(Justification::parse(" \n "), Err(TextError::Empty));
        assert!(Justification::parse(&"ä".repeat(500)).is_ok());
        assert_eq!(Justification::parse(&"ä".repeat(501)), Err(TextError::TooLong(500)));
        assert_eq!(Justification::parse("a\u{0}b"), Err(TextError::Unprintable));
    }

    #[test]
    fn nothing_is_taken_that_changes_how_the_rest_reads() {
        for hidden in ["approve \u{202e}yned", "a\u{2066}b", "a\u{2028}b"] {
            assert_eq!(DisplayName::parse(hidden), Err(TextError::Unprintable), "{hidden:?}");
            assert_eq!(Description::parse(hidden), Err(TextError::Unprintable), "{hidden:?}");
        }
        // Some scripts and families need to be joined, and right-to-left names need nothing.
        for shown in ["می\u{200c}روم", "👩\u{200d}👧", "מירה שטיין", "pasted\u{200b}"] {
            assert!(DisplayName::parse(shown).is_ok(), "{shown:?}");
        }
    }

    #[test]
    fn a_user_name_is_one_name_at_one_domain() {
        assert_eq!(
            UserName::parse("Mira.Stein@Contoso.Example").unwrap().as_str(),
            "mira.stein@contoso.example"
        );
        for nonsense in [
            "mira",
            "@x.example",
            "mira@",
            "mi ra@x.example",
            "a@b@c",
            "mira@x.example\n; --",
            "<b>@x.example",
        ] {
            assert!(UserName::parse(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        assert_eq!(
            format!("{:?}", NewPassword::parse("correct horse battery").unwrap()),
            "NewPassword(hidden)"
        );
        assert_eq!(NewPassword::parse("short"), Err(TextError::TooShort(12)));
    }
}
