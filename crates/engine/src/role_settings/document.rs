//! Rules as a file, TOML or JSON: to keep them in version control, and to bring them to another server.

use super::many::Wanted;
use crate::{Error, Operation, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use stint_domain::{
    authz::{Action, Target},
    id::RoleId,
    refusal::{Broken, Field, Refusal},
    scope::ScopePath,
    settings::{RULE_IDS, RoleSettings},
};
use stint_store::role_settings;

/// A file of rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The roles, each once.
    pub roles: Vec<Entry>,
}

/// The rules of one role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The role's id, the same on every server.
    pub id: RoleId,
    /// What it is called; for whoever reads the file.
    #[serde(default)]
    pub name: String,
    /// The rules by their ids. A rule that is not named, or a part of one, stays as it is.
    pub rules: Map<String, Value>,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// TOML.
    Toml,
    /// JSON.
    Json,
}

impl Document {
    /// Reads a file of either format.
    pub fn parse(text: &str) -> Result<Self> {
        let read = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| error.to_string())
        } else {
            toml::from_str(text).map_err(|error| error.to_string())
        };
        read.map_err(|error| refusal(format!("The file cannot be read: {}", error.trim())))
    }

    /// Writes the file.
    pub fn write(&self, format: Format) -> Result<String> {
        match format {
            Format::Json => Ok(serde_json::to_string_pretty(self).map_err(stint_store::Error::from)?),
            Format::Toml => toml::to_string_pretty(self).map_err(|error| refusal(error.to_string())),
        }
    }

    /// The rules that the file gives its roles.
    pub async fn wanted(self, op: &mut Operation) -> Result<Vec<Wanted>> {
        let mut wanted: Vec<Wanted> = Vec::new();
        for entry in self.roles {
            let called = if entry.name.is_empty() { entry.id.to_string() } else { entry.name.clone() };
            let now = match super::get(op, entry.id, &ScopePath::directory()).await {
                Err(Error::NotFound) => return Err(refusal(format!("There is no role {called}."))),
                found => found?,
            };
            if wanted.iter().any(|other| other.role == entry.id) {
                return Err(refusal(format!("{} stands in the file twice.", now.role.name)));
            }
            let settings = entry
                .applied_to(&now.settings)
                .map_err(|error| refusal(format!("{}: {error}.", now.role.name)))?;
            wanted.push(Wanted { role: entry.id, settings, seen: None });
        }
        Ok(wanted)
    }
}

/// Parts of rules that may be nothing, with their rules. A file says so with an empty text: TOML has no word for nothing.
const UNWRITTEN: [(&str, &str); 6] = [
    ("AuthenticationContext_EndUser_Assignment", "claimValue"),
    ("Enablement_EndUser_Assignment", "ticketPattern"),
    ("Enablement_EndUser_Assignment", "ticketHint"),
    ("Enablement_EndUser_Assignment", "ticketCheck"),
    ("Approval_EndUser_Assignment", "backup"),
    ("Approval_EndUser_Assignment", "remindAfter"),
];

/// The part that is a list and is not stored where it is empty.
const UNWRITTEN_LIST: (&str, &str) = ("Approval_EndUser_Assignment", "furtherStages");

impl Entry {
    fn applied_to(&self, settings: &RoleSettings) -> std::result::Result<RoleSettings, String> {
        let mut rules = serde_json::to_value(settings).map_err(|error| error.to_string())?;
        for (id, rule) in &self.rules {
            if !RULE_IDS.contains(&id.as_str()) {
                return Err(format!("there is no rule {id}"));
            }
            let (Value::Object(parts), Some(Value::Object(known))) = (rule, rules.get_mut(id)) else {
                return Err(format!("the rule {id} has no fields"));
            };
            for (name, part) in parts {
                let place = (id.as_str(), name.as_str());
                if !known.contains_key(name) && !UNWRITTEN.contains(&place) && place != UNWRITTEN_LIST {
                    return Err(format!("the rule {id} has no field {name}"));
                }
                let is_nothing = UNWRITTEN.contains(&place) && *part == "";
                known.insert(name.clone(), if is_nothing { Value::Null } else { part.clone() });
            }
        }
        serde_json::from_value(rules).map_err(|error| error.to_string())
    }
}

fn refusal(words: String) -> Error {
    Refusal::at(Field::Form, Broken::Document(words)).into()
}

/// The rules of all directory roles, or only of those whose rules were ever changed.
pub async fn export(op: &mut Operation, only_changed: bool) -> Result<Document> {
    op.require(Action::ReadRoleSettings, &Target::directory())?;
    let changed = role_settings::list_changed(&mut op.tx, &ScopePath::directory()).await?;
    let mut entries = Vec::new();
    for role in
        crate::roles::list(op, "")?.into_iter().filter(|role| !only_changed || changed.contains(&role.id))
    {
        let found = super::get(op, role.id, &ScopePath::directory()).await?;
        let Value::Object(mut rules) =
            serde_json::to_value(&found.settings).map_err(stint_store::Error::from)?
        else {
            continue;
        };
        let nothing = UNWRITTEN.map(|place| (place, Value::from("")));
        for ((rule, part), nothing) in nothing.into_iter().chain([(UNWRITTEN_LIST, Value::Array(Vec::new()))])
        {
            if let Some(rule) = rules.get_mut(rule).and_then(Value::as_object_mut)
                && rule.get(part).is_none_or(Value::is_null)
            {
                rule.insert(part.to_owned(), nothing);
            }
        }
        entries.push(Entry { id: role.id, name: role.name, rules });
    }
    Ok(Document { roles: entries })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use stint_domain::role::Provider;

    fn document() -> Document {
        let settings = RoleSettings::default_for(Provider::Directory);
        let Ok(Value::Object(rules)) = serde_json::to_value(settings) else {
            panic!("settings are an object")
        };
        let id = "fe930be7-5e62-47db-91af-98c3a49a38b1".parse().unwrap();
        Document { roles: vec![Entry { id, name: "User Administrator".to_owned(), rules }] }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

        #[test]
        fn any_text_is_a_file_or_refused(
            text in prop_oneof![any::<String>(), "\\PC{0,200}", "[\\[\\]{}=\"'.,#a-z0-9\n -]{0,200}", "\\{?[\\[{\"]{0,400}"],
        ) {
            if let Ok(read) = Document::parse(&text) {
                prop_assert_eq!(Document::parse(&read.write(Format::Json).unwrap()).unwrap(), read);
            }
        }

        #[test]
        fn a_file_with_nonsense_in_it_is_read_or_refused(at in 0..100_usize, text: String, number: i64) {
            let known = RoleSettings::default_for(Provider::Directory);
            let mut wrong = document();
            let rules = &mut wrong.roles[0].rules;
            let rule = rules.keys().nth(at % rules.len()).unwrap().clone();
            for nonsense in [json!(text), json!(number), json!({ &text: number }), json!([text]), Value::Null] {
                wrong.roles[0].rules[&rule] = nonsense;
                let _refused = wrong.roles[0].applied_to(&known).is_err();
                let written = wrong.write(Format::Json).unwrap();
                prop_assert_eq!(&Document::parse(&written).unwrap(), &wrong);
            }
        }
    }

    #[test]
    fn what_is_deep_is_refused() {
        for deep in
            ["{\"roles\":[".repeat(10_000), format!("x = {}", "[".repeat(100_000)), "[a.".repeat(50_000)]
        {
            assert!(Document::parse(&deep).is_err());
        }
    }
}
