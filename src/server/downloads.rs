//! Files that are made for whoever asks.

use super::{
    operation::{status, told},
    router::App,
};
use crate::form::parse_date;
use axum::{
    Extension,
    body::Body,
    extract::{Query, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::net::IpAddr;
use stint_domain::sign_in::Outcome;
use stint_engine::{
    Caller, Engine, Error, Operation,
    role_settings::{Format, export},
    sign_ins,
    store::{
        PageRequest,
        sign_in::{Filter, SignInRow},
    },
};
use uuid::Uuid;

/// What is asked for.
#[derive(Deserialize)]
pub struct ExportQuery {
    /// `toml` or `json`.
    #[serde(default)]
    format: String,
    /// `changed` or `all`.
    #[serde(default)]
    which: String,
}

/// The settings of roles as a file.
pub async fn role_settings(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<ExportQuery>,
) -> Response {
    let (format, kind, name) = match query.format.as_str() {
        "json" => (Format::Json, "application/json", "role-settings.json"),
        _ => (Format::Toml, "application/toml", "role-settings.toml"),
    };
    let written = async {
        let mut op = app.engine.read(&caller).await?;
        export(&mut op, query.which != "all").await?.write(format)
    };
    match written.await {
        Ok(text) => {
            let disposition = format!("attachment; filename=\"{name}\"");
            ([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], text).into_response()
        }
        Err(error) => {
            let error = told(error, &app.engine);
            (status(&error), error.to_string()).into_response()
        }
    }
}

/// Which part of the sign-in log is asked for, and how.
#[derive(Clone, Deserialize)]
pub struct SignInQuery {
    /// `csv` or `json`.
    #[serde(default)]
    format: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    result: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// Reads what the sign-in log is narrowed to: a person may be an address as well.
pub async fn sign_in_filter(
    op: &mut Operation,
    person: &str,
    result: &str,
    from: &str,
    to: &str,
) -> Result<Filter, Error> {
    let person = person.trim();
    let source = person.parse().ok().map(|address: IpAddr| address.to_canonical().to_string());
    Ok(Filter {
        principal: match person {
            _ if source.is_some() => None,
            "" => None,
            "me" => Some(op.actor()?.id),
            // A name that is nobody's is a person who never signed in.
            person => Some(sign_ins::find_person(op, person).await?.unwrap_or(Uuid::nil().into())),
        },
        source,
        result: Outcome::ALL.into_iter().find(|known| known.slug() == result),
        since: parse_date(from),
        until: parse_date(to).and_then(|day| day.checked_add_days(chrono::Days::new(1))),
    })
}

/// The sign-in log as a file, which is read and sent a page at a time, however long it is.
pub async fn sign_in_log(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<SignInQuery>,
) -> Response {
    let form = match query.format.as_str() {
        "json" => SignInFile::Json,
        _ => SignInFile::Csv,
    };
    let engine = app.engine.clone();
    let filter = async {
        let mut op = engine.read(&caller).await?;
        let SignInQuery { person, result, from, to, .. } = &query;
        let filter = sign_in_filter(&mut op, person, result, from, to).await?;
        // Refused here, it is refused with a status.
        sign_ins::list(&mut op, &filter, &PageRequest { after: None, size: 1 }).await?;
        Ok::<_, Error>(filter)
    };
    let filter = match filter.await {
        Ok(filter) => filter,
        Err(error) => {
            let error = told(error, &app.engine);
            return (status(&error), error.to_string()).into_response();
        }
    };
    let (kind, name) = form.kind_and_name();
    let disposition = format!("attachment; filename=\"{name}\"");
    let begin = Reading { engine, caller, filter, form, after: None, state: ReadState::Begin };
    let pages = futures_util::stream::try_unfold(begin, Reading::next);
    ([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], Body::from_stream(pages))
        .into_response()
}

/// How far a file has come.
struct Reading {
    engine: Engine,
    caller: Caller,
    filter: Filter,
    form: SignInFile,
    after: Option<String>,
    state: ReadState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ReadState {
    Begin,
    Middle,
    End,
}

impl Reading {
    async fn next(mut self) -> Result<Option<(String, Self)>, Error> {
        if self.state == ReadState::End {
            return Ok(None);
        }
        let page = PageRequest { after: self.after.take(), size: PageRequest::MOST };
        let mut op = self.engine.read(&self.caller).await?;
        let page = sign_ins::list(&mut op, &self.filter, &page).await?;
        drop(op);
        let is_first = self.state == ReadState::Begin;
        let text = self.form.write(&page.items, is_first, page.next.is_none());
        self.state = if page.next.is_some() { ReadState::Middle } else { ReadState::End };
        self.after = page.next;
        Ok(Some((text, self)))
    }
}

#[derive(Clone, Copy)]
enum SignInFile {
    Csv,
    Json,
}

impl SignInFile {
    const fn kind_and_name(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => ("text/csv; charset=utf-8", "sign-ins.csv"),
            Self::Json => ("application/json", "sign-ins.json"),
        }
    }

    fn write(self, rows: &[SignInRow], is_first: bool, is_last: bool) -> String {
        let mut text = String::new();
        match self {
            Self::Csv => {
                if is_first {
                    text.push_str(
                        "time,user_id,display_name,user_name,application,method,result,address,device\r\n",
                    );
                }
                for row in rows {
                    let cells: Vec<_> = fields(row).into_iter().map(|(_, value)| cell(&value)).collect();
                    text.push_str(&cells.join(","));
                    text.push_str("\r\n");
                }
            }
            Self::Json => {
                for (index, row) in rows.iter().enumerate() {
                    text.push_str(if is_first && index == 0 { "[\n" } else { ",\n" });
                    let fields: serde_json::Map<_, _> = fields(row)
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value.into()))
                        .collect();
                    text.push_str(&serde_json::Value::from(fields).to_string());
                }
                if is_last {
                    text.push_str(if is_first && rows.is_empty() { "[]\n" } else { "\n]\n" });
                }
            }
        }
        text
    }
}

fn fields(row: &SignInRow) -> [(&'static str, String); 9] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        ("time", row.at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)),
        ("user_id", row.principal_id.map(|id| id.to_string()).unwrap_or_default()),
        ("display_name", text(&row.display_name)),
        ("user_name", text(&row.user_name)),
        ("application", row.application.clone()),
        ("method", row.method.label().to_owned()),
        ("result", row.result.slug().to_owned()),
        ("address", text(&row.source)),
        ("device", text(&row.device)),
    ]
}

/// A cell of a CSV file. SECURITY: what a spreadsheet would take for a formula gets an apostrophe.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(cell("Mira \"the\" Stein"), "\"Mira \"\"the\"\" Stein\"");
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert!(cell(formula).starts_with("\"'"), "{formula}");
        }
    }
}
