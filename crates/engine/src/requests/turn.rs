//! The turns that a request takes, as the audit log and the news tell them.

use crate::{Operation, Result, audit::Event};
use serde_json::json;
use stint_domain::{audit::Activity, request::RequestKind, schedule::AssignmentType};
use stint_store::request::RequestRow;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Requested,
    Approved,
    Denied,
    Cancelled,
    Expired,
}

impl Turn {
    /// The name in the log.
    fn activity(self, request: &RequestRow) -> Activity {
        if !request.is_for_administrators() {
            return match self {
                Self::Requested => Activity::ApprovalRequested,
                Self::Approved => Activity::ActivationApproved,
                Self::Denied => Activity::ActivationDenied,
                Self::Cancelled => Activity::ActivationCanceled,
                Self::Expired => Activity::ActivationExpired,
            };
        }
        let renewal = request.kind() == Some(RequestKind::Renewal);
        let eligible = request.assignment_type == AssignmentType::Eligible;
        match (self, renewal, eligible) {
            (Self::Requested, false, true) => Activity::EligibleExtensionRequested,
            (Self::Requested, false, false) => Activity::ActiveExtensionRequested,
            (Self::Requested, true, true) => Activity::EligibleRenewalRequested,
            (Self::Requested, true, false) => Activity::ActiveRenewalRequested,
            (Self::Cancelled, false, true) => Activity::EligibleExtensionCanceled,
            (Self::Cancelled, false, false) => Activity::ActiveExtensionCanceled,
            (Self::Cancelled, true, true) => Activity::EligibleRenewalCanceled,
            (Self::Cancelled, true, false) => Activity::ActiveRenewalCanceled,
            (Self::Approved, ..) => Activity::ProlongationApproved,
            (Self::Denied, ..) => Activity::ProlongationDenied,
            (Self::Expired, ..) => Activity::ProlongationExpired,
        }
    }

    /// The last word of a topic.
    const fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// An event about what somebody asked for.
pub(crate) fn event(turn: Turn, request: &RequestRow) -> Event {
    about(turn.activity(request), request)
}

/// An event about the person, the role and the scope of a request.
pub(crate) fn about(activity: Activity, request: &RequestRow) -> Event {
    let name = request.principal_user_name.as_ref().unwrap_or(&request.principal_name);
    Event::new(activity)
        .target(request.principal_id, name)
        .role(request.role_id, &request.role_name, request.scope.as_str())
        .request(request.id)
}

/// Tells the outside what became of a request: under `approval.` where approvers decide, under `extension.` or `renewal.`
/// where those do who may assign roles.
pub(crate) async fn tell(op: &mut Operation, turn: Turn, request: &RequestRow) -> Result<()> {
    let family = match request.kind() {
        Some(kind) if request.is_for_administrators() => kind.slug(),
        _ => "approval",
    };
    tell_under(op, &format!("{family}.{}", turn.word()), request).await
}

/// The same under a topic of its own.
pub(crate) async fn tell_under(op: &mut Operation, topic: &str, request: &RequestRow) -> Result<()> {
    let (id, principal, role, scope) = (request.id, request.principal_id, request.role_id, &request.scope);
    let news = json!({ "request": id, "principal": principal, "role": role, "scope": scope });
    op.tell(topic, &news).await
}

/// The topic of the news that approvers are asked: those of the first stage, or those of one that begins.
pub(crate) const REQUESTED: &str = "approval.requested";

/// The same, with the stage for whose people it is news.
pub(crate) async fn tell_stage(
    op: &mut Operation,
    topic: &str,
    request: &RequestRow,
    stage: u8,
) -> Result<()> {
    let (id, principal, role, scope) = (request.id, request.principal_id, request.role_id, &request.scope);
    let news = json!({ "request": id, "principal": principal, "role": role, "scope": scope, "stage": stage });
    op.tell(topic, &news).await
}
