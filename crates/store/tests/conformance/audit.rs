//! The audit log as a table: order, filters, the end of the chain.

use crate::fixtures::{hour, id, noon};
use stint_domain::audit::Category;
use stint_store::{
    Database, PageRequest, Transaction,
    audit::{self, AuditEventRow, Filter},
};

stint_store::on_both_databases!(
    an_event_comes_back_as_it_was_written,
    the_log_is_narrowed_and_paged,
    writers_take_the_end_of_the_chain_in_turn,
);

fn event(seq: i64) -> AuditEventRow {
    AuditEventRow {
        seq,
        id: id(),
        at: hour(seq),
        category: Category::Authentication,
        activity: "Sign in".to_owned(),
        actor_id: None,
        actor_name: "Stint".to_owned(),
        target_id: None,
        target_name: None,
        role_id: None,
        role_name: None,
        scope: None,
        justification: None,
        ticket: None,
        detail: None,
        source: None,
        request_id: None,
        hash: vec![0, 255, 7],
    }
}

async fn an_event_comes_back_as_it_was_written(database: Database) {
    let mut tx = database.begin().await.unwrap();
    assert_eq!(audit::take_head(&mut tx).await.unwrap(), (0, Vec::new()));
    let full = AuditEventRow {
        category: Category::RoleManagement,
        actor_id: Some(id()),
        target_id: Some(id()),
        target_name: Some("Mira 🦊".to_owned()),
        role_id: Some(id()),
        role_name: Some("Reader".to_owned()),
        scope: Some("/".to_owned()),
        justification: Some("on call\r\n\t'quoted'".to_owned()),
        ticket: Some("INC-7".to_owned()),
        detail: Some("a → b".to_owned()),
        source: Some("::1".to_owned()),
        request_id: Some(id()),
        ..event(2)
    };
    let written = [event(1), full];
    for row in &written {
        audit::append(&mut tx, row).await.unwrap();
    }
    assert_eq!(audit::list_chain(&mut tx, 0, 9).await.unwrap(), written);
    assert_eq!(audit::list_chain(&mut tx, 0, 1).await.unwrap(), written[..1]);
    assert_eq!(audit::list_chain(&mut tx, 1, 9).await.unwrap(), written[1..]);
    for (index, category) in Category::ALL.into_iter().enumerate() {
        let row = AuditEventRow { category, ..event(10 + i64::try_from(index).unwrap()) };
        audit::append(&mut tx, &row).await.unwrap();
        assert_eq!(audit::list_chain(&mut tx, row.seq - 1, 1).await.unwrap(), [row]);
    }
    audit::set_head(&mut tx, 2, vec![1, 2]).await.unwrap();
    assert_eq!(audit::take_head(&mut tx).await.unwrap(), (2, vec![1, 2]));
}

async fn seqs(tx: &mut Transaction, filter: Filter) -> Vec<i64> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = audit::list(tx, &filter, &PageRequest { after, size: 2 }).await.unwrap();
        seen.extend(page.items.iter().map(|row| row.seq));
        after = page.next;
        if after.is_none() {
            return seen;
        }
    }
}

async fn the_log_is_narrowed_and_paged(database: Database) {
    let mut tx = database.begin().await.unwrap();
    let (ada, target, role) = (id(), id(), id());
    for seq in 1..=9 {
        let row = AuditEventRow {
            actor_id: (seq % 2 == 0).then_some(ada),
            target_id: (seq % 3 == 0).then_some(target),
            role_id: (seq % 4 == 0).then_some(role),
            category: if seq > 5 { Category::UserManagement } else { Category::Authentication },
            ..event(seq)
        };
        audit::append(&mut tx, &row).await.unwrap();
    }
    let all = Filter::default;
    assert_eq!(seqs(&mut tx, all()).await, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(seqs(&mut tx, Filter { actor: Some(ada), ..all() }).await, [8, 6, 4, 2]);
    assert_eq!(seqs(&mut tx, Filter { target: Some(target), ..all() }).await, [9, 6, 3]);
    assert_eq!(seqs(&mut tx, Filter { role: Some(role), ..all() }).await, [8, 4]);
    let users = Some(Category::UserManagement);
    assert_eq!(seqs(&mut tx, Filter { category: users, ..all() }).await, [9, 8, 7, 6]);
    assert_eq!(
        seqs(&mut tx, Filter { since: Some(hour(4)), until: Some(hour(7)), ..all() }).await,
        [6, 5, 4]
    );
    assert_eq!(seqs(&mut tx, Filter { since: Some(hour(99)), ..all() }).await, Vec::<i64>::new());
    assert_eq!(seqs(&mut tx, Filter { until: Some(noon()), ..all() }).await, Vec::<i64>::new());
    assert_eq!(seqs(&mut tx, Filter { until: Some(hour(99)), since: Some(noon()), ..all() }).await.len(), 9);
    assert_eq!(
        seqs(&mut tx, Filter { actor: Some(ada), target: Some(target), category: users, ..all() }).await,
        [6]
    );
}

async fn writers_take_the_end_of_the_chain_in_turn(database: Database) {
    let writers = (0..8).map(|_| {
        let database = database.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                let mut tx = database.begin().await.unwrap();
                let (seq, _) = audit::take_head(&mut tx).await.unwrap();
                audit::append(&mut tx, &event(seq + 1)).await.unwrap();
                audit::set_head(&mut tx, seq + 1, Vec::new()).await.unwrap();
                tx.commit().await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let mut tx = database.read().await.unwrap();
    let chain = audit::list_chain(&mut tx, 0, 100).await.unwrap();
    assert_eq!(chain.iter().map(|row| row.seq).collect::<Vec<_>>(), (1..=40).collect::<Vec<_>>());
}
