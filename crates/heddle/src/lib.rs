//! The server as one program: configuration, the list of APIs, telemetry, and the background tasks.
//!
//! Invariants: only this crate reads the process's environment, and only this crate knows which APIs exist.

pub mod apis;
pub mod cleanup;
pub mod config;
pub mod feed;
pub mod indexing;
pub mod jobs;
pub mod telemetry;
