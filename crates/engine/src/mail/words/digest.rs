//! What happened in a week.

use super::{Letter, moment};
use crate::digest::Digest;

/// To those who watch over roles.
pub(in crate::mail) fn digest(digest: &Digest, base: &str) -> Letter {
    let (people, times) = digest.activated;
    let activated = match (people, times) {
        (people, times) if people == times => people.to_string(),
        (people, times) => format!("{people} ({times} times)"),
    };
    let mut facts = vec![
        ("From", moment(digest.week.from)),
        ("Until", moment(digest.week.to)),
        ("Users activated", activated),
        ("Made permanent", digest.made_permanent.to_string()),
        ("Role assignments in PIM", digest.assigned.to_string()),
        ("Role assignments outside of PIM", "not applicable".to_owned()),
    ];
    let roles: Vec<_> = digest.roles.iter().map(|(role, count)| format!("{role} ({count})")).collect();
    facts.push(("Top roles", roles.join(", ")));
    Letter {
        subject: "your weekly digest of roles".to_owned(),
        lead: "This is what happened to roles in the last week.".to_owned(),
        facts,
        link: format!("{base}/assignments"),
        button: "Take action",
        why: "You get this once a week, if something happened, because you watch over roles.".to_owned(),
        thread: None,
        asks_for_an_act: false,
    }
}
