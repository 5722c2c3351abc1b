//! What Heddle's tests share. A dev-dependency: nothing here is ever part of the server.
//!
//! - [`postgres`]: a private PostgreSQL cluster, and databases in it that cost a few milliseconds each.

pub mod postgres;
