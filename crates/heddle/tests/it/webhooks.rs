//! Webhooks: real engines on a real store, sending to receivers on the loopback that the operator allowed.

mod api;
mod apis;
mod crash;
mod engine;
pub(crate) mod stage;
