//! Notifications: the mails and the deliveries to webhooks that were sent, are on their way, or could not be sent.

mod webhooks;

pub use webhooks::WebhookDeliveries;

use crate::{
    components::{
        Address, Badge, BadgeKind, Breadcrumb, Button, ButtonKind, CommandBar, CommandLink, EmptyState,
        LocalTime, PageHeader, Pagination, Tab, Table, Tabs,
    },
    encoded::{Encoded, page_data},
    error::AppError,
    form::Posted,
    pages::loaded::{Problem, loaded, query},
    paths,
};
use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::id::OutboxId;

/// A mail in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailItem {
    /// Its id.
    pub id: OutboxId,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// Where its button leads: a path of our own.
    pub link: Option<String>,
    /// `queued`, `claimed`, `done` or `failed`.
    pub state: String,
    /// Why the last try failed.
    pub error: Option<String>,
}

/// A page of mails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailList {
    /// The mails, the latest first.
    pub mails: Vec<MailItem>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// The mails, the latest first.
#[server(endpoint = "list_mails")]
pub async fn list_mails(after: String) -> Result<Encoded<MailList>, AppError> {
    use crate::encoded::encode;
    use stint_engine::{
        mail::{self, Mail},
        store::{PageRequest, outbox::TrackedRow},
    };
    let config = expect_context::<std::sync::Arc<crate::server::config::Config>>();
    let mut op = crate::server::read().await?;
    let page = mail::list(&mut op, &PageRequest::after(Some(after))).await?;
    let item = |row: TrackedRow| {
        let mail: Mail = serde_json::from_str(&row.payload).ok()?;
        let link = mail.text.lines().find_map(|line| line.strip_prefix(config.address().as_str()));
        Some(MailItem {
            id: row.id,
            at: row.created_at,
            link: link.map(paths::local),
            to: mail.to,
            subject: mail.subject,
            text: mail.text,
            state: row.state,
            error: row.last_error,
        })
    };
    encode(MailList { mails: page.items.into_iter().filter_map(item).collect(), next: page.next })
}

/// Tries a mail again that could not be sent.
#[server(endpoint = "send_mail_again")]
pub async fn send_mail_again(id: OutboxId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::mail::send_again(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The mail is on its way again.");
    Ok(())
}

/// The page.
#[component]
pub fn Notifications() -> impl IntoView {
    let after = query("after");
    let posted = Posted::to(SendMailAgain::PATH);
    let list = page_data(move || after.get(), list_mails);
    view! {
        <Title text="Notifications" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("Notifications".into(), None)] />
        <PageHeader title="Notifications" subtitle=Some("Mail that was sent, is on its way, or could not be sent".into()) icon="mail" />
        <CommandBar>
            <CommandLink href=paths::NOTIFICATIONS icon="refresh" label="Refresh" />
        </CommandBar>
        <Sorts path=paths::NOTIFICATIONS />
        <Problem words=Signal::stored(posted.error_besides(&[])) />
        {loaded(list, move |list| view! { <Listing list after=after.get_untracked() /> })}
    }
    .into_any()
}

/// The two sorts of what is sent.
#[component]
fn Sorts(path: &'static str) -> impl IntoView {
    view! {
        <Tabs label="Notifications">
            <Tab href=paths::NOTIFICATIONS selected=path == paths::NOTIFICATIONS label="Mails" />
            <Tab href=paths::WEBHOOKS selected=path == paths::WEBHOOKS label="Webhooks" />
        </Tabs>
    }
    .into_any()
}

/// How far something has come.
#[component]
fn State(state: String, error: Option<String>) -> impl IntoView {
    let (kind, words) = match state.as_str() {
        "done" => (BadgeKind::Success, "Sent"),
        "failed" => (BadgeKind::Danger, "Failed"),
        _ => (BadgeKind::Warning, "On its way"),
    };
    view! {
        <Badge kind>{words}</Badge>
        {error.map(|error| view! { <p class="secondary">{error}</p> })}
    }
    .into_any()
}

#[component]
fn Listing(list: MailList, after: String) -> impl IntoView {
    if list.mails.is_empty() {
        return view! {
            <EmptyState icon="mail" title="No results"><p>"No mail was written yet."</p></EmptyState>
        }
        .into_any();
    }
    let page = |after: &str| paths::with_query(paths::NOTIFICATIONS, &[("after", after)]);
    let first = (!after.is_empty()).then(|| page(""));
    let next = list.next.as_deref().map(page);
    let rows: Vec<_> = list.mails.into_iter().map(|mail| view! { <MailRow mail /> }).collect();
    view! {
        <Table caption="Mails">
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    <th scope="col">"To"</th>
                    <th scope="col">"Mail"</th>
                    <th scope="col">"Status"</th>
                    <th scope="col">"Action"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pagination previous=first next />
    }
    .into_any()
}

#[component]
fn MailRow(mail: MailItem) -> impl IntoView {
    let again = (mail.state == "failed").then(|| {
        view! {
            <form method="post" action=Posted::address(SendMailAgain::PATH)>
                <input type="hidden" name="id" value=mail.id.to_string() />
                <Button kind=ButtonKind::Subtle submit=true aria_label=Some(format!("Send again to {}", mail.to))>"Send again"</Button>
            </form>
        }
    });
    view! {
        <tr>
            <td data-label="Time" class="nowrap"><LocalTime at=mail.at /></td>
            <td data-label="To" class="breaks"><div><Address address=mail.to /></div></td>
            <td data-label="Mail" class="words">
                <details>
                    <summary>{mail.subject}</summary>
                    <pre class="mail">{mail.text}</pre>
                    {mail.link.map(|href| view! { <p><a href=href>"Open the link"</a></p> })}
                </details>
            </td>
            <td data-label="Status">
                <State state=mail.state error=mail.error />
            </td>
            <td data-label="Action" class="row-actions">{again}</td>
        </tr>
    }
    .into_any()
}
