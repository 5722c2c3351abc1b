//! What all APIs share: their common state ([`App`]) and the value that describes an API ([`Api`]).
//!
//! Invariants: nothing here knows a particular API. The list of APIs is a value ([`Apis`]), which the binary creates and passes to
//! the code that needs it.

pub mod api;
pub mod app;
pub mod context;
pub mod date_time;
pub mod failure;
pub mod openapi;
pub mod routes;
pub mod setting;
pub mod turns;
pub mod wake;

pub use api::{Api, Apis, Description};
pub use app::App;
pub use context::Context;
pub use failure::Failure;
pub use routes::{Route, Routes};
pub use setting::Setting;
pub use turns::{Turn, Turns};
