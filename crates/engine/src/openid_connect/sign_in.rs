//! From what a provider vouches for to a session: found by the account, or by a verified e-mail address, or made.

use super::{Fault, Provider, claims::Vouched, groups, link::insert};
use crate::{
    Caller, Engine, Operation, Result,
    audit::Event,
    sign_in::{self, Opening, SignedIn},
    throttle::Key,
};
use stint_domain::{
    audit::Activity,
    principal::PrincipalKind,
    sign_in::{Method, Outcome, ProviderProblem},
    step_up::{Factor, FactorMethod},
    text::{DisplayName, UserName},
};
use stint_store::{
    external_identity,
    principal::{self, PrincipalRow},
};

/// Signs in whom the provider vouches for.
pub(super) async fn take(
    engine: &Engine,
    caller: &Caller,
    provider: &Provider,
    vouched: &Vouched,
    keys: &[Key],
) -> Result<Result<SignedIn, ProviderProblem>> {
    let nobody = &Caller { token: None, ..caller.clone() };
    let mut op = engine.write(nobody).await?;
    let found = find(&mut op, provider, vouched).await?;
    let row = match found {
        Ok(row) if sign_in::may_sign_in(&row) => row,
        refused => {
            // What was begun is undone; what is left is the line in the log.
            drop(op);
            let fault = refused.as_ref().err().copied().unwrap_or(ProviderProblem::Unknown);
            let fault = Fault::new(fault, format!("nobody here for its subject {:?}", vouched.subject));
            return Ok(Err(fail(engine, nobody, provider, &fault, refused.ok().as_ref(), keys).await?));
        }
    };
    let (issuer, subject) = (&provider.settings.issuer, &vouched.subject);
    external_identity::set_used(&mut op.tx, issuer, subject, op.now, vouched.with_factor).await?;
    groups::follow(&mut op, provider, &row, vouched).await?;
    let now = op.now;
    let opening = Opening {
        second_factor: vouched
            .factor_at()
            .map(|at| Factor { method: FactorMethod::IdentityProvider, at: at.min(now) }),
        class: vouched.class(),
        provider: Some(&provider.settings.id),
        ..Opening::by(Method::OpenIdConnect)
    };
    let session = sign_in::open(&mut op, caller, &row, opening).await?;
    op.commit().await?;
    Ok(Ok(session))
}

/// Writes a failure into the sign-in log, and lets it be paid for where somebody may be guessing.
pub(super) async fn fail(
    engine: &Engine,
    nobody: &Caller,
    provider: &Provider,
    fault: &Fault,
    row: Option<&PrincipalRow>,
    keys: &[Key],
) -> Result<ProviderProblem> {
    let problem = fault.told(provider);
    let outcome = match (problem, row) {
        (ProviderProblem::Down, _) => Outcome::NoAnswer,
        (ProviderProblem::Unknown, Some(_)) => Outcome::Disabled,
        (ProviderProblem::Unknown | ProviderProblem::Unusable, None) => Outcome::UnknownUser,
        _ => Outcome::WrongAnswer,
    };
    // Nobody pays for a provider that is down.
    let keys = if problem == ProviderProblem::Down { &[] } else { keys };
    let mut op = engine.write(nobody).await?;
    sign_in::fail(&mut op, nobody, Method::OpenIdConnect, row, outcome, keys).await?;
    op.commit().await?;
    Ok(problem)
}

/// Whom the provider means, taken.
async fn find(
    op: &mut Operation,
    provider: &Provider,
    vouched: &Vouched,
) -> Result<Result<PrincipalRow, ProviderProblem>> {
    let (issuer, subject) = (&provider.settings.issuer, &vouched.subject);
    if let Some(link) = external_identity::find(&mut op.tx, issuer, subject).await? {
        let row = principal::take(&mut op.tx, link.principal_id).await?;
        return Ok(row.ok_or(ProviderProblem::Unknown));
    }
    let email = vouched.verified_email.as_deref().and_then(|email| UserName::parse(email).ok());
    if provider.settings.match_verified_email
        && let Some(email) = &email
        && let Some(row) = principal::find_by_user_name(&mut op.tx, email.as_str()).await?
    {
        return by_email(op, provider, vouched, row).await;
    }
    if provider.settings.create_people {
        create(op, provider, vouched, email).await
    } else {
        Ok(Err(ProviderProblem::Unknown))
    }
}

/// Links the person whose user name is the address.
async fn by_email(
    op: &mut Operation,
    provider: &Provider,
    vouched: &Vouched,
    row: PrincipalRow,
) -> Result<Result<PrincipalRow, ProviderProblem>> {
    let Some(row) = principal::take(&mut op.tx, row.id).await?.filter(|row| row.kind == PrincipalKind::User)
    else {
        return Ok(Err(ProviderProblem::Unknown));
    };
    if !sign_in::may_sign_in(&row) {
        return Ok(Ok(row));
    }
    // SECURITY: an address is given to somebody else one day, a subject never is. So by address somebody is found once: whoever
    // has an account linked, at whichever provider, links others themselves.
    if !external_identity::list(&mut op.tx, row.id).await?.is_empty() {
        return Ok(Err(ProviderProblem::Unknown));
    }
    Ok(insert(op, provider, &row, vouched, "by verified e-mail").await?.map(|()| row))
}

/// Makes a person. A name that is taken is not taken over.
async fn create(
    op: &mut Operation,
    provider: &Provider,
    vouched: &Vouched,
    email: Option<UserName>,
) -> Result<Result<PrincipalRow, ProviderProblem>> {
    let said = || vouched.user_name.as_deref().and_then(|name| UserName::parse(name).ok());
    let Some(user_name) = email.clone().or_else(said) else { return Ok(Err(ProviderProblem::Unusable)) };
    if principal::find_by_user_name(&mut op.tx, user_name.as_str()).await?.is_some() {
        return Ok(Err(ProviderProblem::Unusable));
    }
    let display_name = vouched.display_name.as_deref().and_then(|name| DisplayName::parse(name).ok());
    let display_name = display_name.map_or_else(|| user_name.to_string(), Into::into);
    let row = PrincipalRow {
        // Mail goes nowhere that nobody has verified.
        mail: email.map(Into::into),
        user_name: Some(user_name.into()),
        ..PrincipalRow::new(op.id(), PrincipalKind::User, display_name, op.now)
    };
    principal::insert(&mut op.tx, &row).await?;
    op.record(Event::new(Activity::UserCreated).on(&row).detail(format!("from {}", provider.settings.name)));
    Ok(insert(op, provider, &row, vouched, "on the first sign-in").await?.map(|()| row))
}
