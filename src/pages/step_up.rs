//! What a form asks for beyond being signed in, said before it is filled in, and the field to give it in.

use crate::components::{Field as FormField, LinkButton, MessageBar, MessageKind, TextInput};
use crate::{pages::loaded::Problem, paths};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use serde::{Deserialize, Serialize};
use stint_domain::step_up::FactorMethod;

/// The field of any form that a code is sent in.
pub const FIELD: &str = "confirmation_code";

/// The field that asks to be sent to an identity provider first.
pub const PROVIDER_FIELD: &str = "confirm_with";

/// What an act asks for, and what the person can give it with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepUpShown {
    /// Where it stands, in a sentence.
    pub words: String,
    /// Whether anything is missing.
    pub is_missing: bool,
    /// What would do and the person has.
    pub by: Vec<FactorMethod>,
    /// The identity providers that would do: what the field says, and what they are called.
    #[serde(default)]
    pub providers: Vec<(String, String)>,
    /// Whether the person could get what is missing under Security info.
    pub has_nothing: bool,
    /// The code to type, in the demo.
    pub demo_code: Option<String>,
}

impl StepUpShown {
    /// Why the act cannot be done now, where no field here mends it.
    pub fn denial(&self) -> Option<String> {
        (self.is_missing && self.by.is_empty() && self.providers.is_empty()).then(|| self.words.clone())
    }

    fn is_by_code(&self) -> bool {
        self.by.iter().any(|method| method.is_code())
    }
}

#[cfg(feature = "ssr")]
impl StepUpShown {
    /// What an act's form shows; nothing where it asks for nothing.
    pub async fn of(
        op: &mut stint_engine::Operation,
        found: Option<stint_engine::step_up::StepUp>,
    ) -> Result<Option<Self>, crate::error::AppError> {
        use stint_domain::step_up::{Missing, Satisfaction};
        let Some(found) = found else { return Ok(None) };
        let words = match (found.refusal(), &found.satisfaction) {
            (Some(refusal), _) => refusal.to_string(),
            (None, Satisfaction::Satisfied(factor)) => {
                let minutes = (op.now - factor.at).num_minutes();
                let ago = match minutes {
                    0 => "a moment ago".to_owned(),
                    1 => "a minute ago".to_owned(),
                    minutes => format!("{minutes} minutes ago"),
                };
                format!("This asks for a second factor. You gave one {ago}: {}.", factor.method.in_words())
            }
            (None, _) => return Ok(None),
        };
        let is_missing = found.refusal().is_some();
        let is_factor = matches!(found.satisfaction, Satisfaction::Missing(Missing::Factor { .. }));
        let mut shown = Self {
            words,
            is_missing,
            by: if is_factor { found.has.clone() } else { Vec::new() },
            providers: providers(&found),
            has_nothing: is_factor && found.has.is_empty(),
            demo_code: None,
        };
        if shown.is_by_code() {
            shown.demo_code = demo_code(op).await?;
        }
        Ok(Some(shown))
    }
}

/// The providers that could satisfy what is asked for: where that is a class of sign-in, it is named.
#[cfg(feature = "ssr")]
fn providers(found: &stint_engine::step_up::StepUp) -> Vec<(String, String)> {
    use stint_domain::step_up::{Missing, Satisfaction};
    let asked = |id: &str| match &found.satisfaction {
        Satisfaction::Missing(Missing::SignIn { acr }) => Some(format!("{id} {acr}")),
        Satisfaction::Missing(Missing::Factor { .. }) => Some(id.to_owned()),
        _ => None,
    };
    found.providers.iter().filter_map(|one| Some((asked(&one.id)?, one.name.clone()))).collect()
}

/// The code that a person of the demo can type.
#[cfg(feature = "ssr")]
async fn demo_code(op: &mut stint_engine::Operation) -> Result<Option<String>, crate::error::AppError> {
    let is_demo = expect_context::<std::sync::Arc<crate::server::config::Config>>().demo;
    Ok(if is_demo { stint_engine::demo::code(op).await? } else { None })
}

/// Stands in a form that may ask for a second factor. Where the server asks though nothing was said before, or though what was
/// given counted then and has grown old over the form, it asks for a code then.
#[component]
pub fn ConfirmYourself(
    /// What is known to be asked for.
    shown: Option<StepUpShown>,
    /// What the server said about it.
    error: Signal<Option<String>>,
) -> impl IntoView {
    let late = move || {
        error.get().map(|words| {
            let by = FactorMethod::ALL.to_vec();
            asked(StepUpShown { words, is_missing: true, by, ..StepUpShown::default() }, Signal::stored(None))
        })
    };
    match shown {
        Some(shown) if shown.is_missing => asked(shown, error),
        Some(given) => (move || late().unwrap_or_else(|| asked(given.clone(), error))).into_any(),
        None => late.into_any(),
    }
}

/// The section itself. A passkey is used by a script, which then says so in it.
pub fn asked(shown: StepUpShown, error: Signal<Option<String>>) -> AnyView {
    let (by_code, by_passkey) = (shown.is_by_code(), shown.by.contains(&FactorMethod::Passkey));
    let StepUpShown { words, is_missing, providers, has_nothing, demo_code, .. } = shown;
    if !is_missing {
        return view! { <MessageBar kind=MessageKind::Success>{words}</MessageBar> }.into_any();
    }
    let help = has_nothing.then(|| {
        let location = use_location();
        let here = untrack(|| format!("{}{}", location.pathname.get(), location.search.get()));
        let href = paths::with_query(paths::SECURITY_INFO, &[("return_to", &here)]);
        view! { <LinkButton href=href icon="lock">"Security info"</LinkButton> }
    });
    let passkey = by_passkey.then(|| {
        view! {
            <div class="cluster">
                <button type="button" class="button" data-passkey="confirm">"Use a passkey"</button>
                <span class="field-error" role="alert" data-passkey-said></span>
            </div>
        }
    });
    let elsewhere: Vec<_> = providers
        .into_iter()
        .map(|(value, name)| {
            view! {
                <button type="submit" class="button" name=PROVIDER_FIELD value=value formnovalidate data-native="">
                    {format!("Confirm with {name}")}
                </button>
            }
        })
        .collect();
    // Where no field shows it.
    let alone = (!by_code).then(|| view! { <Problem words=error /> });
    let elsewhere = (!elsewhere.is_empty()).then(|| view! { <div class="cluster">{elsewhere}</div> });
    let hint = demo_code.map(|code| format!("In this demo the app would show {code}."));
    let code = by_code.then(|| {
        view! {
            <FormField label="Code" for_id="confirmation_code" hint=hint.or_else(|| Some("From your authenticator app, or a recovery code.".to_owned())) error=error>
                <TextInput id="confirmation_code" name=FIELD autocomplete="one-time-code" maxlength=40 />
            </FormField>
        }
    });
    view! {
        <section class="stack" aria-label="Confirm that it is you" data-step-up="">
            <div class="stack" data-step-up-missing>
                <MessageBar kind=MessageKind::Warning title=Some("Confirm that it is you".to_owned())>{words}</MessageBar>
                {help}
                {passkey}
                {code}
                {elsewhere}
                {alone}
            </div>
            <p role="status" data-step-up-said></p>
        </section>
    }
    .into_any()
}
