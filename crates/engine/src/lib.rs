//! What people do in Stint: one module a group of verbs, each verb a transaction.
//!
//! Every use case takes an [`Operation`] first: who asks, when (the clock is read once), from where, and in which
//! transaction. It asks [`Operation::require`] whether the person may, lets the rules of `stint-domain` decide, writes
//! through `stint-store`, and records what happened. [`Operation::commit`] seals the events into the audit chain and makes
//! everything hold at once, or nothing does.

pub mod activate;
pub mod administrative_units;
pub mod approvals;
mod approvers;
pub mod assign;
pub mod assignments;
pub mod audit;
pub mod authentication_contexts;
pub mod changes;
pub mod clock;
pub mod demo;
mod derived;
mod digest;
mod engine;
mod error;
pub mod favourites;
pub mod first_start;
pub mod generate;
pub mod groups;
mod guard;
mod links;
pub mod mail;
pub mod measures;
pub mod openid_connect;
mod operation;
pub mod passwords;
pub mod prolong;
pub mod random;
pub mod requests;
pub mod role_settings;
pub mod roles;
pub mod second_factor;
pub mod secrets;
pub mod service_principals;
pub mod sessions;
pub mod sign_in;
pub mod sign_in_alerts;
pub mod sign_ins;
pub mod step_up;
pub mod substitution;
#[cfg(feature = "test-support")]
pub mod test_support;
mod throttle;
pub mod ticket_check;
mod timed;
pub mod users;
pub mod webhook;
pub mod worker;

pub use engine::Engine;
pub use error::{Error, Result};
pub use operation::{Caller, Operation};
pub use stint_store as store;
