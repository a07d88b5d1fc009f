//! The wizard that adds assignments: who, what and where on the tab Membership; how and how long on the tab Setting.
//!
//! Everything chosen so far is in the address, so that back, reload and a browser without script lose nothing. Each button
//! but *Assign* is a GET of the same form.

mod membership;
mod setting;

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{Breadcrumb, MessageBar, MessageKind, PageHeader, WizardTabs},
    error::AppError,
    pages::{loaded::loaded, step_up::StepUpShown},
    paths,
};
use chrono::{DateTime, Utc};
use leptos::{prelude::*, server_fn::codec::Json};
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use membership::Membership;
use serde::{Deserialize, Serialize};
use setting::Setting;
use stint_domain::{
    id::{PrincipalId, RoleId},
    principal::PrincipalKind,
    role::ScopeType,
};

/// What was chosen so far: the address's query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// `membership` or `setting`.
    pub tab: String,
    /// The role: its id, or its name as typed.
    pub role: String,
    /// The kind of scope.
    pub scope_type: String,
    /// The id of the administrative unit or service principal.
    pub scope: String,
    /// What the list of scopes is narrowed to.
    pub scope_find: String,
    /// The members' ids, separated by commas.
    pub members: String,
    /// What members are searched by.
    pub find: String,
    /// Eligible or active.
    pub assignment_type: String,
    /// `true` once the tab Setting was seen: only then an unticked box was unticked by somebody.
    pub visited: String,
    /// `true` where the assignment is to have no end.
    pub permanent: String,
    /// When it begins.
    pub starts: String,
    /// When it ends.
    pub ends: String,
    /// Why.
    pub justification: String,
}

impl Draft {
    fn of(query: &ParamsMap) -> Self {
        let get = |name: &str| query.get(name).unwrap_or_default();
        let mut members: Vec<String> =
            get("members").split(',').filter(|id| !id.is_empty()).map(ToOwned::to_owned).collect();
        // A link to the wizard names one member; the buttons of the search add and remove one.
        members.extend([get("member"), get("add")].into_iter().filter(|id| !id.is_empty()));
        let removed = get("drop");
        members.retain(|id| *id != removed);
        let mut seen = std::collections::HashSet::new();
        members.retain(|id| seen.insert(id.clone()));
        Self {
            tab: get("tab"),
            role: get("role"),
            scope_type: get("scope_type"),
            scope: get("scope"),
            scope_find: get("scope_find"),
            members: members.join(","),
            find: get("find"),
            assignment_type: get("assignment_type"),
            visited: get("visited"),
            permanent: get("permanent"),
            starts: get("starts"),
            ends: get("ends"),
            justification: get("justification"),
        }
    }

    fn link(&self, tab: &str) -> String {
        paths::with_query(
            paths::ADD_ASSIGNMENTS,
            &[
                ("tab", tab),
                ("role", &self.role),
                ("scope_type", &self.scope_type),
                ("scope", &self.scope),
                ("members", &self.members),
                ("assignment_type", &self.assignment_type),
                ("visited", &self.visited),
                ("permanent", &self.permanent),
                ("starts", &self.starts),
                ("ends", &self.ends),
                ("justification", &self.justification),
            ],
        )
    }
}

/// A role that was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenRole {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// Whether it is privileged.
    pub is_privileged: bool,
    /// The kinds of scopes that it supports.
    pub scope_types: Vec<ScopeType>,
}

/// Somebody who was chosen, or could be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Their id.
    pub id: PrincipalId,
    /// Their name.
    pub name: String,
    /// What they sign in with, or their sort.
    pub secondary: String,
    /// Their sort.
    pub kind: PrincipalKind,
    /// Whether they were deleted meanwhile.
    pub deleted: bool,
}

/// What the role's settings say about one type of assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    /// Whether it may be permanent.
    pub permanent: bool,
    /// The longest time, in words.
    pub longest: String,
    /// The end that the form proposes.
    pub proposed_end: DateTime<Utc>,
    /// Whether a reason is asked for.
    pub justification: bool,
}

/// What the wizard shows for a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// What was chosen so far.
    pub draft: Draft,
    /// Why the person may not assign.
    pub denied: Option<String>,
    /// The names of all roles.
    pub roles: Vec<String>,
    /// The role that was chosen.
    pub role: Option<ChosenRole>,
    /// The places that can be chosen, where the kind of scope has any.
    pub scopes: Vec<(String, String)>,
    /// Who was chosen.
    pub members: Vec<Candidate>,
    /// Who was found.
    pub found: Option<Vec<Candidate>>,
    /// What the settings say about eligible assignments.
    pub eligible: Allowed,
    /// What the settings say about active assignments.
    pub active: Allowed,
    /// What an active assignment asks for beyond being signed in.
    pub step_up: Option<StepUpShown>,
    /// The server's time.
    pub now: DateTime<Utc>,
}

#[cfg(feature = "ssr")]
impl From<stint_engine::store::principal::PrincipalRow> for Candidate {
    fn from(row: stint_engine::store::principal::PrincipalRow) -> Self {
        Self {
            id: row.id,
            name: row.display_name,
            secondary: row.user_name.unwrap_or_else(|| row.kind.label().to_owned()),
            kind: row.kind,
            deleted: row.deleted_at.is_some(),
        }
    }
}

/// Looks up what a draft names, and what can be chosen next.
#[server(endpoint = "prepare_assignment", input = Json)]
pub async fn prepare_assignment(draft: Draft) -> Result<Encoded<Prepared>, AppError> {
    use crate::encoded::encode;
    use stint_domain::{
        authz::{Action, Target},
        role::Provider,
        scope::ScopePath,
        settings::RoleSettings,
    };
    use stint_engine::{role_settings, roles, step_up, store::PageRequest, users};
    let mut op = crate::server::read().await?;
    let denied = op.denial(Action::UpdateRoleAssignments, &Target::directory())?;
    let all = roles::list(&op, "")?;
    let wanted = draft.role.trim();
    let role =
        all.iter().find(|role| role.name.eq_ignore_ascii_case(wanted) || role.id.to_string() == wanted);
    let settings = match role {
        Some(role) if denied.is_none() => {
            role_settings::get(&mut op, role.id, &ScopePath::directory()).await?.settings
        }
        _ => RoleSettings::default_for(Provider::Directory),
    };
    let ids: Vec<PrincipalId> = member_ids(&draft.members).collect();
    let members = users::get_principals(&mut op, &ids).await?;
    let found = if draft.find.trim().is_empty() {
        None
    } else {
        let page = PageRequest { after: None, size: 20 };
        let found = users::find_principals(&mut op, Vec::new(), &draft.find, &page).await?;
        Some(found.items.into_iter().map(Candidate::from).collect())
    };
    let scopes = scopes(&mut op, &draft).await?;
    let demand = match role.filter(|_| denied.is_none()) {
        Some(role) => step_up::of_assignment(&mut op, role.id, &settings.active_enablement).await?,
        None => None,
    };
    let step_up = step_up::look(&mut op, demand).await?;
    let step_up = StepUpShown::of(&mut op, step_up).await?;
    encode(Prepared {
        denied,
        role: role.map(|role| ChosenRole {
            id: role.id,
            name: role.name.clone(),
            is_privileged: role.is_privileged,
            scope_types: role.scope_types.clone(),
        }),
        roles: all.iter().filter(|role| role.is_assignable).map(|role| role.name.clone()).collect(),
        scopes,
        members: members.into_iter().map(Candidate::from).collect(),
        found,
        eligible: allowed(&settings, stint_domain::schedule::AssignmentType::Eligible, op.now),
        active: allowed(&settings, stint_domain::schedule::AssignmentType::Active, op.now),
        step_up,
        now: op.now,
        draft,
    })
}

#[cfg(feature = "ssr")]
fn member_ids(members: &str) -> impl Iterator<Item = PrincipalId> {
    // More than a screen of members is no longer looked through by the one who assigns.
    members.split(',').filter_map(|id| id.parse().ok()).take(100)
}

#[cfg(feature = "ssr")]
fn allowed(
    settings: &stint_domain::settings::RoleSettings,
    assignment_type: stint_domain::schedule::AssignmentType,
    now: DateTime<Utc>,
) -> Allowed {
    use stint_domain::settings::Requirement;
    let expiration = settings.expiration(assignment_type);
    Allowed {
        permanent: !expiration.is_expiration_required,
        longest: expiration.maximum_duration.in_words(),
        proposed_end: now + expiration.maximum_duration.to_delta(),
        justification: settings.enablement(assignment_type).requires(Requirement::Justification),
    }
}

/// The administrative units or service principals that a role could be limited to.
#[cfg(feature = "ssr")]
async fn scopes(op: &mut stint_engine::Operation, draft: &Draft) -> Result<Vec<(String, String)>, AppError> {
    use stint_engine::{administrative_units, service_principals, store::PageRequest};
    let page = PageRequest { after: None, size: 200 };
    Ok(match ScopeType::from_slug(&draft.scope_type) {
        Some(ScopeType::AdministrativeUnit) => {
            let units = administrative_units::list(op, &draft.scope_find, &page).await?.items;
            units.into_iter().map(|unit| (unit.id.to_string(), unit.display_name)).collect()
        }
        Some(ScopeType::Application) => {
            let programs = service_principals::list(op, &draft.scope_find, None, &page).await?.items;
            programs.into_iter().map(|program| (program.id.to_string(), program.display_name)).collect()
        }
        _ => Vec::new(),
    })
}

/// The wizard.
#[component]
pub fn AddAssignments() -> impl IntoView {
    let query = use_query_map();
    let draft = Memo::new(move |_| query.with(Draft::of));
    let prepared = page_data(move || draft.get(), prepare_assignment);
    view! {
        <Title text="Add assignments" />
        <Breadcrumb items=vec![
            ("Home".into(), Some(paths::QUICK_START.into())),
            ("Assignments".into(), Some(paths::ASSIGNMENTS.into())),
            ("Add assignments".into(), None),
        ] />
        <PageHeader title="Add assignments" subtitle=Some("Privileged Identity Management | Directory roles".into()) icon="assignment" />
        {loaded(prepared, |prepared| view! { <Wizard prepared /> })}
    }
}

#[component]
fn Wizard(prepared: Prepared) -> impl IntoView {
    let asked_for_setting = prepared.draft.tab == "setting";
    let complete = prepared.role.is_some() && !prepared.members.is_empty() && scope_is_chosen(&prepared);
    let on_setting = asked_for_setting && complete;
    let tabs = vec![
        ("Membership".to_owned(), Some(prepared.draft.link("membership")), !on_setting),
        ("Setting".to_owned(), complete.then(|| prepared.draft.link("setting")), on_setting),
    ];
    let denied = prepared.denied.clone();
    view! {
        {denied.map(|denied| view! { <MessageBar kind=MessageKind::Warning>{denied}</MessageBar> })}
        <WizardTabs items=tabs />
        {if on_setting {
            view! { <Setting prepared /> }.into_any()
        } else {
            view! { <Membership prepared incomplete=asked_for_setting /> }.into_any()
        }}
    }
    .into_any()
}

fn scope_is_chosen(prepared: &Prepared) -> bool {
    match ScopeType::from_slug(&prepared.draft.scope_type) {
        None | Some(ScopeType::Directory) => true,
        Some(kind) => {
            prepared.role.as_ref().is_some_and(|role| role.scope_types.contains(&kind))
                && prepared.scopes.iter().any(|(id, _)| *id == prepared.draft.scope)
        }
    }
}

/// The sort of picture that goes with a sort of principal.
const fn avatar(kind: PrincipalKind) -> crate::components::AvatarKind {
    match kind {
        PrincipalKind::User => crate::components::AvatarKind::Person,
        PrincipalKind::Group => crate::components::AvatarKind::Group,
        PrincipalKind::ServicePrincipal => crate::components::AvatarKind::App,
    }
}
