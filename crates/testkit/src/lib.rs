//! What Heddle's tests share. A dev-dependency: nothing here is ever part of the server.
//!
//! - [`stores`]: an empty store on either engine, with a clock that stands still;
//! - [`clock`]: that clock;
//! - [`postgres`]: a private PostgreSQL cluster, and databases in it that cost a few milliseconds each;
//! - [`powerloss`]: a preloaded library that records what a process syncs, and the rebuild of what a power failure leaves.

pub mod clock;
pub mod postgres;
pub mod powerloss;
pub mod stores;

pub use clock::ManualClock;
pub use stores::{On, TestStore};
