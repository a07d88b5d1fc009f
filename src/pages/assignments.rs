//! Who holds what: the assignments of all roles.

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{Breadcrumb, PageHeader},
    error::AppError,
    form::use_form,
    pages::{
        assignment_table::{AssignmentList, AssignmentListing, RemoveAssignment, use_place},
        loaded::{Problem, loaded},
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The assignments of all roles to everybody. `tab` is `eligible`, `active` or `expired`.
#[server(endpoint = "list_assignments")]
pub async fn list_assignments(
    tab: String,
    kind: String,
    q: String,
    after: String,
) -> Result<Encoded<AssignmentList>, AppError> {
    use crate::encoded::encode;
    use stint_engine::{assignments, store::PageRequest};
    let mut op = crate::server::read().await?;
    let tab = super::assignment_table::tab(&tab, &kind);
    let page = assignments::of_all(&mut op, tab, &q, &PageRequest::after(Some(after))).await?;
    encode(AssignmentList::of(&op, page)?)
}

/// The list of all assignments.
#[component]
pub fn Assignments() -> impl IntoView {
    let place = use_place(paths::ASSIGNMENTS);
    let form = use_form::<RemoveAssignment>();
    let list =
        page_data(move || place.get(), |place| list_assignments(place.tab, place.kind, place.q, place.after));
    view! {
        <Title text="Assignments" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("Assignments".into(), None)] />
        <PageHeader title="Assignments" subtitle=Some("Who holds which role, now, later and before".into()) icon="assignment" />
        <Problem words=form.error_besides(&[]) />
        {loaded(list, move |list| view! { <AssignmentListing list place=place.get_untracked() add=paths::ADD_ASSIGNMENTS form searchable=true /> })}
    }
    .into_any()
}
