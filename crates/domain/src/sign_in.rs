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
    /// At an identity provider that speaks OpenID Connect.
    OpenIdConnect,
}

impl Method {
    /// What it is called on a page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Password => "Password",
            Self::Passkey => "Passkey",
            Self::Link => "One-time link",
            Self::Demo => "One click (demo)",
            Self::OpenIdConnect => "OpenID Connect",
        }
    }

    /// Its name for other systems.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::Link => "link",
            Self::Demo => "demo",
            Self::OpenIdConnect => "open_id_connect",
        }
    }

    /// What it is called after "signed in with".
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Password => "a password",
            Self::Passkey => "a passkey",
            Self::Link => "a one-time link",
            Self::Demo => "one click (demo)",
            Self::OpenIdConnect => "OpenID Connect",
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
    /// The identity provider said no, or what it said cannot be trusted.
    WrongAnswer,
    /// The identity provider did not answer.
    NoAnswer,
    /// The name is nobody's, or the passkey, or the account at the identity provider.
    UnknownUser,
    /// The password or the passkey is right, but the account was disabled or deleted.
    Disabled,
    /// Too many tries before: the password was not looked at.
    Slowed,
}

impl Outcome {
    /// All of them, in the order of the filter.
    pub const ALL: [Self; 9] = [
        Self::Success,
        Self::MustChangePassword,
        Self::WrongPassword,
        Self::WrongPasskey,
        Self::WrongAnswer,
        Self::NoAnswer,
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
            Self::WrongAnswer => "Failure: answer of the identity provider not accepted",
            Self::NoAnswer => "Failure: identity provider did not answer",
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
            Self::WrongAnswer => "wrong_answer",
            Self::NoAnswer => "no_answer",
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

/// Why an identity provider was of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "TEXT", rename_all = "snake_case"))]
pub enum ProviderProblem {
    /// It does not answer, or not as it should.
    Down,
    /// It was asked too long ago, or by another browser, or the answer was used before.
    BeginAgain,
    /// It said no: the person gave up, or may not.
    Refused,
    /// What it said cannot be trusted.
    Untrusted,
    /// It knows who somebody is who may not come in here.
    Unknown,
    /// Nobody can be made of what it says.
    Unusable,
    /// It vouched for another account than the one that is linked.
    OtherAccount,
    /// The account is linked to somebody already.
    Taken,
    /// It did not say what was asked for: that a second factor was used, or a class of sign-in.
    NoSecondFactor,
}

impl ProviderProblem {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Down,
        Self::BeginAgain,
        Self::Refused,
        Self::Untrusted,
        Self::Unknown,
        Self::Unusable,
        Self::OtherAccount,
        Self::Taken,
        Self::NoSecondFactor,
    ];

    /// Its name in addresses.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::BeginAgain => "begin_again",
            Self::Refused => "refused",
            Self::Untrusted => "untrusted",
            Self::Unknown => "unknown",
            Self::Unusable => "unusable",
            Self::OtherAccount => "other_account",
            Self::Taken => "taken",
            Self::NoSecondFactor => "no_second_factor",
        }
    }

    /// What a person is told about the provider of that name.
    pub fn in_words(self, name: &str) -> String {
        match self {
            Self::Down => {
                format!("{name} does not answer as it should. Sign in another way, or try again in a moment.")
            }
            Self::BeginAgain => {
                format!("Signing in with {name} took too long, or began in another browser. Begin again.")
            }
            Self::Refused => format!("{name} did not vouch for you."),
            Self::Untrusted => {
                format!("What {name} answered was not accepted. If it stays so, tell your administrator.")
            }
            Self::Unknown => {
                format!("This account of {name} opens nothing here. Ask your administrator.")
            }
            Self::Unusable => format!(
                "{name} does not say enough to make an account here, or its name is taken. Ask your administrator."
            ),
            Self::OtherAccount => {
                format!("That is not the account of {name} that is linked to yours. Choose that one there.")
            }
            Self::Taken => format!("This account of {name} is linked already."),
            Self::NoSecondFactor => {
                format!("{name} did not say that you gave what this asks for. Confirm in another way.")
            }
        }
    }
}
