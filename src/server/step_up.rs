//! The second factor that comes with a form.
//!
//! Whatever a form is for, it may carry a code beside its own fields. The code is taken before the form is read, so that the
//! act finds it in the session; every function can ask for one, and none has to know of it. A code that is refused answers the
//! form, with everything that was typed still in it.

use super::{forms, operation::told, session};
use crate::{error::AppError, server::config::Config};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
};
use stint_engine::{
    Caller, Engine,
    sign_in::SignedIn,
    step_up::{Confirmed, with_code},
};

pub use crate::pages::step_up::FIELD;

/// What came of a code.
#[derive(Debug)]
pub enum Taken {
    /// There was none, or it was taken before.
    Nothing,
    /// It was right: the session goes on with another token.
    Raised(SignedIn),
    /// It was not right.
    Refused(AppError),
}

impl Taken {
    /// The cookie with the new token.
    pub fn cookie(&self, config: &Config) -> Option<HeaderValue> {
        let Self::Raised(session) = self else { return None };
        session::header(config, session)
    }
}

/// Takes the code that a form carries. The request goes on as one of the session with its new token.
pub async fn take(engine: &Engine, request: Request) -> Result<(Request, Taken), StatusCode> {
    if !is_form(&request) {
        return Ok((request, Taken::Nothing));
    }
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, forms::MOST).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let taken = match (code_in(&body), parts.extensions.get::<Caller>().cloned()) {
        (Some(code), Some(caller)) => match with_code(engine, &caller, &code).await {
            Ok(Confirmed::Now(session)) => {
                parts.extensions.insert(Caller { token: Some(session.token.clone()), ..caller });
                Taken::Raised(session)
            }
            Ok(Confirmed::Before) => Taken::Nothing,
            Err(error) => Taken::Refused(told(error, engine)),
        },
        _ => Taken::Nothing,
    };
    Ok((Request::from_parts(parts, Body::from(body)), taken))
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    request.method() == Method::POST
        && kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

fn code_in(body: &[u8]) -> Option<String> {
    let is_there = body.windows(FIELD.len()).any(|part| part == FIELD.as_bytes());
    let fields: Vec<(String, String)> = is_there.then(|| serde_urlencoded::from_bytes(body).ok())??;
    let (_, code) = fields.into_iter().find(|(name, code)| name == FIELD && !code.trim().is_empty())?;
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_beside_other_fields() {
        assert_eq!(code_in(b"id=1&confirmation_code=123+456&hours=2").as_deref(), Some("123 456"));
        for none in ["", "id=1", "confirmation_code=", "confirmation_code=+", "note=confirmation_code"] {
            assert_eq!(code_in(none.as_bytes()), None, "{none:?}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_body_has_a_code_or_none(body in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _none = code_in(&body);
            let with = [body.as_slice(), b"&confirmation_code=123456"].concat();
            if let Some(code) = code_in(&with) {
                proptest::prop_assert!(!code.trim().is_empty());
            }
        }
    }
}
