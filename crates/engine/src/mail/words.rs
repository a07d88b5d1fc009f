//! What mails say: one file a kind of news.

mod account;
mod approval;
mod assignment;
mod digest;
mod ending;
mod letter;
mod prolonged;
mod security_info;
mod sign_in_failures;
mod substitution;

pub(super) use account::{TOKEN, password_changed, password_forgotten, recovery_link};
pub(super) use approval::Asked;
pub(super) use assignment::Given;
pub(super) use digest::digest;
pub(super) use ending::{ending_to_admin, ending_to_assignee};
pub(super) use letter::Letter;
pub(super) use prolonged::Prolonged;
pub(super) use security_info::SecurityInfo;
pub(super) use sign_in_failures::sign_in_failures;
pub(super) use substitution::{ended_to_substitute, named_to_substitute};

use chrono::{DateTime, Utc};
use stint_domain::{
    id::PrincipalId,
    principal::PrincipalKind,
    schedule::{AssignmentState, AssignmentType},
    time::Window,
};

/// What a mail says of one thing: its name and its value.
type Fact = (&'static str, String);

/// The page of what somebody holds.
fn holders_page(base: &str, kind: PrincipalKind, id: PrincipalId) -> String {
    let place = match kind {
        PrincipalKind::User => "users",
        PrincipalKind::Group => "groups",
        PrincipalKind::ServicePrincipal => "service-principals",
    };
    format!("{base}/{place}/{id}/assigned-roles")
}

fn scope_or_directory(name: Option<&String>) -> String {
    name.cloned().unwrap_or_else(|| "Directory".to_owned())
}

/// What somebody has of a role, before the role's name.
fn thing(state: AssignmentState, assignment_type: AssignmentType) -> &'static str {
    match (state, assignment_type) {
        (AssignmentState::Activated, _) => "activation of",
        (_, AssignmentType::Eligible) => "eligibility for",
        (_, AssignmentType::Active) => "assignment of",
    }
}

/// Until when, at the end of a sentence.
fn until(window: Window) -> String {
    window.end.map_or_else(|| "permanently".to_owned(), |end| format!("until {}", moment(end)))
}

/// From when until when.
fn window_facts(window: Window) -> [Fact; 2] {
    [
        ("Starts", moment(window.start)),
        ("Ends", window.end.map_or_else(|| "Never (permanent)".to_owned(), moment)),
    ]
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}
