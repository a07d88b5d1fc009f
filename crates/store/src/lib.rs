//! SQL and nothing else: what is kept, on SQLite and on Postgres, from one text a statement.
//!
//! [`Database`] opens either of the two by the URL's scheme; a [`Transaction`] runs statements that both understand. Each
//! further module holds the statements of one group of tables. Its functions say *find* (there may be none), *get* (an
//! error if there is none), *list*, *insert*, *update* and *append*. Nothing here decides: whether something may or should
//! be written is the engine's business.

pub mod administrative_unit;
pub mod approval;
pub mod audit;
pub mod authentication_context;
pub mod bulk;
pub mod cursor;
mod database;
mod error;
pub mod external_identity;
pub mod group;
pub mod known_device;
pub mod one_time_link;
pub mod openid_attempt;
pub mod outbox;
mod page;
pub mod passkey;
pub mod password;
pub mod principal;
pub mod recovery_code;
pub mod request;
pub mod role;
pub mod role_settings;
pub mod schedule;
pub mod session;
pub mod sign_in;
pub mod substitution;
#[cfg(feature = "test-support")]
pub mod test_support;
pub mod throttle;
pub mod totp;
pub mod webhook_cursor;

pub use database::{Builder, Database, Query, Row, Transaction, Value};
pub use error::{Constraint, Error, Result};
pub use page::{Page, PageRequest};
