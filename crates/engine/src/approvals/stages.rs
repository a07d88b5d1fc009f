//! The stages of a request as a page shows them: who decides in each, and from when on.

use crate::{
    Operation, Result,
    approvers::{self, Circle},
};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use stint_domain::{id::PrincipalId, settings::RoleSettings, time::Duration};
use stint_store::{
    principal::{self, PrincipalRow},
    request::RequestRow,
};

/// One of the stages.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Which one, from 1.
    pub number: u8,
    /// How many have to agree.
    pub needed: u8,
    /// Who decides: users and groups, by name.
    pub approvers: Vec<PrincipalRow>,
    /// Who decides too when it takes long; nobody where there is nobody.
    pub backups: Vec<PrincipalRow>,
    /// How long after the stage has begun.
    pub backups_after: Option<Duration>,
    /// When that is; known once the stage has begun, and forgotten when it is over.
    pub backups_from: Option<DateTime<Utc>>,
}

/// The stages that a request goes or went through; none where there is one, without backup approvers.
pub(super) async fn list(
    op: &mut Operation,
    request: &RequestRow,
    settings: &RoleSettings,
) -> Result<Vec<Stage>> {
    let rule = &settings.activation_approval;
    let of = request.stages().min(rule.count()).max(request.stage());
    if request.is_for_administrators() || of == 1 && rule.first.backup.is_none() {
        return Ok(Vec::new());
    }
    let mut stages = Vec::new();
    for number in 1..=of {
        let (stage, is_present) = (rule.stage(number), number == request.stage());
        let backups = match &stage.backup {
            Some(backup) => list_whom(op, &[&backup.approvers]).await?,
            None => Vec::new(),
        };
        stages.push(Stage {
            number,
            needed: match request.approvals_needed.and_then(|needed| u8::try_from(needed).ok()) {
                Some(needed) if is_present => needed,
                _ => stage.approvals_needed,
            },
            approvers: list_whom(op, &[&stage.approvers]).await?,
            backups,
            backups_after: stage.backup.as_ref().map(|backup| backup.after),
            backups_from: request.escalates_at.filter(|_| is_present),
        });
    }
    Ok(stages)
}

/// The users and groups who decide on a request now, by name; where nobody is named, the people who do by default and have not yet.
pub(super) async fn list_named(
    op: &mut Operation,
    request: &RequestRow,
    settings: &RoleSettings,
) -> Result<Vec<PrincipalRow>> {
    let stage = settings.activation_approval.stage(request.stage());
    let backup = stage.backup.as_ref().filter(|_| request.is_escalated(op.now));
    if stage.approvers.is_empty() && backup.is_none() {
        return approvers::list_deciders(op, request, Circle::Now).await;
    }
    let asked = std::iter::once(&stage.approvers).chain(backup.map(|backup| &backup.approvers));
    let mut people = list_whom(op, &asked.collect::<Vec<_>>()).await?;
    people.retain(|person| person.id != request.principal_id);
    Ok(people)
}

/// Who is named, and the people who decide where nobody is: by name.
async fn list_whom(op: &mut Operation, sides: &[&BTreeSet<PrincipalId>]) -> Result<Vec<PrincipalRow>> {
    let mut people: Vec<PrincipalRow> = Vec::new();
    for &named in sides {
        let ids: Vec<_> = named.iter().copied().collect();
        let more = if ids.is_empty() {
            approvers::list_people(op, &[named]).await?
        } else {
            principal::list_by_id(&mut op.tx, &ids).await?
        };
        people.extend(more);
    }
    people.sort_by_key(|row| (row.display_name.to_lowercase(), row.id));
    people.dedup_by_key(|row| row.id);
    Ok(people)
}
