//! Confirming at a provider that it is the person who is signed in, and coming back to the form that asked for it.

use super::{
    Finished, Provider,
    attempt::{self, LASTS, session_of},
    claims::Vouched,
    provider::{APART, Fault},
};
use crate::{
    Caller, Engine, Error, Operation, Result, audit::Event, operation::hash_token, sign_in::SignedIn, step_up,
};
use chrono::{DateTime, Utc};
use stint_domain::{
    audit::Activity,
    sign_in::ProviderProblem,
    step_up::{FactorMethod, SignInClass},
};
use stint_store::{
    external_identity,
    openid_attempt::{self, AttemptRow, Purpose},
    principal, session,
};

/// Takes what the provider vouches for. Where nothing came of it, the person comes back to their form all the same, and is told why.
pub(super) async fn take(
    engine: &Engine,
    caller: &Caller,
    provider: &Provider,
    attempt: AttemptRow,
    token: Option<&[u8]>,
    vouched: Result<Vouched, Fault>,
) -> Result<Finished> {
    let mut op = engine.write(caller).await?;
    let is_asker = op.actor().is_ok() && attempt.session_hash == Some(session_of(caller)?);
    if !is_asker {
        let problem = attempt::gone().told(provider);
        return Ok(Finished::Failed { problem, is_link: false, return_to: attempt.return_to });
    }
    let raised = match vouched {
        Ok(vouched) => raise(&mut op, caller, provider, &attempt, &vouched).await?,
        Err(fault) => Err(fault),
    };
    let (session, problem) = match raised {
        Ok(session) => (session, None),
        Err(fault) => {
            let event = Event::new(Activity::SecondFactorFailed).on(&op.person()?.clone());
            op.record(event.detail(provider.settings.name.clone()));
            (None, Some(fault.told(provider)))
        }
    };
    let return_to = attempt.return_to.clone();
    if let (Some(token), true) = (token, attempt.form.is_some() || problem.is_some()) {
        let session_hash = match &session {
            Some(session) => hash_token(&session.token),
            None => session_of(caller)?,
        };
        let row = AttemptRow {
            token_hash: hash_token(token),
            purpose: Purpose::Answered,
            session_hash: Some(session_hash),
            problem,
            expires_at: op.now + LASTS,
            ..attempt
        };
        openid_attempt::insert(&mut op.tx, &row).await?;
    }
    op.commit().await?;
    Ok(Finished::Confirmed(session, return_to))
}

/// Notes in the session what the provider vouches for, where it is what was asked for.
async fn raise(
    op: &mut Operation,
    caller: &Caller,
    provider: &Provider,
    attempt: &AttemptRow,
    vouched: &Vouched,
) -> Result<Result<Option<SignedIn>, Fault>> {
    let own = op.actor()?.id;
    principal::take(&mut op.tx, own).await?.ok_or(Error::NotSignedIn)?;
    let (issuer, subject) = (&provider.settings.issuer, &vouched.subject);
    let link = external_identity::find(&mut op.tx, issuer, subject).await?;
    // SECURITY: whoever sits at the keyboard may be signed in at the provider as somebody else.
    if link.is_none_or(|link| link.principal_id != own) {
        return Ok(Err(Fault::new(ProviderProblem::OtherAccount, "another account confirmed")));
    }
    // SECURITY: a provider may answer from what it remembers. It has to say that the person was asked now.
    let is_fresh = |at: &DateTime<Utc>| *at >= attempt.created_at - APART;
    let Some(at) = vouched.signed_in_at.filter(is_fresh) else {
        let why = "it does not say (auth_time) that the person signed in anew";
        return Ok(Err(Fault::new(ProviderProblem::NoSecondFactor, why)));
    };
    let class = vouched.acr.clone().map(|acr| SignInClass { acr, at: at.min(op.now) });
    let has_class = attempt.acr.is_some() && attempt.acr == vouched.acr;
    if !has_class && (attempt.acr.is_some() || !vouched.with_factor) {
        let why = format!("it says acr {:?} and no second factor that counts", vouched.acr);
        return Ok(Err(Fault::new(ProviderProblem::NoSecondFactor, why)));
    }
    external_identity::set_used(&mut op.tx, issuer, subject, op.now, vouched.with_factor).await?;
    let mut token = session_of(caller)?;
    let mut raised = None;
    if vouched.with_factor {
        let session = step_up::raise(op, caller, FactorMethod::IdentityProvider).await?;
        token = hash_token(&session.token);
        raised = Some(session);
    }
    if !session::set_provider(&mut op.tx, token.clone(), &provider.settings.id).await? {
        return Err(Error::NotSignedIn);
    }
    if let Some(class) = class
        && !session::set_class(&mut op.tx, token, &class).await?
    {
        return Err(Error::NotSignedIn);
    }
    Ok(Ok(raised))
}
