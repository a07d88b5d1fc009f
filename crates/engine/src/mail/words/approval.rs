//! Requests that wait for an approval, and what became of them.

use super::{super::news::What, Fact, Letter, moment, scope_or_directory};
use stint_domain::time::Duration;
use stint_store::request::RequestRow;

/// A letter to somebody who decides.
pub(in crate::mail) fn to_approver(what: What, request: &RequestRow, base: &str) -> Letter {
    let (who, role) = (&request.principal_name, &request.role_name);
    let handled = handled_by(request);
    let (subject, lead, button) = match what {
        What::Requested => (
            format!("{who} asks to activate {role}"),
            format!("{who} asks to activate {role}, and you can decide."),
            "Approve or deny",
        ),
        What::Approved => (
            format!("{who}'s request for {role} was approved"),
            format!("{handled} approved it. Nothing is left for you to do."),
            "View the request",
        ),
        What::Denied => (
            format!("{who}'s request for {role} was denied"),
            format!("{handled} denied it. Nothing is left for you to do."),
            "View the request",
        ),
        What::Cancelled => (
            format!("{who}'s request for {role} was cancelled"),
            format!("{handled} cancelled it. Nothing is left for you to do."),
            "View the request",
        ),
        What::Expired => (
            format!("{who}'s request for {role} expired"),
            "Nobody decided in time.".to_owned(),
            "View the request",
        ),
    };
    Letter {
        subject,
        lead,
        facts: facts(what, request),
        link: format!("{base}/approvals/{}", request.id),
        button,
        why: format!("You get this because you can approve activations of {role}."),
        thread: Some(request.id),
        // Only a request that waits asks for an act; that somebody else has acted is good to know.
        asks_for_an_act: what == What::Requested,
    }
}

/// A letter to whoever asked.
pub(in crate::mail) fn to_requestor(what: What, request: &RequestRow, base: &str) -> Letter {
    let role = &request.role_name;
    let handled = handled_by(request);
    let (subject, lead) = match what {
        What::Requested => {
            (format!("your request for {role}"), format!("Your request for {role} waits for approval."))
        }
        What::Approved => (
            format!("your request for {role} was approved"),
            format!("{handled} approved your request. The role ends by itself."),
        ),
        What::Denied => (
            format!("your request for {role} was denied"),
            format!("{handled} denied your request. The page says why."),
        ),
        What::Cancelled => (
            format!("your request for {role} was cancelled"),
            match &request.close_reason {
                Some(reason) => format!("Your request was cancelled: {reason}."),
                None => format!("{handled} cancelled your request."),
            },
        ),
        What::Expired => (
            format!("your request for {role} expired"),
            "Nobody decided in time. You can ask again.".to_owned(),
        ),
    };
    Letter {
        subject,
        lead,
        facts: facts(what, request),
        link: format!("{base}/my-requests/{}", request.id),
        button: "View the request",
        why: "You get this because you asked for the role.".to_owned(),
        thread: Some(request.id),
        asks_for_an_act: false,
    }
}

fn handled_by(request: &RequestRow) -> String {
    request.closed_by_name.clone().unwrap_or_else(|| "Stint".to_owned())
}

fn facts(what: What, request: &RequestRow) -> Vec<Fact> {
    let window = request.window();
    let length = window.end.map_or(Duration::days(365), |end| Duration::between(window.start, end));
    let mut facts = vec![
        ("Requestor", request.principal_name.clone()),
        ("Role", request.role_name.clone()),
        ("Scope", scope_or_directory(request.scope_name.as_ref())),
        ("Requested", moment(request.created_at)),
        ("Duration", length.in_words()),
    ];
    if window.start > request.created_at {
        facts.push(("Starts", moment(window.start)));
    }
    facts.extend(super::assignment::said(request));
    if let (What::Requested, Some(until)) = (what, request.expires_at) {
        facts.push(("To be decided until", moment(until)));
    }
    facts
}
