//! Heddle's store: keeps conversations on SQLite or PostgreSQL. Commands and reads are written once for both.
//!
//! A write is a command value ([`Write`]), a read is a query value ([`Read`]); both are written against the thin
//! interface [`Rows`]/[`Tx`], and two engines run them. APIs use [`Store`] only.
//!
//! Invariants: a write is answered after its COMMIT is durable; a refused write leaves nothing; every change writes
//! one event in its transaction; only this crate contains SQL.
#![warn(missing_docs)]

mod apart;
pub mod backup;
mod clock;
mod counted;
pub mod detail;
#[doc(hidden)]
pub mod diagnostics;
mod doctor;
pub mod erasing;
mod error;
pub mod export;
mod feed;
pub mod health;
mod ids;
pub mod import;
pub mod jobs;
mod migrate;
mod objects;
mod postgres;
pub mod read;
pub mod removal;
pub mod retention;
mod rows;
pub mod search;
mod serving;
mod sqlite;
mod status;
mod stmt;
mod store;
mod traced;
mod tx;
pub mod write;

pub use clock::{Clock, ClockCheck, SharedClock, SystemClock};
pub use counted::{COUNTED, Reserve};
pub use doctor::{Problem, Remedy};
pub use error::{Abort, Entity, Error, Refusal, Result, Trouble};
pub use feed::{Changed, Feed};
pub use health::Health;
pub use migrate::newest as newest_schema;
pub use objects::moving::Moved;
pub use objects::{
    BucketOptions, IN_ROW_BYTES, KeptObjects, ObjectOptions, ObjectPlace, ObjectWriter, Objects,
    Written, give_to_owner_of, object_digest,
};
pub use postgres::PostgresOptions;
pub use rows::credential::StoredCredential;
pub use rows::delivery::{Attempt, Delivery};
pub use rows::upload::Upload;
pub use rows::webhook::{StoredWebhook, WebhookVersions};
pub use serving::{Apart, ServingNode};
pub use sqlite::options::SqliteOptions;
pub use sqlite::{lock_path, search_index_path};
pub use status::{ReaderLag, Sizes};
pub use stmt::{Columns, Row, RowMap, Stmt, Value};
pub use store::{Engine, Options, Store};
pub use tx::{LockOrder, NewEvent, Read, Rows, Tx, Write};
