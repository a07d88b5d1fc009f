//! Who is in a group, who owns it, who is in an administrative unit: one list with one picker for all three.
//!
//! The picker is a question in the address (`?find=mira`), and each answer has a button of its own: it works without script.

use crate::encoded::{Encoded, page_data};
use crate::{
    components::{
        Badge, BadgeKind, Button, CommandBar, CommandButton, Confirm, EmptyState, FilterBar, Pagination,
        QueryForm, Section, Table, TextInput,
    },
    error::AppError,
    form::use_form,
    pages::{
        beside::below_header,
        loaded::{Problem, query},
        principals::{PrincipalItem, PrincipalPersona},
    },
    paths,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use stint_domain::id::PrincipalId;
use uuid::Uuid;

/// How somebody belongs to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Is in a group.
    Member,
    /// Owns a group.
    Owner,
    /// Is in an administrative unit.
    UnitMember,
}

impl Relation {
    /// Its name in forms: what serde calls it.
    const fn slug(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Owner => "owner",
            Self::UnitMember => "unit_member",
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Member | Self::UnitMember => "member",
            Self::Owner => "owner",
        }
    }

    /// What follows when somebody is taken out.
    const fn warning(self) -> &'static str {
        match self {
            Self::Member => "They lose at once what they have through this group.",
            Self::Owner => "They cannot change this group any more, unless a role lets them.",
            Self::UnitMember => {
                "Roles that are limited to this administrative unit do not reach them any more."
            }
        }
    }
}

/// A page of members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberList {
    /// The members.
    pub members: Vec<PrincipalItem>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Who could be added, where somebody was searched for.
    pub found: Option<Vec<Candidate>>,
    /// Whether more fit the search than were found.
    pub found_more: bool,
    /// Whether groups can be added.
    pub takes_groups: bool,
    /// Why the person may not change it.
    pub denied: Option<String>,
}

/// Somebody who could be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Who.
    pub principal: PrincipalItem,
    /// Whether they stand in the list already.
    pub is_listed: bool,
}

/// The members or owners of something, and who fits `find` to be added.
#[server(endpoint = "list_members")]
pub async fn list_members(
    relation: Relation,
    of: Uuid,
    find: String,
    after: String,
) -> Result<Encoded<MemberList>, AppError> {
    use crate::encoded::encode;
    use stint_domain::principal::PrincipalKind;
    use stint_engine::{store::PageRequest, users};
    let mut op = crate::server::read().await?;
    let Belonging { page, takes_groups, denied } = belonging(&mut op, relation, of, after).await?;
    let members: Vec<PrincipalItem> = page.items.into_iter().map(Into::into).collect();
    let (mut found, mut found_more) = (None, false);
    if denied.is_none() && !find.trim().is_empty() {
        let mut kinds = vec![PrincipalKind::User, PrincipalKind::ServicePrincipal];
        kinds.extend(takes_groups.then_some(PrincipalKind::Group));
        let page = users::find_principals(&mut op, kinds, &find, &PageRequest { after: None, size: 10 });
        let page = page.await?;
        found_more = page.next.is_some();
        let others = page.items.into_iter().filter(|row| row.id.as_uuid() != of);
        let candidate = |row: stint_engine::store::principal::PrincipalRow| Candidate {
            is_listed: members.iter().any(|member| member.id == row.id),
            principal: row.into(),
        };
        found = Some(others.map(candidate).collect());
    }
    encode(MemberList { members, next: page.next, found, found_more, takes_groups, denied })
}

#[cfg(feature = "ssr")]
struct Belonging {
    page: stint_engine::store::Page<stint_engine::store::principal::PrincipalRow>,
    takes_groups: bool,
    denied: Option<String>,
}

#[cfg(feature = "ssr")]
async fn belonging(
    op: &mut stint_engine::Operation,
    relation: Relation,
    of: Uuid,
    after: String,
) -> Result<Belonging, AppError> {
    use stint_domain::authz::{Action, Target};
    use stint_engine::{administrative_units, groups, store::PageRequest};
    let request = PageRequest::after(Some(after));
    if relation == Relation::UnitMember {
        administrative_units::get(op, of.into()).await?;
        let page = administrative_units::members(op, of.into(), &request).await?;
        let denied = op.denial(Action::UpdateAdministrativeUnitMembers, &Target::directory())?;
        return Ok(Belonging { page, takes_groups: true, denied });
    }
    let (group, target) = groups::get(op, of.into()).await?;
    let (page, action, takes_groups) = match relation {
        Relation::Owner => (groups::owners(op, of.into(), &request).await?, Action::UpdateGroupOwners, false),
        _ => (
            groups::members(op, of.into(), &request).await?,
            Action::UpdateGroupMembers,
            !group.assignable_to_role,
        ),
    };
    let denied = match group.deleted_at {
        Some(_) => Some("This group was deleted. Restore it first.".to_owned()),
        None => op.denial(action.for_group(group.assignable_to_role), &target)?,
    };
    Ok(Belonging { page, takes_groups, denied })
}

/// Makes somebody a member or an owner.
#[server(endpoint = "add_member")]
pub async fn add_member(relation: Relation, of: Uuid, member: PrincipalId) -> Result<(), AppError> {
    use stint_engine::{administrative_units, groups};
    let mut op = crate::server::write().await?;
    match relation {
        Relation::Member => groups::add_member(&mut op, of.into(), member).await?,
        Relation::Owner => groups::add_owner(&mut op, of.into(), member).await?,
        Relation::UnitMember => administrative_units::add_member(&mut op, of.into(), member).await?,
    }
    op.commit().await?;
    crate::server::toast::say(if relation == Relation::Owner {
        "The owner was added."
    } else {
        "The member was added."
    });
    Ok(())
}

/// Takes somebody out.
#[server(endpoint = "remove_member")]
pub async fn remove_member(relation: Relation, of: Uuid, member: PrincipalId) -> Result<(), AppError> {
    use stint_engine::{administrative_units, groups};
    let mut op = crate::server::write().await?;
    match relation {
        Relation::Member => groups::remove_member(&mut op, of.into(), member).await?,
        Relation::Owner => groups::remove_owner(&mut op, of.into(), member).await?,
        Relation::UnitMember => administrative_units::remove_member(&mut op, of.into(), member).await?,
    }
    op.commit().await?;
    crate::server::toast::say(if relation == Relation::Owner {
        "The owner was removed."
    } else {
        "The member was removed."
    });
    Ok(())
}

/// A tab with the members or owners of something, at `path`.
#[component]
pub fn Members(relation: Relation, of: Uuid, path: String) -> impl IntoView {
    let (find, after) = (query("find"), query("after"));
    let (add, remove) = (use_form::<AddMember>(), use_form::<RemoveMember>());
    let list = page_data(
        move || (find.get(), after.get()),
        move |(find, after)| list_members(relation, of, find, after),
    );
    view! {
        <Problem words=add.error_besides(&[]) />
        <Problem words=remove.error_besides(&[]) />
        {below_header(list, move |list| {
            let (find, after) = (find.get_untracked(), after.get_untracked());
            let page = |after: &str| paths::with_query(&path, &[("find", &find), ("after", after)]);
            let first = (!after.is_empty()).then(|| page(""));
            let next = list.next.as_deref().map(page);
            let noun = relation.noun();
            let adding = match list.denied.clone() {
                Some(reason) => view! {
                    <CommandBar>
                        <CommandButton icon="add" label=format!("Add {noun}s") denied=Some(reason) />
                    </CommandBar>
                }
                .into_any(),
                None => view! { <Adding list=list.clone() relation of action=add.address() path=path.clone() find /> }
                    .into_any(),
            };
            view! {
                {adding}
                <MemberTable members=list.members denied=list.denied relation of action=remove.address() />
                <Pagination previous=first next />
            }
            .into_any()
        })}
    }
    .into_any()
}

#[component]
fn Adding(
    list: MemberList,
    relation: Relation,
    of: Uuid,
    action: String,
    path: String,
    find: String,
) -> impl IntoView {
    let noun = relation.noun();
    let subtitle = if list.takes_groups {
        "Users, groups and service principals"
    } else if relation == Relation::Owner {
        "Users and service principals"
    } else {
        "Users and service principals; no groups, because roles can be assigned to this one"
    };
    let found = list.found.map(|found| {
        if found.is_empty() {
            return view! { <p class="secondary">"Nobody fits this search."</p> }.into_any();
        }
        view! { <CandidateTable found relation of action /> }.into_any()
    });
    view! {
        <Section title=format!("Add {noun}s") subtitle=Some(subtitle.to_owned())>
            <QueryForm action=path>
                <FilterBar>
                    <TextInput
                        id="find"
                        name="find"
                        value=find
                        kind="search"
                        placeholder=Some("Name or user name".to_owned())
                        aria_label=Some(format!("Search whom to add as {noun}"))
                    />
                    <Button submit=true icon="search">"Find"</Button>
                </FilterBar>
            </QueryForm>
            {found}
            {list.found_more.then(|| view! { <p class="secondary">"More fit this search. Type more of the name."</p> })}
        </Section>
    }
    .into_any()
}

#[component]
fn CandidateTable(found: Vec<Candidate>, relation: Relation, of: Uuid, action: String) -> impl IntoView {
    let row = move |Candidate { principal, is_listed }: Candidate| {
        let label = format!("Add {}", principal.name);
        let act = if is_listed {
            view! { <Badge kind=BadgeKind::Success>"Added"</Badge> }.into_any()
        } else {
            view! {
                <form method="post" action=action.clone()>
                    <input type="hidden" name="relation" value=relation.slug() />
                    <input type="hidden" name="of" value=of.to_string() />
                    <input type="hidden" name="member" value=principal.id.to_string() />
                    <Button submit=true icon="add" aria_label=Some(label)>"Add"</Button>
                </form>
            }
            .into_any()
        };
        view! {
            <tr>
                <td data-label="Name">
                    <PrincipalPersona principal=principal.clone() />
                </td>
                <td data-label="Type">{principal.kind.label()}</td>
                <td data-label="Action" class="row-actions">{act}</td>
            </tr>
        }
    };
    view! {
        <Table caption="Found">
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Type"</th>
                    <th scope="col">"Action"</th>
                </tr>
            </thead>
            <tbody>{found.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
    .into_any()
}

#[component]
fn MemberTable(
    members: Vec<PrincipalItem>,
    denied: Option<String>,
    relation: Relation,
    of: Uuid,
    action: String,
) -> impl IntoView {
    let noun = relation.noun();
    if members.is_empty() {
        return view! {
            <EmptyState icon="people" title=format!("No {noun}s")>
                <p>{format!("There are no {noun}s yet.")}</p>
            </EmptyState>
        }
        .into_any();
    }
    let row = move |member: PrincipalItem| {
        let action = action.clone();
        let id = member.id.to_string();
        let dialog = format!("remove-{id}");
        let form_id = format!("{dialog}-form");
        view! {
            <tr>
                <td data-label="Name">
                    <PrincipalPersona principal=member.clone() />
                </td>
                <td data-label="Type">{member.kind.label()}</td>
                <td data-label="Action" class="row-actions">
                    <Confirm
                        id=dialog
                        title=format!("Remove the {noun} {}?", member.name)
                        trigger="Remove"
                        trigger_icon="delete"
                        trigger_class="button button-subtle"
                        trigger_label=Some(format!("Remove {}", member.name))
                        confirm_label="Remove"
                        danger=true
                        denied=denied.clone()
                    >
                        <form method="post" action=action id=form_id>
                            <input type="hidden" name="relation" value=relation.slug() />
                            <input type="hidden" name="of" value=of.to_string() />
                            <input type="hidden" name="member" value=id />
                            <p>{relation.warning()}</p>
                        </form>
                    </Confirm>
                </td>
            </tr>
        }
    };
    let caption = if relation == Relation::Owner { "Owners" } else { "Members" };
    view! {
        <Table caption>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Type"</th>
                    <th scope="col">"Action"</th>
                </tr>
            </thead>
            <tbody>{members.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
    .into_any()
}
