//! Accounts at providers, linked to people: by themselves, and taken back.

use super::{
    Begun, Fault, Offer, Provider,
    attempt::{self, Wish, session_of},
    claims::Vouched,
};
use crate::{
    Caller, Engine, Error, Operation, Result,
    audit::Event,
    second_factor::{self, require_to_change},
    users,
};
use chrono::{DateTime, Utc};
use stint_domain::{
    audit::Activity,
    authz::Action,
    id::PrincipalId,
    refusal::{Broken, Field, Refusal},
    sign_in::ProviderProblem,
};
use stint_store::{
    external_identity::{self, ExternalIdentityRow},
    openid_attempt::{AttemptRow, Purpose},
    passkey, password,
    principal::{self, PrincipalRow},
};

/// A provider, and whether an account there is linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The provider's name in addresses; nothing where it is not configured any more.
    pub id: Option<String>,
    /// What people call it; its address where it is not configured any more.
    pub name: String,
    /// When an account was linked, and when it was used last; nothing where none is.
    pub linked: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
}

/// All providers, and which of them the person has linked.
pub async fn list_own(op: &mut Operation) -> Result<Vec<Account>> {
    let own = op.actor()?.id;
    let links = external_identity::list(&mut op.tx, own).await?;
    Ok(accounts(op, &links))
}

/// The accounts that a user has linked, for those who may take them away.
pub async fn list_of(op: &mut Operation, id: PrincipalId) -> Result<Vec<Account>> {
    let (_, target) = users::get(op, id).await?;
    if op.actor()?.id != id {
        op.require(Action::UpdatePasswords, &target)?;
    }
    let links = external_identity::list(&mut op.tx, id).await?;
    let accounts = accounts(op, &links);
    Ok(accounts.into_iter().filter(|account| account.linked.is_some()).collect())
}

fn accounts(op: &Operation, links: &[ExternalIdentityRow]) -> Vec<Account> {
    let of = |issuer: &str| links.iter().find(|link| link.issuer == issuer);
    let when = |link: &ExternalIdentityRow| (link.created_at, link.last_used_at);
    let configured = op.engine.providers.iter().map(|provider| Account {
        id: Some(provider.settings.id.clone()),
        name: provider.settings.name.clone(),
        linked: of(&provider.settings.issuer).map(when),
    });
    let others = links.iter().filter(|link| op.engine.providers.of_issuer(&link.issuer).is_none());
    let others = others.map(|link| Account { id: None, name: link.issuer.clone(), linked: Some(when(link)) });
    configured.chain(others).collect()
}

/// The providers that the person has an account of.
pub(crate) async fn ways_in(op: &mut Operation) -> Result<Vec<Offer>> {
    let own = op.actor()?.id;
    let links = external_identity::list(&mut op.tx, own).await?;
    let ways = links.iter().filter_map(|link| {
        let settings = &op.engine.providers.of_issuer(&link.issuer)?.settings;
        Some(Offer { id: settings.id.clone(), name: settings.name.clone() })
    });
    Ok(ways.collect())
}

/// Begins to link an account.
pub async fn begin_link(engine: &Engine, caller: &Caller, id: &str, return_to: &str) -> Result<Begun> {
    engine.read(caller).await?.actor()?;
    let provider = engine.providers.get(id)?;
    attempt::reach(engine, provider).await?;
    let mut op = engine.write(caller).await?;
    require_to_change(&mut op).await?;
    let wish = Wish {
        purpose: Purpose::Link,
        session: Some(session_of(caller)?),
        return_to: return_to.to_owned(),
        acr: None,
        form: None,
        problem: None,
    };
    let begun = attempt::begin(&mut op, provider, wish).await?;
    op.commit().await?;
    Ok(begun)
}

/// Links the account that the provider vouches for to whoever asked, in the session that did: there the second factor was given.
pub(super) async fn take(
    engine: &Engine,
    caller: &Caller,
    provider: &Provider,
    attempt: &AttemptRow,
    vouched: &Vouched,
) -> Result<Result<(), ProviderProblem>> {
    let mut op = engine.write(caller).await?;
    let own = op.actor()?.id;
    if attempt.session_hash != Some(session_of(caller)?) {
        return Ok(Err(attempt::gone().told(provider)));
    }
    let row = principal::take(&mut op.tx, own).await?.ok_or(Error::NotSignedIn)?;
    let linked = insert(&mut op, provider, &row, vouched, "by themselves").await?;
    if linked.is_ok() {
        op.commit().await?;
    }
    Ok(linked)
}

/// Links an account to a person, who is taken, and tells them.
pub(super) async fn insert(
    op: &mut Operation,
    provider: &Provider,
    row: &PrincipalRow,
    vouched: &Vouched,
    how: &str,
) -> Result<Result<(), ProviderProblem>> {
    let settings = &provider.settings;
    if !external_identity::insert(&mut op.tx, &settings.issuer, &vouched.subject, row.id, op.now).await? {
        return Ok(Err(Fault::new(ProviderProblem::Taken, "the account is linked already").told(provider)));
    }
    let event = Event::new(Activity::AccountLinked).on(row);
    op.record(event.detail(format!("{} ({}), {how}", settings.name, vouched.subject)));
    second_factor::tell(op, row, "added", &format!("your account of {}", settings.name)).await?;
    Ok(Ok(()))
}

/// Takes the link to a provider away.
pub async fn unlink(op: &mut Operation, id: &str) -> Result<()> {
    let row = require_to_change(op).await?;
    let settings = op.engine.providers.get(id)?.settings.clone();
    if external_identity::delete(&mut op.tx, row.id, &settings.issuer).await? == 0 {
        return Err(Error::NotFound);
    }
    // Nobody locks themselves out by a click.
    let has_another = password::find(&mut op.tx, row.id).await?.is_some()
        || !passkey::list(&mut op.tx, row.id).await?.is_empty()
        || !ways_in(op).await?.is_empty();
    if !has_another {
        return Err(Refusal::at(Field::Form, Broken::OnlyWayIn).into());
    }
    op.record(Event::new(Activity::AccountUnlinked).on(&row).detail(settings.name.clone()));
    second_factor::tell(op, &row, "removed", &format!("your account of {}", settings.name)).await
}
