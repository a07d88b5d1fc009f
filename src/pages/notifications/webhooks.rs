//! What went to webhooks.

use super::{Sorts, State};
use crate::{
    components::{
        Breadcrumb, Button, ButtonKind, CommandBar, CommandLink, EmptyState, LocalTime, PageHeader,
        Pagination, Table,
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

/// A delivery in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryItem {
    /// Its id.
    pub id: OutboxId,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Which webhook, and the machine that it goes to.
    pub to: (String, String),
    /// The type of the event.
    pub event: String,
    /// The event as it is sent.
    pub body: String,
    /// `queued`, `claimed`, `done` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Why the last try failed.
    pub error: Option<String>,
}

/// A page of deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryList {
    /// The deliveries, the latest first.
    pub deliveries: Vec<DeliveryItem>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// The deliveries to webhooks, the latest first.
#[server(endpoint = "list_webhook_deliveries")]
pub async fn list_webhook_deliveries(after: String) -> Result<Encoded<DeliveryList>, AppError> {
    use crate::encoded::encode;
    use stint_engine::{
        store::{PageRequest, outbox::TrackedRow},
        webhook::{self, Delivery},
    };
    let mut op = crate::server::read().await?;
    let page = webhook::list(&mut op, &PageRequest::after(Some(after))).await?;
    let item = |row: TrackedRow| {
        let delivery: Delivery = serde_json::from_str(&row.payload).ok()?;
        let event: serde_json::Value = serde_json::from_str(&delivery.body).ok()?;
        Some(DeliveryItem {
            id: row.id,
            at: row.created_at,
            to: (delivery.webhook, delivery.host),
            event: event["type"].as_str().unwrap_or_default().to_owned(),
            body: serde_json::to_string_pretty(&event).unwrap_or(delivery.body),
            state: row.state,
            attempts: row.attempts,
            error: row.last_error,
        })
    };
    encode(DeliveryList { deliveries: page.items.into_iter().filter_map(item).collect(), next: page.next })
}

/// Tries a delivery again that had failed for good.
#[server(endpoint = "deliver_again")]
pub async fn deliver_again(id: OutboxId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::webhook::send_again(&mut op, id).await?;
    op.commit().await?;
    crate::server::toast::say("The delivery is on its way again.");
    Ok(())
}

/// The page.
#[component]
pub fn WebhookDeliveries() -> impl IntoView {
    let after = query("after");
    let posted = Posted::to(DeliverAgain::PATH);
    let list = page_data(move || after.get(), list_webhook_deliveries);
    view! {
        <Title text="Webhooks" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Notifications".into(), Some(paths::NOTIFICATIONS.into())),
            ("Webhooks".into(), None),
        ] />
        <PageHeader title="Webhooks" subtitle=Some("Events that were sent, are on their way, or could not be sent".into()) icon="external" />
        <CommandBar>
            <CommandLink href=paths::WEBHOOKS icon="refresh" label="Refresh" />
        </CommandBar>
        <Sorts path=paths::WEBHOOKS />
        <Problem words=Signal::stored(posted.error_besides(&[])) />
        {loaded(list, move |list| view! { <Listing list after=after.get_untracked() /> })}
    }
    .into_any()
}

#[component]
fn Listing(list: DeliveryList, after: String) -> impl IntoView {
    if list.deliveries.is_empty() {
        return view! {
            <EmptyState icon="external" title="No results">
                <p>"Nothing was sent to a webhook yet. Webhooks are set up in the configuration file, under [[webhook]]."</p>
            </EmptyState>
        }
        .into_any();
    }
    let page = |after: &str| paths::with_query(paths::WEBHOOKS, &[("after", after)]);
    let first = (!after.is_empty()).then(|| page(""));
    let next = list.next.as_deref().map(page);
    let rows: Vec<_> = list.deliveries.into_iter().map(|delivery| view! { <Row delivery /> }).collect();
    view! {
        <Table caption="Deliveries">
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    <th scope="col">"To"</th>
                    <th scope="col">"Event"</th>
                    <th scope="col">"Attempts"</th>
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
fn Row(delivery: DeliveryItem) -> impl IntoView {
    let again = (delivery.state == "failed").then(|| {
        view! {
            <form method="post" action=Posted::address(DeliverAgain::PATH)>
                <input type="hidden" name="id" value=delivery.id.to_string() />
                <Button kind=ButtonKind::Subtle submit=true aria_label=Some(format!("Send {} again", delivery.event))>"Send again"</Button>
            </form>
        }
    });
    view! {
        <tr>
            <td data-label="Time" class="nowrap"><LocalTime at=delivery.at /></td>
            <td data-label="To" class="breaks">{delivery.to.1}<br /><span class="secondary mono">{delivery.to.0}</span></td>
            <td data-label="Event" class="words">
                <details>
                    <summary class="breaks">{delivery.event}</summary>
                    <pre class="mail">{delivery.body}</pre>
                </details>
            </td>
            <td data-label="Attempts">{delivery.attempts}</td>
            <td data-label="Status"><State state=delivery.state error=delivery.error /></td>
            <td data-label="Action" class="row-actions">{again}</td>
        </tr>
    }
    .into_any()
}
