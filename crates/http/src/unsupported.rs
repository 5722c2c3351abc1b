//! Calls that a vendor's contract names and that Heddle does not offer (`rules.md` 25).
//!
//! Invariant: such a call gets the vendor's own answer, with the header [`UNSUPPORTED`], a word in the log, and a place in the
//! counters. A missing object of a call that Heddle offers gets none of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::response::Response;
use http::{HeaderName, HeaderValue, Method};
use parking_lot::Mutex;

/// The header that names a call that Heddle does not offer, as `METHOD /path/template`.
pub const UNSUPPORTED: HeaderName = HeaderName::from_static("heddle-unsupported");

/// A mark on the answer to a call that Heddle does not offer: the method and the path template of the call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsupported(Arc<str>);

impl Unsupported {
    /// Creates the mark of a call.
    #[must_use]
    pub fn new(method: &Method, template: &str) -> Self {
        Self(format!("{method} {template}").into())
    }

    /// Returns the call as `METHOD /path/template`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Marks an answer. [`request_log`](crate::request_log) sends the header.
    pub fn mark(&self, response: &mut Response) {
        response.extensions_mut().insert(self.clone());
    }

    /// Moves the mark of an answer to the answer that replaces it.
    pub fn keep(from: &mut Response, to: &mut Response) {
        if let Some(mark) = from.extensions_mut().remove::<Self>() {
            mark.mark(to);
        }
    }

    pub(crate) fn add_header(&self, response: &mut Response) {
        let value = HeaderValue::try_from(self.as_str()).expect("templates are ASCII");
        response.headers_mut().insert(UNSUPPORTED, value);
    }
}

/// How often each call was made since the start.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<BTreeMap<Unsupported, u64>>);

impl Counters {
    /// Counts a call. Returns how often it was made.
    pub(crate) fn count(&self, call: &Unsupported) -> u64 {
        let mut counters = self.0.lock();
        let counter = counters.entry(call.clone()).or_default();
        *counter += 1;
        *counter
    }
}
