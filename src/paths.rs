//! Every link in the portal is built here.

use stint_domain::id::{AdministrativeUnitId, PrincipalId, RequestId, RoleId, ScheduleId};

/// Encodes a value for a query.
pub fn encode(value: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _infallible = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A path with a query; empty values are left out.
pub fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    let mut link = path.to_owned();
    let mut separator = '?';
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        link.push(separator);
        link.push_str(name);
        link.push('=');
        link.push_str(&encode(value));
        separator = '&';
    }
    link
}

/// A path of our own that somebody may be sent to after signing in; anything else is the quick start.
pub fn local(path: &str) -> String {
    let own = path.starts_with('/')
        && !path.starts_with("//")
        && !path.starts_with("/\\")
        && path.len() <= 2000
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if own { path.to_owned() } else { QUICK_START.to_owned() }
}

/// Where everybody begins.
pub const QUICK_START: &str = "/";
/// The roles of the person who is signed in.
pub const MY_ROLES: &str = "/my-roles";
/// Several roles turned on in one go.
pub const ACTIVATE_SEVERAL: &str = "/my-roles/activate";
/// What the person who is signed in asked for.
pub const MY_REQUESTS: &str = "/my-requests";
/// What waits for the decision of the person who is signed in.
pub const APPROVALS: &str = "/approvals";
/// Who decides in the place of the person who is signed in.
pub const SUBSTITUTE: &str = "/approvals/substitute";
/// What the person who is signed in did, and what was done to them.
pub const MY_AUDIT: &str = "/my-audit-history";
/// All users.
pub const USERS: &str = "/users";
/// A form for a new user.
pub const NEW_USER: &str = "/users/new";
/// Users who can be restored.
pub const DELETED_USERS: &str = "/users/deleted";
/// All groups.
pub const GROUPS: &str = "/groups";
/// A form for a new group.
pub const NEW_GROUP: &str = "/groups/new";
/// Groups that can be restored.
pub const DELETED_GROUPS: &str = "/groups/deleted";
/// All service principals.
pub const SERVICE_PRINCIPALS: &str = "/service-principals";
/// A form for a new service principal.
pub const NEW_SERVICE_PRINCIPAL: &str = "/service-principals/new";
/// All administrative units.
pub const ADMINISTRATIVE_UNITS: &str = "/administrative-units";
/// A form for a new administrative unit.
pub const NEW_ADMINISTRATIVE_UNIT: &str = "/administrative-units/new";
/// All directory roles.
pub const ROLES: &str = "/roles";
/// The settings of two roles side by side.
pub const COMPARE_SETTINGS: &str = "/role-settings/compare";
/// One change of settings for several roles.
pub const APPLY_SETTINGS: &str = "/role-settings/apply";
/// The settings of roles as a file, out and in.
pub const TRANSFER_SETTINGS: &str = "/role-settings/transfer";
/// The file itself.
pub const EXPORT_SETTINGS: &str = "/role-settings/export";
/// The assignments of all roles.
pub const ASSIGNMENTS: &str = "/assignments";
/// The wizard that adds assignments.
pub const ADD_ASSIGNMENTS: &str = "/assignments/add";
/// The audit log.
pub const AUDIT: &str = "/audit";
/// The mails.
pub const NOTIFICATIONS: &str = "/notifications";
/// What went to webhooks.
pub const WEBHOOKS: &str = "/notifications/webhooks";
/// Everything that waits for a decision, of everybody.
pub const REQUESTS: &str = "/requests";
/// What is shown in place of a form that was sent after the session had ended.
pub const SIGNED_OUT: &str = "/signed-out";
/// Where the first administrator takes the server into use.
pub const SETUP: &str = "/setup";
/// Where somebody who forgot their password asks for a link.
pub const FORGOT_PASSWORD: &str = "/forgot-password";
/// Where that link leads.
pub const RESET_PASSWORD: &str = "/reset-password";
/// Where somebody changes their own password.
pub const CHANGE_PASSWORD: &str = "/change-password";
/// The sessions of the person who is signed in.
pub const SESSIONS: &str = "/sessions";
/// Who signed in, or tried to.
pub const SIGN_IN_LOGS: &str = "/sign-in-logs";
/// That as a file.
pub const EXPORT_SIGN_INS: &str = "/sign-in-logs/export";
/// The answer to the search in the top bar.
pub const SEARCH: &str = "/search";

/// The second factors of whoever is signed in.
pub const SECURITY_INFO: &str = "/security-info";
/// Where somebody confirms that it is them.
pub const CONFIRM: &str = "/confirm";
/// What the authentication contexts ask for.
pub const AUTHENTICATION_CONTEXTS: &str = "/authentication-contexts";

/// The page to sign in on, and to come back from.
pub fn sign_in(return_to: &str) -> String {
    with_query("/sign-in", &[("return_to", if return_to == QUICK_START { "" } else { return_to })])
}

/// The page to sign in on, which says why an identity provider was of no use.
pub fn sign_in_failed(return_to: &str, provider: &str, problem: &str) -> String {
    let return_to = if return_to == QUICK_START { "" } else { return_to };
    with_query("/sign-in", &[("return_to", return_to), ("provider", provider), ("problem", problem)])
}

/// The page to sign in on, for whoever has signed out: it offers to sign out of the identity provider too.
pub fn signed_out_of(provider: &str) -> String {
    with_query("/sign-in", &[("signed_out_of", provider)])
}

/// The page to choose another password on, and to come back from.
pub fn change_password(return_to: &str) -> String {
    with_query(CHANGE_PASSWORD, &[("return_to", if return_to == QUICK_START { "" } else { return_to })])
}

/// Where a browser goes on from to an identity provider.
pub fn sign_in_with(provider: &str) -> String {
    format!("/sign-in/with/{}", encode(provider))
}

/// The link that takes a server into use.
pub fn setup(token: &str) -> String {
    with_query(SETUP, &[("token", token)])
}

/// A user's page.
pub fn user(id: PrincipalId) -> String {
    format!("/users/{id}")
}

/// A tab of a user's page: `assigned-roles`, `groups`, `administrative-units`, `audit-logs`, `edit`.
pub fn user_tab(id: PrincipalId, tab: &str) -> String {
    format!("/users/{id}/{tab}")
}

/// A group's page.
pub fn group(id: PrincipalId) -> String {
    format!("/groups/{id}")
}

/// A tab of a group's page: `members`, `owners`, `assigned-roles`, `audit-logs`, `edit`.
pub fn group_tab(id: PrincipalId, tab: &str) -> String {
    format!("/groups/{id}/{tab}")
}

/// A service principal's page.
pub fn service_principal(id: PrincipalId) -> String {
    format!("/service-principals/{id}")
}

/// A tab of a service principal's page: `assigned-roles`, `audit-logs`, `edit`.
pub fn service_principal_tab(id: PrincipalId, tab: &str) -> String {
    format!("/service-principals/{id}/{tab}")
}

/// An administrative unit's page.
pub fn administrative_unit(id: AdministrativeUnitId) -> String {
    format!("/administrative-units/{id}")
}

/// A tab of an administrative unit's page: `members`, `edit`.
pub fn administrative_unit_tab(id: AdministrativeUnitId, tab: &str) -> String {
    format!("/administrative-units/{id}/{tab}")
}

/// A role's page.
pub fn role(id: RoleId) -> String {
    format!("/roles/{id}")
}

/// A tab of a role's page: `assignments`, `settings`, `edit-settings`, `settings-history`.
pub fn role_tab(id: RoleId, tab: &str) -> String {
    format!("/roles/{id}/{tab}")
}

/// The panel that activates an eligibility.
pub fn activate(eligibility: ScheduleId) -> String {
    format!("/my-roles/{eligibility}/activate")
}

/// The panel that activates an eligibility, filled in as for an activation that has ended.
pub fn activate_again(eligibility: ScheduleId, activation: ScheduleId) -> String {
    with_query(&activate(eligibility), &[("again", &activation.to_string())])
}

/// The stages of an activation.
pub fn activation_status(activation: ScheduleId) -> String {
    format!("/my-roles/{activation}/status")
}

/// A request, for who decides on it. Mails link here.
pub fn approval(request: RequestId) -> String {
    format!("{APPROVALS}/{request}")
}

/// A request, for who asked.
pub fn my_request(request: RequestId) -> String {
    format!("{MY_REQUESTS}/{request}")
}

/// The form that changes an assignment; afterwards the person is back at `return_to`.
pub fn update_assignment(id: ScheduleId, return_to: &str) -> String {
    with_query(&format!("/assignments/{id}/update"), &[("return_to", return_to)])
}

/// The form that extends or renews an assignment; afterwards the person is back at `return_to`.
pub fn prolong(id: ScheduleId, return_to: &str) -> String {
    with_query(&format!("/assignments/{id}/prolong"), &[("return_to", return_to)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for path in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "",
            "/a\nSet-Cookie: x",
            "/ä",
        ] {
            assert_eq!(local(path), QUICK_START, "{path:?}");
        }
        assert_eq!(local("/users?q=mira"), "/users?q=mira");
    }

    #[test]
    fn what_was_typed_stays_in_its_place() {
        assert_eq!(
            with_query("/users", &[("q", "a&b=c #ä"), ("after", "")]),
            "/users?q=a%26b%3Dc%20%23%C3%A4"
        );
    }

    mod outside {
        use super::*;
        use proptest::prelude::*;
        use url::Url;

        proptest! {
            #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

            /// Asked of a parser that reads addresses as browsers do.
            #[test]
            fn whatever_is_asked_for_is_on_this_server(
                path in prop_oneof![any::<String>(), "[/\\\\.:@%#?\t a-f0-9]{0,12}", "(https?:)?[/\\\\]{0,4}evil\\.example.{0,9}"],
            ) {
                let here = Url::parse("https://pim.contoso.example/users/new").unwrap();
                let to = here.join(&local(&path)).unwrap();
                prop_assert_eq!(to.origin(), here.origin(), "{:?}", path);
            }

            #[test]
            fn what_is_encoded_is_one_value(value in any::<String>()) {
                let link = with_query("/users", &[("q", &value)]);
                let address = Url::parse("https://pim.contoso.example").unwrap().join(&link).unwrap();
                let mut pairs = address.query_pairs();
                prop_assert_eq!(pairs.next().map(|(_, read)| read.into_owned()).unwrap_or_default(), value);
                prop_assert!(pairs.next().is_none() && address.fragment().is_none());
            }
        }
    }
}
