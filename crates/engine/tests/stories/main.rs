//! What people do in Stint and what must come of it, told on both databases.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::cloned_ref_to_slice_refs, reason = "a list of one reads like a list of several")]
#![expect(
    clippy::needless_pass_by_value,
    clippy::items_after_statements,
    reason = "a story is told in its order"
)]

mod approval_races;
mod approval_stages;
mod approvals;
mod approvers;
mod atomicity;
mod audit;
mod cost;
mod directory;
mod eligibility;
mod favourites;
mod first_start;
mod heard;
mod journey;
mod killed;
mod last_administrator;
mod lists;
mod made_up;
mod mail;
mod many_settings;
mod matrix;
mod model;
mod openid_connect;
mod passwords;
mod post;
mod prolong;
mod refusals;
mod role_settings;
mod second_factors;
mod security;
mod sessions;
mod sign_in;
mod sign_in_alerts;
mod sign_ins;
mod smtp;
mod substitutes;
mod tickets;
mod timed;
mod upgraded;
mod webhook;
mod worker;

use std::fmt::Debug;
use stint_domain::refusal::{Broken, Field};
use stint_engine::{Error, Result};

/// What was refused, and at which fields.
fn refused<T: Debug>(result: Result<T>) -> Vec<(Field, Broken)> {
    match result {
        Err(Error::Refused(refusals)) => {
            refusals.as_slice().iter().map(|refusal| (refusal.field, refusal.rule.clone())).collect()
        }
        other => panic!("refused was expected, not {other:?}"),
    }
}

/// Whether the answer is that the person may not.
fn is_denied<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Denied(_)))
}
