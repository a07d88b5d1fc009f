//! Authentication contexts: what administrators mean by `c1` to `c25` in role settings.

use crate::{Error, Operation, Result, audit::Event, step_up};
use stint_domain::{
    audit::Activity,
    authz::{Action, Target},
    refusal::{Broken, Field, Refusal, Refusals},
    step_up::{AuthenticationContext, ContextId, Freshness, Strength},
    text::{DisplayName, TextError},
};
use stint_store::authentication_context;
use uuid::Uuid;

/// The contexts that somebody has described, in the order of their numbers.
pub async fn list(op: &mut Operation) -> Result<Vec<AuthenticationContext>> {
    op.require(Action::ReadRoleSettings, &Target::directory())?;
    Ok(authentication_context::list(&mut op.tx).await?)
}

/// Says what a context asks for. It holds from the commit on, for every role whose settings name it.
pub async fn put(op: &mut Operation, context: AuthenticationContext) -> Result<()> {
    op.require(Action::UpdateRoleSettings, &Target::directory())?;
    let mut found = Vec::new();
    let text = |error: TextError| Refusal::at(Field::DisplayName, Broken::Text(error));
    found.extend(DisplayName::parse(&context.name).err().map(text));
    if !(Freshness::SHORTEST..=Freshness::LONGEST).contains(&context.freshness) {
        found.push(Refusal::at(Field::Duration, Broken::Freshness));
    }
    Refusals::check(found)?;
    step_up::require_own(op).await?;
    let by = op.actor()?.id;
    authentication_context::put(&mut op.tx, &context, by, op.now).await?;
    let event = Event::new(Activity::AuthenticationContextUpdated);
    op.record(
        event.target(Uuid::nil(), format!("{} {}", context.id, context.name)).detail(in_words(&context)),
    );
    Ok(())
}

/// Takes a description away. Roles whose settings name the context ask for any second factor from then on.
pub async fn delete(op: &mut Operation, id: ContextId) -> Result<()> {
    op.require(Action::UpdateRoleSettings, &Target::directory())?;
    step_up::require_own(op).await?;
    if !authentication_context::delete(&mut op.tx, &id.to_string()).await? {
        return Err(Error::NotFound);
    }
    op.record(Event::new(Activity::AuthenticationContextDeleted).target(Uuid::nil(), id.to_string()));
    Ok(())
}

/// "a passkey, given within the last 5 minutes, from 10.0.0.0/8".
pub fn in_words(context: &AuthenticationContext) -> String {
    let what = match &context.strength {
        Strength::AnyFactor => "any second factor".to_owned(),
        Strength::Passkey => "a passkey".to_owned(),
        Strength::SignIn { acr } => format!("a sign-in of the class {acr}"),
    };
    let mut words = format!("{what}, given within the last {}", context.freshness.0.in_words());
    if !context.networks.is_empty() {
        let networks: Vec<_> = context.networks.iter().map(ToString::to_string).collect();
        words = format!("{words}, from {}", networks.join(", "));
    }
    words
}
