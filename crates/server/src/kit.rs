//! The HTTP kit: what every API needs and no API owns.
//!
//! Invariants: nothing here knows a vendor's field name, error envelope or limit figure, and nothing here touches the
//! store or reads a clock on behalf of a rule (times are arguments). Where an answer has to be rendered, the API's
//! own function is passed in. Deliberately missing: authentication, message texts, paging.

pub mod api;
pub mod base_url;
pub mod body;
pub mod cause;
pub mod json;
pub mod limit;
pub mod media;
pub mod path;
pub mod peer;
pub mod prefix;
pub mod query;
pub mod request_id;
pub mod serve;
