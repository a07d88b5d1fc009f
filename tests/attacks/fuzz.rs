//! Nonsense in every field and every part of an address: refused, or read as nothing, and never an error of ours.
//!
//! The values follow from a fixed seed, so that a run that fails fails again.

use crate::{
    ADMIN, fields, joined, page,
    routes::{Nothing, PAGES, SERVER_FUNCTIONS},
    turn::on_both_databases,
    world::World,
};
use proptest::{prelude::*, sample::select, strategy::ValueTree, test_runner::TestRunner};
use stint::paths::encode;
use stint_engine::store::Database;

on_both_databases!(no_field_breaks_a_function, no_address_breaks_a_page);

/// How often each function and each page is tried on each database.
const CASES: usize = 24;

/// What parsers, calendars, databases and pages have stumbled over.
const STUMBLES: &[&str] = &[
    "",
    " ",
    "\0",
    "a\0b",
    "\u{feff}",
    "\u{202e}txt.exe",
    "\u{2066}\u{2069}",
    "\u{fffd}",
    "\u{10ffff}",
    "👩‍👩‍👧‍👦",
    "ﷺ",
    "İ",
    "%",
    "%00",
    "_",
    "\\",
    "'",
    "' OR 1=1 --",
    "\"; DROP TABLE principal; --",
    "$1",
    "?1",
    ":id",
    "*",
    "NEAR(",
    "-1",
    "0",
    "1e308",
    "NaN",
    "inf",
    "-0.0",
    "0.5",
    "99999999999999999999",
    "9223372036854775807",
    "-9223372036854775808",
    "2147483648",
    "true",
    "null",
    "[]",
    "{}",
    "[null]",
    "[[[[",
    "[\"a\\u0000\",\"00000000-0000-0000-0000-000000000000\"]",
    "[\"+262142-12-31T23:59:59Z\",\"00000000-0000-0000-0000-000000000000\"]",
    "[\"-262143-01-01T00:00:00Z\",\"00000000-0000-0000-0000-000000000000\"]",
    "[\"0000-01-01T00:00:00Z\",\"00000000-0000-0000-0000-000000000000\"]",
    "[\"2026-11-21T10:00:00Z\",\"ffffffff-ffff-ffff-ffff-ffffffffffff\"]",
    "[\"a\",\"00000000-0000-0000-0000-000000000000\"]",
    "[9223372036854775807]",
    "[-1]",
    "9999-12-31T23:59",
    "+262142-12-31T23:59",
    "-262143-01-01T00:00",
    "-9999-01-01T00:00",
    "0000-01-01T00:00",
    "1582-10-10T00:00",
    "2026-02-30T10:00",
    "2026-11-21T10:00",
    "9999-12-31",
    "+262142-12-31",
    "-262143-01-01",
    "0000-00-00",
    "00000000-0000-0000-0000-000000000000",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
    "{00000000-0000-0000-0000-000000000000}",
    "/administrativeUnits/00000000-0000-0000-0000-000000000000",
    "/../../etc/passwd",
    "//",
    "10.0.0.0/8, ::/0, 0.0.0.0/33",
    "https://127.0.0.1:9/",
    "(((((((((((((((((((((((((((((",
    "(a+)+$",
    "[z-a]",
    "\\p{",
    "a{99999}{99999}",
    "[[roles]]\nname = \"\\u0000\"",
    "{\"roles\":[{\"name\":1}]}",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(STUMBLES).prop_map(ToOwned::to_owned),
        2 => any::<String>(),
        1 => "\\PC{0,40}",
        1 => (1..2000_usize).prop_map(|count| "x".repeat(count)),
        1 => (select(STUMBLES), select(STUMBLES)).prop_map(|(one, other)| format!("{one}{other}")),
    ]
}

fn next<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> S::Value {
    strategy.new_tree(runner).unwrap().current()
}

async fn no_field_breaks_a_function(database: Database) {
    let world = World::with_apps(database).await;
    let cookie = world.cookie(ADMIN).await;
    let (mut runner, value, keeps) = (TestRunner::deterministic(), value(), prop::bool::weighted(0.4));
    for (function, line, needs) in SERVER_FUNCTIONS {
        // Whoever signs in or out does so without a session, so that this one goes on.
        let cookie = (*needs != Nothing).then_some(cookie.as_str());
        for _ in 0..CASES {
            let sent = if line.starts_with('{') {
                draft(line, || serde_json::Value::from(next(&mut runner, &value)).to_string())
            } else {
                let typed = fields(line).into_iter().map(|(name, known)| {
                    let kept = next(&mut runner, &keeps);
                    (name, if kept { known.to_owned() } else { encode(&next(&mut runner, &value)) })
                });
                let typed: Vec<_> = typed.collect();
                joined(&typed.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
            };
            let (status, said) = world.call(function, &sent, cookie).await;
            assert!(!status.is_server_error(), "{function} {sent}: {status} {said}");
        }
        assert!(
            cookie.is_none() || world.open("/", cookie).await.0.is_success(),
            "{function} ended the session"
        );
    }
}

/// The line with another text in the place of each that is empty.
fn draft(line: &str, mut text: impl FnMut() -> String) -> String {
    line.split("\"\"").map(|part| part.to_owned() + &text()).collect::<Vec<_>>().concat()
}

/// What pages read from their address.
const ADDRESS: &[&str] = &[
    "q",
    "after",
    "tab",
    "kind",
    "sort",
    "status",
    "role",
    "scope",
    "scope_type",
    "scope_find",
    "members",
    "find",
    "assignment_type",
    "permanent",
    "starts",
    "ends",
    "from",
    "to",
    "actor",
    "target",
    "category",
    "person",
    "result",
    "left",
    "right",
    "version",
    "return_to",
    "token",
    "sent",
    "again",
    "assignable",
    "privileged",
    "by_role",
    "format",
    "which",
];

async fn no_address_breaks_a_page(database: Database) {
    let world = World::with_apps(database).await;
    let cookie = world.cookie(ADMIN).await;
    let (mut runner, value, keeps) = (TestRunner::deterministic(), value(), prop::bool::weighted(0.5));
    let files = ["/sign-in-logs/export", "/role-settings/export"];
    for path in PAGES.iter().map(|(_, path, _)| *path).chain(files) {
        let path = path.split('?').next().unwrap();
        for _ in 0..CASES / 2 {
            // The part of the path that is an id is nonsense every other time.
            let kept = next(&mut runner, &keeps);
            let filled = if kept || !path.contains('{') {
                world.fill(path)
            } else {
                let (before, rest) = path.split_once('{').unwrap();
                format!("{before}{}{}", encode(&next(&mut runner, &value)), rest.split_once('}').unwrap().1)
            };
            let mut query = Vec::new();
            for field in ADDRESS {
                if next(&mut runner, &keeps) {
                    query.push(format!("{field}={}", encode(&next(&mut runner, &value))));
                }
            }
            let address = format!("{filled}?{}", query.join("&"));
            let answer = world.ask(page(&address, &[("cookie", &cookie)])).await;
            assert!(!answer.status.is_server_error(), "{address}: {}", answer.status);
        }
    }
}
