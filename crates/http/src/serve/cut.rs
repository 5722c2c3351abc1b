//! Responses that are not sent.

/// A mark on a response that is not sent: the connection is closed instead, as if the network had failed; with HTTP/2 only the stream
/// of the request is reset. `heddle demo` uses it for tests of clients.
#[derive(Clone, Copy, Debug)]
pub struct CutConnection;

/// The error that closes a connection, or resets a stream, without a response.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub(super) struct Cut;
