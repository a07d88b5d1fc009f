//! Who must agree to an activation: one to three stages, one after the other.
//!
//! A stage has its approvers, how many of them must agree, and perhaps others who decide too when nobody has for a while. Where a
//! request waits, it waits in one of the stages; one person decides in one of them.

use crate::{id::PrincipalId, time::Duration};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Who must agree to an activation.
///
/// The first stage is written as if it were the only one: so a rule of one stage is as short as it can be, and rules from before
/// there were several are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApprovalRule {
    /// Whether anybody must.
    pub is_approval_required: bool,
    /// Who decides first.
    #[serde(flatten)]
    pub first: ApprovalStage,
    /// Who decides after that, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub further_stages: Vec<ApprovalStage>,
    /// For how long they may decide, all stages together.
    pub window: Duration,
    /// How long after a stage has begun those are reminded who have not decided; nobody where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remind_after: Option<Duration>,
    /// Whether whoever approves gives a second factor. Not of Entra.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_second_factor_required: bool,
}

/// One of the stages that a request goes through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApprovalStage {
    /// Users and groups who may decide. Where nobody is named, whoever actively holds one of the guarded roles may.
    pub approvers: BTreeSet<PrincipalId>,
    /// How many of them must agree. One who denies is enough to end it.
    pub approvals_needed: u8,
    /// Who decides too when it takes long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<Backup>,
}

/// Approvers who are asked when a stage is not decided in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Backup {
    /// Users and groups; nobody is named as for a stage.
    pub approvers: BTreeSet<PrincipalId>,
    /// How long after the stage has begun.
    pub after: Duration,
}

/// What is fixed for a request when one of its stages begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageBegun {
    /// Which stage, from 1.
    pub number: u8,
    /// How many have to agree in it.
    pub needed: u8,
    /// From when on its backup approvers decide too.
    pub escalates_at: Option<DateTime<Utc>>,
    /// When those are reminded who have not decided.
    pub reminds_at: Option<DateTime<Utc>>,
}

impl StageBegun {
    /// The first stage where one is all there is: so many have to agree.
    pub const fn only(needed: u8) -> Self {
        Self { number: 1, needed, escalates_at: None, reminds_at: None }
    }
}

/// What part somebody has in the decision on a request that waits in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// They decide now.
    Decides,
    /// They are a backup approver of this stage and decide from then on; never, where the stage began without any.
    Backup(Option<DateTime<Utc>>),
    /// They decide in a later stage.
    Later(u8),
    /// They could have decided in an earlier stage.
    Earlier(u8),
    /// None.
    None,
}

impl ApprovalRule {
    /// The most stages.
    pub const MOST_STAGES: u8 = 3;
    /// The most approvals that can be asked for in a stage.
    pub const MOST_NEEDED: u8 = 5;
    /// The shortest time to decide, and the shortest before backup approvers or a reminder.
    pub const SHORTEST_WINDOW: Duration = Duration::minutes(15);
    /// The longest time to decide.
    pub const LONGEST_WINDOW: Duration = Duration::days(30);

    /// How many stages there are.
    pub fn count(&self) -> u8 {
        u8::try_from(self.further_stages.len()).map_or(u8::MAX, |further| further.saturating_add(1))
    }

    /// The stages with their numbers, from 1.
    pub fn stages(&self) -> impl Iterator<Item = (u8, &ApprovalStage)> {
        (1..).zip(std::iter::once(&self.first).chain(&self.further_stages))
    }

    /// The stage of this number. A request in a stage that was taken out of the settings waits for the last that is left.
    pub fn stage(&self, number: u8) -> &ApprovalStage {
        let further = number.min(self.count()).checked_sub(2);
        further.and_then(|index| self.further_stages.get(usize::from(index))).unwrap_or(&self.first)
    }

    /// The stage after this one, of a request that was to go through so many. What was taken out of the settings meanwhile is not
    /// waited for, and what was put in is not asked of those who wait already.
    pub fn after(&self, number: u8, of: u8) -> Option<u8> {
        (number < of.min(self.count())).then_some(number + 1)
    }

    /// A stage that begins at `at`.
    pub fn begin(&self, number: u8, at: DateTime<Utc>) -> StageBegun {
        let stage = self.stage(number);
        StageBegun {
            number,
            needed: stage.approvals_needed,
            escalates_at: stage.backup.as_ref().map(|backup| at + backup.after.to_delta()),
            reminds_at: self.remind_after.map(|after| at + after.to_delta()),
        }
    }

    /// Everybody who is named, in whichever part.
    pub fn named(&self) -> BTreeSet<PrincipalId> {
        self.stages().flat_map(|(_, stage)| stage.sides()).flatten().copied().collect()
    }

    /// What part somebody has, of whom `is_meant` tells whether they are among those whom a stage or its backup names.
    pub fn part(
        &self,
        now: DateTime<Utc>,
        number: u8,
        escalates_at: Option<DateTime<Utc>>,
        is_meant: impl Fn(&BTreeSet<PrincipalId>) -> bool,
    ) -> Part {
        let number = number.min(self.count());
        let stage = self.stage(number);
        let is_backup = stage.backup.as_ref().is_some_and(|backup| is_meant(&backup.approvers));
        let is_escalated = escalates_at.is_some_and(|at| at <= now);
        if is_meant(&stage.approvers) || is_backup && is_escalated {
            return Part::Decides;
        }
        if is_backup {
            return Part::Backup(escalates_at);
        }
        let has_part = |&(_, stage): &(u8, &ApprovalStage)| stage.sides().any(&is_meant);
        let mine: Vec<_> = self.stages().filter(has_part).map(|(number, _)| number).collect();
        match (mine.iter().find(|&&mine| mine > number), mine.last()) {
            (Some(&later), _) => Part::Later(later),
            (None, Some(&earlier)) => Part::Earlier(earlier),
            (None, None) => Part::None,
        }
    }
}

impl ApprovalStage {
    /// The approvers, and the backup approvers where there are any.
    pub fn sides(&self) -> impl Iterator<Item = &BTreeSet<PrincipalId>> {
        std::iter::once(&self.approvers).chain(self.backup.as_ref().map(|backup| &backup.approvers))
    }
}

impl Default for ApprovalStage {
    fn default() -> Self {
        Self { approvers: BTreeSet::new(), approvals_needed: 1, backup: None }
    }
}

impl Default for ApprovalRule {
    fn default() -> Self {
        Self {
            is_approval_required: false,
            first: ApprovalStage::default(),
            further_stages: Vec::new(),
            window: Duration::hours(24),
            remind_after: None,
            is_second_factor_required: false,
        }
    }
}

/// The first stage that too few people could approve, together with those before it, if nobody counts in two; nothing where all
/// can be. Each stage says how many it needs, and who they could be.
///
/// Every approval that is needed is given to somebody; where all who could give it are taken, one of them is moved to another.
pub fn first_short(stages: &[(u8, BTreeSet<PrincipalId>)]) -> Option<u8> {
    let mut taken: Vec<(PrincipalId, usize)> = Vec::new();
    for (index, (needed, _)) in stages.iter().enumerate() {
        for _ in 0..*needed {
            if !find_for(index, stages, &mut taken, &mut BTreeSet::new()) {
                return u8::try_from(index + 1).ok();
            }
        }
    }
    None
}

/// Finds somebody for a stage, if need be somebody of another stage for whom another is found. Nobody is tried twice.
fn find_for(
    index: usize,
    stages: &[(u8, BTreeSet<PrincipalId>)],
    taken: &mut Vec<(PrincipalId, usize)>,
    tried: &mut BTreeSet<PrincipalId>,
) -> bool {
    for &person in &stages[index].1 {
        if !tried.insert(person) {
            continue;
        }
        let Some(at) = taken.iter().position(|&(other, _)| other == person) else {
            taken.push((person, index));
            return true;
        };
        let (_, before) = taken[at];
        if before != index && find_for(before, stages, taken, tried) {
            taken[at].1 = index;
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn person(number: u8) -> PrincipalId {
        Uuid::from_u128(number.into()).into()
    }

    fn people(numbers: &[u8]) -> BTreeSet<PrincipalId> {
        numbers.iter().copied().map(person).collect()
    }

    fn stage(approvers: &[u8], backup: &[u8]) -> ApprovalStage {
        let approvers = people(approvers);
        let after = Duration::hours(2);
        let backup = (!backup.is_empty()).then(|| Backup { approvers: people(backup), after });
        ApprovalStage { approvers, backup, ..ApprovalStage::default() }
    }

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::hours(hour).to_delta()
    }

    #[test]
    fn rules_from_before_there_were_stages_are_read_and_one_stage_is_as_short_as_then() {
        let text = r#"{"isApprovalRequired":true,"approvers":["00000000-0000-0000-0000-000000000007"],"approvalsNeeded":2,"window":"PT2H"}"#;
        let rule: ApprovalRule = serde_json::from_str(text).unwrap();
        assert_eq!((rule.count(), rule.first.approvals_needed, rule.window), (1, 2, Duration::hours(2)));
        assert_eq!((&rule.first.approvers, rule.remind_after), (&people(&[7]), None));
        assert_eq!(serde_json::to_string(&rule).unwrap(), text);
    }

    #[test]
    fn rules_of_several_stages_are_read_as_they_are_written() {
        let rule = ApprovalRule {
            first: stage(&[1], &[2]),
            further_stages: vec![stage(&[], &[]), stage(&[3, 4], &[])],
            remind_after: Some(Duration::minutes(15)),
            ..ApprovalRule::default()
        };
        let json = serde_json::to_string(&rule).unwrap();
        assert_eq!(serde_json::from_str::<ApprovalRule>(&json).unwrap(), rule, "{json}");
        assert_eq!(rule.stages().map(|(number, _)| number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(rule.named(), people(&[1, 2, 3, 4]));
    }

    #[test]
    fn a_stage_follows_while_the_request_and_the_settings_have_one() {
        let rule = |further: u8| ApprovalRule {
            first: stage(&[1], &[]),
            further_stages: (2..further + 2).map(|number| stage(&[number], &[])).collect(),
            ..ApprovalRule::default()
        };
        assert_eq!((rule(0).after(1, 1), rule(1).after(1, 2), rule(1).after(2, 2)), (None, Some(2), None));
        assert_eq!(rule(2).after(1, 1), None, "a stage that was put in meanwhile is not asked for");
        assert_eq!(rule(0).after(1, 2), None, "a stage that was taken out is not waited for");
        assert_eq!(rule(1).stage(3).approvers, people(&[2]), "the last that is left");
        assert_eq!(rule(1).stage(1).approvers, people(&[1]));
    }

    #[test]
    fn a_stage_begins_with_its_times() {
        let rule = ApprovalRule {
            first: stage(&[1], &[]),
            further_stages: vec![ApprovalStage { approvals_needed: 2, ..stage(&[2], &[3]) }],
            remind_after: Some(Duration::hours(1)),
            ..ApprovalRule::default()
        };
        let first = StageBegun { reminds_at: Some(at(6)), ..StageBegun::only(1) };
        assert_eq!(rule.begin(1, at(5)), first);
        let (escalates_at, reminds_at) = (Some(at(7)), Some(at(6)));
        assert_eq!(rule.begin(2, at(5)), StageBegun { number: 2, needed: 2, escalates_at, reminds_at });
    }

    #[test]
    fn everybody_has_a_part_in_their_stage_and_in_their_time() {
        let rule = ApprovalRule {
            first: stage(&[1, 5], &[2, 3]),
            further_stages: vec![stage(&[3], &[]), stage(&[4, 5], &[])],
            ..ApprovalRule::default()
        };
        let part =
            |who, number, now| rule.part(at(now), number, Some(at(2)), |named| named.contains(&person(who)));
        assert_eq!(part(1, 1, 0), Part::Decides);
        assert_eq!((part(2, 1, 1), part(2, 1, 2)), (Part::Backup(Some(at(2))), Part::Decides));
        assert_eq!((part(3, 1, 1), part(3, 1, 2)), (Part::Backup(Some(at(2))), Part::Decides));
        assert_eq!(
            (part(4, 1, 0), part(4, 2, 0), part(4, 3, 0)),
            (Part::Later(3), Part::Later(3), Part::Decides)
        );
        assert_eq!((part(1, 2, 0), part(3, 3, 0)), (Part::Earlier(1), Part::Earlier(2)));
        assert_eq!(part(5, 2, 0), Part::Later(3), "who comes again waits for that");
        assert_eq!(part(9, 1, 9), Part::None);
        let late = rule.part(at(9), 1, None, |named| named.contains(&person(2)));
        assert_eq!(late, Part::Backup(None), "the stage began before there was a backup");
    }

    #[test]
    fn nobody_counts_in_two_stages() {
        let short = |stages: &[(u8, &[u8])]| {
            first_short(&stages.iter().map(|&(needed, who)| (needed, people(who))).collect::<Vec<_>>())
        };
        assert_eq!(short(&[(1, &[1])]), None);
        assert_eq!(short(&[(2, &[1])]), Some(1));
        assert_eq!(short(&[(1, &[])]), Some(1));
        assert_eq!(short(&[(1, &[1]), (1, &[1])]), Some(2));
        assert_eq!(
            short(&[(1, &[1, 2]), (1, &[1])]),
            None,
            "the one who decides in both is left for the second"
        );
        assert_eq!(short(&[(2, &[1, 2, 3]), (1, &[1, 2]), (1, &[2])]), Some(3));
        assert_eq!(short(&[(2, &[1, 2, 3, 4]), (1, &[1, 2]), (1, &[2])]), None);
        assert_eq!(short(&[(5, &[1, 2, 3, 4, 5]), (5, &[1, 2, 3, 4, 5])]), Some(2));
    }

    /// The same by trying everything: whether some who are not used yet can serve the stages.
    fn can_serve(stages: &[(u8, BTreeSet<PrincipalId>)], used: &BTreeSet<PrincipalId>) -> bool {
        let Some(((needed, able), rest)) = stages.split_first() else { return true };
        if *needed == 0 {
            return can_serve(rest, used);
        }
        let mut stages = stages.to_vec();
        stages[0].0 -= 1;
        able.difference(used).any(|&one| {
            let used = used.iter().copied().chain([one]).collect();
            can_serve(&stages, &used)
        })
    }

    proptest! {
        #[test]
        fn the_first_short_stage_is_that_of_trying_everything(
            stages in prop::collection::vec((1_u8..3, prop::collection::btree_set(0_u8..5, 0..5)), 1..4),
        ) {
            let stages: Vec<(u8, BTreeSet<PrincipalId>)> = stages
                .into_iter()
                .map(|(needed, who)| (needed, who.into_iter().map(person).collect()))
                .collect();
            let expected = (1..=stages.len()).find(|&count| !can_serve(&stages[..count], &BTreeSet::new()));
            prop_assert_eq!(first_short(&stages).map(usize::from), expected);
        }
    }
}
