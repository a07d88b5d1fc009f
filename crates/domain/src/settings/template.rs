//! Ready-made settings: the tiers of a usual deployment.

use super::{ExpirationRule, Requirement, RoleSettings};
use crate::{role::Provider, time::Duration};

/// Ready-made settings. Who is told of what, and the approvers who are named, stay as they are.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// What it is called in addresses and forms.
    pub slug: &'static str,
    /// What it is called on a page.
    pub name: &'static str,
    /// Which roles it is for, and what it asks.
    pub description: &'static str,
    hours: i64,
    requirements: &'static [Requirement],
    approval: bool,
    /// Days; nothing where permanent is allowed.
    eligible_days: Option<i64>,
    /// Days; nothing where permanent is allowed.
    active_days: Option<i64>,
}

/// The templates, the strictest first. The tiers follow the example of Entra's deployment plan: a Global Administrator, an Exchange
/// Administrator, a Helpdesk Administrator.
pub const TEMPLATES: [Template; 4] = [
    Template {
        slug: "highest",
        name: "Highest privilege",
        description: "Global Administrator and the like: one hour, with a second factor, reason, ticket and approval; eligible for a year, active for 15 days.",
        hours: 1,
        requirements: &[
            Requirement::MultiFactorAuthentication,
            Requirement::Justification,
            Requirement::Ticketing,
        ],
        approval: true,
        eligible_days: Some(365),
        active_days: Some(15),
    },
    Template {
        slug: "service",
        name: "Administrator of a service",
        description: "Exchange Administrator and the like: two hours, with a second factor and a reason, without approval; eligible for a year, active for a month.",
        hours: 2,
        requirements: &[Requirement::MultiFactorAuthentication, Requirement::Justification],
        approval: false,
        eligible_days: Some(365),
        active_days: Some(30),
    },
    Template {
        slug: "helpdesk",
        name: "Help desk",
        description: "Helpdesk Administrator and the like: a working day, with reason and ticket, without approval; eligible permanently, active for half a year.",
        hours: 8,
        requirements: &[Requirement::Justification, Requirement::Ticketing],
        approval: false,
        eligible_days: None,
        active_days: Some(180),
    },
    Template {
        slug: "default",
        name: "Defaults",
        description: "What every role begins with: eight hours, with reason, without approval; eligible and active permanently or for a time.",
        hours: 8,
        requirements: &[Requirement::Justification],
        approval: false,
        eligible_days: None,
        active_days: None,
    },
];

impl Template {
    /// The template of that name.
    pub fn find(slug: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.slug == slug)
    }

    /// The settings of a role as this template wants them.
    #[must_use]
    pub fn applied_to(&self, settings: &RoleSettings, provider: Provider) -> RoleSettings {
        let defaults = RoleSettings::default_for(provider);
        let expiration = |days: Option<i64>, default: ExpirationRule| match days {
            Some(days) => {
                ExpirationRule { is_expiration_required: true, maximum_duration: Duration::days(days) }
            }
            None => default,
        };
        let mut settings = settings.clone();
        settings.activation_expiration.maximum_duration = Duration::hours(self.hours);
        settings.activation_enablement.enabled_rules = self.requirements.iter().copied().collect();
        settings.activation_authentication_context = defaults.activation_authentication_context;
        settings.activation_approval.is_approval_required = self.approval;
        settings.eligible_expiration = expiration(self.eligible_days, defaults.eligible_expiration);
        settings.active_expiration = expiration(self.active_days, defaults.active_expiration);
        settings.eligible_enablement = defaults.eligible_enablement;
        settings.active_enablement = defaults.active_enablement;
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_makes_settings_that_can_be() {
        let before = RoleSettings::default_for(Provider::Directory);
        for template in &TEMPLATES {
            let after = template.applied_to(&before, Provider::Directory);
            assert_eq!(after.check(Provider::Directory), [], "{}", template.slug);
            assert_eq!(template.applied_to(&after, Provider::Directory), after, "applied twice");
            assert_eq!(Template::find(template.slug).unwrap().name, template.name);
        }
        assert!(Template::find("").is_none());
    }

    #[test]
    fn the_defaults_undo_every_other() {
        let defaults = RoleSettings::default_for(Provider::Directory);
        let of = |slug: &str| Template::find(slug).unwrap();
        for template in &TEMPLATES {
            let strict = template.applied_to(&defaults, Provider::Directory);
            assert_eq!(of("default").applied_to(&strict, Provider::Directory), defaults);
        }
    }

    #[test]
    fn who_approves_and_who_is_told_stays() {
        let mut before = RoleSettings::default_for(Provider::Directory);
        before.activation_approval.first.approvers = [uuid::Uuid::from_u128(7).into()].into();
        before.notify_admin_of_activation.notification_recipients = vec!["soc@contoso.example".to_owned()];
        let after = Template::find("highest").unwrap().applied_to(&before, Provider::Directory);
        assert!(after.activation_approval.is_approval_required);
        assert_eq!(after.activation_approval.first.approvers, before.activation_approval.first.approvers);
        assert_eq!(after.notify_admin_of_activation, before.notify_admin_of_activation);
    }
}
