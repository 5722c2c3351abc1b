//! What the errors of all APIs share: the failures of the server, with their default status and headers, and the way of an
//! error from the handler to the layer that writes the body. An API may give a failure another status, as its vendor does:
//! Mews answers 408 without `Retry-After` if the server took too long.

use axum::response::{IntoResponse, Response};
use heddle_http::cause::Cause;
use heddle_http::unsupported::Unsupported;
use heddle_store::{Refusal, Trouble};
use http::header::{ALLOW, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

/// The number of seconds after which a client may try again, sent in `Retry-After`.
const RETRY_AFTER_S: u32 = 1;

/// A failure that is not the client's fault. The text is its cause, which is logged and never sent. An API writes the body in
/// its own format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A bug or a broken environment.
    Internal(String),
    /// The server cannot serve the request at the moment.
    Unavailable(String),
    /// The server took too long.
    TimedOut(String),
}

impl Failure {
    /// Returns the failure of a handler that panicked.
    #[must_use]
    pub fn panicked() -> Self {
        Self::Internal("a handler panicked".to_owned())
    }

    /// Returns the failure of a server that is stopping.
    #[must_use]
    pub fn stopping() -> Self {
        Self::Unavailable("the server is stopping".to_owned())
    }

    /// Returns the failure of a handler whose command was refused for a reason that the handler rules out: a bug.
    #[must_use]
    pub fn unexpected(refusal: &Refusal) -> Self {
        Self::Internal(refusal.to_string())
    }

    /// Returns the default HTTP status of the failure: 500 or 503.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) | Self::TimedOut(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Returns why the server failed, for the log.
    #[must_use]
    pub fn cause(&self) -> &str {
        match self {
            Self::Internal(cause) | Self::Unavailable(cause) | Self::TimedOut(cause) => cause,
        }
    }

    /// Adds `Retry-After` to a response with status 503, and the cause for the log.
    pub fn mark(&self, response: &mut Response) {
        if response.status() == StatusCode::SERVICE_UNAVAILABLE {
            add_retry_after(response, RETRY_AFTER_S);
        }
        let cause = Cause(self.cause().to_owned());
        response.extensions_mut().insert(cause);
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let cause = trouble.to_string();
        match trouble {
            Trouble::Engine(_) | Trouble::Internal(_) => Self::Internal(cause),
            Trouble::TimedOut(_) => Self::TimedOut(cause),
            Trouble::Overloaded(_)
            | Trouble::DiskFull
            | Trouble::WrongClock(_)
            | Trouble::LogMissing(_)
            | Trouble::Unreachable
            | Trouble::Objects(_)
            | Trouble::UnknownOutcome(_) => Self::Unavailable(cause),
        }
    }
}

/// Adds the header that says after how many seconds the client may try again.
pub fn add_retry_after(response: &mut Response, seconds: u32) {
    let seconds = HeaderValue::from(seconds);
    response.headers_mut().insert(RETRY_AFTER, seconds);
}

/// Returns a response without a body that carries an API's error to its outer layer, which calls [`complete`].
pub fn carry<E: Clone + Send + Sync + 'static>(status: StatusCode, error: E) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(error);
    response
}

/// Replaces a response that carries an error of type `E` by the rendered error; other responses stay as they are. A rendered
/// 405 keeps the `Allow` header of the router; the mark of a call that is not offered stays.
pub fn complete<E: Clone + Send + Sync + 'static>(
    mut response: Response,
    render: impl FnOnce(&E) -> Response,
) -> Response {
    let Some(error) = response.extensions_mut().remove::<E>() else {
        return response;
    };
    let mut complete = render(&error);
    Unsupported::keep(&mut response, &mut complete);
    if complete.status() == StatusCode::METHOD_NOT_ALLOWED
        && let Some(allow) = response.headers_mut().remove(ALLOW)
    {
        complete.headers_mut().insert(ALLOW, allow);
    }
    complete
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_has_a_status_and_a_cause_and_may_be_tried_again() {
        for (trouble, status, retry) in [
            (Trouble::Overloaded("queue"), 503, true),
            (Trouble::TimedOut("read"), 503, true),
            (Trouble::DiskFull, 503, true),
            (Trouble::WrongClock("2106".into()), 503, true),
            (Trouble::Unreachable, 503, true),
            (Trouble::Objects("s3://b".into()), 503, true),
            (Trouble::UnknownOutcome("COMMIT".into()), 503, true),
            (Trouble::Internal("bug".into()), 500, false),
        ] {
            let cause = trouble.to_string();
            let failure = Failure::from(trouble);
            let mut response = carry(failure.status(), failure.clone());
            failure.mark(&mut response);
            assert_eq!(response.status().as_u16(), status, "{failure:?}");
            assert_eq!(response.headers().contains_key(RETRY_AFTER), retry);
            assert_eq!(response.extensions().get(), Some(&Cause(cause)));
        }
    }

    #[test]
    fn only_a_405_keeps_the_allowed_methods() {
        for status in [StatusCode::METHOD_NOT_ALLOWED, StatusCode::BAD_REQUEST] {
            let mut carried = carry(status, Failure::panicked());
            let allow = HeaderValue::from_static("GET");
            carried.headers_mut().insert(ALLOW, allow);
            let response = complete::<Failure>(carried, |_| status.into_response());
            let kept = response.headers().contains_key(ALLOW);
            assert_eq!(kept, status == StatusCode::METHOD_NOT_ALLOWED);
        }
    }
}
