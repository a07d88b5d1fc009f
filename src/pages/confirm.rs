//! Where somebody confirms that it is them: before something, or in place of a form that asked for it and is kept here.

use crate::{
    components::{Button, ButtonKind, LinkButton, PageHeader},
    encoded::{Encoded, page_data},
    error::AppError,
    form::{Flash, Posted},
    pages::{
        loaded::{loaded, query},
        step_up::{StepUpShown, asked},
    },
    paths,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use stint_domain::refusal::Field;

/// What the person could confirm with, whatever it is for.
#[server(endpoint = "offer_confirmation")]
pub async fn offer_confirmation() -> Result<Encoded<StepUpShown>, AppError> {
    use crate::encoded::encode;
    use stint_domain::step_up::Demand;
    let mut op = crate::server::read().await?;
    let found = stint_engine::step_up::look(&mut op, Some(Demand::AnyFactor)).await?;
    encode(StepUpShown::of(&mut op, found).await?.unwrap_or_default())
}

/// Goes on where the person has confirmed that it is them; the code was taken before this.
#[server(endpoint = "confirm_identity")]
pub async fn confirm_identity(#[server(default)] return_to: String) -> Result<(), AppError> {
    let mut op = crate::server::read().await?;
    stint_engine::step_up::require_fresh(&mut op).await?;
    crate::server::redirect::to(&return_to);
    Ok(())
}

/// The page. Where a form is kept, it is rendered in place of the form's page, and sends that form.
#[component]
pub fn Confirm() -> impl IntoView {
    let flash = use_context::<Option<Flash>>().flatten();
    let kept = StoredValue::new(flash.clone().filter(|flash| flash.path != ConfirmIdentity::PATH));
    let error = flash.and_then(|flash| flash.outcome.err()).and_then(|error| error.at(Field::SecondFactor));
    let error = StoredValue::new(error);
    let return_to = query("return_to");
    let offer = page_data(|| (), |()| offer_confirmation());
    view! {
        <Title text="Confirm that it is you" />
        <PageHeader title="Confirm that it is you" subtitle=Some("Some things ask for more than to be signed in".into()) icon="lock" />
        {loaded(offer, move |offer| {
            let kept = kept.get_value();
            let back = return_to.get_untracked();
            view! { <ConfirmForm offer kept error=error.get_value() return_to=back /> }
        })}
    }
    .into_any()
}

#[component]
fn ConfirmForm(
    offer: StepUpShown,
    kept: Option<Flash>,
    error: Option<String>,
    return_to: String,
) -> impl IntoView {
    let is_kept = kept.is_some();
    let (action, fields) = match kept {
        Some(flash) => (Posted::address(&flash.path), flash.fields),
        None => (Posted::address(ConfirmIdentity::PATH), vec![("return_to".to_owned(), return_to.clone())]),
    };
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect();
    // What the form was told is more exact than what is true of any.
    let words = error.clone().filter(|_| is_kept).unwrap_or(offer.words.clone());
    let denied = offer.denial();
    let is_missing = offer.is_missing || error.is_some();
    let shown = StepUpShown { words, is_missing, ..offer };
    let section = asked(shown, Signal::stored(error.filter(|_| !is_kept)));
    let back = if return_to.is_empty() { paths::QUICK_START.to_owned() } else { paths::local(&return_to) };
    view! {
        <form method="post" action=action class="form stack">
            {fields}
            {section}
            {is_kept.then(|| view! { <p class="secondary">"What you typed before is kept and sent again with this."</p> })}
            <div class="panel-actions">
                <Button kind=ButtonKind::Primary submit=true denied>"Continue"</Button>
                <LinkButton href=back>"Cancel"</LinkButton>
            </div>
        </form>
    }
    .into_any()
}
