//! The server as one program: configuration, the list of APIs, telemetry, and the tasks that run beside the APIs.
//!
//! Invariant: only this crate reads the process's environment, and only this crate knows which APIs there are.

pub mod apis;
pub mod config;
pub mod feed;
pub mod jobs;
pub mod telemetry;
