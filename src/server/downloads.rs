//! Files that are made for whoever asks.

use super::{
    operation::{status, told},
    router::App,
};
use axum::{
    Extension,
    extract::{Query, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use stint_engine::{
    Caller,
    role_settings::{Format, export},
};

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
