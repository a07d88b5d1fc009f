//! The groups that a provider says somebody is in, followed at each sign-in.
//!
//! Only groups that the operator named are touched: somebody is put in where the provider says so, and taken out where it does not.
//! A group that roles can be assigned to is left alone unless the operator said otherwise: else the provider would say who holds roles.

use super::{Provider, claims::Vouched};
use crate::{Operation, Result, groups, guard::Guard};
use std::collections::BTreeMap;
use stint_domain::{id::PrincipalId, principal::PrincipalKind};
use stint_store::{
    group,
    principal::{self, PrincipalRow},
};

/// Puts a person into the groups that the provider says they are in, and takes them out of the others that it is asked about.
pub(super) async fn follow(
    op: &mut Operation,
    provider: &Provider,
    person: &PrincipalRow,
    vouched: &Vouched,
) -> Result<()> {
    let settings = &provider.settings;
    if settings.groups_claim.is_none() || settings.groups.is_empty() {
        return Ok(());
    }
    let Some(said) = &vouched.groups else {
        tracing::warn!(
            provider = settings.id,
            "{} has too many groups to say, so none is followed",
            settings.id
        );
        return Ok(());
    };
    // Several values may stand for one group; any of them is enough. In the order of the ids, so that two sign-ins do not wait for each other.
    let mut wanted: BTreeMap<PrincipalId, (PrincipalRow, bool)> = BTreeMap::new();
    for (value, group) in &settings.groups {
        if let Some(row) = find(op, provider, group).await? {
            wanted.entry(row.id).or_insert((row, false)).1 |= said.contains(value);
        }
    }
    let mut guard = None;
    for (row, is_in) in wanted.into_values() {
        let was_in = group::is_member(&mut op.tx, row.id, person.id).await?;
        if is_in && !was_in {
            groups::put_in(op, &row, person.id).await?;
        } else if !is_in && was_in {
            if guard.is_none() {
                guard = Some(Guard::before_any(op).await?);
            }
            groups::take_out(op, &row, person.id).await?;
        }
    }
    match guard {
        Some(guard) => guard.after(op).await,
        None => Ok(()),
    }
}

/// The group that the operator means: by its id, or by a name that no other group has.
async fn find(op: &mut Operation, provider: &Provider, named: &str) -> Result<Option<PrincipalRow>> {
    let id = &provider.settings.id;
    let found = match named.parse::<uuid::Uuid>() {
        Ok(id) => principal::find(&mut op.tx, PrincipalId::new(id)).await?.into_iter().collect(),
        Err(_) => group::list_named(&mut op.tx, named).await?,
    };
    let is_group = |row: &PrincipalRow| row.kind == PrincipalKind::Group && row.deleted_at.is_none();
    let mut found: Vec<_> = found.into_iter().filter(is_group).collect();
    let (Some(row), true) = (found.pop(), found.is_empty()) else {
        tracing::warn!(provider = id, "{id} names the group {named:?}, which is not there, or not alone");
        return Ok(None);
    };
    if row.assignable_to_role && !provider.settings.role_assignable_groups {
        tracing::warn!(provider = id, "{id} names {named:?}, which holds roles, so it is not followed");
        return Ok(None);
    }
    Ok(Some(row))
}
