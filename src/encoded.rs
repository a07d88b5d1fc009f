//! What a page is made of, on its way to the browser: JSON that is read in one place.
//!
//! A resource is compiled anew for each type that it carries, and reading a type from JSON for each way that it comes. So
//! resources carry text, whatever it stands for, and the text is read when the page is shown: the WASM is a fifth smaller.
//! The types are still checked: what a server function encodes is what the page decodes.

use crate::error::AppError;
use leptos::{prelude::*, server_fn::serde::de::DeserializeOwned};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// A `T` as JSON.
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Encoded<T> {
    json: String,
    #[serde(skip)]
    of: PhantomData<fn() -> T>,
}

impl<T> std::fmt::Debug for Encoded<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.json)
    }
}

/// Encodes what a server function found.
#[cfg(feature = "ssr")]
pub fn encode<T: Serialize>(data: T) -> Result<Encoded<T>, AppError> {
    match serde_json::to_string(&data) {
        Ok(json) => Ok(Encoded { json, of: PhantomData }),
        Err(error) => Err(AppError::Failed { reference: error.to_string() }),
    }
}

/// The data of a page: fetched again whenever its source changes.
pub struct PageData<T> {
    resource: Resource<Result<String, AppError>>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for PageData<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for PageData<T> {}

impl<T> std::fmt::Debug for PageData<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PageData")
    }
}

/// The data that `fetch` brings for what `source` says.
pub fn page_data<T, S, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> F + Send + Sync + 'static,
) -> PageData<T>
where
    T: 'static,
    S: PartialEq + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Encoded<T>, AppError>> + Send + 'static,
{
    let fetch = move |wanted| {
        let fetched = fetch(wanted);
        let fetched = async move { fetched.await.map(|encoded| encoded.json) };
        // It runs as a task of its own: what it logs belongs to the request all the same.
        #[cfg(feature = "ssr")]
        let fetched = tracing::Instrument::in_current_span(fetched);
        Box::pin(fetched) as std::pin::Pin<Box<dyn Future<Output = Result<String, AppError>> + Send>>
    };
    PageData { resource: Resource::new(source, fetch), of: PhantomData }
}

impl<T: DeserializeOwned> PageData<T> {
    /// The data, when it is there.
    pub async fn get(self) -> Result<T, AppError> {
        let json = self.resource.await?;
        serde_json::from_str(&json).map_err(|error| AppError::Unreadable(error.to_string()))
    }

    /// Fetches it again.
    pub fn refetch(&self) {
        self.resource.refetch();
    }
}
