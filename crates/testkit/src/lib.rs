//! Code that Heddle's tests share. A dev-dependency: the server does not contain it.
//!
//! - [`stores`]: an empty store on SQLite or PostgreSQL, with a manual clock;
//! - [`clock`]: that clock;
//! - [`postgres`]: a private PostgreSQL cluster, and databases in it that cost a few milliseconds each;
//! - `world` (feature): two accounts with all kinds of credentials, and the router of the APIs under test;
//! - `described` (feature): compares answers with the OpenAPI description of an API;
//! - [`receiver`]: a server that receives webhooks and answers as the test says;
//! - `bucket` (feature): an S3-compatible store;
//! - [`captured_log`]: what a thread logs;
//! - [`timeout`]: the time limit of every wait;
//! - [`powerloss`]: records what a process syncs, and rebuilds the files that a power failure would leave.

#[cfg(feature = "bucket")]
pub mod bucket;
pub mod captured_log;
pub mod clock;
#[cfg(feature = "world")]
pub mod described;
mod on_both;
pub mod postgres;
pub mod powerloss;
pub mod receiver;
pub mod stores;
pub mod timeout;
#[cfg(feature = "world")]
pub mod world;

pub use clock::ManualClock;
pub use receiver::Receiver;
pub use stores::{On, TestStore};
pub use timeout::TIMEOUT;
