//! Webhooks: real engines on a real store, sending to receivers on the loopback that the operator allowed.

mod engine;
mod stage;
