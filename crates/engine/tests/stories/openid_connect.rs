//! Signing in at identity providers.

mod accounts;
mod answers;
mod confirming;
mod private_authority;
mod provider;

use provider::Provider;
use serde_json::{Value, json};
use stint_domain::sign_in::{Method, Outcome, ProviderProblem};
use stint_engine::{
    Caller, Engine, Operation, Result,
    openid_connect::{self, Answer, Begun, Finished, Settings},
    sign_in::SignedIn,
    test_support::{User, World},
};
use stint_store::{Database, PageRequest, sign_in::Filter};

/// Who a world is told in, and the provider beside it.
struct Stage {
    world: World,
    contoso: Provider,
}

fn settings(provider: &Provider, id: &str) -> Settings {
    Settings {
        id: id.to_owned(),
        name: "Contoso".to_owned(),
        issuer: provider.issuer.clone(),
        client_id: "stint".to_owned(),
        client_secret: Some("a secret of the client".to_owned()),
        second_factor_acr: vec!["phr".to_owned()],
        acr_values: vec!["phr".to_owned()],
        ..Settings::default()
    }
}

impl Stage {
    async fn new(database: Database) -> Self {
        Self::with(database, |_| ()).await
    }

    async fn with(database: Database, change: impl FnOnce(&mut Settings)) -> Self {
        let (world, contoso) = (World::new(database).await, Provider::start().await);
        let mut stage = Self { world, contoso };
        stage.configure(change);
        stage
    }

    fn configure(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut settings = settings(&self.contoso, "contoso");
        change(&mut settings);
        self.set(vec![settings]);
    }

    fn set(&mut self, settings: Vec<Settings>) {
        let engine = self.world.engine.clone();
        self.world.engine = engine.with_identity_providers("http://localhost:3000", settings).unwrap();
    }

    fn engine(&self) -> &Engine {
        &self.world.engine
    }

    /// What an ID token says of somebody who signs in now.
    fn claims(&self, subject: &str, more: Value) -> Value {
        let now = self.world.now().timestamp();
        let mut claims = json!({ "sub": subject, "iat": now, "exp": now + 300, "auth_time": now });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    async fn begin(&self) -> Begun {
        let caller = Caller::default();
        openid_connect::begin_sign_in(self.engine(), &caller, "contoso", "/my-roles").await.unwrap()
    }

    async fn signs_in_there(&self, begun: &Begun, claims: Value) -> Answer {
        let onward = openid_connect::onward(self.engine(), &begun.provider, &begun.token).await.unwrap();
        self.contoso.signs_in(&onward.unwrap(), claims)
    }

    async fn finish(&self, caller: &Caller, begun: &Begun, answer: &Answer) -> Result<Finished> {
        let token = Some(begun.token.as_slice());
        openid_connect::finish(self.engine(), caller, &begun.provider, token, answer).await
    }

    /// Signs in at the provider with these claims, and comes back.
    async fn sign_in_with(&self, claims: Value) -> Result<SignedIn, ProviderProblem> {
        let begun = self.begin().await;
        let answer = self.signs_in_there(&begun, claims).await;
        signed_in(self.finish(&Caller::default(), &begun, &answer).await.unwrap())
    }

    async fn sign_in(&self, subject: &str, more: Value) -> Result<SignedIn, ProviderProblem> {
        self.sign_in_with(self.claims(subject, more)).await
    }

    /// Links an account to a person, as they do it themselves.
    async fn link(&self, user: &User, subject: &str) {
        let linked = self.try_to_link(user, subject).await;
        assert!(matches!(linked, Finished::Linked(_)), "{linked:?}");
    }

    async fn try_to_link(&self, user: &User, subject: &str) -> Finished {
        let caller = self.world.caller(user).await;
        let begun =
            openid_connect::begin_link(self.engine(), &caller, "contoso", "/security-info").await.unwrap();
        let answer = self.signs_in_there(&begun, self.claims(subject, json!({}))).await;
        self.finish(&caller, &begun, &answer).await.unwrap()
    }

    /// The operation of somebody who has signed in.
    async fn op(&self, signed_in: &SignedIn) -> Operation {
        self.engine().read(&of(signed_in)).await.unwrap()
    }

    /// What the sign-in log says of tries at providers, the latest first.
    async fn log(&self) -> Vec<(Outcome, Option<String>)> {
        let mut tx = self.engine().database().read().await.unwrap();
        let page =
            stint_store::sign_in::list(&mut tx, &Filter::default(), &PageRequest::first()).await.unwrap();
        let rows = page.items.into_iter().filter(|row| row.method == Method::OpenIdConnect);
        rows.map(|row| (row.result, row.user_name)).collect()
    }
}

/// The session of somebody who has signed in.
fn of(signed_in: &SignedIn) -> Caller {
    Caller { token: Some(signed_in.token.clone()), ..Caller::default() }
}

fn signed_in(finished: Finished) -> Result<SignedIn, ProviderProblem> {
    match finished {
        Finished::SignedIn(session, return_to) => {
            assert_eq!(return_to, "/my-roles");
            Ok(session)
        }
        Finished::Failed { problem, .. } => Err(problem),
        other => panic!("a sign-in was expected, not {other:?}"),
    }
}
