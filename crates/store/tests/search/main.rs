//! The index against a search without one: random data, random queries, on SQLite and PostgreSQL.
//!
//! - [`equal`]: both engines find what the matcher finds, and a limited caller finds only what it may see;
//! - [`rebuild`]: an index that is built anew, while data changes or after an end at any point, is as good as a new one;
//! - [`matcher`]: the search without an index; [`rows`]: the rows that it looks at, read by ordinary reads;
//! - [`commands`], [`texts`], [`queries`]: random changes, texts and queries; [`world`]: the account in which they happen;
//! - [`asking`]: walks through the pages of an answer.

mod asking;
mod commands;
mod equal;
mod matcher;
mod queries;
mod rebuild;
mod rows;
mod texts;
mod world;
