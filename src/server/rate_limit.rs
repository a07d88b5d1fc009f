//! So many requests a minute, from one account and from one address.
//!
//! It keeps one person, or one program that went wrong, from taking the whole server; guessing is slowed by the engine, which
//! counts in the database (docs/decisions/0017). This one counts in memory, each replica for itself: it has to be cheap, and being
//! exact is worth nothing. Whose a session is has to be asked of the database, so the first request of each is not its account's yet,
//! and is counted as its own. Files that the browser loads are free, and so is asking whether the server lives.

use super::{operation::status, router::App, session::to_hex};
use crate::error::AppError;
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use metrics::counter;
use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    mem,
    net::IpAddr,
    num::NonZeroU32,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use stint_domain::{id::PrincipalId, network::neighbourhood};
use stint_engine::Caller;

/// An address may do so many times what an account may: an office sits behind one.
const ACCOUNTS_OF_ADDRESS: u32 = 10;

/// After so many requests the keys are forgotten that have their whole budget again, so that memory is bounded by how many
/// requests a minute there are, whatever their addresses.
const FORGET_EVERY: u32 = 4096;

/// The budgets.
pub struct Limiter {
    app: App,
    free: HashSet<String>,
    budgets: Option<Budgets>,
}

struct Budgets {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_account: DefaultKeyedRateLimiter<u64>,
    accounts: Mutex<Accounts>,
    /// Tokens are not kept, only this hash of them.
    hasher: RandomState,
    asked: AtomicU32,
    clock: DefaultClock,
}

/// Whose the sessions are that asked lately, hash by hash. What was not looked up between two times of forgetting is forgotten.
#[derive(Default)]
struct Accounts {
    lately: HashMap<u64, u64>,
    before: HashMap<u64, u64>,
}

impl Accounts {
    fn find(&mut self, session: u64) -> Option<u64> {
        if let Some(account) = self.before.remove(&session) {
            self.lately.insert(session, account);
        }
        self.lately.get(&session).copied()
    }

    fn forget(&mut self) {
        self.before = mem::take(&mut self.lately);
    }
}

impl Limiter {
    /// The budgets of a server.
    pub fn new(app: &App) -> Arc<Self> {
        let mut free: HashSet<_> = ["/healthz", "/readyz"].map(ToOwned::to_owned).into();
        add_files(&app.config.site_root, "", &mut free);
        let budgets = NonZeroU32::new(app.config.requests_per_minute).map(Budgets::new);
        Arc::new(Self { app: app.clone(), free, budgets })
    }

    /// The budgets that a request is taken from.
    fn of(&self, request: &Request) -> Option<&Budgets> {
        self.budgets.as_ref().filter(|_| !self.free.contains(request.uri().path()))
    }
}

impl Budgets {
    fn new(a_minute: NonZeroU32) -> Self {
        let ten_times = a_minute.saturating_mul(NonZeroU32::MIN.saturating_add(ACCOUNTS_OF_ADDRESS - 1));
        Self {
            by_address: RateLimiter::keyed(Quota::per_minute(ten_times)),
            by_account: RateLimiter::keyed(Quota::per_minute(a_minute)),
            accounts: Mutex::default(),
            hasher: RandomState::new(),
            asked: AtomicU32::new(0),
            clock: DefaultClock::default(),
        }
    }

    /// How long whoever asks has to wait; nothing where they have not.
    fn take(&self, address: Option<IpAddr>, token: Option<&[u8]>) -> Option<Duration> {
        self.forget_some();
        // First, so that nobody gets a new budget with a new token that they made up.
        let of_address = address.and_then(|address| self.by_address.check_key(&neighbourhood(address)).err());
        let of_account = || {
            let session = self.hasher.hash_one(token?);
            let account = self.accounts().find(session).unwrap_or(session);
            self.by_account.check_key(&account).err()
        };
        let (by, not_until) = match of_address {
            Some(not_until) => ("address", not_until),
            None => ("account", of_account()?),
        };
        counter!("stint_http_limited_total", "by" => by).increment(1);
        Some(not_until.wait_time_from(self.clock.now()))
    }

    /// From here on what comes with this token is the person's.
    fn know(&self, token: &[u8], person: PrincipalId) {
        let (session, account) = (self.hasher.hash_one(token), self.hasher.hash_one(person));
        self.accounts().lately.insert(session, account);
    }

    fn accounts(&self) -> std::sync::MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget_some(&self) {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(FORGET_EVERY) {
            self.by_address.retain_recent();
            self.by_address.shrink_to_fit();
            self.by_account.retain_recent();
            self.by_account.shrink_to_fit();
            self.accounts().forget();
        }
    }
}

/// The addresses of the files that are there when the server starts. Others are rendered as pages that say so.
fn add_files(directory: &Path, address: &str, to: &mut HashSet<String>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let address = format!("{address}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            add_files(&entry.path(), &address, to);
        } else {
            to.insert(address);
        }
    }
}

/// Refuses what is too much.
pub async fn limit(State(limiter): State<Arc<Limiter>>, request: Request, next: Next) -> Response {
    let Some(budgets) = limiter.of(&request) else { return next.run(request).await };
    let caller = request.extensions().get::<Caller>().cloned().unwrap_or_default();
    let address = caller.source.as_deref().and_then(|source| source.parse().ok());
    let Some(wait) = budgets.take(address, caller.token.as_deref()) else {
        let response = next.run(request).await;
        if let (Some(token), Some(&person)) = (&caller.token, caller.person.get()) {
            budgets.know(token, person);
        }
        return response;
    };
    let seconds = i64::try_from(wait.as_secs()).unwrap_or(i64::MAX).saturating_add(1);
    let error = AppError::Slowed { seconds };
    let wants_page = request.headers().get_all(header::ACCEPT).iter();
    let wants_page =
        wants_page.filter_map(|value| value.to_str().ok()).any(|value| value.contains("text/html"));
    let mut response = if wants_page {
        page(&to_hex(&limiter.app.engine.random().bytes::<16>()), seconds)
    } else {
        Json(&error).into_response()
    };
    *response.status_mut() = status(&error);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// A page that costs nothing to make: it loads no file, and is styled by itself.
fn page(nonce: &str, seconds: i64) -> Response {
    let wait = if seconds == 1 { "a second".to_owned() } else { format!("{seconds} seconds") };
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Too many requests - Stint</title>\
         <style nonce=\"{nonce}\">:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:36rem;\
         margin:15vh auto;padding:0 1rem}}</style></head><body><main><h1>Too many requests</h1>\
         <p>More was asked of this server from your account or your network than it lets anybody ask at once. Nothing was changed \
         by this request.</p><p><strong>Wait {wait}, then reload this page.</strong> What you sent is sent again, if your browser \
         asks whether it should.</p><p>If this happens again and again, tell your administrator.</p></main></body></html>"
    );
    let policy =
        format!("default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'none'; base-uri 'none'");
    let mut response = Html(page).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budgets(a_minute: u32) -> Budgets {
        Budgets::new(NonZeroU32::new(a_minute).unwrap())
    }

    fn person(number: u128) -> PrincipalId {
        PrincipalId::new(uuid::Uuid::from_u128(number))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_account_has_its_budget_and_an_address_ten_times_that() {
        let budgets = budgets(5);
        let office = Some(address("198.51.100.9"));
        for session in 0..10_u8 {
            for _ in 0..5 {
                assert_eq!(budgets.take(office, Some(&[session])), None);
            }
            if session < 9 {
                assert!(
                    budgets.take(Some(address("203.0.113.1")), Some(&[session])).is_some(),
                    "wherever it comes from"
                );
            }
        }
        let wait = budgets.take(office, Some(b"a new one")).expect("the office has used its budget");
        assert!(wait <= Duration::from_secs(2), "{wait:?}");
        assert_eq!(budgets.take(Some(address("198.51.100.10")), Some(b"another office")), None);
    }

    #[test]
    fn signing_in_again_gives_no_new_budget() {
        let budgets = budgets(5);
        let (mira, noah) = (person(1), person(2));
        for session in 0..5_u8 {
            assert_eq!(budgets.take(None, Some(&[session])), None, "whose it is is not known yet");
            budgets.know(&[session], mira);
            assert_eq!(budgets.take(None, Some(&[session])), None);
        }
        for session in 0..5_u8 {
            assert!(budgets.take(None, Some(&[session])).is_some());
        }
        budgets.know(b"another's", noah);
        assert_eq!(budgets.take(None, Some(b"another's")), None);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let budgets = budgets(1);
        for host in 0..10 {
            assert_eq!(budgets.take(Some(address(&format!("2001:db8::{host:x}"))), None), None);
        }
        assert!(budgets.take(Some(address("2001:db8::ffff")), None).is_some());
        assert_eq!(budgets.take(Some(address("2001:db8:0:1::1")), None), None);
    }

    #[test]
    fn who_has_not_asked_lately_is_forgotten() {
        let budgets = budgets(60_000);
        for number in 0..FORGET_EVERY * 3 {
            budgets.take(Some(IpAddr::from(number.to_be_bytes())), None);
            budgets.know(&number.to_be_bytes(), person(number.into()));
        }
        let most = usize::try_from(FORGET_EVERY).unwrap() * 2;
        assert!(budgets.by_address.len() <= most, "{}", budgets.by_address.len());
        let accounts = budgets.accounts();
        assert!(accounts.lately.len() + accounts.before.len() <= most, "{}", accounts.before.len());
    }
}
