//! The pages: one file a screen, the component beside its server functions.
#![expect(missing_docs, reason = "a server function's arguments become fields, which cannot be documented")]
#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#![expect(clippy::too_many_arguments, reason = "a server function has the fields of its form")]
#![cfg_attr(
    feature = "ssr",
    expect(clippy::unused_async, reason = "a server function is async in the browser")
)]

#[cfg(feature = "ssr")]
pub mod activate_several;
pub mod add_assignments;
#[cfg(feature = "ssr")]
pub mod administrative_unit;
#[cfg(feature = "ssr")]
pub mod administrative_units;
#[cfg(feature = "ssr")]
pub mod approvals;
#[cfg(feature = "ssr")]
pub mod assignment_table;
#[cfg(feature = "ssr")]
pub mod assignments;
#[cfg(feature = "ssr")]
pub mod audit;
#[cfg(feature = "ssr")]
pub mod audit_table;
#[cfg(feature = "ssr")]
pub mod authentication_contexts;
pub mod awaiting;
#[cfg(feature = "ssr")]
pub mod beside;
#[cfg(feature = "ssr")]
pub mod change_password;
#[cfg(feature = "ssr")]
pub mod confirm;
pub mod counted;
pub mod done;
#[cfg(feature = "ssr")]
mod entrance;
#[cfg(feature = "ssr")]
pub mod forgot_password;
#[cfg(feature = "ssr")]
pub mod group;
#[cfg(feature = "ssr")]
pub mod groups;
pub mod loaded;
#[cfg(feature = "ssr")]
pub mod members;
pub mod my_roles;
#[cfg(feature = "ssr")]
pub mod naming;
pub mod not_found;
#[cfg(feature = "ssr")]
pub mod notifications;
#[cfg(feature = "ssr")]
pub mod passkeys;
pub mod portal;
pub mod principals;
#[cfg(feature = "ssr")]
pub mod prolong;
#[cfg(feature = "ssr")]
pub mod quick_start;
#[cfg(feature = "ssr")]
pub mod requests;
#[cfg(feature = "ssr")]
pub mod role_settings;
#[cfg(feature = "ssr")]
pub mod roles;
#[cfg(feature = "ssr")]
pub mod search;
#[cfg(feature = "ssr")]
pub mod security_info;
#[cfg(feature = "ssr")]
pub mod service_principal;
#[cfg(feature = "ssr")]
pub mod service_principals;
#[cfg(feature = "ssr")]
pub mod sessions;
#[cfg(feature = "ssr")]
pub mod setup;
#[cfg(feature = "ssr")]
pub mod sign_in;
#[cfg(feature = "ssr")]
pub mod sign_in_logs;
#[cfg(feature = "ssr")]
pub mod signed_out;
pub mod step_up;
#[cfg(feature = "ssr")]
pub mod update_assignment;
#[cfg(feature = "ssr")]
pub mod user;
#[cfg(feature = "ssr")]
pub mod users;
