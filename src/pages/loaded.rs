//! How every page waits for its data, and what it says where there is none.

use crate::{
    components::{EmptyState, LinkButton, MessageBar, MessageKind, Skeleton},
    encoded::PageData,
    error::AppError,
    paths,
};
use leptos::{either::Either, prelude::*};
use leptos_router::hooks::{use_location, use_params_map, use_query_map};

/// Shows what a resource brings, or why it brings nothing.
pub fn loaded<T, V>(data: PageData<T>, view: impl Fn(T) -> V + Clone + Send + Sync + 'static) -> impl IntoView
where
    T: serde::de::DeserializeOwned + Send + 'static,
    V: IntoView + 'static,
{
    view! {
        <Transition fallback=|| view! { <Skeleton lines=6 /> }>
            {move || {
                let view = view.clone();
                Suspend::new(async move {
                    match data.get().await {
                        Ok(data) => Either::Left(view(data)),
                        Err(error) => Either::Right(view! { <Unavailable error /> }),
                    }
                })
            }}
        </Transition>
    }
}

/// Says why a page has nothing to show, and where to go from here.
#[component]
pub fn Unavailable(
    /// Why.
    error: AppError,
) -> impl IntoView {
    let words = error.to_string();
    match error {
        AppError::NotSignedIn => {
            let location = use_location();
            let here = untrack(|| format!("{}{}", location.pathname.get(), location.search.get()));
            view! {
                <EmptyState icon="lock" title="You are signed out">
                    <p>{words}</p>
                    <LinkButton href=paths::sign_in(&here)>"Sign in"</LinkButton>
                </EmptyState>
            }
            .into_any()
        }
        AppError::Denied(_) => view! {
            <EmptyState icon="lock" title="You may not see this">
                <p>{words}</p>
                <LinkButton href=paths::MY_ROLES icon="role">"My roles"</LinkButton>
            </EmptyState>
        }
        .into_any(),
        AppError::NotFound => view! {
            <EmptyState icon="search" title="Not found">
                <p>{words}</p>
                <LinkButton href=paths::QUICK_START icon="home">"Quick start"</LinkButton>
            </EmptyState>
        }
        .into_any(),
        _ => view! { <MessageBar kind=MessageKind::Error>{words}</MessageBar> }.into_any(),
    }
}

/// A value of the address's query; empty where there is none.
pub fn query(name: &'static str) -> Signal<String> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| query.get(name).unwrap_or_default())).into()
}

/// A part of the address's path that names something.
pub fn param(name: &'static str) -> Signal<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get(name).unwrap_or_default())).into()
}

/// A message above a form or a list, where there is something to say.
#[component]
pub fn Problem(
    /// What to say.
    #[prop(into)]
    words: Signal<Option<String>>,
) -> impl IntoView {
    move || words.get().map(|words| view! { <MessageBar kind=MessageKind::Error>{words}</MessageBar> })
}
