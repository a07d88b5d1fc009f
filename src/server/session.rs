//! The session's cookie.

use super::{agent, client, config::Config, cookie};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap, HeaderValue,
        header::{SET_COOKIE, USER_AGENT},
    },
    middleware::Next,
    response::Response,
};
use leptos::prelude::*;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use stint_engine::{
    Caller,
    openid_connect::{Begun, LASTS},
    sign_in::SignedIn,
};

/// What the cookie is called. Under https the browser itself makes sure that no other host set it.
const fn name(is_https: bool) -> &'static str {
    if is_https { "__Host-stint_session" } else { "stint_session" }
}

/// What the cookie is called by which a browser is known again. It opens nothing.
const fn device_name(is_https: bool) -> &'static str {
    if is_https { "__Host-stint_device" } else { "stint_device" }
}

/// What the cookie is called that a browser has while its person is at an identity provider.
const fn attempt_name(is_https: bool) -> &'static str {
    if is_https { "__Host-stint_openid" } else { "stint_openid" }
}

/// How long a browser is known again: as long as a browser keeps a cookie.
const DEVICE_SECONDS: i64 = 400 * 24 * 60 * 60;

/// Gives whoever is answered their session.
pub fn give_cookie(session: &SignedIn) {
    for cookie in headers(&expect_context::<Arc<Config>>(), session) {
        cookie::set(&cookie);
    }
}

/// Lets the browser of whoever is answered be known again.
pub fn give_device(device: &[u8]) {
    cookie::set(&device_cookie(&expect_context::<Arc<Config>>(), device));
}

/// Takes the session from whoever is answered.
pub fn give_no_cookie() {
    cookie::set(&no_cookie(&expect_context::<Arc<Config>>()));
}

/// Gives whoever is answered the cookie of an attempt at an identity provider, and sends them onward.
pub fn go_onward(begun: &Begun) {
    cookie::set(&attempt(&expect_context::<Arc<Config>>(), begun));
    super::redirect::to(&crate::paths::sign_in_with(&begun.provider));
}

/// The cookie of an attempt at an identity provider.
pub fn attempt(config: &Config, begun: &Begun) -> String {
    write(config, attempt_name(config.is_https()), &to_hex(&begun.token), LASTS.num_seconds())
}

/// Takes that cookie away.
pub fn no_attempt(config: &Config) -> String {
    write(config, attempt_name(config.is_https()), "", 0)
}

/// What that cookie says.
pub fn attempt_token(config: &Config, headers: &HeaderMap) -> Option<Vec<u8>> {
    cookie::find(headers, attempt_name(config.is_https())).and_then(from_hex)
}

/// All cookies of somebody who has signed in, for an answer that is not a server function's.
pub fn headers(config: &Config, session: &SignedIn) -> Vec<String> {
    let device = session.device.as_ref().map(|device| device_cookie(config, device));
    std::iter::once(cookie(config, session)).chain(device).collect()
}

/// The same as a header, for an answer that is not a server function's.
pub fn header(config: &Config, session: &SignedIn) -> Option<HeaderValue> {
    HeaderValue::from_str(&cookie(config, session)).ok()
}

fn cookie(config: &Config, session: &SignedIn) -> String {
    write(config, name(config.is_https()), &to_hex(&session.token), session.lasts.num_seconds())
}

fn device_cookie(config: &Config, device: &[u8]) -> String {
    write(config, device_name(config.is_https()), &to_hex(device), DEVICE_SECONDS)
}

fn no_cookie(config: &Config) -> String {
    write(config, name(config.is_https()), "", 0)
}

fn write(config: &Config, name: &str, value: &str, seconds: i64) -> String {
    let secure = if config.is_https() { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// Bytes as they stand in cookies and links.
pub fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// The 32 bytes that a cookie or a link says.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// The token that a request carries.
pub(super) fn token(headers: &HeaderMap, is_https: bool) -> Option<Vec<u8>> {
    cookie::find(headers, name(is_https)).and_then(from_hex)
}

/// The other end of the connection.
pub(super) fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

/// Whether an answer gives a session, or takes it.
pub(super) fn is_given(headers: &HeaderMap, config: &Config) -> bool {
    let name = name(config.is_https());
    let cookies = headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    cookies.filter_map(|cookie| cookie.split_once('=')).any(|(found, _)| found == name)
}

/// Notes on every request who seems to be calling. Whether that is true is asked of the database, in the operation.
pub async fn note_caller(State(config): State<Arc<Config>>, mut request: Request, next: Next) -> Response {
    let peer = peer(&request);
    let headers = request.headers();
    let source = peer.map(|peer| client::address(peer, headers, &config.trusted_proxies).to_string());
    let token = token(headers, config.is_https());
    let device = cookie::find(headers, device_name(config.is_https())).and_then(from_hex);
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).map(agent::in_words);
    request.extensions_mut().insert(Caller { token, source, agent, device, ..Caller::default() });
    request.extensions_mut().insert(config);
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    #[test]
    fn a_token_comes_back_as_it_was_given() {
        let session = SignedIn {
            token: (0..32).collect(),
            lasts: chrono::TimeDelta::hours(12),
            device: None,
            must_change_password: false,
        };
        let cookie = cookie(&Config::default(), &session);
        assert!(
            cookie.contains("HttpOnly")
                && cookie.contains("SameSite=Lax")
                && cookie.contains("Max-Age=43200")
        );
        let mut headers = HeaderMap::new();
        let sent = format!("theme=dark; {}", cookie.split(';').next().unwrap());
        headers.insert(header::COOKIE, HeaderValue::from_str(&sent).unwrap());
        assert_eq!(token(&headers, false), Some(session.token));
        assert_eq!(
            token(&headers, true),
            None,
            "under https only the cookie that is bound to the host counts"
        );
    }

    #[test]
    fn nonsense_is_nobody() {
        for value in ["", "stint_session=", "stint_session=zz", "stint_session", "=", "stint_session=é"] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            assert_eq!(token(&headers, false), None, "{value}");
        }
    }

    mod outside {
        use super::*;
        use proptest::prelude::*;

        proptest! {
            #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

            #[test]
            fn a_token_is_what_it_is_written_as(text in prop_oneof![any::<String>(), "[0-9a-fA-F+ -]{60,66}", "[0-9a-f]{64}"]) {
                if let Some(token) = from_hex(&text) {
                    prop_assert_eq!(token.len(), 32);
                    prop_assert_eq!(to_hex(&token), text.to_ascii_lowercase());
                }
            }

            #[test]
            fn any_cookie_is_somebody_or_nobody(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
                let mut headers = HeaderMap::new();
                let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
                headers.append(header::COOKIE, value);
                let _nobody = (token(&headers, false), token(&headers, true));
                // What stands beside it takes nothing away.
                let own = format!("stint_session={}", "5a".repeat(32));
                headers.insert(header::COOKIE, HeaderValue::from_str(&own).unwrap());
                prop_assert_eq!(token(&headers, false), Some(vec![0x5a; 32]));
            }
        }
    }
}
