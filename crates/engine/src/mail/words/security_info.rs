//! Somebody's second factors are not what they were: told to the person, who may not have done it.

use super::Letter;
use stint_store::principal::PrincipalRow;

/// What became of them.
pub(in crate::mail) struct SecurityInfo {
    became: Became,
    what: String,
}

#[derive(Clone, Copy)]
enum Became {
    Added,
    Removed,
    Reset,
    Cloned,
}

impl SecurityInfo {
    /// By the last word of a topic.
    pub(in crate::mail) fn of(topic: &str, what: String) -> Option<Self> {
        let became = match topic.rsplit('.').next()? {
            "added" => Became::Added,
            "removed" => Became::Removed,
            "reset" => Became::Reset,
            "cloned" => Became::Cloned,
            _ => return None,
        };
        Some(Self { became, what })
    }

    /// To the person.
    pub(in crate::mail) fn letter(&self, base: &str, person: &PrincipalRow) -> Letter {
        let what = &self.what;
        let (subject, lead) = match self.became {
            Became::Added => (
                "Security info was added to your account",
                format!("You can now confirm that it is you with {what}. If you did not add it, tell an administrator at once."),
            ),
            Became::Removed => (
                "Security info was removed from your account",
                format!("You can no longer confirm that it is you with {what}. If you did not remove it, tell an administrator at once."),
            ),
            Became::Reset => (
                "An administrator reset your security info",
                "Your authenticator app, passkeys and recovery codes do not count any more, and you were signed out. Sign in and add new ones.".to_owned(),
            ),
            Became::Cloned => (
                "One of your passkeys may have been copied",
                format!("Somebody used {what} in a way that only a copy of it can be used in. It was refused. Remove it, add another, and tell an administrator."),
            ),
        };
        Letter {
            subject: subject.to_owned(),
            lead,
            facts: vec![("Account", person.user_name.clone().unwrap_or_else(|| person.display_name.clone()))],
            link: format!("{base}/security-info"),
            button: "Security info",
            why: "You get this because it is your account.".to_owned(),
            thread: None,
            asks_for_an_act: true,
        }
    }
}
