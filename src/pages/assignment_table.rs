//! The roles of a user, group or service principal, and the table of assignments that all lists share.
//!
//! A list shows one tab of one page, narrowed by a search; all of that stands in the address and is a [`Place`].

mod cells;
mod rows;

pub use cells::{End, Holder, RoleName, ScopeName, Start};

use self::rows::AssignmentTable;
use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        Button, CommandBar, CommandLink, EmptyState, FilterBar, Pagination, QueryForm, Select, Tab, Tabs,
        TextInput,
    },
    error::AppError,
    form::{self, use_form},
    pages::{
        beside::below_header,
        loaded::{Problem, query},
    },
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stint_domain::{
    id::{PrincipalId, ScheduleId},
    principal::PrincipalKind,
    schedule::{AssignmentType, EndReason, Schedule},
};

/// An assignment in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentItem {
    /// The assignment.
    pub schedule: Schedule,
    /// What its holder is called.
    pub principal_name: String,
    /// What its holder signs in with, for a user.
    pub principal_user_name: Option<String>,
    /// The sort of its holder.
    pub principal_kind: PrincipalKind,
    /// What the role is called.
    pub role_name: String,
    /// Whether the role is privileged.
    pub role_is_privileged: bool,
    /// What the scope is called, where it is not the whole directory.
    pub scope_name: Option<String>,
    /// Why it ended before its time.
    pub end_reason: Option<EndReason>,
    /// The group through which the person in question holds it; nothing where they hold it directly.
    pub through: Option<String>,
}

/// A page of assignments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentList {
    /// The assignments.
    pub assignments: Vec<AssignmentItem>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// The server's time.
    pub now: DateTime<Utc>,
    /// Why the person may not add, change or remove any.
    pub denied: Option<String>,
}

#[cfg(feature = "ssr")]
impl From<stint_engine::store::schedule::Assignment> for AssignmentItem {
    fn from(row: stint_engine::store::schedule::Assignment) -> Self {
        Self {
            schedule: row.schedule,
            principal_name: row.principal_name,
            principal_user_name: row.principal_user_name,
            principal_kind: row.principal_kind,
            role_name: row.role_name,
            role_is_privileged: row.role_is_privileged,
            scope_name: row.scope_name,
            end_reason: row.end_reason,
            through: None,
        }
    }
}

#[cfg(feature = "ssr")]
impl From<stint_engine::assignments::Listed> for AssignmentItem {
    fn from(listed: stint_engine::assignments::Listed) -> Self {
        Self { through: listed.through, ..listed.assignment.into() }
    }
}

#[cfg(feature = "ssr")]
impl AssignmentList {
    /// The list that a page of rows makes.
    pub(super) fn of<T: Into<AssignmentItem>>(
        op: &stint_engine::Operation,
        page: stint_engine::store::Page<T>,
    ) -> Result<Self, AppError> {
        use stint_domain::authz::{Action, Target};
        let denied = op.denial(Action::UpdateRoleAssignments, &Target::directory())?;
        let assignments = page.items.into_iter().map(Into::into).collect();
        Ok(Self { assignments, next: page.next, now: op.now, denied })
    }
}

/// The tab with this name in an address. `kind` says which of the expired ones.
#[cfg(feature = "ssr")]
pub(super) fn tab(tab: &str, kind: &str) -> stint_engine::assignments::Tab {
    use stint_engine::assignments::Tab;
    match (tab, kind) {
        ("active", _) => Tab::Active,
        ("expired", "active") => Tab::Expired(AssignmentType::Active),
        ("expired", _) => Tab::Expired(AssignmentType::Eligible),
        _ => Tab::Eligible,
    }
}

/// The assignments of one user, group or service principal. `tab` is `eligible`, `active` or `expired`.
#[server(endpoint = "list_principal_assignments")]
pub async fn list_principal_assignments(
    principal: PrincipalId,
    tab: String,
    kind: String,
    q: String,
    after: String,
) -> Result<Encoded<AssignmentList>, AppError> {
    use crate::encoded::encode;
    use stint_engine::{assignments, store::PageRequest};
    let mut op = crate::server::read().await?;
    let (tab, after) = (self::tab(&tab, &kind), PageRequest::after(Some(after)));
    let page = assignments::of_principal(&mut op, principal, tab, &q, &after).await?;
    encode(AssignmentList::of(&op, page)?)
}

/// Takes an assignment away.
#[server(endpoint = "remove_assignment")]
pub async fn remove_assignment(
    id: ScheduleId,
    #[server(default)] justification: String,
) -> Result<(), AppError> {
    let justification = super::update_assignment::justification(&justification);
    let mut op = crate::server::write().await?;
    op.require(
        stint_domain::authz::Action::UpdateRoleAssignments,
        &stint_domain::authz::Target::directory(),
    )?;
    let justification = justification.map_err(crate::server::operation::answer)?;
    stint_engine::assign::remove(&mut op, id, justification).await?;
    op.commit().await?;
    crate::server::toast::say("The assignment was removed.");
    Ok(())
}

/// Which part of a list is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The page.
    pub path: String,
    /// `eligible`, `active` or `expired`.
    pub tab: String,
    /// Which of the expired ones: `eligible` or `active`.
    pub kind: String,
    /// What is searched.
    pub q: String,
    /// Where the page of the list begins.
    pub after: String,
}

impl Place {
    /// The address of this place, with another tab.
    fn tab(&self, tab: &str) -> String {
        paths::with_query(&self.path, &[("tab", tab), ("q", &self.q)])
    }

    /// The address of the page of the list that begins there.
    fn at(&self, after: &str) -> String {
        let kind = if self.is_expired() { &*self.kind } else { "" };
        paths::with_query(&self.path, &[("tab", &self.tab), ("type", kind), ("q", &self.q), ("after", after)])
    }

    fn is_expired(&self) -> bool {
        self.tab == "expired"
    }
}

/// The place that the address names, on the page at `path`.
pub(super) fn use_place(path: impl Into<String>) -> Signal<Place> {
    let path = path.into();
    let (tab, kind, q, after) = (query("tab"), query("type"), query("q"), query("after"));
    let or_eligible = |text: String, known: &[&str]| {
        if known.contains(&text.as_str()) { text } else { "eligible".to_owned() }
    };
    Memo::new(move |_| Place {
        path: path.clone(),
        tab: or_eligible(tab.get(), &["active", "expired"]),
        kind: or_eligible(kind.get(), &["active"]),
        q: q.get(),
        after: after.get(),
    })
    .into()
}

/// The roles that are assigned to a user, group or service principal: a tab of its page, at `path`.
#[component]
pub fn AssignedRoles(
    /// Whose roles.
    principal: PrincipalId,
    /// The page's address.
    path: String,
) -> impl IntoView {
    let place = use_place(path);
    let form = use_form::<RemoveAssignment>();
    let list = page_data(
        move || place.get(),
        move |place| list_principal_assignments(principal, place.tab, place.kind, place.q, place.after),
    );
    let add = paths::with_query(paths::ADD_ASSIGNMENTS, &[("member", &principal.to_string())]);
    view! {
        <Problem words=form.error_besides(&[]) />
        {below_header(list, move |list| view! { <AssignmentListing list place=place.get_untracked() add=add.clone() form searchable=true /> })}
    }
    .into_any()
}

/// The commands, tabs, search and table of a list of assignments.
#[component]
pub fn AssignmentListing(
    /// What is listed.
    list: AssignmentList,
    /// Which part of the list that is.
    place: Place,
    /// Where assignments are added.
    #[prop(into)]
    add: String,
    /// Removes one.
    form: form::Form<RemoveAssignment>,
    /// Whether it can be searched by role.
    searchable: bool,
) -> impl IntoView {
    let here = place.at(&place.after);
    let first = (!place.after.is_empty()).then(|| place.at(""));
    let next = list.next.as_ref().map(|next| place.at(next));
    let searched = !place.q.is_empty();
    let table = if list.assignments.is_empty() {
        let why = match (searched, &*place.tab) {
            (true, _) => "No assignment of such a role.",
            (false, "active") => "There are no active assignments.",
            (false, "expired") => "Nothing of this type has ended yet.",
            (false, _) => "There are no eligible assignments.",
        };
        view! { <EmptyState icon="assignment" title="No results"><p>{why}</p></EmptyState> }.into_any()
    } else {
        view! { <AssignmentTable list=list.clone() place=place.clone() form /> }.into_any()
    };
    view! {
        <CommandBar>
            <CommandLink href=add icon="add" label="Add assignments" denied=list.denied />
            <CommandLink href=here icon="refresh" label="Refresh" />
        </CommandBar>
        <AssignmentTabs place=place.clone() />
        {(searchable || place.is_expired()).then(|| view! { <AssignmentFilter place searchable /> })}
        {table}
        <Pagination previous=first next=next />
    }
    .into_any()
}

#[component]
fn AssignmentTabs(place: Place) -> impl IntoView {
    let (eligible, active, expired) = (place.tab("eligible"), place.tab("active"), place.tab("expired"));
    let selected = move |tab: &str| place.tab == tab;
    view! {
        <Tabs label="Assignments">
            <Tab href=eligible selected=selected("eligible") label="Eligible assignments" />
            <Tab href=active selected=selected("active") label="Active assignments" />
            <Tab href=expired selected=selected("expired") label="Expired assignments" />
        </Tabs>
    }
}

#[component]
fn AssignmentFilter(place: Place, searchable: bool) -> impl IntoView {
    let kinds = [AssignmentType::Eligible, AssignmentType::Active]
        .map(|kind| (kind.label().to_lowercase(), kind.label().to_owned()));
    let expired = place.is_expired();
    view! {
        <QueryForm action=place.path class="filter-bar">
            <FilterBar>
                <input type="hidden" name="tab" value=place.tab />
                {searchable.then(|| view! {
                    <TextInput id="assignment-role" name="q" value=place.q kind="search" placeholder=Some("Search by role".to_owned()) aria_label=Some("Search by role".to_owned()) />
                })}
                {expired.then(|| view! {
                    <Select id="assignment-type" name="type" options=kinds.to_vec() value=place.kind aria_label=Some("Assignment type".to_owned()) />
                })}
                <Button submit=true>{if searchable { "Search" } else { "Show" }}</Button>
            </FilterBar>
        </QueryForm>
    }
}
