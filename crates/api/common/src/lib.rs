//! What every API shares: [`App`], which a request can reach, and [`Api`], the value that describes an API.
//!
//! Invariants: nothing here knows a particular API; the list of APIs is a value ([`Apis`]) that the binary makes and hands
//! to whoever needs it.

pub mod api;
pub mod app;
pub mod context;
pub mod customer_jobs;
pub mod routes;
pub mod setting;

pub use api::{Api, Apis, Description};
pub use app::App;
pub use context::Context;
pub use routes::{Route, Routes};
pub use setting::Setting;
