//! A page of somebody who waits for a decision opens itself anew when there is one.
//!
//! The page is a still one: it says in the attributes of an element what it has shown, and in the browser `enliven` asks the
//! server, which answers when that is no longer so.

use crate::error::AppError;
use leptos::prelude::*;

/// Answers when a request is no longer as it was seen, or when it has waited for long: whether it changed.
#[server(endpoint = "await_request")]
pub async fn await_request(id: String, seen: String) -> Result<bool, AppError> {
    use crate::server::operation::{answer, caller, engine};
    let id = id.parse().map_err(|_| answer(AppError::NotFound))?;
    let (engine, caller) = (engine(), stint_engine::Caller { by_itself: true, ..caller() });
    let waiting = engine.changes().wait(std::time::Duration::from_secs(20));
    let mut waiting = waiting.ok_or_else(|| answer(AppError::Busy))?;
    loop {
        // Nothing is held while waiting: neither a transaction nor what the session was allowed a moment ago.
        let mut op = engine.read(&caller).await?;
        let (status, decisions) = stint_engine::approvals::progress(&mut op, id).await?;
        if !status.is_open() || words(status, decisions) != seen {
            return Ok(true);
        }
        drop(op);
        if !waiting.look_again().await {
            return Ok(false);
        }
    }
}

#[cfg(feature = "ssr")]
fn words(status: stint_domain::request::RequestStatus, decisions: usize) -> String {
    format!("{} {decisions}", status.label())
}

/// The element of a page that has shown this.
#[cfg(feature = "ssr")]
#[component]
pub fn Awaiting(
    id: stint_domain::id::RequestId,
    status: stint_domain::request::RequestStatus,
    decisions: usize,
) -> impl IntoView {
    view! { <div hidden data-awaits=id.to_string() data-seen=words(status, decisions)></div> }.into_any()
}

/// Lets a part of a page wait for what its element awaits.
#[cfg(not(feature = "ssr"))]
pub fn enliven(part: &web_sys::Element) {
    let Ok(Some(element)) = part.query_selector("[data-awaits]") else { return };
    if let (Some(id), Some(seen)) = (element.get_attribute("data-awaits"), element.get_attribute("data-seen"))
    {
        ask(id, seen);
    }
}

#[cfg(not(feature = "ssr"))]
fn ask(id: String, seen: String) {
    leptos::task::spawn_local(async move {
        match await_request(id.clone(), seen.clone()).await {
            Ok(false) => ask(id, seen),
            Ok(true) | Err(AppError::NotSignedIn) => {
                let path = window().location().pathname().unwrap_or_default();
                let _ = window().location().assign(&path);
            }
            // The server is away, and comes back.
            Err(_) => set_timeout(move || ask(id, seen), std::time::Duration::from_secs(3)),
        }
    });
}
