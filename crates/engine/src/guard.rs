//! The last administrator stays.
//!
//! INVARIANT: once somebody permanently and actively holds Global Administrator, or Privileged Role Administrator, and can
//! sign in, then at any later moment somebody does. A permanent holder is what counts, because a time-bound one would be
//! taken away by time alone, which nothing could refuse.

use crate::{Operation, Result};
use stint_domain::{
    id::RoleId,
    refusal::{Broken, Field, Refusal},
    role::GUARDED,
};
use stint_store::role;

/// How many held a guarded role before a change.
#[derive(Debug)]
pub(crate) struct Guard(Vec<(RoleId, Holders)>);

#[derive(Clone, Copy, Debug)]
struct Holders {
    any: i64,
    standing: i64,
}

impl Guard {
    /// Counts before a change that could take a guarded role from somebody, and keeps other such changes waiting.
    pub(crate) async fn before(op: &mut Operation, roles: &[RoleId]) -> Result<Self> {
        let mut counted = Vec::new();
        for &id in GUARDED.iter().filter(|id| roles.contains(id)) {
            role::take(&mut op.tx, id).await?;
            counted.push((id, holders(op, id).await?));
        }
        Ok(Self(counted))
    }

    /// Counts before a change of a person or group, which could take any guarded role from somebody.
    pub(crate) async fn before_any(op: &mut Operation) -> Result<Self> {
        Self::before(op, &GUARDED).await
    }

    /// Refuses the change if nobody would be left. The caller drops the operation, which undoes the change.
    pub(crate) async fn after(self, op: &mut Operation) -> Result<()> {
        for (id, before) in self.0 {
            let after = holders(op, id).await?;
            let name = || op.engine.catalogue.get(id).map(|role| role.name.clone());
            if (before.standing > 0 && after.standing == 0) || (before.any > 0 && after.any == 0) {
                return Err(Refusal::at(Field::Form, Broken::LastAdministrator(name()?)).into());
            }
            if before.any == 0 && after.any > 0 && after.standing == 0 {
                return Err(Refusal::at(Field::End, Broken::FirstMustStay(name()?)).into());
            }
        }
        Ok(())
    }
}

async fn holders(op: &mut Operation, id: RoleId) -> Result<Holders> {
    Ok(Holders {
        any: role::count_holders(&mut op.tx, id, op.now, false).await?,
        standing: role::count_holders(&mut op.tx, id, op.now, true).await?,
    })
}
