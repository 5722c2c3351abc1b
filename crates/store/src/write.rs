//! Commands: each is one logical write operation, written once for SQLite and PostgreSQL.
//!
//! Every command takes its locks in the order of `store.md` 5 (conversations by id, e-mail owners by address,
//! customers by id, event), lets the domain decide, and writes rows and event. A command holds the caller's input;
//! times and ids come from the transaction.

pub mod account;
pub mod agent;
pub mod amend;
pub mod append;
pub mod attach;
pub(crate) mod caller;
pub mod change;
pub mod consent;
pub mod counts;
pub mod create;
pub mod credential;
pub mod custom_field;
pub mod customers;
pub mod delegate;
pub mod delete;
pub mod delivery;
pub mod edit;
mod entry;
mod events;
pub mod feed;
pub mod folders;
pub mod idempotent;
pub mod import;
pub mod inbox;
pub mod inbox_profile;
pub(crate) mod index;
pub mod label;
pub mod lease;
pub mod maker;
pub mod mend;
pub mod merge;
mod message;
mod must;
pub mod opt_out;
mod public_id;
pub(crate) mod reader;
pub(crate) mod readiness;
pub mod replay;
pub(crate) mod retention;
pub mod sealing_key;
pub mod send;
pub mod split;
pub mod team;
pub mod trust;
pub mod upload;
pub mod webhook;

pub use append::{Append, AppendMessages, Guard};
pub use caller::Caller;
pub use create::{CreateConversation, NewConversation};
pub use message::{NewAttachment, NewMessage, Stored};
