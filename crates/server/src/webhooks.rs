//! Webhooks: events told to others' URLs, at least once, in the feed's order, without a word in the write path.

pub mod allow;
pub mod client;
pub mod guard;
pub mod sign;
