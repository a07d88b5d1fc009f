//! The demo: a small organisation with people to sign in as.

use crate::{Caller, Engine, Error, Operation, Result, assign::assign_by_system, audit::Event};
use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use stint_domain::{
    audit::Activity,
    id::{AdministrativeUnitId, PrincipalId, RoleId},
    principal::PrincipalKind,
    request::{RequestAction, RequestStatus},
    role::{GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR, Provider},
    schedule::{AssignmentState, AssignmentType, Schedule},
    scope::ScopePath,
    settings::{Requirement, RoleSettings, changes},
    text::Justification,
    time::{Duration, Window},
};
use stint_store::{
    administrative_unit::{self, AdministrativeUnitRow},
    group,
    principal::{self, PrincipalRow},
    role_settings, schedule,
};

use crate::{
    requests::{self, Said},
    second_factor::totp,
};

/// Somebody whom the sign-in page offers with one click.
#[derive(Clone, Copy, Debug)]
pub struct DemoPerson {
    /// What they sign in with.
    pub user_name: &'static str,
    /// Their name.
    pub display_name: &'static str,
    /// What they are there to show.
    pub note: &'static str,
}

/// The people whom the sign-in page offers.
pub const PEOPLE: [DemoPerson; 5] = [
    DemoPerson { user_name: "admin@stint.example", display_name: "Ada Admin", note: "Global Administrator" },
    DemoPerson {
        user_name: "demouser@stint.example",
        display_name: "demouser",
        note: "No role at all, until you assign one",
    },
    DemoPerson {
        user_name: "eli@stint.example",
        display_name: "Eli Novak",
        note: "Eligible for several roles",
    },
    DemoPerson {
        user_name: "approver@stint.example",
        display_name: "Priya Raman",
        note: "Privileged Role Administrator",
    },
    DemoPerson {
        user_name: "auditor@stint.example",
        display_name: "Otto Brandt",
        note: "Auditor: reads everything, changes nothing",
    },
];

/// More people, so that lists look like lists: name, job title, department.
const STAFF: [(&str, &str, &str); 24] = [
    ("Amara Okafor", "Systems engineer", "IT Operations"),
    ("Björn Lindqvist", "Network engineer", "IT Operations"),
    ("Chiara Conti", "Service desk lead", "Service Desk"),
    ("Daniel Weiss", "Service desk agent", "Service Desk"),
    ("Elif Yılmaz", "Service desk agent", "Service Desk"),
    ("Farid Haddad", "Database administrator", "IT Operations"),
    ("Grace Mensah", "Head of finance", "Finance"),
    ("Hana Sato", "Accountant", "Finance"),
    ("Ivan Petrov", "Controller", "Finance"),
    ("Jonas Keller", "Cloud architect", "Platform"),
    ("Katarzyna Nowak", "Site reliability engineer", "Platform"),
    ("Liam O’Connor", "Site reliability engineer", "Platform"),
    ("Mira Stein", "Security analyst", "Security"),
    ("Noah Dubois", "Incident responder", "Security"),
    ("Olga Marin", "Chief information security officer", "Security"),
    ("Paulo Silva", "Developer", "Engineering"),
    ("Quinn Harper", "Developer", "Engineering"),
    ("Rosa Delgado", "Engineering manager", "Engineering"),
    ("Samir Khan", "Developer", "Engineering"),
    ("Tove Berg", "People partner", "People"),
    ("Uma Krishnan", "Recruiter", "People"),
    ("Victor Almeida", "Sales lead", "Sales"),
    ("Wen Li", "Account manager", "Sales"),
    ("Yara Costa", "Account manager", "Sales"),
];

const GROUPS: [(&str, &str, bool, &[&str]); 5] = [
    ("Service Desk", "First line of support.", true, &["Chiara Conti", "Daniel Weiss", "Elif Yılmaz"]),
    ("Security Team", "Watches, investigates, responds.", true, &["Mira Stein", "Noah Dubois", "Olga Marin"]),
    (
        "Platform Engineers",
        "Keeps the lights on.",
        false,
        &["Jonas Keller", "Katarzyna Nowak", "Liam O’Connor"],
    ),
    ("Finance", "Books and budgets.", false, &["Grace Mensah", "Hana Sato", "Ivan Petrov"]),
    (
        "All Engineers",
        "Everybody who builds.",
        false,
        &["Paulo Silva", "Quinn Harper", "Rosa Delgado", "Samir Khan"],
    ),
];

const PROGRAMS: [(&str, &str); 3] = [
    ("Backup Agent", "Copies the directory every night."),
    ("HR Provisioning", "Creates users from the people system."),
    ("Build Pipeline", "Deploys what was merged."),
];

/// Fills an empty database with the organisation; leaves one that has people alone.
pub async fn fill(engine: &Engine) -> Result<()> {
    let mut op = engine.write(&Caller::default()).await?;
    if principal::exists_any(&mut op.tx).await? {
        return Ok(());
    }
    let mut people = Vec::new();
    for person in PEOPLE {
        people.push(
            add(
                &mut op,
                PrincipalKind::User,
                person.display_name,
                Some(person.user_name),
                Some((person.note, "")),
                false,
            )
            .await?,
        );
    }
    for (name, title, department) in STAFF {
        let user_name = user_name(name);
        people.push(
            add(&mut op, PrincipalKind::User, name, Some(&user_name), Some((title, department)), false)
                .await?,
        );
    }
    let find =
        |name: &str| people.iter().find(|row| row.display_name == name).cloned().ok_or(Error::NotFound);

    let mut groups = Vec::new();
    for (name, description, assignable, members) in GROUPS {
        let mut row = add(&mut op, PrincipalKind::Group, name, None, None, assignable).await?;
        row.description = Some(description.to_owned());
        principal::update(&mut op.tx, &row).await?;
        for member in members {
            group::insert_member(&mut op.tx, row.id, find(member)?.id, op.now).await?;
        }
        group::insert_owner(&mut op.tx, row.id, find(members[0])?.id, op.now).await?;
        groups.push(row);
    }
    for (name, description) in PROGRAMS {
        let mut row = add(&mut op, PrincipalKind::ServicePrincipal, name, None, None, false).await?;
        row.description = Some(description.to_owned());
        principal::update(&mut op.tx, &row).await?;
    }
    let finance = add_unit(&mut op, "Finance", "The people and groups of finance.").await?;
    add_unit(&mut op, "Branch Office Lisbon", "Everybody in Lisbon.").await?;
    for name in ["Grace Mensah", "Hana Sato", "Ivan Petrov"] {
        administrative_unit::insert_member(&mut op.tx, finance, find(name)?.id, op.now).await?;
    }

    let (admin, approver, auditor) = (&people[0], &people[3], &people[4]);
    assign_by_system(&mut op, admin, GLOBAL_ADMINISTRATOR).await?;
    assign_by_system(&mut op, &find("Olga Marin")?, GLOBAL_ADMINISTRATOR).await?;
    assign_by_system(&mut op, approver, PRIVILEGED_ROLE_ADMINISTRATOR).await?;
    for role in ["Global Reader", "Security Reader", "Reports Reader"] {
        let role = named(&op, role)?;
        assign_by_system(&mut op, auditor, role).await?;
    }
    let everywhere = ScopePath::directory();
    let (eli, desk, security) = (&people[2], &groups[0], &groups[1]);
    make_eligible(&mut op, admin, eli, "User Administrator", &everywhere, None).await?;
    make_eligible(&mut op, admin, eli, "Groups Administrator", &everywhere, Some(TimeDelta::days(180)))
        .await?;
    make_eligible(&mut op, admin, eli, "Security Reader", &everywhere, Some(TimeDelta::days(9))).await?;
    make_eligible(
        &mut op,
        admin,
        eli,
        "Password Administrator",
        &ScopePath::administrative_unit(finance),
        Some(TimeDelta::days(365)),
    )
    .await?;
    make_eligible(&mut op, admin, eli, "Application Administrator", &everywhere, Some(TimeDelta::days(365)))
        .await?;
    require_approval(&mut op, admin, "Application Administrator", &[approver.id]).await?;
    show_second_factors(&mut op, admin, eli, &people).await?;
    make_eligible(&mut op, admin, desk, "Helpdesk Administrator", &everywhere, Some(TimeDelta::days(365)))
        .await?;
    make_eligible(&mut op, admin, security, "Security Administrator", &everywhere, None).await?;
    make_eligible(
        &mut op,
        admin,
        &find("Jonas Keller")?,
        "Cloud Application Administrator",
        &everywhere,
        Some(TimeDelta::days(90)),
    )
    .await?;
    make_eligible(
        &mut op,
        admin,
        &find("Katarzyna Nowak")?,
        "Privileged Role Administrator",
        &everywhere,
        Some(TimeDelta::days(30)),
    )
    .await?;
    op.commit().await
}

/// Those whom the sign-in page offers have an authenticator app, so that what asks for a second factor can be looked at. Two are
/// without: there one sees how somebody gets their first.
fn has_app(person: &PrincipalRow) -> bool {
    let without = ["demouser@stint.example", "auditor@stint.example"];
    let user_name = person.user_name.as_deref().unwrap_or_default();
    PEOPLE.iter().any(|offered| offered.user_name == user_name) && !without.contains(&user_name)
}

/// The secret of a demo person's app. It follows from their name, so it is no secret: the demo guards nothing.
fn app_secret(person: &PrincipalRow) -> [u8; 20] {
    let digest = Sha256::digest(format!("the app of {}", person.user_name.as_deref().unwrap_or_default()));
    std::array::from_fn(|at| digest[at])
}

/// The code that the app of a demo person shows, as long as it is the one that they came with.
///
/// SECURITY: it is computed from the secret that everybody can know, never from one that somebody made here.
pub async fn code(op: &mut Operation) -> Result<Option<String>> {
    let person = op.person()?.clone();
    if has_app(&person) { totp::code_of(op, person.id, &app_secret(&person)).await } else { Ok(None) }
}

fn user_name(name: &str) -> String {
    let plain = |c: char| match c.to_ascii_lowercase() {
        'ö' => 'o',
        'ı' => 'i',
        ' ' => '.',
        c => c,
    };
    let name: String = name.chars().map(plain).filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
    format!("{}@stint.example", name.to_lowercase())
}

async fn add(
    op: &mut Operation,
    kind: PrincipalKind,
    name: &str,
    user_name: Option<&str>,
    work: Option<(&str, &str)>,
    assignable_to_role: bool,
) -> Result<PrincipalRow> {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let row = PrincipalRow {
        user_name: user_name.map(ToOwned::to_owned),
        mail: user_name.map(ToOwned::to_owned),
        job_title: work.and_then(|(title, _)| text(title)),
        department: work.and_then(|(_, department)| text(department)),
        assignable_to_role,
        ..PrincipalRow::new(op.id(), kind, name.to_owned(), op.now)
    };
    principal::insert(&mut op.tx, &row).await?;
    op.record(
        Event::new(match kind {
            PrincipalKind::User => Activity::UserCreated,
            PrincipalKind::Group => Activity::GroupCreated,
            PrincipalKind::ServicePrincipal => Activity::ServicePrincipalCreated,
        })
        .on(&row),
    );
    Ok(row)
}

async fn add_unit(op: &mut Operation, name: &str, description: &str) -> Result<AdministrativeUnitId> {
    let id: AdministrativeUnitId = op.id();
    let row = AdministrativeUnitRow {
        id,
        display_name: name.to_owned(),
        description: Some(description.to_owned()),
        created_at: op.now,
        deleted_at: None,
    };
    administrative_unit::insert(&mut op.tx, &row).await?;
    op.record(Event::new(Activity::AdministrativeUnitCreated).target(id, name));
    Ok(id)
}

fn named(op: &Operation, name: &str) -> Result<RoleId> {
    let roles = op.engine.catalogue.list(Provider::Directory);
    roles.into_iter().find(|role| role.name == name).map(|role| role.id).ok_or(Error::NotFound)
}

/// Lets these people decide on activations of a role.
async fn require_approval(
    op: &mut Operation,
    by: &PrincipalRow,
    role: &str,
    approvers: &[PrincipalId],
) -> Result<()> {
    change_settings(op, by, role, approvers, |after| {
        after.activation_expiration.maximum_duration = Duration::hours(4);
        after.activation_approval.is_approval_required = true;
        after.activation_approval.first.approvers = approvers.iter().copied().collect();
    })
    .await
}

/// A role that asks for a second factor, somebody who is eligible for it, and apps for those who are offered.
async fn show_second_factors(
    op: &mut Operation,
    admin: &PrincipalRow,
    eli: &PrincipalRow,
    people: &[PrincipalRow],
) -> Result<()> {
    let role = "Conditional Access Administrator";
    make_eligible(op, admin, eli, role, &ScopePath::directory(), None).await?;
    require_second_factor(op, admin, role).await?;
    for person in people.iter().filter(|person| has_app(person)) {
        totp::give(op, person.id, &app_secret(person)).await?;
    }
    Ok(())
}

/// Asks for a second factor on activation of a role.
async fn require_second_factor(op: &mut Operation, by: &PrincipalRow, role: &str) -> Result<()> {
    change_settings(op, by, role, &[], |after| {
        after.activation_enablement.enabled_rules.insert(Requirement::MultiFactorAuthentication);
    })
    .await
}

/// Changes the settings of a role. Approvers are those whose names the log says.
async fn change_settings(
    op: &mut Operation,
    by: &PrincipalRow,
    role: &str,
    approvers: &[PrincipalId],
    change: impl FnOnce(&mut RoleSettings),
) -> Result<()> {
    let (role_id, everywhere) = (named(op, role)?, ScopePath::directory());
    let before = RoleSettings::default_for(Provider::Directory);
    let mut after = before.clone();
    change(&mut after);
    role_settings::put(&mut op.tx, role_id, &everywhere, &after, by.id, op.now).await?;
    let rows = principal::list_by_id(&mut op.tx, approvers).await?;
    let name_of = |id: PrincipalId| {
        rows.iter().find(|row| row.id == id).map_or_else(|| id.to_string(), |row| row.display_name.clone())
    };
    let changes: Vec<_> = changes(&before, &after, name_of).iter().map(ToString::to_string).collect();
    op.record(
        Event::new(Activity::RoleSettingsUpdated)
            .actor(by)
            .target(role_id, role)
            .role(role_id, role, everywhere.as_str())
            .detail(changes.join("; ")),
    );
    Ok(())
}

async fn make_eligible(
    op: &mut Operation,
    by: &PrincipalRow,
    member: &PrincipalRow,
    role: &str,
    scope: &ScopePath,
    lasts: Option<TimeDelta>,
) -> Result<()> {
    let schedule = Schedule {
        id: op.id(),
        assignment_type: AssignmentType::Eligible,
        state: AssignmentState::Assigned,
        provider: Provider::Directory,
        principal: member.id,
        role: named(op, role)?,
        scope: scope.clone(),
        window: Window::new(op.now, lasts.map(|lasts| op.now + lasts)),
        eligibility: None,
        request: op.id(),
    };
    let said = Said::reason(Justification::parse("Set up with the demo").ok());
    requests::append_for(
        op,
        by.id,
        schedule.request,
        &schedule,
        RequestAction::AdminAssign,
        RequestStatus::Provisioned,
        said,
    )
    .await?;
    schedule::insert(&mut op.tx, &schedule, op.now).await?;
    let activity =
        if lasts.is_some() { Activity::EligibleAssigned } else { Activity::EligibleAssignedPermanent };
    op.record(
        Event::new(activity)
            .actor(by)
            .on(member)
            .role(schedule.role, role, scope.as_str())
            .because(Some("Set up with the demo"))
            .request(schedule.request),
    );
    Ok(())
}
