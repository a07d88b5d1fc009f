//! Who may do what: one pure function, asked by every page, server function and endpoint.
//!
//! An [`Actor`] carries the grants in force at the moment of the operation. An operation names an [`Action`] and a
//! [`Target`]. A grant counts where its role permits the action and its scope reaches the target. The answer is a
//! [`Decision`], and a denial is data: which action, which roles would allow it, which of those the actor could activate.

mod action;

pub use action::{Action, ActionSet};

use crate::{
    id::{AdministrativeUnitId, PrincipalId, RoleId},
    scope::ScopePath,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// One role that the actor holds now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: RoleId,
    /// What it permits.
    pub actions: ActionSet,
    /// Where it holds.
    pub scope: ScopePath,
    /// When it ends.
    pub until: Option<DateTime<Utc>>,
}

/// A role that the actor could activate now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eligible {
    /// The role's name.
    pub role_name: String,
    /// What it would permit.
    pub actions: ActionSet,
    /// Where it would hold.
    pub scope: ScopePath,
}

/// Who asks, with everything that they hold at the moment of asking.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who.
    pub id: PrincipalId,
    /// Whether the account may act at all.
    pub enabled: bool,
    /// The roles in force.
    pub grants: Vec<Grant>,
    /// The roles that could be activated.
    pub eligible: Vec<Eligible>,
}

/// What the action is done to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The object; `None` for the directory as a whole, where only directory-wide grants count.
    pub object: Option<Uuid>,
    /// The administrative units that the object is a member of.
    pub units: Vec<AdministrativeUnitId>,
    /// Whether the object is a person who holds or may activate a privileged role, or a group that roles can be assigned to.
    pub is_protected: bool,
    /// Whether the actor owns the object (a group).
    pub is_owned: bool,
    /// Whether the actor is among the approvers of the object (somebody else's request).
    pub is_approver: bool,
}

impl Target {
    /// The directory as a whole.
    pub fn directory() -> Self {
        Self::default()
    }

    /// One object in no administrative unit.
    pub fn object(id: impl Into<Uuid>) -> Self {
        Self { object: Some(id.into()), ..Self::default() }
    }

    fn is_reached_by(&self, scope: &ScopePath) -> bool {
        scope.as_str() == "/"
            || self.object.is_some_and(|id| *scope == ScopePath::object(id))
            || self.units.iter().any(|&unit| *scope == ScopePath::administrative_unit(unit))
    }
}

/// What a denied person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// What was wanted, as in "You need a role that may ...".
    pub action: Action,
    /// The roles with the least rights that would allow it.
    pub roles: Vec<String>,
    /// The actor's own roles among all that would allow it, ready to be activated.
    pub activatable: Vec<String>,
    /// Whether the target is guarded more than others.
    pub is_protected: bool,
}

impl std::fmt::Display for Denial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "You may not {}", self.action.verb())?;
        if self.is_protected {
            f.write_str(", because the target is guarded by a privileged role")?;
        }
        if self.roles.is_empty() {
            return f.write_str(match self.action {
                Action::DecideRequests => ". The approvers in the role's settings may.",
                _ => ". Nobody may.",
            });
        }
        write!(f, ". {} would allow it. ", self.roles.join(" or "))?;
        match self.activatable.as_slice() {
            [] => f.write_str("If you are eligible for such a role, activate it in My roles; otherwise ask an administrator for it."),
            roles => write!(f, "You can activate {} in My roles.", roles.join(" or ")),
        }
    }
}

impl std::error::Error for Denial {}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Go ahead.
    Allowed,
    /// No, and why.
    Denied(Denial),
}

impl Decision {
    /// Whether the answer is yes.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed)
    }

    /// The answer as a result.
    pub fn into_result(self) -> Result<(), Denial> {
        match self {
            Self::Allowed => Ok(()),
            Self::Denied(denial) => Err(denial),
        }
    }
}

/// Decides whether the actor may do this to that, now.
pub fn decide(actor: &Actor, action: Action, target: &Target) -> Decision {
    if actor.enabled && permits(actor, action, target) {
        return Decision::Allowed;
    }
    let guard = action.guard().filter(|_| target.is_protected);
    let wanted = guard.unwrap_or(action);
    let would_allow = |eligible: &&Eligible| {
        eligible.actions.contains(action)
            && guard.is_none_or(|guard| eligible.actions.contains(guard))
            && target.is_reached_by(&eligible.scope)
    };
    Decision::Denied(Denial {
        action,
        roles: wanted.least_privileged_roles().iter().map(ToString::to_string).collect(),
        activatable: actor
            .eligible
            .iter()
            .filter(would_allow)
            .map(|eligible| eligible.role_name.clone())
            .collect(),
        is_protected: guard.is_some(),
    })
}

fn permits(actor: &Actor, action: Action, target: &Target) -> bool {
    if action.is_approvers() {
        return target.is_approver;
    }
    if action.is_everybodys() || (action.is_owners() && target.is_owned) {
        return true;
    }
    if action.is_ones_own() && target.object == Some(actor.id.as_uuid()) {
        return true;
    }
    let holds = |wanted: Action| {
        actor.grants.iter().any(|grant| grant.actions.contains(wanted) && target.is_reached_by(&grant.scope))
    };
    // SECURITY: a role over users must not be a way to a higher role, so the guard is asked on top of the action.
    holds(action) && action.guard().is_none_or(|guard| !target.is_protected || holds(guard))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIRA: u128 = 1;

    fn actor(grants: &[(&[Action], ScopePath)]) -> Actor {
        let grants = grants.iter().map(|(actions, scope)| Grant {
            role: Uuid::nil().into(),
            actions: actions.iter().copied().collect(),
            scope: scope.clone(),
            until: None,
        });
        Actor {
            id: Uuid::from_u128(MIRA).into(),
            enabled: true,
            grants: grants.collect(),
            eligible: Vec::new(),
        }
    }

    fn may(actor: &Actor, action: Action, target: &Target) -> bool {
        decide(actor, action, target).is_allowed()
    }

    #[test]
    fn without_a_role_one_reads_names_and_ones_own() {
        let nobody = actor(&[]);
        assert!(may(&nobody, Action::ReadUsers, &Target::directory()));
        assert!(!may(&nobody, Action::CreateUsers, &Target::directory()));
        assert!(!may(&nobody, Action::ReadRoleAssignments, &Target::object(Uuid::from_u128(2))));
        assert!(may(&nobody, Action::ReadRoleAssignments, &Target::object(Uuid::from_u128(MIRA))));
        assert!(may(&nobody, Action::ActivateRoles, &Target::object(Uuid::from_u128(MIRA))));
        assert!(!may(&nobody, Action::ActivateRoles, &Target::object(Uuid::from_u128(2))));
    }

    #[test]
    fn an_administrative_unit_bounds_a_role() {
        let unit = AdministrativeUnitId::new(Uuid::from_u128(9));
        let helpdesk = actor(&[(&[Action::UpdatePasswords], ScopePath::administrative_unit(unit))]);
        let inside = Target { units: vec![unit], ..Target::object(Uuid::from_u128(2)) };
        assert!(may(&helpdesk, Action::UpdatePasswords, &inside));
        assert!(!may(&helpdesk, Action::UpdatePasswords, &Target::object(Uuid::from_u128(3))));
        assert!(!may(&helpdesk, Action::UpdatePasswords, &Target::directory()));
    }

    #[test]
    fn no_role_over_users_leads_to_a_higher_role() {
        let admin = Target { is_protected: true, ..Target::object(Uuid::from_u128(2)) };
        let helpdesk = actor(&[(&[Action::UpdatePasswords], ScopePath::directory())]);
        let Decision::Denied(denial) = decide(&helpdesk, Action::UpdatePasswords, &admin) else {
            panic!("allowed")
        };
        assert!(denial.is_protected);
        assert!(denial.roles.contains(&"Privileged Authentication Administrator".to_owned()));
        let guard =
            actor(&[(&[Action::UpdatePasswords, Action::UpdatePrivilegedUsers], ScopePath::directory())]);
        assert!(may(&guard, Action::UpdatePasswords, &admin));
    }

    #[test]
    fn a_disabled_account_may_nothing() {
        let mut admin = actor(&[(Action::ALL, ScopePath::directory())]);
        assert!(may(&admin, Action::CreateUsers, &Target::directory()));
        admin.enabled = false;
        for &action in Action::ALL {
            assert!(!may(&admin, action, &Target::object(admin.id)), "{action:?}");
        }
    }

    #[test]
    fn the_settings_say_who_decides_and_no_role_does() {
        let request = Target::object(Uuid::from_u128(7));
        let admin = actor(&[(Action::ALL, ScopePath::directory())]);
        let nobody = actor(&[]);
        assert!(may(&nobody, Action::DecideRequests, &Target { is_approver: true, ..request.clone() }));
        assert!(!may(
            &nobody,
            Action::UpdateRoleAssignments,
            &Target { is_approver: true, ..request.clone() }
        ));
        let Decision::Denied(denial) = decide(&nobody, Action::DecideRequests, &request) else {
            panic!("allowed")
        };
        assert_eq!(
            denial.to_string(),
            "You may not decide this request. The approvers in the role's settings may."
        );
        assert!(!may(&admin, Action::DecideRequests, &request));
    }

    #[test]
    fn a_denial_says_which_role_would_help() {
        let mut mira = actor(&[]);
        let said = |actor: &Actor| match decide(actor, Action::CreateUsers, &Target::directory()) {
            Decision::Denied(denial) => denial.to_string(),
            Decision::Allowed => panic!("allowed"),
        };
        assert_eq!(
            said(&mira),
            "You may not create users. User Administrator would allow it. If you are eligible for such a role, activate it in My roles; otherwise ask an administrator for it."
        );
        mira.eligible.push(Eligible {
            role_name: "User Administrator".into(),
            actions: [Action::CreateUsers].into_iter().collect(),
            scope: ScopePath::directory(),
        });
        assert!(said(&mira).ends_with("You can activate User Administrator in My roles."));
    }
}
