//! The star beside a role: its form is sent by the browser, so it costs no WASM.

use crate::error::AppError;
use leptos::prelude::*;
use stint_domain::id::ScheduleId;

/// Makes the role of an eligibility a favourite, or none any more.
#[server(endpoint = "set_favourite")]
pub async fn set_favourite(id: ScheduleId, #[server(default)] on: bool) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::favourites::set(&mut op, id, on).await?;
    Ok(op.commit().await?)
}
