//! An approver goes on holiday: who decides meanwhile, and what they may not.

use crate::{
    is_denied,
    post::{Office, told},
    refused,
};
use chrono::TimeDelta;
use stint_domain::{
    authz::Action,
    id::{PrincipalId, RequestId, ScheduleId, SubstitutionId},
    prolong::Prolong,
    refusal::{Broken, Field},
    request::Verdict,
};
use stint_engine::{
    Error, Result, activate, approvals,
    approvals::{Approved, Order, View, Waiting},
    groups,
    mail::Transport,
    prolong,
    substitution::{self, Wish},
    test_support::{User, World, because, days, hours, reason},
    users,
};
use stint_store::{Database, PageRequest};

stint_store::on_both_databases!(
    a_substitute_decides_from_the_first_day_to_the_last,
    it_can_be_ended_at_once,
    the_seat_is_the_approvers_and_nothing_else_is,
    nobody_decides_so_on_what_the_absent_one_asked_for,
    the_two_of_them_count_as_one,
    from_each_seat_is_spoken_once,
    both_speak_at_the_same_moment,
    there_are_no_chains,
    without_the_approver_there_is_no_substitute,
    a_substitute_makes_no_further_approver,
    assignments_are_not_decided_on_so,
    who_can_be_named_and_when,
    the_log_and_the_mails_say_it,
    an_inbox_is_sorted_and_searched,
);

const ROLE: &str = "User Administrator";

/// Mira is eligible and Paul decides. Lena is somebody else.
struct Stage {
    world: World,
    mira: User,
    paul: User,
    lena: User,
    eligibility: ScheduleId,
}

impl Stage {
    async fn new(database: Database) -> Self {
        let world = World::new(database).await;
        let (mira, paul, lena) =
            (world.user("Mira").await, world.user("Paul").await, world.user("Lena").await);
        let eligibility = world.make_eligible(&mira, ROLE).await;
        world.require_approval(ROLE, &[paul.id]).await;
        Self { world, mira, paul, lena, eligibility }
    }

    /// For two days, from now on.
    async fn stands_in(&self, substitute: &User, approver: &User) -> SubstitutionId {
        name(&self.world, approver, wish(&self.world, substitute, 0, 2)).await.unwrap()
    }

    async fn request(&self) -> RequestId {
        self.world.request(&self.mira, self.eligibility).await
    }

    async fn inbox(&self, user: &User) -> Vec<Waiting> {
        inbox(&self.world, user, &View::default()).await
    }

    async fn found(&self, by: &User, request: RequestId) -> approvals::Found {
        self.world.read(by, async |op| approvals::find(op, request).await).await.unwrap()
    }

    async fn set_needed(&self, needed: u8, approvers: &[PrincipalId]) {
        self.world.require_approval(ROLE, approvers).await;
        let change = |settings: &mut stint_domain::settings::RoleSettings| {
            settings.activation_approval.first.approvals_needed = needed;
        };
        self.world.change_settings(ROLE, change).await.unwrap();
    }
}

async fn inbox(world: &World, user: &User, view: &View) -> Vec<Waiting> {
    world.read(user, async |op| approvals::list(op, view, &PageRequest::first()).await).await.unwrap().items
}

fn wish(world: &World, substitute: &User, from: i64, to: i64) -> Wish {
    let start = (from > 0).then(|| world.now() + days(from));
    let end = Some(world.now() + days(to));
    Wish { substitute: Some(substitute.id), start, end, reason: because("on holiday") }
}

async fn name(world: &World, by: &User, wish: Wish) -> Result<SubstitutionId> {
    world.write(by, async |op| substitution::name(op, wish).await).await
}

async fn end(world: &World, by: &User, id: SubstitutionId) -> Result<()> {
    world.write(by, async |op| substitution::end(op, id).await).await
}

/// They know nothing of it.
fn is_unknown<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::NotFound))
}

async fn a_substitute_decides_from_the_first_day_to_the_last(database: Database) {
    let stage = Stage::new(database).await;
    let (world, paul, lena) = (&stage.world, &stage.paul, &stage.lena);
    world.stop_clock();
    name(world, paul, wish(world, lena, 1, 3)).await.unwrap();
    world.advance(days(1) - TimeDelta::seconds(1));
    let request = stage.request().await;
    assert!(stage.inbox(lena).await.is_empty());
    assert!(is_unknown(world.approve(lena, request).await));
    world.advance(TimeDelta::seconds(1));
    let waiting = stage.inbox(lena).await;
    let [one] = &waiting[..] else { panic!("{waiting:?}") };
    let other = one.instead_of.as_ref().unwrap();
    assert_eq!((one.request.id, other.id, other.name.as_str()), (request, paul.id, "Paul"));
    assert_eq!(other.until, world.now() + days(2));
    let found = stage.found(lena, request).await;
    assert_eq!((found.denial, found.instead_of.as_ref()), (None, Some(other)));
    // Paul still may: he is away, and not less of an approver.
    assert_eq!(stage.inbox(paul).await[0].instead_of, None);
    assert!(matches!(world.approve(lena, request).await.unwrap(), Approved::Activated(_)));
    assert!(world.may(&stage.mira, Action::CreateUsers).await);
    let found = stage.found(&stage.mira, request).await;
    let [decision] = &found.decisions[..] else { panic!("{:?}", found.decisions) };
    assert_eq!((decision.by().as_str(), decision.verdict), ("Lena for Paul", Verdict::Approve));
    assert_eq!((decision.approver_id, decision.for_id), (lena.id, Some(paul.id)));

    world.advance(hours(25));
    let request = stage.request().await;
    world.advance(hours(23) - TimeDelta::seconds(1));
    assert_eq!(stage.inbox(lena).await.len(), 1);
    world.advance(TimeDelta::seconds(1));
    assert!(stage.inbox(lena).await.is_empty());
    assert!(is_unknown(world.deny(lena, request).await));
    world.approve(paul, request).await.unwrap();
    // What she decided on she may still look at.
    let decided = world.read(lena, async |op| approvals::list_decided(op, &PageRequest::first()).await).await;
    assert_eq!(decided.unwrap().items.len(), 1);
}

async fn it_can_be_ended_at_once(database: Database) {
    let stage = Stage::new(database).await;
    let (world, paul, lena) = (&stage.world, &stage.paul, &stage.lena);
    let request = stage.request().await;
    let now = stage.stands_in(lena, paul).await;
    let later = name(world, paul, wish(world, lena, 10, 12)).await.unwrap();
    assert_eq!(stage.inbox(lena).await.len(), 1);
    for by in [lena, &stage.mira, &world.ada] {
        assert!(is_unknown(end(world, by, now).await), "only who named may");
    }
    let stood_in = async |by| world.read(by, async |op| substitution::list_stood_in(op).await).await.unwrap();
    assert_eq!(stood_in(lena).await.len(), 2);
    world.advance(hours(1));
    end(world, paul, now).await.unwrap();
    end(world, paul, later).await.unwrap();
    assert!(stage.inbox(lena).await.is_empty());
    assert!(is_unknown(world.approve(lena, request).await));
    assert_eq!(stood_in(lena).await, []);
    for over in [now, later] {
        assert_eq!(refused(end(world, paul, over).await), [(Field::Form, Broken::SubstitutionEnded)]);
    }
    // The days are free again.
    name(world, paul, wish(world, lena, 10, 12)).await.unwrap();
    stage.stands_in(lena, paul).await;
    let page = PageRequest { after: None, size: 3 };
    let first = world.read(paul, async |op| substitution::list(op, &page).await).await.unwrap();
    let page = PageRequest { after: first.next.clone(), size: 3 };
    let second = world.read(paul, async |op| substitution::list(op, &page).await).await.unwrap();
    assert_eq!((first.items.len(), second.items.len(), second.next), (3, 1, None));
    let starts: Vec<_> = first.items.iter().chain(&second.items).map(|row| row.start_at).collect();
    assert!(starts.is_sorted_by(|one, other| one >= other), "{starts:?}");
}

async fn the_seat_is_the_approvers_and_nothing_else_is(database: Database) {
    let stage = Stage::new(database).await;
    let (world, lena) = (&stage.world, &stage.lena);
    let group = world.group_of("Approvers", &[&stage.paul]).await;
    // Through a group, as somebody named, and as whoever decides where nobody is named.
    for (approver, named) in
        [(&stage.paul, vec![group]), (&stage.paul, vec![stage.paul.id]), (&world.ada, vec![])]
    {
        world.require_approval(ROLE, &named).await;
        let id = stage.stands_in(lena, approver).await;
        let request = stage.request().await;
        assert_eq!(stage.inbox(lena).await.len(), 1);
        // Ada's roles are not lent with it.
        assert!(
            !world.may(lena, Action::CreateUsers).await
                && !world.may(lena, Action::UpdateRoleAssignments).await
        );
        let cancelled = world.write(lena, async |op| approvals::cancel(op, request).await).await;
        assert!(is_denied(&cancelled));
        world.deny(lena, request).await.unwrap();
        end(world, approver, id).await.unwrap();
    }
    // Another role's requests are not hers.
    world.require_approval(ROLE, &[stage.paul.id]).await;
    let other = world.make_eligible(&stage.mira, "Groups Administrator").await;
    world.require_approval("Groups Administrator", &[world.ada.id]).await;
    stage.stands_in(lena, &stage.paul).await;
    let request = world.request(&stage.mira, other).await;
    assert!(stage.inbox(lena).await.is_empty());
    assert!(is_unknown(world.approve(lena, request).await));
}

async fn nobody_decides_so_on_what_the_absent_one_asked_for(database: Database) {
    let stage = Stage::new(database).await;
    let (world, mira, paul, lena) = (&stage.world, &stage.mira, &stage.paul, &stage.lena);
    let of_paul = world.make_eligible(paul, ROLE).await;
    let of_lena = world.make_eligible(lena, ROLE).await;
    world.require_approval(ROLE, &[paul.id, mira.id]).await;
    stage.stands_in(lena, paul).await;
    // Hers, in nobody's place.
    let own = world.request(lena, of_lena).await;
    assert!(stage.inbox(lena).await.is_empty());
    assert_eq!(refused(world.approve(lena, own).await), [(Field::Form, Broken::OwnRequest)]);
    // His, neither in his place nor in that of another approver.
    let his = world.request(paul, of_paul).await;
    assert!(is_unknown(world.approve(lena, his).await));
    stage.stands_in(lena, mira).await;
    assert!(is_unknown(world.approve(lena, his).await));
    assert!(stage.inbox(lena).await.is_empty());
    // Whoever is an approver by themselves is one, whoever they stand in for.
    world.require_approval(ROLE, &[paul.id, mira.id, lena.id]).await;
    assert_eq!(stage.inbox(lena).await[0].instead_of, None);
    world.approve(lena, his).await.unwrap();
}

async fn the_two_of_them_count_as_one(database: Database) {
    let stage = Stage::new(database).await;
    let (world, paul, lena) = (&stage.world, &stage.paul, &stage.lena);
    let omar = world.user("Omar").await;
    stage.set_needed(2, &[paul.id, omar.id]).await;
    stage.stands_in(lena, paul).await;
    for (first, second, said_by) in [(lena, paul, "Lena for Paul"), (paul, lena, "Paul")] {
        let request = stage.request().await;
        let approved = world.approve(first, request).await.unwrap();
        assert!(matches!(approved, Approved::Waiting { approvals: 1, needed: 2 }), "{approved:?}");
        assert!(stage.inbox(second).await.is_empty() && stage.inbox(first).await.is_empty());
        for again in [world.approve(second, request).await.map(drop), world.deny(second, request).await] {
            let again = refused(again);
            assert!(
                matches!(&again[..], [(Field::Form, Broken::CountsAsOne { by, .. })] if by == said_by),
                "{again:?}"
            );
        }
        let denial = stage.found(second, request).await.denial.unwrap();
        assert!(
            denial.starts_with(&format!("{said_by} approved this request on "))
                && denial.ends_with("An approver and whoever stands in for them count as one."),
            "{denial}"
        );
        let twice = refused(world.approve(first, request).await);
        assert!(matches!(&twice[..], [(_, Broken::AlreadyDecided { .. })]), "{twice:?}");
        assert!(!world.may(&stage.mira, Action::CreateUsers).await);
        assert!(matches!(world.approve(&omar, request).await.unwrap(), Approved::Activated(_)));
        world.advance(hours(1));
    }
}

async fn from_each_seat_is_spoken_once(database: Database) {
    let stage = Stage::new(database).await;
    let (world, paul, lena) = (&stage.world, &stage.paul, &stage.lena);
    let (omar, tess) = (world.user("Omar").await, world.user("Tess").await);
    stage.set_needed(2, &[paul.id, omar.id]).await;
    // Who stands in for two says one thing.
    stage.stands_in(lena, paul).await;
    stage.stands_in(lena, &omar).await;
    let request = stage.request().await;
    assert_eq!(stage.inbox(lena).await.len(), 1, "nothing comes twice");
    world.approve(lena, request).await.unwrap();
    assert!(stage.inbox(lena).await.is_empty());
    let twice = refused(world.approve(lena, request).await);
    assert!(matches!(&twice[..], [(_, Broken::AlreadyDecided { .. })]), "{twice:?}");
    assert!(!world.may(&stage.mira, Action::CreateUsers).await);
    // A second substitute after the first does not speak again from the same seat.
    let said_for = stage.found(lena, request).await.decisions[0].for_id.unwrap();
    let absent = if said_for == paul.id { paul } else { &omar };
    let page = PageRequest::first();
    let named = world.read(absent, async |op| substitution::list(op, &page).await).await.unwrap();
    end(world, absent, named.items[0].id).await.unwrap();
    stage.stands_in(&tess, absent).await;
    assert!(stage.inbox(&tess).await.is_empty());
    let again = refused(world.approve(&tess, request).await);
    assert!(matches!(&again[..], [(_, Broken::CountsAsOne { .. })]), "{again:?}");
    // The other approver has a word of their own.
    let present = if said_for == paul.id { &omar } else { paul };
    assert!(matches!(world.approve(present, request).await.unwrap(), Approved::Activated(_)));
}

async fn both_speak_at_the_same_moment(database: Database) {
    let stage = Stage::new(database).await;
    let (world, paul, lena) = (&stage.world, &stage.paul, &stage.lena);
    let omar = world.user("Omar").await;
    stage.set_needed(2, &[paul.id, omar.id]).await;
    stage.stands_in(lena, paul).await;
    for round in 0..20 {
        let request = stage.request().await;
        world.caller(lena).await;
        world.caller(paul).await;
        let (one, other) = tokio::join!(world.approve(paul, request), world.approve(lena, request));
        assert_ne!(one.is_ok(), other.is_ok(), "round {round}: {one:?} {other:?}");
        let late = refused(if one.is_ok() { other } else { one });
        assert!(matches!(&late[..], [(_, Broken::CountsAsOne { .. })]), "round {round}: {late:?}");
        world.write(&stage.mira, async |op| approvals::cancel(op, request).await).await.unwrap();
    }
}

async fn there_are_no_chains(database: Database) {
    let stage = Stage::new(database).await;
    let (world, paul, lena) = (&stage.world, &stage.paul, &stage.lena);
    let tess = world.user("Tess").await;
    stage.stands_in(lena, paul).await;
    // To stand in for somebody is not to be an approver.
    let nothing = refused(name(world, lena, wish(world, &tess, 0, 1)).await);
    assert_eq!(nothing, [(Field::Form, Broken::NoApproversSeat)]);
    // Lena approves something of her own, and Tess stands in for her in that alone.
    world.require_approval("Groups Administrator", &[lena.id]).await;
    stage.stands_in(&tess, lena).await;
    let request = stage.request().await;
    assert!(stage.inbox(&tess).await.is_empty());
    assert!(is_unknown(world.approve(&tess, request).await));
    assert_eq!(stage.inbox(lena).await.len(), 1);
}

async fn without_the_approver_there_is_no_substitute(database: Database) {
    let stage = Stage::new(database).await;
    let (world, paul, lena) = (&stage.world, &stage.paul, &stage.lena);
    let omar = world.user("Omar").await;
    let group = world.group_of("Approvers", &[paul]).await;
    world.require_approval(ROLE, &[group, omar.id]).await;
    stage.stands_in(lena, paul).await;
    let request = stage.request().await;
    let sees = async || stage.inbox(lena).await.len();
    assert_eq!(sees().await, 1);
    // Level-triggered: with what Paul is, hers comes and goes.
    world.write(&world.ada, async |op| users::disable(op, paul.id).await).await.unwrap();
    assert!(is_unknown(world.approve(lena, request).await));
    assert_eq!(sees().await, 0);
    world.write(&world.ada, async |op| users::enable(op, paul.id).await).await.unwrap();
    assert_eq!(sees().await, 1);
    world.write(&world.ada, async |op| groups::remove_member(op, group, paul.id).await).await.unwrap();
    assert!(is_unknown(world.approve(lena, request).await));
    assert_eq!(sees().await, 0);
    world.write(&world.ada, async |op| groups::add_member(op, group, paul.id).await).await.unwrap();
    assert_eq!(sees().await, 1);
    world.require_approval(ROLE, &[omar.id]).await;
    assert_eq!(sees().await, 0);
    world.require_approval(ROLE, &[group, omar.id]).await;
    world.write(&world.ada, async |op| users::delete(op, paul.id).await).await.unwrap();
    assert!(is_unknown(world.deny(lena, request).await));
    assert_eq!(sees().await, 0);
    // A default approver is one for as long as the role is held.
    world.require_approval(ROLE, &[]).await;
    world.holder("Otto", "Privileged Role Administrator").await;
    let pia = world.user("Pia").await;
    let held = world.make_active(&pia, "Privileged Role Administrator").await;
    stage.stands_in(lena, &pia).await;
    assert_eq!(sees().await, 1);
    world.write(&world.ada, async |op| stint_engine::assign::remove(op, held, None).await).await.unwrap();
    assert_eq!(sees().await, 0);
    assert!(is_unknown(world.approve(lena, request).await));
}

async fn a_substitute_makes_no_further_approver(database: Database) {
    let stage = Stage::new(database).await;
    let (world, mira, paul, lena) = (&stage.world, &stage.mira, &stage.paul, &stage.lena);
    stage.stands_in(lena, paul).await;
    // Two have to agree, and there is one and somebody in his place.
    let change = |settings: &mut stint_domain::settings::RoleSettings| {
        settings.activation_approval.first.approvals_needed = 2;
    };
    let too_few = refused(world.change_settings(ROLE, change).await);
    assert!(matches!(&too_few[..], [(_, Broken::TooFewApprovers { .. })]), "{too_few:?}");
    // Nor is somebody in one's own place another approver.
    world.require_approval(ROLE, &[mira.id]).await;
    stage.stands_in(lena, mira).await;
    let nobody = refused(world.ask_to_activate(mira, stage.eligibility, 1).await);
    assert!(matches!(&nobody[..], [(_, Broken::NobodyCanApprove { .. })]), "{nobody:?}");
    let offer = world.read(mira, async |op| activate::offer(op, stage.eligibility).await).await.unwrap();
    assert!(offer.approvers.iter().all(Vec::is_empty));
}

async fn assignments_are_not_decided_on_so(database: Database) {
    let stage = Stage::new(database).await;
    let (world, mira, lena) = (&stage.world, &stage.mira, &stage.lena);
    let mut ask =
        world.ask(stint_domain::schedule::AssignmentType::Eligible, world.role("Reports Reader"), mira);
    ask.end = Some(world.now() + days(10));
    let eligibility = world.assign(ask).await.unwrap();
    world.holder("Pia", "Privileged Role Administrator").await;
    stage.stands_in(lena, &world.ada).await;
    let wish = prolong::Wish { end: None, justification: reason("still needed") };
    let request =
        world.write(mira, async |op| prolong::ask(op, Prolong::Extend, eligibility, wish).await).await;
    let request = request.unwrap().request;
    assert!(stage.inbox(lena).await.is_empty(), "that is a permission, and no approver's seat");
    assert!(is_unknown(world.approve(lena, request).await));
    assert_eq!(stage.inbox(&world.ada).await.len(), 1);
}

async fn who_can_be_named_and_when(database: Database) {
    let stage = Stage::new(database).await;
    let (world, paul, lena) = (&stage.world, &stage.paul, &stage.lena);
    let names = async |wish| refused(name(world, paul, wish).await);
    let nobody = Wish { substitute: None, start: None, end: None, reason: None };
    let fields: Vec<_> = names(nobody).await.into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, [Field::Substitute, Field::End], "everything at once");
    let (program, group) = (world.program("Robot").await, world.group("Team", false).await);
    let (off, gone) = (world.user("Off").await, world.user("Gone").await);
    world.write(&world.ada, async |op| users::disable(op, off.id).await).await.unwrap();
    world.write(&world.ada, async |op| users::delete(op, gone.id).await).await.unwrap();
    let no_one = uuid::Uuid::from_u128(9).into();
    for id in [paul.id, program, group, off.id, gone.id, no_one] {
        let found = names(Wish { substitute: Some(id), ..wish(world, lena, 0, 1) }).await;
        assert!(matches!(&found[..], [(Field::Substitute, Broken::CannotStandIn { .. })]), "{found:?}");
    }
    let too_long = [(Field::End, Broken::SubstituteTooLong { days: 30, ahead: 60 })];
    assert_eq!(names(wish(world, lena, 0, 31)).await, too_long);
    assert_eq!(names(wish(world, lena, 40, 61)).await, too_long);
    // One at a time; the days after the last are free.
    let first = name(world, paul, wish(world, lena, 2, 4)).await.unwrap();
    let omar = world.user("Omar").await;
    for (from, to) in [(0, 3), (3, 5), (1, 9)] {
        let found = names(wish(world, &omar, from, to)).await;
        assert!(
            matches!(&found[..], [(Field::Start, Broken::SubstituteThen { name, .. })] if name == "Lena"),
            "{found:?}"
        );
    }
    name(world, paul, wish(world, &omar, 0, 1)).await.unwrap();
    name(world, paul, wish(world, &omar, 5, 6)).await.unwrap();
    end(world, paul, first).await.unwrap();
    name(world, paul, wish(world, &omar, 2, 4)).await.unwrap();
    // Who approves nothing names nobody.
    let denial = world.read(lena, async |op| substitution::denial(op).await).await.unwrap();
    assert_eq!(denial.as_deref(), Some(Broken::NoApproversSeat.to_string().as_str()));
    assert_eq!(world.read(paul, async |op| substitution::denial(op).await).await.unwrap(), None);
    assert_eq!(world.read(&world.ada, async |op| substitution::denial(op).await).await.unwrap(), None);
}

async fn the_log_and_the_mails_say_it(database: Database) {
    let office = Office::with_approvers(database).await;
    let (world, mira, priya) = (&office.world, &office.mira, &office.priya);
    let lena = world.user("Lena").await;
    let id = name(world, priya, wish(world, &lena, 0, 2)).await.unwrap();
    office.work(Transport::Keep).await;
    let mails = office.mails().await;
    let [(mail, _)] = &mails[..] else { panic!("{mails:?}") };
    assert_eq!(mail.subject, "PIM: you stand in for Priya");
    assert!(
        mail.text.contains("https://pim.example/approvals\n") && mail.text.contains("Reason: on holiday")
    );
    office.forget_mails().await;

    let request = world.request(mira, office.eligibility).await;
    office.work(Transport::Keep).await;
    let mails = office.mails().await;
    let to: Vec<_> = mails.iter().map(|(mail, _)| mail.to.split('.').next().unwrap()).collect();
    assert_eq!(to, ["lena", "omar", "priya"], "the approver is told too");
    let (hers, omars) = (&mails[0].0, &mails[1].0);
    assert!(hers.text.contains("You are asked because you stand in for Priya until "), "{}", hers.text);
    assert!(!omars.text.contains("stand in"), "{}", omars.text);
    office.forget_mails().await;

    world.approve(&lena, request).await.unwrap();
    assert_eq!(
        office.news().await,
        [
            told("ada", "PIM: Mira activated the User Administrator role"),
            told("omar", "PIM: Mira's request for User Administrator was approved"),
            told("priya", "PIM: Mira's request for User Administrator was approved"),
            told("mira", "PIM: your request for User Administrator was approved"),
        ]
    );
    end(world, priya, id).await.unwrap();
    assert_eq!(office.news().await, [told("lena", "PIM: you do not stand in for Priya any more")]);
    // What was ended before anybody heard of it is told once; who is told nothing more, not at all.
    let id = name(world, priya, wish(world, &lena, 0, 2)).await.unwrap();
    end(world, priya, id).await.unwrap();
    assert_eq!(office.news().await, [told("lena", "PIM: you do not stand in for Priya any more")]);

    let filter = stint_store::audit::Filter::default();
    let events = world
        .read(&world.ada, async |op| stint_engine::audit::list(op, &filter, &PageRequest::first()).await)
        .await
        .unwrap()
        .items;
    let said = |activity: &str| {
        let event = events.iter().find(|event| event.activity == activity).unwrap();
        (event.actor_name.clone(), event.detail.clone().unwrap_or_default())
    };
    assert_eq!(
        said("Add member to role request approved (PIM activation)"),
        ("Lena".to_owned(), "In the place of Priya".to_owned())
    );
    assert!(
        said("Add member to role completed (PIM activation)").1.ends_with("; approved by Lena for Priya")
    );
    let (actor, detail) = said("Add substitute approver in PIM");
    assert!(actor == "Priya" && detail.starts_with("from "), "{actor} {detail}");
    assert_eq!(said("Remove substitute approver in PIM").0, "Priya");
}

async fn an_inbox_is_sorted_and_searched(database: Database) {
    let stage = Stage::new(database).await;
    let (world, paul, lena) = (&stage.world, &stage.paul, &stage.lena);
    let day = |settings: &mut stint_domain::settings::RoleSettings| {
        settings.activation_approval.window = stint_domain::time::Duration::hours(1);
    };
    world.require_approval("Groups Administrator", &[lena.id]).await;
    stage.stands_in(lena, paul).await;
    let mut asked = Vec::new();
    for (name, role) in [
        ("Zoe Adams", ROLE),
        ("Abe Zed", "Groups Administrator"),
        ("Mia Adams", ROLE),
        ("Bob", "Groups Administrator"),
    ] {
        // What is asked for later expires sooner.
        if name == "Bob" {
            world.change_settings(role, day).await.unwrap();
        }
        let user = world.user(name).await;
        let eligibility = world.make_eligible(&user, role).await;
        asked.push(world.request(&user, eligibility).await);
        world.advance(TimeDelta::minutes(1));
    }
    let [zoe, abe, mia, bob] = asked[..] else { panic!("{asked:?}") };
    let sees = async |order, search: &str, size| {
        let view = View { kind: None, order, search: search.to_owned() };
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { after, size };
            let found = world.read(lena, async |op| approvals::list(op, &view, &page).await).await.unwrap();
            seen.extend(found.items.iter().map(|one| one.request.id));
            after = found.next;
            if after.is_none() {
                return seen;
            }
        }
    };
    for (order, search, expected) in [
        (Order::Expiry, "", vec![bob, zoe, abe, mia]),
        (Order::Newest, "", vec![bob, mia, abe, zoe]),
        (Order::Requestor, "", vec![abe, bob, mia, zoe]),
        // Those of one role by when they were asked.
        (Order::Role, "", vec![abe, bob, zoe, mia]),
        (Order::Expiry, "adams", vec![zoe, mia]),
        (Order::Newest, "ADA", vec![mia, zoe]),
        (Order::Requestor, "ad mi", vec![mia]),
        (Order::Expiry, "admin group", vec![bob, abe]),
        (Order::Role, "user zo", vec![zoe]),
        (Order::Expiry, "dams", vec![]),
        (Order::Expiry, "% \0 '", vec![bob, zoe, abe, mia]),
    ] {
        for size in [1, 2, 50] {
            assert_eq!(sees(order, search, size).await, expected, "{order:?} {search:?} {size}");
        }
    }
    // A cursor of another order begins somewhere, and breaks nothing.
    let page = PageRequest { after: Some("[\"x\",1]".to_owned()), size: 2 };
    for order in [Order::Expiry, Order::Newest, Order::Requestor, Order::Role] {
        let view = View { order, ..View::default() };
        world.read(lena, async |op| approvals::list(op, &view, &page).await).await.unwrap();
    }
}
