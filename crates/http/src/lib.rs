//! HTTP as every API needs it: bodies, JSON, media types, paths, queries, request ids, limits, peers, the accept loop.
//!
//! Invariants: nothing here knows the field names, the error format or the limits of an API. Nothing here uses the store, and no
//! rule reads a clock: times are arguments. An API passes its own function for rendering faults ([`dispatch::Mount`]).
//! Deliberately missing: authentication, message texts, paging.

pub mod base64;
pub mod base_url;
pub mod body;
pub mod budget;
pub mod cause;
pub mod cidr;
pub mod dispatch;
pub mod download;
pub mod json;
pub mod large;
pub mod limit;
pub mod media;
pub mod member_path;
pub mod members;
pub mod path;
pub mod path_prefix;
pub mod peer;
pub mod query;
pub mod request_id;
pub mod request_log;
pub mod serve;
pub mod shape;
pub mod tls;
pub mod unsupported;
pub mod values;
