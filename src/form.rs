//! Forms that keep what was typed, with WASM and without.
//!
//! With WASM a form's action holds the answer, and the fields keep their text by themselves. Without, the server answers a
//! form that failed with the page it came from: the [`Flash`] carries the answer and what was typed into that page.

use crate::error::{AppError, FieldError};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use stint_domain::{refusal::Field, text::TextError};

/// The answer to a form that was sent without WASM, for the page that is rendered in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The path of the server function.
    pub path: String,
    /// What was typed. Never a password.
    pub fields: Vec<(String, String)>,
    /// The answer, as JSON where it is a good one.
    pub outcome: Result<String, AppError>,
}

/// Makes the request's flash known to the page. Called once, by the app.
pub fn provide_flash() {
    let flash: Option<Flash> = SharedValue::new(of_request).into_inner();
    provide_context(flash);
}

#[cfg(feature = "ssr")]
fn of_request() -> Option<Flash> {
    use_context::<axum::http::request::Parts>().and_then(|parts| parts.extensions.get::<Flash>().cloned())
}

#[cfg(not(feature = "ssr"))]
fn of_request() -> Option<Flash> {
    None
}

/// A form of a still page: the browser sends it by itself.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug)]
pub struct Posted {
    flash: StoredValue<Option<Flash>>,
}

#[cfg(feature = "ssr")]
impl Posted {
    /// The form that is sent to this server function.
    pub fn to(path: &str) -> Self {
        let flash = use_context::<Option<Flash>>().flatten().filter(|flash| flash.path == path);
        Self { flash: StoredValue::new(flash) }
    }

    /// The address to send it to: the page's own, with the function's name.
    pub fn address(path: &str) -> String {
        let function = path.rsplit('/').next().unwrap_or_default();
        let parts = use_context::<axum::http::request::Parts>();
        let here = parts.as_ref().and_then(|parts| parts.uri.query()).unwrap_or_default();
        // A page that was rendered in answer to a form has that form's name in its address.
        let here: Vec<_> =
            here.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("post=")).collect();
        if here.is_empty() {
            format!("?post={function}")
        } else {
            format!("?post={function}&{}", here.join("&"))
        }
    }

    /// The address to send it to where nothing of the page's query is to stand in it: not a link's token.
    pub fn alone(path: &str) -> String {
        format!("?post={}", path.rsplit('/').next().unwrap_or_default())
    }

    fn error(self) -> Option<AppError> {
        self.flash.with_value(|flash| flash.as_ref().and_then(|flash| flash.outcome.clone().err()))
    }

    /// What came of it, where it worked and had something to say: JSON.
    pub fn outcome(self) -> Option<String> {
        self.flash.with_value(|flash| flash.as_ref().and_then(|flash| flash.outcome.clone().ok()))
    }

    /// What is wrong with a field.
    pub fn error_at(self, field: Field) -> Option<String> {
        self.error().and_then(|error| error.at(field))
    }

    /// What is wrong besides these fields.
    pub fn error_besides(self, shown: &[Field]) -> Option<String> {
        self.error().and_then(|error| error.besides(shown))
    }

    /// What a field begins with: what was typed before, or else `default`.
    pub fn value(self, name: &str, default: &str) -> String {
        let typed = self.flash.with_value(|flash| {
            let fields = &flash.as_ref()?.fields;
            fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
        });
        // A box that is not ticked is not sent: where something was sent, what is missing was empty.
        typed.unwrap_or_else(|| {
            if self.flash.with_value(Option::is_some) { String::new() } else { default.to_owned() }
        })
    }
}

/// A form's action, and the answer to it.
pub struct Form<S: ServerFn + 'static>
where
    S::Output: Send + Sync + 'static,
{
    /// What the form does.
    pub action: ServerAction<S>,
    flash: StoredValue<Option<Flash>>,
}

#[expect(clippy::expl_impl_clone_on_copy, reason = "a derive would ask it of the server function too")]
impl<S: ServerFn<Error = AppError> + Send + Sync + Clone + 'static> Clone for Form<S>
where
    S::Output: Send + Sync + 'static,
{
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: ServerFn<Error = AppError> + Send + Sync + Clone + 'static> Copy for Form<S> where
    S::Output: Send + Sync + 'static
{
}

/// The form that calls this server function.
pub fn use_form<S>() -> Form<S>
where
    S: ServerFn<Error = AppError> + Send + Sync + Clone + 'static,
    S::Output: Send + Sync + 'static,
{
    let flash = use_context::<Option<Flash>>().flatten().filter(|flash| flash.path == S::PATH);
    Form { action: ServerAction::new(), flash: StoredValue::new(flash) }
}

#[cfg(feature = "ssr")]
impl<S> Form<S>
where
    S: ServerFn<Error = AppError> + Send + Sync + Clone + 'static,
    S::Output: Send + Sync + 'static,
{
    /// What came of it, as JSON, on a page that is not taken over.
    pub fn posted_outcome(self) -> Option<String> {
        self.flash.with_value(|flash| flash.as_ref().and_then(|flash| flash.outcome.clone().ok()))
    }

    /// Where a page that is not taken over sends it.
    pub fn address(self) -> String {
        Posted::address(S::PATH)
    }
}

impl<S> Form<S>
where
    S: ServerFn<Error = AppError> + Send + Sync + Clone + 'static,
    S::Output: Clone + Send + Sync + DeserializeOwned + 'static,
{
    /// Why it did not happen.
    pub fn error(self) -> Signal<Option<AppError>> {
        let Self { action, flash } = self;
        Signal::derive(move || match action.value().get() {
            Some(answer) => answer.err(),
            None => flash.with_value(|flash| flash.as_ref().and_then(|flash| flash.outcome.clone().err())),
        })
    }

    /// What came of it.
    pub fn outcome(self) -> Signal<Option<S::Output>> {
        let Self { action, flash } = self;
        Signal::derive(move || match action.value().get() {
            Some(answer) => answer.ok(),
            None => flash.with_value(|flash| {
                let json = flash.as_ref().and_then(|flash| flash.outcome.as_ref().ok())?;
                serde_json::from_str(json).ok()
            }),
        })
    }

    /// What is wrong with a field.
    pub fn error_at(self, field: Field) -> Signal<Option<String>> {
        let error = self.error();
        Signal::derive(move || error.with(|error| error.as_ref().and_then(|error| error.at(field))))
    }

    /// What is wrong besides these fields.
    pub fn error_besides(self, shown: &'static [Field]) -> Signal<Option<String>> {
        let error = self.error();
        Signal::derive(move || error.with(|error| error.as_ref().and_then(|error| error.besides(shown))))
    }

    /// What a field begins with: what was typed before, or else `default`.
    pub fn value(self, name: &str, default: impl Into<String>) -> String {
        self.typed(name).unwrap_or_else(|| default.into())
    }

    /// What was typed into a field before, where the form was sent without WASM and failed.
    pub fn typed(self, name: &str) -> Option<String> {
        self.flash.with_value(|flash| {
            let fields = &flash.as_ref()?.fields;
            fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
        })
    }

    /// Whether a box begins ticked: as it was left, or else `default`.
    pub fn checked(self, name: &str, default: bool) -> bool {
        if self.flash.with_value(Option::is_some) { self.typed(name).is_some() } else { default }
    }

    /// Whether it is under way.
    pub fn pending(self) -> Signal<bool> {
        self.action.pending().into()
    }
}

/// Collects what is wrong with the fields of a form, so that everything is said at once.
#[derive(Debug, Default)]
pub struct Check(Vec<FieldError>);

impl Check {
    /// Takes a field, or notes what is wrong with it.
    pub fn take<T>(&mut self, field: Field, parsed: Result<T, TextError>) -> Option<T> {
        parsed.map_err(|error| self.say(field, error.to_string())).ok()
    }

    /// Takes a field that may be left empty, or notes what is wrong with it. Wrong fields read as empty.
    pub fn take_optional<T>(&mut self, field: Field, parsed: Result<Option<T>, TextError>) -> Option<T> {
        self.take(field, parsed).flatten()
    }

    /// Takes what a form says that turns a role on or keeps it on, from now, or notes what is wrong with it.
    #[cfg(feature = "ssr")]
    pub fn take_activation(
        &mut self,
        hours: &str,
        justification: &str,
        ticket_number: &str,
        ticket_system: &str,
    ) -> Option<(stint_domain::assign::Activation, Option<stint_domain::text::TicketSystem>)> {
        use stint_domain::text::{Justification, TicketNumber, TicketSystem};
        let duration = parse_half_hours(hours);
        if duration.is_none() {
            self.missing(Field::Duration, "Enter a number of hours, in halves: 0.5, 1, 1.5, ...");
        }
        let justification =
            self.take_optional(Field::Justification, Justification::parse_optional(justification));
        let ticket = self.take_optional(Field::Ticket, TicketNumber::parse_optional(ticket_number));
        let system = self.take_optional(Field::Ticket, TicketSystem::parse_optional(ticket_system));
        let duration = duration?;
        Some((stint_domain::assign::Activation { start: None, duration, justification, ticket }, system))
    }

    /// Notes that nothing usable was chosen.
    pub fn missing(&mut self, field: Field, words: &str) {
        self.say(field, words.to_owned());
    }

    fn say(&mut self, field: Field, words: String) {
        self.0.push(FieldError { field, words, needs_second_factor: false });
    }

    /// Goes on only if nothing is wrong.
    pub fn done(self) -> Result<(), AppError> {
        if self.0.is_empty() { Ok(()) } else { Err(AppError::Refused(self.0)) }
    }

    /// What is wrong. For where a field could not be taken.
    pub fn refused(self) -> AppError {
        self.done().err().unwrap_or(AppError::Unreadable("a field is missing".to_owned()))
    }
}

/// The moment that a `DateTimeInput` sent: `2026-11-21T14:05` in UTC, with seconds or without.
pub fn parse_date_time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let parsed = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    Some(parsed.and_utc()).filter(can_be_kept)
}

/// Whether a moment lies in the years that are reckoned with: both databases keep them, and no sum of a moment and a length is too large.
fn can_be_kept(at: &DateTime<Utc>) -> bool {
    (1970..=9999).contains(&at.year())
}

/// Reads a number of hours as whole half hours, at most a thousand hours.
#[cfg(feature = "ssr")]
pub fn parse_half_hours(hours: &str) -> Option<stint_domain::time::Duration> {
    let half_hours = hours.trim().replace(',', ".").parse::<f64>().ok()? * 2.0;
    let whole = half_hours.round();
    if !(1.0..=2000.0).contains(&whole) || (whole - half_hours).abs() > f64::EPSILON {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and at most 2000")]
    Some(stint_domain::time::Duration::minutes(whole as i64 * 30))
}

/// The first moment, in UTC, of the day that an `<input type="date">` sent: `2026-11-21`.
pub fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    let day: NaiveDate = text.trim().parse().ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc()).filter(can_be_kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_utc_with_seconds_or_without() {
        let at = |text| parse_date_time(text).map(|at| at.to_rfc3339());
        assert_eq!(at("2026-11-21T14:05"), Some("2026-11-21T14:05:00+00:00".to_owned()));
        assert_eq!(at(" 2026-11-21T14:05:09 "), Some("2026-11-21T14:05:09+00:00".to_owned()));
        assert_eq!(at("2026-11-21T14:05:09.250"), Some("2026-11-21T14:05:09.250+00:00".to_owned()));
        for text in ["", "soon", "2026-11-21", "2026-02-30T10:00", "2026-11-21T24:61", "2026-11-21T14:05Z x"]
        {
            assert_eq!(at(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_utc() {
        let at = |text| parse_date(text).map(|at| at.to_rfc3339());
        assert_eq!(at("2026-11-21"), Some("2026-11-21T00:00:00+00:00".to_owned()));
        assert_eq!(at("2026-02-30"), None);
        assert_eq!(at(""), None);
    }

    #[test]
    fn what_no_database_keeps_is_no_moment() {
        for text in ["+262142-12-31T23:59", "-0001-01-01T00:00", "10000-01-01T00:00", "1969-12-31T23:59"] {
            assert_eq!(parse_date_time(text), None, "{text}");
            assert_eq!(parse_date(text.split('T').next().unwrap_or_default()), None, "{text}");
        }
        assert!(parse_date_time("9999-12-31T23:59").is_some() && parse_date("1970-01-01").is_some());
    }
}

#[cfg(all(test, feature = "ssr"))]
mod outside {
    use super::*;
    use proptest::prelude::*;

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[+-]?[0-9]{1,7}-[0-9]{1,2}-[0-9]{1,2}(T[0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,3}(.[0-9]{1,12})?)?)?",
            "[+-]?[0-9]{0,30}[.,e]?[+-]?[0-9]{0,5}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

        #[test]
        fn a_moment_is_one_that_can_be_kept_or_none(text in text()) {
            for at in [parse_date_time(&text), parse_date(&text)].into_iter().flatten() {
                prop_assert!((1970..=9999).contains(&at.year()));
                let written = at.format("%Y-%m-%dT%H:%M:%S%.f").to_string();
                prop_assert_eq!(parse_date_time(&written), Some(at));
            }
        }

        #[test]
        fn hours_are_halves_or_none(text in text()) {
            if let Some(length) = parse_half_hours(&text) {
                prop_assert!((1..=2000).contains(&length.half_hours()));
                prop_assert_eq!(length.as_seconds() % 1800, 0);
            }
        }
    }
}
