//! An account: a password that was forgotten or is another now, a link that makes an administrator.

use super::{Letter, moment};
use chrono::{DateTime, Utc};
use stint_domain::text::LINK_MINUTES;
use stint_store::principal::PrincipalRow;

/// Stands where the token of a link comes to stand when the mail is sent: the token itself is kept nowhere.
pub(in crate::mail) const TOKEN: &str = "made-when-this-mail-is-sent";

fn from_where(source: Option<&str>) -> (&'static str, String) {
    ("From address", source.unwrap_or("unknown").to_owned())
}

fn named(person: &PrincipalRow) -> String {
    person.user_name.clone().unwrap_or_else(|| person.display_name.clone())
}

/// To whoever forgot their password.
pub(in crate::mail) fn password_forgotten(person: &PrincipalRow, source: Option<&str>, base: &str) -> Letter {
    Letter {
        subject: "reset your password".to_owned(),
        lead: "Somebody, probably you, asked to reset the password of your account.".to_owned(),
        facts: vec![
            ("Account", named(person)),
            from_where(source),
            ("The link works", format!("for {LINK_MINUTES} minutes, once")),
        ],
        link: format!("{base}/reset-password?token={TOKEN}"),
        button: "Choose a new password",
        why: "If it was not you, do nothing: your password stays as it is. If it happens again, tell your administrator.".to_owned(),
        thread: None,
        asks_for_an_act: true,
    }
}

/// To whoever has another password now.
pub(in crate::mail) fn password_changed(
    person: &PrincipalRow,
    how: &str,
    at: DateTime<Utc>,
    source: Option<&str>,
    base: &str,
) -> Letter {
    Letter {
        subject: "your password was changed".to_owned(),
        lead: format!("The password of your account was {how}. Your other sessions were ended."),
        facts: vec![("Account", named(person)), ("When", moment(at)), from_where(source)],
        link: format!("{base}/forgot-password"),
        button: "It was not me: reset it",
        why: "You get this because a password opens everything that you may do. If it was you, there is nothing to do."
            .to_owned(),
        thread: None,
        asks_for_an_act: true,
    }
}

/// To every Global Administrator.
pub(in crate::mail) fn recovery_link(person: Option<&PrincipalRow>, at: DateTime<Utc>, base: &str) -> Letter {
    Letter {
        subject: "a link that makes a Global Administrator was created".to_owned(),
        lead: "Somebody on the server's own shell created a link that makes whoever uses it a Global Administrator.".to_owned(),
        facts: vec![
            ("For", person.map_or_else(|| "a new user".to_owned(), named)),
            ("When", moment(at)),
            ("The link works", format!("for {LINK_MINUTES} minutes, once")),
        ],
        link: format!("{base}/audit?category=user_management"),
        button: "Look at the audit log",
        why: "You get this because you are a Global Administrator. If nobody of you did this, somebody else can run commands on the server."
            .to_owned(),
        thread: None,
        asks_for_an_act: true,
    }
}
