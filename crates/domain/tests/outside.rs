//! Whatever comes from outside is read or refused: no parser panics, and what was read is written as it would be read again.
//!
//! What is typed, imported and put into addresses goes through these. The parsers of requests are tried in the same way beside
//! them, in `src`, and all together through the whole server in `tests/attacks/fuzz.rs`.

use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};
use std::net::IpAddr;
use stint_domain::{
    id::PrincipalId,
    network::Network,
    role::Provider,
    scope::ScopePath,
    settings::{RoleSettings, ticket::fits},
    step_up::ContextId,
    text::{
        Description, DisplayName, Justification, NewPassword, ShortText, TicketNumber, TicketSystem, UserName,
    },
    time::Duration,
};

/// Text of every sort: any characters, what can be printed, and near misses of what the parsers take.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\PC{0,80}",
        "[a-z.@' +#-]{0,120}",
        "/?(administrativeUnits/)?[0-9a-f-]{0,40}(/[A-Za-z0-9._() -]{0,12}){0,4}",
        "P?([0-9]{0,12}[DHMST]){0,5}",
        "[0-9a-f.:]{0,40}(/[0-9]{0,4})?",
        "c[0-9]{0,3}",
        "[#?*|a-z0-9 -]{0,60}",
    ]
}

/// A text is taken, and then again as it was kept; or refused.
macro_rules! is_kept {
    ($text:expr => $($name:ident),+) => {$(
        if let Ok(read) = $name::parse($text) {
            prop_assert_eq!($name::parse(read.as_str()), Ok(read.clone()));
            prop_assert!(read.as_str().chars().count() <= $name::MOST);
            prop_assert!(!read.as_str().trim().is_empty());
            prop_assert!(!read.as_str().contains('\0'), "Postgres takes none");
            let json = serde_json::to_string(&read).unwrap();
            prop_assert_eq!(serde_json::from_str::<$name>(&json).unwrap(), read);
        }
    )+};
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn words_are_kept_or_refused(text in text()) {
        is_kept!(&text => Justification, TicketNumber, TicketSystem, DisplayName, Description, ShortText, UserName);
        if let Ok(password) = NewPassword::parse(&text) {
            prop_assert_eq!(password.expose(), text.as_str(), "a password is what was typed");
        }
    }

    #[test]
    fn nothing_that_is_kept_turns_what_stands_beside_it(
        text in "[a-z ]{0,20}",
        mark in select(vec!['\u{202a}', '\u{202b}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2028}']),
    ) {
        let turned = format!("a{mark}{text}b");
        prop_assert!(Justification::parse(&turned).is_err());
        prop_assert!(DisplayName::parse(&turned).is_err());
    }

    #[test]
    fn a_scope_is_one_path_or_none(text in text()) {
        if let Ok(scope) = text.parse::<ScopePath>() {
            prop_assert_eq!(scope.as_str().parse::<ScopePath>().unwrap(), scope.clone());
            prop_assert!(scope.covers(&scope) && ScopePath::directory().covers(&scope));
            prop_assert!(!scope.as_str().split('/').any(|part| part == ".." || part == "."));
            let _what_it_points_at = scope.kind();
        }
    }

    #[test]
    fn a_duration_is_read_as_it_is_written(text in text(), seconds in any::<u32>()) {
        if let Ok(length) = text.parse::<Duration>() {
            prop_assert!(length.as_seconds() >= 0);
            prop_assert_eq!(length.to_string().parse::<Duration>(), Ok(length));
            let _words = (length.in_words(), length.to_delta(), length.half_hours());
        }
        let written: Duration = format!("PT{seconds}S").parse().unwrap();
        prop_assert_eq!(written.as_seconds(), i64::from(seconds));
        prop_assert_eq!(written.to_string().parse::<Duration>(), Ok(written));
    }

    #[test]
    fn a_network_is_read_as_it_is_written(text in text(), address in any::<IpAddr>()) {
        if let Ok(network) = text.parse::<Network>() {
            prop_assert_eq!(network.to_string().parse::<Network>().unwrap(), network);
            let _inside = network.contains(address);
        }
        let alone: Network = address.to_string().parse().unwrap();
        prop_assert!(alone.contains(address) || address.to_canonical() != address);
    }

    #[test]
    fn names_of_things_are_read_or_refused(text in text()) {
        if let Ok(id) = text.parse::<PrincipalId>() {
            prop_assert_eq!(id.to_string().parse::<PrincipalId>(), Ok(id));
        }
        if let Ok(context) = text.parse::<ContextId>() {
            prop_assert_eq!(context.to_string(), text);
        }
    }

    #[test]
    fn a_pattern_is_tried_on_anything(pattern in text(), number in text()) {
        let _fits = fits(&pattern, &number);
        prop_assert!(fits("*", &number));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Each part of each rule is nonsense once.
    #[test]
    fn settings_are_read_or_refused(part in text(), number in any::<i64>()) {
        let known = serde_json::to_value(RoleSettings::default_for(Provider::Directory)).unwrap();
        let parts = known.as_object().unwrap().iter().filter_map(|(rule, parts)| Some((rule, parts.as_object()?)));
        for (rule, name) in parts.flat_map(|(rule, parts)| parts.keys().map(move |name| (rule, name))) {
            for wrong in [part.clone().into(), number.into(), Value::Null, json!([part]), json!({ "x": part })] {
                let mut settings = known.clone();
                settings[rule][name] = wrong;
                if let Ok(read) = serde_json::from_value::<RoleSettings>(settings) {
                    let _refusals = read.check(Provider::Directory);
                    let again = serde_json::to_value(&read).unwrap();
                    prop_assert_eq!(serde_json::from_value::<RoleSettings>(again).unwrap(), read);
                }
            }
        }
    }
}
