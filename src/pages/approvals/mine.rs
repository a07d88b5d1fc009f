//! My requests: what the person who is signed in asked for, and what became of it.

use super::{Cancel, CancelRequest, RequestList, StatusBadge};
use crate::{
    components::{
        Breadcrumb, Button, CommandBar, CommandLink, EmptyState, FilterBar, LinkButton, LocalTime,
        PageHeader, Pagination, QueryForm, Table, TextInput,
    },
    encoded::{Encoded, page_data},
    error::AppError,
    form::{Form, use_form},
    pages::loaded::{Problem, loaded, query},
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The activations that the person who is signed in asked for, the latest first.
#[server(endpoint = "list_my_requests")]
pub async fn list_my_requests(q: String, after: String) -> Result<Encoded<RequestList>, AppError> {
    use crate::encoded::encode;
    use stint_engine::{requests, store::PageRequest};
    let mut op = crate::server::read().await?;
    let page = requests::search_mine(&mut op, &q, &PageRequest::after(Some(after))).await?;
    encode(RequestList::of(&op, page)?)
}

/// The page.
#[component]
pub fn MyRequests() -> impl IntoView {
    let (q, after) = (query("q"), query("after"));
    let form = use_form::<CancelRequest>();
    let list = page_data(move || (q.get(), after.get()), |(q, after)| list_my_requests(q, after));
    view! {
        <Title text="My requests" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("My requests".into(), None)] />
        <PageHeader title="My requests" subtitle=Some("What you asked for, and what became of it".into()) icon="clock" />
        <CommandBar>
            <CommandLink href=paths::MY_REQUESTS icon="refresh" label="Refresh" />
            <CommandLink href=paths::MY_ROLES icon="role" label="My roles" />
        </CommandBar>
        {move || view! { <Search q=q.get() /> }}
        <Problem words=form.error_besides(&[]) />
        {loaded(list, move |list| view! { <Listing list form q=q.get_untracked() after=after.get_untracked() /> })}
    }
    .into_any()
}

/// What is looked for.
#[component]
fn Search(q: String) -> impl IntoView {
    view! {
        <QueryForm action=paths::MY_REQUESTS class="filter-bar">
            <FilterBar>
                <TextInput id="q" name="q" value=q kind="search" placeholder=Some("Search by role".to_owned()) aria_label=Some("Search by role".to_owned()) />
                <Button submit=true>"Search"</Button>
            </FilterBar>
        </QueryForm>
    }
    .into_any()
}

#[component]
fn Listing(list: RequestList, form: Form<CancelRequest>, q: String, after: String) -> impl IntoView {
    if list.requests.is_empty() {
        return view! {
            <EmptyState icon="clock" title="No results">
                <p>{if q.is_empty() { "You have not asked for any role yet." } else { "No request fits this search." }}</p>
                <LinkButton href=paths::MY_ROLES icon="role">"My roles"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    let page = |after: &str| paths::with_query(paths::MY_REQUESTS, &[("q", &q), ("after", after)]);
    let first = (!after.is_empty()).then(|| page(""));
    let next = list.next.as_deref().map(page);
    let rows = list.requests.into_iter().map(|request| {
        view! {
            <tr>
                <td data-label="Role"><a href=paths::my_request(request.id)>{request.role}</a></td>
                <td data-label="Request type">{request.what}</td>
                <td data-label="Scope">{request.scope}</td>
                <td data-label="Request time" class="nowrap"><LocalTime at=request.asked_at /></td>
                <td data-label="Duration" class="nowrap">{request.length.in_words()}</td>
                <td data-label="Reason" class="words">{request.reason}</td>
                <td data-label="Status"><StatusBadge status=request.status /></td>
                <td data-label="Action" class="row-actions">
                    {request.can_cancel.then(|| view! { <Cancel id=request.id form /> })}
                </td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <Table caption="My requests">
            <thead>
                <tr>
                    <th scope="col">"Role"</th>
                    <th scope="col">"Request type"</th>
                    <th scope="col">"Scope"</th>
                    <th scope="col">"Request time"</th>
                    <th scope="col">"Duration"</th>
                    <th scope="col">"Reason"</th>
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
