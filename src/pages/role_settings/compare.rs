//! The settings of two roles side by side.

use super::{Header, choices};
use crate::{
    components::{
        Badge, BadgeKind, Button, Checkbox, EmptyState, FilterBar, MessageBar, MessageKind, QueryForm,
        Select, Table,
    },
    encoded::{Encoded, page_data},
    error::AppError,
    pages::loaded::{loaded, query},
    paths,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stint_domain::id::RoleId;

/// Two roles side by side, and the roles to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// All roles.
    pub roles: Vec<(RoleId, String)>,
    /// The names of the two; nothing where two were not chosen yet.
    pub chosen: Option<(String, String)>,
    /// Each setting with its value for the one and for the other.
    pub lines: Vec<(String, String, String)>,
}

/// Compares the settings of two roles.
#[server(endpoint = "compare_settings")]
pub async fn compare_settings(left: String, right: String) -> Result<Encoded<Comparison>, AppError> {
    use crate::encoded::encode;
    use stint_domain::authz::{Action, Target};
    let mut op = crate::server::read().await?;
    op.require(Action::ReadRoleSettings, &Target::directory())?;
    let roles = choices(&op).await?;
    let find = |id: &str| roles.iter().find(|(role, _)| role.to_string() == id).cloned();
    let Some((left, right)) = find(&left).zip(find(&right)) else {
        return encode(Comparison { roles, chosen: None, lines: Vec::new() });
    };
    let found = stint_engine::role_settings::compare(&mut op, left.0, right.0).await?;
    let lines = found.into_iter().map(|line| (line.name, line.left, line.right)).collect();
    encode(Comparison { roles, chosen: Some((left.1, right.1)), lines })
}

/// The page.
#[component]
pub fn CompareSettings() -> impl IntoView {
    let (left, right, differing) = (query("left"), query("right"), query("differing"));
    let found = page_data(move || (left.get(), right.get()), |(left, right)| compare_settings(left, right));
    view! {
        <Header title="Compare role settings" subtitle="What is different between two roles" path=paths::COMPARE_SETTINGS />
        {loaded(found, move |found| {
            let only_differing = !differing.get_untracked().is_empty();
            view! { <Compared found left=left.get_untracked() right=right.get_untracked() only_differing /> }
        })}
    }
    .into_any()
}

#[component]
fn Compared(found: Comparison, left: String, right: String, only_differing: bool) -> impl IntoView {
    let Comparison { roles, chosen, lines } = found;
    let mut options = vec![(String::new(), "Choose a role".to_owned())];
    options.extend(roles.into_iter().map(|(id, name)| (id.to_string(), name)));
    let result = match chosen {
        None => view! {
            <EmptyState icon="key" title="Two roles side by side"><p>"Choose two roles to see what is different."</p></EmptyState>
        }
        .into_any(),
        Some((left, right)) => view! { <Lines left right lines only_differing /> }.into_any(),
    };
    view! {
        <QueryForm action=paths::COMPARE_SETTINGS class="filter-bar">
            <FilterBar>
                <Select id="left" name="left" options=options.clone() value=left aria_label=Some("First role".to_owned()) />
                <Select id="right" name="right" options value=right aria_label=Some("Second role".to_owned()) />
                <Checkbox id="differing" name="differing" value="yes" label="Only what differs" checked=only_differing />
                <Button submit=true>"Compare"</Button>
            </FilterBar>
        </QueryForm>
        {result}
    }
    .into_any()
}

#[component]
fn Lines(
    left: String,
    right: String,
    lines: Vec<(String, String, String)>,
    only_differing: bool,
) -> impl IntoView {
    let differing = lines.iter().filter(|(_, left, right)| left != right).count();
    let said = match differing {
        0 => "All settings are the same.".to_owned(),
        1 => format!("1 of {} settings differs.", lines.len()),
        count => format!("{count} of {} settings differ.", lines.len()),
    };
    let rows = lines.into_iter().filter(|(_, left, right)| !only_differing || left != right);
    let (left_label, right_label) = (left.clone(), right.clone());
    let rows: Vec<_> = rows
        .map(|(name, left, right)| {
            let differs = (left != right).then(|| view! { <Badge kind=BadgeKind::Warning>"Differs"</Badge> });
            view! {
                <tr>
                    <td data-label="Setting">{name}</td>
                    <td data-label=left_label.clone()>{left}</td>
                    <td data-label=right_label.clone()>{right}</td>
                    <td data-label="Result">{differs}</td>
                </tr>
            }
        })
        .collect();
    let table = (!rows.is_empty()).then(|| {
        view! {
            <Table caption="Settings of both roles">
                <thead>
                    <tr>
                        <th scope="col">"Setting"</th>
                        <th scope="col">{left}</th>
                        <th scope="col">{right}</th>
                        <th scope="col"><span class="visually-hidden">"Result"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
    });
    view! {
        <MessageBar kind=MessageKind::Info>{said}</MessageBar>
        {table}
    }
    .into_any()
}
