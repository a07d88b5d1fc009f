//! Stint: the portal.
pub mod components;
