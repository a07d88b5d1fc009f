//! Security info: what the person who is signed in can confirm with that it is them.

mod app;
mod linked_accounts;
mod passkeys;
mod recovery_codes;

use crate::{
    components::{Breadcrumb, LinkButton, MessageBar, MessageKind, PageHeader},
    encoded::{Encoded, page_data},
    error::AppError,
    pages::loaded::{loaded, query},
    paths,
};
use app::{AuthenticatorApp, Begun};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use linked_accounts::{LinkedAccount, LinkedAccounts};
use passkeys::{PasskeyItem, Passkeys};
use recovery_codes::RecoveryCodes;
use serde::{Deserialize, Serialize};

/// What the person has, and what they have begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityInfo {
    /// When the authenticator app was set up, and when it was used last.
    pub app: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    /// The app that is being set up.
    pub begun: Option<Begun>,
    /// Why none can be.
    pub app_denied: Option<String>,
    /// The passkeys.
    pub passkeys: Vec<PasskeyItem>,
    /// Why there can be none; where they are bound to a host, that host.
    pub passkey_host: Option<String>,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
    /// The identity providers, and which of them are linked.
    pub accounts: Vec<LinkedAccount>,
    /// Why the last one could not be linked.
    pub problem: Option<String>,
}

/// What the person has.
#[server(endpoint = "get_security_info")]
pub async fn get_security_info(
    #[server(default)] provider: String,
    #[server(default)] problem: String,
) -> Result<Encoded<SecurityInfo>, AppError> {
    use crate::{encoded::encode, server::operation::engine};
    use stint_domain::{refusal::Broken, sign_in::ProviderProblem};
    use stint_engine::{
        openid_connect,
        second_factor::{self, totp},
    };
    let mut op = crate::server::read().await?;
    let found = second_factor::list_own(&mut op).await?;
    let begun = totp::begun(&mut op).await?;
    let accounts = openid_connect::list_own(&mut op).await?;
    let named = accounts.iter().find(|account| account.id.as_ref() == Some(&provider));
    let problem = ProviderProblem::ALL.into_iter().find(|known| known.slug() == problem);
    let problem = named.zip(problem).map(|(account, problem)| problem.in_words(&account.name));
    let engine = engine();
    encode(SecurityInfo {
        accounts: accounts
            .into_iter()
            .map(|one| LinkedAccount { id: one.id, name: one.name, linked: one.linked })
            .collect(),
        problem,
        app: found.totp,
        begun: begun.map(|begun| Begun { secret: begun.secret, link: begun.link, picture: begun.picture }),
        app_denied: (!totp::can_be_kept(&engine)).then(|| Broken::NoSecretKey.to_string()),
        passkeys: found
            .passkeys
            .into_iter()
            .map(|row| PasskeyItem {
                id: row.id,
                name: row.name,
                created_at: row.created_at,
                used_at: row.used_at,
            })
            .collect(),
        passkey_host: engine.passkey_host().map(ToOwned::to_owned),
        recovery_codes: found.recovery_codes,
    })
}

/// The page.
#[component]
pub fn SecurityInfoPage() -> impl IntoView {
    let return_to = query("return_to");
    let (provider, problem) = (query("provider"), query("problem"));
    let info = page_data(
        move || (provider.get(), problem.get()),
        |(provider, problem)| get_security_info(provider, problem),
    );
    let back = move || {
        let path = return_to.get();
        (!path.is_empty()).then(|| {
            view! { <p><LinkButton href=paths::local(&path)>"Back to what you were doing"</LinkButton></p> }
        })
    };
    view! {
        <Title text="Security info" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("Security info".into(), None)] />
        <PageHeader title="Security info" subtitle=Some("What you can confirm with that it is you".into()) icon="lock" />
        {back}
        {loaded(info, |info| view! { <Methods info /> })}
    }
    .into_any()
}

#[component]
fn Methods(info: SecurityInfo) -> impl IntoView {
    let has_any = info.app.is_some() || !info.passkeys.is_empty();
    let none = (!has_any).then(|| {
        view! {
            <MessageBar kind=MessageKind::Info title=Some("You have no second factor yet".to_owned())>
                "Some roles ask for one when you activate them. Add an authenticator app, or a passkey, or both."
            </MessageBar>
        }
    });
    let SecurityInfo { app, begun, app_denied, passkeys, passkey_host, recovery_codes, accounts, problem } =
        info;
    view! {
        {none}
        <AuthenticatorApp app begun denied=app_denied />
        <Passkeys passkeys host=passkey_host />
        <RecoveryCodes left=recovery_codes has_any />
        {(!accounts.is_empty()).then(|| view! { <LinkedAccounts accounts problem /> })}
    }
    .into_any()
}
