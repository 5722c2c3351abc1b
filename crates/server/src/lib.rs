//! Heddle's server: the APIs, what they share, and how the whole is run.
//!
//! `kit` knows HTTP but no API, `dialect` holds one folder a vendor, `native` is Heddle's own API. Everything a request
//! needs comes from one [`App`].

pub mod app;
pub mod authentication;
pub mod config;
pub mod dialect;
pub mod feed;
pub mod jobs;
pub mod kit;
pub mod native;
pub mod provision;
pub mod seal;
pub mod telemetry;
pub mod webhooks;

pub use app::App;
