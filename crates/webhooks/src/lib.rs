//! Webhooks: events told to others' URLs, at least once, in the feed's order, without a word in the write path.
//!
//! The feed is the queue: how far a webhook has come is a position in it, committed together with what became of the events
//! before it. A node takes a lease on a webhook ([`engine`]) and sends (`worker`): first attempts in order, failed ones
//! again beside them. Every address is checked before it is connected to ([`guard`]), with no client but [`client`]. An API
//! contributes a [`hook`]: body, headers, signature, policy. Deliberately missing: any effect of a webhook on the request
//! whose change it tells.

pub mod allow;
pub mod client;
pub mod crash;
mod deliver;
pub mod endpoint;
pub mod engine;
pub mod guard;
pub mod hook;
pub mod log;
pub mod manage;
mod node;
pub mod sender;
pub mod sign;
mod worker;
