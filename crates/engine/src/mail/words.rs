//! What mails say.

use super::{Mail, What};
use chrono::{DateTime, Utc};
use stint_domain::time::Duration;
use stint_store::request::RequestRow;

/// A mail to somebody who decides.
pub(super) fn to_approver(what: What, request: &RequestRow, base: &str, to: &str) -> Mail {
    let (who, role) = (&request.principal_name, &request.role_name);
    let handled = handled_by(request);
    let (subject, lead, button) = match what {
        What::Requested => (
            format!("PIM: {who} asks to activate {role}"),
            format!("{who} asks to activate {role}, and you can decide."),
            "Approve or deny",
        ),
        What::Approved => (
            format!("PIM: {who}'s request for {role} was approved"),
            format!("{handled} approved it. Nothing is left for you to do."),
            "View the request",
        ),
        What::Denied => (
            format!("PIM: {who}'s request for {role} was denied"),
            format!("{handled} denied it. Nothing is left for you to do."),
            "View the request",
        ),
        What::Cancelled => (
            format!("PIM: {who}'s request for {role} was cancelled"),
            format!("{handled} cancelled it. Nothing is left for you to do."),
            "View the request",
        ),
        What::Expired => (
            format!("PIM: {who}'s request for {role} expired"),
            "Nobody decided in time.".to_owned(),
            "View the request",
        ),
    };
    let link = format!("{base}/approvals/{}", request.id);
    let why = format!("You get this because you can approve activations of {role}.");
    Letter { subject, lead, link, button, why }.write(what, request, to)
}

/// A mail to whoever asked.
pub(super) fn to_requestor(what: What, request: &RequestRow, base: &str, to: &str) -> Mail {
    let role = &request.role_name;
    let handled = handled_by(request);
    let (subject, lead) = match what {
        What::Requested => {
            (format!("PIM: your request for {role}"), format!("Your request for {role} waits for approval."))
        }
        What::Approved => (
            format!("PIM: your request for {role} was approved"),
            format!("{handled} approved your request. The role ends by itself."),
        ),
        What::Denied => (
            format!("PIM: your request for {role} was denied"),
            format!("{handled} denied your request. The page says why."),
        ),
        What::Cancelled => (
            format!("PIM: your request for {role} was cancelled"),
            match &request.close_reason {
                Some(reason) => format!("Your request was cancelled: {reason}."),
                None => format!("{handled} cancelled your request."),
            },
        ),
        What::Expired => (
            format!("PIM: your request for {role} expired"),
            "Nobody decided in time. You can ask again.".to_owned(),
        ),
    };
    let link = format!("{base}/my-requests/{}", request.id);
    let why = "You get this because you asked for the role.".to_owned();
    Letter { subject, lead, link, button: "View the request", why }.write(what, request, to)
}

fn handled_by(request: &RequestRow) -> String {
    request.closed_by_name.clone().unwrap_or_else(|| "Stint".to_owned())
}

/// What a mail is made of.
struct Letter {
    subject: String,
    lead: String,
    link: String,
    button: &'static str,
    why: String,
}

impl Letter {
    fn write(self, what: What, request: &RequestRow, to: &str) -> Mail {
        let facts = facts(what, request);
        let Self { subject, lead, link, button, why } = self;
        let lines: Vec<_> = facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let lines = lines.join("\n");
        let text = format!("{lead}\n\n{lines}\n\n{button}:\n{link}\n\n{why}\n");
        let rows: Vec<_> = facts
            .iter()
            .map(|(name, value)| {
                format!(
                    "<tr><td style=\"padding:4px 16px 4px 0;color:#6b7280;vertical-align:top\">{}</td><td style=\"padding:4px 0\">{}</td></tr>",
                    escaped(name),
                    escaped(value)
                )
            })
            .collect();
        let rows = rows.concat();
        let html = format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title></head>\
             <body style=\"margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif\"><div style=\"max-width:560px;margin:0 auto\">\
             <p>{lead}</p><table role=\"presentation\" style=\"border-collapse:collapse;font-size:15px\">{rows}</table>\
             <p style=\"margin:24px 0\"><a href=\"{link}\" style=\"display:inline-block;padding:12px 20px;border-radius:6px;\
             background:#0f6273;color:#ffffff;text-decoration:none;font-weight:600\">{button}</a></p>\
             <p style=\"color:#6b7280;font-size:13px\">{why}</p></div></body></html>",
            title = escaped(&subject),
            lead = escaped(&lead),
            link = escaped(&link),
            why = escaped(&why),
        );
        Mail { to: to.to_owned(), subject, text, html, thread: request.id }
    }
}

fn facts(what: What, request: &RequestRow) -> Vec<(&'static str, String)> {
    let window = request.window();
    let length = window.end.map_or(Duration::days(365), |end| Duration::between(window.start, end));
    let mut facts = vec![
        ("Requestor", request.principal_name.clone()),
        ("Role", request.role_name.clone()),
        ("Scope", request.scope_name.clone().unwrap_or_else(|| "Directory".to_owned())),
        ("Requested", moment(request.created_at)),
        ("Duration", length.in_words()),
    ];
    if window.start > request.created_at {
        facts.push(("Starts", moment(window.start)));
    }
    if let Some(reason) = &request.justification {
        facts.push(("Reason", reason.clone()));
    }
    if let Some(ticket) = &request.ticket_number {
        facts.push(("Ticket", ticket.clone()));
    }
    if let (What::Requested, Some(until)) = (what, request.expires_at) {
        facts.push(("To be decided until", moment(until)));
    }
    facts
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// SECURITY: whatever a person typed stays text in a mail.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
