//! The two databases have the same migrations, and from them the same tables.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{collections::BTreeSet, fs, path::Path};
use stint_store::{Database, test_support};

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| -> BTreeSet<String> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(database);
        let entries = fs::read_dir(directory).expect("the migrations");
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert!(!names("sqlite").is_empty());
    assert_eq!(names("sqlite"), names("postgres"));
}

/// A column: table, name, type in one database's words, whether it may be empty.
type Column = (String, String, String, bool);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_databases_have_the_same_tables() {
    let sqlite = columns(
        &test_support::sqlite().await,
        "SELECT t.name, c.name, LOWER(c.type), c.\"notnull\" = 0
           FROM sqlite_schema AS t
           JOIN pragma_table_info(t.name) AS c
          WHERE t.type = 'table'
            AND t.name NOT LIKE 'sqlite_%'
            AND t.name NOT LIKE '_sqlx_%'",
    )
    .await;
    let Some(postgres) = test_support::postgres().await else { return };
    let postgres = columns(
        &postgres,
        "SELECT table_name::TEXT, column_name::TEXT, data_type::TEXT, is_nullable = 'YES'
           FROM information_schema.columns
          WHERE table_schema = 'public'
            AND table_name NOT LIKE '\\_sqlx\\_%'",
    )
    .await;
    assert!(sqlite.len() > 50);
    assert_eq!(sqlite, postgres);
}

async fn columns(database: &Database, sql: &'static str) -> BTreeSet<Column> {
    let mut tx = database.read().await.unwrap();
    let rows: Vec<Column> = tx.query(sql).fetch_all().await.unwrap();
    rows.into_iter()
        .map(|(table, name, kind, nullable)| {
            let kind = kind_of(&table, &name, &kind);
            (table, name, kind, nullable)
        })
        .collect()
}

/// What both databases' types stand for. SQLite has fewer, so a time is text to it, and a truth is a number.
fn kind_of(table: &str, column: &str, kind: &str) -> String {
    match kind {
        "uuid" | "bytea" | "blob" => "bytes",
        "text" | "timestamp with time zone" => "text",
        "boolean" | "bigint" | "integer" => "number",
        other => {
            panic!("{table}.{column} has the type {other}, which the two databases have no common word for")
        }
    }
    .to_owned()
}
