//! Tests of webhooks: real engines on a real store, which deliver to receivers on the loopback, as the operator has
//! allowed.

mod api;
mod apis;
mod crash;
mod engine;
mod hooks;
mod limits;
mod makers;
pub(crate) mod stage;
mod troubles;
