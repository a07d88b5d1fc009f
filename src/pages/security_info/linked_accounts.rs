//! The accounts at identity providers: linking one, and unlinking it.

use crate::{
    components::{Button, LocalTime, Section, Table},
    error::AppError,
    form::Posted,
    pages::loaded::Problem,
    paths,
};
use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Deserialize, Serialize};

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

/// The section of the linked accounts.
#[component]
pub fn LinkedAccounts(accounts: Vec<LinkedAccount>, problem: Option<String>) -> impl IntoView {
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
