//! Signing in failed again and again: told to those who watch over roles.

use super::{Letter, moment};
use crate::sign_in_alerts::{BY_ACCOUNT, BY_ADDRESS};
use chrono::{DateTime, Utc};
use stint_store::principal::PrincipalRow;

/// To those who watch over roles: about one account, or about one address where there is none.
pub(in crate::mail) fn sign_in_failures(
    person: Option<&PrincipalRow>,
    at: DateTime<Utc>,
    source: Option<&str>,
    base: &str,
) -> Letter {
    let source = source.unwrap_or("unknown");
    let (subject, lead, about, link) = match person {
        Some(person) => (
            format!("repeated sign-in failures of {}", person.display_name),
            format!("Signing in to one account failed {} times within an hour.", BY_ACCOUNT.burst),
            ("Account", person.user_name.clone().unwrap_or_else(|| person.display_name.clone())),
            format!("{base}/sign-in-logs?person={}", person.id),
        ),
        None => (
            "repeated sign-in failures from one address".to_owned(),
            format!(
                "Signing in from one address failed {} times within an hour, to whichever accounts.",
                BY_ADDRESS.burst
            ),
            ("Address", source.to_owned()),
            format!("{base}/sign-in-logs"),
        ),
    };
    Letter {
        subject,
        lead,
        facts: vec![about, ("When", moment(at)), ("Last from", source.to_owned())],
        link,
        button: "Look at the sign-in log",
        why: "You get this because you watch over roles, at most once an hour for each account and each address. Whoever guesses is \
              slowed down already, and the account is not locked. If the person does not know of it, have them choose another password."
            .to_owned(),
        thread: None,
        asks_for_an_act: true,
    }
}
