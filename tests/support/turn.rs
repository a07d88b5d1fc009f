//! Whose turn it is.

/// One test at a time: while a router's list of pages is made, no page of the process loads its data (a flag of Leptos's).
pub static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Makes each function, which takes a [`stint_engine::store::Database`], a test on SQLite and one on Postgres.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                let _turn = crate::turn::TURN.lock().await;
                super::$name(stint_engine::store::test_support::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let _turn = crate::turn::TURN.lock().await;
                if let Some(database) = stint_engine::store::test_support::postgres().await {
                    super::$name(database).await;
                }
            }
        }
    )+};
}
pub(crate) use on_both_databases;
