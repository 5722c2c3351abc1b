//! The id of a request.
//!
//! Invariant: a request has one id. The client sees it, in the form that the API uses, and every log line of the request has it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use uuid::Uuid;

/// The id of a request: 128 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(u128);

impl RequestId {
    /// A new random id.
    #[expect(
        clippy::new_without_default,
        reason = "two defaults would differ, which nobody expects"
    )]
    pub fn new() -> Self {
        Self(Uuid::new_v4().as_u128())
    }

    /// Returns the id as 32 lower-case hexadecimal digits.
    pub fn hex(self) -> String {
        Uuid::from_u128(self.0).simple().to_string()
    }

    /// Returns the hyphenated form of [`Self::hex`].
    pub fn uuid(self) -> String {
        Uuid::from_u128(self.0).hyphenated().to_string()
    }

    /// Returns the low 64 bits as a decimal number, the form of a Datadog trace id.
    pub fn trace_id(self) -> String {
        ((self.0 & u128::from(u64::MAX)) as u64).to_string()
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    /// Returns the id that [`request_log`](crate::request_log) gave to the request. In a router without that layer,
    /// returns a new id.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_else(Self::new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_show_the_same_bits() {
        let id = RequestId(0x0123_4567_89ab_cdef_fedc_ba98_7654_3210);
        assert_eq!(id.hex(), "0123456789abcdeffedcba9876543210");
        assert_eq!(id.uuid(), "01234567-89ab-cdef-fedc-ba9876543210");
        assert_eq!(id.trace_id(), 0xfedc_ba98_7654_3210_u64.to_string());
    }

    #[test]
    fn two_ids_differ() {
        assert_ne!(RequestId::new(), RequestId::new());
    }
}
