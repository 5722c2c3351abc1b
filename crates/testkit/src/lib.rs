//! What Heddle's tests share. A dev-dependency: nothing here is ever part of the server.
//!
//! - [`stores`]: an empty store on either engine, with a clock that stands still;
//! - [`clock`]: that clock;
//! - [`postgres`]: a private PostgreSQL cluster, and databases in it that cost a few milliseconds each.

pub mod clock;
pub mod postgres;
pub mod stores;

pub use clock::ManualClock;
pub use stores::{On, TestStore};
