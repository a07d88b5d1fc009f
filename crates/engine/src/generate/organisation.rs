//! The people and programs of a made-up organisation, and where they belong.

use super::{ADMINISTRATOR, AGE, Size, id, moment, one_of};
use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt, rngs::StdRng};
use std::collections::{BTreeSet, HashMap};
use stint_domain::{
    id::{AdministrativeUnitId, PrincipalId},
    principal::PrincipalKind,
};
use stint_store::{administrative_unit::AdministrativeUnitRow, principal::PrincipalRow};

const GIVEN: [&str; 96] = [
    "Ada", "Adrian", "Aisha", "Alina", "Amara", "Anders", "Anna", "Anton", "Astrid", "Ayumi", "Beatrix",
    "Ben", "Bruno", "Camila", "Carla", "Chen", "Clara", "Daan", "Daniel", "David", "Diego", "Dilan", "Elena",
    "Eli", "Elif", "Emil", "Emma", "Enzo", "Erik", "Esra", "Eva", "Fatima", "Felix", "Filip", "Finn",
    "Florian", "Frida", "Gabriel", "Gita", "Greta", "Hana", "Hannah", "Hugo", "Ibrahim", "Ida", "Imani",
    "Ines", "Isak", "Jakob", "Jana", "Jonas", "Jürgen", "Kai", "Karin", "Kenji", "Kofi", "Laila", "Lars",
    "Lea", "Leon", "Lina", "Luca", "Mads", "Maja", "Malik", "Maria", "Mateo", "Maya", "Mei", "Milan", "Mira",
    "Mohamed", "Nadia", "Nils", "Noor", "Olga", "Omar", "Oskar", "Paula", "Petra", "Priya", "Rafael", "Ravi",
    "Rosa", "Samir", "Sara", "Sofia", "Stefan", "Sven", "Tara", "Theo", "Tomás", "Vera", "Viktor", "Yara",
    "Zoë",
];

const FAMILY: [&str; 120] = [
    "Abadi",
    "Adeyemi",
    "Ahmed",
    "Almeida",
    "Andersen",
    "Arnold",
    "Bauer",
    "Becker",
    "Berg",
    "Berger",
    "Bianchi",
    "Blom",
    "Bogdan",
    "Brandt",
    "Braun",
    "Castro",
    "Chandra",
    "Costa",
    "Cruz",
    "Dahl",
    "Demir",
    "Diallo",
    "Dietrich",
    "Dubois",
    "Ebner",
    "Eriksson",
    "Esposito",
    "Farah",
    "Ferrari",
    "Fischer",
    "Forsberg",
    "Franke",
    "Garcia",
    "Georgiou",
    "Graf",
    "Gruber",
    "Haas",
    "Hansen",
    "Hartmann",
    "Hassan",
    "Heinz",
    "Hoffmann",
    "Horvat",
    "Huber",
    "Ito",
    "Ivanov",
    "Jansen",
    "Jensen",
    "Johansson",
    "Kaya",
    "Keller",
    "Khan",
    "Klein",
    "Koch",
    "Kovacs",
    "Kowalski",
    "Krüger",
    "Kumar",
    "Lang",
    "Larsen",
    "Lehmann",
    "Lindholm",
    "Lopez",
    "Maier",
    "Marino",
    "Martin",
    "Mendes",
    "Meyer",
    "Moreau",
    "Mukherjee",
    "Müller",
    "Nakamura",
    "Neumann",
    "Nguyen",
    "Nielsen",
    "Novak",
    "Nowak",
    "Okafor",
    "Olsen",
    "Osei",
    "Park",
    "Patel",
    "Petrov",
    "Popescu",
    "Quist",
    "Ramos",
    "Rao",
    "Reyes",
    "Richter",
    "Rossi",
    "Roth",
    "Ruiz",
    "Sahin",
    "Santos",
    "Sato",
    "Schäfer",
    "Schmidt",
    "Schneider",
    "Schulz",
    "Silva",
    "Singh",
    "Sommer",
    "Stein",
    "Suzuki",
    "Tanaka",
    "Torres",
    "Tran",
    "Vargas",
    "Virtanen",
    "Vogel",
    "Wagner",
    "Wang",
    "Weber",
    "Weiss",
    "Winkler",
    "Wolf",
    "Yildiz",
    "Zhang",
    "Ziegler",
    "Zimmer",
];

const DEPARTMENTS: [(&str, [&str; 3]); 12] = [
    ("Accounting", ["Accountant", "Controller", "Payroll Clerk"]),
    ("Customer Care", ["Agent", "Team Lead", "Trainer"]),
    ("Data Platform", ["Data Engineer", "Analyst", "Database Administrator"]),
    ("Engineering", ["Software Engineer", "Site Reliability Engineer", "Architect"]),
    ("Facilities", ["Caretaker", "Planner", "Fleet Coordinator"]),
    ("Human Resources", ["Recruiter", "People Partner", "Assistant"]),
    ("Information Technology", ["Systems Administrator", "Helpdesk Technician", "Network Engineer"]),
    ("Legal", ["Counsel", "Paralegal", "Data Protection Officer"]),
    ("Logistics", ["Dispatcher", "Warehouse Lead", "Buyer"]),
    ("Marketing", ["Editor", "Designer", "Campaign Lead"]),
    ("Sales", ["Account Executive", "Sales Engineer", "Regional Lead"]),
    ("Security", ["Security Analyst", "Incident Responder", "Auditor"]),
];

const CITIES: [&str; 24] = [
    "Aarhus", "Antwerp", "Austin", "Bergen", "Bilbao", "Bologna", "Brno", "Cork", "Dresden", "Gdansk",
    "Ghent", "Graz", "Haifa", "Kyoto", "Leipzig", "Lyon", "Malmö", "Porto", "Pune", "Riga", "Tampere",
    "Toronto", "Utrecht", "Zürich",
];

const THINGS: [&str; 20] = [
    "Anchor", "Atlas", "Beacon", "Birch", "Comet", "Delta", "Ember", "Falcon", "Granite", "Harbor",
    "Juniper", "Lantern", "Meadow", "Nimbus", "Orchard", "Pioneer", "Quartz", "Ridge", "Summit", "Willow",
];

const TEAMS: [&str; 8] =
    ["Members", "Project", "Readers", "Editors", "Operators", "On-call", "Guests", "Committee"];

const PROGRAMS: [&str; 8] =
    ["Backup", "Billing", "Build", "Deploy", "Import", "Mail Relay", "Monitoring", "Sync"];

/// Everybody and everything that can hold a role or be its scope.
pub(super) struct Organisation {
    /// Users first, the administrator the first of them; then groups; then service principals.
    pub principals: Vec<PrincipalRow>,
    users: usize,
    groups: usize,
    /// Group, index of the member, when.
    pub members: Vec<(PrincipalId, usize, DateTime<Utc>)>,
    pub owners: Vec<(PrincipalId, PrincipalId, DateTime<Utc>)>,
    pub units: Vec<AdministrativeUnitRow>,
    /// Unit, index of the member, when.
    pub unit_members: Vec<(AdministrativeUnitId, usize, DateTime<Utc>)>,
}

impl Organisation {
    pub(super) fn make(size: Size, now: DateTime<Utc>, chance: &mut StdRng) -> Self {
        let began = now - AGE;
        let mut principals = users(size.users.max(1), began, now, chance);
        let users = principals.len();
        principals.extend((0..size.groups).map(|_| group(began, now, chance)));
        principals.extend((0..=size.users / 50).map(|_| service_principal(began, now, chance)));
        let units = units((size.users / 2000).clamp(4, CITIES.len()), began, chance);
        let mut organisation = Self {
            principals,
            users,
            groups: size.groups,
            members: Vec::new(),
            owners: Vec::new(),
            units,
            unit_members: Vec::new(),
        };
        organisation.join_groups(chance);
        organisation.join_units(chance);
        organisation
    }

    pub(super) fn administrator(&self) -> &PrincipalRow {
        &self.principals[0]
    }

    pub(super) fn users(&self) -> &[PrincipalRow] {
        &self.principals[..self.users]
    }

    /// Those who manage: a few of the users.
    pub(super) fn managers(&self) -> &[PrincipalRow] {
        &self.principals[..self.users.min(20)]
    }

    pub(super) fn groups(&self) -> &[PrincipalRow] {
        &self.principals[self.users..self.users + self.groups]
    }

    pub(super) fn service_principals(&self) -> &[PrincipalRow] {
        &self.principals[self.users + self.groups..]
    }

    fn join_groups(&mut self, chance: &mut StdRng) {
        let users = self.users;
        for index in users..users + self.groups {
            let group = &self.principals[index];
            let wanted = match chance.random_range(0..100) {
                0..60 => chance.random_range(3..=12),
                60..90 => chance.random_range(10..=50),
                90..99 => chance.random_range(50..=200),
                _ => chance.random_range(500..=2000),
            };
            let mut inside: BTreeSet<usize> =
                (0..wanted.min(users / 2)).map(|_| chance.random_range(0..users)).collect();
            // A group is in groups before it only, so none is in itself.
            if !group.assignable_to_role && chance.random_range(0..100) < 15 {
                let later = index + 1..users + self.groups;
                inside
                    .extend((0..2).filter(|_| !later.is_empty()).map(|_| chance.random_range(later.clone())));
            }
            let id = group.id;
            let at = group.created_at;
            self.members.extend(inside.into_iter().map(|member| (id, member, at)));
            self.owners.push((id, self.principals[chance.random_range(0..users)].id, at));
        }
    }

    fn join_units(&mut self, chance: &mut StdRng) {
        for (index, row) in self.principals.iter().enumerate() {
            if chance.random_range(0..10) < 8 {
                let unit = one_of(&self.units, chance);
                self.unit_members.push((unit.id, index, row.created_at));
            }
        }
    }
}

fn users(count: usize, began: DateTime<Utc>, now: DateTime<Utc>, chance: &mut StdRng) -> Vec<PrincipalRow> {
    let mut namesakes: HashMap<String, u32> = HashMap::new();
    let mut rows = Vec::with_capacity(count);
    for index in 0..count {
        let created_at = moment(began, now, chance);
        let mut display_name = format!("{} {}", one_of(&GIVEN, chance), one_of(&FAMILY, chance));
        let mut user_name = format!("{}@stint.example", plain(&display_name));
        let namesake = namesakes.entry(user_name.clone()).or_default();
        *namesake += 1;
        if *namesake > 1 {
            user_name = format!("{}{namesake}@stint.example", plain(&display_name));
        }
        if index == 0 {
            ADMINISTRATOR.clone_into(&mut user_name);
            "Stint Administrator".clone_into(&mut display_name);
        }
        let (department, titles) = one_of(&DEPARTMENTS, chance);
        let stays = index < 20 || chance.random_range(0..100) != 0;
        rows.push(PrincipalRow {
            id: id(chance, created_at),
            kind: PrincipalKind::User,
            display_name,
            mail: Some(user_name.clone()),
            user_name: Some(user_name),
            description: None,
            job_title: Some((*one_of(titles, chance)).to_owned()),
            department: Some((*department).to_owned()),
            enabled: index < 20 || chance.random_range(0..100) >= 3,
            assignable_to_role: false,
            created_at,
            deleted_at: (!stays).then(|| moment(now - TimeDelta::days(29), now, chance)),
        });
    }
    rows
}

fn group(began: DateTime<Utc>, now: DateTime<Utc>, chance: &mut StdRng) -> PrincipalRow {
    let created_at = moment(began, now - TimeDelta::days(30), chance);
    let (department, _) = one_of(&DEPARTMENTS, chance);
    let (city, thing, team) = (one_of(&CITIES, chance), one_of(&THINGS, chance), one_of(&TEAMS, chance));
    let display_name = match chance.random_range(0..3) {
        0 => format!("{department} {city} {team}"),
        1 => format!("{thing} {team}"),
        _ => format!("{thing} {city}"),
    };
    let stays = chance.random_range(0..100) >= 2;
    PrincipalRow {
        id: id(chance, created_at),
        kind: PrincipalKind::Group,
        description: Some(format!("{team} of {thing} in {city}, kept by {department}")),
        display_name,
        user_name: None,
        mail: None,
        job_title: None,
        department: None,
        enabled: true,
        assignable_to_role: chance.random_range(0..100) < 8,
        created_at,
        deleted_at: (!stays).then(|| moment(now - TimeDelta::days(29), now, chance)),
    }
}

fn service_principal(began: DateTime<Utc>, now: DateTime<Utc>, chance: &mut StdRng) -> PrincipalRow {
    let created_at = moment(began, now, chance);
    PrincipalRow {
        id: id(chance, created_at),
        kind: PrincipalKind::ServicePrincipal,
        display_name: format!("{} {}", one_of(&THINGS, chance), one_of(&PROGRAMS, chance)),
        user_name: None,
        mail: None,
        description: Some("Runs unattended".to_owned()),
        job_title: None,
        department: None,
        enabled: chance.random_range(0..100) >= 3,
        assignable_to_role: false,
        created_at,
        deleted_at: None,
    }
}

fn units(count: usize, began: DateTime<Utc>, chance: &mut StdRng) -> Vec<AdministrativeUnitRow> {
    let unit = |city: &&str| AdministrativeUnitRow {
        id: id(chance, began),
        display_name: format!("{city} Office"),
        description: Some(format!("Everybody and everything in {city}")),
        created_at: began,
        deleted_at: None,
    };
    CITIES.iter().take(count).map(unit).collect()
}

/// A name as user names have it: `jürgen.müller` signs in as `jurgen.muller`.
fn plain(name: &str) -> String {
    let letter = |c: char| match c {
        ' ' => '.',
        'á' | 'ä' => 'a',
        'ë' => 'e',
        'ö' => 'o',
        'ü' => 'u',
        c => c,
    };
    name.to_lowercase().chars().map(letter).collect()
}
