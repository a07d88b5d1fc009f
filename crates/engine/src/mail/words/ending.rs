//! Time is nearly over, or is over.

use super::{Letter, holders_page, scope_or_directory, thing, window_facts};
use chrono::{DateTime, Utc};
use stint_domain::{principal::PrincipalKind, schedule::AssignmentState, time::Duration};
use stint_store::schedule::Assignment;

/// To those who watch over roles: an assignment ends soon.
pub(in crate::mail) fn ending_to_admin(assignment: &Assignment, base: &str, now: DateTime<Utc>) -> Letter {
    let (who, role, what) = (&assignment.principal_name, &assignment.role_name, what(assignment));
    let left = left(assignment, now);
    Letter {
        subject: format!("{who}'s {what} {role} ends in {left}"),
        lead: format!(
            "{who}'s {what} {role} ends in {left}. Nothing has to be done; it can be changed until then."
        ),
        link: holders_page(base, assignment.principal_kind, assignment.schedule.principal),
        button: "View the assignment",
        why: format!("You get this because you watch over {role}: its settings say who does."),
        ..letter(assignment)
    }
}

/// To whoever holds it: it ends soon, or has ended.
pub(in crate::mail) fn ending_to_assignee(assignment: &Assignment, base: &str, now: DateTime<Utc>) -> Letter {
    let (role, what) = (&assignment.role_name, what(assignment));
    let whose = match assignment.principal_kind {
        PrincipalKind::User => "your".to_owned(),
        _ => format!("{}'s", assignment.principal_name),
    };
    let has_ended = assignment.schedule.window.end.is_some_and(|end| end <= now);
    let left = left(assignment, now);
    let is_activation = assignment.schedule.state == AssignmentState::Activated;
    // What a group holds, whoever is in it can only look at.
    let is_held_directly = assignment.principal_kind == PrincipalKind::User;
    let (subject, lead) = if has_ended {
        let lead = match (is_activation, is_held_directly) {
            (true, _) => format!("The time of {whose} {what} {role} is over."),
            (false, true) => {
                format!("The time of {whose} {what} {role} is over. If it is still needed, ask to renew it.")
            }
            (false, false) => format!(
                "The time of {whose} {what} {role} is over. If it is still needed, ask an administrator to renew it."
            ),
        };
        (format!("{whose} {what} {role} has ended"), lead)
    } else {
        let lead = match (is_activation, is_held_directly) {
            (true, _) => format!("{role} ends in {left}. You can extend it without a gap while it holds."),
            (false, true) => {
                format!("In {left} {whose} {what} {role} ends. If it is needed longer, ask to extend it.")
            }
            (false, false) => format!(
                "In {left} {whose} {what} {role} ends. If it is needed longer, ask an administrator to extend it."
            ),
        };
        (format!("{whose} {what} {role} ends in {left}"), lead)
    };
    let (link, button) = if is_held_directly && !(has_ended && is_activation) {
        let button = if has_ended { "Renew" } else { "Extend" };
        (format!("{base}/assignments/{}/prolong", assignment.schedule.id), button)
    } else {
        (format!("{base}/my-roles"), "View my roles")
    };
    let why = match assignment.principal_kind {
        PrincipalKind::Group => format!("You get this because you are in {}.", assignment.principal_name),
        _ => "You get this because the role is yours.".to_owned(),
    };
    Letter { subject, lead, link, button, why, ..letter(assignment) }
}

fn what(assignment: &Assignment) -> &'static str {
    thing(assignment.schedule.state, assignment.schedule.assignment_type)
}

/// How much time is left, rounded up: whoever reads it does so a little later.
fn left(assignment: &Assignment, now: DateTime<Utc>) -> String {
    let end = assignment.schedule.window.end.unwrap_or(now);
    let seconds = Duration::between(now, end).as_seconds();
    let unit = if seconds > 3600 { 3600 } else { 60 };
    match (seconds + unit - 1) / unit * unit {
        86_400 => "1 day".to_owned(),
        rounded => Duration::seconds(rounded).in_words(),
    }
}

fn letter(assignment: &Assignment) -> Letter {
    let mut facts = vec![
        ("Who", assignment.principal_name.clone()),
        ("Role", assignment.role_name.clone()),
        ("Scope", scope_or_directory(assignment.scope_name.as_ref())),
        ("Assignment", assignment.schedule.assignment_type.label().to_owned()),
    ];
    facts.extend(window_facts(assignment.schedule.window));
    Letter {
        subject: String::new(),
        lead: String::new(),
        facts,
        link: String::new(),
        button: "",
        why: String::new(),
        thread: Some(assignment.schedule.request),
        asks_for_an_act: false,
    }
}
