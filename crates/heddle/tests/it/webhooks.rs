//! Tests of webhooks: real engines on a real store, which deliver to receivers on the loopback, as the operator has
//! allowed.

mod api;
mod apis;
mod crash;
mod customers;
mod engine;
mod flight;
mod helpscout;
mod hooks;
mod idle;
mod limits;
mod makers;
mod narrowed;
mod offered;
mod raced;
pub(crate) mod stage;
mod troubles;
