//! Search: how texts become words, and the query language.
//!
//! Both engines get words that this crate has made, and never split or compare texts themselves. So the same query finds the
//! same messages on SQLite and on PostgreSQL.

pub mod document;
mod fold;
pub mod query;
pub mod snippet;
pub mod words;
