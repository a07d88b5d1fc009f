//! What mails say: one file a kind of news.

mod approval;
mod assignment;
mod digest;
mod ending;
mod letter;

pub(super) use approval::{to_approver, to_requestor};
pub(super) use assignment::Given;
pub(super) use digest::digest;
pub(super) use ending::{ending_to_admin, ending_to_assignee};
pub(super) use letter::Letter;

use chrono::{DateTime, Utc};
use stint_domain::{id::PrincipalId, principal::PrincipalKind, time::Window};

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
