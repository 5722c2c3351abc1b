//! HTTP as every API needs it: bodies, JSON, media types, paths, queries, request ids, limits, peers, the accept loop.
//!
//! Invariants: nothing here knows an API's field names, error envelope or limit figures; nothing here touches the store or
//! reads a clock on behalf of a rule (times are arguments). Where an answer has to be rendered, the API's own function is
//! passed in ([`dispatch::Mount`]). Deliberately missing: authentication, message texts, paging.

pub mod base_url;
pub mod body;
pub mod cause;
pub mod dispatch;
pub mod json;
pub mod limit;
pub mod media;
pub mod path;
pub mod path_prefix;
pub mod peer;
pub mod prefix;
pub mod query;
pub mod request_id;
pub mod request_log;
pub mod serve;
