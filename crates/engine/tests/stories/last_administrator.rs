//! The last standing administrator stays (invariant 7).

use stint_domain::{
    id::ScheduleId,
    refusal::{Broken, Field},
    role::{GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR},
    schedule::{AssignmentType, Schedule},
};
use stint_engine::{
    Error, Result,
    assign::{self, Change},
    groups,
    test_support::{User, World, because, days},
    users,
};
use stint_store::{Database, role, schedule};

use crate::refused;

stint_store::on_both_databases!(
    the_only_global_administrator_stays,
    the_only_privileged_role_administrator_stays,
    the_group_that_holds_the_role_keeps_somebody,
    who_is_there_for_a_time_is_not_enough,
    the_first_holder_must_be_permanent,
    two_administrators_remove_each_other,
    two_administrators_disable_and_remove_each_other,
    one_leaves_the_group_while_the_other_is_removed,
);

async fn standing(world: &World) -> i64 {
    let mut tx = world.engine.database().read().await.unwrap();
    role::count_holders(&mut tx, GLOBAL_ADMINISTRATOR, world.now(), true).await.unwrap()
}

/// The direct, active assignment of Global Administrator.
async fn held(world: &World, user: &User) -> ScheduleId {
    held_role(world, user, GLOBAL_ADMINISTRATOR).await
}

async fn held_role(world: &World, user: &User, role: stint_domain::id::RoleId) -> ScheduleId {
    let mut tx = world.engine.database().read().await.unwrap();
    let open = schedule::list_open(&mut tx, &[user.id], world.now()).await.unwrap();
    let is_it =
        |schedule: &&Schedule| schedule.role == role && schedule.assignment_type == AssignmentType::Active;
    open.iter().find(is_it).unwrap().id
}

async fn remove(world: &World, by: &User, id: ScheduleId) -> Result<()> {
    world.write(by, async |op| assign::remove(op, id, None).await).await
}

fn is_the_last<T: std::fmt::Debug>(result: Result<T>) {
    let refused = refused(result);
    assert!(matches!(refused[..], [(Field::Form, Broken::LastAdministrator(_))]), "{refused:?}");
}

/// Tries everything that would take a guarded role from its last holder.
async fn everything_is_refused(world: &World, by: &User, last: &User, held: ScheduleId) {
    is_the_last(remove(world, by, held).await);
    let change = Change { start: None, end: Some(world.now() + days(30)), justification: because("soon") };
    is_the_last(world.write(by, async |op| assign::update(op, held, change).await).await);
    is_the_last(world.write(by, async |op| users::disable(op, last.id).await).await);
    is_the_last(world.write(by, async |op| users::delete(op, last.id).await).await);
}

async fn the_only_global_administrator_stays(database: Database) {
    let world = World::new(database).await;
    let own = held(&world, &world.ada).await;
    everything_is_refused(&world, &world.ada, &world.ada, own).await;

    // Neither who may become one, nor a program, nor one who cannot sign in, is another.
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let eligibility = world.make_eligible(&mira, "Global Administrator").await;
    world.confirm(&mira).await;
    world.activate(&mira, eligibility, 8).await.unwrap();
    let program = world.program("Automation").await;
    world.make_active(program, "Global Administrator").await;
    world.make_active(&omar, "Global Administrator").await;
    world.write(&world.ada, async |op| users::disable(op, omar.id).await).await.unwrap();
    everything_is_refused(&world, &world.ada, &world.ada, own).await;
    is_the_last(remove(&world, &mira, own).await);

    world.write(&world.ada, async |op| users::enable(op, omar.id).await).await.unwrap();
    remove(&world, &world.ada, own).await.unwrap();
    assert_eq!(standing(&world).await, 1);
    let left = held(&world, &omar).await;
    everything_is_refused(&world, &omar, &omar, left).await;
}

async fn the_only_privileged_role_administrator_stays(database: Database) {
    let world = World::new(database).await;
    let pia = world.holder("Pia", "Privileged Role Administrator").await;
    let held = held_role(&world, &pia, PRIVILEGED_ROLE_ADMINISTRATOR).await;
    everything_is_refused(&world, &world.ada, &pia, held).await;
    world.holder("Paul", "Privileged Role Administrator").await;
    remove(&world, &pia, held).await.unwrap();
}

async fn the_group_that_holds_the_role_keeps_somebody(database: Database) {
    let world = World::new(database).await;
    let (mira, omar) = (world.user("Mira").await, world.user("Omar").await);
    let admins = world.group_of("Admins", &[&mira, &omar]).await;
    let through = world.make_active(admins, "Global Administrator").await;
    let own = held(&world, &world.ada).await;
    remove(&world, &mira, own).await.unwrap();

    let leave = async |by: &User, who: &User| {
        world.write(by, async |op| groups::remove_member(op, admins, who.id).await).await
    };
    leave(&omar, &mira).await.unwrap();
    is_the_last(leave(&omar, &omar).await);
    is_the_last(world.write(&omar, async |op| groups::delete(op, admins).await).await);
    everything_is_refused(&world, &omar, &omar, through).await;

    // Whoever was disabled in the group is nobody.
    world.write(&omar, async |op| groups::add_member(op, admins, mira.id).await).await.unwrap();
    world.write(&omar, async |op| users::disable(op, mira.id).await).await.unwrap();
    is_the_last(leave(&omar, &omar).await);
    world.write(&omar, async |op| users::enable(op, mira.id).await).await.unwrap();
    leave(&omar, &omar).await.unwrap();
    assert_eq!(standing(&world).await, 1);
}

async fn who_is_there_for_a_time_is_not_enough(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let mut ask = world.ask(AssignmentType::Active, GLOBAL_ADMINISTRATOR, &mira);
    ask.end = Some(world.now() + days(30));
    let bounded = world.assign(ask).await.unwrap();
    let own = held(&world, &world.ada).await;
    everything_is_refused(&world, &mira, &world.ada, own).await;
    // A start that lies ahead is not now.
    let omar = world.user("Omar").await;
    let mut ask = world.ask(AssignmentType::Active, GLOBAL_ADMINISTRATOR, &omar);
    ask.start = Some(world.now() + days(1));
    world.assign(ask).await.unwrap();
    everything_is_refused(&world, &mira, &world.ada, own).await;
    world.advance(days(1));
    remove(&world, &mira, own).await.unwrap();
    remove(&world, &omar, bounded).await.unwrap();
}

async fn the_first_holder_must_be_permanent(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let mut ask = world.ask(AssignmentType::Active, PRIVILEGED_ROLE_ADMINISTRATOR, &mira);
    ask.end = Some(world.now() + days(30));
    let refusal = refused(world.assign(ask.clone()).await);
    assert!(matches!(refusal[..], [(Field::End, Broken::FirstMustStay(_))]), "{refusal:?}");
    world.make_active(&world.user("Pia").await, "Privileged Role Administrator").await;
    world.assign(ask).await.unwrap();
}

const ROUNDS: usize = 50;

/// Exactly one of two acts against each other came through, and it was not refused for a technical reason.
fn one_came_through(first: &Result<()>, second: &Result<()>, round: usize) {
    assert_ne!(first.is_ok(), second.is_ok(), "round {round}: {first:?} {second:?}");
    let loser = if first.is_ok() { second } else { first };
    assert!(
        matches!(loser, Err(Error::Refused(_) | Error::Denied(_) | Error::NotSignedIn)),
        "round {round}: {loser:?}"
    );
}

async fn two_administrators_remove_each_other(database: Database) {
    let world = World::new(database).await;
    let omar = world.user("Omar").await;
    world.make_active(&omar, "Global Administrator").await;
    for round in 0..ROUNDS {
        let (of_ada, of_omar) = (held(&world, &world.ada).await, held(&world, &omar).await);
        let (first, second) =
            tokio::join!(remove(&world, &world.ada, of_omar), remove(&world, &omar, of_ada));
        one_came_through(&first, &second, round);
        assert_eq!(standing(&world).await, 1, "round {round}");
        let (winner, loser) = if first.is_ok() { (&world.ada, &omar) } else { (&omar, &world.ada) };
        let ask = world.ask(AssignmentType::Active, GLOBAL_ADMINISTRATOR, loser);
        world.write(winner, async |op| assign::assign(op, ask).await).await.unwrap();
    }
}

async fn two_administrators_disable_and_remove_each_other(database: Database) {
    let world = World::new(database).await;
    let omar = world.user("Omar").await;
    world.make_active(&omar, "Global Administrator").await;
    let act = async |by: &User, on: &User, kind: usize| match kind {
        0 => world.write(by, async |op| users::disable(op, on.id).await).await,
        1 => world.write(by, async |op| users::delete(op, on.id).await).await,
        _ => remove(&world, by, held(&world, on).await).await,
    };
    for round in 0..ROUNDS / 2 {
        let (first, second) =
            tokio::join!(act(&world.ada, &omar, round % 3), act(&omar, &world.ada, (round / 3) % 3));
        one_came_through(&first, &second, round);
        assert_eq!(standing(&world).await, 1, "round {round}");
        let (winner, loser) = if first.is_ok() { (&world.ada, &omar) } else { (&omar, &world.ada) };
        let kind = if first.is_ok() { round % 3 } else { (round / 3) % 3 };
        match kind {
            0 => world.write(winner, async |op| users::enable(op, loser.id).await).await.unwrap(),
            1 => world.write(winner, async |op| users::restore(op, loser.id).await).await.unwrap(),
            _ => {
                let ask = world.ask(AssignmentType::Active, GLOBAL_ADMINISTRATOR, loser);
                world.write(winner, async |op| assign::assign(op, ask).await.map(drop)).await.unwrap();
            }
        }
        world.forget_session(loser);
    }
}

async fn one_leaves_the_group_while_the_other_is_removed(database: Database) {
    let world = World::new(database).await;
    let mira = world.user("Mira").await;
    let admins = world.group_of("Admins", &[&mira]).await;
    world.make_active(admins, "Global Administrator").await;
    for round in 0..ROUNDS / 2 {
        let of_ada = held(&world, &world.ada).await;
        let leave = world.write(&world.ada, async |op| {
            if round % 2 == 0 {
                groups::remove_member(op, admins, mira.id).await
            } else {
                groups::delete(op, admins).await
            }
        });
        let (first, second) = tokio::join!(leave, remove(&world, &mira, of_ada));
        one_came_through(&first, &second, round);
        assert_eq!(standing(&world).await, 1, "round {round}");
        if second.is_ok() {
            let ask = world.ask(AssignmentType::Active, GLOBAL_ADMINISTRATOR, &world.ada);
            world.write(&mira, async |op| assign::assign(op, ask).await).await.unwrap();
        } else if round % 2 == 0 {
            world.write(&world.ada, async |op| groups::add_member(op, admins, mira.id).await).await.unwrap();
        } else {
            world.write(&world.ada, async |op| groups::restore(op, admins).await).await.unwrap();
        }
    }
}
