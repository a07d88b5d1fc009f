//! Security info: what the person who is signed in can confirm with that it is them.

use crate::{
    components::{
        Breadcrumb, Button, ButtonKind, Confirm, Field as FormField, LinkButton, LocalTime, MessageBar,
        MessageKind, PageHeader, Section, Table, TextInput,
    },
    encoded::{Encoded, page_data},
    error::AppError,
    form::{Posted, use_form},
    pages::{
        counted::counted,
        loaded::{Problem, loaded, query},
    },
    paths,
};
use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::{id::PasskeyId, refusal::Field};

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

/// An identity provider, and whether an account there is linked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedAccount {
    /// What it is called in addresses; nothing where it is not configured any more.
    pub id: Option<String>,
    /// What people call it.
    pub name: String,
    /// When an account was linked, and when it was used last.
    pub linked: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
}

/// What an app has to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The secret, for typing.
    pub secret: String,
    /// The same as a link.
    pub link: String,
    /// The same as a picture: an SVG.
    pub picture: String,
}

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyItem {
    /// Its id.
    pub id: PasskeyId,
    /// What the person calls it.
    pub name: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was used last.
    pub used_at: Option<DateTime<Utc>>,
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

/// Begins to set up an authenticator app.
#[server(endpoint = "begin_totp")]
pub async fn begin_totp() -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::second_factor::totp::begin(&mut op).await?;
    Ok(op.commit().await?)
}

/// Sets the app up with a code that it shows.
#[server(endpoint = "confirm_totp")]
pub async fn confirm_totp(#[server(default)] code: String) -> Result<(), AppError> {
    use crate::server::{
        operation::{caller, engine},
        session, toast,
    };
    let session = stint_engine::second_factor::totp::confirm(&engine(), &caller(), &code).await?;
    session::give_cookie(&session);
    toast::say("The authenticator app was added.");
    Ok(())
}

/// Takes the app away.
#[server(endpoint = "remove_totp")]
pub async fn remove_totp() -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::second_factor::totp::remove(&mut op).await?;
    op.commit().await?;
    crate::server::toast::say("The authenticator app was removed.");
    Ok(())
}

/// Takes a passkey away.
#[server(endpoint = "remove_passkey")]
pub async fn remove_passkey(id: PasskeyId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::second_factor::passkey::remove(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The passkey was removed.");
    Ok(())
}

/// Begins to link an account at an identity provider.
#[server(endpoint = "link_account")]
pub async fn link_account(provider: String) -> Result<(), AppError> {
    use crate::server::{operation, session};
    use stint_engine::openid_connect::begin_link;
    let (engine, caller) = (operation::engine(), operation::caller());
    session::go_onward(&begin_link(&engine, &caller, &provider, paths::SECURITY_INFO).await?);
    Ok(())
}

/// Takes the link to an account away.
#[server(endpoint = "unlink_account")]
pub async fn unlink_account(provider: String) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::openid_connect::unlink(&mut op, &provider).await?;
    op.commit().await?;
    crate::server::toast::say("The account was unlinked.");
    Ok(())
}

/// Makes new recovery codes, which are shown once.
#[server(endpoint = "create_recovery_codes")]
pub async fn create_recovery_codes() -> Result<Vec<String>, AppError> {
    let mut op = crate::server::write().await?;
    let codes = stint_engine::second_factor::recovery::create(&mut op).await?;
    op.commit().await?;
    Ok(codes)
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
        <App app begun denied=app_denied />
        <Passkeys passkeys host=passkey_host />
        <RecoveryCodes left=recovery_codes has_any />
        {(!accounts.is_empty()).then(|| view! { <LinkedAccounts accounts problem /> })}
    }
    .into_any()
}

#[component]
fn App(
    app: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    begun: Option<Begun>,
    denied: Option<String>,
) -> impl IntoView {
    let (begin, remove) = (Posted::to(BeginTotp::PATH), Posted::to(RemoveTotp::PATH));
    let there = app.map(|(created_at, used_at)| {
        view! {
            <p>
                "Added "<LocalTime at=created_at />
                {match used_at {
                    Some(at) => view! { ", used last "<LocalTime at /> }.into_any(),
                    None => ", not used yet".into_any(),
                }}
                "."
            </p>
        }
    });
    let (kind, words) = match (&begun, &app) {
        (Some(_), _) => (ButtonKind::Subtle, "Begin again with another secret"),
        (None, Some(_)) => (ButtonKind::Secondary, "Set up another app instead"),
        (None, None) => (ButtonKind::Primary, "Add authenticator app"),
    };
    let removing = app.map(|_| {
        view! {
            <Confirm id="remove-app" title="Remove the authenticator app?" trigger="Remove" trigger_icon="delete" trigger_class="button" confirm_label="Remove" danger=true error=Signal::stored(remove.error_besides(&[]))>
                <form method="post" action=Posted::address(RemoveTotp::PATH) id="remove-app-form">
                    <p>"Its codes do not count any more. Recovery codes go with the last method."</p>
                </form>
            </Confirm>
        }
    });
    let enrolling = begun.map(|begun| view! { <Enrolling begun /> });
    view! {
        <Section title="Authenticator app" subtitle=Some("Codes of six digits that change every thirty seconds".into())>
            {there}
            <Problem words=Signal::stored(begin.error_besides(&[])) />
            {enrolling}
            <div class="cluster">
                <form method="post" action=Posted::address(BeginTotp::PATH)>
                    <Button kind submit=true denied>{words}</Button>
                </form>
                {removing}
            </div>
        </Section>
    }
    .into_any()
}

#[component]
fn Enrolling(begun: Begun) -> impl IntoView {
    let posted = Posted::to(ConfirmTotp::PATH);
    view! {
        <form method="post" action=Posted::address(ConfirmTotp::PATH) class="form stack">
            <p>"Scan this with your app, or type the secret into it. Then enter the code that it shows."</p>
            <div class="qr-code" role="img" aria-label="QR code with the secret below" inner_html=begun.picture></div>
            <p>"Secret: "<code class="mono">{begun.secret}</code></p>
            <p><a href=begun.link rel="external">"Open in an app on this device"</a></p>
            <Problem words=Signal::stored(posted.error_besides(&[Field::Code])) />
            <FormField label="Code" for_id="code" required=true error=Signal::stored(posted.error_at(Field::Code))>
                <TextInput id="code" name="code" autocomplete="one-time-code" maxlength=12 />
            </FormField>
            <div class="panel-actions">
                <Button kind=ButtonKind::Primary submit=true>"Confirm"</Button>
            </div>
        </form>
    }
    .into_any()
}

#[component]
fn Passkeys(passkeys: Vec<PasskeyItem>, host: Option<String>) -> impl IntoView {
    let posted = Posted::to(RemovePasskey::PATH);
    let rows: Vec<_> = passkeys.into_iter().map(|passkey| view! { <PasskeyRow passkey /> }).collect();
    let list = if rows.is_empty() {
        view! { <p>"You have none. A passkey is your fingerprint, your face, or a key that you plug in."</p> }
            .into_any()
    } else {
        view! {
            <Table caption="Passkeys">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Added"</th>
                        <th scope="col">"Used last"</th>
                        <th scope="col">"Action"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
        .into_any()
    };
    let add = match host {
        Some(host) => view! {
            <form class="form stack" data-passkey-form>
                <FormField label="Name of the passkey" for_id="passkey-name" hint=Some(format!("It opens {host} only."))>
                    <TextInput id="passkey-name" name="name" value="My passkey" maxlength=64 />
                </FormField>
                <div class="cluster">
                    <button type="button" class="button button-primary" data-passkey="register">"Add passkey"</button>
                    <span class="field-error" role="alert" data-passkey-said></span>
                </div>
            </form>
            <p class="secondary" data-passkey-none>"Your browser has no passkeys, or does not run scripts here."</p>
        }
        .into_any(),
        None => view! { <MessageBar kind=MessageKind::Info>"Passkeys need a host name: an administrator sets public_url to one."</MessageBar> }.into_any(),
    };
    view! {
        <Section title="Passkeys" subtitle=Some("Confirm with your device, and sign in without a password".into())>
            <Problem words=Signal::stored(posted.error_besides(&[])) />
            {list}
            {add}
        </Section>
    }
    .into_any()
}

#[component]
fn PasskeyRow(passkey: PasskeyItem) -> impl IntoView {
    let PasskeyItem { id, name, created_at, used_at } = passkey;
    let label = format!("Remove {name}");
    let title = format!("Remove {name}?");
    view! {
        <tr>
            <th scope="row" data-label="Name">{name}</th>
            <td data-label="Added"><LocalTime at=created_at /></td>
            <td data-label="Used last">
                {match used_at {
                    Some(at) => view! { <LocalTime at /> }.into_any(),
                    None => "Never".into_any(),
                }}
            </td>
            <td data-label="Action" class="row-actions">
                <Confirm id=format!("remove-{id}") title trigger="Remove" trigger_class="button button-subtle" trigger_label=label confirm_label="Remove" danger=true>
                    <form method="post" action=Posted::address(RemovePasskey::PATH) id=format!("remove-{id}-form")>
                        <input type="hidden" name="id" value=id.to_string() />
                        <p>"It opens nothing here any more. Your device may keep it until you delete it there."</p>
                    </form>
                </Confirm>
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn RecoveryCodes(left: i64, has_any: bool) -> impl IntoView {
    let form = use_form::<CreateRecoveryCodes>();
    let codes: Option<Vec<String>> = form.posted_outcome().and_then(|json| serde_json::from_str(&json).ok());
    let denied = (!has_any)
        .then(|| "Add an authenticator app or a passkey first: recovery codes stand in for one.".to_owned());
    let shown = codes.map(|codes| {
        let codes: Vec<_> =
            codes.into_iter().map(|code| view! { <li><code class="mono">{code}</code></li> }).collect();
        view! {
            <MessageBar kind=MessageKind::Success title=Some("Write these down".to_owned())>
                "They are shown this once. Each can be used once, in place of a code."
                <ul class="plain-list codes">{codes}</ul>
            </MessageBar>
        }
    });
    let few = match left {
        _ if !has_any => None,
        0 => Some("You have none. Without them, only an administrator can help when you lose your device."),
        1 | 2 => {
            Some("You have few left. If you used one because you lost your device, set up a new one above.")
        }
        _ => None,
    };
    let left_over =
        has_any.then(|| view! { <p>{counted(usize::try_from(left).unwrap_or(0), "code")}" left."</p> });
    let words = if left > 0 { "Create new recovery codes" } else { "Create recovery codes" };
    view! {
        <Section title="Recovery codes" subtitle=Some("For the day when you have lost everything else".into())>
            <Problem words=form.error_besides(&[]) />
            {shown}
            {left_over}
            {few.map(|words| view! { <p class="secondary">{words}</p> })}
            <form method="post" action=form.address()>
                <Button submit=true denied>{words}</Button>
            </form>
        </Section>
    }
    .into_any()
}

#[component]
fn LinkedAccounts(accounts: Vec<LinkedAccount>, problem: Option<String>) -> impl IntoView {
    let (link, unlink) = (Posted::to(LinkAccount::PATH), Posted::to(UnlinkAccount::PATH));
    let said = link.error_besides(&[]).or(unlink.error_besides(&[])).or(problem);
    let rows: Vec<_> = accounts.into_iter().map(|account| view! { <LinkedAccountRow account /> }).collect();
    view! {
        <Section title="Linked accounts" subtitle=Some("Sign in with an account that you have elsewhere".into())>
            <Problem words=Signal::stored(said) />
            <Table caption="Linked accounts">
                <thead>
                    <tr>
                        <th scope="col">"Account"</th>
                        <th scope="col">"Linked"</th>
                        <th scope="col">"Used last"</th>
                        <th scope="col">"Action"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Section>
    }
    .into_any()
}

#[component]
fn LinkedAccountRow(account: LinkedAccount) -> impl IntoView {
    let LinkedAccount { id, name, linked } = account;
    let when = |at: Option<DateTime<Utc>>, none: &'static str| match at {
        Some(at) => view! { <LocalTime at /> }.into_any(),
        None => none.into_any(),
    };
    let (since, used) = linked.map_or((None, None), |(since, used)| (Some(since), used));
    let act = id.map(|id| {
        let (path, words) = match since {
            Some(_) => (UnlinkAccount::PATH, "Unlink".to_owned()),
            None => (LinkAccount::PATH, format!("Link {name}")),
        };
        view! {
            <form method="post" action=Posted::alone(path)>
                <input type="hidden" name="provider" value=id />
                <Button submit=true>{words}</Button>
            </form>
        }
    });
    view! {
        <tr>
            <th scope="row" data-label="Account">{name}</th>
            <td data-label="Linked">{when(since, "No")}</td>
            <td data-label="Used last">{when(used, "Never")}</td>
            <td data-label="Action">{act}</td>
        </tr>
    }
    .into_any()
}
