//! Answers of browsers that were changed on the way: cut, filled with something else, with a bit turned over.

use super::{authenticator::Device, passkeys::register, still};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::Value;
use stint_engine::{Caller, second_factor::passkey};
use stint_store::Database;

stint_store::on_both_databases!(no_answer_that_was_changed_is_taken, nonsense_is_no_answer);

/// How many changed answers are tried.
const CASES: usize = 150;

fn next<T>(runner: &mut TestRunner, strategy: &impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

async fn no_answer_that_was_changed_is_taken(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let mut phone = Device::new(1);
    register(&world, &mira, &mut phone).await.unwrap();
    let mut runner = TestRunner::deterministic();
    let places =
        (prop::sample::select(vec!["clientDataJSON", "authenticatorData", "signature"]), any::<usize>());
    for _ in 0..CASES {
        let asked = passkey::begin_sign_in(&world.engine, &Caller::default()).await.unwrap();
        let mut answer: Value = serde_json::from_str(&phone.get(&asked.options)).unwrap();
        let (part, at) = next(&mut runner, &places);
        let signed = answer["response"][part].as_str().unwrap();
        // The last letter holds bits that stand for nothing.
        let at = at % (signed.len() - 1);
        let other = if signed.as_bytes()[at] == b'A' { "B" } else { "A" };
        answer["response"][part] = format!("{}{other}{}", &signed[..at], &signed[at + 1..]).into();
        let done =
            passkey::sign_in(&world.engine, &Caller::default(), &asked.challenge, &answer.to_string()).await;
        assert!(done.is_err(), "{part} {at}: {answer}");
    }
}

async fn nonsense_is_no_answer(database: Database) {
    let world = still(database).await;
    let mira = world.user("Mira").await;
    let mut phone = Device::new(1);
    let mut runner = TestRunner::deterministic();
    let nonsense = prop_oneof![
        any::<String>().prop_map(Value::from),
        "[A-Za-z0-9_-]{0,200}".prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(Value::Null),
        prop::collection::vec("[a-z]{0,4}", 0..4).prop_map(Value::from),
    ];
    let session = world.caller(&mira).await;
    for _ in 0..CASES {
        let asked =
            world.write(&mira, async |op| passkey::begin_registration(op, &session).await).await.unwrap();
        let whole = phone.create(&asked.options);
        let mut answer: Value = serde_json::from_str(&whole).unwrap();
        let (wrong, at) = next(&mut runner, &(nonsense.clone(), any::<usize>()));
        let sent = match at % 4 {
            0 => whole[..at % whole.len()].to_owned(),
            1 => wrong.to_string(),
            2 => {
                answer["response"][["clientDataJSON", "attestationObject"][at / 4 % 2]] = wrong;
                answer.to_string()
            }
            _ => {
                answer["response"] = wrong;
                answer.to_string()
            }
        };
        let name = "Phone".to_owned().try_into().unwrap();
        let made = passkey::register(&world.engine, &session, &asked.challenge, &name, &sent).await;
        assert!(made.is_err(), "{sent}");
    }
}
