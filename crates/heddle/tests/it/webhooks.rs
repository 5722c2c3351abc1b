//! Webhooks: real engines on a real store, which deliver to receivers on the loopback. The operator has allowed it.

mod api;
mod apis;
mod crash;
mod engine;
pub(crate) mod stage;
