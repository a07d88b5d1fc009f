//! Who holds what: the lists of assignments.

use crate::{Error, Operation, Result, assign::settings_scope};
use stint_domain::{
    authz::{Action, Target},
    id::{PrincipalId, RoleId, ScheduleId},
    role::Provider,
    schedule::AssignmentType,
    scope::{Scope, ScopePath},
    settings::RoleSettings,
};
use stint_store::{
    Page, PageRequest, administrative_unit, principal, role_settings,
    schedule::{self, Assignment, Filter},
};

/// The three tabs of a list of assignments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Eligible, now or later.
    Eligible,
    /// Active, now or later.
    Active,
    /// Ended, of one type.
    Expired(AssignmentType),
}

impl Tab {
    fn filter(self) -> (AssignmentType, bool) {
        match self {
            Self::Eligible => (AssignmentType::Eligible, false),
            Self::Active => (AssignmentType::Active, false),
            Self::Expired(assignment_type) => (assignment_type, true),
        }
    }
}

/// An assignment in a list, with how its holder came by it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The assignment.
    pub assignment: Assignment,
    /// The group through which the person in question holds it; nothing where they hold it directly.
    pub through: Option<String>,
}

impl Listed {
    /// An assignment as this principal has it.
    pub(crate) fn of(id: PrincipalId, assignment: Assignment) -> Self {
        let through = (assignment.schedule.principal != id).then(|| assignment.principal_name.clone());
        Self { assignment, through }
    }
}

/// The assignments of one principal, direct and through groups; for the tab *Expired* the direct ones.
pub async fn of_principal(
    op: &mut Operation,
    id: PrincipalId,
    tab: Tab,
    search: &str,
    page: &PageRequest,
) -> Result<Page<Listed>> {
    let mut target = Target::object(id);
    if op.actor()?.id != id {
        target.units = principal::list_units(&mut op.tx, id).await?;
    }
    op.require(Action::ReadRoleAssignments, &target)?;
    if op.actor()?.id != id && principal::find(&mut op.tx, id).await?.is_none() {
        return Err(Error::NotFound);
    }
    let principals = match (tab, op.actor()?.id == id) {
        (Tab::Expired(_), _) => vec![id],
        (_, true) => op.memberships()?.to_vec(),
        (_, false) => stint_store::group::list_memberships(&mut op.tx, id, op.now).await?,
    };
    let found = list(op, principals, None, tab, search, page).await?;
    Ok(found.map(|assignment| Listed::of(id, assignment)))
}

/// The assignments of all principals.
pub async fn of_all(
    op: &mut Operation,
    tab: Tab,
    search: &str,
    page: &PageRequest,
) -> Result<Page<Assignment>> {
    op.require(Action::ReadRoleAssignments, &Target::directory())?;
    list(op, Vec::new(), None, tab, search, page).await
}

/// The assignments of one role.
pub async fn of_role(
    op: &mut Operation,
    role: RoleId,
    tab: Tab,
    page: &PageRequest,
) -> Result<Page<Assignment>> {
    op.require(Action::ReadRoleAssignments, &Target::directory())?;
    list(op, Vec::new(), Some(vec![role]), tab, "", page).await
}

/// An assignment with the rules that a change of it must keep to.
#[derive(Clone, Debug)]
pub struct Changeable {
    /// The assignment.
    pub assignment: Assignment,
    /// The settings of its role.
    pub settings: RoleSettings,
}

/// One assignment, for the forms that change it.
pub async fn get(op: &mut Operation, id: ScheduleId) -> Result<Changeable> {
    let found = schedule::find(&mut op.tx, id).await?.ok_or(Error::NotFound)?;
    let mut target = Target::object(found.principal);
    target.units = principal::list_units(&mut op.tx, found.principal).await?;
    op.require(Action::ReadRoleAssignments, &target)?;
    let assignment = schedule::get_listed(&mut op.tx, id).await?;
    let scope = settings_scope(found.provider, &found.scope);
    let settings = role_settings::get(&mut op.tx, found.provider, found.role, scope).await?.settings;
    Ok(Changeable { assignment, settings })
}

async fn list(
    op: &mut Operation,
    principals: Vec<PrincipalId>,
    roles: Option<Vec<RoleId>>,
    tab: Tab,
    search: &str,
    page: &PageRequest,
) -> Result<Page<Assignment>> {
    let (assignment_type, ended) = tab.filter();
    let roles = if search.trim().is_empty() {
        roles
    } else {
        let found = op.engine.catalogue.search(Provider::Directory, search);
        Some(found.into_iter().map(|role| role.id).collect())
    };
    let filter = Filter { principals, roles, assignment_type, ended };
    Ok(schedule::list(&mut op.tx, &filter, op.now, page).await?)
}

/// What a scope is called.
pub async fn scope_name(op: &mut Operation, scope: &ScopePath) -> Result<String> {
    Ok(match scope.kind() {
        Scope::Directory => "Directory".to_owned(),
        Scope::Resource => scope.to_string(),
        Scope::AdministrativeUnit(id) => administrative_unit::find(&mut op.tx, id)
            .await?
            .map_or_else(|| "Deleted administrative unit".to_owned(), |unit| unit.display_name),
        Scope::Object(id) => principal::find(&mut op.tx, id.into())
            .await?
            .map_or_else(|| "Deleted object".to_owned(), |row| row.display_name),
    })
}
