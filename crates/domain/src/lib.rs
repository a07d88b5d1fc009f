//! The rules of Privileged Identity Management, and nothing else.
//!
//! Everything here is a pure function of its arguments: no clock, no database, no randomness, no async. The same code
//! decides on the server and checks forms in the browser, where it runs as WASM.
//!
//! A small story holds the words together. Mira, a *principal*, is made *eligible* for the *role* User Administrator at
//! the *scope* `/`: that is one [`request`] and one [`schedule`] of the kind *eligible*. On Monday she *activates* it for
//! two hours: a second request, and a second schedule, *active* and *activated*, which points at her eligibility. Whether
//! she may create a user at 10:15 is asked of [`authz::decide`], with the schedules in force at 10:15. At 12:00 nothing
//! runs and nothing is deleted; the time has simply left the schedule's [`time::Window`]. How long she may activate, and
//! what she must say, are the role's [`settings`].

pub mod assign;
pub mod audit;
pub mod authz;
pub mod id;
pub mod network;
pub mod principal;
pub mod prolong;
pub mod refusal;
pub mod request;
pub mod role;
pub mod schedule;
pub mod scope;
pub mod settings;
pub mod sign_in;
pub mod step_up;
pub mod substitution;
pub mod text;
pub mod time;
