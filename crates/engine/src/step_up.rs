//! What some acts ask of a session beyond being signed in, and how it is given.
//!
//! The act asks `require` in its own transaction, so nothing that is drawn on a page decides. What a page says before its
//! form is filled in comes from [`look`], which is the same question. A factor that is given is noted in the session and gives
//! it a new token (`raise`): whoever had copied the old one has not gained anything by it.

use crate::{
    Caller, Engine, Error, Operation, Result,
    audit::Event,
    openid_connect::{self, Offer},
    operation::hash_token,
    second_factor::{self, Methods},
    sign_in::SignedIn,
};
use std::net::IpAddr;
use stint_domain::{
    audit::Activity,
    id::RoleId,
    refusal::{Broken, Field, Refusal},
    role::GUARDED,
    settings::{EnablementRule, RoleSettings},
    step_up::{Demand, Factor, FactorMethod, Freshness, Missing, Satisfaction, required},
};
use stint_store::{authentication_context, principal};

/// What an act asks for, what the session has of it, and what the person could give.
#[derive(Clone, Debug)]
pub struct StepUp {
    /// What is asked for.
    pub demand: Demand,
    /// Whether the session has it.
    pub satisfaction: Satisfaction,
    /// What would do and the person has, the strongest first.
    pub has: Vec<FactorMethod>,
    /// The identity providers that the person could confirm with.
    pub providers: Vec<Offer>,
}

impl StepUp {
    /// Why the act would be refused now.
    pub fn refusal(&self) -> Option<Refusal> {
        let broken = match self.satisfaction.clone().missing()? {
            Missing::Factor { would_do, freshness } => Broken::SecondFactorNeeded {
                would_do: would_do.to_vec(),
                has: self.has.clone(),
                within: freshness.0,
            },
            Missing::Network(networks) => {
                let networks: Vec<_> = networks.iter().map(ToString::to_string).collect();
                Broken::NetworkNotAllowed(networks.join(", "))
            }
            Missing::SignIn { acr } => Broken::SignInNeeded(acr),
        };
        Some(Refusal::at(Field::SecondFactor, broken))
    }
}

/// What activating a role with these settings asks for.
pub async fn of_activation(op: &mut Operation, settings: &RoleSettings) -> Result<Option<Demand>> {
    let rule = &settings.activation_authentication_context;
    let described = match rule.claim_value.as_deref().filter(|_| rule.is_enabled) {
        Some(name) => authentication_context::find(&mut op.tx, name).await?,
        None => None,
    };
    Ok(Demand::of_activation(settings, |_| described.clone()))
}

/// What changing how somebody is guarded asks for: a second factor, where the person has one. Whoever has none could add a first
/// one in this session, so asking them would keep nobody out.
pub async fn of_own(op: &mut Operation) -> Result<Option<Demand>> {
    let own = op.actor()?.id;
    let has_one = !Methods::of(&mut op.tx, own).await?.kinds().is_empty();
    Ok((has_one && !op.is_rehearsal()).then_some(Demand::AnyFactor))
}

/// What saying who holds a role asks for: what its settings say, and for the guarded roles at least one's own second factor.
pub async fn of_assignment(
    op: &mut Operation,
    role: RoleId,
    asks: &EnablementRule,
) -> Result<Option<Demand>> {
    match Demand::of_rule(asks) {
        None if GUARDED.contains(&role) => of_own(op).await,
        demand => Ok(demand),
    }
}

/// Compares what is asked for with what the session has.
pub async fn look(op: &mut Operation, demand: Option<Demand>) -> Result<Option<StepUp>> {
    let Some(demand) = demand else { return Ok(None) };
    let from: Option<IpAddr> = op.source.as_deref().and_then(|source| source.parse().ok());
    let satisfaction = required(Some(&demand), op.session()?, from, op.now);
    let own = op.actor()?.id;
    let mut has = Methods::of(&mut op.tx, own).await?.kinds();
    has.retain(|method| demand.would_do().contains(method));
    let mut providers = Vec::new();
    if demand.is_for_providers() {
        providers = openid_connect::ways_in(op).await?;
        if !providers.is_empty() && !has.contains(&FactorMethod::IdentityProvider) {
            has.push(FactorMethod::IdentityProvider);
        }
    }
    Ok(Some(StepUp { demand, satisfaction, has, providers }))
}

/// Goes on only if the session has what is asked for. The events of the operation tell how the person has shown who they are.
pub(crate) async fn require(op: &mut Operation, demand: Option<Demand>) -> Result<()> {
    let Some(found) = look(op, demand).await? else { return Ok(()) };
    if let Some(refusal) = found.refusal() {
        return Err(refusal.into());
    }
    op.shown = Some(op.session()?.in_words());
    Ok(())
}

/// Goes on only if the person has given what [`of_own`] asks for.
pub(crate) async fn require_own(op: &mut Operation) -> Result<()> {
    let demand = of_own(op).await?;
    require(op, demand).await
}

/// What came of a code.
#[derive(Clone, Debug)]
pub enum Confirmed {
    /// It was right: the session goes on with another token.
    Now(SignedIn),
    /// It was given in this session before, and still counts.
    Before,
}

/// Takes a code from an authenticator app, or a recovery code, as the second factor of the caller's session.
pub async fn with_code(engine: &Engine, caller: &Caller, code: &str) -> Result<Confirmed> {
    // Whoever is nobody does not hold up those who write.
    engine.read(caller).await?.actor()?;
    let mut op = engine.write(caller).await?;
    let own = op.actor()?.id;
    // Taken, so that guesses are counted one after the other.
    principal::take(&mut op.tx, own).await?.ok_or(Error::NotSignedIn)?;
    match second_factor::take_code(&mut op, code).await? {
        Ok(method) => {
            let session = raise(&mut op, caller, method).await?;
            op.commit().await?;
            Ok(Confirmed::Now(session))
        }
        // A form that was refused for another reason is sent again with the code that it had.
        Err(Broken::CodeUsed) if op.session()?.has_fresh(Freshness::default(), op.now) => {
            Ok(Confirmed::Before)
        }
        Err(broken) => {
            op.commit().await?;
            Err(Refusal::at(Field::SecondFactor, broken).into())
        }
    }
}

/// Goes on only if the person has given a second factor a moment ago, in a page that does nothing else.
pub async fn require_fresh(op: &mut Operation) -> Result<()> {
    require(op, Some(Demand::AnyFactor)).await
}

/// Notes a second factor in the caller's session, which gets a new token.
pub(crate) async fn raise(op: &mut Operation, caller: &Caller, method: FactorMethod) -> Result<SignedIn> {
    let old = caller.token.as_deref().ok_or(Error::NotSignedIn)?;
    let token = op.engine.random.token().to_vec();
    let factor = Factor { method, at: op.now };
    let expires_at = stint_store::session::raise(&mut op.tx, hash_token(old), hash_token(&token), factor)
        .await?
        .ok_or(Error::NotSignedIn)?;
    let event = Event::new(Activity::SecondFactorGiven).on(&op.person()?.clone()).detail(method.in_words());
    op.record(event);
    Ok(SignedIn { token, lasts: expires_at - op.now, device: None, must_change_password: false })
}
