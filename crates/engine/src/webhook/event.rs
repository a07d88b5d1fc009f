//! An event of the audit log as a CloudEvent 1.0.

use serde_json::json;
use stint_domain::audit::Activity;
use stint_store::audit::AuditEventRow;

/// The type of an event: `stint.role_management.activated`.
pub(super) fn kind(row: &AuditEventRow) -> String {
    match Activity::from_label(&row.activity) {
        Some(activity) => kind_of(activity),
        // Written by another version.
        None => format!("stint.{}.other", row.category.slug()),
    }
}

fn kind_of(activity: Activity) -> String {
    let mut kind = format!("stint.{}.", activity.category().slug());
    for (index, letter) in activity.name().char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            kind.push('_');
        }
        kind.push(letter.to_ascii_lowercase());
    }
    kind
}

/// Whether a pattern, a type or the beginning of one with `*`, means a type.
pub(super) fn matches(pattern: &str, kind: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == kind, |beginning| kind.starts_with(beginning))
}

/// Whether a pattern means anything at all.
pub(super) fn is_known(pattern: &str) -> bool {
    Activity::ALL.iter().any(|&activity| matches(pattern, &kind_of(activity)))
}

/// The event in structured mode. It is the event of the chain: its id and its place never change.
pub(super) fn body(row: &AuditEventRow, kind: &str, source: &str) -> String {
    let named = |id: Option<String>, name: &Option<String>| match (id, name) {
        (None, None) => json!(null),
        (id, name) => json!({ "id": id, "name": name }),
    };
    json!({
        "specversion": "1.0",
        "id": row.id,
        "source": source,
        "type": kind,
        "subject": row.target_id,
        "time": row.at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        "datacontenttype": "application/json",
        "data": {
            "seq": row.seq,
            "category": row.category.slug(),
            "activity": row.activity,
            "actor": { "id": row.actor_id, "name": row.actor_name, "address": row.source },
            "target": named(row.target_id.map(|id| id.to_string()), &row.target_name),
            "role": named(row.role_id.map(|id| id.to_string()), &row.role_name),
            "scope": row.scope,
            "justification": row.justification,
            "ticket": row.ticket,
            "detail": row.detail,
            "request": row.request_id,
        },
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_types() {
        assert_eq!(
            kind_of(Activity::EligibleAssignedPermanent),
            "stint.role_management.eligible_assigned_permanent"
        );
        for (pattern, known) in [
            ("*", true),
            ("stint.role_management.*", true),
            ("stint.role_management.activated", true),
            ("stint.role_management.activate", false),
            ("", false),
        ] {
            assert_eq!(is_known(pattern), known, "{pattern}");
        }
        assert!(!matches("stint.role_management.*", "stint.authentication.signed_in"));
    }

    /// The page that lists the types has every one.
    #[test]
    fn all_types_are_documented() {
        let page = include_str!("../../../../docs/webhooks.md");
        for &activity in Activity::ALL {
            assert!(page.contains(&format!("`{}`", kind_of(activity))), "{} is missing", kind_of(activity));
        }
    }
}
