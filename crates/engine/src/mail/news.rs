//! Which news makes letters, and to which rows of the settings they go.

use super::{
    recipients::{Post, list_told_admins},
    words,
};
use crate::{
    Operation, Result,
    approvers::{self, Circle},
    assign::settings_scope,
    audit::Event,
    digest, first_start, passwords,
    prolong::is_done_otherwise,
    sign_in_alerts,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use stint_domain::{
    audit::Activity,
    id::{PrincipalId, RequestId, ScheduleId, SubstitutionId},
    request::RequestAction,
    schedule::AssignmentState,
    settings::{
        Occasion, RecipientType::Admin, RecipientType::Approver, RecipientType::Requestor, RoleSettings,
    },
};
use stint_store::{
    outbox::OutboxRow,
    password,
    principal::{self, PrincipalRow},
    request::{self, RequestRow},
    role_settings,
    schedule::{self, Assignment},
    substitution::{self, SubstitutionRow},
};

/// News that concerns people.
pub(super) enum News {
    /// A request waits, or does not wait any more.
    Request(What, RequestRow),
    /// An administrator gave a role, or somebody activated one.
    Given(RequestRow),
    /// An administrator extended or renewed an assignment.
    Prolonged(RequestRow),
    /// An assignment ends soon, or has ended by itself.
    Ending(Assignment),
    /// Somebody's second factors are not what they were.
    SecurityInfo(words::SecurityInfo, PrincipalRow),
    /// A week is over.
    Week(digest::Week),
    /// Somebody stands in for an approver, or does not any more.
    Substitution(SubstitutionRow),
    /// Somebody forgot their password.
    PasswordForgotten(PrincipalRow, AboutAccount),
    /// Somebody's password is another now.
    PasswordChanged(PrincipalRow, AboutAccount),
    /// A link that makes an administrator was made.
    Recovery(Option<PrincipalRow>, AboutAccount),
    /// Signing in failed again and again.
    SignInFailures(Option<PrincipalRow>, AboutAccount),
}

/// What news about an account says.
#[derive(Deserialize)]
pub(super) struct AboutAccount {
    principal: Option<PrincipalId>,
    #[serde(default)]
    how: String,
    at: Option<DateTime<Utc>>,
    source: Option<String>,
}

/// What happened to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Requested,
    /// A stage takes long, so its backup approvers are asked.
    Escalated,
    /// Those are reminded who have not decided.
    Reminded,
    Approved,
    Denied,
    Cancelled,
    Expired,
}

impl What {
    /// By the last word of a topic.
    fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "requested" => Self::Requested,
            "escalated" => Self::Escalated,
            "reminded" => Self::Reminded,
            "approved" => Self::Approved,
            "denied" => Self::Denied,
            "cancelled" => Self::Cancelled,
            "expired" => Self::Expired,
            _ => return None,
        })
    }

    /// Whether somebody is asked to decide.
    pub(super) const fn asks(self) -> bool {
        matches!(self, Self::Requested | Self::Escalated | Self::Reminded)
    }

    /// Who of those who decide is told.
    const fn circle(self) -> Circle {
        match self {
            Self::Requested => Circle::Stage,
            Self::Escalated => Circle::Backups,
            Self::Reminded => Circle::Now,
            Self::Approved | Self::Denied | Self::Cancelled | Self::Expired => Circle::Asked,
        }
    }
}

/// What news about a request says.
#[derive(Deserialize)]
struct AboutRequest {
    request: RequestId,
    /// For whose stage it is news, where it asks for a decision.
    stage: Option<u8>,
}

/// What news about somebody's second factors says.
#[derive(Deserialize)]
struct AboutSecurityInfo {
    principal: PrincipalId,
    what: String,
}

/// What news about the end of an assignment says.
#[derive(Deserialize)]
struct AboutEnd {
    schedule: ScheduleId,
    end: DateTime<Utc>,
}

/// What news about somebody who stands in says.
#[derive(Deserialize)]
struct AboutSubstitution {
    substitution: SubstitutionId,
}

/// Reads what a piece of news is about, as that stands now; nothing where nobody is to be told.
pub(super) async fn read(op: &mut Operation, row: &OutboxRow) -> Result<Option<News>> {
    Ok(match row.topic.as_str() {
        crate::timed::ENDING => ending(op, row).await?.map(News::Ending),
        topic if topic.starts_with("security_info.") => security_info(op, row).await?,
        passwords::FORGOTTEN | passwords::CHANGED | first_start::RECOVERY | sign_in_alerts::TOPIC => {
            account(op, row).await?
        }
        digest::TOPIC => serde_json::from_str(&row.payload).ok().map(News::Week),
        topic @ ("substitution.named" | "substitution.ended") => {
            let Ok(about) = serde_json::from_str::<AboutSubstitution>(&row.payload) else { return Ok(None) };
            let found = substitution::find(&mut op.tx, about.substitution).await?;
            // What was ended before this was carried is told once, as ended.
            let as_told = |row: &SubstitutionRow| row.ended_at.is_some() == (topic == "substitution.ended");
            found.filter(as_told).map(News::Substitution)
        }
        topic => {
            let Ok(AboutRequest { request, stage }) = serde_json::from_str(&row.payload) else {
                return Ok(None);
            };
            let request = request::find(&mut op.tx, request).await?;
            request
                .filter(|request| is_news(topic, request, stage, op.now))
                .and_then(|request| about(topic, request))
        }
    })
}

/// Whether a request that was to be decided in this stage still is. That it was asked for stays news.
fn is_news(topic: &str, request: &RequestRow, stage: Option<u8>, now: DateTime<Utc>) -> bool {
    let is_there = stage.is_none_or(|stage| stage == request.stage());
    is_there && (!crate::timed::is_of_stage(topic) || request.status_at(now).is_open())
}

/// What became of somebody's second factors, and who that is.
async fn security_info(op: &mut Operation, row: &OutboxRow) -> Result<Option<News>> {
    let Ok(about) = serde_json::from_str::<AboutSecurityInfo>(&row.payload) else { return Ok(None) };
    let Some(info) = words::SecurityInfo::of(&row.topic, about.what) else { return Ok(None) };
    let person = principal::find(&mut op.tx, about.principal).await?;
    Ok(person.map(|person| News::SecurityInfo(info, person)))
}

/// News about an account; nothing where nobody has it.
async fn account(op: &mut Operation, row: &OutboxRow) -> Result<Option<News>> {
    let Ok(about) = serde_json::from_str::<AboutAccount>(&row.payload) else { return Ok(None) };
    let person = match about.principal {
        Some(id) => principal::find(&mut op.tx, id).await?,
        None => None,
    };
    Ok(match (row.topic.as_str(), person) {
        (first_start::RECOVERY, person) => Some(News::Recovery(person, about)),
        (sign_in_alerts::TOPIC, person) => Some(News::SignInFailures(person, about)),
        (passwords::FORGOTTEN, Some(person)) => Some(News::PasswordForgotten(person, about)),
        (passwords::CHANGED, Some(person)) => Some(News::PasswordChanged(person, about)),
        _ => None,
    })
}

/// What a topic says of a request.
fn about(topic: &str, request: RequestRow) -> Option<News> {
    match topic.split_once('.') {
        Some(("approval" | "extension" | "renewal", word)) => match What::of_word(word) {
            Some(what) => Some(News::Request(what, request)),
            None => (word == "completed").then_some(News::Prolonged(request)),
        },
        _ => (topic == "role_assignment_changed").then_some(News::Given(request)),
    }
}

/// The assignment, where it still ends then and nobody ended it.
async fn ending(op: &mut Operation, row: &OutboxRow) -> Result<Option<Assignment>> {
    let Ok(about) = serde_json::from_str::<AboutEnd>(&row.payload) else { return Ok(None) };
    let found = schedule::get_listed(&mut op.tx, about.schedule).await?;
    let as_told = found.schedule.window.end == Some(about.end) && found.end_reason.is_none();
    Ok(as_told.then_some(found))
}

/// Writes the letters.
pub(super) async fn write(op: &mut Operation, news: News, base: &str, post: &mut Post) -> Result<()> {
    match news {
        News::Request(what, request) => about_request(op, what, &request, base, post).await,
        News::Given(request) if request.action == RequestAction::AdminAssign => {
            assigned(op, &request, base, post).await
        }
        // An activation that was to be extended and had ended by then begins anew.
        News::Given(request)
            if matches!(request.action, RequestAction::SelfActivate | RequestAction::SelfExtend) =>
        {
            activated(op, &request, base, post).await
        }
        News::Given(_) => Ok(()),
        News::Prolonged(request) => prolonged(op, &request, base, post).await,
        News::Ending(assignment) => about_end(op, &assignment, base, post).await,
        News::Substitution(row) => {
            let substitute = principal::find(&mut op.tx, row.substitute_id).await?;
            let substitute = substitute.filter(|one| one.enabled && one.deleted_at.is_none());
            let letter = match row.ended_at {
                Some(_) => words::ended_to_substitute(&row, base),
                None => words::named_to_substitute(&row, base),
            };
            if let Some(substitute) = substitute {
                post.tell_person(&substitute, &letter);
            }
            Ok(())
        }
        News::SecurityInfo(info, person) => {
            post.tell_person(&person, &info.letter(base, &person));
            Ok(())
        }
        News::PasswordForgotten(person, about) => {
            // Only who has a password can have forgotten it.
            if person.enabled
                && person.deleted_at.is_none()
                && password::find(&mut op.tx, person.id).await?.is_some()
            {
                op.source.clone_from(&about.source);
                op.record(Event::new(Activity::PasswordResetRequested).on(&person));
                let letter = words::password_forgotten(&person, about.source.as_deref(), base);
                post.tell_reset(&person, &letter);
            }
            Ok(())
        }
        News::PasswordChanged(person, about) => {
            let (at, source) = (about.at.unwrap_or(op.now), about.source.as_deref());
            post.tell_person(&person, &words::password_changed(&person, &about.how, at, source, base));
            Ok(())
        }
        News::Recovery(person, about) => {
            let letter = words::recovery_link(person.as_ref(), about.at.unwrap_or(op.now), base);
            post.tell_global_administrators(op, &letter).await
        }
        News::SignInFailures(person, about) => {
            let (at, source) = (about.at.unwrap_or(op.now), about.source.as_deref());
            post.tell_administrators(op, &words::sign_in_failures(person.as_ref(), at, source, base)).await
        }
        News::Week(week) => {
            let found = digest::of(op, week).await?;
            if found.is_empty() {
                return Ok(());
            }
            post.tell_administrators(op, &words::digest(&found, base)).await
        }
    }
}

async fn settings_of(op: &mut Operation, request: &RequestRow) -> Result<RoleSettings> {
    let scope = request.settings_scope.as_ref();
    let scope = scope.unwrap_or_else(|| settings_scope(request.provider, &request.scope)).clone();
    Ok(role_settings::get(&mut op.tx, request.provider, request.role_id, &scope).await?.settings)
}

async fn about_request(
    op: &mut Operation,
    what: What,
    request: &RequestRow,
    base: &str,
    post: &mut Post,
) -> Result<()> {
    let settings = settings_of(op, request).await?;
    let asked = words::Asked::load(op, what, request).await?;
    let occasion = |assignment_type| {
        if request.is_for_administrators() {
            Occasion::of_assignment(assignment_type)
        } else {
            Occasion::Activation
        }
    };
    let (asked_for, given) = (occasion(request.assignment_type), occasion(asked.assignment_type()));
    let by = request.closed_by.filter(|_| !what.asks());
    if what == What::Approved && request.is_for_administrators() {
        let letter = words::Prolonged::load(op, request).await?.to_admin(base);
        post.tell_other_admins(op, &settings, given, by, &letter).await?;
    }
    let mut people = approvers::list_deciders(op, request, what.circle()).await?;
    // That somebody did what was asked for is news of its own: whoever is told that is not told this as well.
    let is_done_otherwise = what == What::Cancelled && is_done_otherwise(request);
    if is_done_otherwise {
        let told = list_told_admins(op, settings.notification(asked_for, Admin)).await?;
        people.retain(|one| told.iter().all(|other| other.id != one.id));
    }
    let rule = settings.notification(asked_for, Approver);
    for (substitute, other) in approvers::list_substitutes(op, request, what.circle(), &people).await? {
        let letter = asked.to_substitute(&other, base);
        post.tell_default(rule, [substitute].iter().filter(|one| Some(one.id) != by), &letter);
    }
    let others = people.iter().filter(|one| Some(one.id) != by);
    post.tell(rule, others, &asked.to_approver(base));
    if !what.asks() && !is_done_otherwise {
        let person = principal::find(&mut op.tx, request.principal_id).await?;
        post.tell(settings.notification(given, Requestor), person.iter(), &asked.to_requestor(base));
    }
    Ok(())
}

/// An administrator let an assignment go on, without being asked or before anybody answered.
async fn prolonged(op: &mut Operation, request: &RequestRow, base: &str, post: &mut Post) -> Result<()> {
    let settings = settings_of(op, request).await?;
    let occasion = Occasion::of_assignment(request.assignment_type);
    let prolonged = words::Prolonged::load(op, request).await?;
    let by = Some(request.requested_by);
    post.tell_other_admins(op, &settings, occasion, by, &prolonged.to_admin(base)).await?;
    post.tell_assignee(op, &settings, occasion, request.principal_id, &prolonged.to_assignee(base)).await
}

async fn assigned(op: &mut Operation, request: &RequestRow, base: &str, post: &mut Post) -> Result<()> {
    let settings = settings_of(op, request).await?;
    let occasion = Occasion::of_assignment(request.assignment_type);
    let given = words::Given::load(op, request).await?;
    post.tell_admins(op, &settings, occasion, &given.assigned_to_admin(base)).await?;
    let letter = given.assigned_to_assignee(base, op.now);
    post.tell_assignee(op, &settings, occasion, request.principal_id, &letter).await
}

async fn activated(op: &mut Operation, request: &RequestRow, base: &str, post: &mut Post) -> Result<()> {
    let settings = settings_of(op, request).await?;
    let given = words::Given::load(op, request).await?;
    post.tell_admins(op, &settings, Occasion::Activation, &given.activated_to_admin(base)).await?;
    if request.approvals_needed.is_some() {
        // Whoever waited for it hears that it was approved, in another mail.
        return Ok(());
    }
    let letter = given.activated_to_assignee(base);
    post.tell_assignee(op, &settings, Occasion::Activation, request.principal_id, &letter).await
}

async fn about_end(op: &mut Operation, assignment: &Assignment, base: &str, post: &mut Post) -> Result<()> {
    let schedule = &assignment.schedule;
    let scope = settings_scope(schedule.provider, &schedule.scope).clone();
    let settings = role_settings::get(&mut op.tx, schedule.provider, schedule.role, &scope).await?.settings;
    let occasion = match schedule.state {
        AssignmentState::Activated => Occasion::Activation,
        AssignmentState::Assigned => Occasion::of_assignment(schedule.assignment_type),
    };
    let ends_later = schedule.window.end.is_some_and(|end| end > op.now);
    if ends_later && schedule.state == AssignmentState::Assigned {
        post.tell_admins(op, &settings, occasion, &words::ending_to_admin(assignment, base, op.now)).await?;
    }
    let letter = words::ending_to_assignee(assignment, base, op.now);
    post.tell_assignee(op, &settings, occasion, schedule.principal, &letter).await
}
