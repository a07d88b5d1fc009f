//! My roles: what somebody is eligible for, holds and has held; turning a role on and off.

mod activate;
#[cfg(feature = "ssr")]
pub mod favourite;
mod status;

pub use activate::ActivatePage;
#[cfg(feature = "ssr")]
pub(super) use activate::in_turn;
pub use status::ActivationStatus;

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        Badge, BadgeKind, Breadcrumb, Button, ButtonKind, CommandBar, CommandLink, Confirm, EmptyState,
        FilterBar, LinkButton, LocalTime, PageHeader, Pagination, QueryForm, Remaining, Select, Tab, Table,
        Tabs, TextInput, use_toasts,
    },
    error::AppError,
    form::use_form,
    pages::loaded::{Problem, loaded, query},
    paths,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use stint_domain::{
    id::ScheduleId,
    prolong::Prolong,
    schedule::AssignmentState,
    time::{Phase, Window},
};

/// One assignment of the person who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyRole {
    /// The assignment.
    pub id: ScheduleId,
    /// What the role is called.
    pub role: String,
    /// Whether it is privileged.
    pub is_privileged: bool,
    /// Where it holds.
    pub scope: String,
    /// The group that it comes through; nothing where it is direct.
    pub through: Option<String>,
    /// Assigned or activated.
    pub state: AssignmentState,
    /// When it holds.
    pub window: Window,
    /// For an eligibility: the activation that holds or will hold.
    pub running: Option<(ScheduleId, Window)>,
    /// For an assignment that ended before its time: why.
    pub ended: Option<String>,
    /// How it can go on, where it can.
    pub prolong: Option<Prolong>,
    /// For an activation that has ended: the eligibility that it can be activated by again.
    pub again: Option<ScheduleId>,
    /// For an eligibility: whether it is a favourite.
    pub is_favourite: bool,
}

/// One tab of My roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyRoleList {
    /// The assignments.
    pub roles: Vec<MyRole>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// The server's time.
    pub now: DateTime<Utc>,
}

/// The assignments of the person who is signed in. `tab` is `eligible`, `active` or `expired`; `kind`, of the expired,
/// `eligible` or `active`.
#[server(endpoint = "list_my_roles")]
pub async fn list_my_roles(
    tab: String,
    kind: String,
    q: String,
    after: String,
) -> Result<Encoded<MyRoleList>, AppError> {
    use crate::encoded::encode;
    use stint_engine::{
        assignments::{self, Tab},
        favourites,
        store::PageRequest,
    };
    let mut op = crate::server::read().await?;
    let (own, after) = (op.actor()?.id, PageRequest::after(Some(after)));
    let page = match tab_of(&tab, &kind) {
        Tab::Eligible => favourites::list_eligible(&mut op, &q, &after).await?,
        tab => assignments::of_principal(&mut op, own, tab, &q, &after).await?.map(|listed| (listed, false)),
    };
    let role = |(listed, is_favourite)| MyRole { is_favourite, ..my_role(&op, listed) };
    let roles = page.items.into_iter().map(role).collect();
    encode(MyRoleList { roles, next: page.next, now: op.now })
}

#[cfg(feature = "ssr")]
fn tab_of(tab: &str, kind: &str) -> stint_engine::assignments::Tab {
    use stint_domain::schedule::AssignmentType;
    use stint_engine::assignments::Tab;
    match (tab, kind) {
        ("active", _) => Tab::Active,
        ("expired", "eligible") => Tab::Expired(AssignmentType::Eligible),
        // What ends daily are activations.
        ("expired", _) => Tab::Expired(AssignmentType::Active),
        _ => Tab::Eligible,
    }
}

#[cfg(feature = "ssr")]
fn my_role(op: &stint_engine::Operation, listed: stint_engine::assignments::Listed) -> MyRole {
    let assignment = listed.assignment;
    let schedule = assignment.schedule;
    let own = op.actor().map(|actor| actor.id).ok();
    let running = op.schedules().ok().and_then(|schedules| {
        schedules.iter().find(|other| {
            other.state == AssignmentState::Activated
                && Some(other.principal) == own
                && other.role == schedule.role
                && other.scope == schedule.scope
        })
    });
    let prolonging = schedule.prolonging(assignment.end_reason, op.now);
    let is_running =
        schedule.state == AssignmentState::Activated && schedule.window.phase(op.now) == Phase::InForce;
    let prolong = if is_running {
        Some(Prolong::Extend)
    } else {
        let wanted = prolonging.button();
        wanted.filter(|&wanted| prolonging.check_for_member(wanted, listed.through.as_deref()).is_ok())
    };
    let again = schedule.eligibility.filter(|eligibility| {
        let holds = |other: &stint_domain::schedule::Schedule| {
            other.id == *eligibility && other.window.phase(op.now) == Phase::InForce
        };
        running.is_none() && op.schedules().is_ok_and(|schedules| schedules.iter().any(holds))
    });
    MyRole {
        prolong,
        again,
        is_favourite: false,
        id: schedule.id,
        role: assignment.role_name,
        is_privileged: assignment.role_is_privileged,
        scope: assignment.scope_name.unwrap_or_else(|| "Directory".to_owned()),
        through: listed.through,
        state: schedule.state,
        window: schedule.window,
        running: running
            .filter(|running| running.id != schedule.id)
            .map(|running| (running.id, running.window)),
        ended: assignment.end_reason.map(|reason| reason.label().to_owned()),
    }
}

/// Gives a role back before its time.
#[server(endpoint = "deactivate_role")]
pub async fn deactivate_role(id: ScheduleId) -> Result<(), AppError> {
    let mut op = crate::server::write().await?;
    stint_engine::activate::deactivate(&mut op, id).await?;
    Ok(op.commit().await?)
}

/// My roles.
#[component]
pub fn MyRoles() -> impl IntoView {
    let (tab, kind, q, after) = (query("tab"), query("type"), query("q"), query("after"));
    let form = use_form::<DeactivateRole>();
    let version = crate::pages::done::successes(form);
    let list = page_data(
        move || (tab.get(), kind.get(), q.get(), after.get(), version.get()),
        |(tab, kind, q, after, _)| list_my_roles(tab, kind, q, after),
    );
    let toasts = use_toasts();
    Effect::new(move || {
        if let Some(Ok(())) = form.action.value().get() {
            toasts.success("The role was deactivated.");
        }
    });
    view! {
        <Title text="My roles" />
        <Breadcrumb items=vec![("Home".into(), Some(paths::QUICK_START.into())), ("My roles".into(), None)] />
        <PageHeader title="My roles" subtitle=Some("Privileged Identity Management | Directory roles".into()) icon="role" />
        <CommandBar>
            <CommandLink href=paths::MY_ROLES icon="refresh" label="Refresh" />
            <CommandLink href=paths::ACTIVATE_SEVERAL icon="bolt" label="Activate several" />
            <CommandLink href=paths::MY_AUDIT icon="clock" label="My audit history" />
        </CommandBar>
        <Tabs label="My roles">
            <Tab href=paths::MY_ROLES selected=Signal::derive(move || !matches!(tab.get().as_str(), "active" | "expired")) label="Eligible assignments" />
            <Tab href=paths::with_query(paths::MY_ROLES, &[("tab", "active")]) selected=Signal::derive(move || tab.get() == "active") label="Active assignments" />
            <Tab href=paths::with_query(paths::MY_ROLES, &[("tab", "expired")]) selected=Signal::derive(move || tab.get() == "expired") label="Expired assignments" />
        </Tabs>
        {move || view! { <Search tab=tab.get() kind=kind.get() q=q.get_untracked() /> }}
        <Problem words=form.error_besides(&[]) />
        {loaded(list, move |list| {
            let (tab, kind, q) = (tab.get_untracked(), kind.get_untracked(), q.get_untracked());
            let link = |after: &str| paths::with_query(paths::MY_ROLES, &[("tab", &tab), ("type", &kind), ("q", &q), ("after", after)]);
            let first = (!after.get_untracked().is_empty()).then(|| link(""));
            let next = list.next.as_deref().map(link);
            view! {
                <Listing list tab=tab.clone() form filtered=!q.is_empty() />
                <Pagination previous=first next=next />
            }
        })}
    }
    .into_any()
}

#[component]
fn Search(tab: String, kind: String, q: String) -> impl IntoView {
    let is_expired = tab == "expired";
    let kinds =
        vec![("active".to_owned(), "Active".to_owned()), ("eligible".to_owned(), "Eligible".to_owned())];
    view! {
        <QueryForm action=paths::MY_ROLES class="filter-bar">
            <FilterBar>
                <input type="hidden" name="tab" value=tab />
                <TextInput id="q" name="q" value=q kind="search" placeholder=Some("Search by role".to_owned()) aria_label=Some("Search by role".to_owned()) />
                {is_expired.then(|| view! { <Select id="type" name="type" options=kinds value=kind aria_label=Some("Assignment type".to_owned()) /> })}
                <Button submit=true>"Search"</Button>
            </FilterBar>
        </QueryForm>
    }
}

#[component]
fn Listing(
    list: MyRoleList,
    tab: String,
    form: crate::form::Form<DeactivateRole>,
    filtered: bool,
) -> impl IntoView {
    if list.roles.is_empty() {
        let words = match (tab.as_str(), filtered) {
            (_, true) => "No role fits this search.",
            ("active", _) => "You hold no role at the moment. Activate one that you are eligible for.",
            ("expired", _) => "Nothing of this type has ended yet.",
            _ => "You are not eligible for any role. Ask an administrator to make you eligible.",
        };
        return view! { <EmptyState icon="role" title="No results"><p>{words}</p></EmptyState> }.into_any();
    }
    let (is_active, is_expired) = (tab == "active", tab == "expired");
    let now = list.now;
    let row = move |role: MyRole| {
        let membership =
            role.through.as_ref().map_or_else(|| "Direct".to_owned(), |group| format!("Group: {group}"));
        view! {
            <tr>
                <th scope="row" data-label="Role">
                    {(!is_active && !is_expired).then(|| star(&role))}
                    {role.role.clone()}
                    {role.is_privileged.then(|| view! { " "<Badge kind=BadgeKind::Warning>"PRIVILEGED"</Badge> })}
                </th>
                <td data-label="Scope">{role.scope.clone()}</td>
                <td data-label="Membership">{membership}</td>
                {(is_active || is_expired).then(|| view! {
                    <td data-label="State">{role.state.label()}</td>
                    <td data-label="Start time"><LocalTime at=role.window.start /></td>
                })}
                <td data-label="End time"><EndTime window=role.window now is_expired /></td>
                <td data-label="Action" class="row-actions">
                    {go_on(&role)}
                    {if is_expired {
                        role.ended.clone().unwrap_or_else(|| "Expired".to_owned()).into_any()
                    } else if is_active {
                        view! { <Deactivate role form /> }.into_any()
                    } else {
                        view! { <Activate role now /> }.into_any()
                    }}
                </td>
            </tr>
        }
    };
    view! {
        <Table caption="My roles">
            <thead>
                <tr>
                    <th scope="col">"Role"</th>
                    <th scope="col">"Scope"</th>
                    <th scope="col">"Membership"</th>
                    {(is_active || is_expired).then(|| view! { <th scope="col">"State"</th><th scope="col">"Start time"</th> })}
                    <th scope="col">"End time"</th>
                    <th scope="col">{if is_expired { "Ended because" } else { "Action" }}</th>
                </tr>
            </thead>
            <tbody>{list.roles.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
    .into_any()
}

/// The button that makes a role a favourite, or none any more. The browser sends it by itself: that is rare, and costs no code.
fn star(role: &MyRole) -> AnyView {
    let (icon, label) = if role.is_favourite {
        ("star-filled", format!("Remove {} from favourites", role.role))
    } else {
        ("star", format!("Add {} to favourites", role.role))
    };
    view! {
        <form method="post" action="/my-roles?post=set_favourite" class="star">
            <input type="hidden" name="id" value=role.id.to_string() />
            <input type="hidden" name="on" value=(!role.is_favourite).to_string() />
            <Button kind=ButtonKind::Subtle submit=true icon aria_label=Some(label)>""</Button>
        </form>
    }
    .into_any()
}

/// The way to more of the same: extend, renew, or activate again.
fn go_on(role: &MyRole) -> AnyView {
    let (href, words) = match (role.prolong, role.again) {
        (Some(wanted), _) => (paths::prolong(role.id, ""), wanted.label()),
        (None, Some(eligibility)) => (paths::activate_again(eligibility, role.id), "Activate again"),
        (None, None) => return ().into_any(),
    };
    let label = format!("{words} {}", role.role);
    view! { <LinkButton kind=ButtonKind::Subtle href icon="extend" aria_label=Some(label)>{words}</LinkButton>" " }.into_any()
}

#[component]
fn EndTime(window: Window, now: DateTime<Utc>, is_expired: bool) -> impl IntoView {
    let begins = (window.phase(now) == Phase::Upcoming && !is_expired)
        .then(|| view! { <Badge kind=BadgeKind::Brand>"Starts later"</Badge>" " });
    match window.end {
        None => view! { {begins}"Permanent" }.into_any(),
        Some(end) if is_expired || window.phase(now) != Phase::InForce => {
            view! { {begins}<LocalTime at=end /> }.into_any()
        }
        Some(end) => {
            view! { <LocalTime at=end /><br /><span class="secondary"><Remaining until=end now /></span> }
                .into_any()
        }
    }
}

/// The button that opens the panel; where the role is on already, that is said instead.
#[component]
fn Activate(role: MyRole, now: DateTime<Utc>) -> impl IntoView {
    let denied = match (role.window.phase(now), &role.running) {
        (Phase::Upcoming, _) => Some("You become eligible later: see the start time.".to_owned()),
        (_, Some((_, window))) if window.phase(now) == Phase::Upcoming => {
            Some("An activation of this role begins later. It is under Active assignments.".to_owned())
        }
        (_, Some(_)) => Some("This role is active. It is under Active assignments.".to_owned()),
        _ => None,
    };
    let active =
        role.running.and_then(|(_, window)| window.end.filter(|_| window.phase(now) == Phase::InForce));
    view! {
        {active.map(|until| view! { <Badge kind=BadgeKind::Success>"Active"</Badge>" "<span class="secondary"><Remaining until now /></span>" " })}
        <LinkButton href=paths::activate(role.id) icon="bolt" aria_label=Some(format!("Activate {}", role.role)) denied=denied>"Activate"</LinkButton>
    }
}

/// The button that gives a role back; an assignment of an administrator cannot be given back.
#[component]
fn Deactivate(role: MyRole, form: crate::form::Form<DeactivateRole>) -> impl IntoView {
    let denied = (role.state == AssignmentState::Assigned).then(|| {
        "An administrator assigned this role. Only what you activated can be deactivated.".to_owned()
    });
    let id = format!("deactivate-{}", role.id);
    view! {
        <Confirm
            id=id.clone()
            title=format!("Deactivate {}?", role.role)
            trigger="Deactivate"
            trigger_icon="power"
            trigger_class="button"
            trigger_label=Some(format!("Deactivate {}", role.role))
            confirm_label="Deactivate"
            danger=true
            denied=denied
        >
            <ActionForm action=form.action attr:id=format!("{id}-form")>
                <input type="hidden" name="id" value=role.id.to_string() />
                <p>"You lose the role at once. You can activate it again while you are eligible."</p>
            </ActionForm>
        </Confirm>
    }
}
