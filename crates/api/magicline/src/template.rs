//! The paths that more than one file of this API names.

pub(crate) const THREADS: &str = "/v1/communications/{customerId}/threads";
pub(crate) const THREAD: &str = "/v1/communications/{customerId}/threads/{threadId}";
pub(crate) const PREFERENCES: &str = "/v1/communications/{customerId}/communication-preferences";
