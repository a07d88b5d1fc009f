//! What only a server has.

mod agent;
mod client;
pub mod config;
pub mod connections;
mod cookie;
pub mod downloads;
pub mod forms;
pub mod headers;
mod log;
pub mod metrics;
pub mod openid_connect;
pub mod operation;
mod rate_limit;
pub mod redirect;
pub mod router;
pub mod session;
pub mod step_up;
pub mod toast;

pub use operation::{read, rehearse_unless, write};
pub use router::{App, router};

/// The clock of a server that is tested.
#[cfg(feature = "test-support")]
pub fn test_clock() -> std::sync::Arc<stint_engine::clock::TestClock> {
    static CLOCK: std::sync::LazyLock<std::sync::Arc<stint_engine::clock::TestClock>> =
        std::sync::LazyLock::new(std::sync::Arc::default);
    CLOCK.clone()
}
