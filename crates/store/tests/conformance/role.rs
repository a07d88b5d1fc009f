//! Roles, their holders and their settings.

use crate::fixtures::{activation, active, eligible, group, hour, id, noon, role_named, row, schedule, user};
use stint_domain::{
    id::RoleId,
    principal::PrincipalKind,
    role::{Provider, Role, ScopeType},
    schedule::Schedule,
    scope::ScopePath,
    settings::{Requirement, RoleSettings},
    time::{Duration, Window},
};
use stint_store::{
    Database, Error, PageRequest, Transaction, group as groups, principal,
    principal::PrincipalRow,
    role,
    role_settings::{self, VersionRow},
    schedule as schedules,
};

stint_store::on_both_databases!(
    roles_come_back_as_they_were_written,
    holders_are_counted,
    standing_holders_are_counted,
    privileged_is_who_holds_or_may_activate,
    settings_come_back_as_they_were_written,
);

async fn roles_come_back_as_they_were_written(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let reader = role_named(id(), "Reader");
    let mut writer = Role {
        provider: Provider::Resource,
        is_builtin: false,
        is_privileged: true,
        is_assignable: false,
        scope_types: Vec::new(),
        permissions: Vec::new(),
        ..role_named(id(), "a writer")
    };
    role::put(&mut tx, &writer).await.unwrap();
    role::put(&mut tx, &reader).await.unwrap();
    assert_eq!(role::list(&mut tx).await.unwrap(), [reader.clone(), writer.clone()]);
    "Writer".clone_into(&mut writer.name);
    writer.is_privileged = false;
    writer.is_assignable = true;
    writer.scope_types = vec![ScopeType::Application];
    writer.permissions = vec!["a/b".to_owned(), "\"ö\"".to_owned()];
    role::put(&mut tx, &writer).await.unwrap();
    assert_eq!(role::list(&mut tx).await.unwrap(), [reader.clone(), writer]);
    role::take(&mut tx, reader.id).await.unwrap();
    assert!(matches!(role::take(&mut tx, id()).await, Err(Error::Missing)));
}

async fn counts(tx: &mut Transaction, role: RoleId) -> (i64, i64) {
    (
        role::count_holders(tx, role, noon(), false).await.unwrap(),
        role::count_holders(tx, role, noon(), true).await.unwrap(),
    )
}

async fn guarded(tx: &mut Transaction) -> RoleId {
    let role = role_named(id(), "Global Administrator");
    role::put(tx, &role).await.unwrap();
    role.id
}

async fn holders_are_counted(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let role = guarded(&mut tx).await;
    assert_eq!(counts(&mut tx, role).await, (0, 0));
    let mira = user(&mut tx, "Mira").await;
    let forever = Window::new(noon(), None);

    // None of these is a holder: eligible, later, over, elsewhere, another role, a program, activated.
    let program = row(PrincipalKind::ServicePrincipal, "Program");
    principal::insert(&mut tx, &program).await.unwrap();
    let other = guarded(&mut tx).await;
    let eligibility = eligible(mira, role, forever);
    schedule(&mut tx, eligibility.clone()).await;
    for none in [
        active(mira, role, Window::new(hour(1), None)),
        active(mira, role, Window::new(hour(-2), Some(noon()))),
        Schedule { scope: ScopePath::administrative_unit(id()), ..active(mira, role, forever) },
        active(mira, other, forever),
        active(program.id, role, forever),
        activation(&eligibility, Window::new(noon(), Some(hour(8)))),
    ] {
        schedule(&mut tx, none).await;
    }
    assert_eq!(counts(&mut tx, role).await, (0, 0));

    schedule(&mut tx, active(mira, role, Window::new(noon(), Some(hour(1))))).await;
    assert_eq!(counts(&mut tx, role).await, (1, 0), "for a time is not for good");
    let held = schedule(&mut tx, active(mira, role, forever)).await;
    assert_eq!(counts(&mut tx, role).await, (1, 1), "one person counts once");
    principal::set_enabled(&mut tx, mira, false).await.unwrap();
    assert_eq!(counts(&mut tx, role).await, (0, 0));
    principal::set_enabled(&mut tx, mira, true).await.unwrap();
    principal::set_deleted(&mut tx, mira, Some(noon())).await.unwrap();
    assert_eq!(counts(&mut tx, role).await, (0, 0));
    principal::set_deleted(&mut tx, mira, None).await.unwrap();
    assert!(
        schedules::set_window(&mut tx, held, Window::new(noon(), Some(hour(70_000_000))), noon())
            .await
            .unwrap()
    );
    assert_eq!(counts(&mut tx, role).await, (1, 0), "an end after the year 9999 is an end");
}

async fn standing_holders_are_counted(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let role = guarded(&mut tx).await;
    let (mira, omar, lena) =
        (user(&mut tx, "Mira").await, user(&mut tx, "Omar").await, user(&mut tx, "Lena").await);
    let admins = group(&mut tx, "Admins").await;
    schedule(&mut tx, active(admins, role, Window::new(noon(), None))).await;
    assert_eq!(counts(&mut tx, role).await, (0, 0), "an empty group holds nothing");
    groups::insert_member(&mut tx, admins, mira, noon()).await.unwrap();
    assert_eq!(counts(&mut tx, role).await, (1, 1));
    groups::insert_member(&mut tx, admins, omar, noon()).await.unwrap();
    groups::insert_member(&mut tx, admins, lena, noon()).await.unwrap();
    assert_eq!(counts(&mut tx, role).await, (2, 2), "more than one is all that matters");
    principal::set_deleted(&mut tx, admins, Some(noon())).await.unwrap();
    assert_eq!(counts(&mut tx, role).await, (0, 0));
    schedule(&mut tx, active(lena, role, Window::new(noon(), Some(hour(1))))).await;
    assert_eq!(counts(&mut tx, role).await, (1, 0));
}

async fn privileged_is_who_holds_or_may_activate(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let harmless = role_named(id(), "Reader");
    let privileged = Role { is_privileged: true, ..role_named(id(), "Administrator") };
    role::put(&mut tx, &harmless).await.unwrap();
    role::put(&mut tx, &privileged).await.unwrap();
    let (mira, omar) = (user(&mut tx, "Mira").await, user(&mut tx, "Omar").await);
    let is_privileged =
        async |tx: &mut Transaction, who: &[_]| role::is_privileged(tx, who, noon()).await.unwrap();
    assert!(!is_privileged(&mut tx, &[]).await);
    schedule(&mut tx, active(mira, harmless.id, Window::new(noon(), None))).await;
    schedule(&mut tx, eligible(mira, privileged.id, Window::new(hour(-2), Some(noon())))).await;
    assert!(!is_privileged(&mut tx, &[mira, omar]).await);
    schedule(&mut tx, eligible(mira, privileged.id, Window::new(hour(2), Some(hour(3))))).await;
    assert!(is_privileged(&mut tx, &[mira]).await, "who may activate it later is guarded from now on");
    assert!(is_privileged(&mut tx, &[omar, mira]).await);
    assert!(!is_privileged(&mut tx, &[omar]).await);
}

async fn settings_come_back_as_they_were_written(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (role, mira) = (guarded(&mut tx).await, PrincipalRow { ..row(PrincipalKind::User, "Mira") });
    principal::insert(&mut tx, &mira).await.unwrap();
    let everywhere = ScopePath::directory();
    let stored = role_settings::get(&mut tx, Provider::Directory, role, &everywhere).await.unwrap();
    assert_eq!(stored.settings, RoleSettings::default_for(Provider::Directory));
    assert_eq!(stored.modified, None);

    let mut settings = stored.settings;
    settings.activation_expiration.maximum_duration = Duration::minutes(90);
    settings.activation_enablement.enabled_rules.insert(Requirement::Ticketing);
    settings.notify_admin_of_active.notification_recipients.push("soc@contoso.example".to_owned());
    for at in [noon(), hour(1)] {
        let version = role_settings::put(&mut tx, role, &everywhere, &settings, mira.id, at).await.unwrap();
        let stored = role_settings::get(&mut tx, Provider::Directory, role, &everywhere).await.unwrap();
        assert_eq!((stored.settings, stored.modified), (settings.clone(), Some((mira.id, at))));
        let kept = role_settings::find_version(&mut tx, role, &everywhere, version).await.unwrap();
        let is = VersionRow { version, settings: settings.clone(), by: mira.id, at };
        assert_eq!((kept, stored.version), (Some(is), version));
        settings.activation_approval.is_approval_required = true;
    }
    let page = PageRequest { after: None, size: 1 };
    let page = role_settings::list_versions(&mut tx, role, &everywhere, &page).await.unwrap();
    assert_eq!((page.items.len(), page.items[0].version), (1, 2));
    let page = role_settings::list_versions(&mut tx, role, &everywhere, &PageRequest::after(page.next)).await;
    let page = page.unwrap();
    assert_eq!((page.items.len(), page.items[0].version, page.next), (1, 1, None));
    assert_eq!(role_settings::find_version(&mut tx, role, &everywhere, 3).await.unwrap(), None);
    let elsewhere = ScopePath::administrative_unit(id());
    let stored = role_settings::get(&mut tx, Provider::Directory, role, &elsewhere).await.unwrap();
    assert_eq!(stored.modified, None, "settings are not inherited");
}
