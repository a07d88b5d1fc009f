//! An identity provider, as small as can be: it says what it is, has keys, and exchanges codes for ID tokens.

use crate::heard::request;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use openidconnect::url::{Url, form_urlencoded};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use stint_engine::openid_connect::{Answer, Onward};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};

/// What it will say next, and what it was asked.
#[derive(Default)]
pub(crate) struct State {
    issuer: String,
    /// Its keys are made of these numbers; the last signs.
    pub(crate) keys: Vec<u8>,
    /// The number of the key that signs, where that is none of those it shows.
    pub(crate) signs_with: Option<u8>,
    /// What it knows beside the ID token; nothing more than who it is where that is nothing.
    pub(crate) person: Value,
    /// Who signed in last.
    subject: Value,
    /// Codes: what was asked with them, and the claims that they are good for.
    codes: HashMap<String, (String, Value)>,
    /// The paths that were asked for.
    asked: Vec<String>,
    /// Whether it answers nothing but errors.
    pub(crate) is_down: bool,
    /// Whether nobody can be sent to it to sign out.
    pub(crate) has_no_sign_out: bool,
    /// Whether it sends whoever asks for its keys elsewhere.
    pub(crate) redirects: bool,
}

/// A provider on a port of this machine.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) state: Arc<Mutex<State>>,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self::at(format!("http://{}", listener.local_addr().unwrap()));
        let state = provider.state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, state.clone()));
            }
        });
        provider
    }

    /// One that goes by this address, and is not there yet.
    pub(crate) fn at(issuer: String) -> Self {
        let state = State { issuer: issuer.clone(), keys: vec![1], ..State::default() };
        Self { issuer, state: Arc::new(Mutex::new(state)) }
    }

    /// What the browser comes back with after somebody has signed in here with these claims.
    pub(crate) fn signs_in(&self, onward: &Onward, claims: Value) -> Answer {
        let query: HashMap<String, String> =
            Url::parse(&onward.url).unwrap().query_pairs().into_owned().collect();
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["code_challenge_method"], "S256");
        let mut all = json!({ "iss": self.issuer, "aud": query["client_id"], "nonce": query["nonce"] });
        let Value::Object(claims) = claims else { panic!("claims have names") };
        for (name, value) in claims {
            all[name] = value;
        }
        let mut state = self.state.lock().unwrap();
        state.subject = all["sub"].clone();
        let code = format!("code-{}", state.codes.len());
        state.codes.insert(code.clone(), (query["code_challenge"].clone(), all));
        Answer { code: Some(code), state: Some(query["state"].clone()), issuer: None, error: None }
    }

    /// How often it was asked for this path.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.state.lock().unwrap().asked.iter().filter(|asked| *asked == path).count()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).unwrap()
}

fn public(number: u8) -> Value {
    let point = key(number).verifying_key().to_sec1_point(false);
    let (x, y) = (&point.as_bytes()[1..33], &point.as_bytes()[33..65]);
    json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": format!("key-{number}"),
        "x": BASE64.encode(x), "y": BASE64.encode(y),
    })
}

/// A signed token.
fn token(number: u8, claims: &Value) -> String {
    let head = json!({ "alg": "ES256", "typ": "JWT", "kid": format!("key-{number}") });
    let text = format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()));
    let signature: Signature = key(number).sign(text.as_bytes());
    format!("{text}.{}", BASE64.encode(signature.to_bytes()))
}

impl State {
    fn answer(&mut self, path: &str, body: &str) -> (u16, Value) {
        self.asked.push(path.to_owned());
        let issuer = &self.issuer;
        match path {
            _ if self.is_down => (500, json!({})),
            "/jwks" if self.redirects => (302, json!({})),
            "/.well-known/openid-configuration" => (
                200,
                json!({
                    "issuer": issuer,
                    "authorization_endpoint": format!("{issuer}/authorize"),
                    "token_endpoint": format!("{issuer}/token"),
                    "userinfo_endpoint": format!("{issuer}/userinfo"),
                    "end_session_endpoint": (!self.has_no_sign_out).then(|| format!("{issuer}/sign-out")),
                    "jwks_uri": format!("{issuer}/jwks"),
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["ES256"],
                }),
            ),
            "/jwks" => (200, json!({ "keys": self.keys.iter().map(|&one| public(one)).collect::<Vec<_>>() })),
            "/userinfo" if self.person.is_null() => (200, json!({ "sub": self.subject })),
            "/userinfo" => (200, self.person.clone()),
            "/token" => {
                let form: HashMap<String, String> =
                    form_urlencoded::parse(body.as_bytes()).into_owned().collect();
                let Some((challenge, claims)) = self.codes.remove(&form["code"]) else {
                    return (400, json!({ "error": "invalid_grant" }));
                };
                // RFC 7636: only whoever began it can finish it.
                if BASE64.encode(Sha256::digest(&form["code_verifier"])) != challenge {
                    return (400, json!({ "error": "invalid_grant" }));
                }
                let number = self.signs_with.or(self.keys.last().copied()).unwrap();
                let answer = json!({
                    "access_token": "opens the answer about the person", "token_type": "Bearer",
                    "id_token": token(number, &claims),
                });
                (200, answer)
            }
            _ => (404, json!({})),
        }
    }
}

/// Answers the one request of a connection.
pub(crate) async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<Mutex<State>>) {
    let (head, body) = request(&mut stream).await;
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, body) = state.lock().unwrap().answer(path, &body);
    let body = body.to_string();
    let text = format!(
        "HTTP/1.1 {status} so\r\nlocation: http://127.0.0.1:1/\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}
