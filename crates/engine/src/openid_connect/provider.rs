//! A provider: what it says of itself, where a browser is sent, and what a code is exchanged for.

use super::{
    Answer, Settings,
    attempt::Secrets,
    claims::{Library, PersonClaims, TokenClaims, Vouched},
    settings::is_fit,
};
use crate::webhook::Client;
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    AdditionalProviderMetadata, AsyncHttpClient, AuthType, AuthenticationContextClass, AuthenticationFlow,
    AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndSessionUrl,
    HttpRequest, HttpResponse, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, TokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use stint_domain::sign_in::ProviderProblem;
use stint_store::openid_attempt::{AttemptRow, Purpose};

/// How long one answer of a provider may take.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long somebody who is to be sent to a provider waits to hear whether it is there.
const LOOK: Duration = Duration::from_secs(3);
/// How long it counts as there after it has answered.
const THERE: TimeDelta = TimeDelta::minutes(1);
/// The longest answer that is read, in bytes.
const MOST_BYTES: usize = 512 * 1024;
/// How long it is believed what a provider says of itself. Its keys are asked for anew as soon as one is not known.
const BELIEVED: TimeDelta = TimeDelta::hours(1);
/// How far two clocks may be apart.
pub(super) const APART: TimeDelta = TimeDelta::minutes(1);

/// Signatures that only the provider can make: none that is made with a secret that we have as well.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What a provider may say of itself beyond discovery.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct More {
    end_session_endpoint: Option<EndSessionUrl>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for More {}

type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What went wrong: what a person is told, and what the log says.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) problem: ProviderProblem,
    why: String,
}

impl Fault {
    pub(super) fn new(problem: ProviderProblem, why: impl Into<String>) -> Self {
        Self { problem, why: why.into() }
    }

    /// Writes it to the log, once, and goes on with what a person is told.
    pub(super) fn told(&self, provider: &Provider) -> ProviderProblem {
        let (id, problem, why) = (&provider.settings.id, self.problem, &self.why);
        tracing::warn!(provider = id, ?problem, why, "An identity provider was of no use ({id}): {why}");
        problem
    }
}

/// Why there is no answer, in words without the address.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unreached(String);

/// What a provider said of itself, and when.
struct Known {
    metadata: Metadata,
    at: DateTime<Utc>,
}

/// A provider.
pub(crate) struct Provider {
    pub(super) settings: Settings,
    issuer: IssuerUrl,
    redirect: RedirectUrl,
    after_sign_out: PostLogoutRedirectUrl,
    http: Client,
    known: Mutex<Option<Arc<Known>>>,
    looking: tokio::sync::Mutex<()>,
}

impl Provider {
    /// The provider that an operator named, for a portal at this address.
    pub(super) fn new(settings: Settings, address: &str) -> Result<Self, String> {
        settings.check()?;
        let address = address.trim_end_matches('/');
        let wrong = |error: openidconnect::url::ParseError| format!("{}: {error}", settings.id);
        let callback = format!("{address}/sign-in/with/{}/callback", settings.id);
        Ok(Self {
            issuer: IssuerUrl::new(settings.issuer.clone()).map_err(wrong)?,
            redirect: RedirectUrl::new(callback).map_err(wrong)?,
            after_sign_out: PostLogoutRedirectUrl::new(format!("{address}/sign-in")).map_err(wrong)?,
            http: Client::trusting(settings.authorities.anchors())?,
            known: Mutex::default(),
            looking: tokio::sync::Mutex::default(),
            settings,
        })
    }

    /// Looks whether the provider is there, so that nobody is sent into the void. Who comes meanwhile waits for the same look: one that
    /// is slow or away is not asked once for each of them.
    pub(super) async fn reach(&self, now: DateTime<Utc>) -> Result<(), Fault> {
        let look = async {
            let _alone = self.looking.lock().await;
            if self.said_within(THERE, now).is_some() { Ok(()) } else { self.learn(now).await.map(drop) }
        };
        let in_time = tokio::time::timeout(LOOK, look).await;
        in_time.unwrap_or_else(|_| {
            let why = format!("no answer for {} seconds", LOOK.as_secs());
            Err(Fault::new(ProviderProblem::Down, why))
        })
    }

    /// What the provider says of itself: what it said lately, or what it says now.
    async fn known(&self, now: DateTime<Utc>) -> Result<Arc<Known>, Fault> {
        if let Some(known) = self.said_within(BELIEVED, now) {
            return Ok(known);
        }
        match (self.learn(now).await, self.remembered()) {
            (Err(fault), Some(known)) => {
                fault.told(self);
                Ok(known)
            }
            (learnt, _) => learnt,
        }
    }

    fn remembered(&self) -> Option<Arc<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn said_within(&self, span: TimeDelta, now: DateTime<Utc>) -> Option<Arc<Known>> {
        self.remembered().filter(|known| now < known.at + span)
    }

    /// Asks what the provider says of itself, and for its keys.
    async fn learn(&self, now: DateTime<Utc>) -> Result<Arc<Known>, Fault> {
        let down = |why: String| Fault::new(ProviderProblem::Down, why);
        let asked = Metadata::discover_async(self.issuer.clone(), self).await;
        let metadata = asked.map_err(|error| down(chain(&error)))?;
        let endpoints = [
            Some(metadata.authorization_endpoint().as_str()),
            metadata.token_endpoint().map(|url| url.as_str()),
            metadata.userinfo_endpoint().map(|url| url.as_str()),
            metadata.additional_metadata().end_session_endpoint.as_ref().map(|url| url.as_str()),
        ];
        if let Some(url) = endpoints.into_iter().flatten().find(|url| !is_fit(url, &self.settings.issuer)) {
            return Err(down(format!("it names {url:?}, which is not https")));
        }
        let known = Arc::new(Known { metadata, at: now });
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }

    /// One request, one answer; a redirect is an answer like any other.
    async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, Unreached> {
        if !is_fit(&request.uri().to_string(), &self.settings.issuer) {
            return Err(Unreached("the address is not https".to_owned()));
        }
        let answer = self.http.send(request, PATIENCE, MOST_BYTES).await.map_err(Unreached)?;
        match answer.status() {
            status if status.is_server_error() => Err(Unreached(format!("the answer was {status}"))),
            _ => Ok(answer),
        }
    }

    fn library(&self, known: &Known) -> Library {
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        let methods = known.metadata.token_endpoint_auth_methods_supported();
        let only_in_the_body = methods.is_some_and(|methods| {
            !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let id = ClientId::new(self.settings.client_id.clone());
        let library = Library::from_provider_metadata(known.metadata.clone(), id, secret)
            .set_redirect_uri(self.redirect.clone());
        if only_in_the_body { library.set_auth_type(AuthType::RequestBody) } else { library }
    }

    /// Where a browser is sent to be asked who it is.
    pub(super) async fn address_to_ask(
        &self,
        now: DateTime<Utc>,
        attempt: &AttemptRow,
        secrets: &Secrets,
        longest: TimeDelta,
    ) -> Result<String, Fault> {
        let library = self.library(&*self.known(now).await?);
        let (state, nonce) = (secrets.state.clone(), secrets.nonce.clone());
        let verifier = PkceCodeVerifier::new(secrets.verifier.clone());
        let mut asked = library
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        for scope in self.settings.scopes.iter().filter(|scope| *scope != "openid") {
            asked = asked.add_scope(Scope::new(scope.clone()));
        }
        if attempt.purpose == Purpose::Confirm {
            let acr = attempt.acr.as_ref().map_or(self.settings.acr_values.as_slice(), std::slice::from_ref);
            for acr in acr {
                asked = asked.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
            }
            asked = asked.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
        } else {
            // Nobody comes in by a sign-in that is older than a session of ours could be. It also makes the provider say when it was.
            asked = asked.set_max_age(longest.to_std().unwrap_or_default());
        }
        Ok(asked.url().0.into())
    }

    /// Exchanges what a browser came back with for who it is.
    pub(super) async fn ask(
        &self,
        now: DateTime<Utc>,
        longest: TimeDelta,
        attempt: &AttemptRow,
        secrets: &Secrets,
        answer: &Answer,
    ) -> Result<Vouched, Fault> {
        let known = self.known(now).await?;
        self.check_issuer(&known, answer)?;
        if let Some(error) = &answer.error {
            let problem = match error.as_str() {
                "server_error" | "temporarily_unavailable" => ProviderProblem::Down,
                _ => ProviderProblem::Refused,
            };
            return Err(Fault::new(problem, format!("it answered {error:?}")));
        }
        let code = answer.code.clone().unwrap_or_default();
        let library = self.library(&known);
        let request = library
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| Fault::new(ProviderProblem::Down, error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier.clone()));
        let tokens = request.request_async(self).await.map_err(|error| {
            let problem = match &error {
                RequestTokenError::Request(_) | RequestTokenError::Other(_) => ProviderProblem::Down,
                _ => ProviderProblem::Untrusted,
            };
            Fault::new(problem, chain(&error))
        })?;
        let untrusted = |why: String| Fault::new(ProviderProblem::Untrusted, why);
        let id_token = tokens.id_token().ok_or_else(|| untrusted("there is no ID token".to_owned()))?;
        let nonce = Nonce::new(secrets.nonce.clone());
        let verify = |library: &Library| {
            let verifier =
                library.id_token_verifier().set_allowed_algs(SIGNATURES).set_time_fn(move || now - APART);
            id_token.clone().into_claims(&verifier, &nonce)
        };
        let claims = match verify(&library) {
            // The provider may have new keys.
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_),
            )) => verify(&self.library(&*self.learn(now).await?)),
            verified => verified,
        };
        let claims = claims.map_err(|error| untrusted(chain(&error)))?;
        self.check_claims(now, longest, attempt, &claims).map_err(untrusted)?;
        let person = if self.wants_more(attempt.purpose, &claims) && library.user_info_url().is_some() {
            let request = library.user_info(tokens.access_token().clone(), Some(claims.subject().clone()));
            let request = request.map_err(|error| untrusted(error.to_string()))?;
            let asked = request.request_async(self).await;
            Some(asked.map_err(|error| Fault::new(ProviderProblem::Down, chain(&error)))?)
        } else {
            None
        };
        Ok(Vouched::read(&claims, person.as_ref() as Option<&PersonClaims>, &self.settings))
    }

    /// SECURITY: of several providers one may be another's enemy, and pass its own answers off as the other's (RFC 9207).
    fn check_issuer(&self, known: &Known, answer: &Answer) -> Result<(), Fault> {
        let is_said = known.metadata.additional_metadata().authorization_response_iss_parameter_supported;
        match &answer.issuer {
            Some(issuer) if *issuer != self.settings.issuer => {
                Err(Fault::new(ProviderProblem::Untrusted, format!("the answer is of {issuer:?}")))
            }
            None if is_said => {
                Err(Fault::new(ProviderProblem::Untrusted, "the answer does not say whose it is"))
            }
            _ => Ok(()),
        }
    }

    /// What the library leaves to us: for whom the token is, and that it was made for this attempt.
    fn check_claims(
        &self,
        now: DateTime<Utc>,
        longest: TimeDelta,
        attempt: &AttemptRow,
        claims: &TokenClaims,
    ) -> Result<(), String> {
        if claims.authorized_party().is_some_and(|party| party.as_str() != self.settings.client_id) {
            return Err("the token is for another party".to_owned());
        }
        let issued = claims.issue_time();
        if issued < attempt.created_at - APART || issued > now + APART {
            return Err(format!("the token was issued at {issued}, which is not now"));
        }
        if claims.auth_time().is_some_and(|at| at > now + APART || at < now - longest - APART) {
            return Err("the sign-in lies in the future, or too far back".to_owned());
        }
        if claims.subject().as_str().is_empty() || claims.subject().as_str().len() > 255 {
            return Err("the subject has no or too many characters".to_owned());
        }
        Ok(())
    }

    /// Whether the ID token leaves out what the provider may say elsewhere.
    fn wants_more(&self, purpose: Purpose, claims: &TokenClaims) -> bool {
        let Settings { match_verified_email, create_people, groups_claim, .. } = &self.settings;
        let wants_email = (*match_verified_email || *create_people) && claims.email().is_none();
        let wants_name = *create_people && claims.name().is_none();
        let wants_groups = groups_claim.as_ref().is_some_and(|claim| !claims.additional_claims().has(claim));
        purpose == Purpose::SignIn && (wants_email || wants_name || wants_groups)
    }

    /// Where somebody signs out of the provider, if it has such a place.
    ///
    /// We keep no ID token for it to know them by: it is told whose people they are (`client_id`), and asks them whether they mean it.
    pub(super) async fn sign_out_address(&self, now: DateTime<Utc>) -> Option<String> {
        if self.said_within(BELIEVED, now).is_none()
            && let Err(fault) = self.reach(now).await
        {
            fault.told(self);
        }
        let known = self.remembered()?;
        let endpoint = known.metadata.additional_metadata().end_session_endpoint.clone()?;
        let request = LogoutRequest::from(endpoint)
            .set_client_id(ClientId::new(self.settings.client_id.clone()))
            .set_post_logout_redirect_uri(self.after_sign_out.clone());
        Some(request.http_get_url().into())
    }
}

impl<'c> AsyncHttpClient<'c> for Provider {
    type Error = Unreached;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unreached>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.fetch(request))
    }
}

/// An error and what is behind it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{net::TcpListener, time::Instant};

    #[tokio::test(start_paused = true)]
    async fn whoever_says_nothing_is_not_waited_for() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = Settings {
            id: "contoso".to_owned(),
            name: "Contoso".to_owned(),
            issuer: format!("http://{}", silent.local_addr().unwrap()),
            client_id: "stint".to_owned(),
            ..Settings::default()
        };
        let provider = Provider::new(settings, "https://pim.contoso.example").unwrap();
        let (now, began) = (DateTime::UNIX_EPOCH, Instant::now());
        let (one, other) = tokio::join!(provider.reach(now), provider.reach(now));
        for looked in [one, other] {
            assert_eq!(looked.unwrap_err().problem, ProviderProblem::Down);
        }
        assert!(began.elapsed() < LOOK + Duration::from_secs(1), "{:?}", began.elapsed());
    }
}
