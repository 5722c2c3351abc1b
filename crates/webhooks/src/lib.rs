//! Webhooks: the server sends events to URLs of others, at least once and in the order of the feed. The request that
//! causes an event does no work for webhooks.
//!
//! The feed is the queue: a webhook has a position in it, which is committed together with the results of the
//! deliveries up to this position. A node takes a lease on a webhook ([`engine`]) and delivers (`worker`): first
//! attempts in order, retries in parallel. Every address is checked before a connection to it is opened ([`guard`]),
//! and [`client`] is the only HTTP client. An API contributes a [`hook`]: bodies, headers, signatures and delivery
//! options. Deliberately missing: any effect of a webhook on the request that caused the event.

pub mod allow;
pub mod announced;
pub mod client;
pub mod crash;
mod deliver;
pub mod endpoint;
pub mod engine;
pub mod guard;
pub mod header_secret;
pub mod hook;
pub mod manage;
mod node;
pub mod retention;
pub mod rights;
pub mod sender;
pub mod sign;
pub mod slots;
mod worker;
