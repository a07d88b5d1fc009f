//! An assignment goes on: an administrator extended or renewed it, or agreed to that.

use super::{
    Fact, Letter, approval::begins_anew, assignment::said, holders_page, moment, scope_or_directory, thing,
    until,
};
use crate::{Operation, Result};
use stint_domain::{
    principal::PrincipalKind,
    schedule::{AssignmentState, AssignmentType},
    time::Window,
};
use stint_store::{principal, request::RequestRow, schedule};

/// An assignment that goes on: the request that did it, and who is behind that.
pub(in crate::mail) struct Prolonged<'a> {
    request: &'a RequestRow,
    by: String,
    kind: PrincipalKind,
    assignment_type: AssignmentType,
    window: Window,
}

impl<'a> Prolonged<'a> {
    /// Finds out who let whose assignment go on until when.
    pub(in crate::mail) async fn load(op: &mut Operation, request: &'a RequestRow) -> Result<Self> {
        let by = request.closed_by.unwrap_or(request.requested_by);
        let by =
            principal::find(&mut op.tx, by).await?.map_or_else(|| "Stint".to_owned(), |row| row.display_name);
        let holder = principal::find(&mut op.tx, request.principal_id).await?;
        let made = match request.schedule_id {
            Some(id) => schedule::find(&mut op.tx, id).await?,
            None => None,
        };
        Ok(Self {
            request,
            by,
            kind: holder.map_or(PrincipalKind::User, |row| row.kind),
            assignment_type: made.as_ref().map_or(request.assignment_type, |made| made.assignment_type),
            window: made.map_or(request.window(), |made| made.window),
        })
    }

    /// To those who watch over roles.
    pub(in crate::mail) fn to_admin(&self, base: &str) -> Letter {
        let (who, role) = (&self.request.principal_name, &self.request.role_name);
        let (was, thing) = (self.was(), self.thing());
        Letter {
            subject: format!("{who}'s {thing} {role} was {was} {}", until(self.window)),
            lead: format!("{} {was} {who}'s {thing} {role}.", self.by),
            link: holders_page(base, self.kind, self.request.principal_id),
            button: "View the assignment",
            why: format!("You get this because you watch over {role}: its settings say who does."),
            ..self.letter()
        }
    }

    /// To whoever holds it.
    pub(in crate::mail) fn to_assignee(&self, base: &str) -> Letter {
        let (who, role) = (&self.request.principal_name, &self.request.role_name);
        let (was, thing) = (self.was(), self.thing());
        let (whose, why) = match self.kind {
            PrincipalKind::Group => (format!("{who}'s"), format!("You get this because you are in {who}.")),
            _ => ("your".to_owned(), "You get this because the role is yours.".to_owned()),
        };
        Letter {
            subject: format!("{whose} {thing} {role} was {was} {}", until(self.window)),
            lead: format!("{} {was} {whose} {thing} {role}.", self.by),
            link: format!("{base}/my-roles"),
            button: "View my roles",
            why,
            ..self.letter()
        }
    }

    fn was(&self) -> &'static str {
        if begins_anew(self.request, self.window) { "renewed" } else { "extended" }
    }

    fn thing(&self) -> &'static str {
        thing(AssignmentState::Assigned, self.assignment_type)
    }

    fn letter(&self) -> Letter {
        let request = self.request;
        let by = if self.was() == "renewed" { "Renewed by" } else { "Extended by" };
        let mut facts = vec![
            ("Who", request.principal_name.clone()),
            (by, self.by.clone()),
            ("Role", request.role_name.clone()),
            ("Scope", scope_or_directory(request.scope_name.as_ref())),
            ("Assignment", self.assignment_type.label().to_owned()),
        ];
        facts.extend(ends(request, self.window));
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

/// From which end to which; and from when on, where there is a gap between.
pub(super) fn ends(request: &RequestRow, window: Window) -> Vec<Fact> {
    let old_end = request.old_end_at.map(|old_end| ("Old end", moment(old_end)));
    let start = request.old_end_at.filter(|&old_end| window.start > old_end);
    let start = start.map(|_| ("Starts", moment(window.start)));
    let new_end = ("New end", window.end.map_or_else(|| "Never (permanent)".to_owned(), moment));
    old_end.into_iter().chain(start).chain([new_end]).collect()
}
