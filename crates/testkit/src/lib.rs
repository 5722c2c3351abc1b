//! What Heddle's tests share. A dev-dependency: nothing here is ever part of the server.
//!
//! - [`stores`]: an empty store on either engine, with a clock that stands still;
//! - [`clock`]: that clock;
//! - [`postgres`]: a private PostgreSQL cluster, and databases in it that cost a few milliseconds each;
//! - `world` (feature): two accounts with every sort of credential, and the router of the APIs to test;
//! - [`receiver`]: somebody else's server that webhooks are sent to, which answers as a test wants;
//! - [`powerloss`]: a preloaded library that records what a process syncs, and the rebuild of what a power failure leaves.

pub mod clock;
mod on_both;
pub mod postgres;
pub mod powerloss;
pub mod receiver;
pub mod stores;
#[cfg(feature = "world")]
pub mod world;

pub use clock::ManualClock;
pub use receiver::Receiver;
pub use stores::{On, TestStore};
