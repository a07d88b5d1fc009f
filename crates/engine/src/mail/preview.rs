//! Who exactly would be told, for the page on which that is set.

use super::recipients::{address, administrators};
use crate::{Operation, Result, approvers, assign::settings_scope};
use stint_domain::{
    authz::{Action, Target},
    id::RoleId,
    scope::ScopePath,
    settings::{NotificationLevel, Occasion, RecipientType, RoleSettings},
};
use stint_store::{principal::PrincipalRow, role_settings};

/// So many of those who would be told are shown by name.
const SHOWN: usize = 10;

/// Somebody who would be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// What they are called; nothing for an address that stands in the settings.
    pub name: Option<String>,
    /// Where the mail goes.
    pub address: String,
}

/// Who would be told by one of the nine rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// What they are told of.
    pub occasion: Occasion,
    /// Which sort of people.
    pub to: RecipientType,
    /// Whether the person is told whom the matter is about; who that is, is known only then.
    pub tells_the_person: bool,
    /// The first of the others, by name.
    pub recipients: Vec<Recipient>,
    /// How many others there are.
    pub count: usize,
}

/// Who would be told of what happens to a role at a scope now, for each of the nine rows in the order of the page.
///
/// The scope is one that an assignment can have: where only the whole directory has settings, those are taken.
pub async fn preview_recipients(op: &mut Operation, role: RoleId, scope: &ScopePath) -> Result<Vec<Preview>> {
    op.require(Action::ReadRoleSettings, &Target::directory())?;
    let provider = op.engine.catalogue.get(role)?.provider;
    let stored = role_settings::get(&mut op.tx, provider, role, settings_scope(provider, scope)).await?;
    let settings = stored.settings;
    let administrators = administrators(op).await?;
    let asked: Vec<_> = settings.activation_approval.stages().map(|(_, stage)| &stage.approvers).collect();
    let deciders = approvers::list_people(op, &asked).await?;
    let assigners = approvers::list_administrators(op).await?;
    let row = |(occasion, to)| {
        let people = match (occasion, to) {
            (_, RecipientType::Admin) => administrators.as_slice(),
            (_, RecipientType::Requestor) => &[],
            (Occasion::Activation, RecipientType::Approver) => deciders.as_slice(),
            (_, RecipientType::Approver) => assigners.as_slice(),
        };
        preview(&settings, occasion, to, people)
    };
    Ok(RoleSettings::NOTIFICATIONS.into_iter().map(row).collect())
}

fn preview(
    settings: &RoleSettings,
    occasion: Occasion,
    to: RecipientType,
    people: &[PrincipalRow],
) -> Preview {
    let rule = settings.notification(occasion, to);
    // Whoever only watches or is told is never asked for an act.
    let is_silent = rule.notification_level == NotificationLevel::Critical && to != RecipientType::Approver;
    let by_default = rule.is_default_recipients_enabled && !is_silent;
    let mut recipients: Vec<Recipient> = Vec::new();
    let mut add = |name: Option<&str>, address: &str| {
        if recipients.iter().all(|known| !known.address.eq_ignore_ascii_case(address)) {
            recipients.push(Recipient { name: name.map(ToOwned::to_owned), address: address.to_owned() });
        }
    };
    for person in people.iter().filter(|_| by_default) {
        if let Some(address) = address(person) {
            add(Some(&person.display_name), address);
        }
    }
    for address in rule.notification_recipients.iter().filter(|_| !is_silent) {
        add(None, address);
    }
    let count = recipients.len();
    recipients.truncate(SHOWN);
    Preview {
        occasion,
        to,
        tells_the_person: by_default && to == RecipientType::Requestor,
        recipients,
        count,
    }
}
