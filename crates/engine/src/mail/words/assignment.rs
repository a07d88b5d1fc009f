//! An administrator gave a role, or somebody activated one.

use super::{Fact, Letter, holders_page, scope_or_directory, window_facts};
use crate::{Operation, Result};
use chrono::{DateTime, Utc};
use stint_domain::{principal::PrincipalKind, request::RequestAction, schedule::AssignmentType, time::Phase};
use stint_store::{principal, request::RequestRow, schedule};

/// A role that was given: the request that did it, and who is behind that.
pub(in crate::mail) struct Given<'a> {
    request: &'a RequestRow,
    /// What holds from it: an approval may have shortened what was asked for.
    window: stint_domain::time::Window,
    by: String,
    kind: PrincipalKind,
}

impl<'a> Given<'a> {
    /// Finds out who gave to whom.
    pub(in crate::mail) async fn load(op: &mut Operation, request: &'a RequestRow) -> Result<Self> {
        let by = principal::find(&mut op.tx, request.requested_by).await?;
        // The first administrator was made on the server's own shell, in their own name.
        let is_by_itself =
            request.requested_by == request.principal_id && request.action == RequestAction::AdminAssign;
        let by = by.filter(|_| !is_by_itself).map_or_else(|| "Stint".to_owned(), |row| row.display_name);
        let holder = principal::find(&mut op.tx, request.principal_id).await?;
        let window = match request.schedule_id {
            Some(id) => schedule::find(&mut op.tx, id).await?.map(|schedule| schedule.window),
            None => None,
        };
        let kind = holder.map_or(PrincipalKind::User, |row| row.kind);
        Ok(Self { request, window: window.unwrap_or_else(|| request.window()), by, kind })
    }

    /// To those who watch over roles: somebody was made eligible or active.
    pub(in crate::mail) fn assigned_to_admin(&self, base: &str) -> Letter {
        let (who, role) = (&self.request.principal_name, &self.request.role_name);
        let was = self.was();
        Letter {
            subject: format!("{who} was {was} the {role} role"),
            lead: format!("{} gave {role} to {who}.", self.by),
            link: holders_page(base, self.kind, self.request.principal_id),
            button: "View the assignment",
            why: format!("You get this because you watch over {role}: its settings say who does."),
            ..self.letter()
        }
    }

    /// To whoever got the role.
    pub(in crate::mail) fn assigned_to_assignee(&self, base: &str, now: DateTime<Utc>) -> Letter {
        let role = &self.request.role_name;
        let is_eligible = self.request.assignment_type == AssignmentType::Eligible;
        let who = if self.kind == PrincipalKind::User { "you" } else { &self.request.principal_name };
        let (verb, was) = (if who == "you" { "were" } else { "was" }, self.was());
        let what_now = match (is_eligible, self.window.phase(now)) {
            (true, _) => "You have the role when you activate it.",
            (false, Phase::Upcoming) => "The role begins by itself.",
            (false, _) => "You have the role now.",
        };
        let (link, button) = match (self.request.schedule_id, self.window.phase(now)) {
            (Some(id), Phase::InForce) if is_eligible => {
                (format!("{base}/my-roles/{id}/activate"), "Activate the role")
            }
            _ => (format!("{base}/my-roles"), "View my roles"),
        };
        let why = match self.kind {
            PrincipalKind::Group => {
                format!("You get this because you are in {}.", self.request.principal_name)
            }
            _ => "You get this because the role is yours.".to_owned(),
        };
        Letter {
            subject: format!("{who} {verb} {was} the {role} role"),
            lead: format!("{} {} {was} the {role} role. {what_now}", capital(who), verb),
            link,
            button,
            why,
            ..self.letter()
        }
    }

    /// To those who watch over roles: somebody activated.
    pub(in crate::mail) fn activated_to_admin(&self, base: &str) -> Letter {
        let (who, role) = (&self.request.principal_name, &self.request.role_name);
        Letter {
            subject: format!("{who} activated the {role} role"),
            lead: format!("{who} activated {role}."),
            link: holders_page(base, self.kind, self.request.principal_id),
            button: "View the assignment",
            why: format!("You get this because you watch over {role}: its settings say who does."),
            ..self.letter()
        }
    }

    /// To whoever activated: if it was somebody else, this is how they find out.
    pub(in crate::mail) fn activated_to_assignee(&self, base: &str) -> Letter {
        let role = &self.request.role_name;
        Letter {
            subject: format!("you activated the {role} role"),
            lead: format!(
                "You activated {role}. It ends by itself. If that was not you, tell an administrator."
            ),
            link: format!("{base}/my-roles"),
            button: "View my roles",
            why: "You get this because you activated the role.".to_owned(),
            ..self.letter()
        }
    }

    fn was(&self) -> &'static str {
        match (self.request.assignment_type, self.window.end) {
            (AssignmentType::Eligible, None) => "permanently made eligible for",
            (AssignmentType::Eligible, Some(_)) => "made eligible for",
            (AssignmentType::Active, None) => "permanently assigned",
            (AssignmentType::Active, Some(_)) => "assigned",
        }
    }

    fn letter(&self) -> Letter {
        let request = self.request;
        let mut facts = vec![("Who", request.principal_name.clone())];
        if request.action == RequestAction::AdminAssign {
            facts.push(("Given by", self.by.clone()));
        }
        facts.push(("Role", request.role_name.clone()));
        facts.push(("Scope", scope_or_directory(request.scope_name.as_ref())));
        facts.push(("Assignment", request.assignment_type.label().to_owned()));
        facts.extend(window_facts(self.window));
        facts.extend(said(request));
        Letter {
            subject: String::new(),
            lead: String::new(),
            facts,
            link: String::new(),
            button: "",
            why: String::new(),
            thread: Some(request.id),
            asks_for_an_act: false,
        }
    }
}

/// What whoever asked said to it.
pub(super) fn said(request: &RequestRow) -> Vec<Fact> {
    let reason = request.justification.clone().map(|reason| ("Reason", reason));
    let ticket = request.ticket_number.clone().map(|ticket| ("Ticket", ticket));
    reason.into_iter().chain(ticket).collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
