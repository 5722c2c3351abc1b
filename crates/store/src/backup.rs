//! What a backup needs of a database: a copy at one point in time, and what the copy contains.
//!
//! A backup runs in a process of its own, beside the server or without one. It opens no store: it takes no lock, changes no schema
//! and hands out no id. So a backup can be made of a store of an older version, just before its upgrade.

mod contents;
mod postgres;
mod sqlite;

pub use contents::Contents;
pub use postgres::{DatabaseSnapshot, LEFT_OUT_TABLES, is_empty_database, program_variables};
pub use sqlite::{DatabaseCopy, copy_database};
