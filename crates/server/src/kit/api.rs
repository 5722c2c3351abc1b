//! Which API a path belongs to, and the faults that an API must be able to render without having seen the request.
//!
//! Invariant: every path belongs to exactly one API; whatever lies below a vendor's prefix is that vendor's, unknown
//! paths included, so that its clients always find an error in an envelope they can read.

use axum::response::Response;

use super::request_id::RequestId;

pub use heddle_domain::ApiName;

/// Something that went wrong outside a handler, to be rendered in the API's envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Our mistake, a panic included: 500.
    Internal,
    /// No such path: 404.
    NotFound,
    /// A path segment that is not UTF-8 once decoded: 400 or 404, as the API likes.
    BadPath,
    /// The client took too long to send its request: 408.
    RequestTimeout,
    /// The server cannot serve anyone at the moment: 503.
    Unavailable,
}

/// Renders a fault in the envelope of its API.
pub type Render = fn(ApiName, Fault, RequestId) -> Response;

/// What the layers around all routes ask about APIs.
#[derive(Clone, Copy, Debug)]
pub struct ApiLookup {
    /// The API that answers a raw, undecoded path.
    pub of_path: fn(&str) -> ApiName,
    /// Its envelope.
    pub render: Render,
}
