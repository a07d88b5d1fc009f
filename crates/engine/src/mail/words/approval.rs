//! Requests that wait for somebody's decision, and what became of them.

use super::{super::news::What, Fact, Letter, moment, scope_or_directory, thing, until};
use crate::{Operation, Result, approvers::StandIn};
use stint_domain::{
    request::RequestKind,
    schedule::{AssignmentState, AssignmentType, Schedule},
    time::{Duration, Window},
};
use stint_store::{approval, request::RequestRow, schedule};

/// What somebody asked for, what happened to that, and what came of it.
pub(in crate::mail) struct Asked<'a> {
    what: What,
    request: &'a RequestRow,
    /// The assignment or activation that an approval made or changed.
    made: Option<Schedule>,
    /// Who has agreed in the stages before, by name.
    agreed: Vec<String>,
}

impl<'a> Asked<'a> {
    /// Finds out what came of a request.
    pub(in crate::mail) async fn load(
        op: &mut Operation,
        what: What,
        request: &'a RequestRow,
    ) -> Result<Self> {
        let made = match request.schedule_id {
            Some(id) => schedule::find(&mut op.tx, id).await?,
            None => None,
        };
        let mut agreed = Vec::new();
        if request.stage() > 1 {
            let decisions = approval::list_decisions(&mut op.tx, request.id).await?;
            let before = decisions.into_iter().filter(|decision| decision.stage() < request.stage());
            agreed.extend(before.map(|decision| decision.approver_name));
        }
        Ok(Self { what, request, made, agreed })
    }

    /// Eligible or active, as it was given, or as it was asked for.
    pub(in crate::mail) fn assignment_type(&self) -> AssignmentType {
        self.made.as_ref().map_or(self.request.assignment_type, |made| made.assignment_type)
    }

    /// A letter to somebody who decides.
    pub(in crate::mail) fn to_approver(&self, base: &str) -> Letter {
        let (who, role) = (&self.request.principal_name, &self.request.role_name);
        let (request, handled) = (self.request_for_role(), self.handled_by());
        let view = "View the request";
        let (subject, lead, button) = match self.what {
            What::Requested => (
                format!("{who} asks to {} {role}", self.verb()),
                format!(
                    "{who} asks to {}{} you can decide.",
                    self.wish(),
                    if self.agreed.is_empty() { ", and" } else { ". The stage before agreed, and now" }
                ),
                "Approve or deny",
            ),
            What::Escalated => (
                format!("{who} asks to {} {role}", self.verb()),
                format!(
                    "{who} asks to {}. Nobody has decided until now, so you can, as a backup approver.",
                    self.wish()
                ),
                "Approve or deny",
            ),
            What::Reminded => (
                format!("Reminder: {who} asks to {} {role}", self.verb()),
                format!(
                    "{who} still waits: the request to {} is not decided, and you can decide.",
                    self.wish()
                ),
                "Approve or deny",
            ),
            What::Approved => (
                format!("{who}'s {request} was approved"),
                format!("{handled} approved it. Nothing is left for you to do."),
                view,
            ),
            What::Denied => (
                format!("{who}'s {request} was denied"),
                format!("{handled} denied it. Nothing is left for you to do."),
                view,
            ),
            What::Cancelled => (
                format!("{who}'s {request} was cancelled"),
                format!("{handled} cancelled it. Nothing is left for you to do."),
                view,
            ),
            What::Expired => {
                (format!("{who}'s {request} expired"), "Nobody decided in time.".to_owned(), view)
            }
        };
        let why = if self.request.is_for_administrators() {
            "You get this because you may assign roles, and so decide who keeps them.".to_owned()
        } else {
            format!("You get this because you can approve activations of {role}.")
        };
        Letter {
            subject,
            lead,
            facts: self.facts(),
            link: format!("{base}/approvals/{}", self.request.id),
            button,
            why,
            thread: Some(self.request.id),
            // Only a request that waits asks for an act; that somebody else has acted is good to know.
            asks_for_an_act: self.what.asks(),
        }
    }

    /// A letter to somebody who decides in an approver's place.
    pub(in crate::mail) fn to_substitute(&self, other: &StandIn, base: &str) -> Letter {
        let why = format!(
            "You get this because you stand in for {} until {}, who can approve activations of {}.",
            other.name,
            moment(other.until),
            self.request.role_name
        );
        let mut letter = self.to_approver(base);
        if self.what == What::Requested {
            let who = &self.request.principal_name;
            letter.lead = format!(
                "{who} asks to {}. You are asked because you stand in for {} until {}.",
                self.wish(),
                other.name,
                moment(other.until)
            );
        }
        letter.why = why;
        letter
    }

    /// A letter to whoever asked.
    pub(in crate::mail) fn to_requestor(&self, base: &str) -> Letter {
        let (request, handled) = (self.request_for_role(), self.handled_by());
        let (subject, lead) = match self.what {
            What::Requested | What::Escalated | What::Reminded => {
                (format!("your {request}"), format!("Your {request} waits for a decision."))
            }
            What::Approved => (
                format!("your {request} was approved"),
                format!("{handled} approved your request. {}", self.outcome()),
            ),
            What::Denied => (
                format!("your {request} was denied"),
                format!("{handled} denied your request. The page says why."),
            ),
            What::Cancelled => (
                format!("your {request} was cancelled"),
                match &self.request.close_reason {
                    Some(reason) => format!("Your request was cancelled: {reason}."),
                    None => format!("{handled} cancelled your request."),
                },
            ),
            What::Expired if self.request.is_for_administrators() => (
                format!("your {request} expired"),
                "Nobody decided in time. If you still need the role, ask an administrator to assign it anew."
                    .to_owned(),
            ),
            What::Expired => {
                (format!("your {request} expired"), "Nobody decided in time. You can ask again.".to_owned())
            }
        };
        Letter {
            subject,
            lead,
            facts: self.facts(),
            link: format!("{base}/my-requests/{}", self.request.id),
            button: "View the request",
            why: "You get this because you asked for the role.".to_owned(),
            thread: Some(self.request.id),
            asks_for_an_act: false,
        }
    }

    fn kind(&self) -> RequestKind {
        self.request.kind().unwrap_or(RequestKind::Activation)
    }

    fn verb(&self) -> &'static str {
        match self.kind() {
            RequestKind::Activation => "activate",
            RequestKind::Extension => "extend",
            RequestKind::Renewal => "renew",
        }
    }

    /// What is asked for, after "asks to".
    fn wish(&self) -> String {
        let (role, verb) = (&self.request.role_name, self.verb());
        if self.kind() == RequestKind::Activation {
            return format!("{verb} {role}");
        }
        let state = if self.request.is_for_administrators() {
            AssignmentState::Assigned
        } else {
            AssignmentState::Activated
        };
        format!("{verb} the {} {role}", thing(state, self.request.assignment_type))
    }

    fn request_for_role(&self) -> String {
        let role = &self.request.role_name;
        match self.kind() {
            RequestKind::Activation => format!("request for {role}"),
            RequestKind::Extension | RequestKind::Renewal => format!("request to {} {role}", self.verb()),
        }
    }

    /// What the person has now.
    fn outcome(&self) -> String {
        let Some(made) = self.made.as_ref().filter(|_| self.kind() != RequestKind::Activation) else {
            return "The role ends by itself.".to_owned();
        };
        let (role, until) = (&self.request.role_name, until(made.window));
        match (begins_anew(self.request, made.window), made.state) {
            (false, _) => format!("{role} is extended {until}."),
            (true, AssignmentState::Activated) => {
                format!("The activation had ended, so {role} is activated anew, {until}.")
            }
            (true, AssignmentState::Assigned) => format!("{role} is renewed {until}."),
        }
    }

    fn handled_by(&self) -> String {
        self.request.closed_by_name.clone().unwrap_or_else(|| "Stint".to_owned())
    }

    fn facts(&self) -> Vec<Fact> {
        let request = self.request;
        let mut facts = vec![
            ("Requestor", request.principal_name.clone()),
            ("Role", request.role_name.clone()),
            ("Scope", scope_or_directory(request.scope_name.as_ref())),
        ];
        if request.is_for_administrators() {
            facts.push(("Assignment", self.assignment_type().label().to_owned()));
        }
        facts.push(("Requested", moment(request.created_at)));
        if request.old_end_at.is_some() {
            facts.extend(self.ends());
        } else {
            facts.push(("Duration", length(request.window())));
            if request.window().start > request.created_at {
                facts.push(("Starts", moment(request.window().start)));
            }
        }
        facts.extend(super::assignment::said(request));
        if request.stages() > 1 {
            facts.push(("Stage", format!("{} of {}", request.stage(), request.stages())));
        }
        if !self.agreed.is_empty() {
            facts.push(("Agreed before", self.agreed.join(", ")));
        }
        if let (true, Some(until)) = (self.what.asks(), request.expires_at) {
            facts.push(("To be decided until", moment(until)));
        }
        facts
    }

    /// From which end to which it goes on, or was to go on.
    fn ends(&self) -> Vec<Fact> {
        let asked = self.request.window();
        match (&self.made, self.what) {
            (Some(made), _) => super::prolonged::ends(self.request, made.window),
            (None, what) if what.asks() => {
                let mut facts = super::prolonged::ends(self.request, asked);
                // Nobody loses by the wait: what begins anew begins with the decision.
                facts.retain(|(name, _)| *name != "Starts");
                facts.push(("Duration", length(asked)));
                facts
            }
            (None, _) => {
                let old_end = self.request.old_end_at.map(|old_end| ("Old end", moment(old_end)));
                let asked_until = ("Asked for", until(asked));
                old_end.into_iter().chain([asked_until]).collect()
            }
        }
    }
}

fn length(window: Window) -> String {
    let length = window.end.map_or(Duration::days(365), |end| Duration::between(window.start, end));
    length.in_words()
}

/// Whether what was to be extended or renewed had ended before.
pub(super) fn begins_anew(request: &RequestRow, made: Window) -> bool {
    request.old_end_at.is_some_and(|old_end| made.start >= old_end)
}
