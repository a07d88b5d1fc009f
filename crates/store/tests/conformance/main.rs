//! One suite for both databases: every function of the store, run on SQLite and on Postgres.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod administrative_unit;
mod approval;
mod audit;
mod bulk;
mod credentials;
mod cursor;
mod database;
mod fixtures;
mod group;
mod openid_connect;
mod outbox;
mod pages;
mod principal;
mod prolongation;
mod role;
mod schedule;
mod search;
mod second_factors;
mod sign_in;
