//! The recovery codes: how many are left, and new ones.

use crate::{
    components::{Button, MessageBar, MessageKind, Section},
    error::AppError,
    form::use_form,
    pages::{counted::counted, loaded::Problem},
};
use leptos::prelude::*;

/// Makes new recovery codes, which are shown once.
#[server(endpoint = "create_recovery_codes")]
pub async fn create_recovery_codes() -> Result<Vec<String>, AppError> {
    let mut op = crate::server::write().await?;
    let codes = stint_engine::second_factor::recovery::create(&mut op).await?;
    op.commit().await?;
    Ok(codes)
}

/// The section of the recovery codes.
#[component]
pub fn RecoveryCodes(left: i64, has_any: bool) -> impl IntoView {
    let form = use_form::<CreateRecoveryCodes>();
    let codes: Option<Vec<String>> = form.posted_outcome().and_then(|json| serde_json::from_str(&json).ok());
    let denied = (!has_any)
        .then(|| "Add an authenticator app or a passkey first: recovery codes stand in for one.".to_owned());
    let shown = codes.map(|codes| {
        let codes: Vec<_> =
            codes.into_iter().map(|code| view! { <li><code class="mono">{code}</code></li> }).collect();
        view! {
            <MessageBar kind=MessageKind::Success title=Some("Write these down".to_owned())>
                "They are shown this once. Each can be used once, in place of a code."
                <ul class="plain-list codes">{codes}</ul>
            </MessageBar>
        }
    });
    let few = match left {
        _ if !has_any => None,
        0 => Some("You have none. Without them, only an administrator can help when you lose your device."),
        1 | 2 => {
            Some("You have few left. If you used one because you lost your device, set up a new one above.")
        }
        _ => None,
    };
    let left_over = (has_any && left > 0)
        .then(|| view! { <p>{counted(usize::try_from(left).unwrap_or(0), "code")}" left."</p> });
    let words = if left > 0 { "Create new recovery codes" } else { "Create recovery codes" };
    view! {
        <Section title="Recovery codes" subtitle=Some("For the day when you have lost everything else".into())>
            <Problem words=form.error_besides(&[]) />
            {shown}
            {left_over}
            {few.map(|words| view! { <p class="secondary">{words}</p> })}
            <form method="post" action=form.address()>
                <Button submit=true denied>{words}</Button>
            </form>
        </Section>
    }
    .into_any()
}
