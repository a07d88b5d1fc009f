//! Transactions: all or nothing, and nothing is left behind.

use crate::fixtures::{id, row, user};
use std::{fs, os::unix::fs::PermissionsExt, time::Duration};
use stint_domain::principal::PrincipalKind;
use stint_store::{Database, Error, principal};

stint_store::on_both_databases!(
    what_is_not_committed_is_undone,
    a_transaction_that_is_dropped_while_it_waits_leaves_nothing_open,
    migrating_again_changes_nothing,
    replicas_migrate_at_once,
    a_list_of_nothing_has_nothing_in_it,
);

async fn what_is_not_committed_is_undone(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mira = user(&mut tx, "Mira").await;
    drop(tx);
    let mut tx = database.begin().await.unwrap();
    assert_eq!(principal::find(&mut tx, mira).await.unwrap(), None);
    let omar = user(&mut tx, "Omar").await;
    tx.commit().await.unwrap();
    let mut tx = database.read().await.unwrap();
    assert!(principal::find(&mut tx, omar).await.unwrap().is_some());
    tx.commit().await.unwrap();
}

/// A browser goes away, and the server drops what it was doing at any moment.
async fn a_transaction_that_is_dropped_while_it_waits_leaves_nothing_open(database: Database) {
    for micros in (0..3000).step_by(150) {
        let database = database.clone();
        let work = async move {
            let mut tx = database.begin().await.unwrap();
            user(&mut tx, "Half").await;
            std::future::pending::<()>().await;
        };
        assert!(tokio::time::timeout(Duration::from_micros(micros), work).await.is_err());
    }
    for _ in 0..8 {
        let mut tx = database.begin().await.unwrap();
        user(&mut tx, "Whole").await;
        tx.commit().await.unwrap();
    }
    let mut tx = database.read().await.unwrap();
    let (count,): (i64,) = tx.query("SELECT COUNT(*) FROM principal").fetch_one().await.unwrap();
    assert_eq!(count, 8);
}

/// The file and what SQLite keeps beside it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_sqlite_file_is_read_by_nobody_else() {
    let directory = std::env::temp_dir().join(format!("stint-private-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let database = Database::connect(&format!("sqlite:{}/stint.db", directory.display()), 2).await.unwrap();
    database.migrate().await.unwrap();
    for file in ["stint.db", "stint.db-wal", "stint.db-shm"] {
        let rights = fs::metadata(directory.join(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(rights, 0o600, "{file}");
    }
    database.close().await;
    fs::remove_dir_all(directory).unwrap();
}

async fn migrating_again_changes_nothing(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let mira = user(&mut tx, "Mira").await;
    tx.commit().await.unwrap();
    database.migrate().await.unwrap();
    let mut tx = database.read().await.unwrap();
    assert!(principal::find(&mut tx, mira).await.unwrap().is_some());
}

async fn replicas_migrate_at_once(database: Database) {
    let replicas: Vec<_> = (0..4)
        .map(|_| {
            let database = database.clone();
            tokio::spawn(async move { database.migrate().await })
        })
        .collect();
    for replica in replicas {
        replica.await.unwrap().unwrap();
    }
}

async fn a_list_of_nothing_has_nothing_in_it(database: Database) {
    let mut tx = database.begin().await.unwrap();
    principal::insert(&mut tx, &row(PrincipalKind::User, "Mira")).await.unwrap();
    let none: Vec<(i64,)> = tx
        .build("SELECT version FROM principal WHERE id IN ")
        .bind_list(Vec::<stint_domain::id::PrincipalId>::new())
        .fetch_all()
        .await
        .unwrap();
    assert!(none.is_empty());
    let changed = tx
        .build("UPDATE principal SET version = 7 WHERE id IN ")
        .bind_list([id::<stint_domain::id::PrincipalId>()])
        .execute()
        .await
        .unwrap();
    assert_eq!(changed, 0);
    let missing = tx
        .query("SELECT version FROM principal WHERE id = $1")
        .bind(id::<stint_domain::id::PrincipalId>())
        .fetch_one::<(i64,)>()
        .await;
    assert!(matches!(missing, Err(Error::Missing)));
}
