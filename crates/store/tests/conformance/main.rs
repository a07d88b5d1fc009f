//! One suite for both databases: every function of the store, run on SQLite and on Postgres.

mod administrative_unit;
mod audit;
mod credentials;
mod database;
mod fixtures;
mod group;
mod outbox;
mod pages;
mod principal;
mod role;
mod schedule;
mod search;
