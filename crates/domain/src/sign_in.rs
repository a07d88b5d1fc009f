//! What can be said of a try to sign in.

use serde::{Deserialize, Serialize};

/// How somebody signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "TEXT", rename_all = "snake_case"))]
pub enum Method {
    /// With a user name and a password.
    Password,
    /// With a passkey that verified the person.
    Passkey,
    /// With a link that works once, from the server's own shell.
    Link,
    /// With one click, in the demo.
    Demo,
}

impl Method {
    /// What it is called on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Password => "Password",
            Self::Passkey => "Passkey",
            Self::Link => "One-time link",
            Self::Demo => "One click (demo)",
        }
    }

    /// Its name for other systems.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::Link => "link",
            Self::Demo => "demo",
        }
    }

    /// What it is called after "signed in with".
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Password => "a password",
            Self::Passkey => "a passkey",
            Self::Link => "a one-time link",
            Self::Demo => "one click (demo)",
        }
    }
}

/// What comes of a try to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "TEXT", rename_all = "snake_case"))]
pub enum Outcome {
    /// They are in.
    Success,
    /// They are in as far as choosing another password.
    MustChangePassword,
    /// The name is somebody's, the password is not theirs.
    WrongPassword,
    /// What the passkey signed is not right.
    WrongPasskey,
    /// The name is nobody's, or the passkey.
    UnknownUser,
    /// The password or the passkey is right, but the account was disabled or deleted.
    Disabled,
    /// Too many tries before: the password was not looked at.
    Slowed,
}

impl Outcome {
    /// All of them, in the order of the filter.
    pub const ALL: [Self; 7] = [
        Self::Success,
        Self::MustChangePassword,
        Self::WrongPassword,
        Self::WrongPasskey,
        Self::UnknownUser,
        Self::Disabled,
        Self::Slowed,
    ];

    /// What it is called on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::MustChangePassword => "Success: has to change the password",
            Self::WrongPassword => "Failure: wrong password",
            Self::WrongPasskey => "Failure: wrong passkey",
            Self::UnknownUser => "Failure: unknown user",
            Self::Disabled => "Failure: account disabled or deleted",
            Self::Slowed => "Interrupted: too many tries",
        }
    }

    /// Its name in addresses.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::MustChangePassword => "must_change_password",
            Self::WrongPassword => "wrong_password",
            Self::WrongPasskey => "wrong_passkey",
            Self::UnknownUser => "unknown_user",
            Self::Disabled => "disabled",
            Self::Slowed => "slowed",
        }
    }

    /// Whether they are in.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Success | Self::MustChangePassword)
    }
}
