//! Your sessions: where somebody is signed in, and how they lately came in.

use crate::{
    components::{
        Badge, BadgeKind, Breadcrumb, Button, ButtonKind, CommandBar, CommandLink, Confirm, LocalTime,
        PageHeader, Section, Table,
    },
    encoded::{Encoded, page_data},
    error::AppError,
    form::Posted,
    pages::{
        loaded::{Problem, loaded},
        sign_in_logs::{ME, SignInItem, SignInTable, list_sign_ins},
    },
    paths,
};
use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

/// A session in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionItem {
    /// Names it. It opens nothing.
    pub id: String,
    /// With what, in words.
    pub device: String,
    /// From which address.
    pub source: String,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it was last seen.
    pub seen_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub ends_at: DateTime<Utc>,
    /// How the person signed in.
    pub method: String,
    /// Whether it is this one.
    pub is_this: bool,
}

/// The sessions of the person who is signed in, this one first.
#[server(endpoint = "list_my_sessions")]
pub async fn list_my_sessions() -> Result<Encoded<Vec<SessionItem>>, AppError> {
    use crate::{
        encoded::encode,
        server::{operation::caller, session::to_hex},
    };
    let mut op = crate::server::read().await?;
    let own = stint_engine::sessions::list_own(&mut op, &caller()).await?;
    let unknown = || "Unknown".to_owned();
    let item = |own: stint_engine::sessions::Own| SessionItem {
        id: to_hex(&own.row.token_hash),
        device: own.row.device.unwrap_or_else(unknown),
        source: own.row.source.unwrap_or_else(unknown),
        began_at: own.row.created_at,
        seen_at: own.last_seen_at,
        ends_at: own.row.expires_at,
        method: own.row.method.label().to_owned(),
        is_this: own.is_this,
    };
    encode(own.into_iter().map(item).collect())
}

/// Ends one of one's own sessions.
#[server(endpoint = "end_session")]
pub async fn end_session(id: String) -> Result<(), AppError> {
    let id = crate::server::session::from_hex(&id).unwrap_or_default();
    let mut op = crate::server::write().await?;
    stint_engine::sessions::end_own(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The session was ended.");
    Ok(())
}

/// Ends all of one's own sessions but this one.
#[server(endpoint = "end_other_sessions")]
pub async fn end_other_sessions() -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    let caller = crate::server::operation::caller();
    let ended = stint_engine::sessions::end_others(&mut op, &caller).await?;
    op.commit().await?;
    crate::server::toast::say(&match ended {
        0 => "There was no other session.".to_owned(),
        1 => "The other session was ended.".to_owned(),
        ended => format!("{ended} other sessions were ended."),
    });
    Ok(())
}

/// The page.
#[component]
pub fn Sessions() -> impl IntoView {
    let sessions = page_data(|| (), |()| list_my_sessions());
    let sign_ins = page_data(
        || (),
        |()| {
            let nothing = String::new;
            list_sign_ins(ME.to_owned(), nothing(), nothing(), nothing(), nothing())
        },
    );
    let (one, others) = (Posted::to(EndSession::PATH), Posted::to(EndOtherSessions::PATH));
    view! {
        <Title text="Your sessions" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("Your sessions".into(), None)] />
        <PageHeader title="Your sessions" subtitle=Some("Where you are signed in".into()) icon="lock" />
        <CommandBar>
            <CommandLink href=paths::CHANGE_PASSWORD icon="key" label="Change password" />
            <Confirm
                id="end-others"
                title="Sign out everywhere else?"
                trigger="Sign out everywhere else"
                trigger_icon="power"
                confirm_label="Sign out everywhere else"
                error=Signal::stored(others.error_besides(&[]))
            >
                <form method="post" action=Posted::address(EndOtherSessions::PATH) id="end-others-form">
                    <p>"All your sessions but this one end at once. If one of them is not yours, change your password as well."</p>
                </form>
            </Confirm>
        </CommandBar>
        <Problem words=Signal::stored(one.error_besides(&[])) />
        {loaded(sessions, |sessions| view! { <SessionTable sessions /> })}
        <Section title="Your latest sign-ins">
            {loaded(sign_ins, |list| {
                let latest: Vec<SignInItem> = list.sign_ins.into_iter().take(10).collect();
                view! { <SignInTable sign_ins=latest is_own=true /> }
            })}
        </Section>
    }
    .into_any()
}

#[component]
fn SessionTable(sessions: Vec<SessionItem>) -> impl IntoView {
    let rows: Vec<_> = sessions.into_iter().map(|session| view! { <SessionRow session /> }).collect();
    view! {
        <Table caption="Sessions">
            <thead>
                <tr>
                    <th scope="col">"Device"</th>
                    <th scope="col">"Address"</th>
                    <th scope="col">"Signed in"</th>
                    <th scope="col">"Last seen"</th>
                    <th scope="col">"Ends at the latest"</th>
                    <th scope="col">"Signed in with"</th>
                    <th scope="col">"Action"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any()
}

#[component]
fn SessionRow(session: SessionItem) -> impl IntoView {
    let act = if session.is_this {
        view! { <Badge kind=BadgeKind::Success>"This session"</Badge> }.into_any()
    } else {
        let label = format!("Sign out {} at {}", session.device, session.source);
        view! {
            <form method="post" action=Posted::address(EndSession::PATH)>
                <input type="hidden" name="id" value=session.id />
                <Button kind=ButtonKind::Subtle submit=true aria_label=Some(label)>"Sign out"</Button>
            </form>
        }
        .into_any()
    };
    view! {
        <tr>
            <td data-label="Device">{session.device}</td>
            <td data-label="Address" class="breaks">{session.source}</td>
            <td data-label="Signed in" class="nowrap"><LocalTime at=session.began_at /></td>
            <td data-label="Last seen" class="nowrap"><LocalTime at=session.seen_at /></td>
            <td data-label="Ends at the latest" class="nowrap"><LocalTime at=session.ends_at /></td>
            <td data-label="Signed in with">{session.method}</td>
            <td data-label="Action" class="row-actions">{act}</td>
        </tr>
    }
    .into_any()
}
