//! The pages: one file a screen, the component beside its server functions.
#![expect(missing_docs, reason = "a server function's arguments become fields, which cannot be documented")]
#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#![expect(clippy::too_many_arguments, reason = "a server function has the fields of its form")]
#![cfg_attr(
    feature = "ssr",
    expect(clippy::unused_async, reason = "a server function is async in the browser")
)]

pub mod add_assignments;
pub mod administrative_unit;
pub mod administrative_units;
pub mod approvals;
pub mod assignment_table;
pub mod assignments;
pub mod audit;
pub mod audit_table;
pub mod beside;
pub mod done;
pub mod group;
pub mod groups;
pub mod loaded;
pub mod members;
pub mod my_roles;
pub mod naming;
pub mod not_found;
pub mod notifications;
pub mod portal;
pub mod principals;
pub mod quick_start;
pub mod roles;
pub mod search;
pub mod service_principal;
pub mod service_principals;
pub mod sign_in;
pub mod update_assignment;
pub mod user;
pub mod users;
