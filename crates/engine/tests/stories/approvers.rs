//! Who decides, and who may look: the settings say it, at the moment of deciding.

use stint_domain::{
    authz::Action,
    refusal::{Broken, Field},
    request::RequestStatus,
    scope::ScopePath,
};
use stint_engine::{
    Error, approvals,
    approvals::Approved,
    assign::Ask,
    groups,
    test_support::{User, World},
    users,
};
use stint_store::{Database, PageRequest};

use crate::{is_denied, refused};

stint_store::on_both_databases!(
    nobody_decides_on_their_own,
    whoever_is_in_the_group_now_decides,
    where_nobody_is_named_the_guarded_roles_decide,
    who_is_not_an_approver_any_more_does_not_decide,
    others_do_not_know_of_it,
    nothing_waits_for_nobody,
    a_role_in_a_unit_waits_like_any,
);

async fn waiting(world: &World, user: &User) -> usize {
    world
        .read(user, async |op| approvals::list(op, &approvals::View::default(), &PageRequest::first()).await)
        .await
        .unwrap()
        .items
        .len()
}

async fn nobody_decides_on_their_own(database: Database) {
    let world = World::new(database).await;
    let (mira, paul) = (world.user("Mira").await, world.user("Paul").await);
    let approvers = world.group_of("Approvers", &[&mira, &paul]).await;
    let admins = world.group_of("Admins", &[&mira, &paul]).await;
    let eligibility = world.make_eligible(admins, "User Administrator").await;
    for named in [vec![approvers], vec![mira.id, paul.id], vec![approvers, mira.id]] {
        world.require_approval("User Administrator", &named).await;
        let request = world.request(&mira, eligibility).await;
        assert_eq!((waiting(&world, &mira).await, waiting(&world, &paul).await), (0, 1));
        let own = (Field::Form, Broken::OwnRequest);
        assert_eq!(refused(world.approve(&mira, request).await), [own.clone()]);
        assert_eq!(refused(world.deny(&mira, request).await), [own]);
        let found = world.read(&mira, async |op| approvals::find(op, request).await).await.unwrap();
        assert_eq!(found.denial.as_deref(), Some("This is your own request. Somebody else has to decide."));
        assert!(found.may_cancel);
        world.deny(&paul, request).await.unwrap();
    }
    // Nor does an administrator of everything.
    let own = world.make_eligible(&world.ada, "User Administrator").await;
    world.holder("Pia", "Privileged Role Administrator").await;
    world.require_approval("User Administrator", &[]).await;
    let request = world.request(&world.ada, own).await;
    assert_eq!(refused(world.approve(&world.ada, request).await), [(Field::Form, Broken::OwnRequest)]);
}

async fn whoever_is_in_the_group_now_decides(database: Database) {
    let world = World::new(database).await;
    let (mira, paul, lena) = (world.user("Mira").await, world.user("Paul").await, world.user("Lena").await);
    let (outer, inner) = (world.group("Outer", false).await, world.group("Inner", false).await);
    let put = async |group, member| {
        world.write(&world.ada, async |op| groups::add_member(op, group, member).await).await.unwrap();
    };
    put(outer, inner).await;
    put(inner, paul.id).await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    world.require_approval("User Administrator", &[outer]).await;
    let request = world.request(&mira, eligibility).await;
    assert_eq!((waiting(&world, &paul).await, waiting(&world, &lena).await), (1, 0));
    assert!(matches!(world.approve(&lena, request).await, Err(Error::NotFound)));

    put(inner, lena.id).await;
    world.write(&world.ada, async |op| groups::remove_member(op, inner, paul.id).await).await.unwrap();
    assert_eq!((waiting(&world, &paul).await, waiting(&world, &lena).await), (0, 1));
    assert!(matches!(world.approve(&paul, request).await, Err(Error::NotFound)));
    world.approve(&lena, request).await.unwrap();
    assert!(world.may(&mira, Action::CreateUsers).await);
}

async fn where_nobody_is_named_the_guarded_roles_decide(database: Database) {
    let world = World::new(database).await;
    let pia = world.holder("Pia", "Privileged Role Administrator").await;
    let (mira, ella) = (world.user("Mira").await, world.user("Ella").await);
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    let of_ella = world.make_eligible(&ella, "Privileged Role Administrator").await;
    world.require_approval("User Administrator", &[]).await;
    let request = world.request(&mira, eligibility).await;
    assert_eq!((waiting(&world, &pia).await, waiting(&world, &world.ada).await), (1, 1));
    assert_eq!(waiting(&world, &ella).await, 0, "who is only eligible does not decide");
    assert!(matches!(world.approve(&ella, request).await, Err(Error::NotFound)));
    let found = world.read(&mira, async |op| approvals::find(op, request).await).await.unwrap();
    let names: Vec<_> = found.approvers.iter().map(|row| row.display_name.as_str()).collect();
    assert_eq!(names, ["Ada", "Pia"]);
    world.confirm(&ella).await;
    world.activate(&ella, of_ella, 1).await.unwrap();
    assert_eq!(waiting(&world, &ella).await, 1);
    world.approve(&ella, request).await.unwrap();
    assert!(world.may(&mira, Action::CreateUsers).await);
}

async fn who_is_not_an_approver_any_more_does_not_decide(database: Database) {
    let world = World::new(database).await;
    let (mira, paul, lena) = (world.user("Mira").await, world.user("Paul").await, world.user("Lena").await);
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    world.require_approval("User Administrator", &[paul.id]).await;
    let request = world.request(&mira, eligibility).await;
    world.require_approval("User Administrator", &[lena.id]).await;
    assert_eq!((waiting(&world, &paul).await, waiting(&world, &lena).await), (0, 1));
    assert!(matches!(world.approve(&paul, request).await, Err(Error::NotFound)));
    // Approval is not asked for any more, but this was asked when it was.
    world
        .change_settings("User Administrator", |settings| {
            settings.activation_approval.is_approval_required = false;
        })
        .await
        .unwrap();
    assert_eq!(waiting(&world, &lena).await, 1);
    // Whoever is disabled decides nothing.
    world.write(&world.ada, async |op| users::disable(op, lena.id).await).await.unwrap();
    assert!(matches!(world.approve(&lena, request).await, Err(Error::NotSignedIn)));
    world.write(&world.ada, async |op| users::enable(op, lena.id).await).await.unwrap();
    world.forget_session(&lena);
    assert!(matches!(world.approve(&lena, request).await.unwrap(), Approved::Activated(_)));
    // Who has decided may look at it later.
    world.require_approval("User Administrator", &[paul.id]).await;
    let found = world.read(&lena, async |op| approvals::find(op, request).await).await.unwrap();
    assert_eq!(found.status, RequestStatus::Provisioned);
}

async fn others_do_not_know_of_it(database: Database) {
    let world = World::new(database).await;
    let (mira, paul, omar) = (world.user("Mira").await, world.user("Paul").await, world.user("Omar").await);
    let reader = world.holder("Rita", "Security Reader").await;
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    world.require_approval("User Administrator", &[paul.id]).await;
    let request = world.request(&mira, eligibility).await;
    let find = async |by: &User, id| world.read(by, async |op| approvals::find(op, id).await).await;
    for by in [&mira, &paul, &reader, &world.ada] {
        assert_eq!(find(by, request).await.unwrap().request.id, request);
    }
    assert!(matches!(find(&omar, request).await, Err(Error::NotFound)));
    assert!(
        find(&reader, request).await.unwrap().denial.unwrap().starts_with("You may not decide this request.")
    );
    assert!(is_denied(&world.approve(&reader, request).await));
    assert!(is_denied(&world.deny(&world.ada, request).await), "not even a Global Administrator");
    for result in [world.approve(&omar, request).await.map(drop), world.deny(&omar, request).await] {
        assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
    }
    // What never waited for anybody is nothing to approve.
    let assigned = world.schedule(eligibility).await.request;
    assert!(matches!(find(&world.ada, assigned).await, Err(Error::NotFound)));
}

async fn nothing_waits_for_nobody(database: Database) {
    let world = World::new(database).await;
    let (mira, paul) = (world.user("Mira").await, world.user("Paul").await);
    let eligibility = world.make_eligible(&mira, "User Administrator").await;
    let refusal = async || match &refused(world.ask_to_activate(&mira, eligibility, 1).await)[..] {
        [(Field::Form, Broken::NobodyCanApprove { needed, people })] => (needed.clone(), people.clone()),
        other => panic!("{other:?}"),
    };
    world.require_approval("User Administrator", &[mira.id]).await;
    assert_eq!(refusal().await, ("one approval".to_owned(), "only you".to_owned()));

    world.require_approval("User Administrator", &[mira.id, paul.id]).await;
    world.write(&world.ada, async |op| users::disable(op, paul.id).await).await.unwrap();
    assert_eq!(refusal().await, ("one approval".to_owned(), "only you".to_owned()));
    world.write(&world.ada, async |op| users::enable(op, paul.id).await).await.unwrap();
    world
        .change_settings("User Administrator", |settings| {
            settings.activation_approval.first.approvals_needed = 2;
        })
        .await
        .unwrap();
    assert_eq!(refusal().await, ("2 approvals".to_owned(), "you and Paul".to_owned()));
    let pending = "SELECT COUNT(*) FROM schedule_request WHERE status = 'PendingApproval'";
    assert_eq!(world.count(pending).await, 0);
}

async fn a_role_in_a_unit_waits_like_any(database: Database) {
    let world = World::new(database).await;
    let (mira, paul) = (world.user("Mira").await, world.user("Paul").await);
    let sales = world.unit("Sales", &[]).await;
    let ask = Ask {
        scope: ScopePath::administrative_unit(sales),
        ..world.ask(stint_domain::schedule::AssignmentType::Eligible, world.role("User Administrator"), &mira)
    };
    let eligibility = world.assign(ask).await.unwrap();
    world.require_approval("User Administrator", &[paul.id]).await;
    let request = world.request(&mira, eligibility).await;
    let found = world
        .read(&paul, async |op| approvals::list(op, &approvals::View::default(), &PageRequest::first()).await)
        .await
        .unwrap();
    assert_eq!(found.items[0].request.scope_name.as_deref(), Some("Sales"));
    let Approved::Activated(activation) = world.approve(&paul, request).await.unwrap() else {
        panic!("one is enough")
    };
    assert_eq!(activation.scope, ScopePath::administrative_unit(sales));
}
