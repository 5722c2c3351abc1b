//! The internal cause of an error response, which is logged once and never sent.
//!
//! The code that renders an error attaches a [`Cause`] to the response; [`request_log`](crate::request_log) logs it with the
//! request id that the client sees.

use axum::response::Response;

/// What went wrong, as a text for the operator. It never contains a body, a token or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause(pub String);

impl Cause {
    /// Attaches the error, with the chain of its sources, to `response`.
    pub fn attach(error: &(dyn std::error::Error + 'static), response: &mut Response) {
        response.extensions_mut().insert(Self::of(error));
    }

    /// Builds a cause from the error and its sources, on one line.
    pub fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            source = inner.source();
        }
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot commit")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn the_cause_contains_the_whole_error_chain() {
        let error = Outer(std::io::Error::other("disk full"));
        assert_eq!(Cause::of(&error), Cause("cannot commit: disk full".into()));
    }
}
