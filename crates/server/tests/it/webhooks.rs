//! Webhooks: real engines on a real store, sending to receivers on the loopback that the operator allowed.

mod api;
mod crash;
mod apis;
mod engine;
pub(crate) mod stage;
