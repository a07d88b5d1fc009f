//! Principals are found by the beginnings of the words of their names.

use crate::fixtures::row;
use stint_domain::principal::PrincipalKind;
use stint_store::{
    Database, PageRequest,
    principal::{self, Filter, PrincipalRow},
};

stint_store::on_both_databases!(
    words_are_found_by_their_beginnings,
    what_a_database_would_take_for_a_sign_is_a_letter,
    a_search_is_narrowed_and_paged,
);

async fn find(database: &Database, filter: Filter, page: &PageRequest) -> Vec<String> {
    let mut tx = database.read().await.unwrap();
    let page = principal::list(&mut tx, &filter, page).await.unwrap();
    page.items.into_iter().map(|row| row.display_name).collect()
}

async fn found(database: &Database, search: &str) -> String {
    let filter = Filter { search: search.to_owned(), ..Filter::default() };
    find(database, filter, &PageRequest::first()).await.join(" | ")
}

async fn insert(database: &Database, people: &[(&str, Option<&str>)]) {
    let mut tx = database.begin().await.unwrap();
    for &(name, user_name) in people {
        let user_name = user_name.map(ToOwned::to_owned);
        let row = PrincipalRow { user_name, ..row(PrincipalKind::User, name) };
        principal::insert(&mut tx, &row).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn words_are_found_by_their_beginnings(database: Database) {
    let people = [
        ("Mira Stein", Some("mira.stein@contoso.example")),
        ("Mirabella O'Neil-Grün", Some("m.oneil@contoso.example")),
        ("Ål Ø", Some("al@fabrikam.example")),
        ("Ωmega Straße", None),
        ("王 小明", None),
        ("Mira Mira", None),
    ];
    insert(&database, &people).await;
    for (search, names) in [
        ("mira", "Mira Mira | Mira Stein | Mirabella O'Neil-Grün"),
        ("  MIRA   stei ", "Mira Stein"),
        ("stein mira", "Mira Stein"),
        // By the word that was found, then by name: the user name of Mirabella has the word "m".
        ("m", "Mirabella O'Neil-Grün | Mira Mira | Mira Stein"),
        ("o m", "Mirabella O'Neil-Grün"),
        ("grün", "Mirabella O'Neil-Grün"),
        ("GRÜ", "Mirabella O'Neil-Grün"),
        ("å", "Ål Ø"),
        ("ål", "Ål Ø"),
        ("ø", "Ål Ø"),
        ("ωme", "Ωmega Straße"),
        ("ΩMEGA", "Ωmega Straße"),
        ("straß", "Ωmega Straße"),
        ("小", "王 小明"),
        ("mira.stein@contoso.example", "Mira Stein"),
        ("Mira.Stein@Contoso", "Mira Stein"),
        ("fabrikam", "Ål Ø"),
        ("tein", ""),
        ("mirabellas", ""),
        ("mira nobody", ""),
    ] {
        assert_eq!(found(&database, search).await, names, "{search:?}");
    }
}

async fn what_a_database_would_take_for_a_sign_is_a_letter(database: Database) {
    insert(&database, &[("100 % Pure_Gold", None), ("Zed", None)]).await;
    for (search, names) in [
        ("100", "100 % Pure_Gold"),
        ("pure_gold", "100 % Pure_Gold"),
        ("gol", "100 % Pure_Gold"),
        ("p_re", ""),
        ("z%d", ""),
        ("'; DROP TABLE principal; --", ""),
        ("zed\u{0}", "Zed"),
        ("\"zed\" \\", "Zed"),
        ("zed\u{10ffff}", "Zed"),
    ] {
        assert_eq!(found(&database, search).await, names, "{search:?}");
    }
}

async fn a_search_is_narrowed_and_paged(database: Database) {
    let names: Vec<String> = (0..9).map(|n| format!("Anna {n}")).collect();
    let people: Vec<_> = names.iter().map(|name| (name.as_str(), None)).collect();
    insert(&database, &people).await;
    insert(&database, &[("Bert", None)]).await;
    for search in ["anna", "a"] {
        let mut page = PageRequest { after: None, size: 4 };
        let mut all = Vec::new();
        loop {
            let filter = Filter {
                kinds: vec![PrincipalKind::User],
                search: search.to_owned(),
                enabled: Some(true),
                ..Filter::default()
            };
            let mut tx = database.read().await.unwrap();
            let found = principal::list(&mut tx, &filter, &page).await.unwrap();
            all.extend(found.items.into_iter().map(|row| row.display_name));
            let Some(next) = found.next else { break };
            page.after = Some(next);
        }
        assert_eq!(all, names, "{search:?}");
    }
}
