//! What follows where a form worked: the page's data is fetched again.

use crate::{error::AppError, form::Form};
use leptos::{prelude::*, server_fn::ServerFn};

/// How often a form has worked, for the resources that it makes stale. A form that failed makes none: fetching then would
/// write over what was typed.
pub fn successes<S>(form: Form<S>) -> Memo<u32>
where
    S: ServerFn<Error = AppError> + Send + Sync + Clone + 'static,
    S::Output: Send + Sync + 'static,
{
    Memo::new(move |count: Option<&u32>| {
        let worked = form.action.value().with(|answer| matches!(answer, Some(Ok(_))));
        count.copied().unwrap_or_default() + u32::from(worked)
    })
}
