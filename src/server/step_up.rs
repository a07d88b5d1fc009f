//! The second factor that comes with a form, or is to be given elsewhere before it.
//!
//! Whatever a form is for, it may carry a code beside its own fields. The code is taken before the form is read, so that the
//! act finds it in the session; every function can ask for one, and none has to know of it. A code that is refused answers the
//! form, with everything that was typed still in it. A form can also ask to be kept while its person confirms at an identity
//! provider that it is them.

use super::{
    App, forms,
    openid_connect::{self, KeptForm},
    operation::told,
    session,
};
use crate::{error::AppError, server::config::Config};
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, header, request::Parts},
    response::{IntoResponse, Response},
};
use stint_engine::{
    Caller,
    openid_connect::begin_confirmation,
    sign_in::SignedIn,
    step_up::{Confirmed, with_code},
};

pub use crate::pages::step_up::{FIELD, PROVIDER_FIELD};

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

/// Takes the code that a form carries. The request goes on as one of the session with its new token. A form that is to be kept
/// instead is answered at once.
pub async fn take(app: &App, request: Request) -> Result<(Request, Taken), Box<Response>> {
    if !is_form(&request) {
        return Ok((request, Taken::Nothing));
    }
    let (mut parts, body) = request.into_parts();
    let body = forms::read(body).await.map_err(|status| Box::new(status.into_response()))?;
    let engine = &app.engine;
    let taken = match (asked_in(&body), parts.extensions.get::<Caller>().cloned()) {
        (Some(Asked::Code(code)), Some(caller)) => match with_code(engine, &caller, &code).await {
            Ok(Confirmed::Now(session)) => {
                parts.extensions.insert(Caller { token: Some(session.token.clone()), ..caller });
                Taken::Raised(session)
            }
            Ok(Confirmed::Before) => Taken::Nothing,
            Err(error) => Taken::Refused(told(error, engine)),
        },
        (Some(Asked::Provider(provider)), Some(caller)) => {
            match confirm_elsewhere(app, &parts, &body, &caller, &provider).await {
                Ok(onward) => return Err(Box::new(onward)),
                Err(error) => Taken::Refused(told(error, engine)),
            }
        }
        _ => Taken::Nothing,
    };
    Ok((Request::from_parts(parts, Body::from(body)), taken))
}

/// Keeps the form, and sends its person to the provider: `contoso`, or `contoso phr` where a class of sign-in is asked for.
async fn confirm_elsewhere(
    app: &App,
    parts: &Parts,
    body: &[u8],
    caller: &Caller,
    provider: &str,
) -> stint_engine::Result<Response> {
    let (id, acr) = provider.split_once(' ').map_or((provider, None), |(id, acr)| (id, Some(acr)));
    let kept = KeptForm {
        path: parts.uri.path().to_owned(),
        fields: forms::fields(body),
        is_still: forms::is_of_still_page(parts),
    };
    let kept = serde_json::to_string(&kept).map_err(stint_engine::store::Error::from)?;
    let from = forms::came_from(parts);
    let begun = begin_confirmation(&app.engine, caller, id, acr, &from, Some(kept)).await?;
    Ok(openid_connect::begun(app, &begun, &from))
}

/// What a form asks for beside its own fields.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Code(String),
    Provider(String),
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    request.method() == Method::POST
        && kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

fn asked_in(body: &[u8]) -> Option<Asked> {
    let has = |field: &str| body.windows(field.len()).any(|part| part == field.as_bytes());
    if !has(FIELD) && !has(PROVIDER_FIELD) {
        return None;
    }
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(body).ok()?;
    let find = |field: &str| {
        fields
            .iter()
            .find(|(name, value)| name == field && !value.trim().is_empty())
            .map(|(_, value)| value.clone())
    };
    find(PROVIDER_FIELD).map(Asked::Provider).or_else(|| find(FIELD).map(Asked::Code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_beside_other_fields() {
        let code = Some(Asked::Code("123 456".to_owned()));
        assert_eq!(asked_in(b"id=1&confirmation_code=123+456&hours=2"), code);
        let elsewhere = Some(Asked::Provider("contoso phr".to_owned()));
        assert_eq!(asked_in(b"confirmation_code=&confirm_with=contoso+phr"), elsewhere);
        for none in ["", "id=1", "confirmation_code=", "confirmation_code=+", "note=confirmation_code"] {
            assert_eq!(asked_in(none.as_bytes()), None, "{none:?}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_body_has_a_code_or_none(body in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _none = asked_in(&body);
            let with = [body.as_slice(), b"&confirmation_code=123456"].concat();
            if let Some(Asked::Code(code)) = asked_in(&with) {
                proptest::prop_assert!(!code.trim().is_empty());
            }
        }
    }
}
