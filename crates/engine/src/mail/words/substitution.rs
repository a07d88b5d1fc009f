//! Somebody stands in for an approver, or does not any more.

use super::{Fact, Letter, moment};
use stint_store::substitution::SubstitutionRow;

/// A letter to whoever stands in.
pub(in crate::mail) fn named_to_substitute(row: &SubstitutionRow, base: &str) -> Letter {
    let (who, until) = (&row.approver_name, moment(row.end_at));
    Letter {
        subject: format!("you stand in for {who}"),
        lead: format!(
            "{who} asks you to approve or deny in their place until {until}. You decide then on activations that {who} \
             could decide on, but not on what {who} or you ask for."
        ),
        facts: facts(row),
        link: format!("{base}/approvals"),
        button: "Approve requests",
        why: format!("You get this because {who} chose you."),
        thread: None,
        asks_for_an_act: false,
    }
}

/// The same when it was ended before its time.
pub(in crate::mail) fn ended_to_substitute(row: &SubstitutionRow, base: &str) -> Letter {
    let who = &row.approver_name;
    Letter {
        subject: format!("you do not stand in for {who} any more"),
        lead: format!("{who} ended it. You do not decide in their place any more."),
        facts: facts(row),
        link: format!("{base}/approvals/substitute"),
        button: "For whom you stand in",
        why: format!("You get this because {who} had chosen you."),
        thread: None,
        asks_for_an_act: false,
    }
}

fn facts(row: &SubstitutionRow) -> Vec<Fact> {
    let mut facts = vec![("In the place of", row.approver_name.clone())];
    if row.end_at > row.start_at {
        facts.push(("From", moment(row.start_at)));
        facts.push(("Until", moment(row.end_at)));
    }
    facts.extend(row.reason.clone().map(|reason| ("Reason", reason)));
    facts
}
