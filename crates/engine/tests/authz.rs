//! The permission matrix, as a file to read: which role allows which action.
//!
//! `UPDATE_GOLDEN=1 cargo test -p stint-engine --test authz` writes `authz.txt` anew; a difference then shows in the commit.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
use std::{fmt::Write, fs, path::Path, sync::Arc};
use stint_domain::{
    authz::{Action, ActionSet, Actor, Grant, Target, decide},
    id::{AdministrativeUnitId, PrincipalId},
    role::Provider,
    scope::ScopePath,
};
use stint_engine::{Engine, clock::SystemClock, random::Random};
use uuid::Uuid;

const ME: PrincipalId = PrincipalId::new(Uuid::from_u128(1));
const SOMEBODY: Uuid = Uuid::from_u128(2);
const UNIT: AdministrativeUnitId = AdministrativeUnitId::new(Uuid::from_u128(3));

/// Somebody who holds a role with these actions everywhere.
fn actor(actions: ActionSet) -> Actor {
    let grant = Grant { role: Uuid::nil().into(), actions, scope: ScopePath::directory(), until: None };
    Actor { id: ME, enabled: true, grants: vec![grant], eligible: Vec::new() }
}

/// What somebody with a role everywhere may do to anybody, and what only to those who are not guarded.
fn everywhere(actor: &Actor, action: Action) -> char {
    let anybody = Target::object(SOMEBODY);
    let guarded = Target { is_protected: true, ..anybody.clone() };
    match (decide(actor, action, &anybody).is_allowed(), decide(actor, action, &guarded).is_allowed()) {
        (true, true) => '✓',
        (true, false) => 'u',
        (false, false) => '·',
        (false, true) => panic!("{action:?} is allowed for the guarded alone"),
    }
}

fn matrix(engine: &Engine) -> String {
    let nobody = actor(ActionSet::default());
    let owned = Target { is_owned: true, ..Target::object(SOMEBODY) };
    let approved = Target { is_approver: true, ..Target::object(SOMEBODY) };
    let tick =
        |target: &Target, action| if decide(&nobody, action, target).is_allowed() { '✓' } else { '·' };
    let row_of =
        |tick: &dyn Fn(Action) -> char| Action::ALL.iter().map(|&action| tick(action)).collect::<Vec<_>>();
    let mut rows = vec![
        ("(nobody)".to_owned(), row_of(&|action| everywhere(&nobody, action))),
        ("(to oneself)".to_owned(), row_of(&|action| tick(&Target::object(ME), action))),
        ("(owner, to their group)".to_owned(), row_of(&|action| tick(&owned, action))),
        ("(approver, to a request)".to_owned(), row_of(&|action| tick(&approved, action))),
    ];
    for role in engine.catalogue().list(Provider::Directory) {
        let (_, actions) = engine.catalogue().find(role.id).unwrap();
        if actions != ActionSet::default() {
            let holder = actor(actions);
            rows.push((role.name.clone(), row_of(&|action| everywhere(&holder, action))));
        }
    }

    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap();
    let mut text = String::from(
        "Which role allows which action. Made by crates/engine/tests/authz.rs, which says how to make it anew.\n\n\
         ✓ allowed   u allowed unless the target is guarded by a privileged role   · denied\n\n",
    );
    for (index, action) in Action::ALL.iter().enumerate() {
        writeln!(text, "{:02} {:<33}{}", index + 1, format!("{action:?}"), action.permission()).unwrap();
    }
    text.push('\n');
    for digit in [|number: usize| number / 10, |number: usize| number % 10] {
        let digits: Vec<_> = (1..=Action::ALL.len()).map(|number| digit(number).to_string()).collect();
        writeln!(text, "{:width$} {}", "", digits.join(" ")).unwrap();
    }
    for (name, ticks) in rows {
        let ticks: Vec<_> = ticks.into_iter().map(String::from).collect();
        writeln!(text, "{name:width$} {}", ticks.join(" ")).unwrap();
    }
    text
}

#[tokio::test]
async fn the_matrix_is_as_agreed() {
    let database = stint_store::test_support::sqlite().await;
    let engine =
        Engine::start(database, Arc::new(SystemClock), Arc::new(Random::from_seed(1))).await.unwrap();
    let (path, now) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/authz.txt"), matrix(&engine));
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration file")]
    if std::env::var("UPDATE_GOLDEN").is_ok() {
        fs::write(&path, &now).unwrap();
    }
    let agreed = fs::read_to_string(&path).unwrap_or_default();
    let differing =
        now.lines().zip(agreed.lines().chain(std::iter::repeat(""))).find(|(now, agreed)| now != agreed);
    assert!(
        now == agreed,
        "authz.txt differs, first at\n{differing:#?}\nIf that is meant: UPDATE_GOLDEN=1 cargo test -p stint-engine --test authz"
    );
}

/// A role in a unit allows there what it allows everywhere, and nothing anywhere else.
#[tokio::test]
async fn a_role_in_a_unit_is_the_role_within_it() {
    let database = stint_store::test_support::sqlite().await;
    let engine =
        Engine::start(database, Arc::new(SystemClock), Arc::new(Random::from_seed(1))).await.unwrap();
    let inside = Target { units: vec![UNIT], ..Target::object(SOMEBODY) };
    let nobody = actor(ActionSet::default());
    for role in engine.catalogue().list(Provider::Directory) {
        let (_, actions) = engine.catalogue().find(role.id).unwrap();
        let (wide, mut narrow) = (actor(actions), actor(actions));
        narrow.grants[0].scope = ScopePath::administrative_unit(UNIT);
        for &action in Action::ALL {
            let may = |actor: &Actor, target: &Target| decide(actor, action, target).is_allowed();
            assert_eq!(may(&narrow, &inside), may(&wide, &inside), "{} {action:?}", role.name);
            for outside in [Target::directory(), Target::object(SOMEBODY)] {
                assert_eq!(may(&narrow, &outside), may(&nobody, &outside), "{} {action:?}", role.name);
            }
        }
    }
}
