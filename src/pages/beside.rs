//! What stands beside a header that waits for its data.
//!
//! The header of a page waits for the thing that the page is about, and so does the tab below it: beside each other, never
//! one inside the other. What waits is rendered anew when its data comes, and a list inside it would be fetched anew.

use crate::{components::Skeleton, encoded::PageData, error::AppError, pages::loaded::Unavailable};
use leptos::{either::Either, prelude::*};
use serde::de::DeserializeOwned;

/// Shows what the header's own data brings. Where it brings nothing, the header says why.
pub fn with_header<T, V>(
    data: PageData<T>,
    view: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: DeserializeOwned + Send + 'static,
    V: IntoView + 'static,
{
    view! {
        <Transition>
            {move || {
                let view = view.clone();
                Suspend::new(async move { data.get().await.ok().map(view) })
            }}
        </Transition>
    }
}

/// Shows what other data brings, or why it brings nothing; that the thing does not exist, the header says.
pub fn below_header<T, V>(
    data: PageData<T>,
    view: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: DeserializeOwned + Send + 'static,
    V: IntoView + 'static,
{
    view! {
        <Transition fallback=|| view! { <Skeleton lines=6 /> }>
            {move || {
                let view = view.clone();
                Suspend::new(async move {
                    match data.get().await {
                        Ok(data) => Some(Either::Left(view(data))),
                        Err(AppError::NotFound) => None,
                        Err(error) => Some(Either::Right(view! { <Unavailable error /> })),
                    }
                })
            }}
        </Transition>
    }
}
