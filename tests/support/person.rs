//! Somebody who signs in with a password.

use stint_domain::{
    id::PrincipalId,
    text::{NewPassword, UserName},
};
use stint_engine::{Caller, Engine, passwords, sign_in, users};

/// Creates a user of the demo, called Mira, with a password that has to be changed first.
pub async fn with_password(engine: &Engine, user_name: &str, password: &str) -> PrincipalId {
    let caller = Caller::default();
    let session = sign_in::as_demo_person(engine, &caller, "admin@stint.example").await.unwrap();
    let admin = Caller { token: Some(session.token), ..caller };
    let password = passwords::chosen(engine, &NewPassword::parse(password).unwrap(), &[]).await.unwrap();
    let properties = users::Properties {
        user_name: UserName::parse(user_name).unwrap(),
        display_name: "Mira Own".to_owned().try_into().unwrap(),
        job_title: None,
        department: None,
    };
    let mut op = engine.write(&admin).await.unwrap();
    let id = users::create(&mut op, properties, password).await.unwrap();
    op.commit().await.unwrap();
    id
}
